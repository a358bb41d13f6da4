//! Where it is counted how often jobs were replayed and ran: a file for each day, written behind what is there.
//!
//! No lock is taken: each writes its entries in one go. A day that is over is merged into another file, whose name takes
//! precedence, so that nothing is counted twice whenever the merging ends; so is the running day once there is very much of
//! it. Then what is written in that very moment may be lost.

use std::ffi::OsStr;
use std::fs::File;
use std::io;

use super::layout::{self, Dated};
use super::local::Store;
use crate::disk::{self, Wait};
use crate::ledger::{Counts, Day, Entries, Entry, Grain, What, merged};

/// A day's file grows no larger by what hits write: some 300,000 entries. The next run merges them.
const MOST_OF_DAY: u64 = 16 << 20;
/// A running day that is larger is merged when its store is tidied.
const MUCH: u64 = 4 << 20;
/// So many bytes of days that are over may stay, and so many days.
const MOST_OF_ALL: u64 = 64 << 20;
const MOST_DAYS: i64 = 400;
/// A day is over so many seconds after its end: who looked at the clock before it has written by then.
const SLACK: i64 = 600;

impl Store {
    /// Writes `entries` into the ledger of the day of the last of them in one go. Nothing is written where another machine stands behind the file
    /// system: there one could overwrite the other's, and a hit would wait for that machine.
    ///
    /// # Errors
    /// The store is full or read-only, or much was written today already.
    pub fn count(&self, entries: &[Entry]) -> io::Result<()> {
        let Some(last) = entries.last().filter(|_| !self.is_far()) else {
            return Ok(());
        };
        let mut bytes = Vec::with_capacity(128);
        for entry in entries {
            entry.encode(&mut bytes);
        }
        let name = layout::ledger(Day::of(last.seconds));
        match self.root().append(&name, &bytes, MOST_OF_DAY) {
            // Merging takes some tens of milliseconds, for which no hit has time.
            Err(error)
                if error.kind() == io::ErrorKind::FileTooLarge
                    && entries.iter().any(|entry| entry.what != What::Hit) =>
            {
                self.merge_running(&name)?;
                self.root().append(&name, &bytes, MOST_OF_DAY)
            }
            written => written,
        }
    }

    /// Returns what was counted since `since`, in seconds: what was merged by the day it was on.
    ///
    /// # Errors
    /// The store cannot be listed. What cannot be read of it counts for nothing.
    pub fn ledger(&self, since: Option<i64>) -> io::Result<Counts> {
        let mut counts = Counts::default();
        let is_since = |day: Day| since.is_none_or(|since| day.later(1).starts() > since);
        for dated in self.days()? {
            let (name, from) = match dated {
                Dated::Counts(day) => (layout::counts(day), day),
                Dated::Ledger(day) => (layout::ledger(day), day),
            };
            if !is_since(from) {
                continue;
            }
            // The day that `since` lies in counts as a whole where it was merged.
            let from = if matches!(dated, Dated::Counts(_)) { None } else { since };
            let Ok(bytes) = self.read_day(&name) else { continue };
            let counted = Entries::of(&bytes).filter(|entry| from.is_none_or(|from| entry.seconds >= from));
            counted.for_each(|entry| counts.add(&entry));
        }
        Ok(counts)
    }

    /// Merges the ledgers of the days that are over at `now`, and that of the running day if there is much; the oldest go where there are
    /// too many.
    ///
    /// # Errors
    /// The store cannot be listed, is full or read-only.
    #[cold]
    pub(super) fn merge_ledgers(&self, now: i64) -> io::Result<()> {
        let today = Day::of(now.saturating_sub(SLACK));
        for dated in self.days()? {
            match dated {
                Dated::Ledger(day) if day < today => self.merge_past(day)?,
                Dated::Ledger(day) => {
                    let name = layout::ledger(day);
                    if self.root().look_at(&name)?.is_some_and(|look| look.size > MUCH) {
                        self.merge_running(&name)?;
                    }
                }
                Dated::Counts(day) if today.days_since(day) > MOST_DAYS => self.root().remove(&layout::counts(day))?,
                Dated::Counts(_) => {}
            }
        }
        Ok(())
    }

    /// Lets the oldest days go that are too much.
    #[cold]
    pub(super) fn sweep_ledgers(&self) -> io::Result<()> {
        let mut bytes = 0_u64;
        for dated in self.days()?.into_iter().rev() {
            let Dated::Counts(day) = dated else { continue };
            let name = layout::counts(day);
            bytes = bytes.saturating_add(self.root().look_at(&name)?.map_or(0, |look| look.size));
            if bytes > MOST_OF_ALL {
                self.root().remove(&name)?;
            }
        }
        Ok(())
    }

    /// Returns the days that something was counted on, in order; the ledger of a day that has been merged is not among them.
    fn days(&self) -> io::Result<Vec<Dated>> {
        let names = self.root().list(OsStr::new("."))?;
        let mut days: Vec<Dated> = names
            .iter()
            .filter_map(|name| layout::dated_as(name.to_str()?))
            .collect();
        let day = |dated: &Dated| match dated {
            Dated::Counts(day) => (*day, 0),
            Dated::Ledger(day) => (*day, 1),
        };
        days.sort_unstable_by_key(day);
        days.dedup_by_key(|dated| day(dated).0);
        Ok(days)
    }

    /// Merges the ledger of a day that is over, once and for all.
    fn merge_past(&self, day: Day) -> io::Result<()> {
        let name = layout::ledger(day);
        let bytes = self.read_day(&name)?;
        self.root().publish(&layout::counts(day), &merged(&bytes, Grain::Day))?;
        self.root().remove(&name)
    }

    /// Puts a shorter ledger that comes to the same in the place of `name`.
    #[cold]
    fn merge_running(&self, name: &OsStr) -> io::Result<()> {
        let (file, look) = self.root().open_own(name, Wait::Allowed)?;
        let bytes = read(&file, look.size)?;
        self.root().publish(name, &merged(&bytes, Grain::Hour))?;
        // What was written meanwhile went behind what is gone.
        let now = disk::look_of(&file)?.size.saturating_sub(bytes.len() as u64);
        let mut since = vec![0; usize::try_from(now.min(MOST_OF_DAY)).unwrap_or_default()];
        disk::read_exact_at(&file, &mut since, bytes.len() as u64)?;
        if since.is_empty() {
            return Ok(());
        }
        self.root().append(name, &since, MOST_OF_DAY)
    }

    fn read_day(&self, name: &OsStr) -> io::Result<Vec<u8>> {
        let (file, look) = self.root().open_own(name, Wait::Allowed)?;
        read(&file, look.size)
    }
}

/// Reads the first `size` bytes, if they are no more than a day has.
fn read(file: &File, size: u64) -> io::Result<Vec<u8>> {
    let most = size.min(2 * MOST_OF_DAY);
    disk::read_from_start(file, usize::try_from(most).map_err(io::Error::other)?, Wait::Allowed)
}
