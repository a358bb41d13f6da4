//! The right to write a job's stamp, and the gathering of what goes into it.
//!
//! A recording is made before the job runs and holds the fingerprints of that moment. Saving looks at everything again:
//! a dependency that changed meanwhile leaves no stamp. Dropping a recording leaves no stamp either.

mod outputs;
mod before;
mod finish;
mod warning;

pub(crate) use before::Before;
pub use finish::{Finish, InputUse, Saved};
pub(crate) use outputs::Outputs;
use outputs::Settled;
pub use warning::Warning;

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::digest::Digest;
use crate::disk::{self, Time};
use crate::error::Error;
use crate::freshness::in_order;
use crate::job::{Declared, Input, Invocation, Job, Parameter};
use crate::stamp::{CodeRecord, Cold, Condition, Outcome, Piece, RunsWriter, Stamp, Story, Stream, Tape};
use crate::store::{Place, Rights, Shard, Spool, Spooled, Store};

/// The right to write the stamp of a job that is about to run.
#[derive(Debug)]
#[must_use = "dropping a recording leaves no stamp"]
pub struct Recording {
    place: Place,
    job: Job,
    shard: Option<Arc<Shard>>,
    rights: Option<Rights>,
    before: Option<Before>,
    started: Time,
    bytes: Spool,
    runs: Spool,
    writer: RunsWriter,
    /// Parts of the code that are state, and digests of it that count as unchanged.
    code_after: (Vec<String>, Vec<Digest>),
    parameters: Vec<Parameter>,
}

impl Recording {
    pub(crate) fn new(
        place: &Place,
        job: &Job,
        shard: Option<Arc<Shard>>,
        rights: Option<Rights>,
        before: Option<Before>,
    ) -> Self {
        Self {
            place: place.clone(),
            job: job.clone(),
            bytes: Spool::new(shard.clone()),
            runs: Spool::new(shard.clone()),
            shard,
            rights,
            before,
            started: (place.clock)(),
            writer: RunsWriter::default(),
            code_after: (Vec::new(), Vec::new()),
            parameters: Vec::new(),
        }
    }

    /// Returns whether a stamp can come of it.
    #[must_use]
    pub fn can_be_kept(&self) -> bool {
        self.shard.is_some() && self.before.is_some() && !self.bytes.has_failed()
    }

    /// Keeps at most `bytes` of what the command says; with more, nothing is kept.
    pub fn limit(&mut self, bytes: u64) {
        self.bytes.limit(bytes);
    }

    /// Keeps bytes of a function's value as they come: together they are its first piece, before those that
    /// [`Finish::Value`] brings. Never fails: what cannot be kept is told at the end.
    pub fn keep(&mut self, bytes: &[u8]) {
        if self.can_be_kept() {
            self.bytes.write(bytes);
        }
    }

    /// Records what the command said on `stream`. Never fails: what cannot be kept is told at the end.
    pub fn say(&mut self, stream: Stream, bytes: &[u8]) {
        if !self.can_be_kept() {
            return;
        }
        self.bytes.write(bytes);
        let mut run = Vec::new();
        self.writer.add(stream, bytes.len() as u64, &mut run);
        self.runs.write(&run);
    }

    /// Tells what the run did to its own code: the parts named in `left_out` turned out to be state, which the stamp does
    /// not speak of; and code whose digest (without those parts) is one of `also` counts as unchanged.
    pub fn code_after(&mut self, left_out: Vec<String>, also: Vec<Digest>) {
        self.code_after = (left_out, also);
    }

    /// Tells what a function is called with: people are told of it where another call is found to have no stamp.
    pub fn called_with(&mut self, parameters: Vec<Parameter>) {
        self.parameters = parameters;
    }

    /// Lets equal jobs that wait go on, though this one has not ended. It may still be saved.
    pub fn stop_holding_others(&mut self) {
        self.rights = None;
    }

    /// Makes ready for [`Recording::save`] what can be: for callers who have nothing else to do while the job begins.
    pub fn get_ready(&self) {
        if let (Some(shard), true) = (&self.shard, self.can_be_kept()) {
            shard.get_ready();
        }
    }

    /// Makes a file without a name in the store, for bytes that do not fit into memory.
    ///
    /// # Errors
    /// There is no store, or it is full or read-only.
    pub fn scratch(&self) -> io::Result<File> {
        self.shard.as_ref().ok_or(io::ErrorKind::NotFound)?.scratch()
    }

