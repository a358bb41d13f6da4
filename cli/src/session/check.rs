//! `--verify`: runs although it could be replayed, and warns if it did not do the same.
//!
//! As in `jobstamp verify`, but for whoever wants the command's own result: that run is what counts from then on, and its
//! exit code is returned. `--strict` makes an error of the warning.

use super::Session;
use super::running::Kept;
use jobstamps::{Cache, Job};

impl Session<'_> {
    /// Warns of what a run, which ended with `code`, did otherwise than the one before it; returns the exit code.
    pub(super) fn checked(
        &mut self,
        code: u8,
        differences: Result<&[String], String>,
        kept: &Kept,
        job: &Job,
        cache: &Cache,
    ) -> u8 {
        self.count_run(kept, job, cache);
        match differences {
            // Why is said by the one who could not deliver or remember it.
            Err(why) => self.explain(format_args!("not verified: {why}")),
            Ok([]) => self.explain(format_args!("it did the same again")),
            Ok(differences) => {
                for difference in differences {
                    self.voice.warn(format_args!("not the same again: {difference}"));
                }
                if *kept != Kept::Stored {
                    // What was remembered is not what the command does now, nor is anything else remembered.
                    self.forget(job, cache);
                }
            }
        }
        self.code(code)
    }
}
