//! A lock that the kernel lets go when its holder dies, however it dies.
//!
//! The lock is on an open file (flock), and the file's name goes away with it. So whoever gets the lock looks whether
//! the name still means that file: without the second look, two could hold "the" lock of two files of one name.
//!
//! A child that is forked inherits open files, and would hold the locks of its parent after that has died. So the files
//! of all locks lie together, and whoever forks says so: [`before_fork`] and [`after_fork`].

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{File, TryLockError};
use std::io;
use std::mem::ManuallyDrop;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Call, Folder, Time, Wait, ask, look_of, read_from_start, system};

/// So many times in a row a lock file may vanish between its opening and its locking: with its holder it goes.
const MOST_VANISHED: u32 = 1000;

/// A held lock. Dropping it lets it go; in a forked child, it never was held.
#[derive(Debug)]
pub struct FileLock {
    number: u64,
}

/// The open files of the locks that this process holds.
struct Held {
    files: BTreeMap<u64, File>,
    next: u64,
}

static HELD: Mutex<Held> = Mutex::new(Held {
    files: BTreeMap::new(),
    next: 0,
});

thread_local! {
    /// What this thread holds fast while it forks. It needs no end: what does costs each process, also one that never forks,
    /// a longer start.
    static FORKING: RefCell<ManuallyDrop<Option<MutexGuard<'static, Held>>>> =
        const { RefCell::new(ManuallyDrop::new(None)) };
}

/// Who holds a lock, as far as they left word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The process id.
    pub process: Option<u32>,
    /// When they took it.
    pub since: Option<Time>,
}

/// What came of trying to lock.
#[derive(Debug)]
pub enum Tried {
    /// It is ours now.
    Held(FileLock),
    /// Somebody has it.
    Busy(Holder),
    /// The file system has no locks.
    Unsupported,
}

impl FileLock {
    /// Tries to lock the file `name` of `folder`, making it if need be, and never waits.
    ///
    /// # Errors
    /// The lock file cannot be made or opened.
    pub fn attempt(folder: &Folder, name: &OsStr) -> io::Result<Tried> {
        if !folder.has_locks() {
            return Ok(Tried::Unsupported);
        }
        // From before the file is open until it is known to be held: no child may inherit a lock that is not known.
        with_held(|held| {
            for _ in 0..MOST_VANISHED {
                let file = folder.open_lock(name)?;
                match lock(&file) {
                    Ok(true) => {}
                    Ok(false) => {
                        return Ok(Tried::Busy(Holder {
                            process: signature(&file),
                            // It is signed when it is taken.
                            since: look_of(&file).ok().map(|look| look.modified),
                        }));
                    }
                    // By one number or another: where locks work, they are had or held.
                    Err(_) => return Ok(Tried::Unsupported),
                }
                let ours = look_of(&file)?;
                match folder.look_at(name)? {
                    Some(named) if (named.inode, named.device) == (ours.inode, ours.device) => {
                        return Ok(Tried::Held(held.keep(file)));
                    }
                    _ => {}
                }
            }
            // One name, and another file each time: this file system cannot tell files apart.
            Ok(Tried::Unsupported)
        })
    }

    /// Writes down who holds it, for those who wait.
    ///
    /// Not done for a lock that is held but a moment: nobody waits long enough to ask.
    pub fn sign(&self) {
        // Only for messages and for finding our ancestors: a failure to write it costs nothing else.
        let name = system::process().to_string();
        let length = name.len() as u64;
        with_held(|held| {
            let Some(file) = held.files.get(&self.number) else {
                return;
            };
            let _ = system::write_at(file, name.as_bytes(), 0);
            // Never to nothing: what was emptied and written again, ext4 takes to the disk when it is closed (auto_da_alloc).
            if look_of(file).is_ok_and(|look| look.size > length) {
                let _ = ask(Call::Shorten, || file.set_len(length));
            }
        });
    }

    /// Lets the lock go and removes its file.
    pub fn remove(self, folder: &Folder, name: &OsStr) {
        with_held(|held| {
            // In a forked child it is none of ours.
            let Some(file) = held.files.remove(&self.number) else {
                return;
            };
            // Had somebody deleted our file, another process would hold the lock of a new one under its name.
            if let (Ok(ours), Ok(Some(named))) = (look_of(&file), folder.look_at(name))
                && (ours.inode, ours.device) == (named.inode, named.device)
            {
                // While the lock is held: whoever waits for this file will look again and find it gone.
                let _ = folder.remove(name);
            }
        });
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        with_held(|held| drop(held.files.remove(&self.number)));
    }
}

impl Held {
    fn keep(&mut self, file: File) -> FileLock {
        let number = self.next;
        self.next += 1;
        self.files.insert(number, file);
        FileLock { number }
    }
}

/// Prepares this process for a fork by this thread, after which the same thread calls [`after_fork`].
pub fn before_fork() {
    FORKING.with_borrow_mut(|forking| {
        forking.get_or_insert_with(everything_held);
    });
}

/// Goes on after a fork; in the child, locks are let go, which leaves the parent theirs.
pub fn after_fork(process: Forked) {
    if let (Some(mut held), Forked::Child) = (FORKING.with_borrow_mut(|forking| forking.take()), process) {
        held.files.clear();
    }
}

/// Which process goes on after a fork.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forked {
    /// The one that forked.
    Parent,
    /// The new one.
    Child,
}

fn with_held<T>(work: impl FnOnce(&mut Held) -> T) -> T {
    FORKING.with_borrow_mut(|forking| match &mut **forking {
        // What a program does between its two calls may well lock, and must not wait for itself.
        Some(held) => work(held),
        None => work(&mut everything_held()),
    })
}

fn everything_held() -> MutexGuard<'static, Held> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the process that holds the lock of the open `file`, if any holds it: its number, where it left that.
///
/// Whoever tries to take it in that very moment is kept waiting for it, as for any other holder.
#[must_use]
pub fn holder(file: &File) -> Option<Option<u32>> {
    match share(file) {
        Ok(false) => Some(signature(file)),
        // Free: it is let go again, since others than we may hold the file open.
        Ok(true) => {
            let _ = file.unlock();
            None
        }
        Err(_) => None,
    }
}

/// Returns the process that wrote its number into a lock file.
fn signature(file: &File) -> Option<u32> {
    let text = read_from_start(file, 16, Wait::Allowed).unwrap_or_default();
    holder_in(&text)
}

/// Reads who holds a lock out of what its file says.
pub(crate) fn holder_in(text: &[u8]) -> Option<u32> {
    std::str::from_utf8(text).ok()?.trim().parse().ok()
}

/// Locks a file of our own for as long as it is open, if that can be.
pub(super) fn hold(file: &File) {
    let _ = lock(file);
}

/// Locks an open file; returns whether that worked, and nobody else has it.
pub(super) fn lock(file: &File) -> io::Result<bool> {
    ask(Call::Lock, || told(file.try_lock()))
}

/// As [`lock`], beside others who share it.
pub(super) fn share(file: &File) -> io::Result<bool> {
    ask(Call::Lock, || told(file.try_lock_shared()))
}

fn told(tried: Result<(), TryLockError>) -> io::Result<bool> {
    match tried {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
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
