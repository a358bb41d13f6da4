//! A command, once run and from then on replayed.
//!
//! ```text
//! job -> look-up -+-> fresh: replay it
//!                 +-> stale: run it, record it, save it
//! ```
//! Whatever the store does, the command's output and exit code are delivered.
//!
//! What a hit has no use for is marked cold and kept out of line: each page of stack that it does not touch is a page
//! fault saved, some 2 us.

mod running;
mod counting;
mod verify;
mod check;
mod behind;
mod reader;

use std::path::{Path, PathBuf};

use jobstamps::disk;
use jobstamps::job::Input;
use jobstamps::settings::{Place, Problem};
use jobstamps::{Cache, Hit, Job, Lookup, Reason, Recording, Shown, Span, Stale, Waiting};

use crate::execute::{self, Inherited, Outputs, Unreadable};
use crate::identity::{self, NoProgram, find};
use crate::lists;
use crate::options::{Options, Stdin};
use crate::progress;
use crate::source::Source;
use crate::stdin;
use crate::surroundings::{Surroundings, now};
use crate::voice::{Voice, say};
use crate::wait::Wait;
pub use behind::{count_no_longer, is_given_nothing};
use counting::Because;
use running::{Kept, undelivered};

/// Our own part failed before the job began, or our output could not be written.
const OUR_FAULT: u8 = 125;

/// One invocation of the command.
pub struct Session<'a> {
    options: Options,
    inherited: &'a Inherited,
    surroundings: Surroundings,
    voice: Voice,
    purpose: Purpose,
    /// Why the command runs, and how long it took; known one after the other.
    because: Option<Because>,
    took: u64,
    /// What became of the last run; nothing before it, or if the command could not be started.
    kept: Option<Kept>,
}

/// What a fresh stamp is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// To be replayed.
    Replay,
    /// Nothing: the command runs.
    Force,
    /// To be compared with another run, which counts from then on.
    Check,
    /// To be compared with another run; where there is none, the command runs.
    Verify,
    /// As `Verify`, but where there is none, nothing runs: it has just run.
    Compare,
}

impl<'a> Session<'a> {
    /// Prepares to run or replay what `options` ask for.
    pub fn new(mut options: Options, inherited: &'a Inherited) -> Self {
        let surroundings = Surroundings::look();
        options.complete(&surroundings.settings);
        if !options.quiet {
            progress::begin();
        }
        Self {
            inherited,
            voice: Voice::new(options.quiet),
            purpose: match options {
                Options { verify: true, .. } => Purpose::Check,
                Options { force: true, .. } => Purpose::Force,
                _ => Purpose::Replay,
            },
            surroundings,
            options,
            because: None,
            took: 0,
            kept: None,
        }
    }

    /// Runs or replays the command; returns the exit code.
    pub fn run(mut self) -> u8 {
        let program = match program(&self.options, &self.surroundings) {
            Ok(program) => program,
            Err(code) => return code,
        };
        if self.surroundings.disabled {
            return self.run_disabled(&program);
        }
        if let Err(code) = complain(&self.surroundings, &mut self.voice) {
            return code;
        }
        match self.look_up(&program) {
            Ok(code) => code,
            Err(line) => {
                say(line);
                OUR_FAULT
            }
        }
    }

    /// Runs the command as it would run after a miss, and touches no store.
    #[cold]
    #[inline(never)]
    fn run_disabled(&mut self, program: &Path) -> u8 {
        self.explain(format_args!("running: JOBSTAMPS_DISABLED is set"));
        let from_input = |source: &&PathBuf| source.as_os_str() == "-";
        for source in self.options.dependencies_from.iter().filter(from_input) {
            // The list is ours, not the command's. Nothing is to be compared, so what it says does not matter.
            let _ = lists::read(source, self.options.null, |_| ());
        }
        let given = match self.options.stdin {
            Stdin::None => execute::Input::Null,
            _ => execute::Input::Inherit,
        };
        self.execute(program, outputs(self.inherited), given, None, None)
    }

    /// Looks the job up, and runs it if need be.
    fn look_up(&mut self, program: &Path) -> Result<u8, String> {
        let outputs = outputs(self.inherited);
        // First the lists, which may come from standard input, then what is left of standard input.
        let job = identity::job(&self.options, &self.surroundings, program, Input::Nothing, outputs)?;
        Ok(self.answer(program, outputs, job))
    }

