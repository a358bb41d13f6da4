//! Asks the store for a stamp that still speaks for a job.

use std::path::{Path, PathBuf};

use super::{Cache, Hit, Lookup};
use crate::disk::{self, Nearby, Wait};
use crate::error::Error;
use crate::fingerprint::{Conditions, Fingerprint, Kept, ProgramFile};
use crate::freshness::{Extent, Reason, Verdict, World, judge};
use crate::job::{CodePart, Declared, Job, JobKey, Method};
use crate::recording::Warning;
use crate::replay::Replay;
use crate::stamp::{Outcome, Stamp};
use crate::store::{Found, Sides, Store};

/// What the store knows of a job.
#[allow(clippy::large_enum_variant)] // Made once or twice a run.
pub(super) enum Consulted {
    /// A fresh stamp.
    Fresh(Hit),
    /// The job reads its input, which decides.
    ReadsInput,
    /// Nothing fresh; at least one reason.
    Stale(Vec<Reason>),
}

impl From<Consulted> for Lookup {
    /// A job that has to run takes more than reasons: see [`Cache::lookup`].
    fn from(known: Consulted) -> Self {
        match known {
            Consulted::Fresh(hit) => Self::Fresh(hit),
            Consulted::ReadsInput => Self::ReadsInput,
            Consulted::Stale(_) => unreachable!("the caller has handled it"),
        }
    }
}

/// A stamp that was replaced while we read it is read anew, so many times.
const MOST_REPLACED: u32 = 8;

/// One consultation.
pub(super) struct Consultation<'a> {
    cache: &'a Cache,
    job: &'a Job,
    key: JobKey,
    extent: Extent,
    wait: Wait,
    /// The reasons of the stamp whose lists are nearest to the job's.
    reasons: Vec<Reason>,
    warnings: &'a mut Vec<Warning>,
}

