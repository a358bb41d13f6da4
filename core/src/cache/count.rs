//! Counting how often jobs are replayed and run, and telling what that came to.

use std::io;

use super::Cache;
use crate::error::Error;
use crate::ledger::{Counts, Entry};
use crate::store::Store;

impl Cache {
    /// Counts what happened to jobs, in one go whatever their number. Nothing is made for it, no lock is taken, and what
    /// cannot be written is not counted.
    ///
    /// It goes to the day of the last of them: a process may keep its own tally for a while.
    pub fn count(&self, entries: &[Entry]) {
        let _ = match &self.store {
            Ok(Some(store)) => store.count(entries),
            _ => self.count_anew(entries),
        };
    }

    /// Counts in the store that has been made since this cache was opened.
    #[cold]
    fn count_anew(&self, entries: &[Entry]) -> io::Result<()> {
        Store::open(&self.place.directory).map_or(Ok(()), |store| store.map_or(Ok(()), |store| store.count(entries)))
    }

    /// Returns what was counted since `since`, in seconds since 1970. Of days that are over nothing finer is known than the
    /// day.
    ///
    /// # Errors
    /// The store cannot be used.
    pub fn ledger(&self, since: Option<i64>) -> Result<Counts, Error> {
        self.tend("read the ledger in", |store| store.ledger(since))
    }
}
