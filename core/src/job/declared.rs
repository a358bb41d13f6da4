//! A file that a job declares.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// A declared path: as the caller spelled it, and as everybody else can find it.
///
/// Resolving is joining with the caller's directory and leaving out `.` and doubled slashes. `..` stays: with a
/// symbolic link before it, removing the two would name another file. Copies share the paths.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Declared {
    path: Arc<Path>,
    /// The caller's spelling, where `path` does not end with it.
    given: Option<Arc<Path>>,
    /// Where it begins in `path`, if it does. There are lists of a hundred thousand: each path is kept once.
    start: usize,
    pattern: bool,
}

impl Declared {
    /// Resolves `given` against `directory`, which is absolute. An absolute `given` stands for itself.
    #[must_use]
    pub fn new(given: impl AsRef<Path>, directory: &Path) -> Self {
        Self::of(given.as_ref(), directory)
    }

    fn of(given: &Path, directory: &Path) -> Self {
        #[cfg(unix)]
        if let Some(declared) = Self::of_plain(given, directory) {
            return declared;
        }
        let path: PathBuf = directory
            .join(given)
            .components()
            .filter(|part| *part != Component::CurDir)
            .collect();
        let start = path.as_os_str().len().wrapping_sub(given.as_os_str().len());
        let is_end = is_end(&path, given);
        Self {
            path: path.into(),
            given: (!is_end).then(|| given.into()),
            start: if is_end { start } else { 0 },
            pattern: false,
        }
    }

    /// As [`Declared::of`], where there is nothing to leave out: then no part need be looked at.
    #[cfg(unix)]
    fn of_plain(given: &Path, directory: &Path) -> Option<Self> {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt as _;
        /// Longer ones are joined on the heap.
        const SHORT: usize = 512;
        let (name, directory) = (given.as_os_str().as_bytes(), directory.as_os_str().as_bytes());
        if let [b'/', name @ ..] = name {
            return is_plain(name).then(|| Self {
                path: given.into(),
                given: None,
                start: 0,
                pattern: false,
            });
        }
        let start = directory.len() + 1;
        let [b'/', parts @ ..] = directory else { return None };
        if !is_plain(name) || !is_plain(parts) || start + name.len() > SHORT {
            return None;
        }
        let mut joined = [0; SHORT];
        let joined = &mut joined[..start + name.len()];
        joined[..start - 1].copy_from_slice(directory);
        joined[start - 1] = b'/';
        joined[start..].copy_from_slice(name);
        Some(Self {
            path: Path::new(OsStr::from_bytes(joined)).into(),
            given: None,
            start,
            pattern: false,
        })
    }

    /// Takes a path that needs no directory to be found.
    #[must_use]
    pub fn absolute(path: impl AsRef<Path>) -> Self {
        Self::new(path, Path::new(""))
    }

    /// As [`Declared::new`], and where nothing has the literal name, `*`, `?`, `[` and `{` in it stand for any file names.
    #[must_use]
    pub fn pattern(given: impl AsRef<Path>, directory: &Path) -> Self {
        let mut declared = Self::of(given.as_ref(), directory);
        declared.pattern = declared
            .given()
            .as_os_str()
            .as_encoded_bytes()
            .iter()
            .any(|byte| b"*?[{".contains(byte));
        declared
    }

    /// Returns the path in the caller's own spelling.
    #[must_use]
    pub fn given(&self) -> &Path {
        self.given.as_deref().unwrap_or_else(|| behind(&self.path, self.start))
    }

    /// Returns the resolved path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns whether the path may stand for many.
    #[must_use]
    pub fn is_pattern(&self) -> bool {
        self.pattern
    }
}

/// Returns whether no part between slashes is empty or a single dot.
#[cfg(unix)]
fn is_plain(path: &[u8]) -> bool {
    let (behind, behind_that) = (path.get(1..).unwrap_or_default(), path.get(2..).unwrap_or_default());
    // All of it without a way out in between, so that many are compared in one instruction.
    let is_double = |(one, next): (&u8, &u8)| *one == b'/' && *next == b'/';
    let has_double = path.iter().zip(behind).fold(false, |odd, pair| odd | is_double(pair));
    let is_dot = |((one, dot), next): ((&u8, &u8), &u8)| (*one == b'/') && (*dot == b'.') && (*next == b'/');
    let three = path.iter().zip(behind).zip(behind_that);
    let has_dot = three.fold(false, |odd, parts| odd | is_dot(parts));
    let starts_odd = matches!(path, [] | [b'/', ..] | [b'.'] | [b'.', b'/', ..]);
    let ends_odd = matches!(path, [.., b'/'] | [.., b'/', b'.']);
    !(has_double || has_dot || starts_odd || ends_odd)
}

