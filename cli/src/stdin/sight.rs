//! Looks at all of a pipe's input without taking a byte of it.
//!
//! A job that once took all of its input need not do so again: `read line` took all of an input of one line. So for a job
//! known to read, the input that decides is only looked at while that is possible: while it fits into the caller's pipe.
//! Should the job leave a part of it then, that part is there for the next reader, as without us.

use jobstamps::Digest;

#[cfg(not(target_os = "linux"))]
use super::Patience;

/// What was seen of the input.
pub enum Sight {
    /// All of it.
    Whole(InSight),
    /// There is more than a pipe can hold: it can only be read.
    TooMuch,
    /// No more comes, and no end.
    Paused,
}

/// An input that is there as a whole, in our standard input.
pub struct InSight {
    /// Its digest.
    pub digest: Digest,
    length: usize,
}

#[cfg(not(target_os = "linux"))]
impl Sight {
    /// There is no way to look without taking.
    pub fn of_standard_input(_patience: Patience) -> Self {
        Self::TooMuch
    }
}

#[cfg(not(target_os = "linux"))]
impl InSight {
    /// Takes the input.
    pub fn take(self) {}
}

#[cfg(target_os = "linux")]
mod linux {
    use std::time::{Duration, Instant};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fs::{FileType, fstat};
    use rustix::io::{Errno, ioctl_fionread, read, retry_on_intr};
    use rustix::net::{RecvFlags, recv};
    use rustix::pipe::{SpliceFlags, fcntl_getpipe_size, fcntl_setpipe_size, tee};

    use super::{Digest, InSight, Sight};
    use crate::execute::plumbing::{Blocking, pipe};
    use crate::stdin::{Patience, PipeState};

    /// How much is taken at once.
    const PAGE: usize = 4096;

    /// A writer who could have written all of this by now may be waiting for room. A pipe can be full when it holds little
    /// more than half of its capacity, since two writes share a page only if both fit.
    const MUCH: usize = 32 * 1024;

    /// How often we look how much there is: nothing tells us. The end wakes us at once.
    const GLANCE: Duration = Duration::from_millis(10);

    impl Sight {
        /// Looks at our standard input until it has ended, is too much, or nothing comes for too long.
        pub fn of_standard_input(patience: Patience) -> Self {
            let (mut held, mut since) = (0, Instant::now());
            while !has_ended() {
                let now = holds();
                if now != held {
                    (held, since) = (now, Instant::now());
                } else if held >= MUCH {
                    return Self::TooMuch;
                } else if patience.wait.is_some_and(|wait| since.elapsed() >= wait) {
                    return Self::Paused;
                }
            }
            match copy(holds()) {
                Ok(bytes) => Self::Whole(InSight {
                    digest: Digest::of(&bytes),
                    length: bytes.len(),
                }),
                Err(_) => Self::TooMuch,
            }
        }
    }

    impl InSight {
        /// Takes the input, as the run that is replayed took it.
        pub fn take(self) {
            let mut buffer = [0; PAGE];
            let mut left = self.length;
            // Somebody else may have been quicker: never wait for what is gone.
            while left > 0 && PipeState::of_standard_input() == PipeState::Data {
                let wanted = left.min(PAGE);
                match retry_on_intr(|| read(rustix::stdio::stdin(), &mut buffer[..wanted])) {
                    Ok(count) if count > 0 => left -= count,
                    _ => break,
                }
            }
        }
    }

    /// Copies all `length` bytes that our standard input holds.
    fn copy(length: usize) -> Result<Vec<u8>, Errno> {
        let stdin = rustix::stdio::stdin();
        let mut bytes = vec![0; length];
        let mut got = 0;
        if FileType::from_raw_mode(fstat(stdin)?.st_mode) == FileType::Socket {
            let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
            got = retry_on_intr(|| recv(stdin, &mut bytes[..], flags))?.0;
        } else if length > 0 {
            // As large as the caller's, so that one copy holds it all: a second one would begin at the start again.
            let (copy, end) = pipe(Blocking::Never)?;
            fcntl_setpipe_size(&end, fcntl_getpipe_size(stdin)?)?;
            let copied = retry_on_intr(|| tee(stdin, &end, length, SpliceFlags::NONBLOCK))?;
            while got < copied {
                match retry_on_intr(|| read(&copy, &mut bytes[got..]))? {
                    0 => break,
                    count => got += count,
                }
            }
        }
        if got == length { Ok(bytes) } else { Err(Errno::AGAIN) }
    }

    /// Waits a little for the end of our standard input; returns whether it has come: nobody can write to it any more.
    fn has_ended() -> bool {
        let mut entry = [PollFd::from_borrowed_fd(rustix::stdio::stdin(), PollFlags::RDHUP)];
        let glance = Timespec::try_from(GLANCE).expect("a few milliseconds fit");
        poll(&mut entry, Some(&glance)).is_ok() && entry[0].revents().intersects(PollFlags::HUP | PollFlags::RDHUP)
    }

    fn holds() -> usize {
        ioctl_fionread(rustix::stdio::stdin()).map_or(0, |count| usize::try_from(count).unwrap_or(usize::MAX))
    }
}