    /// Looks `job` up with what standard input is, and runs it if need be.
    fn answer(&mut self, program: &Path, outputs: Outputs, mut job: Job) -> u8 {
        let cache = self.open_cache();
        let Source { input, given } = Source::of(
            self.options.stdin,
            self.inherited,
            &mut || cache.scratch(&job),
            &mut self.voice,
        );
        // A closed stream is an error to the command that writes to it, and what it then says or returns is no other's answer.
        let is_closed = self.inherited.closed(1) || self.inherited.closed(2);
        let Some(input) = input.filter(|_| !is_closed && self.knows_its_directory()) else {
            return self.execute(program, outputs, given, None, Some((&job, &cache)));
        };
        let behind = self
            .options
            .stale
            .filter(|age| self.may_run_behind(&mut job, input, *age));
        let job = identity::with_input(job, input);
        let known = if let Input::Pipe(_) = input {
            // Nobody waits here: whoever may turn out to read a pipe could be waiting for one who feeds that pipe.
            cache.lookup(&job, None)
        } else {
            self.look_up_or_wait(&cache, &job)
        };
        match known {
            Lookup::Fresh(hit) if behind.is_some_and(|age| hit.is_as_old_as(age)) => {
                self.answer_old(program, outputs, given, hit, job, &cache)
            }
            Lookup::Fresh(hit) if self.purpose == Purpose::Replay => match self.replay(hit, &cache) {
                Ok(code) => {
                    // The process ends: a hundred thousand paths need not be given back one by one.
                    std::mem::forget(job);
                    self.code(code)
                }
                Err(lost) => self.run_stale(program, outputs, given, anew(lost, &job, &cache), &job, &cache),
            },
            Lookup::Fresh(_) if self.purpose == Purpose::Force => self.run_stale(
                program,
                outputs,
                given,
                anew(Reason::Forced, &job, &cache),
                &job,
                &cache,
            ),
            Lookup::Fresh(hit) => self.rerun(program, outputs, given, hit, &job, &cache),
            Lookup::Stale(stale) => self.run_stale(program, outputs, given, stale, &job, &cache),
            Lookup::ReadsInput => self.look_up_reader(program, outputs, &job, &cache),
        }
    }

    /// Looks `job` up; if somebody runs it just now, waits for that unless it is not wanted.
    fn look_up_or_wait(&self, cache: &Cache, job: &Job) -> Lookup {
        let mut wait = Wait::default();
        let mut waiting = |holder| wait.a_little(holder);
        let waiting: Option<Waiting> = if self.options.no_wait { None } else { Some(&mut waiting) };
        if self.purpose == Purpose::Force {
            return Lookup::Stale(cache.force(job, waiting));
        }
        cache.lookup(job, waiting)
    }

    /// Makes the remembered run happen again; if nothing of it can be read, says why it has to run.
    fn replay(&mut self, hit: Hit, cache: &Cache) -> Result<u8, Reason> {
        progress::erase();
        if self.is_explaining() {
            say(format_args!("replayed from `{}`", Shown::path(&hit.stamp())));
        }
        if self.options.warm {
            return Ok(self.warmed(hit, cache));
        }
        let mut delivered = false;
        let said = hit.replay.each(&mut |stream, span| {
            match span {
                Span::Bytes(bytes) => execute::write_all(stream, bytes),
                Span::File { file, offset, length } => execute::copy_file(file, offset, length, stream),
            }?;
            delivered = true;
            Ok(())
        });
        let code = hit.replay.code();
        if let Err(error) = &said
            && let Some(lost) = Unreadable::of(error)
        {
            return self.cannot_replay(&hit, lost, delivered);
        }
        if let Some(offset) = hit.replay.offset() {
            let _ = stdin::set_offset(offset);
        }
        let code = match said {
            Ok(()) => code,
            Err(error) => undelivered(&error, code),
        };
        self.settle(hit, cache);
        Ok(code)
    }

    /// Does what a replay does beside output; returns the exit code.
    #[cold]
    #[inline(never)]
    fn warmed(&self, hit: Hit, cache: &Cache) -> u8 {
        if let Some(offset) = hit.replay.offset() {
            let _ = stdin::set_offset(offset);
        }
        let code = hit.replay.code();
        self.settle(hit, cache);
        code
    }

