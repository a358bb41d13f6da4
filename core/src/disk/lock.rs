//! A lock that the kernel lets go when its holder dies, however it dies.
//!
//! The lock is on an open file (flock), and the file's name goes away with it. So whoever gets the lock looks whether
//! the name still means that file: without the second look, two could hold "the" lock of two files of one name.

use std::ffi::OsStr;
use std::fs::{File, TryLockError};
use std::io;

use super::{Folder, Wait, look_of, read_from_start, system};

/// A held lock. Dropping it lets it go.
#[derive(Debug)]
pub struct FileLock {
    file: File,
}

/// What came of trying to lock.
#[derive(Debug)]
pub enum Tried {
    /// It is ours now.
    Held(FileLock),
    /// Somebody has it; their process id, where they left it.
    Busy(Option<u32>),
    /// The file system has no locks.
    Unsupported,
}

impl FileLock {
    /// Tries to lock the file `name` of `folder`, making it if need be, and never waits.
    ///
    /// # Errors
    /// The lock file cannot be made or opened.
    pub fn attempt(folder: &Folder, name: &OsStr) -> io::Result<Tried> {
        loop {
            let file = folder.open_lock(name)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let text = read_from_start(&file, 16, Wait::Allowed).unwrap_or_default();
                    let holder = String::from_utf8(text).ok().and_then(|text| text.trim().parse().ok());
                    return Ok(Tried::Busy(holder));
                }
                Err(TryLockError::Error(error)) if unsupported(&error) => return Ok(Tried::Unsupported),
                Err(TryLockError::Error(error)) => return Err(error),
            }
            let ours = look_of(&file)?;
            match folder.look_at(name) {
                Ok(Some(named)) if (named.inode, named.device) == (ours.inode, ours.device) => {
                    return Ok(Tried::Held(Self { file }));
                }
                Ok(_) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Writes down who holds it, for those who wait.
    ///
    /// Not done for a lock that is held but a moment: nobody waits long enough to ask.
    pub fn sign(&self) {
        // Only for messages and for finding our ancestors: a failure to write it costs nothing else.
        let name = system::process().to_string();
        let length = name.len() as u64;
        let _ = system::write_at(&self.file, name.as_bytes(), 0);
        // Never to nothing: what was emptied and written again, ext4 takes to the disk when it is closed (auto_da_alloc).
        if look_of(&self.file).is_ok_and(|look| look.size > length) {
            let _ = self.file.set_len(length);
        }
    }

    /// Lets the lock go and removes its file.
    pub fn remove(self, folder: &Folder, name: &OsStr) {
        // Had somebody deleted our file, another process would hold the lock of a new one under its name.
        if let (Ok(ours), Ok(Some(named))) = (look_of(&self.file), folder.look_at(name))
            && (ours.inode, ours.device) == (named.inode, named.device)
        {
            // While the lock is held: whoever waits for this file will look again and find it gone.
            let _ = folder.remove(name);
        }
        drop(self.file);
    }
}

fn unsupported(error: &io::Error) -> bool {
    const ENOLCK: i32 = 37;
    error.kind() == io::ErrorKind::Unsupported || (cfg!(target_os = "linux") && error.raw_os_error() == Some(ENOLCK))
}

/// Returns whether process `candidate` is an ancestor of this one.
///
/// This process itself is none: there another thread may be the holder, and its end can be waited for.
#[must_use]
pub fn is_ancestor(candidate: u32) -> bool {
    let mut process = system::process();
    // Process ids are reused, so a loop is conceivable; no tree of processes is this deep.
    for _ in 0..1024 {
        match system::parent_of(process) {
            // The first process of a container is one like any other.
            Some(parent) if parent > 0 && parent == candidate => return true,
            Some(parent) if parent > 1 => process = parent,
            _ => return false,
        }
    }
    false
}
