//! The staircase: the one place where the steps meet.
//!
//! ```text
//! job -> key -> store -> judge -+-> Fresh(replay)
//!                               +-> Stale(reason, recording) -> the caller runs it -> recording.save(..) -> store
//! ```
//! A look-up that finds a fresh stamp takes no lock and writes nothing. One that does not takes the fingerprints before
//! the job runs, and the right to be the one that runs it.

mod hit;
mod dependencies;
mod told;
mod consult;
mod world;
mod memory;
mod glance;
mod remembered;
mod upkeep;
mod count;
mod outputs;
mod explain;
mod nearest;

pub use explain::{Explained, Explanation};
pub use hit::{Hit, Run};
pub use nearest::Nearest;
pub use outputs::OutputsThen;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use self::consult::Consulted;
use self::memory::Memory;
use crate::disk::{self, Clock, Holder};
use crate::error::Error;
use crate::freshness::{Extent, Reason};
use crate::job::{Job, JobKey};
use crate::recording::{Before, Outputs, Recording, Warning};
use crate::stamp::{Stamp, TagKey};
use crate::store::{Place, Shard, Store, Unreadable};

/// A cache in a directory: where stamps are found and kept.
#[derive(Debug)]
pub struct Cache {
    place: Arc<Place>,
    store: Result<Option<Store>, Error>,
    /// Made by the first glance: a command needs none.
    memory: OnceLock<Memory>,
}

/// What a look-up found.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // Made once a run: a box would cost more than it saves.
pub enum Lookup {
    /// The job need not run: this is what it did.
    Fresh(Hit),
    /// The job reads its standard input: look it up again with the input's digest.
    ReadsInput,
    /// The job has to run.
    Stale(Stale),
}

/// A job that has to run.
#[derive(Debug)]
#[must_use = "dropping the recording leaves no stamp"]
pub struct Stale {
    /// Why: the first reason.
    pub reason: Reason,
    /// The right to write its stamp.
    pub recording: Recording,
    /// What people should know.
    pub warnings: Vec<Warning>,
}

/// What to do while another process runs the same job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// Look again. (The caller has slept.)
    Wait,
    /// Run the job beside the other.
    Run,
}

/// Another process, or another part of this one, runs the same job now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy {
    /// Which process, and since when.
    pub holder: Holder,
}

/// What to do about another process that runs the same job.
enum Others<'a> {
    /// Run beside it.
    Ignored,
    /// What the caller says.
    Asked(Waiting<'a>),
    /// Leave it to it.
    Left,
}

/// Asks, as long as another process runs the same job, what to do; it is told which process, and since when.
pub type Waiting<'a> = &'a mut dyn FnMut(Holder) -> Patience;

impl Cache {
    /// Opens the cache in `directory`. Nothing is made; a directory that cannot be used is an answer for later.
    ///
    /// `clock` tells the time; `tag_key` is the user's own secret, without which no stamp that could run code is read or written.
    #[must_use]
    pub fn open(directory: &Path, clock: Clock, tag_key: Option<TagKey>) -> Self {
        let place = Place {
            directory: directory.to_path_buf(),
            clock,
            tag_key,
        };
        Self {
            place: Arc::new(place),
            store: Store::open(directory),
            memory: OnceLock::new(),
        }
    }

    /// Returns why nothing can be kept here, if that is so.
    #[must_use]
    pub fn problem(&self) -> Option<&Error> {
        self.store.as_ref().err()
    }

    /// Returns whether the open store is still the one to use; if not, open the cache again.
    #[must_use]
    pub fn is_current(&self) -> bool {
        matches!(&self.store, Ok(Some(store)) if store.is_current())
    }

    /// Returns where the stamps of `job` are, or would be.
    #[must_use]
    pub fn stamp_path(&self, job: &Job) -> PathBuf {
        Store::stamp_path(&self.place.directory, &job.key())
    }

    /// Looks `job` up. If it has to run and `waiting` is given, this waits for an equal job that runs now.
    ///
    /// Whatever is wrong with the store, the answer is that the job has to run.
    #[must_use]
    pub fn lookup(&self, job: &Job, waiting: Option<Waiting>) -> Lookup {
        let mut warnings = Vec::new();
        match self.consult(job, Extent::First, &mut warnings) {
            Consulted::Stale(reasons) => {
                let others = waiting.map_or(Others::Ignored, Others::Asked);
                let prepared = self.prepare(job, others, reasons, warnings);
                prepared.unwrap_or_else(|_| unreachable!("nothing is left to others"))
            }
            known => known.answer(),
        }
    }