    /// The system told that what was remembered is whole, and yet it cannot be read: the job runs, unless a part of it is out.
    #[cold]
    #[inline(never)]
    fn cannot_replay(&mut self, hit: &Hit, lost: &Unreadable, delivered: bool) -> Result<u8, Reason> {
        let stamp = hit.stamp();
        let what = format_args!("cannot read what stamp `{}` keeps: {lost}", Shown::path(&stamp));
        if delivered || lost.delivered > 0 {
            say(what);
            return Ok(OUR_FAULT);
        }
        self.voice.warn(format_args!("{what}; the job runs again"));
        Err(Reason::OutcomeLost(stamp))
    }

    #[cold]
    #[inline(never)]
    fn run_stale(
        &mut self,
        program: &Path,
        outputs: Outputs,
        given: execute::Input,
        stale: Stale,
        job: &Job,
        cache: &Cache,
    ) -> u8 {
        match self.purpose {
            Purpose::Replay | Purpose::Force | Purpose::Check => {
                self.explain(format_args!("running: {}", stale.reason));
                self.explain_front(&stale.reason, job);
            }
            Purpose::Verify => self.announce(&stale.reason),
            Purpose::Compare => return verify::cannot_compare(&stale.reason, job),
        }
        if self.is_explaining() && disk::may_read(program).is_err() {
            let shown = Shown::path(program);
            say(format_args!(
                "the program `{shown}` cannot be read, and is known by its device, inode, size and times alone"
            ));
        }
        for warning in &stale.warnings {
            self.voice.warn(warning);
        }
        self.because = Some(Because::of(&stale.reason));
        let recording = self.limited(stale.recording);
        self.execute(program, outputs, given, Some(recording), Some((job, cache)))
    }

    /// Returns the recording, which keeps no more than was asked for.
    fn limited(&self, mut recording: Recording) -> Recording {
        if let Some(most) = self.options.most_output {
            recording.limit(most);
        }
        recording
    }

    fn open_cache(&self) -> Cache {
        let directory = self.surroundings.stamp_directory(self.options.directory.as_deref());
        Cache::open(&directory, now, None)
    }

    fn knows_its_directory(&mut self) -> bool {
        let known = self.surroundings.directory.is_some() || self.options.no_directory;
        if !known {
            self.voice.warn("the working directory cannot be read; not cached");
        }
        known
    }

    fn is_explaining(&self) -> bool {
        self.options.explain || self.surroundings.debug
    }

    fn explain(&self, what: std::fmt::Arguments) {
        if self.is_explaining() {
            say(what);
        }
    }
}

/// Tells what is set and cannot be.
///
/// # Errors
/// A variable is misspelled, which has been said; the exit code. It is said for this run, as an option is; what is wrong in
/// the file is wrong for all of them, and none is refused for it.
#[inline]
pub fn complain(surroundings: &Surroundings, voice: &mut Voice) -> Result<(), u8> {
    if surroundings.problems.is_empty() {
        return Ok(());
    }
    tell(&surroundings.problems, voice)
}

#[cold]
#[inline(never)]
fn tell(problems: &[Problem], voice: &mut Voice) -> Result<(), u8> {
    const USAGE: u8 = 2;
    let mut told = Ok(());
    for problem in problems {
        match problem.place {
            Place::Variable(_) => {
                say(problem);
                told = Err(USAGE);
            }
            Place::File { .. } => voice.warn(problem),
        }
    }
    told
}

/// Returns the program to run; if there is none, says so and returns the exit code that a shell has for it.
pub fn program(options: &Options, surroundings: &Surroundings) -> Result<PathBuf, u8> {
    let name = &options.command[0];
    find(name, surroundings).map_err(|problem| not_found(name, &problem))
}

#[cold]
#[inline(never)]
fn not_found(name: &std::ffi::OsStr, problem: &NoProgram) -> u8 {
    let (code, words) = problem.code();
    say(format_args!("{}: {words}", Shown::bytes(name.as_encoded_bytes())));
    code
}

/// Returns the right to run `job` whatever is remembered of it.
fn anew(reason: Reason, job: &Job, cache: &Cache) -> Stale {
    let (recording, warnings) = cache.record(job);
    Stale {
        reason,
        recording,
        warnings,
    }
}

/// Returns how many output streams the command gets: one if ours go the same way, so that the order is exact.
pub fn outputs(inherited: &Inherited) -> Outputs {
    let joined = !inherited.closed(1) && !inherited.closed(2) && execute::streams_are_one();
    if joined { Outputs::Joined } else { Outputs::Apart }
}
