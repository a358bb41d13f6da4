//! What is remembered, whatever has changed since: looked through, looked at job by job, forgotten.

use std::io;
use std::path::{Path, PathBuf};

use super::Cache;
use crate::disk::Wait;
use crate::error::{Context as _, Error};
use crate::job::JobKey;
use crate::replay::Replay;
use crate::stamp::Stamp;
use crate::store::{Found, Sides, Stats, Store, Survey};

impl Cache {
    /// Returns where the store is, or would be: in a directory of its own, inside the one that the cache was opened in.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        Store::root_path(&self.place.directory)
    }

    /// Shows every job that is remembered to `visit`, in no order, several at a time: each as it lies in the store, so that what is
    /// not asked for is not read.
    ///
    /// # Errors
    /// The store cannot be used, or a part of it cannot be read; the rest was visited.
    pub fn survey(&self, visit: &(dyn Fn(&Found) + Sync)) -> Result<Survey, Error> {
        self.tend("look through", |store| store.survey(visit))
    }

    /// Returns the keys that begin with `digits`, at least two hexadecimal ones, of jobs that are remembered; in order, no more
    /// than `most`.
    ///
    /// # Errors
    /// The store cannot be used.
    pub fn keys(&self, digits: &str, most: usize) -> Result<Vec<JobKey>, Error> {
        self.tend("look through", |store| store.keys(digits, most))
    }

    /// Returns the stamps of `key` as they lie in the store; nothing if there are none.
    ///
    /// # Errors
    /// The store cannot be used; what is there is damaged or not ours.
    pub fn find(&self, key: &JobKey) -> Result<Option<Found>, Error> {
        match Store::open(&self.place.directory)? {
            Some(store) => store.find_whole(key),
            None => Ok(None),
        }
    }

    /// Returns the stamps in `found`, newest first; nothing for one that is damaged, or not the user's own although it could run
    /// code.
    #[must_use]
    pub fn stamps(&self, found: &Found) -> Vec<Option<Stamp>> {
        let stamps = found.stamps(self.place.tag_key.as_ref(), false);
        stamps.map(Result::ok).collect()
    }

    /// As [`Cache::stamps`], the newest alone.
    #[must_use]
    pub fn newest(&self, found: &Found) -> Option<Stamp> {
        found.stamps(self.place.tag_key.as_ref(), false).next()?.ok()
    }

    /// Returns where the stamps of `key` are, or would be.
    #[must_use]
    pub fn stamp_path_of(&self, key: &JobKey) -> PathBuf {
        Store::stamp_path(&self.place.directory, key)
    }

    /// Returns the replay of `stamp`, one of the job `key`, whatever has changed since: for somebody who wants to see what a run
    /// did. Nothing where the stamp only says that the job reads its input.
    ///
    /// # Errors
    /// The store cannot be used; a side file is gone or damaged.
    pub fn recall(&self, key: &JobKey, stamp: Stamp) -> Result<Option<Replay>, Error> {
        let Some(store) = Store::open(&self.place.directory)? else {
            return Ok(None);
        };
        let sides = Sides {
            store: &store,
            key,
            wait: Wait::Allowed,
        };
        Replay::open(stamp.outcome, stamp.condition, sides, false).context("replay stamp", self.stamp_path_of(key))
    }

    /// Forgets all stamps of `key`, also those that cannot be read; returns what went. One that runs now will leave its stamp all the
    /// same.
    ///
    /// # Errors
    /// The store cannot be used, or is read-only.
    pub fn forget_key(&self, key: &JobKey) -> Result<Stats, Error> {
        let place = &self.place;
        self.tend("forget a stamp in", |store| {
            store.forget_key(key, place.clock, place.tag_key.as_ref())
        })
    }

    /// Forgets all stamps that depend on `path`: on the file of that name, on a directory or a pattern that it lies in, or whose
    /// program it is. Returns how many there were. Reads every stamp in the store.
    ///
    /// # Errors
    /// The store cannot be used, or is read-only; what could go is gone.
    pub fn forget_dependents(&self, path: &Path) -> Result<u64, Error> {
        let tag_key = self.place.tag_key.as_ref();
        self.tend("forget stamps in", |store| {
            store.forget_where(tag_key, &|stamp| stamp.depends_on(path))
        })
    }

    /// Forgets every job; returns what went. One that runs now will leave its stamp all the same.
    ///
    /// # Errors
    /// The store cannot be used, or is read-only; what could go is gone.
    pub fn forget_all(&self) -> Result<Stats, Error> {
        let place = &self.place;
        self.tend("forget stamps in", |store| {
            store.forget_all(place.clock, place.tag_key.as_ref())
        })
    }

    /// Does something with the store as it is now; where there is none, nothing comes of it.
    pub(super) fn tend<T: Default>(
        &self,
        intent: &'static str,
        what: impl FnOnce(&Store) -> io::Result<T>,
    ) -> Result<T, Error> {
        match Store::open(&self.place.directory)? {
            None => Ok(T::default()),
            Some(store) => what(&store).context(intent, &self.place.directory),
        }
    }
}
