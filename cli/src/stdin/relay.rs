//! Shows the command what our standard input holds, and takes from it only what the command took.
//!
//! The command's own pipe is one page long and is filled only when it is empty, by a copy: `tee` for a pipe, a peek for
//! a socket. What the command takes out of it we then take from ours. So at most one page is ever in doubt, and
//! whatever the command leaves is there for the next reader: `... | while read f; do jobstamp -- lint "$f"; done`
//! keeps its lines.
//!
//! Whoever else reads the same pipe meanwhile may take what the command was shown. Then nothing is shown any more: what comes
//! after that is taken first and given to the command, so that it gets nothing twice.
//!
//! With one page, "writable" means "empty": a pipe is writable when it has a free slot, and it has one.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use jobstamps::Hasher;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, fstat};
use rustix::io::{Errno, ioctl_fionread, retry_on_intr};
use rustix::net::{RecvFlags, recv};
use rustix::pipe::{SpliceFlags, fcntl_setpipe_size, tee};

use super::{PipeState, Seen, Spooled, Use};
use crate::execute::plumbing::{Blocking, pipe};

/// How much is offered at once; no more than the page that the command's pipe has.
const PAGE: usize = 4096;

/// A relay from our standard input to the command's.
pub struct Relay {
    /// The writing end of the command's pipe; None when nothing more is offered.
    to_child: Option<OwnedFd>,
    /// What was read ahead and is offered first.
    spooled: Option<Spooled>,
    source: Source,
    /// What of our last offer the command is not known to have taken.
    offered: usize,
    /// What it has taken, all in all.
    taken: u64,
    hasher: Box<Hasher>,
    before_start: bool,
    end_told: bool,
    disturbed: bool,
}

/// How to copy from our standard input without taking.
#[derive(Clone, Copy)]
enum Source {
    Pipe,
    Socket,
}

impl Relay {
    /// Prepares the relay, and offers what is there already. Returns the command's end of its pipe too.
    pub fn start(spooled: Option<Spooled>) -> Result<(Self, OwnedFd), Errno> {
        let source = match FileType::from_raw_mode(fstat(stdin())?.st_mode) {
            FileType::Socket => Source::Socket,
            _ => Source::Pipe,
        };
        let (child_end, to_child) = pipe(Blocking::ReadOnly)?;
        fcntl_setpipe_size(&to_child, PAGE)?;
        let hasher = spooled
            .as_ref()
            .map_or_else(|| Box::new(Hasher::new()), Spooled::hasher);
        let mut relay = Self {
            to_child: Some(to_child),
            spooled,
            source,
            offered: 0,
            taken: 0,
            hasher,
            before_start: false,
            end_told: false,
            disturbed: false,
        };
        relay.offer()?;
        relay.before_start = relay.offered > 0;
        Ok((relay, child_end))
    }

    /// What to wait for: the command's pipe being empty, and only then something new in ours; its readers having gone.
    pub fn wanted(&self) -> [Option<PollFd<'_>>; 2] {
        match &self.to_child {
            None => [None, None],
            Some(to_child) if self.offered > 0 => [Some(PollFd::new(to_child, PollFlags::OUT)), None],
            Some(to_child) => [
                Some(PollFd::new(to_child, PollFlags::empty())),
                Some(PollFd::from_borrowed_fd(stdin(), PollFlags::IN)),
            ],
        }
    }

    /// Takes what the command took, and offers more if it took all.
    pub fn step(&mut self) {
        self.account();
        if self.readers_gone() {
            self.close();
        } else if self.offered > 0 {
            self.keep_to_one_page();
        } else if self.offer().is_err() {
            // What cannot be shown any more may still be there to be taken; if not, the command gets no more of it.
            self.disturbed = true;
            if self.offer().is_err() {
                self.close();
            }
        }
    }

    /// Shrinks the command's pipe again: some programs enlarge theirs, and then "writable" no longer means "empty".
    fn keep_to_one_page(&self) {
        if let Some(to_child) = &self.to_child {
            // What is in it is one offer, which fits into one page.
            let _ = fcntl_setpipe_size(to_child, PAGE);
        }
    }

    /// Takes what the command took, and offers no more.
    pub fn close(&mut self) {
        self.account();
        if self.to_child.is_some() && self.offered > 0 && !self.readers_gone() {
            // A process that the command left behind can read it still, and nobody would see that.
            self.disturbed = true;
        }
        self.to_child = None;
    }