    /// Saves `value`, which cannot run code when it is read, as what the function returned.
    #[allow(clippy::must_use_candidate)] // A stamp that is not stored is no harm, only a run more.
    pub fn save_value(self, value: impl Into<Vec<u8>>) -> Saved {
        self.save(Finish::Value {
            pieces: vec![value.into()],
            pickled: false,
        })
    }

    /// Saves what the command said, and the `code` it ended with. It read no input but what the key says.
    #[allow(clippy::must_use_candidate)] // As above.
    pub fn save_exit(self, code: u8) -> Saved {
        self.save(Finish::Exit {
            code,
            input: InputUse::Known,
        })
    }

    /// Writes the stamp of what the job came to, if nothing forbids it.
    #[must_use]
    #[cold]
    pub fn save(mut self, finish: Finish) -> Saved {
        let mut warnings = Vec::new();
        let (Some(shard), Some(before)) = (self.shard.take(), self.before.take()) else {
            return Saved::not(warnings);
        };
        let left_out = self.place.left_out(&self.job);
        let conditions = self.place.conditions(&self.job, &left_out, &|_| None);
        let before = match before.confirm(&self.job, &conditions) {
            Ok(before) => before,
            Err(warning) => return Saved::not(vec![warning]),
        };
        // Who failed has said so, and perhaps made nothing.
        if !matches!(finish, Finish::Exit { code: 1.., .. }) {
            warnings.extend(self.not_made());
        }
        match self.put_down(shard, before, finish) {
            Ok(written) => Saved {
                stored: true,
                written,
                warnings,
            },
            Err(warning) => {
                warnings.push(warning);
                Saved::not(warnings)
            }
        }
    }

    fn put_down(self, shard: Arc<Shard>, mut before: Before, finish: Finish) -> Result<u64, Warning> {
        let not_kept = |error: Error| Warning::NotKept(error.line());
        let shard = self.still_there(shard).map_err(not_kept)?;
        let settled = self.settle(std::mem::take(&mut before.outputs), &finish)?;
        let written = self.write(&shard, before, finish).map_err(not_kept)?;
        settled.map_or(Ok(()), |settled| settled.confirm())?;
        Ok(written)
    }

    /// Makes the store again if it was removed while the job ran.
    fn still_there(&self, shard: Arc<Shard>) -> Result<Arc<Shard>, Error> {
        if shard.is_there() {
            return Ok(shard);
        }
        self.place.writable(&self.job.key())
    }

    /// Writes down whose the outputs are from now on, before there is a stamp that speaks of them.
    fn settle(&self, outputs: Outputs, finish: &Finish) -> Result<Option<Settled>, Warning> {
        if self.job.outputs.is_empty() {
            return Ok(None);
        }
        let key = match finish {
            Finish::Exit {
                input: InputUse::Read(digest),
                ..
            } => self.having_read(*digest).key(),
            _ => self.job.key(),
        };
        let store = Store::make(&self.place.directory).map_err(|error| Warning::NotKept(error.line()))?;
        outputs.settle(key, store, self.place.tag_key).map(Some)
    }

    /// Returns the job with the input that it turned out to read.
    fn having_read(&self, digest: Digest) -> Job {
        let mut job = self.job.clone();
        if let Invocation::Command(command) = &mut job.invocation {
            command.input = Input::Bytes(digest);
        }
        job
    }

    fn not_made(&self) -> Option<Warning> {
        let is_missing = |output: &&Declared| !matches!(disk::look(output.path()), Ok(Some(_)));
        let missing: Vec<&Declared> = self.job.outputs.iter().filter(is_missing).collect();
        missing
            .first()
            .map(|first| Warning::NotMade(first.given().to_path_buf(), missing.len() - 1))
    }

