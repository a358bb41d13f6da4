//! What people ask of a cache beside running jobs: to forget, to tell what does not count, its size, to let old stamps go.

use super::Cache;
use crate::disk::Wait;
use crate::error::Error;
use crate::job::Job;
use crate::recording::Saved;
use crate::stamp::CodeRecord;
use crate::store::{Limits, Stats, Store};

impl Cache {
    /// Forgets all stamps of `job`, whatever they depend on; returns how many there were. One that runs now will leave its
    /// stamp all the same.
    ///
    /// # Errors
    /// The store cannot be used, or is read-only.
    pub fn forget(&self, job: &Job) -> Result<u64, Error> {
        let tag_key = self.place.tag_key.as_ref();
        self.tend("forget a stamp in", |store| store.forget(&job.key(), tag_key))
    }

    /// Forgets all stamps of calls of the function that [`Code`](crate::job::Code) calls `name`; returns how many there
    /// were. Reads every stamp in the store.
    ///
    /// # Errors
    /// The store cannot be used, or is read-only; what could go is gone.
    pub fn forget_function(&self, name: &str) -> Result<u64, Error> {
        let tag_key = self.place.tag_key.as_ref();
        self.tend("forget stamps in", |store| store.forget_function(name, tag_key))
    }

    /// Returns the names of the parts of the code of `job` that do not count, because a run changes them: as the newest
    /// stamp has it that speaks for this code. Nothing where none does.
    #[must_use]
    pub fn state(&self, job: &Job) -> Vec<String> {
        let speaks = |record: &CodeRecord| job.code.as_ref().is_some_and(|code| record.speaks_for(code));
        let Ok(Some(store)) = Store::open(&self.place.directory) else {
            return Vec::new();
        };
        let Ok(Some(found)) = store.find(&job.key(), Wait::Allowed) else {
            return Vec::new();
        };
        let mut records = found
            .stamps(self.place.tag_key.as_ref(), job.signed)
            .filter_map(|stamp| stamp.ok()?.code);
        records.find(speaks).map_or_else(Vec::new, |record| record.left_out)
    }

    /// Returns how much is kept here.
    ///
    /// # Errors
    /// The store cannot be used.
    pub fn stats(&self) -> Result<Stats, Error> {
        self.tend("measure", Store::stats)
    }

    /// Lets the stamps go that `limits` do not let stay, the longest unused first; returns what went.
    ///
    /// # Errors
    /// The store cannot be used.
    pub fn sweep(&self, limits: &Limits) -> Result<Stats, Error> {
        self.tend("sweep", |store| {
            store.sweep(limits, self.place.clock, self.place.tag_key.as_ref())
        })
    }

    /// Returns what [`Cache::sweep`] would let go, and changes nothing.
    ///
    /// # Errors
    /// The store cannot be used.
    pub fn excess(&self, limits: &Limits) -> Result<Stats, Error> {
        self.tend("measure", |store| store.excess(limits, self.place.clock))
    }

    /// Lets old stamps go after `job` was stored: at most 50 ms of work. Nothing depends on it.
    pub fn tidy(&self, job: &Job, limits: &Limits) {
        if let Ok(Some(store)) = Store::open(&self.place.directory) {
            let _ = store.tidy(&job.key(), limits, self.place.clock, self.place.tag_key.as_ref());
        }
    }

    /// Does what [`Cache::tidy`] does, if it is due now that `job` was `saved`: once an hour for each of 256 parts of the store, and
    /// while the store may be over its limits. Else it takes some microseconds, whatever lies in the store.
    #[cold]
    pub fn tidy_if_due(&self, job: &Job, saved: &Saved, limits: &Limits) {
        let tidy = |store: &Store| {
            let (clock, tag_key) = (self.place.clock, self.place.tag_key.as_ref());
            let _ = store.tidy_if_due(&job.key(), saved.written, limits, clock, tag_key);
        };
        match &self.store {
            _ if !saved.stored => {}
            Ok(Some(store)) if store.is_in_place() => tidy(store),
            _ => {
                if let Ok(Some(store)) = Store::open(&self.place.directory) {
                    tidy(&store);
                }
            }
        }
    }
}