    /// What the run proves.
    pub fn used(mut self) -> Use {
        self.close();
        let spool_left = self.spooled.as_ref().is_some_and(Spooled::has_more);
        Use::of(&Seen {
            before_start: self.before_start,
            taken: self.taken,
            digest: self.hasher.digest(),
            left: self.offered,
            end_told: self.end_told,
            afterwards: if spool_left {
                PipeState::Data
            } else {
                PipeState::of(stdin())
            },
            disturbed: self.disturbed,
        })
    }

    /// Offers a copy of what comes next, or tells the end. Only called when the command's pipe is empty.
    fn offer(&mut self) -> Result<(), Errno> {
        let Some(to_child) = &self.to_child else { return Ok(()) };
        let offered = match self.next_spooled()? {
            Some(chunk) => retry_on_intr(|| rustix::io::write(to_child, &chunk)),
            // What was shown need not be what can be taken: from here on it is taken first.
            None if self.disturbed => hand_over(to_child.as_fd()),
            None => self.source.copy(to_child.as_fd()),
        };
        match offered {
            Ok(0) => {
                self.end_told = true;
                self.to_child = None;
            }
            Ok(count) => self.offered = count,
            Err(Errno::AGAIN) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn next_spooled(&self) -> Result<Option<Vec<u8>>, Errno> {
        match &self.spooled {
            Some(spooled) if spooled.has_more() => {
                let mut chunk = vec![0; PAGE];
                let count = spooled.peek(&mut chunk).map_err(|_| Errno::IO)?;
                chunk.truncate(count);
                Ok(Some(chunk))
            }
            _ => Ok(None),
        }
    }

    /// Takes from our input what the command has taken from its own.
    fn account(&mut self) {
        let Some(to_child) = &self.to_child else { return };
        let Ok(left) = ioctl_fionread(to_child) else {
            // Nobody can tell what it has taken.
            self.disturbed = true;
            self.to_child = None;
            return;
        };
        let left = usize::try_from(left).unwrap_or(self.offered);
        let took = self.offered.saturating_sub(left);
        self.offered -= took;
        match &mut self.spooled {
            // Taken and hashed when it was read ahead. An offer is never part spooled, part live.
            Some(spooled) if spooled.has_more() => spooled.advance(took),
            _ => self.take(took),
        }
        self.taken += took as u64;
    }

    fn take(&mut self, mut count: usize) {
        let mut buffer = [0; PAGE];
        while count > 0 && !self.disturbed {
            // What we were shown may be gone if somebody else reads the same pipe: never wait for it.
            let wanted = count.min(PAGE);
            let got = if PipeState::of(stdin()) == PipeState::Data {
                retry_on_intr(|| rustix::io::read(stdin(), &mut buffer[..wanted])).unwrap_or(0)
            } else {
                0
            };
            self.disturbed = got == 0;
            self.hasher.update(&buffer[..got]);
            count -= got;
        }
    }

    fn readers_gone(&self) -> bool {
        let Some(to_child) = &self.to_child else { return false };
        let mut entry = [PollFd::new(to_child, PollFlags::empty())];
        poll(&mut entry, Some(&Timespec::default())).is_ok() && entry[0].revents().contains(PollFlags::ERR)
    }
}

/// Takes at most a page of what our input holds, and gives it to the command; 0 is its end, `AGAIN` that there is nothing now.
fn hand_over(to_child: BorrowedFd<'_>) -> Result<usize, Errno> {
    if PipeState::of(stdin()) == PipeState::Idle {
        return Err(Errno::AGAIN);
    }
    let mut buffer = [0; PAGE];
    let count = retry_on_intr(|| rustix::io::read(stdin(), &mut buffer[..]))?;
    if count > 0 {
        retry_on_intr(|| rustix::io::write(to_child, &buffer[..count]))?;
    }
    Ok(count)
}

impl Source {
    /// Copies at most a page of what our input holds; 0 is its end, `AGAIN` that there is nothing now.
    fn copy(self, to_child: BorrowedFd<'_>) -> Result<usize, Errno> {
        match self {
            Self::Pipe => retry_on_intr(|| tee(stdin(), to_child, PAGE, SpliceFlags::NONBLOCK)),
            Self::Socket => {
                let mut buffer = [0; PAGE];
                let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
                let (count, _) = retry_on_intr(|| recv(stdin(), &mut buffer[..], flags))?;
                if count == 0 {
                    Ok(0)
                } else {
                    retry_on_intr(|| rustix::io::write(to_child, &buffer[..count]))
                }
            }
        }
    }
}

fn stdin() -> BorrowedFd<'static> {
    rustix::stdio::stdin()
}
