//! Asks the store for a stamp that still speaks for a job.

use std::io;
use std::path::PathBuf;

use super::dependencies::{Met, Ordered};
use super::hit::{Renewed, Run, Settling};
use super::told::Told;
use super::world::Read;
use super::{Cache, Hit, Lookup};
use crate::disk::Wait;
use crate::error::Error;
use crate::fingerprint::{Fingerprint, ProgramFile};
use crate::freshness::{Extent, Reason, Verdict};
use crate::job::{Job, JobKey, Method};
use crate::recording::Warning;
use crate::replay::Replay;
use crate::stamp::{Cold, Outcome, Stamp};
use crate::store::{Found, Sides, Store};

/// What the store knows of a job.
#[allow(clippy::large_enum_variant)] // Made once or twice a run.
pub(super) enum Consulted {
    /// A fresh stamp.
    Fresh(Hit),
    /// The job reads its input, which decides; the stamp that says so may have a record that is cheaper to compare.
    ReadsInput(Option<Settling>),
    /// Nothing fresh; at least one reason.
    Stale(Vec<Reason>),
}

impl Consulted {
    /// What is known of a job that need not run. One that has to run takes more than reasons: see [`Cache::lookup`].
    pub(super) fn answer(self) -> Lookup {
        match self {
            Self::Fresh(hit) => Lookup::Fresh(hit),
            Self::ReadsInput(renewing) => {
                // Nothing is delivered that could come first, and nobody comes back to this stamp before it is asked again.
                if let Some(settling) = renewing {
                    settling.settle();
                }
                Lookup::ReadsInput
            }
            Self::Stale(_) => unreachable!("the caller has handled it"),
        }
    }
}

/// A stamp that was replaced while we read it is read anew, so many times.
const MOST_REPLACED: u32 = 8;

/// One consultation.
pub(super) struct Consultation<'a> {
    pub(super) cache: &'a Cache,
    pub(super) job: &'a Job,
    key: JobKey,
    pub(super) extent: Extent,
    pub(super) wait: Wait,
    /// The reasons of the stamp whose lists are nearest to the job's.
    reasons: Vec<Reason>,
    /// That stamp, where all reasons are wanted.
    pub(super) teller: Option<Box<Teller>>,
    warnings: &'a mut Vec<Warning>,
}

/// The stamp that tells why a job has to run.
pub(super) struct Teller {
    pub(super) stamp: Stamp,
    pub(super) cold: Cold,
}

impl Cache {
    /// Asks the store for a fresh stamp of `job`.
    pub(super) fn consult(&self, job: &Job, extent: Extent, warnings: &mut Vec<Warning>) -> Consulted {
        Consultation::new(self, job, job.key(), extent, Wait::Allowed, warnings).answer()
    }
}

impl<'a> Consultation<'a> {
    /// Begins to consult; where it may not `wait`, what would have to be waited for is stale.
    pub(super) fn new(
        cache: &'a Cache,
        job: &'a Job,
        key: JobKey,
        extent: Extent,
        wait: Wait,
        warnings: &'a mut Vec<Warning>,
    ) -> Self {
        Self {
            cache,
            job,
            key,
            extent,
            wait,
            reasons: Vec::new(),
            teller: None,
            warnings,
        }
    }

    /// Asks the cache's store, or the one that has come to be in its place.
    pub(super) fn answer(&mut self) -> Consulted {
        match &self.cache.store {
            Ok(Some(store)) => match self.ask(store) {
                // Asked only where the job would have to run: a process keeps its store open for long.
                Consulted::Stale(_) if !store.is_in_place() => self.ask_anew(),
                known => known,
            },
            Err(error) => Consulted::Stale(vec![Reason::NoStore(error.line())]),
            // It may have been made since we looked, perhaps by the very job that we waited for.
            Ok(None) => self.ask_anew(),
        }
    }

    /// Asks the store that is there now.
    #[cold]
    fn ask_anew(&mut self) -> Consulted {
        self.reasons.clear();
        match Store::open(&self.cache.place.directory) {
            Ok(Some(store)) => self.ask(&store),
            _ => Consulted::Stale(vec![Reason::NoStamp(self.path())]),
        }
    }

    fn ask(&mut self, store: &Store) -> Consulted {
        self.ask_and_keep(store, None)
    }

