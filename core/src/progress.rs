//! How far long work has come, for whoever wants to know.
//!
//! Hashing what is large, looking at many files and sweeping a large store can take seconds. A process has one terminal,
//! so it has one watcher at most, named once by [`watch`] and not handed down to each file that is read. The watcher is
//! called by whatever thread does the work, and seldom: what is small does not even ask whether there is one.

use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// The watcher is told each time so many bytes have been hashed.
pub const BYTES: u64 = 8 << 20;
/// The watcher is told each time so many files have been looked at.
pub const FILES: usize = 1 << 10;
/// Files with fewer bytes do not count among what was hashed: each takes less than a millisecond.
const WORTH_COUNTING: u64 = 1 << 20;

/// How far something long has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress<'a> {
    /// A file is being hashed.
    Hashing {
        /// The file, or a name for it.
        path: &'a Path,
        /// Bytes that are hashed.
        done: u64,
        /// All its bytes.
        size: u64,
    },
    /// Files are being looked at.
    Looking {
        /// One of them.
        path: &'a Path,
        /// How many have been looked at: of those that the job lists, or else in the directory that is walked.
        done: usize,
        /// How many there are, where that is known.
        of: Option<usize>,
    },
    /// A store is being read, swept or emptied.
    Tending {
        /// What is done, as in "sweeping".
        what: &'static str,
        /// Parts of the store that are done.
        done: usize,
        /// All its parts.
        of: usize,
    },
}

/// Is told how far long work has come. It may be called by several threads at once.
pub type Watcher = fn(&Progress);

static WATCHER: Mutex<Option<Watcher>> = Mutex::new(None);
/// The bytes of all files so far that were worth counting.
static HASHED: AtomicU64 = AtomicU64::new(0);
/// All that was met in directories so far: a thousand small ones take as long as a large one.
static WALKED: AtomicUsize = AtomicUsize::new(0);

/// From now on `watcher` is told of all that takes long in this process.
pub fn watch(watcher: Watcher) {
    *WATCHER.lock().unwrap_or_else(PoisonError::into_inner) = Some(watcher);
}

/// Tells the watcher, if there is one, how far something has come.
#[cold]
#[inline(never)]
pub fn tell(progress: &Progress) {
    // Not called while the lock is held: a watcher may take its time, and others have their own work to do.
    let watcher = *WATCHER.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(watcher) = watcher {
        watcher(progress);
    }
}

/// Counts one of the files that a job lists, of which there are so many: the one with this `number`; the first has 0.
#[inline]
pub(crate) fn looked(path: &Path, number: usize, of: usize) {
    if number % FILES == FILES - 1 {
        let (done, of) = (number + 1, Some(of));
        tell(&Progress::Looking { path, done, of });
    }
}

/// Counts something that has been met in a directory, where so many were met before it.
#[inline]
pub(crate) fn walked(path: &Path, number: usize) {
    if WALKED.fetch_add(1, Ordering::Relaxed) % FILES == FILES - 1 {
        let (done, of) = (number + 1, None);
        tell(&Progress::Looking { path, done, of });
    }
}

/// Counts a file of `size` bytes that has been hashed in one go.
#[inline]
pub(crate) fn hashed(path: &Path, size: u64) {
    if size >= WORTH_COUNTING && worth_telling(&HASHED, size).is_some() {
        tell(&Progress::Hashing { path, done: size, size });
    }
}

/// A file of `size` bytes that is hashed part by part.
#[derive(Debug)]
pub struct Hashing<'a> {
    path: &'a Path,
    size: u64,
    done: AtomicU64,
}

impl<'a> Hashing<'a> {
    /// Begins with the file, or a name for it.
    #[must_use]
    pub fn begin(path: &'a Path, size: u64) -> Self {
        Self {
            path,
            size,
            done: AtomicU64::new(0),
        }
    }

    /// Counts `more` of its bytes.
    pub fn add(&self, more: u64) {
        if let Some(done) = worth_telling(&self.done, more) {
            let (path, size) = (self.path, self.size);
            tell(&Progress::Hashing { path, done, size });
        }
    }
}

/// Adds `more` bytes to `sum`; returns it if so many have come together that it is to be told.
fn worth_telling(sum: &AtomicU64, more: u64) -> Option<u64> {
    let before = sum.fetch_add(more, Ordering::Relaxed);
    let now = before.saturating_add(more);
    (before / BYTES != now / BYTES).then_some(now)
}
