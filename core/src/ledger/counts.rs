//! What many entries come to.

use std::collections::BTreeMap;

use super::{Cause, Day, Entry, What};

/// Of each cause so many details are told apart; what comes later is counted without.
const MOST_DETAILS: usize = 1000;

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of it.
    pub total: Tally,
    /// Day by day; none for a day on which nothing happened.
    pub days: BTreeMap<Day, Tally>,
    /// By the names of programs and functions.
    pub names: BTreeMap<Vec<u8>, Tally>,
    /// By the first bytes of the keys, where jobs were not counted together.
    pub jobs: BTreeMap<[u8; 8], Tally>,
    /// Why jobs ran whose run is remembered.
    pub misses: BTreeMap<Cause, Causes>,
    /// Why runs are not remembered.
    pub unkept: BTreeMap<Cause, Causes>,
}

/// How often something happened, and how long it took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Jobs that were replayed.
    pub hits: u64,
    /// Runs that are remembered.
    pub misses: u64,
    /// Runs that are not.
    pub unkept: u64,
    /// Nanoseconds that hits saved: as long as the remembered runs took.
    pub saved: u64,
    /// Nanoseconds that runs took.
    pub taken: u64,
    /// The last time, in seconds since 1970.
    pub last: i64,
}

/// How often there was one cause.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Causes {
    /// In all.
    pub times: u64,
    /// By what it was about; less than all where that is not known.
    pub details: BTreeMap<Vec<u8>, u64>,
}

impl Tally {
    /// Returns how many runs there were.
    #[must_use]
    pub fn runs(&self) -> u64 {
        self.misses.saturating_add(self.unkept)
    }

    /// Returns how often jobs were asked for: replayed or run.
    #[must_use]
    pub fn times(&self) -> u64 {
        self.hits.saturating_add(self.runs())
    }

    /// Adds what `other` counted.
    pub fn join(&mut self, other: &Self) {
        self.hits = self.hits.saturating_add(other.hits);
        self.misses = self.misses.saturating_add(other.misses);
        self.unkept = self.unkept.saturating_add(other.unkept);
        self.saved = self.saved.saturating_add(other.saved);
        self.taken = self.taken.saturating_add(other.taken);
        self.last = self.last.max(other.last);
    }

    /// Adds `entry`.
    pub fn add(&mut self, entry: &Entry) {
        let (times, time) = match entry.what {
            What::Hit => (&mut self.hits, &mut self.saved),
            What::Miss(_) => (&mut self.misses, &mut self.taken),
            What::Unkept(_) => (&mut self.unkept, &mut self.taken),
        };
        *times = times.saturating_add(entry.times);
        *time = time.saturating_add(entry.nanoseconds);
        self.last = self.last.max(entry.seconds);
    }
}

impl Counts {
    /// Adds `entry`.
    pub fn add(&mut self, entry: &Entry) {
        self.total.add(entry);
        self.days.entry(Day::of(entry.seconds)).or_default().add(entry);
        if let Some(tally) = self.names.get_mut(entry.name) {
            tally.add(entry);
        } else {
            self.names.entry(entry.name.to_vec()).or_default().add(entry);
        }
        if entry.job != [0; 8] {
            self.jobs.entry(entry.job).or_default().add(entry);
        }
        match entry.what {
            What::Hit => {}
            What::Miss(cause) => self.misses.entry(cause).or_default().add(entry),
            What::Unkept(cause) => self.unkept.entry(cause).or_default().add(entry),
        }
    }
}

impl Causes {
    fn add(&mut self, entry: &Entry) {
        self.times = self.times.saturating_add(entry.times);
        if entry.detail.is_empty() {
            return;
        }
        if let Some(times) = self.details.get_mut(entry.detail) {
            *times = times.saturating_add(entry.times);
        } else if self.details.len() < MOST_DETAILS {
            self.details.insert(entry.detail.to_vec(), entry.times);
        }
    }

