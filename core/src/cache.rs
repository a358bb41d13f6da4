//! The staircase: the one place where the steps meet.
//!
//! ```text
//! job -> key -> store -> judge -+-> Fresh(replay)
//!                               +-> Stale(reason, recording) -> the caller runs it -> recording.save(..) -> store
//! ```
//! A look-up that finds a fresh stamp takes no lock and writes nothing. One that does not takes the fingerprints before
//! the job runs, and the right to be the one that runs it.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::{self, Clock};
use crate::error::Error;
use crate::digest::Digest;
use crate::fingerprint::{Fingerprint, Kept, ProgramFile};
use crate::freshness::{Extent, Reason, Verdict, World, judge};
use crate::job::{Job, JobKey, Method};
use crate::recording::{Before, Recording, Warning};
use crate::replay::Replay;
use crate::stamp::{Outcome, Stamp, TagKey};
use crate::store::{Found, Limits, Place, Shard, Store};

/// A cache in a directory: where stamps are found and kept.
#[derive(Debug)]
pub struct Cache {
    place: Place,
    store: Result<Option<Store>, Error>,
}

/// What a look-up found.
#[derive(Debug)]
pub enum Lookup {
    /// The job need not run: this is what it did.
    Fresh(Hit),
    /// The job reads its standard input: look it up again with the input's digest.
    ReadsInput,
    /// The job has to run.
    Stale(Stale),
}

/// A fresh stamp.
#[derive(Debug)]
pub struct Hit {
    /// What the job did, ready to happen again.
    pub replay: Replay,
    /// Where the stamp is.
    pub stamp: PathBuf,
    settle: Settle,
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

/// Asks, as long as another process runs the same job, what to do; it is told the process id, where that is known.
pub type Waiting<'a> = &'a mut dyn FnMut(Option<u32>) -> Patience;

/// What a hit may leave to be written once it has been delivered.
#[derive(Debug)]
struct Settle {
    place: Place,
    key: JobKey,
    renewed: Option<(Stamp, Digest)>,
    found: Found,
}

/// A stamp's last use is noted at most this often, in seconds.
const DAY: u64 = 24 * 3600;

impl Cache {
    /// Opens the cache in `directory`. Nothing is made; a directory that cannot be used is an answer for later.
    ///
    /// `clock` tells the time; `tag_key` is the user's own secret, without which no stamp that could run code is read or written.
    #[must_use]
    pub fn open(directory: &Path, clock: Clock, tag_key: Option<TagKey>) -> Self {
        let place = Place { directory: directory.to_path_buf(), clock, tag_key };
        Self { place, store: Store::open(directory) }
    }

    /// Returns the directory it was opened in.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.place.directory
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

    /// Makes the store if there is none.
    ///
    /// # Errors
    /// As [`Store::make`].
    pub fn make(&mut self) -> Result<(), Error> {
        if let Ok(None) = self.store {
            self.store = Ok(Some(Store::make(&self.place.directory)?));
        }
        Ok(())
    }

    /// Returns where the stamps of `job` are, or would be.
    #[must_use]
    pub fn stamp_path(&self, job: &Job) -> PathBuf {
        Store::stamp_path(&self.place.directory, &job.key())
    }

    /// Looks `job` up. If it has to run and `waiting` is given, this waits for an equal job that runs now.
    ///
    /// Whatever is wrong with the store, the answer is that the job has to run.
    pub fn lookup(&self, job: &Job, waiting: Option<Waiting>) -> Lookup {
        let key = job.key();
        let mut warnings = Vec::new();
        let reason = match self.consult(job, &key, &mut warnings) {
            Consulted::Fresh(hit) => return Lookup::Fresh(hit),
            Consulted::ReadsInput => return Lookup::ReadsInput,
            Consulted::Stale(reason) => reason,
        };
        let shard = self.shard_or_warn(&key, &mut warnings);
        let (mut reason, mut rights) = (reason, None);
        if let (Some(shard), Some(waiting)) = (&shard, waiting) {
            let mut waited = false;
            rights = loop {
                match shard.claim() {
                    Ok(rights) => break Some(rights),
                    Err(Some(holder)) if disk::is_ancestor(holder) => {
                        warnings.push(Warning::Recursion);
                        return Lookup::Stale(Stale { reason, recording: Recording::new(&self.place, job, None, None, None), warnings });
                    }
                    Err(holder) => match waiting(holder) {
                        Patience::Wait => waited = true,
                        Patience::Run => break None,
                    },
                }
            };
            // Between the look-up and the claim another may have finished; waited or not, one more look decides.
            let mut again = Vec::new();
            match self.consult(job, &key, &mut again) {
                Consulted::Fresh(hit) => return Lookup::Fresh(hit),
                Consulted::ReadsInput => return Lookup::ReadsInput,
                Consulted::Stale(now) if waited => (reason, warnings) = (now, again),
                Consulted::Stale(_) => {}
            }
        }
        let before = self.before(job, &mut warnings);
        Lookup::Stale(Stale { reason, recording: Recording::new(&self.place, job, shard, rights, before), warnings })
    }