    /// As [`Cache::lookup`], but comes back at once if an equal job runs now: for callers with other things to do.
    ///
    /// # Errors
    /// An equal job runs now.
    pub fn try_lookup(&self, job: &Job) -> Result<Lookup, Busy> {
        let mut warnings = Vec::new();
        match self.consult(job, Extent::First, &mut warnings) {
            Consulted::Stale(reasons) => self.prepare(job, Others::Left, reasons, warnings),
            known => Ok(known.answer()),
        }
    }

    /// Prepares to run `job`, fresh or not, and waits as [`Cache::lookup`] does: what it is waited for makes no difference.
    pub fn force(&self, job: &Job, waiting: Option<Waiting>) -> Stale {
        let others = waiting.map_or(Others::Ignored, Others::Asked);
        match self.prepare(job, others, vec![Reason::Forced], Vec::new()) {
            Ok(Lookup::Stale(stale)) => stale,
            _ => unreachable!("what is forced is not looked up, and nothing is left to others"),
        }
    }

    /// Returns the replay of `job` if it need not run. Waits for nobody, and gives no right to run it.
    #[must_use]
    pub fn peek(&self, job: &Job) -> Option<Hit> {
        match self.consult(job, Extent::First, &mut Vec::new()) {
            Consulted::Fresh(hit) => Some(hit),
            Consulted::ReadsInput(_) | Consulted::Stale(_) => None,
        }
    }

    /// Prepares to run `job`, unless another process has just done so.
    ///
    /// Apart, so that a hit touches no stack for it: each page of it is a fault.
    #[cold]
    #[inline(never)]
    fn prepare(
        &self,
        job: &Job,
        mut others: Others,
        mut reasons: Vec<Reason>,
        mut warnings: Vec<Warning>,
    ) -> Result<Lookup, Busy> {
        let is_forced = matches!(reasons.as_slice(), [Reason::Forced]);
        let shard = self.shard_or_warn(&job.key(), &mut warnings);
        let mut rights = None;
        if let (Some(shard), Others::Asked(_) | Others::Left) = (&shard, &others) {
            let mut has_waited = false;
            let mut seen = None;
            rights = loop {
                match shard.claim() {
                    Ok(rights) => break Some(rights),
                    Err(holder) if holder.process.is_some_and(disk::is_ancestor) => {
                        warnings.push(Warning::Recursion);
                        let recording = Recording::new(&self.place, job, None, None, None);
                        return Ok(stale(reasons, recording, warnings));
                    }
                    Err(holder) => match &mut others {
                        Others::Left => return Err(Busy { holder }),
                        Others::Asked(waiting) => {
                            // Only who waits has to know: nearly all claim the job at once.
                            let seen = seen.get_or_insert_with(|| self.stamp_now(job));
                            match waiting(holder) {
                                Patience::Wait => {
                                    has_waited = true;
                                    // Not to be claimed by all who wait, one after the other.
                                    if let Some(known) = self.written_meanwhile(job, seen).filter(|_| !is_forced) {
                                        return Ok(known);
                                    }
                                }
                                Patience::Run => break None,
                            }
                        }
                        Others::Ignored => break None,
                    },
                }
            };
            // Between the look-up and the claim another may have finished; waited or not, one more look decides.
            let mut warnings_now = Vec::new();
            let now = (!is_forced).then(|| self.consult(job, Extent::First, &mut warnings_now));
            match now {
                Some(Consulted::Stale(now)) if has_waited => (reasons, warnings) = (now, warnings_now),
                Some(Consulted::Stale(_)) | None => {}
                Some(known) => return Ok(known.answer()),
            }
        }
        let mut before = self.before(job, &mut warnings);
        let shard = self.ready_to_write(job, shard, before.as_mut(), &mut warnings);
        let recording = Recording::new(&self.place, job, shard, rights, before);
        Ok(stale(self.explained(job, reasons), recording, warnings))
    }

    /// Looks `job` up if its stamp file is another than the one that was `seen`; returns what need not run.
    fn written_meanwhile(&self, job: &Job, seen: &mut Option<disk::Look>) -> Option<Lookup> {
        let now = self.stamp_now(job);
        if now == *seen {
            return None;
        }
        *seen = now;
        match self.consult(job, Extent::First, &mut Vec::new()) {
            Consulted::Stale(_) => None,
            known => Some(known.answer()),
        }
    }

    /// Returns how the stamp file of `job` looks now, if there is one.
    fn stamp_now(&self, job: &Job) -> Option<disk::Look> {
        disk::look_at_link(&self.stamp_path(job)).ok().flatten()
    }

    /// Begins to record `job` without looking it up, and without waiting for others that run it.
    #[cold]
    pub fn record(&self, job: &Job) -> (Recording, Vec<Warning>) {
        let mut warnings = Vec::new();
        let shard = self.shard_or_warn(&job.key(), &mut warnings);
        let mut before = self.before(job, &mut warnings);
        let shard = self.ready_to_write(job, shard, before.as_mut(), &mut warnings);
        (Recording::new(&self.place, job, shard, None, before), warnings)
    }

