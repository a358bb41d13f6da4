//! The only door to the file system.
//!
//! Everything here is said in terms of what the rest needs: *look* at a path, *read* or *hash* what it names, *list* a
//! directory, work in a [`Folder`] of our own without ever following a link, *lock* a file. What is Unix alone, Linux alone or Windows
//! alone stands in `unix` and `windows`; nobody else knows which system this is.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // This is the door.

mod time;
mod wait;
mod ask;
#[cfg(all(feature = "failpoints", unix))]
pub mod failpoints;
mod look;
mod interior;
mod nearby;
mod giant;
mod read;
mod folder;
mod placed;
mod given;
mod above;
mod lock;
mod ground;
#[cfg(unix)]
mod unix;
#[cfg(unix)]
use unix as system;
#[cfg(not(unix))]
mod windows;
#[cfg(not(unix))]
use windows as system;

pub use above::{distrust_parents, foreign_link, foreign_parent};
#[cfg(feature = "failpoints")]
pub use ask::Call;
#[cfg(not(feature = "failpoints"))]
use ask::Call;
use ask::ask;
pub(crate) use folder::touch;
pub use folder::{Folder, Hint, free_space, is_one_user, make_directories};
pub use given::write;
pub use ground::{Abilities, Ground, Tries, ground, may_write, try_abilities};
pub use interior::Interior;
#[cfg(feature = "fuzzing")]
pub(crate) use lock::holder_in;
pub use lock::{FileLock, Forked, Holder, Tried, after_fork, before_fork, holder, is_ancestor};
pub use look::{
    Kind, Look, is_executable, is_far_device, is_made_up, list, look, look_at_link, look_of, may_read, read_link,
    settled,
};
pub use nearby::Nearby;
pub use placed::Placed;
pub use read::{Head, Own, boot, hash, head, open, read, read_exact_at, read_from_start, read_key, read_own};
pub(crate) use read::{fill, hash_open};
pub use time::{Clock, Time};
#[cfg(all(unix, feature = "fuzzing"))]
pub(crate) use unix::parent_in;
pub use wait::Wait;

/// Returns the number of the user whose rights this process has; none if that is not the one who started it.
#[must_use]
pub fn user() -> Option<u32> {
    system::user()
}

/// Returns `bytes` as the system's own kind of string; on systems whose names are not bytes, where they are UTF-8.
#[must_use]
pub fn os_string(bytes: &[u8]) -> Option<std::ffi::OsString> {
    os_string_of(bytes.to_vec())
}

/// As [`os_string`], in place.
#[must_use]
pub fn os_str(bytes: &[u8]) -> Option<&std::ffi::OsStr> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        Some(std::ffi::OsStr::from_bytes(bytes))
    }
    #[cfg(not(unix))]
    {
        std::str::from_utf8(bytes).ok().map(std::ffi::OsStr::new)
    }
}

/// As [`os_string`], without a copy.
#[must_use]
pub fn os_string_of(bytes: Vec<u8>) -> Option<std::ffi::OsString> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt as _;
        Some(std::ffi::OsString::from_vec(bytes))
    }
    #[cfg(not(unix))]
    {
        String::from_utf8(bytes).ok().map(std::ffi::OsString::from)
    }
}

/// Returns whether `error` says that this process, or the machine, has no memory or descriptors left.
pub(crate) fn is_shortage(error: &std::io::Error) -> bool {
    // ENFILE and EMFILE have these numbers on all systems that have them.
    error.kind() == std::io::ErrorKind::OutOfMemory || (cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24)))
}

/// Creates a new file for a key in `folder`, under the first temporary name that is free: another thread may be making the
/// key too, and a killed process may have had our number.
fn create_first(
    folder: &std::path::Path,
    create: impl Fn(&std::path::Path) -> std::io::Result<std::fs::File>,
) -> std::io::Result<(std::fs::File, std::path::PathBuf)> {
    let mut attempt = 0;
    loop {
        let path = folder.join(format!(".key-{}-{attempt}", system::process()));
        match create(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && attempt < 1000 => attempt += 1,
            created => return created.map(|file| (file, path)),
        }
    }
}
