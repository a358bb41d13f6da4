//! Running the command: recorded, delivered, and remembered if that may be.

use std::io;
use std::path::Path;

use jobstamps::job::{Input, Invocation};
use jobstamps::{Cache, Comparison, Finish, Job, Recording, Shown, Warning};

use super::{OUR_FAULT, Purpose, Session};
use crate::execute::{self, Ended, Event, How, Launch, Onward, Outputs};
use crate::keeping::{Demands, Unkept, worth};
use crate::progress;
use crate::stdin::{FileInput, Use};
use crate::surroundings::now;
use crate::voice::say;

/// What became of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// It is remembered.
    Stored,
    /// It is not: something that it depends on changed meanwhile.
    Disturbed,
    /// It is not; why.
    No(String),
}

impl Session<'_> {
    /// Runs the command, recording it if there is a recording.
    #[cold]
    #[inline(never)]
    pub(super) fn execute(
        &mut self,
        program: &Path,
        outputs: Outputs,
        given: execute::Input,
        mut recording: Option<Recording>,
        kept: Option<(&Job, &Cache)>,
    ) -> u8 {
        let ended = match self.listen(program, outputs, given, &mut recording, None) {
            Ok(ended) => ended,
            Err(code) => return code,
        };
        let code = delivered(&ended);
        let became = match (recording, kept) {
            (Some(recording), Some((job, cache))) => {
                let kept = self.keep(&ended, recording, job, cache);
                if self.purpose == Purpose::Force && kept != Kept::Stored {
                    // Whoever forces it does not believe what was remembered.
                    self.forget(job, cache);
                }
                kept
            }
            _ => Kept::No("it cannot be remembered".to_owned()),
        };
        if let Some((job, cache)) = kept {
            self.count_run(&became, job, cache);
        }
        self.kept = Some(became);
        self.code(code)
    }

    /// Returns the exit code, or what `--strict` makes of it.
    pub(super) fn code(&self, code: u8) -> u8 {
        if self.options.strict && self.voice.has_warned() {
            OUR_FAULT
        } else {
            code
        }
    }

    /// Forgets what is remembered of `job`.
    #[cold]
    pub(super) fn forget(&mut self, job: &Job, cache: &Cache) {
        if let Err(error) = cache.forget(job) {
            self.voice.warn(format_args!("it is not forgotten: {}", error.line()));
        }
    }

    /// Runs the command, and lets those listen who have to. If a signal ends us meanwhile, this does not return.
    ///
    /// # Errors
    /// It could not be started, which has been said; the exit code that a shell has for it.
    pub(super) fn listen(
        &mut self,
        program: &Path,
        outputs: Outputs,
        given: execute::Input,
        recording: &mut Option<Recording>,
        mut comparison: Option<&mut Comparison>,
    ) -> Result<Ended, u8> {
        let launch = Launch {
            program,
            arguments: &self.options.command,
            inherited: self.inherited,
            outputs,
            input: given,
            onward: if self.options.warm {
                Onward::Nowhere
            } else {
                Onward::Ours
            },
        };
        progress::rest();
        let began = now();
        let ended = execute::run(launch, &mut |event| match event {
            Event::Started => {
                if let Some(recording) = recording {
                    recording.get_ready();
                }
            }
            Event::Output(stream, bytes) => {
                progress::printed(bytes);
                if let Some(recording) = recording {
                    recording.say(stream, bytes);
                }
                if let Some(comparison) = &mut comparison {
                    comparison.say(stream, bytes);
                }
            }
            Event::Stalled => {
                if let Some(recording) = recording {
                    recording.stop_holding_others();
                }
            }
        });
        let ended = ended.map_err(|error| {
            say(format_args!(
                "{}: {error}",
                Shown::bytes(self.options.command[0].as_encoded_bytes())
            ));
            error.code()
        })?;
        if let Some(signal) = ended.interrupted {
            // Before we die: the lock, the spools.
            drop(recording.take());
            execute::die_of(signal);
        }
        self.took = now().nanoseconds_since(began);
        Ok(ended)
    }

    #[cold]
    #[inline(never)]
    pub(super) fn keep(&mut self, ended: &Ended, recording: Recording, job: &Job, cache: &Cache) -> Kept {
        let Invocation::Command(command) = &job.invocation else {
            return Kept::No("it is no command".to_owned());
        };
        let demands = Demands {
            discard_failures: self.options.discard_failures,
            input: command.input,
        };
        let (code, input) = match worth(ended, demands) {
            Ok(worth) => worth,
            Err(Unkept::News(why)) => {
                self.voice.warn(&why);
                return Kept::No(why);
            }
            Err(Unkept::Expected(why)) => {
                self.explain(format_args!("not remembered: {why}"));
                return Kept::No(why.to_owned());
            }
        };
        // The file that was standard input is a dependency like any other: what changed meanwhile was read by nobody knows whom.
        if let Input::File { digest, .. } = command.input
            && !FileInput::of_standard_input().is_ok_and(|now| now.digest == digest)
        {
            self.voice.warn("standard input changed while the job ran; not cached");
            return Kept::Disturbed;
        }
        let saved = recording.save(Finish::Exit { code, input });
        for warning in &saved.warnings {
            self.voice.warn(warning);
        }
        if saved.stored {
            cache.tidy_if_due(job, &saved, &self.surroundings.settings.limits());
            return Kept::Stored;
        }
        let disturbs = |warning: &Warning| matches!(warning, Warning::Disturbed(..) | Warning::ProgramDisturbed(_));
        match saved.warnings.first() {
            _ if saved.warnings.iter().any(disturbs) => Kept::Disturbed,
            Some(warning) => Kept::No(warning.to_string()),
            None => Kept::No("it cannot be remembered".to_owned()),
        }
    }
}

/// Returns the exit code of a run whose output was delivered as far as it could be.
pub(super) fn delivered(ended: &Ended) -> u8 {
    let code = ended.how.code();
    if ended.input == Use::Lost {
        say("cannot read standard input back; the command got only the first part of it");
        return if code == 0 { OUR_FAULT } else { code };
    }
    match (&ended.lost, ended.how) {
        (Some((_, error)), How::Code(own)) if error.kind() != io::ErrorKind::BrokenPipe => undelivered(error, own),
        _ => code,
    }
}

/// Says what kept our output from being written, unless its reader just went away; returns the exit code.
pub(super) fn undelivered(error: &io::Error, code: u8) -> u8 {
    const DEAD_OF_A_BROKEN_PIPE: u8 = 128 + 13;
    if error.kind() == io::ErrorKind::BrokenPipe {
        return DEAD_OF_A_BROKEN_PIPE;
    }
    let words = error.to_string();
    say(format_args!(
        "write error: {}",
        words.split(" (os error").next().unwrap_or(&words)
    ));
    if code == 0 { OUR_FAULT } else { code }
}
