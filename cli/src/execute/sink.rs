//! Where the command's output goes on: one of our own streams, written to without ever waiting for its reader.
//!
//! Whoever reads our output may be slow, and meanwhile the other stream, the input and the signals go on. The open file
//! is shared with our parent and perhaps with the whole session, so it is never itself set not to wait.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{FileType, Mode, OFlags, fstat, open};
use rustix::io::Errno;
use rustix::net::{SendFlags, send};

/// What a write to a pipe takes as a whole once the pipe is said to be writable (POSIX's `PIPE_BUF`, here the least).
const ATOMIC: usize = if cfg!(target_os = "linux") { 4096 } else { 512 };

/// One of our own output streams.
pub struct Sink {
    target: BorrowedFd<'static>,
    manner: Manner,
    lost: Option<Errno>,
}

/// How to write without waiting.
enum Manner {
    /// It never waits for a reader: a file, the null device.
    Direct,
    /// A second opening of the same pipe or terminal, which alone is set not to wait.
    Reopened(OwnedFd),
    /// A socket, where each call says that it does not wait.
    Socket,
    /// A small write after the system said there is room.
    Careful,
    /// Not at all: all is taken, and goes nowhere.
    Nowhere,
}

impl Sink {
    /// Prepares to write to one of our standard descriptors.
    #[must_use]
    pub fn new(target: BorrowedFd<'static>) -> Self {
        Self {
            target,
            manner: Manner::of(target),
            lost: None,
        }
    }

    /// As [`Sink::new`], but what is offered goes nowhere.
    #[must_use]
    pub fn nowhere(target: BorrowedFd<'static>) -> Self {
        Self {
            target,
            manner: Manner::Nowhere,
            lost: None,
        }
    }

    /// Writes as much of `bytes` as is accepted now, and returns how much that was.
    ///
    /// When the stream is broken or full, everything is accepted and thrown away, and [`Sink::lost`] says why.
    pub fn offer(&mut self, bytes: &[u8]) -> usize {
        let mut accepted = 0;
        while accepted < bytes.len() && self.lost.is_none() {
            match self.write(&bytes[accepted..]) {
                Ok(count) => accepted += count,
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return accepted,
                Err(error) => self.lost = Some(error),
            }
        }
        bytes.len()
    }

    /// Why output was lost, if it was.
    #[must_use]
    pub fn lost(&self) -> Option<Errno> {
        self.lost
    }

    /// Takes note that nobody reads any more.
    pub fn broke(&mut self) {
        self.lost.get_or_insert(Errno::PIPE);
    }

    /// The descriptor to poll for room.
    #[must_use]
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        match &self.manner {
            Manner::Reopened(own) => own.as_fd(),
            _ => self.target,
        }
    }

    /// Whether no reader can ever come back once the last one has gone: true of pipes without a name.
    #[must_use]
    pub fn breaks_for_good(&self) -> bool {
        !matches!(self.manner, Manner::Nowhere) && is_anonymous_pipe(self.target)
    }

    fn write(&self, bytes: &[u8]) -> Result<usize, Errno> {
        match &self.manner {
            Manner::Nowhere => Ok(bytes.len()),
            Manner::Direct => rustix::io::write(self.target, bytes),
            Manner::Reopened(own) => rustix::io::write(own, bytes),
            Manner::Socket => send(self.target, bytes, SendFlags::DONTWAIT),
            Manner::Careful => {
                let mut entry = [PollFd::from_borrowed_fd(self.target, PollFlags::OUT)];
                poll(&mut entry, Some(&rustix::event::Timespec::default()))?;
                if entry[0].revents().is_empty() {
                    return Err(Errno::AGAIN);
                }
                rustix::io::write(self.target, &bytes[..bytes.len().min(ATOMIC)])
            }
        }
    }
}

impl Manner {
    fn of(target: BorrowedFd<'_>) -> Self {
        let Ok(stat) = fstat(target) else { return Self::Direct };
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Socket => Self::Socket,
            FileType::Fifo => Self::reopened(target),
            FileType::CharacterDevice if rustix::termios::isatty(target) => Self::reopened(target),
            FileType::RegularFile | FileType::CharacterDevice | FileType::BlockDevice => Self::Direct,
            _ => Self::Careful,
        }
    }

    fn reopened(target: BorrowedFd<'_>) -> Self {
        if !cfg!(target_os = "linux") {
            return Self::Careful;
        }
        let path = format!("/proc/self/fd/{}", target.as_raw_fd());
        let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        // Fails where /proc is not mounted, or after `su`: the pipe or terminal belongs to another user.
        open(path, flags, Mode::empty()).map_or(Self::Careful, Self::Reopened)
    }
}

#[cfg(target_os = "linux")]
fn is_anonymous_pipe(target: BorrowedFd<'_>) -> bool {
    const PIPEFS: u64 = 0x5049_5045;
    // The field's type differs from one architecture to the next.
    rustix::fs::fstatfs(target).is_ok_and(|system| u64::try_from(system.f_type) == Ok(PIPEFS))
}

#[cfg(not(target_os = "linux"))]
fn is_anonymous_pipe(_target: BorrowedFd<'_>) -> bool {
    false
}
