//! Looks at many paths, and from inside a directory where many of them lie.
//!
//! Most of what a look costs is the way to the file. What lies next to each other in one directory is looked at from
//! there: the kernel goes the way once.

use std::ffi::OsStr;
use std::path::Path;

use super::look::{look_at_link, present};
use super::{Look, system};
use crate::error::{Context as _, Error};

/// From so many neighbours on, opening their directory costs less than it saves.
const MANY: usize = 5;

/// Looks at paths one after the other, in the order in which they were announced.
#[derive(Debug)]
pub struct Nearby<'a> {
    /// Directories with many neighbours, in the order in which they are come to.
    crowded: Vec<&'a Path>,
    /// How many of them were come to.
    met: usize,
    /// The last of them, if it can be opened.
    folder: Option<system::Handle>,
}

impl<'a> Nearby<'a> {
    /// Announces the paths that will be looked at, most of them, in this order.
    #[must_use]
    pub fn of(paths: impl Iterator<Item = &'a Path>) -> Self {
        let (mut crowded, mut last, mut neighbours) = (Vec::new(), Path::new(""), 0);
        for (parent, _) in paths.filter_map(split) {
            if parent != last {
                (last, neighbours) = (parent, 0);
            }
            neighbours += 1;
            if neighbours == MANY {
                crowded.push(parent);
            }
        }
        Self {
            crowded,
            met: 0,
            folder: None,
        }
    }

    /// Looks at `path` itself, without following it if it is a link.
    ///
    /// # Errors
    /// As [`super::look`].
    pub fn look_at_link(&mut self, path: &Path) -> Result<Option<Look>, Error> {
        match self.beside(path) {
            Some((folder, name)) => present(system::look_below(folder, name)).context("look at", path),
            None => look_at_link(path),
        }
    }

    /// Returns the open directory that `path` lies in, and its name there.
    fn beside<'b>(&mut self, path: &'b Path) -> Option<(&system::Handle, &'b OsStr)> {
        if self.crowded.is_empty() {
            return None;
        }
        let (parent, name) = split(path)?;
        if self.crowded.get(self.met).is_some_and(|next| *next == parent) {
            self.met += 1;
            // What cannot be opened may be there to be looked through all the same: then each is looked at by itself.
            self.folder = system::open_place(parent).ok();
        }
        let here = self.crowded.get(self.met.checked_sub(1)?)?;
        Some((self.folder.as_ref().filter(|_| *here == parent)?, name))
    }
}

/// Returns the directory that `path` lies in and its name there, where both are plain.
#[cfg(unix)]
fn split(path: &Path) -> Option<(&Path, &OsStr)> {
    use std::os::unix::ffi::OsStrExt as _;
    let bytes = path.as_os_str().as_bytes();
    let slash = bytes.iter().rposition(|byte| *byte == b'/')?;
    let (parent, name) = (&bytes[..slash], &bytes[slash + 1..]);
    let is_plain = !parent.is_empty() && !name.is_empty();
    is_plain.then(|| (Path::new(OsStr::from_bytes(parent)), OsStr::from_bytes(name)))
}

/// Elsewhere a name in an open directory is a path like any other.
#[cfg(not(unix))]
fn split(_path: &Path) -> Option<(&Path, &OsStr)> {
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
        let mut nearby = Nearby::of(paths.iter().map(std::path::PathBuf::as_path));
        assert!(nearby.crowded.len() > 3, "{:?}", nearby.crowded);
        for path in paths.iter().chain(&paths) {
            assert_eq!(
                nearby.look_at_link(path).unwrap(),
                look_at_link(path).unwrap(),
                "{}",
                path.display()
            );
        }
    }
}
