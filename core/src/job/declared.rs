//! A file that a job declares.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// A declared path: as the caller spelled it, and as everybody else can find it.
///
/// Resolving is joining with the caller's directory and leaving out `.` and doubled slashes. `..` stays: with a
/// symbolic link before it, removing the two would name another file. Copies share the paths.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Declared {
    given: Arc<Path>,
    path: Arc<Path>,
    pattern: bool,
}

impl Declared {
    /// Resolves `given` against `directory`, which is absolute. An absolute `given` stands for itself.
    #[must_use]
    pub fn new(given: impl Into<PathBuf>, directory: &Path) -> Self {
        let given: Arc<Path> = given.into().into();
        let path: PathBuf = directory
            .join(&given)
            .components()
            .filter(|part| *part != Component::CurDir)
            .collect();
        let is_resolved = path.as_os_str() == given.as_os_str();
        Self {
            path: if is_resolved { Arc::clone(&given) } else { path.into() },
            given,
            pattern: false,
        }
    }

    /// Takes a path that needs no directory to be found.
    #[must_use]
    pub fn absolute(path: impl Into<PathBuf>) -> Self {
        Self::new(path, Path::new(""))
    }

    /// As [`Declared::new`], and where nothing has the literal name, `*`, `?`, `[` and `{` in it stand for any file names.
    #[must_use]
    pub fn pattern(given: impl Into<PathBuf>, directory: &Path) -> Self {
        let mut declared = Self::new(given, directory);
        declared.pattern = declared
            .given
            .as_os_str()
            .as_encoded_bytes()
            .iter()
            .any(|byte| b"*?[{".contains(byte));
        declared
    }

    /// Returns the path in the caller's own spelling.
    #[must_use]
    pub fn given(&self) -> &Path {
        &self.given
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
        ] {
            let declared = Declared::new(given, Path::new("/w"));
            assert_eq!(declared.path(), Path::new(resolved), "{given:?}");
            assert_eq!(declared.given(), Path::new(given));
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
}
