//! Figures from what was counted and what is remembered now.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jobstamps::ledger::{self, Cause, Counts, Day, Tally};
use jobstamps::store::Found;
use jobstamps::{Cache, Error, Shown};

use super::figures::{Causes, Figures, Kept, and};
use crate::naming;

/// So many programs, stamps and details of a cause are told of.
const MOST_PROGRAMS: usize = 50;
const MOST_STAMPS: usize = 25;
const MOST_DETAILS: usize = 3;
/// At least and at most so many days are drawn.
const FEWEST_DAYS: i64 = 7;
const MOST_DAYS: i64 = 3660;
/// No more characters of a job are shown.
const LONGEST: usize = 200;
/// Bytes of a key that are shown.
const KEY: usize = 12;

/// Gathers what was counted since the day on which `since` lies, in seconds since 1970 as is `now`, and what is remembered now.
///
/// # Errors
/// The store cannot be used.
pub fn gather(cache: &Cache, since: Option<i64>, now: i64) -> Result<Figures, Error> {
    // Of days that are over nothing finer is known than the day.
    let since = since.map(Day::of);
    let counts = cache.ledger(since.map(Day::starts))?;
    let remembered = Remembered::of(cache, &counts)?;
    let mut figures = Figures {
        made: now,
        days: days(&counts, Day::of(now)),
        total: counts.total,
        causes: causes(&counts.misses),
        unkept: causes(&counts.unkept),
        ..remembered
    };
    let mut programs: Vec<_> = counts.names.into_iter().collect();
    programs.sort_by_key(|(_, tally)| std::cmp::Reverse((tally.saved, tally.times())));
    figures.other_programs = programs.len().saturating_sub(MOST_PROGRAMS) as u64;
    programs.truncate(MOST_PROGRAMS);
    let shown = programs
        .into_iter()
        .map(|(name, tally)| (Shown::bytes(&name).to_string(), tally));
    figures.programs = shown.collect();
    Ok(figures)
}

/// Returns all days from the first on which something was counted to `last`. What a wrong clock counted on others is counted
/// on the nearest.
fn days(counts: &Counts, last: Day) -> Vec<(Day, Tally)> {
    let first = counts.days.keys().next().copied().unwrap_or(last);
    let first = first.clamp(last.later(1 - MOST_DAYS), last.later(1 - FEWEST_DAYS));
    let mut days: BTreeMap<Day, Tally> = (0..=last.days_since(first))
        .map(|number| (first.later(number), Tally::default()))
        .collect();
    for (day, tally) in &counts.days {
        let sum = days.entry((*day).clamp(first, last)).or_default();
        *sum = and(sum, tally);
    }
    days.into_iter().collect()
}

fn causes(counted: &BTreeMap<Cause, ledger::Causes>) -> Vec<Causes> {
    let told = |(cause, causes): (&Cause, &ledger::Causes)| Causes {
        words: cause.words(),
        times: causes.times,
        details: causes
            .most_frequent(MOST_DETAILS)
            .into_iter()
            .map(|(detail, times)| (Shown::bytes(detail).to_string(), times))
            .collect(),
    };
    let mut all: Vec<Causes> = counted.iter().map(told).collect();
    all.sort_by_key(|causes| std::cmp::Reverse(causes.times));
    all
}

/// What is remembered now: how much, and the foremost of it.
struct Remembered {
    jobs: u64,
    bytes: u64,
    valuable: Foremost,
    largest: Foremost,
}

impl Remembered {
    /// Looks through all of it. Only what may be among the foremost is read further than its size.
    fn of(cache: &Cache, counts: &Counts) -> Result<Figures, Error> {
        let all = Mutex::new(Self {
            jobs: 0,
            bytes: 0,
            valuable: Foremost::default(),
            largest: Foremost::default(),
        });
        cache.survey(&|found| {
            let tally = counts.jobs.get(&found.key().beginning()).copied().unwrap_or_default();
            let size = found.size();
            let mut known = all.lock().unwrap_or_else(PoisonError::into_inner);
            known.jobs += 1;
            known.bytes = known.bytes.saturating_add(size);
            let (is_valuable, is_large) = (known.valuable.wants(tally.saved), known.largest.wants(size));
            drop(known);
            if !is_valuable && !is_large {
                return;
            }
            let kept = kept(found, &tally);
            let mut known = all.lock().unwrap_or_else(PoisonError::into_inner);
            if is_valuable {
                known.valuable.add(tally.saved, &kept);
            }
            if is_large {
                known.largest.add(size, &kept);
            }
        })?;
        let all = all.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(Figures {
            jobs: all.jobs,
            bytes: all.bytes,
            valuable: all.valuable.into_kept(),
            largest: all.largest.into_kept(),
            ..Figures::default()
        })
    }
}

