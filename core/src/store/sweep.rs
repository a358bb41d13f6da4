//! Letting old stamps go: what goes is decided apart from its going.

use std::ffi::OsStr;
use std::io;

use super::layout::{self, SHARDS};
use super::local::Store;
use super::measure::{Group, LITTER_AGE, Stats, measure};
use super::remove::Removing;
use super::sizes::{Sizes, all_bytes};
use crate::disk::{self, Clock, Time};
use crate::job::JobKey;
use crate::stamp::TagKey;

/// Whoever writes in a shard measures it if that was not done for so many seconds: what the dead left goes no later.
const MEASURED_EVERY: u64 = LITTER_AGE;

/// What may stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes in all; besides, never more than a tenth of the file system.
    pub bytes: u64,
    /// Seconds since the last use.
    pub age: u64,
}

impl Default for Limits {
    /// 5 GiB and 60 days.
    fn default() -> Self {
        Self {
            bytes: 5 << 30,
            age: 60 * 24 * 3600,
        }
    }
}

/// What is to be reached, and what must not go for it.
#[derive(Clone, Copy, Debug)]
struct Aim<'a> {
    /// How many bytes there are too many.
    excess: u64,
    /// For how many seconds what stays may have been unused.
    age: u64,
    /// When the sweep began.
    began: Time,
    /// When all had been measured. Later than that is the future, from which a clock was set back.
    measured: Time,
    /// The name of a stamp file that stays.
    spared: Option<&'a OsStr>,
}