impl Cache {
    /// Asks the store for a fresh stamp of `job`.
    pub(super) fn consult(&self, job: &Job, extent: Extent, warnings: &mut Vec<Warning>) -> Consulted {
        let mut consultation = Consultation::new(self, job, job.key(), extent, Wait::Allowed, warnings);
        match &self.store {
            Ok(Some(store)) => match consultation.ask(store) {
                // Asked only where the job would have to run: a process keeps its store open for long.
                Consulted::Stale(_) if !store.is_in_place() => consultation.ask_anew(),
                known => known,
            },
            Err(error) => Consulted::Stale(vec![Reason::NoStore(error.line())]),
            // It may have been made since we looked, perhaps by the very job that we waited for.
            Ok(None) => consultation.ask_anew(),
        }
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
            warnings,
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
            Some((None, _)) => Consulted::ReadsInput,
            Some((Some(replay), renewed)) => {
                Consulted::Fresh(Hit::new(self.cache.place.clone(), self.key, replay, found, renewed))
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

    /// Returns the replay of the first stamp that is fresh and whole (none: it says that the job reads its input), and
    /// the same stamp with records that are cheaper to compare, if there are any.
    #[allow(clippy::type_complexity)]
    fn first_fresh(
        &mut self,
        found: &Found,
        store: &Store,
        mut keep: Option<&mut Option<Stamp>>,
    ) -> Option<(Option<Replay>, Option<(Stamp, Stamp)>)> {
        let tag_key = self.cache.place.tag_key;
        for (number, stamp) in found.stamps(tag_key.as_ref(), self.job.signed).enumerate() {
            let stamp = match stamp {
                Ok(stamp) => stamp,
                Err(error) => {
                    self.damaged(error, Reason::Damaged);
                    continue;
                }
            };
            let parts = &mut || found.cold(number).map(|cold| cold.parts);
            let renewed = match self.judge(&stamp, store, parts) {
                Verdict::Fresh(dependencies) => self
                    .renewed(&stamp, dependencies)
                    .map(|renewed| (stamp.clone(), renewed)),
                Verdict::Stale(reasons) => {
                    self.offer(reasons);
                    continue;
                }
            };
            if stamp.outcome == Outcome::ReadsInput {
                return Some((None, None));
            }
            if let Some(keep) = keep.as_deref_mut().filter(|_| renewed.is_none()) {
                *keep = Some(stamp.clone());
            }
            let Stamp { outcome, condition, .. } = stamp;
            match Replay::open(
                outcome,
                condition,
                self.sides(store),
                self.job.method == Method::Paranoid,
            ) {
                Ok(replay) => return Some((replay, renewed)),
                Err(error) => self.damaged(error, Reason::OutcomeLost),
            }
        }
        None
    }

    /// Returns the replay of a stamp that was read before, if it still speaks for the job as it is.
    pub(super) fn replay_again(&mut self, stamp: &Stamp, store: &Store) -> Option<Replay> {
        match self.judge(stamp, store, &mut || None) {
            Verdict::Fresh(dependencies) if dependencies.is_empty() => {}
            Verdict::Fresh(_) | Verdict::Stale(_) => return None,
        }
        Replay::open(stamp.outcome.clone(), stamp.condition, self.sides(store), false).ok()?
    }

    fn damaged(&mut self, source: std::io::Error, reason: impl Fn(PathBuf) -> Reason) {
        let error = Error::Io {
            intent: "read stamp",
            path: self.path(),
            source,
        };
        self.warnings.push(Warning::Damaged(error.line()));
        let reason = reason(self.path());
        self.offer(vec![reason]);
    }

    /// Keeps the reasons that tell most: those of a stamp made with the same lists of files, the newest first.
    fn offer(&mut self, reasons: Vec<Reason>) {
        let distance = |reasons: &[Reason]| reasons.iter().filter(|reason| reason.is_about_lists()).count();
        if self.reasons.is_empty() || distance(&reasons) < distance(&self.reasons) {
            self.reasons = reasons;
        }
    }

    fn judge(&self, stamp: &Stamp, store: &Store, parts: &mut dyn FnMut() -> Option<Vec<CodePart>>) -> Verdict {
        let sides = self.sides(store);
        let kept = |kept: &Kept| {
            let (file, look) = sides.open(kept.number).ok()?;
            disk::read_from_start(&file, usize::try_from(look.size.min(kept.length)).ok()?, self.wait).ok()
        };
        let place = &self.cache.place;
        // Only what is below a directory can be left out.
        let has_trees = stamp
            .dependencies
            .iter()
            .any(|(_, fingerprint)| matches!(fingerprint, Fingerprint::Tree(_)));
        let left_out = if has_trees {
            place.left_out(self.job)
        } else {
            Vec::new()
        };
        let mut nearby = Nearby::of(self.job.dependencies.iter().map(Declared::path));
        let mut look = |path: &Path| nearby.look_at_link(path);
        let conditions = Conditions {
            wait: self.wait,
            ..place.conditions(self.job, &left_out, &kept)
        };
        let mut world = World {
            program: &mut |recorded| ProgramFile::compare(recorded, self.job.program.as_ref()?),
            dependency: &mut |dependency, recorded| recorded.compare(dependency, &mut look, &conditions),
            // A dangling link is no output: the next step would not find the file.
            output: &mut |output| matches!(disk::look(output.path()), Ok(Some(_))),
            parts,
            clock: &mut || (place.clock)(),
        };
        judge(stamp, self.job, &mut world, self.extent)
    }

    /// Returns `stamp` with records that are cheaper to compare, if there are any: those of `dependencies` (by index), and
    /// those of the program.
    fn renewed(&self, stamp: &Stamp, dependencies: Vec<(usize, Fingerprint)>) -> Option<Stamp> {
        let program = ProgramFile::renewed(&stamp.program, self.cache.place.clock);
        if dependencies.is_empty() && program.is_none() {
            return None;
        }
        let mut renewed = stamp.clone();
        for (index, fingerprint) in dependencies {
            renewed.dependencies[index].1 = fingerprint;
        }
        renewed.program = program.unwrap_or(renewed.program);
        Some(renewed)
    }

    fn sides<'b>(&'b self, store: &'b Store) -> Sides<'b> {
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