/// Returns whether `path` ends with the bytes of `given`.
#[cfg(unix)]
fn is_end(path: &Path, given: &Path) -> bool {
    let (path, given) = (path.as_os_str(), given.as_os_str());
    path.as_encoded_bytes().ends_with(given.as_encoded_bytes())
}

/// Elsewhere a path cannot be cut at any byte.
#[cfg(not(unix))]
fn is_end(path: &Path, given: &Path) -> bool {
    path.as_os_str() == given.as_os_str()
}

/// Returns what of `path` begins at `start`.
#[cfg(unix)]
fn behind(path: &Path, start: usize) -> &Path {
    use std::os::unix::ffi::OsStrExt as _;
    Path::new(std::ffi::OsStr::from_bytes(&path.as_os_str().as_bytes()[start..]))
}

/// As [`is_end`] says, it begins with its start.
#[cfg(not(unix))]
fn behind(path: &Path, _start: usize) -> &Path {
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_resolved_without_guessing_what_links_mean() {
        for (given, resolved) in [
            ("a", "/w/a"),
            ("./a", "/w/a"),
            ("a//b/./c", "/w/a/b/c"),
            ("a/../b", "/w/a/../b"),
            ("/x/./y", "/x/y"),
            ("-leading", "/w/-leading"),
            ("", "/w"),
            (".", "/w"),
            ("..", "/w/.."),
            (".hidden", "/w/.hidden"),
            ("a/.hidden/b", "/w/a/.hidden/b"),
            ("a/", "/w/a"),
            ("a/.", "/w/a"),
            ("a//", "/w/a"),
            ("w", "/w/w"),
            ("/", "/"),
            ("//", "/"),
            ("//x", "/x"),
            ("/x/", "/x"),
            ("/.", "/"),
        ] {
            for directory in ["/w", "/w/", "//w", "/./w/."] {
                let declared = Declared::new(given, Path::new(directory));
                assert_eq!(declared.path().as_os_str(), resolved, "{given:?} {directory:?}");
                assert_eq!(declared.given().as_os_str(), given);
                assert_eq!(declared, Declared::new(given, Path::new("/w")));
            }
        }
        let long = "x/".repeat(400) + "x";
        for directory in ["/", ""] {
            assert_eq!(
                Declared::new("a", Path::new(directory)).path(),
                Path::new(directory).join("a")
            );
            assert_eq!(Declared::new(&long, Path::new(directory)).given(), Path::new(&long));
        }
    }

    #[test]
    fn only_a_path_with_a_wildcard_may_stand_for_many() {
        for (given, pattern) in [
            ("*.c", true),
            ("a?", true),
            ("[ab]", true),
            ("{a,b}", true),
            ("plain", false),
        ] {
            assert_eq!(
                Declared::pattern(given, Path::new("/w")).is_pattern(),
                pattern,
                "{given}"
            );
            assert!(!Declared::new(given, Path::new("/w")).is_pattern());
        }
    }

    /// All short paths of slashes, dots and a letter.
    #[cfg(unix)]
    #[test]
    fn what_is_copied_whole_is_what_is_left_when_it_is_taken_apart() {
        let mut all = vec![String::new()];
        let mut start = 0;
        for _ in 0..6 {
            let end = all.len();
            let longer: Vec<_> = all[start..end]
                .iter()
                .flat_map(|path| ["/", ".", "a"].map(|next| format!("{path}{next}")))
                .collect();
            (start, all) = (end, [all, longer].concat());
        }
        for directory in ["/", "/w", "/w/", "/w//x", "/./w", "/w/.", "/.w/..", "//w"] {
            for given in &all {
                let parts = Path::new(directory).join(given);
                let parts: PathBuf = parts.components().filter(|part| *part != Component::CurDir).collect();
                let declared = Declared::new(given, Path::new(directory));
                assert_eq!(declared.path().as_os_str(), parts.as_os_str(), "{given} {directory}");
                assert_eq!(declared.given().as_os_str(), given.as_str(), "{directory}");
            }
        }
    }
}
