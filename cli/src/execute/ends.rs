//! What the command gets in the place of our standard streams, and our ends of it.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use jobstamps::Stream;
use rustix::fs::{Mode, OFlags, open};

use super::channel::Channel;
use super::plumbing::{Blocking, pipe};
use super::{Inherited, Input, Onward, Outputs};
use crate::stdin::{Supply, Watched};

/// Makes sure that there is memory for all that a run takes from here on: who runs out of it ends at once, and must not take
/// the command along.
pub(super) fn expect_memory() -> rustix::io::Result<()> {
    const MOST: usize = 2 << 20;
    // Not from the allocator, which would write into it to keep its books: two page faults.
    // SAFETY: new memory, which nobody uses before it is given back.
    unsafe {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        let reserve = libc::mmap(std::ptr::null_mut(), MOST, protection, flags, -1, 0);
        if reserve == libc::MAP_FAILED {
            return Err(rustix::io::Errno::NOMEM);
        }
        libc::munmap(reserve, MOST);
    }
    Ok(())
}

/// The pipes that the command's output goes through.
pub(super) struct OutputPipes {
    readers: Vec<(Stream, OwnedFd)>,
    out: Option<OwnedFd>,
    err: Option<OwnedFd>,
    joined: bool,
}

impl OutputPipes {
    /// Makes a pipe for each stream; none for one that was closed when we started: it stays closed for the command.
    pub(super) fn new(outputs: Outputs, inherited: &Inherited) -> rustix::io::Result<Self> {
        let mut pipes = Self::none();
        pipes.joined = outputs == Outputs::Joined;
        if pipes.joined || !inherited.closed(1) {
            let (reader, writer) = pipe(Blocking::Both)?;
            pipes.readers.push((Stream::Out, reader));
            pipes.out = Some(writer);
        }
        if !pipes.joined && !inherited.closed(2) {
            let (reader, writer) = pipe(Blocking::Both)?;
            pipes.readers.push((Stream::Err, reader));
            pipes.err = Some(writer);
        }
        Ok(pipes)
    }

    /// The command writes straight to our streams.
    pub(super) fn none() -> Self {
        Self {
            readers: Vec::with_capacity(2),
            out: None,
            err: None,
            joined: false,
        }
    }

    pub(super) fn out(&self) -> Option<BorrowedFd<'_>> {
        self.out.as_ref().map(AsFd::as_fd)
    }

    pub(super) fn err(&self) -> Option<BorrowedFd<'_>> {
        if self.joined {
            self.out()
        } else {
            self.err.as_ref().map(AsFd::as_fd)
        }
    }

    /// Closes our copies of the writing ends: the end of the output must be seen when the last other one is closed.
    pub(super) fn into_channels(self, onward: Onward) -> Vec<Channel> {
        self.readers
            .into_iter()
            .map(|(stream, reader)| Channel::new(stream, reader, onward))
            .collect()
    }
}

/// What the command's standard input becomes, and our part of it.
pub(super) struct InputEnd {
    child_end: Option<OwnedFd>,
    watched: Watched,
}

impl InputEnd {
    pub(super) fn new(input: Input) -> rustix::io::Result<Self> {
        let inherited = |watched| Self {
            child_end: None,
            watched,
        };
        let piped = |(supply, child_end)| Self {
            child_end: Some(child_end),
            watched: Watched::Supply(supply),
        };
        Ok(match input {
            Input::Inherit => inherited(Watched::Not),
            Input::Terminal => inherited(Watched::terminal()),
            Input::File => inherited(Watched::File),
            Input::Null => Self {
                child_end: Some(open("/dev/null", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?),
                watched: Watched::Not,
            },
            // What cannot be relayed is handed over as it is, and the run proves nothing.
            Input::Relay => Supply::relay().map_or_else(|_| inherited(Watched::Not), piped),
            Input::Ahead(spooled) => piped(Supply::ahead(spooled)?),
        })
    }

    pub(super) fn child_end(&self) -> Option<BorrowedFd<'_>> {
        self.child_end.as_ref().map(AsFd::as_fd)
    }

    pub(super) fn into_watched(self) -> Watched {
        self.watched
    }
}
