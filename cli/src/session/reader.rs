//! A command that is known to read the pipe on its standard input: what is in it decides.

use std::path::Path;

use jobstamps::job::Input;
use jobstamps::{Cache, Job, Lookup, Reason};

use super::{OUR_FAULT, Purpose, Session, anew};
use crate::execute::{self, Outputs};
use crate::identity;
use crate::stdin::{self, Sight};

impl Session<'_> {
    /// Looks up a job that is known to read the pipe on its standard input, so that the input decides.
    #[cold]
    #[inline(never)]
    pub(super) fn look_up_reader(&mut self, program: &Path, outputs: Outputs, job: &Job, cache: &Cache) -> u8 {
        let mut make_file = || cache.scratch(job);
        let mut in_sight = None;
        let (given, digest) = match Sight::of_standard_input(stdin::Patience::KNOWN_READER.hastened()) {
            // It may take less this time: what it leaves stays where it is.
            Sight::Whole(input) => (execute::Input::Relay, in_sight.insert(input).digest),
            Sight::Paused => return self.run_live(program, outputs, execute::Input::Relay, job, cache),
            Sight::TooMuch => {
                let spooled = stdin::read_ahead(stdin::Patience::KNOWN_READER.hastened(), &mut make_file);
                let digest = spooled.digest();
                let given = execute::Input::Ahead(spooled);
                let Some(digest) = digest else {
                    return self.run_live(program, outputs, given, job, cache);
                };
                (given, digest)
            }
        };
        let keyed = identity::with_input(job.clone(), Input::Bytes(digest));
        match self.look_up_or_wait(cache, &keyed) {
            Lookup::Fresh(hit) if self.purpose != Purpose::Replay => {
                self.rerun(program, outputs, given, hit, &keyed, cache)
            }
            // The run that is remembered took all of it.
            Lookup::Fresh(hit) => match in_sight.map_or(Ok(false), |input| input.take(&mut make_file).map(|()| true)) {
                Ok(is_taken) => match self.replay(hit, cache) {
                    Ok(code) => self.code(code),
                    Err(_) if is_taken => OUR_FAULT,
                    Err(lost) => self.run_stale(program, outputs, given, anew(lost, &keyed, cache), &keyed, cache),
                },
                Err(taken) => self.run_live(program, outputs, execute::Input::Ahead(taken), job, cache),
            },
            Lookup::Stale(stale) => self.run_stale(program, outputs, given, stale, &keyed, cache),
            // Only the stamps of a pipe say so.
            Lookup::ReadsInput => self.execute(program, outputs, given, None, None),
        }
    }

    /// Runs a known reader at once whose input is too much, too slow or not to be kept: with what there is, and the rest
    /// live.
    #[cold]
    #[inline(never)]
    fn run_live(&mut self, program: &Path, outputs: Outputs, given: execute::Input, job: &Job, cache: &Cache) -> u8 {
        self.run_stale(program, outputs, given, anew(Reason::Input, job, cache), job, cache)
    }
}