    /// Begins to record `job` without looking it up, and without waiting for others that run it.
    pub fn record(&self, job: &Job) -> (Recording, Vec<Warning>) {
        let mut warnings = Vec::new();
        let shard = self.shard_or_warn(&job.key(), &mut warnings);
        let before = self.before(job, &mut warnings);
        (Recording::new(&self.place, job, shard, None, before), warnings)
    }

    /// Makes a file without a name in the store, for bytes that do not fit into memory.
    ///
    /// # Errors
    /// The store cannot be used, or is full or read-only.
    pub fn scratch(&self, job: &Job) -> io::Result<File> {
        self.writable(&job.key()).map_err(io::Error::other)?.scratch()
    }

    /// Returns why `job` would run, all reasons of its newest stamp; none if it would be replayed.
    ///
    /// `None` if the job reads its standard input: then ask again with the input's digest. Runs nothing, writes nothing,
    /// makes no directory.
    #[must_use]
    pub fn reasons(&self, job: &Job) -> Option<Vec<Reason>> {
        let key = job.key();
        match self.consult(job, &key, &mut Vec::new()) {
            Consulted::Fresh(_) => return Some(Vec::new()),
            Consulted::ReadsInput => return None,
            Consulted::Stale(_) => {}
        }
        let path = || self.stamp_path(job);
        Some(match &self.store {
            Err(error) => vec![Reason::NoStore(error.line())],
            Ok(None) => vec![Reason::NoStamp(path())],
            Ok(Some(store)) => match store.find(&key) {
                Ok(None) => vec![Reason::NoStamp(path())],
                Err(_) => vec![Reason::Damaged(path())],
                Ok(Some(found)) => match found.stamps(self.place.tag_key.as_ref()).next() {
                    Some(Ok(stamp)) => match self.judge(&stamp, job, store, &key, Extent::All) {
                        Verdict::Stale(reasons) => reasons,
                        Verdict::Fresh(_) => vec![Reason::OutcomeLost(path())],
                    },
                    Some(Err(_)) => vec![Reason::Damaged(path())],
                    None => vec![Reason::NoStamp(path())],
                },
            },
        })
    }

    /// Lets old stamps go after `job` was stored: at most 50 ms of work. Nothing depends on it.
    pub fn tidy(&self, job: &Job, limits: &Limits) {
        if let Ok(Some(store)) = Store::open(&self.place.directory) {
            let _ = store.tidy(&job.key(), limits, self.place.clock);
        }
    }