/// Decides which of `groups` go: those not used for too long, then the longest unused until enough bytes are freed. What was
/// used since the sweep began stays; a last use in the future counts as now.
fn plan(groups: &[Group], aim: &Aim) -> Vec<usize> {
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by_key(|index| groups[*index].used().min(aim.measured));
    let (mut freed, mut going) = (0, Vec::new());
    for index in order {
        let group = &groups[index];
        let idle = aim.began.seconds_since(group.used());
        // Side files without their stamp are litter, or about to get it.
        let goes = if group.stamp.is_some() {
            idle > aim.age || freed < aim.excess
        } else {
            idle > LITTER_AGE
        };
        let is_new = aim.began < group.used() && group.used() <= aim.measured;
        if goes && !is_new && Some(group.name.as_os_str()) != aim.spared {
            freed = group.bytes().saturating_add(freed);
            going.push(index);
        }
    }
    going
}

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
        };
        let mut swept = Stats::default();
        for index in plan(&groups, &aim) {
            if !in_time() {
                break;
            }
            self.remove(number, &groups[index], &removing, &mut swept);
        }
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

    /// Sweeps all shards: what goes is the longest unused of all. Side files that no stamp names go too.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn sweep(&self, limits: &Limits, clock: Clock, tag_key: Option<&TagKey>) -> io::Result<Stats> {
        let began = clock();
        // What was not published in the root itself goes too: there are no stamps.
        let listed = self.root().list(OsStr::new(".")).unwrap_or_default();
        let _ = measure(self.root(), listed, Some(began), &|| true);
        let _ = self.merge_ledgers(began.seconds).and_then(|()| self.sweep_ledgers());
        let (mut groups, mut first_of) = (Vec::new(), Vec::with_capacity(SHARDS + 1));
        for number in 0..=u8::MAX {
            first_of.push(groups.len());
            if let Ok(folder) = self.root().inside(&layout::shard(number)) {
                let listed = folder.list(OsStr::new("."))?;
                self.sweep_makers(&folder, &listed, began);
                groups.extend(measure(&folder, listed, Some(began), &|| true));
            }
        }
        first_of.push(groups.len());
        let size = all_bytes(&groups);
        let aim = Aim {
            excess: size.saturating_sub(self.room(limits).0),
            age: limits.age,
            began,
            measured: clock(),
            spared: None,
        };
        let mut goes = vec![false; groups.len()];
        for index in plan(&groups, &aim) {
            goes[index] = true;
        }
        let (mut swept, mut sizes) = (Stats::default(), Sizes::of(self));
        for number in 0..=u8::MAX {
            let of_shard = first_of[usize::from(number)]..first_of[usize::from(number) + 1];
            let Ok(folder) = self.root().inside(&layout::shard(number)) else {
                continue;
            };
            let removing = Removing {
                folder: &folder,
                now: began,
                tag_key,
            };
            let mut left = 0;
            for index in of_shard {
                if goes[index] {
                    self.remove(number, &groups[index], &removing, &mut swept);
                } else {
                    self.remove_orphans(number, &groups[index], began, tag_key);
                    left = groups[index].bytes().saturating_add(left);
                }
            }
            sizes.measured(number, left, began);
        }
        Ok(swept)
    }

    /// Returns how many bytes the store may have.
    pub(super) fn most(&self, limits: &Limits) -> u64 {
        self.room(limits).0
    }

    /// Returns how many bytes the store may have, and the file system has.
    fn room(&self, limits: &Limits) -> (u64, u64) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::{Kind, Look};

    fn at(seconds: i64) -> Time {
        Time {
            seconds,
            nanoseconds: 0,
        }
    }

    fn look(size: u64, used: i64) -> Look {
        Look {
            kind: Kind::File,
            size,
            modified: at(used),
            changed: at(used),
            inode: 0,
            device: 0,
            mode: 0,
            links: 1,
            owner: 0,
        }
    }

    fn group(name: &str, bytes: u64, used: i64) -> Group {
        Group {
            name: name.into(),
            stamp: Some(look(bytes, used)),
            sides: Vec::new(),
        }
    }

    fn aim(excess: u64, age: u64) -> Aim<'static> {
        Aim {
            excess,
            age,
            began: at(100),
            measured: at(100),
            spared: None,
        }
    }

    #[track_caller]
    fn goes(groups: &[Group], aim: &Aim, going: &[&str]) {
        let names: Vec<_> = plan(groups, aim)
            .iter()
            .map(|index| groups[*index].name.to_str().unwrap())
            .collect();
        assert_eq!(names, going, "{aim:?}");
    }

    #[test]
    fn what_is_unused_for_too_long_goes_then_the_longest_unused_while_there_is_too_much() {
        let groups = [
            group("new", 10, 99),
            group("old", 10, 10),
            group("older", 10, 5),
            group("future", 10, 500),
        ];
        for (excess, age, spared, going) in [
            (0, 1000, None, &[][..]),
            (0, 90, None, &["older"]),
            (1, 1000, None, &["older"]),
            (10, 1000, None, &["older"]),
            (11, 1000, None, &["older", "old"]),
            (15, 1000, Some("older"), &["old", "new"]),
            (1000, 1000, Some("new"), &["older", "old", "future"]),
            (u64::MAX, 1000, None, &["older", "old", "new", "future"]),
        ] {
            let spared = spared.map(OsStr::new);
            goes(
                &groups,
                &Aim {
                    spared,
                    ..aim(excess, age)
                },
                going,
            );
        }
    }

    /// S15.
    #[test]
    fn what_is_used_while_all_is_measured_stays() {
        let groups = [
            group("before", 10, 99),
            group("meanwhile", 10, 105),
            group("future", 10, 500),
        ];
        let aim = Aim {
            measured: at(110),
            ..aim(u64::MAX, 1000)
        };
        goes(&groups, &aim, &["before", "future"]);
    }

    #[test]
    fn side_files_without_a_stamp_are_left_to_a_running_process_for_an_hour() {
        let orphan = |used| Group {
            name: "orphan".into(),
            stamp: None,
            sides: vec![("side".into(), look(1, used))],
        };
        let aim = |excess, age| Aim {
            began: at(10_000),
            measured: at(10_000),
            ..aim(excess, age)
        };
        goes(&[orphan(9_000)], &aim(u64::MAX, 0), &[]);
        goes(&[orphan(6_000)], &aim(0, u64::MAX), &["orphan"]);
    }
}
