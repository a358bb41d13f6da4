//! Runs a command as it would run without us, while we listen: the only place that starts a process.
//!
//! The command gets exactly what we inherited (descriptors, environment, signal dispositions and mask) but for
//! `JOBSTAMPS_WARM`, which is for us alone, and its standard output and error, which are pipes that we forward and record, and, where we have to learn whether it reads
//! a pipe, its standard input. Output goes on as it comes, byte for byte; signals reach the command; we end after it.
//!
//! Everything happens in one thread around one `poll` (on Windows, which has no `poll` for pipes, two more threads
//! relay the output). Nothing here waits for the reader of our output, so that a slow reader of one stream stops
//! neither the other stream nor the input nor signals.
//!
//! Not seen: what the command reads or writes elsewhere, and what processes do that it leaves behind without our pipes.

// The door for child processes, and for the few openings that are about descriptors, not files.
#![allow(clippy::disallowed_methods)]
#![cfg_attr(
    windows,
    allow(dead_code, reason = "without signals and watchable pipes some states never come up")
)]

use std::ffi::OsString;
use std::io;
use std::path::Path;

use jobstamps::Stream;

use crate::stdin::{Spooled, Use};

mod cannot_start;
#[cfg(unix)]
pub(crate) mod plumbing;
#[cfg(unix)]
mod interruption;
#[cfg(unix)]
mod signals;
#[cfg(unix)]
mod inherited;
#[cfg(unix)]
mod spawn;
#[cfg(unix)]
mod sink;
#[cfg(unix)]
mod channel;
#[cfg(unix)]
mod ends;
#[cfg(unix)]
mod supervise;
#[cfg(unix)]
mod streams;
#[cfg(unix)]
mod deliver;
#[cfg(unix)]
mod parting;
#[cfg(windows)]
mod windows;

#[cfg(all(test, target_os = "linux"))]
mod tests;

#[cfg(unix)]
pub use deliver::{copy_file, write_all};
#[cfg(unix)]
pub use inherited::Inherited;
#[cfg(all(unix, not(test)))]
pub use inherited::arguments;
#[cfg(unix)]
pub use parting::{Side, end, is_given_no_other, part};
#[cfg(unix)]
pub use signals::die_of;
#[cfg(unix)]
pub use streams::streams_are_one;
#[cfg(unix)]
pub use supervise::run;
#[cfg(windows)]
pub use windows::{Inherited, Side, copy_file, die_of, end, is_given_no_other, part, run, streams_are_one, write_all};

/// What is to be run, and how it is connected.
pub struct Launch<'a> {
    /// The file to execute. It was found on PATH already: nothing is searched here.
    pub program: &'a Path,
    /// The arguments, beginning with the name that the command was called by.
    pub arguments: &'a [OsString],
    /// What we inherited.
    pub inherited: &'a Inherited,
    /// Whether standard output and error are one stream, as [`streams_are_one`] decides.
    pub outputs: Outputs,
    /// What the command's standard input is.
    pub input: Input,
    /// Where its output goes on.
    pub onward: Onward,
}

/// Where a command's output goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Onward {
    /// To our own streams.
    Ours,
    /// Nowhere: only the listener is told.
    Nowhere,
}

/// How many output streams the command gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outputs {
    /// Standard output and standard error are two streams.
    Apart,
    /// They are one, so that the order of what is written to either is exact; all of it counts as standard output.
    Joined,
}

/// What the command's standard input is.
pub enum Input {
    /// Ours, unwatched.
    Inherit,
    /// The null device.
    Null,
    /// Ours, a terminal: the run notes whether anybody read it.
    Terminal,
    /// Ours, a regular file: the run notes where the command left off.
    File,
    /// A pipe of its own that shows what ours holds; ours loses what the command takes, and nothing else.
    ///
    /// Where the system has no means for that, the same as `Inherit`.
    Relay,
    /// A pipe of its own with the input that was read ahead, then what else ours brings.
    Ahead(Spooled),
}

/// What happens while the command runs.
#[derive(Debug)]
pub enum Event<'a> {
    /// It runs. What is prepared now costs no time: it takes longer to start.
    Started,
    /// It wrote some bytes. They have been forwarded, or are about to be.
    Output(Stream, &'a [u8]),
    /// A stream of ours has accepted nothing for a second although there was something to write. Told once.
    Stalled,
}

/// What was remembered cannot be read any further: the file fails, not our reader.
#[derive(Debug)]
pub struct Unreadable {
    /// How much of it was delivered before.
    pub delivered: u64,
    error: io::Error,
}

impl Unreadable {
    /// Returns what cannot be read, if that is the error.
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.error.fmt(formatter)
    }
}

impl std::error::Error for Unreadable {}

/// How the command ended, and what is to be known about the run.
#[derive(Debug)]
pub struct Ended {
    /// How it ended.
    pub how: How,
    /// What the run proves about its use of standard input.
    pub input: Use,
    /// The first signal that asked us to end during the run. Whoever sees it stores nothing and [`die_of`]s it.
    pub interrupted: Option<i32>,
    /// The first of our own streams that could not take all its output, and why. With [`io::ErrorKind::BrokenPipe`] the
    /// command met a broken pipe too, and how it ended tells the rest; after any other error all its output was still
    /// recorded.
    pub lost: Option<(Stream, io::Error)>,
    /// Why the recording is none although the command ran: there were not enough descriptors for pipes, so that it wrote
    /// straight to our streams; or one of them was closed; or not all of the output could be read.
    pub unrecorded: Option<io::Error>,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// With an exit code.
    Code(u8),
    /// Killed by a signal.
    Signal(i32),
}

impl How {
    /// The exit code that a shell shows for it: the command's own, or 128 + n.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Code(code) => code,
            Self::Signal(signal) => u8::try_from(128 + signal).unwrap_or(u8::MAX),
        }
    }
}
