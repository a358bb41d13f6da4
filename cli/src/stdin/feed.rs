//! Feeds the command input that was read ahead.
//!
//! If not all could be read ahead, what is left follows, taken from ours as it comes. On Linux the relay does that
//! better: it takes nothing that the command does not.

use std::os::fd::OwnedFd;

use rustix::event::{PollFd, PollFlags};
use rustix::io::{Errno, read, retry_on_intr, write};

use super::{PipeState, Spooled, Use};
use crate::execute::plumbing::{Blocking, pipe};

/// How much is written at once.
const CHUNK: usize = 64 * 1024;

/// A pipe to the command and what goes into it.
pub struct Feed {
    /// The writing end of the command's pipe; None when all is written or nobody reads.
    to_child: Option<OwnedFd>,
    spooled: Spooled,
    /// What goes into the pipe next.
    chunk: Vec<u8>,
    written: usize,
    /// Whether something that was read ahead could not be read back.
    lost: bool,
}

impl Feed {
    /// Prepares the pipe, and puts into it what it holds. Returns the command's end too.
    pub fn start(spooled: Spooled) -> Result<(Self, OwnedFd), Errno> {
        let (child_end, to_child) = pipe(Blocking::ReadOnly)?;
        let mut feed = Self {
            to_child: Some(to_child),
            spooled,
            chunk: Vec::new(),
            written: 0,
            lost: false,
        };
        feed.step();
        Ok((feed, child_end))
    }

    /// What to wait for: room in the pipe, or more to put into it.
    pub fn wanted(&self) -> [Option<PollFd<'_>>; 2] {
        match &self.to_child {
            None => [None, None],
            Some(to_child) if self.awaits_more() => [
                Some(PollFd::new(to_child, PollFlags::empty())),
                Some(PollFd::from_borrowed_fd(rustix::stdio::stdin(), PollFlags::IN)),
            ],
            Some(to_child) => [Some(PollFd::new(to_child, PollFlags::OUT)), None],
        }
    }

    /// Writes what the pipe takes now; closes it after the last byte, or when nobody reads.
    pub fn step(&mut self) {
        while let Some(to_child) = &self.to_child {
            if self.written == self.chunk.len() {
                match self.next_chunk() {
                    Ok(true) => continue,
                    Err(Errno::AGAIN) => return,
                    Ok(false) | Err(_) => return self.close(),
                }
            }
            match retry_on_intr(|| write(to_child, &self.chunk[self.written..])) {
                Ok(count) => self.written += count,
                Err(Errno::AGAIN) => return,
                Err(_) => self.close(),
            }
        }
    }

    /// Writes no more.
    pub fn close(&mut self) {
        self.to_child = None;
    }

    /// What the run proves. Input that was all read ahead belongs to the job, whatever the command took of it.
    #[must_use]
    pub fn used(self) -> Use {
        match self.spooled.digest() {
            // It met an end that was none.
            _ if self.lost => Use::Lost,
            Some(digest) => Use::Reader {
                digest,
                length: self.spooled.length(),
            },
            None => Use::Partial,
        }
    }

    /// Gets the next chunk; false at the end.
    fn next_chunk(&mut self) -> Result<bool, Errno> {
        self.chunk.resize(CHUNK, 0);
        self.written = 0;
        let got = if self.spooled.has_more() {
            let peeked = self.spooled.peek(&mut self.chunk);
            self.lost |= peeked.is_err();
            peeked
                .map_err(|_| Errno::IO)
                .inspect(|&count| self.spooled.advance(count))
        } else if self.spooled.is_whole() {
            Ok(0)
        } else if PipeState::of(rustix::stdio::stdin()) == PipeState::Idle {
            Err(Errno::AGAIN)
        } else {
            retry_on_intr(|| read(rustix::stdio::stdin(), &mut self.chunk[..]))
        };
        self.chunk.truncate(got.unwrap_or(0));
        got.map(|count| count > 0)
    }

    fn awaits_more(&self) -> bool {
        self.written == self.chunk.len() && !self.spooled.has_more() && !self.spooled.is_whole()
    }
}
