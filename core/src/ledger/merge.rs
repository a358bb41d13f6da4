//! Many entries as few that come to the same.

use std::collections::BTreeMap;

use super::{Day, Entries, Entry, What};

/// So many bytes of merged entries may tell jobs apart; with more, the jobs of one name are counted together.
const MOST_BYTES: usize = 512 * 1024;

/// How near to each other in time entries are that become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    /// In the same hour.
    Hour,
    /// In the same day.
    Day,
}

impl Grain {
    fn of(self, seconds: i64) -> i64 {
        match self {
            Self::Hour => seconds.div_euclid(3600),
            Self::Day => Day::of(seconds).starts(),
        }
    }
}

/// What entries have in common that become one, beside their name.
type Alike<'a> = (i64, &'a [u8], What, [u8; 8]);

/// Returns the entries in `bytes` with those merged that are alike, in the order of their times. What they come to is the same, but that
/// of several details the last one is kept, and that jobs are counted together where there are too many.
#[must_use]
pub fn merged(bytes: &[u8], grain: Grain) -> Vec<u8> {
    let by_job = merged_as(bytes, |entry| entry.job, grain);
    if by_job.len() <= MOST_BYTES {
        return by_job;
    }
    merged_as(bytes, |_| [0; 8], grain)
}

fn merged_as(bytes: &[u8], job: impl Fn(&Entry) -> [u8; 8], grain: Grain) -> Vec<u8> {
    let mut all: BTreeMap<Alike, Entry> = BTreeMap::new();
    for entry in Entries::of(bytes) {
        let job = job(&entry);
        let alike = (grain.of(entry.seconds), entry.name, entry.what, job);
        let one = all.entry(alike).or_insert(Entry {
            times: 0,
            nanoseconds: 0,
            job,
            ..entry
        });
        one.times = one.times.saturating_add(entry.times);
        one.nanoseconds = one.nanoseconds.saturating_add(entry.nanoseconds);
        one.seconds = one.seconds.max(entry.seconds);
        if !entry.detail.is_empty() {
            one.detail = entry.detail;
        }
    }
    let mut merged = Vec::new();
    for entry in all.values() {
        entry.encode(&mut merged);
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::super::{Cause, Counts};
    use super::*;

    fn counts(bytes: &[u8]) -> Counts {
        let mut counts = Counts::default();
        Entries::of(bytes).for_each(|entry| counts.add(&entry));
        counts
    }

    /// Entries of so many jobs, `each` of each, a minute apart.
    fn entries(jobs: u64, each: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        for number in 0..jobs * each {
            let what = match number % 3 {
                0 => What::Hit,
                1 => What::Miss(Cause::Dependency),
                _ => What::Unkept(Cause::Unfit),
            };
            let entry = Entry {
                what,
                seconds: i64::try_from(number).unwrap() * 60 + 1,
                times: 1,
                nanoseconds: number,
                job: (number % jobs + 1).to_le_bytes(),
                name: if number % 2 == 0 { b"cc" } else { b"ld" },
                detail: b"",
            };
            entry.encode(&mut bytes);
        }
        bytes
    }

    #[test]
    fn what_is_merged_is_shorter_and_comes_to_the_same() {
        let all = entries(5, 1000);
        for (grain, most) in [(Grain::Hour, 84 * 6 * 5), (Grain::Day, 4 * 6 * 5)] {
            let merged = merged(&all, grain);
            assert_eq!(counts(&merged), counts(&all), "{grain:?}");
            assert!(Entries::of(&merged).count() <= most, "{grain:?}");
            assert_eq!(super::merged(&merged, grain), merged, "twice is as once");
        }
    }

    #[test]
    fn too_many_jobs_are_counted_together() {
        let all = entries(40_000, 1);
        let merged = merged(&all, Grain::Hour);
        assert!(merged.len() < MOST_BYTES);
        let (together, apart) = (counts(&merged), counts(&all));
        assert_eq!(together.jobs.len(), 0);
        assert_eq!(
            (together.total, together.names, together.days),
            (apart.total, apart.names, apart.days)
        );
    }

    #[test]
    fn the_last_detail_is_kept() {
        let mut bytes = Vec::new();
        for (seconds, detail) in [(1, "a"), (2, "b"), (3, "")] {
            let what = What::Miss(Cause::Dependency);
            let entry = Entry {
                what,
                seconds,
                times: 1,
                nanoseconds: 0,
                job: [1; 8],
                name: b"cc",
                detail: detail.as_bytes(),
            };
            entry.encode(&mut bytes);
        }
        let merged = merged(&bytes, Grain::Day);
        let read: Vec<_> = Entries::of(&merged).collect();
        assert_eq!(
            (read.len(), read[0].detail, read[0].times, read[0].seconds),
            (1, &b"b"[..], 3, 3)
        );
    }
}
