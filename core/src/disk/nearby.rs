//! Looks at many paths, and from inside a directory where many of them lie.
//!
//! Most of what a look costs is the way to the file. What lies next to each other in one directory is looked at from
//! there: the kernel goes the way once.

use std::ffi::OsStr;
use std::path::Path;

use super::look::{look_at_link, present};
use super::{Look, system};
use crate::encoding::is_alike;
use crate::error::{Context as _, Error};

/// From so many neighbours on, opening their directory costs less than it saves.
const MANY: usize = 5;

/// Looks at paths one after the other.
#[derive(Debug, Default)]
pub struct Nearby<'a> {
    /// The last directory with many neighbours, open if it can be opened.
    crowded: Option<(&'a [u8], Option<system::Handle>)>,
}

impl<'a> Nearby<'a> {
    /// How far ahead it is to be known what will be looked at.
    pub const AHEAD: usize = MANY - 1;

    /// Looks at `path` itself, without following it if it is a link. The path that comes [`Nearby::AHEAD`] behind it is
    /// `later`: if both lie in one directory, so do most likely those between.
    ///
    /// # Errors
    /// As [`super::look`].
    pub fn look_at_link(&mut self, path: &'a Path, later: Option<&Path>) -> Result<Option<Look>, Error> {
        match self.beside(path, later) {
            Some((folder, name)) => present(system::look_below(folder, name)).context("look at", path),
            None => look_at_link(path),
        }
    }

    /// Returns the open directory that `path` lies in, and its name there.
    fn beside(&mut self, path: &'a Path, later: Option<&Path>) -> Option<(&system::Handle, &'a OsStr)> {
        if self.crowded.is_none() && later.is_none() {
            return None;
        }
        let (parent, name) = split(path)?;
        if !matches!(&self.crowded, Some((here, _)) if is_alike(here, parent)) {
            let (other, _) = split(later?)?;
            if !is_alike(parent, other) {
                return None;
            }
            // What cannot be opened may be there to be looked through all the same: then each is looked at by itself.
            self.crowded = Some((parent, system::open_place(disk_path(parent)?).ok()));
        }
        let (_, folder) = self.crowded.as_ref()?;
        Some((folder.as_ref()?, name))
    }
}

/// Returns the path that is a part of another.
fn disk_path(bytes: &[u8]) -> Option<&Path> {
    super::os_str(bytes).map(Path::new)
}

/// Returns the directory that `path` lies in and its name there, where both are plain.
#[cfg(unix)]
fn split(path: &Path) -> Option<(&[u8], &OsStr)> {
    use std::os::unix::ffi::OsStrExt as _;
    let bytes = path.as_os_str().as_bytes();
    let slash = bytes.iter().rposition(|byte| *byte == b'/')?;
    let (parent, name) = (&bytes[..slash], &bytes[slash + 1..]);
    let is_plain = !parent.is_empty() && !name.is_empty();
    is_plain.then(|| (parent, OsStr::from_bytes(name)))
}

/// Elsewhere a name in an open directory is a path like any other.
#[cfg(not(unix))]
fn split(_path: &Path) -> Option<(&[u8], &OsStr)> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_lies_together_looks_as_it_does_alone() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["a", "b"] {
            std::fs::create_dir(directory.path().join(name)).unwrap();
            for number in 0..6 {
                std::fs::write(directory.path().join(name).join(number.to_string()), name).unwrap();
            }
        }
        std::os::unix::fs::symlink("0", directory.path().join("a/link")).unwrap();
        let spelled: Vec<String> = ["a", "gone", "b", "a", "b/../a"]
            .into_iter()
            .flat_map(|name| {
                ["0", "1", "2", "3", "link", "none", "4", "..", "5/below"].map(|one| format!("{name}/{one}"))
            })
            .chain(["b/0", "a/0", "b/1"].map(str::to_owned))
            .collect();
        let paths: Vec<_> = spelled.iter().map(|name| directory.path().join(name)).collect();
        let mut nearby = Nearby::default();
        let mut crowds = 0;
        let twice: Vec<_> = paths.iter().chain(&paths).collect();
        for (number, path) in twice.iter().enumerate() {
            let later = twice.get(number + Nearby::AHEAD).map(|path| path.as_path());
            assert_eq!(
                nearby.look_at_link(path, later).unwrap(),
                look_at_link(path).unwrap(),
                "{}",
                path.display()
            );
            crowds += usize::from(nearby.beside(path, later).is_some());
        }
        assert!(crowds > paths.len(), "{crowds}");
    }
}
