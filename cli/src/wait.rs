//! Waiting while another process runs the same job.

use std::time::{Duration, Instant};

use jobstamps::{Holder, Patience};

use crate::surroundings::hastened;
use crate::voice::say;

/// Whoever waits longer than this is told for whom.
const WORTH_A_WORD: Duration = Duration::from_secs(1);

/// A wait for another process.
#[derive(Debug, Default)]
pub struct Wait {
    since: Option<Instant>,
    told: bool,
}

impl Wait {
    /// Waits a little for `holder`, and says so once if it takes long.
    pub fn a_little(&mut self, holder: Holder) -> Patience {
        // The lock has no bell: a glance each millisecond costs nothing beside the job, and ends within a millisecond of it.
        std::thread::sleep(Duration::from_millis(1));
        let since = *self.since.get_or_insert_with(Instant::now);
        if !self.told && since.elapsed() >= hastened(WORTH_A_WORD) {
            self.told = true;
            match holder.process {
                Some(process) => say(format_args!("waiting for process {process}, which runs the same job")),
                None => say("waiting for another process, which runs the same job"),
            }
        }
        Patience::Wait
    }
}
