//! Looks at all of a pipe's input without taking a byte of it.
//!
//! A job that once took all of its input need not do so again: `read line` took all of an input of one line. So for a job
//! known to read, the input that decides is only looked at while that is possible: while it fits into the caller's pipe.
//! Should the job leave a part of it then, that part is there for the next reader, as without us.
//!
//! Not seen: more than the pipe or socket holds. Whoever writes it waits for a reader, and so would we for the end.

use std::fs::File;
use std::io;
use std::time::Duration;

use jobstamps::Digest;

use super::{Patience, Spooled, read_ahead};

#[cfg(target_os = "linux")]
mod peek;

/// What was seen of the input.
#[derive(Debug, PartialEq, Eq)]
pub enum Sight {
    /// All of it: it is at its end.
    Whole(InSight),
    /// It is more than can wait there, or the system has no means to show it: it can only be read.
    TooMuch,
    /// No more comes, and no end. Everything is where it was.
    Paused,
}

/// An input that is there as a whole, in our standard input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InSight {
    /// Its digest.
    pub digest: Digest,
    length: u64,
}

impl Sight {
    /// Looks at our standard input until it has ended, is too much, or nothing comes for too long.
    #[cfg(target_os = "linux")]
    #[must_use]
    pub fn of_standard_input(patience: Patience) -> Self {
        Self::of(rustix::stdio::stdin(), patience)
    }

    /// There is no way to look without taking.
    #[cfg(not(target_os = "linux"))]
    #[must_use]
    pub fn of_standard_input(_patience: Patience) -> Self {
        Self::TooMuch
    }
}

impl InSight {
    /// Takes the input, as the run that is replayed took it.
    ///
    /// # Errors
    ///
    /// When it is not there any more, because somebody else reads the same pipe: what was taken instead.
    pub fn take(self, make_file: &mut dyn FnMut() -> io::Result<File>) -> Result<(), Spooled> {
        let at_once = Patience {
            wait: Some(Duration::ZERO),
            most: self.length,
        };
        let taken = read_ahead(at_once, make_file);
        if taken.hasher().digest() == self.digest {
            Ok(())
        } else {
            Err(taken)
        }
    }
}
