//! Runs a command although it could be replayed, and compares: is it fit to be replayed?
//!
//! Compared are the exit code, each output stream byte by byte, and the content of the declared outputs before the run and
//! after it. How two separate streams mixed is not: that is chance. Whatever runs is delivered as ever. A run that did the
//! same is remembered in place of the one before it; if it did not, both are forgotten, since neither is what the command
//! does.
//!
//! Not seen: who changed an output file between the two runs; what the command does beside output.

use std::path::Path;

use jobstamps::job::{Input, Invocation};
use jobstamps::{Cache, Difference, Excerpt, Hit, Job, Reason, Recording, Shown, Stream};

use super::running::{Kept, delivered};
use super::{OUR_FAULT, Purpose, Session, outputs, program};
use crate::execute::{self, Ended, How, Outputs};
use crate::identity;
use crate::keeping::signal_name;
use crate::stdin::{self, Use};
use crate::voice::{hint, say};

/// It did the same again.
const SAME: u8 = 0;
/// It did not.
const DIFFERENT: u8 = 1;

/// What came of a run that was compared with another.
struct Rerun {
    ended: Ended,
    kept: Kept,
    /// Each in words; or why nothing could be compared.
    differences: Result<Vec<String>, String>,
}

impl Rerun {
    /// Returns in what it differed, or why nobody can say.
    fn differences(&self) -> Result<&[String], String> {
        let differences = self.differences.as_deref().map_err(Clone::clone)?;
        if self.ended.input == Use::Lost {
            return Err("it did not get all of its standard input".to_owned());
        }
        if let Some((_, error)) = &self.ended.lost {
            return Err(format!("its output could not be delivered: {error}"));
        }
        if let Some(error) = &self.ended.unrecorded {
            return Err(format!("its output could not be recorded: {error}"));
        }
        if self.kept == Kept::Disturbed {
            return Err(DISTURBED.to_owned());
        }
        Ok(differences)
    }
}

impl Session<'_> {
    /// Runs the command and compares; where there is nothing to compare with, runs it twice. Returns the exit code.
    #[cold]
    #[inline(never)]
    pub fn verify(mut self) -> u8 {
        let program = match program(&self.options, &self.surroundings) {
            Ok(program) => program,
            Err(code) => return code,
        };
        if self.surroundings.disabled {
            let code = self.run_disabled(&program);
            return match self.kept {
                Some(_) => no_verdict("JOBSTAMPS_DISABLED is set"),
                None => code,
            };
        }
        self.verify_program(&program).unwrap_or_else(|line| {
            say(line);
            OUR_FAULT
        })
    }

    fn verify_program(&mut self, program: &Path) -> Result<u8, String> {
        self.purpose = Purpose::Verify;
        let outputs = outputs(self.inherited);
        // Once for both runs: a list that comes from standard input can be read only once.
        let job = identity::job(&self.options, &self.surroundings, program, Input::Nothing, outputs)?;
        let offset = stdin::offset();
        let code = self.answer(program, outputs, job.clone());
        match self.kept.take() {
            // It has been compared; or it could not be started.
            None => return Ok(code),
            Some(Kept::Stored) => {}
            Some(Kept::Disturbed) => return Ok(no_verdict(DISTURBED)),
            Some(Kept::No(why)) => return Ok(no_verdict(&why)),
        }
        if let Ok(offset) = offset {
            // For the second run, a file on standard input begins where it began for the first.
            let _ = stdin::set_offset(offset);
        }
        self.purpose = Purpose::Compare;
        Ok(self.answer(program, outputs, job))
    }

    /// Says that there is nothing to compare with yet.
    pub(super) fn announce(&self, reason: &Reason) {
        if !self.options.quiet {
            say(format_args!(
                "no fresh stamp to compare with, so it runs twice: {reason}"
            ));
        }
    }

    /// Runs a job that could be replayed, and says whether it did the same.
    #[cold]
    #[inline(never)]
    pub(super) fn rerun(
        &mut self,
        program: &Path,
        outputs: Outputs,
        given: execute::Input,
        hit: Hit,
        job: &Job,
        cache: &Cache,
    ) -> u8 {
        self.explain(format_args!(
            "running it to compare with `{}`",
            Shown::path(&hit.stamp())
        ));
        let remembered = hit.replay.code();
        let rerun = match self.run_and_compare(program, outputs, given, hit, job, cache) {
            Ok(rerun) => rerun,
            Err(code) => return code,
        };
        let code = delivered(&rerun.ended);
        match rerun.differences() {
            told if self.purpose == Purpose::Check => self.checked(code, told, &rerun.kept, job, cache),
            Err(why) => no_verdict(&why),
            Ok([]) => self.same(remembered),
            Ok(differences) => self.different(differences, job, cache),
        }
    }

    /// Runs a job that could be replayed.
    ///
    /// # Errors
    /// It could not be started, which has been said; the exit code.
    fn run_and_compare(
        &mut self,
        program: &Path,
        outputs: Outputs,
        given: execute::Input,
        hit: Hit,
        job: &Job,
        cache: &Cache,
    ) -> Result<Rerun, u8> {
        let remembered = hit.replay.code();
        let files = cache.look_at_outputs(job);
        for (output, error) in files.incomparable() {
            let output = Shown::path(output.given());
            self.voice
                .warn(format_args!("the output `{output}` is not compared: {}", error.line()));
        }
        let mut comparison = hit.replay.compare();
        let mut recording = Some(self.begin(job, cache));
        let ended = self.listen(program, outputs, given, &mut recording, Some(&mut comparison))?;
        let differences = comparison.finish().map(|streams| {
            let mut differences: Vec<String> = code_differs(remembered, &ended).into_iter().collect();
            differences.extend(streams.iter().map(stream_differs));
            for (output, change) in cache.changed_outputs(&files) {
                let output = Shown::path(output.given());
                differences.push(format!("the output `{output}` differs: {change}"));
            }
            differences
        });
        let is_wanted = differences.is_ok() || self.purpose == Purpose::Check;
        let kept = match recording.filter(|_| is_wanted) {
            Some(recording) => self.keep(&ended, recording, job, cache),
            None => Kept::No(String::new()),
        };
        Ok(Rerun {
            ended,
            kept,
            differences: differences.map_err(|error| format!("what is remembered cannot be read: {error}")),
        })
    }

    fn begin(&mut self, job: &Job, cache: &Cache) -> Recording {
        let (recording, warnings) = cache.record(job);
        for warning in &warnings {
            self.voice.warn(warning);
        }
        self.limited(recording)
    }

    fn same(&self, code: u8) -> u8 {
        if !self.options.quiet {
            say(format_args!("it did the same again (exit code {code})"));
        }
        self.code(SAME)
    }

    fn different(&mut self, differences: &[String], job: &Job, cache: &Cache) -> u8 {
        for difference in differences {
            say(format_args!("not the same again: {difference}"));
        }
        match cache.forget(job) {
            Ok(_) => hint("it is forgotten, since what differs from run to run should not be replayed"),
            Err(error) => self.voice.warn(format_args!("it is not forgotten: {}", error.line())),
        }
        DIFFERENT
    }
}