    fn write(mut self, shard: &Arc<Shard>, before: Before, finish: Finish) -> Result<u64, Error> {
        let mut stamp = self.stamp(before);
        match finish {
            Finish::Value { pieces, pickled } => {
                let spool = |bytes: Vec<u8>| {
                    let mut spool = shard.spool();
                    spool.write(&bytes);
                    spool.finish()
                };
                let kept = std::mem::replace(&mut self.bytes, Spool::new(None)).finish()?;
                let kept = Some(kept).filter(|kept| !matches!(kept, Spooled::Memory(bytes) if bytes.is_empty()));
                let spooled = kept.into_iter().map(Ok).chain(pieces.into_iter().map(spool));
                let spooled = spooled.collect::<Result<Vec<_>, _>>()?;
                self.publish(
                    shard,
                    &self.job,
                    stamp,
                    (spooled, |pieces| Outcome::Value { pieces, pickled }),
                )
            }
            Finish::Exit { code, input } => {
                let mut run = Vec::new();
                self.writer.finish(&mut run);
                self.runs.write(&run);
                let take = |spool: &mut Spool| std::mem::replace(spool, Spool::new(None)).finish();
                let spooled = vec![take(&mut self.bytes)?, take(&mut self.runs)?];
                let outcome = |pieces: Vec<Piece>| {
                    let mut pieces = pieces.into_iter();
                    let mut next = || pieces.next().unwrap_or(Piece::Inline(Vec::new()));
                    Outcome::Exit {
                        code,
                        tape: Tape {
                            bytes: next(),
                            runs: next(),
                        },
                    }
                };
                match input {
                    InputUse::Known | InputUse::NotRead => stamp.condition = Condition::Any,
                    InputUse::Empty => stamp.condition = Condition::Empty,
                    InputUse::Idle => stamp.condition = Condition::Idle,
                    InputUse::Left(offset) => stamp.condition = Condition::Offset(offset),
                    InputUse::Read(digest) => return self.publish_reader(shard, stamp, spooled, outcome, digest),
                }
                self.publish(shard, &self.job, stamp, (spooled, outcome))
            }
        }
    }

    /// Files the stamp under the input's digest, and then notes that the job reads its input.
    fn publish_reader(
        &self,
        shard: &Arc<Shard>,
        stamp: Stamp,
        spooled: Vec<Spooled>,
        outcome: impl Fn(Vec<Piece>) -> Outcome,
        digest: Digest,
    ) -> Result<u64, Error> {
        let reader = self.having_read(digest);
        let beside = self.place.writable(&reader.key())?;
        let written = self.publish(&beside, &reader, stamp.clone(), (spooled, outcome))?;
        Ok(written + self.publish(shard, &self.job, stamp, (Vec::new(), |_| Outcome::ReadsInput))?)
    }

    /// Publishes the stamp of `job`, the side files first and the stamp last, so that no stamp ever names what is not there; returns how many bytes
    /// that were.
    fn publish(
        &self,
        shard: &Arc<Shard>,
        job: &Job,
        mut stamp: Stamp,
        (spooled, outcome): (Vec<Spooled>, impl Fn(Vec<Piece>) -> Outcome),
    ) -> Result<u64, Error> {
        let mut pieces = Vec::with_capacity(spooled.len());
        let mut trouble = None;
        for one in spooled {
            match shard.place(one) {
                Ok(piece) => pieces.push(piece),
                Err(error) => trouble = Some(error),
            }
        }
        stamp.outcome = outcome(pieces);
        let trouble = trouble.or_else(|| shard.keep_entries(&mut stamp).err());
        let published = match trouble {
            Some(source) => Err(Error::Io {
                intent: "write in the store",
                path: self.place.directory.clone(),
                source,
            }),
            None => shard.put(
                &stamp,
                &self.cold(job),
                self.job.code.as_ref(),
                self.place.tag_key.as_ref(),
            ),
        };
        if published.is_err() {
            shard.discard(&stamp);
        }
        Ok(published? + stamp.bytes_beside())
    }

    fn stamp(&mut self, before: Before) -> Stamp {
        let mut outputs: Vec<PathBuf> = self
            .job
            .outputs
            .iter()
            .map(|output| output.path().to_path_buf())
            .collect();
        outputs.sort_by(|one, other| in_order(one, other));
        outputs.dedup();
        let (left_out, also) = std::mem::take(&mut self.code_after);
        Stamp {
            program: before.program,
            code: self.job.code.as_ref().map(|code| CodeRecord::of(code, left_out, also)),
            dependencies: before
                .dependencies
                .into_iter()
                .map(|(one, print)| (one.path().to_path_buf(), print))
                .collect(),
            outputs,
            condition: Condition::Any,
            started: self.started,
            took: (self.place.clock)().nanoseconds_since(self.started),
            outcome: Outcome::ReadsInput,
        }
    }

    fn cold(&self, job: &Job) -> Cold {
        let code = self.job.code.as_ref();
        let told = if job.record_arguments {
            Story::of(job, &self.parameters)
        } else {
            Story::default()
        };
        Cold {
            parts: code.map(|code| code.parts.to_vec()).unwrap_or_default(),
            story: told,
        }
    }
}
