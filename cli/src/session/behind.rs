//! What is older than `--stale` says, though nothing that it depends on has changed: it is replayed at once, and made anew
//! behind.
//!
//! Only a command that is given nothing of ours runs behind: no input, no descriptor but the usual three. Any other runs in
//! front, as if its stamp had expired. Behind there is no terminal and nobody who reads what is said, so that a run may end
//! otherwise for that alone: what ends with another exit code than before, or crashes, is not remembered, nor is what it
//! differs from, and the next run is in front, where people see it. So is the next run of what cannot be remembered: else the
//! old one would be replayed for ever, and nobody would be told.

use std::path::Path;
use std::time::Duration;

use jobstamps::job::{Input, Invocation};
use jobstamps::{Cache, Hit, Job, Lookup, Reason};

use super::counting::Because;
use super::running::Kept;
use super::{Purpose, Session, anew};
use crate::execute::{self, How, Outputs, Side};
use crate::keeping::is_sent_to_end;

impl Session<'_> {
    /// Decides whether `job` may be run behind once it is older than `age`; where it may not, it counts no longer than that.
    #[cold]
    #[inline(never)]
    pub(super) fn may_run_behind(&self, job: &mut Job, input: Input, age: Duration) -> bool {
        if self.purpose != Purpose::Replay {
            return false;
        }
        if is_given_nothing(input) && !self.options.warm {
            return true;
        }
        count_no_longer(job, age);
        false
    }

    /// Says why a job that is old does not run behind, if that is because of its input: most callers can do without.
    pub(super) fn explain_front(&self, reason: &Reason, job: &Job) {
        let input = match &job.invocation {
            Invocation::Command(command) => command.input,
            Invocation::Call(_) => return,
        };
        if self.options.stale.is_some() && *reason == Reason::Expired && !is_given_nothing(input) {
            self.explain(format_args!(
                "only what is given no input runs behind (see `--stdin none`)"
            ));
        }
    }

    /// Answers a job whose stamp is fresh, but old.
    #[cold]
    #[inline(never)]
    pub(super) fn answer_old(
        &mut self,
        program: &Path,
        outputs: Outputs,
        given: execute::Input,
        hit: Hit,
        mut job: Job,
        cache: &Cache,
    ) -> u8 {
        if !execute::is_given_no_other() {
            self.explain(format_args!(
                "it is old, and does not run behind: it is given more than the usual three descriptors"
            ));
            count_no_longer(&mut job, self.options.stale.unwrap_or_default());
            return match self.look_up_or_wait(cache, &job) {
                // Somebody else has just run it.
                Lookup::Fresh(hit) => match self.replay(hit, cache) {
                    Ok(code) => self.code(code),
                    Err(lost) => self.run_stale(program, outputs, given, anew(lost, &job, cache), &job, cache),
                },
                Lookup::Stale(stale) => self.run_stale(program, outputs, given, stale, &job, cache),
                // Only the stamps of a pipe say so.
                Lookup::ReadsInput => self.execute(program, outputs, given, None, None),
            };
        }
        let remembered = hit.replay.code();
        match self.replay(hit, cache) {
            Ok(code) => {
                self.explain(format_args!("it is old: it runs again behind"));
                match execute::part(self.inherited) {
                    Ok(Side::Front) => {}
                    Ok(Side::Behind) => self.run_behind(program, outputs, given, job, remembered),
                    // The next call tries again.
                    Err(error) => self.explain(format_args!("it could not be run behind: {error}")),
                }
                std::mem::forget(job);
                self.code(code)
            }
            Err(lost) => self.run_stale(program, outputs, given, anew(lost, &job, cache), &job, cache),
        }
    }

    /// Runs the job for those who come later, unless somebody does so already; never returns. All that was open is closed:
    /// the caller's cache too.
    fn run_behind(
        &mut self,
        program: &Path,
        outputs: Outputs,
        given: execute::Input,
        mut job: Job,
        remembered: u8,
    ) -> ! {
        count_no_longer(&mut job, self.options.stale.unwrap_or_default());
        let cache = self.open_cache();
        // Of which nothing can be remembered, as in a store that is read only, nobody has anything.
        if let Ok(Lookup::Stale(stale)) = cache.try_lookup(&job)
            && stale.recording.can_be_kept()
        {
            self.because = Some(Because::of(&stale.reason));
            let mut recording = Some(self.limited(stale.recording));
            if let Ok(ended) = self.listen(program, outputs, given, &mut recording, None) {
                let kept = match (ended.how, recording) {
                    (How::Code(code), Some(recording)) if code == remembered => {
                        let kept = self.keep(&ended, recording, &job, &cache);
                        self.count_run(&kept, &job, &cache);
                        kept
                    }
                    _ => Kept::No("it ended otherwise".to_owned()),
                };
                // What changed meanwhile makes it run in front anyway, and whom somebody ended can go on next time.
                let is_lasting = matches!(kept, Kept::No(_));
                if is_lasting && !matches!(ended.how, How::Signal(signal) if is_sent_to_end(signal)) {
                    self.forget(&job, &cache);
                }
            }
        }
        execute::end(0)
    }
}

/// Returns whether a command with this input is given none of ours to read.
pub fn is_given_nothing(input: Input) -> bool {
    matches!(input, Input::Nothing | Input::Closed)
}

/// Lets a stamp of `job` count no longer than `age`.
pub fn count_no_longer(job: &mut Job, age: Duration) {
    job.expires = Some(job.expires.map_or(age, |ttl| ttl.min(age)));
}
