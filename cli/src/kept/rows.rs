//! The foremost of all jobs that are remembered, and what there is in all.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use jobstamps::disk::Time;
use jobstamps::ledger::Counts;
use jobstamps::store::Survey;
use jobstamps::{Cache, Error};

use super::remembered::Remembered;

/// Which jobs are wanted.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) order: Order,
    /// How many.
    pub(super) most: usize,
    /// Of this program or function.
    pub(super) program: Option<Vec<u8>>,
    /// In this directory, or below it.
    pub(super) directory: Option<PathBuf>,
    /// Seconds ago that the last run started, at least.
    pub(super) older: Option<u64>,
    /// And at the most.
    pub(super) newer: Option<u64>,
    pub(super) now: Time,
}

/// Which come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Those that ran last.
    Newest,
    /// Those that were not used for longest: a sweep lets them go first.
    Oldest,
    /// Those that take most room.
    Largest,
    /// Those whose hits saved most time.
    Saved,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Those that come first, in order.
    pub(super) foremost: Vec<Remembered>,
    /// How many are as wanted.
    pub(super) matching: u64,
    /// How many bytes these have.
    pub(super) bytes: u64,
    /// What was seen on the way.
    pub(super) survey: Survey,
}

impl Rows {
    /// Looks through all that is remembered in `cache`.
    ///
    /// # Errors
    /// The store cannot be used.
    pub(super) fn gather(cache: &Cache, counts: &Counts, wanted: &Wanted) -> Result<Self, Error> {
        let all = Mutex::new(Self::default());
        let survey = cache.survey(&|found| {
            let tally = counts.jobs.get(&found.key().beginning()).copied().unwrap_or_default();
            let Some(one) = Remembered::of(found, cache, &tally) else {
                return;
            };
            if wanted.holds(&one) {
                all.lock().unwrap_or_else(PoisonError::into_inner).add(one, wanted);
            }
        })?;
        let mut all = all.into_inner().unwrap_or_else(PoisonError::into_inner);
        all.survey = survey;
        all.keep_foremost(wanted);
        Ok(all)
    }

    fn add(&mut self, one: Remembered, wanted: &Wanted) {
        self.matching += 1;
        self.bytes = self.bytes.saturating_add(one.bytes);
        self.foremost.push(one);
        // Now and then: so nothing is sorted for each, and no more is held than is wanted, twice.
        if self.foremost.len() / 2 > wanted.most.max(512) {
            self.keep_foremost(wanted);
        }
    }

    fn keep_foremost(&mut self, wanted: &Wanted) {
        self.foremost
            .sort_unstable_by_key(|one| (wanted.order.rank(one), one.key));
        self.foremost.truncate(wanted.most);
    }
}

impl Order {
    /// The least comes first.
    fn rank(self, one: &Remembered) -> (i128, i128) {
        let moment = |time: Time| i128::from(time.seconds) * 1_000_000_000 + i128::from(time.nanoseconds);
        let newest = -one.ran.map_or(i128::MIN / 4, moment);
        match self {
            Self::Newest => (newest, 0),
            Self::Oldest => (moment(one.used), 0),
            Self::Largest => (-i128::from(one.bytes), newest),
            Self::Saved => (-i128::from(one.saved), newest),
        }
    }
}

impl Wanted {
    fn holds(&self, one: &Remembered) -> bool {
        let age = || one.ran.map(|ran| self.now.seconds_since(ran));
        self.program.as_deref().is_none_or(|name| one.is_of(name))
            && self.directory.as_deref().is_none_or(|directory| {
                let own = one.story.directory.as_deref();
                own.is_some_and(|own| own.starts_with(directory))
            })
            && self.older.is_none_or(|least| age().is_some_and(|age| age >= least))
            && self.newer.is_none_or(|most| age().is_some_and(|age| age <= most))
    }
}