    /// Makes a file without a name in the store, for bytes that do not fit into memory.
    ///
    /// # Errors
    /// The store cannot be used, or is full or read-only.
    pub fn scratch(&self, job: &Job) -> io::Result<File> {
        self.writable(&job.key()).map_err(io::Error::other)?.scratch()
    }

    /// Returns all reasons why `job` would run; none if it would be replayed. With several stamps they are those of the
    /// one whose lists of files are nearest to the job's own.
    ///
    /// `None` if the job reads its standard input: then ask again with the input's digest. Runs nothing, writes nothing,
    /// makes no directory.
    #[must_use]
    pub fn reasons(&self, job: &Job) -> Option<Vec<Reason>> {
        match self.consult(job, Extent::All, &mut Vec::new()) {
            Consulted::Fresh(_) => Some(Vec::new()),
            Consulted::ReadsInput(_) => None,
            Consulted::Stale(reasons) => Some(self.explained(job, reasons)),
        }
    }

    /// Returns `reasons`, and where there is no stamp because another job has made an output since, that.
    fn explained(&self, job: &Job, mut reasons: Vec<Reason>) -> Vec<Reason> {
        if let ([Reason::NoStamp(_)], Ok(Some(store))) = (reasons.as_slice(), &self.store)
            && let Some(output) = Outputs::of(job, store).first_of_another(&job.key())
        {
            reasons = vec![Reason::MadeByAnother(output)];
        }
        reasons
    }

    /// Opens the part of the store that `key` is kept in, and makes what is missing.
    fn writable(&self, key: &JobKey) -> Result<Arc<Shard>, Error> {
        match &self.store {
            Ok(Some(store)) if store.is_in_place() => store.shard(key),
            _ => self.place.writable(key),
        }
    }

    fn shard_or_warn(&self, key: &JobKey, warnings: &mut Vec<Warning>) -> Option<Arc<Shard>> {
        self.writable(key)
            .map_err(|error| warnings.push(Warning::NotKept(error.line())))
            .ok()
    }

    /// Takes the fingerprints before the job runs.
    #[cold]
    fn before(&self, job: &Job, warnings: &mut Vec<Warning>) -> Option<Before> {
        let left_out = self.place.left_out(job);
        let conditions = self.place.conditions(job, &left_out, &|_| None);
        match Before::take(job, &conditions) {
            Ok(before) => {
                warnings.extend(before.matching_nothing(job));
                Some(before)
            }
            Err(error) => {
                warnings.push(Warning::NotVouched(error.line()));
                None
            }
        }
    }

    /// Forgets what was remembered of the files that the job is about to write: whatever becomes of this run, they are no
    /// longer what an earlier one left.
    fn ready_to_write(
        &self,
        job: &Job,
        shard: Option<Arc<Shard>>,
        before: Option<&mut Before>,
        warnings: &mut Vec<Warning>,
    ) -> Option<Arc<Shard>> {
        let shard = shard?;
        match self.forget_outputs(job, &shard, before) {
            Ok(in_turns) => {
                warnings.extend(in_turns);
                Some(shard)
            }
            Err(source) => {
                let error = Error::Io {
                    intent: "forget the last run in",
                    path: self.stamp_path(job),
                    source,
                };
                warnings.push(Warning::NotKept(error.line()));
                None
            }
        }
    }

    /// Forgets it, of this job and of others; returns what to say of others that write the same files.
    fn forget_outputs(&self, job: &Job, shard: &Shard, before: Option<&mut Before>) -> io::Result<Option<Warning>> {
        let tag_key = self.place.tag_key.as_ref();
        let with_outputs = |stamp: &Stamp| !stamp.outputs.is_empty();
        if job.outputs.is_empty() {
            shard.forget(tag_key, Unreadable::Stays, with_outputs)?;
            return Ok(None);
        }
        shard.forget(tag_key, Unreadable::Goes, with_outputs)?;
        let store = Store::make(&self.place.directory).map_err(io::Error::other)?;
        let outputs = Outputs::of(job, &store);
        let in_turns = outputs.take_over(&job.key(), &store, tag_key)?;
        if let Some(before) = before {
            before.outputs = outputs;
        }
        Ok(in_turns)
    }
}

fn stale(mut reasons: Vec<Reason>, recording: Recording, warnings: Vec<Warning>) -> Lookup {
    debug_assert!(!reasons.is_empty(), "what is stale is stale for a reason");
    Lookup::Stale(Stale {
        reason: reasons.swap_remove(0),
        recording,
        warnings,
    })
}