/// Says why a job that has just run has no fresh stamp.
pub(super) fn cannot_compare(reason: &Reason, job: &Job) -> u8 {
    let Invocation::Command(command) = &job.invocation else {
        return no_verdict(&reason.to_string());
    };
    match command.input {
        Input::Bytes(_) | Input::Whole(_) => {
            no_verdict("its first run has used its standard input up; give it the same once more")
        }
        Input::Pipe(_) => {
            no_verdict("the pipe on its standard input is no longer as its first run found it; try once more")
        }
        _ => no_verdict(&reason.to_string()),
    }
}

const DISTURBED: &str = "something that it depends on changed while it ran";

fn no_verdict(why: &str) -> u8 {
    say(format_args!("not verified: {why}"));
    OUR_FAULT
}

fn code_differs(remembered: u8, ended: &Ended) -> Option<String> {
    match ended.how {
        How::Code(code) if code == remembered => None,
        How::Code(code) => Some(format!("it returned {remembered}, and now {code}")),
        How::Signal(signal) => Some(format!(
            "it returned {remembered}, and now {} ended it",
            signal_name(signal)
        )),
    }
}

/// Says where a stream differs, and how: three lines, each beginning as all that we say does.
fn stream_differs(difference: &Difference) -> String {
    let stream = match difference.stream {
        Stream::Out => "standard output",
        Stream::Err => "standard error",
    };
    format!(
        "{stream} differs in line {} (byte {})\njobstamp:   then: {}\njobstamp:   now:  {}",
        difference.line,
        // As cmp(1) counts them.
        difference.offset + 1,
        excerpt(difference.remembered.as_ref()),
        excerpt(difference.now.as_ref())
    )
}

fn excerpt(line: Option<&Excerpt>) -> String {
    let Some(line) = line else {
        return "(it ends)".to_owned();
    };
    let dots = |cut: bool| if cut { "…" } else { "" };
    format!(
        "`{}{}{}`",
        dots(line.begins_before),
        Shown::bytes(&line.bytes),
        dots(line.goes_on)
    )
}
