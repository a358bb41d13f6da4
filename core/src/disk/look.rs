//! How a file looks: what the system tells of it without opening it.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::{Call, Interior, Time, ask, system};
use crate::error::{Context as _, Error};

/// What a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
    /// A character or block device.
    Device,
}

impl Kind {
    /// Returns the kind as a noun with its article.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::File => "a file",
            Self::Directory => "a directory",
            Self::Link => "a symbolic link",
            Self::Fifo => "a fifo",
            Self::Socket => "a socket",
            Self::Device => "a device",
        }
    }
}

/// What the system tells of a file without opening it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// What it is.
    pub kind: Kind,
    /// Bytes.
    pub size: u64,
    /// When its content was last changed, as its owner likes to say.
    pub modified: Time,
    /// When anything about it was last changed, as the kernel says (Windows: when it was made).
    pub changed: Time,
    /// Its number in its file system.
    pub inode: u64,
    /// Its file system.
    pub device: u64,
    /// Permission bits, as in `0o755`.
    pub mode: u32,
    /// Names it has.
    pub links: u64,
    /// User id of its owner.
    pub owner: u32,
}

/// Looks at what `path` names, through links. A path that names nothing is `None`, a dangling link included.
///
/// # Errors
/// Anything but absence: a directory on the way that may not be searched, a loop of links, a failing device.
pub fn look(path: &Path) -> Result<Option<Look>, Error> {
    present(system::look(path, true)).context("look at", path)
}

/// Looks at `path` itself, without following it if it is a link.
///
/// # Errors
/// As [`look`].
pub fn look_at_link(path: &Path) -> Result<Option<Look>, Error> {
    present(system::look(path, false)).context("look at", path)
}

/// Looks at an open file.
///
/// # Errors
/// A failing device.
pub fn look_of(file: &File) -> io::Result<Look> {
    system::look_of(file)
}

/// Returns the text of the symbolic link `path`.
///
/// # Errors
/// It is no link (any more), or may not be read.
pub fn read_link(path: &Path) -> Result<PathBuf, Error> {
    ask(Call::ReadLink, || std::fs::read_link(path)).context("read link", path)
}

/// Returns `path` as it is reached through no link to a directory and without `..`; as it is, where nobody can tell.
#[must_use]
pub fn settled(path: &Path) -> PathBuf {
    let mut folders = path.ancestors().skip(1);
    let real = folders.find_map(|folder| {
        let real = ask(Call::ReadLink, || std::fs::canonicalize(folder)).ok()?;
        Some(real.join(path.strip_prefix(folder).ok()?))
    });
    real.unwrap_or_else(|| path.to_path_buf())
}

/// Returns the names in the directory `path`, sorted by their bytes, without `.` and `..`.
///
/// # Errors
/// It is no directory, or may not be read.
pub fn list(path: &Path) -> Result<Vec<std::ffi::OsString>, Error> {
    Interior::open(path)?.names(path)
}

/// Returns whether `path` is a regular file that this process may execute.
#[must_use]
pub fn is_executable(path: &Path) -> bool {
    system::may_execute(path) && matches!(system::look(path, true), Ok(Look { kind: Kind::File, .. }))
}

/// Returns whether `path` lies on a file system whose files the kernel makes up when they are read.
#[must_use]
pub fn is_made_up(path: &Path) -> bool {
    system::is_made_up_place(path)
}

/// Returns whether another machine, or a process, stands behind the file system with the number `device`, on which `path`
/// lies: then a look may take long.
#[must_use]
pub fn is_far_device(device: u64, path: &Path) -> bool {
    system::is_far_device(device, path)
}

/// Tells whether this process may read `path`.
///
/// # Errors
/// It may not, or the path cannot be followed.
pub fn may_read(path: &Path) -> Result<(), Error> {
    system::may_read(path).context("read", path)
}

/// Absence is an answer, not an error.
pub(super) fn present(looked: io::Result<Look>) -> io::Result<Option<Look>> {
    match looked {
        Ok(look) => Ok(Some(look)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}