    /// Asks the store; keeps a copy of the stamp that is fresh, if that is wanted.
    pub(super) fn ask_and_keep(&mut self, store: &Store, mut keep: Option<&mut Option<Stamp>>) -> Consulted {
        let said = self.warnings.len();
        let Some(mut found) = self.find(store) else {
            return self.stale();
        };
        let mut first = self.first_fresh(&found, store, keep.as_deref_mut());
        // Who replaces a stamp removes the side files of the old one: it may have done so between our two steps.
        for attempt in 0..=MOST_REPLACED {
            let is_trouble = first.is_none() && self.warnings.len() > said;
            if !is_trouble || store.look_at_stamp(&self.key).ok().flatten().as_ref() == Some(found.file().1) {
                break;
            }
            self.warnings.truncate(said);
            self.reasons.clear();
            // Replaced again and again: none of them is damaged, and running the job ends it.
            let Some(now) = (attempt < MOST_REPLACED).then(|| self.find(store)).flatten() else {
                return self.stale();
            };
            found = now;
            first = self.first_fresh(&found, store, keep.as_deref_mut());
        }
        match first {
            Some((replay, run, renewed)) => {
                let is_renewed = renewed.is_some();
                let settling = Settling::of(self.cache.place.clone(), self.key, found, renewed);
                match replay {
                    Some(replay) => Consulted::Fresh(Hit::new(replay, run, settling)),
                    None => Consulted::ReadsInput(is_renewed.then_some(settling)),
                }
            }
            None => self.stale(),
        }
    }

    fn stale(&mut self) -> Consulted {
        if self.reasons.is_empty() {
            self.reasons.push(Reason::NoStamp(self.path()));
        }
        Consulted::Stale(std::mem::take(&mut self.reasons))
    }

    /// Opens the job's stamp file.
    fn find(&mut self, store: &Store) -> Option<Found> {
        store.find(&self.key, self.wait).unwrap_or_else(|error| {
            self.warnings.push(Warning::Damaged(error.line()));
            self.reasons.push(Reason::Damaged(self.path()));
            None
        })
    }

    /// Returns the replay of the first stamp that is fresh and whole (none: it says that the job reads its input), its
    /// run, and the same stamp with records that are cheaper to compare, if there are any.
    fn first_fresh(
        &mut self,
        found: &Found,
        store: &Store,
        mut keep: Option<&mut Option<Stamp>>,
    ) -> Option<(Option<Replay>, Run, Option<Box<Renewed>>)> {
        let (cache, job) = (self.cache, self.job);
        let tag_key = cache.place.tag_key.as_ref();
        let mut ordered = Ordered::of(&job.dependencies);
        let mut told = Told::default();
        for number in 0..found.count() {
            let bytes = match found.bytes_of(number, job.signed) {
                Ok(bytes) => bytes,
                Err(error) => {
                    told.say(number, self.damaged(error, Reason::Damaged));
                    continue;
                }
            };
            let mut met = Met::default();
            let mut visit = |path: &[u8]| ordered.meet(path, &mut met);
            let (hot, listed) = match found.hot(number, &bytes, tag_key, &mut visit) {
                Ok(read) => read,
                Err(error) => {
                    told.say(number, self.damaged(error, Reason::Damaged));
                    continue;
                }
            };
            // A stamp of other lists never speaks for the job, and what it has to say may not be asked for.
            if !ordered.are(&met, &listed) {
                told.leave(number);
                continue;
            }
            let parts = &mut || found.cold(number).map(|cold| cold.parts);
            let read = Read::Hot(&hot, &listed, &ordered);
            let renewed = match self.judge(&read, store, parts) {
                Some(Verdict::Fresh(renewed)) => renewed,
                stale => {
                    let reasons = match stale {
                        Some(Verdict::Stale(reasons)) => reasons,
                        _ => self.judge_whole(found, number, store),
                    };
                    told.say_of_its_lists(number, reasons);
                    continue;
                }
            };
            let whole = || found.whole(number, &bytes, tag_key).ok();
            let renewed = self.renewed(&hot, renewed, &whole);
            let run = Run::of(&hot);
            if hot.outcome == Outcome::ReadsInput {
                return Some((None, run, renewed));
            }
            if let Some(keep) = keep.as_deref_mut().filter(|_| renewed.is_none()) {
                *keep = whole();
            }
            let Stamp { outcome, condition, .. } = hot;
            match Replay::open(outcome, condition, self.sides(store), job.method == Method::Paranoid) {
                Ok(replay) => return Some((replay, run, renewed)),
                Err(error) => told.say(number, self.damaged(error, Reason::OutcomeLost)),
            }
        }
        self.hear(told, found, store);
        None
    }