/// Those that are worth most, of all that were seen.
#[derive(Default)]
struct Foremost(Vec<(u64, Kept)>);

impl Foremost {
    /// Returns whether something of this worth may be among them.
    fn wants(&self, worth: u64) -> bool {
        worth > 0 && (self.0.len() < MOST_STAMPS || self.0.last().is_some_and(|(least, _)| worth > *least))
    }

    fn add(&mut self, worth: u64, kept: &Kept) {
        let place = self.0.partition_point(|(other, _)| *other >= worth);
        self.0.insert(place, (worth, kept.clone()));
        self.0.truncate(MOST_STAMPS);
    }

    fn into_kept(self) -> Vec<Kept> {
        self.0.into_iter().map(|(_, kept)| kept).collect()
    }
}

fn kept(found: &Found, tally: &Tally) -> Kept {
    let story = found.cold(0).map(|cold| cold.story).unwrap_or_default();
    let directory = story.directory.as_deref().map(|path| Shown::path(path).to_string());
    Kept {
        job: naming::job(&story).map_or_else(|| "not written down".to_owned(), |job| cut(&job)),
        directory: directory.unwrap_or_default(),
        key: found.key().hex()[..KEY].to_owned(),
        hits: tally.hits,
        saved: tally.saved,
        bytes: found.size(),
        used: found.used().seconds,
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use jobstamps::ledger::{Entry, What};

    use super::*;

    const DAY: i64 = 86_400;

    fn hit(seconds: i64) -> Entry<'static> {
        Entry {
            what: What::Hit,
            seconds,
            times: 1,
            nanoseconds: 1,
            job: [1; 8],
            name: b"cc",
            detail: b"",
        }
    }

    #[test]
    fn every_day_is_told_of_and_no_hit_is_lost_whatever_clocks_said() {
        let last = Day::of(20_000 * DAY);
        for (counted, length, places) in [
            (&[][..], 7, &[][..]),
            (&[20_000], 7, &[6]),
            (&[19_999, 19_999, 20_000], 7, &[5, 5, 6]),
            (&[19_901, 20_000], 100, &[0, 99]),
            (&[0, 20_000, 30_000], 3660, &[0, 3659, 3659]),
        ] {
            let mut counts = Counts::default();
            for day in counted {
                counts.add(&hit(day * DAY));
            }
            let days = days(&counts, last);
            assert_eq!((days.len(), days.last().map(|(day, _)| *day)), (length, Some(last)));
            for (number, (_, tally)) in days.iter().enumerate() {
                let expected = places.iter().filter(|place| **place == number).count();
                assert_eq!(tally.hits, expected as u64, "{counted:?} {number}");
            }
        }
    }

    #[test]
    fn the_foremost_are_those_that_are_worth_most_in_their_order() {
        let mut foremost = Foremost::default();
        for number in 0..100_u64 {
            let worth = number * 37 % 101;
            if foremost.wants(worth) {
                let kept = Kept {
                    hits: worth,
                    ..Kept::default()
                };
                foremost.add(worth, &kept);
            }
        }
        let kept: Vec<u64> = foremost.into_kept().into_iter().map(|kept| kept.hits).collect();
        let mut expected: Vec<u64> = (0..100).map(|number| number * 37 % 101).collect();
        expected.sort_unstable();
        assert_eq!(kept, expected.into_iter().rev().take(MOST_STAMPS).collect::<Vec<_>>());
        assert!(!Foremost::default().wants(0), "what is worth nothing is none of them");
    }
}
