//! Letting old stamps go after a run, in so little time that nobody feels it.

use std::ffi::OsStr;
use std::io;

use super::layout;
use super::local::Store;
use super::measure::{Group, LITTER_AGE, Stats, measure};
use super::plan::{Aim, Limits, plan};
use super::remove::{Removing, Used};
use super::sizes::{Sizes, all_bytes};
use crate::disk::{self, Clock, Time};
use crate::job::JobKey;
use crate::stamp::TagKey;

/// Whoever writes in a shard measures it if that was not done for so many seconds: what the dead left goes no later.
const MEASURED_EVERY: u64 = LITTER_AGE;

impl Store {
    /// Notes that `written` bytes were stored in the shard of `key`, and does what [`Store::tidy`] does if it is due: the store
    /// may be over its limits, or the shard was not measured for an hour. So what lies in the store costs an ordinary run nothing.
    ///
    /// # Errors
    /// As [`Store::tidy`].
    #[cold]
    pub fn tidy_if_due(
        &self,
        key: &JobKey,
        written: u64,
        limits: &Limits,
        clock: Clock,
        tag_key: Option<&TagKey>,
    ) -> io::Result<Stats> {
        let number = layout::Names::of(key).shard_number();
        let mut sizes = Sizes::of(self);
        // What is to go after less than an hour is looked for as often.
        let is_known = sizes.is_known(number, clock(), MEASURED_EVERY.min(limits.age));
        if is_known && sizes.most().saturating_add(written) <= self.most(limits) {
            sizes.add(number, written);
            return Ok(Stats::default());
        }
        self.tidy(key, limits, clock, tag_key)
    }

    /// Measures the shard of `key`, whose stamp has just been written, and lets its oldest stamps go while the store is
    /// over its limits. Side files of `key` that none of its stamps names go too. Takes at most 50 ms by `clock`.
    ///
    /// # Errors
    /// The store cannot be read; nothing depends on it.
    #[cold]
    pub fn tidy(&self, key: &JobKey, limits: &Limits, clock: Clock, tag_key: Option<&TagKey>) -> io::Result<Stats> {
        let names = layout::Names::of(key);
        let started = clock();
        let in_time = || !is_past(started, clock(), 50);
        let number = names.shard_number();
        let Ok(folder) = self.root().inside(&layout::shard(number)) else {
            return Ok(Stats::default());
        };
        let listed = folder.list(OsStr::new("."))?;
        self.sweep_makers(&folder, &listed, started);
        let _ = self.merge_ledgers(started.seconds);
        let groups = measure(&folder, listed, Some(started), &in_time);
        let size = all_bytes(&groups);
        let mut sizes = Sizes::of(self);
        sizes.measured(number, size, started);
        let (most, space) = self.room(limits);
        if sizes.most() > most {
            // What was written elsewhere may have taken the place of something, so it is measured before it counts.
            self.measure_grown(&mut sizes, started, clock);
        }
        if let Some(own) = groups.iter().find(|group| group.name == names.stamp()) {
            self.remove_orphans(number, own, started, tag_key);
        }
        let aim = Aim {
            excess: size.saturating_add(sizes.elsewhere(number, space)).saturating_sub(most),
            age: limits.age,
            began: started,
            measured: clock(),
            spared: Some(&names.stamp()),
        };
        let removing = Removing {
            folder: &folder,
            now: started,
            tag_key,
            used: Used::Stays,
        };
        let going: Vec<&Group> = plan(&groups, &aim).into_iter().map(|index| &groups[index]).collect();
        let mut swept = Stats::default();
        // What cannot go now goes another time.
        let _ = self.remove(number, &going, &removing, &in_time, &mut swept);
        if swept.bytes > 0 {
            sizes.measured(number, size.saturating_sub(swept.bytes), started);
        }
        Ok(swept)
    }

    /// Measures the shards that have grown, until half the time of a [`Store::tidy`] is over; the next one goes on.
    fn measure_grown(&self, sizes: &mut Sizes, started: Time, clock: Clock) {
        let in_time = || !is_past(started, clock(), 25);
        for number in sizes.grown() {
            let Ok(folder) = self.root().inside(&layout::shard(number)) else {
                sizes.measured(number, 0, started);
                continue;
            };
            let Ok(listed) = folder.list(OsStr::new(".")) else {
                continue;
            };
            let size = all_bytes(&measure(&folder, listed, None, &in_time));
            if !in_time() {
                return;
            }
            sizes.measured(number, size, started);
        }
    }

    /// Returns how many bytes the store may have.
    pub(super) fn most(&self, limits: &Limits) -> u64 {
        self.room(limits).0
    }

    /// Returns how many bytes the store may have, and the file system has.
    pub(super) fn room(&self, limits: &Limits) -> (u64, u64) {
        // Where the system does not tell, no store is larger than this.
        const MOST: u64 = 1 << 50;
        let space = disk::free_space(self.root()).map_or(MOST, |(_, total)| total);
        (limits.bytes.min(space / 10), space)
    }
}

fn is_past(started: Time, now: Time, milliseconds: u32) -> bool {
    let later = started.nanoseconds + milliseconds * 1_000_000;
    let limit = Time {
        seconds: started.seconds.saturating_add(i64::from(later / 1_000_000_000)),
        nanoseconds: later % 1_000_000_000,
    };
    now > limit || now < started
}