    /// Returns what it was about most often, the most frequent first, up to `most` of them.
    #[must_use]
    pub fn most_frequent(&self, most: usize) -> Vec<(&[u8], u64)> {
        let mut all: Vec<(&[u8], u64)> = self
            .details
            .iter()
            .map(|(one, times)| (one.as_slice(), *times))
            .collect();
        all.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
        all.truncate(most);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * 3600;

    fn entry(what: What, seconds: i64, nanoseconds: u64, detail: &str) -> Entry<'_> {
        Entry {
            what,
            seconds,
            times: 1,
            nanoseconds,
            job: [1; 8],
            name: b"cc",
            detail: detail.as_bytes(),
        }
    }

    #[test]
    fn everything_is_counted_in_all_and_by_day_name_job_and_cause() {
        let mut counts = Counts::default();
        counts.add(&entry(What::Miss(Cause::NoStamp), DAY, 10, ""));
        counts.add(&Entry {
            times: 3,
            ..entry(What::Hit, DAY + 1, 30, "")
        });
        counts.add(&entry(What::Miss(Cause::Dependency), 2 * DAY, 10, "a.h"));
        counts.add(&Entry {
            name: b"ld",
            job: [0; 8],
            ..entry(What::Unkept(Cause::Disturbed), 2 * DAY + 5, 7, "a.o")
        });
        let tally = |hits, misses, unkept, saved, taken, last| Tally {
            hits,
            misses,
            unkept,
            saved,
            taken,
            last,
        };
        assert_eq!(counts.total, tally(3, 2, 1, 30, 27, 2 * DAY + 5));
        assert_eq!((counts.total.runs(), counts.total.times()), (3, 6));
        let days: Vec<_> = counts.days.into_iter().collect();
        assert_eq!(days[0], (Day::of(DAY), tally(3, 1, 0, 30, 10, DAY + 1)));
        assert_eq!(days[1], (Day::of(2 * DAY), tally(0, 1, 1, 0, 17, 2 * DAY + 5)));
        assert_eq!(counts.names[&b"cc"[..]], tally(3, 2, 0, 30, 20, 2 * DAY));
        assert_eq!(
            counts.jobs.into_iter().collect::<Vec<_>>(),
            [([1; 8], tally(3, 2, 0, 30, 20, 2 * DAY))]
        );
        assert_eq!(counts.misses[&Cause::Dependency].most_frequent(9), [(&b"a.h"[..], 1)]);
        assert_eq!(
            counts.misses[&Cause::NoStamp],
            Causes {
                times: 1,
                ..Causes::default()
            }
        );
        assert_eq!(counts.unkept[&Cause::Disturbed].times, 1);
    }

    #[test]
    fn details_are_told_apart_up_to_a_number_and_the_most_frequent_come_first() {
        let mut counts = Counts::default();
        for number in 0..MOST_DETAILS + 10 {
            counts.add(&entry(What::Miss(Cause::Dependency), 0, 0, &number.to_string()));
        }
        for _ in 0..2 {
            counts.add(&entry(What::Miss(Cause::Dependency), 0, 0, "7"));
        }
        let causes = &counts.misses[&Cause::Dependency];
        assert_eq!(
            (causes.times, causes.details.len()),
            (MOST_DETAILS as u64 + 12, MOST_DETAILS)
        );
        assert_eq!(causes.most_frequent(2), [(&b"7"[..], 3), (&b"0"[..], 1)]);
    }

    #[test]
    fn too_much_to_count_is_the_most_there_is() {
        let mut counts = Counts::default();
        for _ in 0..2 {
            counts.add(&Entry {
                times: u64::MAX,
                ..entry(What::Miss(Cause::Code), i64::MAX, u64::MAX, "f")
            });
        }
        assert_eq!(
            (counts.total.misses, counts.total.taken, counts.total.times()),
            (u64::MAX, u64::MAX, u64::MAX)
        );
    }
}
