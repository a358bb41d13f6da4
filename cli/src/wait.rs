//! Waiting while another process runs the same job.

use std::time::{Duration, Instant};

use jobstamps::{Holder, Patience};

use crate::progress;
use crate::surroundings::hastened;
use crate::voice::say;

/// A wait for another process.
#[derive(Debug, Default)]
pub struct Wait {
    since: Option<Instant>,
    told: bool,
}

impl Wait {
    /// Waits a little for `holder`. If it takes long, that is shown on a terminal for as long as it takes, and said once elsewhere.
    pub fn a_little(&mut self, holder: Holder) -> Patience {
        // The lock has no bell: a glance each millisecond costs nothing beside the job, and ends within a millisecond of it.
        std::thread::sleep(Duration::from_millis(1));
        let since = *self.since.get_or_insert_with(Instant::now);
        let is_long = since.elapsed() >= hastened(progress::WORTH_A_WORD);
        if is_long && !self.told && !progress::waits(holder) {
            self.told = true;
            say(progress::for_whom(holder));
        }
        Patience::Wait
    }
}
