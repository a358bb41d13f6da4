//! How a stamped function's calls went in this process.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counts calls.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Calls answered from a stamp.
    pub(crate) hits: AtomicU64,
    /// Calls that were made after having been looked up.
    pub(crate) misses: AtomicU64,
    /// Calls that were made without being looked up or remembered.
    pub(crate) uncached: AtomicU64,
}

impl Tally {
    /// Counts one more.
    pub(crate) fn count(one: &AtomicU64) {
        one.fetch_add(1, Relaxed);
    }

    /// Returns hits, misses and uncached calls.
    pub(crate) fn read(&self) -> (u64, u64, u64) {
        (
            self.hits.load(Relaxed),
            self.misses.load(Relaxed),
            self.uncached.load(Relaxed),
        )
    }

    /// Starts anew.
    pub(crate) fn clear(&self) {
        for one in [&self.hits, &self.misses, &self.uncached] {
            one.store(0, Relaxed);
        }
    }
}