    /// Asks the store for a fresh stamp of `job`.
    fn consult(&self, job: &Job, key: &JobKey, warnings: &mut Vec<Warning>) -> Consulted {
        let path = || Store::stamp_path(&self.place.directory, key);
        let opened;
        let store = match &self.store {
            Ok(Some(store)) => store,
            Err(error) => return Consulted::Stale(Reason::NoStore(error.line())),
            // Made since we looked, perhaps by the very job that we waited for.
            Ok(None) => match Store::open(&self.place.directory) {
                Ok(Some(store)) => {
                    opened = store;
                    &opened
                }
                _ => return Consulted::Stale(Reason::NoStamp(path())),
            },
        };
        let found = match store.find(key) {
            Ok(Some(found)) => found,
            Ok(None) => return Consulted::Stale(Reason::NoStamp(path())),
            Err(error) => {
                warnings.push(Warning::Damaged(error.line()));
                return Consulted::Stale(Reason::Damaged(path()));
            }
        };
        let mut first = None;
        let mut fresh = None;
        for stamp in found.stamps(self.place.tag_key.as_ref()) {
            let stamp = match stamp {
                Ok(stamp) => stamp,
                Err(error) => {
                    let error = Error::Io { intent: "read stamp", path: path(), source: error };
                    warnings.push(Warning::Damaged(error.line()));
                    first.get_or_insert(Reason::Damaged(path()));
                    continue;
                }
            };
            let renewed = match self.judge(&stamp, job, store, key, Extent::First) {
                Verdict::Fresh(renewed) => renewed,
                Verdict::Stale(reasons) => {
                    first = first.or(reasons.into_iter().next());
                    continue;
                }
            };
            if stamp.outcome == Outcome::ReadsInput {
                return Consulted::ReadsInput;
            }
            let renewed = (!renewed.is_empty()).then(|| (with(stamp.clone(), renewed), stamp.variant()));
            match Replay::open(stamp, store, key, job.method == Method::Paranoid) {
                Ok(Some(replay)) => {
                    fresh = Some((replay, renewed));
                    break;
                }
                Ok(None) => {}
                Err(error) => {
                    let error = Error::Io { intent: "read stamp", path: path(), source: error };
                    warnings.push(Warning::Damaged(error.line()));
                    first.get_or_insert(Reason::OutcomeLost(path()));
                }
            }
        }
        match fresh {
            Some((replay, renewed)) => {
                let settle = Settle { place: self.place.clone(), key: *key, renewed, found };
                Consulted::Fresh(Hit { replay, stamp: path(), settle })
            }
            None => Consulted::Stale(first.unwrap_or_else(|| Reason::NoStamp(path()))),
        }
    }

    fn judge(&self, stamp: &Stamp, job: &Job, store: &Store, key: &JobKey, extent: Extent) -> Verdict {
        let kept = |kept: &Kept| {
            let (file, look) = store.side(key, kept.number).ok()?;
            disk::read_from_start(&file, usize::try_from(look.size.min(kept.length)).ok()?).ok()
        };
        let left_out = self.place.left_out(job);
        let conditions = self.place.conditions(job, &left_out, &kept);
        let mut world = World {
            program: &mut |recorded| ProgramFile::compare(recorded, job.program.as_ref()?),
            dependency: &mut |dependency, recorded| recorded.compare(dependency, &conditions),
            // Existence is what counts, of a dangling link too little: the next step would not find the file.
            output: &mut |output| matches!(disk::look(output.path()), Ok(Some(_))),
        };
        judge(stamp, job, &mut world, extent)
    }

    /// Opens the part of the store that `key` is kept in, and makes what is missing.
    fn writable(&self, key: &JobKey) -> Result<Arc<Shard>, Error> {
        match &self.store {
            Ok(Some(store)) => store.shard(key),
            _ => self.place.writable(key),
        }
    }

    fn shard_or_warn(&self, key: &JobKey, warnings: &mut Vec<Warning>) -> Option<Arc<Shard>> {
        self.writable(key).map_err(|error| warnings.push(Warning::NotKept(error.line()))).ok()
    }

    /// Takes the fingerprints before the job runs.
    fn before(&self, job: &Job, warnings: &mut Vec<Warning>) -> Option<Before> {
        let left_out = self.place.left_out(job);
        let conditions = self.place.conditions(job, &left_out, &|_| None);
        let taken = Before::take(job, &conditions);
        taken.map_err(|error| warnings.push(Warning::NotVouched(error.line()))).ok()
    }
}

enum Consulted {
    Fresh(Hit),
    ReadsInput,
    Stale(Reason),
}

fn with(mut stamp: Stamp, renewed: Vec<(usize, Fingerprint)>) -> Stamp {
    for (index, fingerprint) in renewed {
        stamp.dependencies[index].1 = fingerprint;
    }
    stamp
}

impl Hit {
    /// Writes what makes the next hit cheaper, once this one has been delivered: a refreshed record, and once a day the
    /// stamp's last use. What cannot be written is left.
    pub fn settle(self) {
        let _ = self.settle.write();
    }
}

impl Settle {
    fn write(self) -> io::Result<()> {
        if let Some((mut stamp, replaced)) = self.renewed {
            let shard = self.place.writable(&self.key).map_err(io::Error::other)?;
            shard.keep_entries(&mut stamp)?;
            return shard.put(&stamp, &replaced, self.place.tag_key.as_ref()).map_err(io::Error::other);
        }
        let (file, look) = self.found.file();
        if (self.place.clock)().seconds_since(look.modified) > DAY {
            disk::touch(file)?;
        }
        Ok(())
    }
}