    /// Keeps the reasons that tell most.
    #[cold]
    #[inline(never)]
    fn hear(&mut self, mut told: Told, found: &Found, store: &Store) {
        // Who has the same lists tells most; what others would tell takes a look at all that they list.
        for number in told.left() {
            let reasons = self.judge_whole(found, number, store);
            told.say(number, reasons);
        }
        let Some((number, reasons)) = told.most() else { return };
        self.reasons = reasons;
        if self.extent == Extent::All {
            self.teller = self.read_teller(found, number).map(Box::new);
        }
    }

    /// Reads the stamp that tells most, and what no hit needs of it.
    fn read_teller(&self, found: &Found, number: usize) -> Option<Teller> {
        let tag_key = self.cache.place.tag_key.as_ref();
        let bytes = found.bytes_of(number, self.job.signed).ok()?;
        Some(Teller {
            stamp: found.whole(number, &bytes, tag_key).ok()?,
            cold: found.cold(number).unwrap_or_default(),
        })
    }

    /// Returns the reasons why stamp `number` is stale, as it is known to be.
    #[cold]
    #[inline(never)]
    fn judge_whole(&mut self, found: &Found, number: usize, store: &Store) -> Vec<Reason> {
        let tag_key = self.cache.place.tag_key;
        let bytes = found.bytes_of(number, self.job.signed);
        let parts = &mut || found.cold(number).map(|cold| cold.parts);
        match bytes.and_then(|bytes| found.whole(number, &bytes, tag_key.as_ref())) {
            Err(error) => self.damaged(error, Reason::Damaged),
            Ok(stamp) => match self.judge(&Read::Whole(&stamp), store, parts) {
                Some(Verdict::Stale(reasons)) => reasons,
                // It was not a moment ago.
                _ => Vec::new(),
            },
        }
    }

    /// Returns the replay of a stamp that was read before, if it still speaks for the job as it is.
    pub(super) fn replay_again(&mut self, stamp: &Stamp, store: &Store) -> Option<Replay> {
        match self.judge(&Read::Whole(stamp), store, &mut || None) {
            Some(Verdict::Fresh(dependencies)) if dependencies.is_empty() => {}
            _ => return None,
        }
        Replay::open(stamp.outcome.clone(), stamp.condition, self.sides(store), false).ok()?
    }

    #[cold]
    fn damaged(&mut self, source: io::Error, reason: impl Fn(PathBuf) -> Reason) -> Vec<Reason> {
        let error = Error::Io {
            intent: "read stamp",
            path: self.path(),
            source,
        };
        self.warnings.push(Warning::Damaged(error.line()));
        vec![reason(self.path())]
    }

    /// Returns `hot` as a whole, and with records that are cheaper to compare, if there are any: those of `dependencies` (by
    /// number), and those of the program.
    fn renewed(
        &self,
        hot: &Stamp,
        dependencies: Vec<(usize, Fingerprint)>,
        whole: &dyn Fn() -> Option<Stamp>,
    ) -> Option<Box<Renewed>> {
        let program = ProgramFile::renewed(&hot.program, self.cache.place.clock);
        if dependencies.is_empty() && program.is_none() {
            return None;
        }
        let was = whole()?;
        let mut now = was.clone();
        for (number, fingerprint) in dependencies {
            now.dependencies.get_mut(number)?.1 = fingerprint;
        }
        now.program = program.unwrap_or(now.program);
        Some(Box::new(Renewed { was, now }))
    }

    pub(super) fn sides<'b>(&'b self, store: &'b Store) -> Sides<'b> {
        Sides {
            store,
            key: &self.key,
            wait: self.wait,
        }
    }

    fn path(&self) -> PathBuf {
        Store::stamp_path(&self.cache.place.directory, &self.key)
    }
}
