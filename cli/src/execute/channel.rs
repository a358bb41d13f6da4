//! One output stream of the command on its way: read from its pipe, forwarded to ours, told to the recorder.

use std::ops::Range;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use jobstamps::Stream;
use rustix::io::Errno;

use super::plumbing::enlarge;
use super::sink::Sink;
use super::{Event, Onward};
use crate::surroundings::hastened;

/// How much we read at first: most commands say little or nothing, and cost no other memory.
const LITTLE: usize = 4 * 1024;

/// How much we hold of a stream whose reader is slow; then the command has to wait, as it would without us.
const CAPACITY: usize = 64 * 1024;

/// What the pipe of a command that says much is enlarged to: a gigabyte then takes half the time. Larger again is slower,
/// and all pipes of a user share one allowance.
const ENLARGED: usize = 256 * 1024;

/// How long our stream may accept nothing before we tell.
const STALL: Duration = Duration::from_secs(1);

/// One output stream of the command on its way.
pub struct Channel {
    stream: Stream,
    /// The reading end of the command's pipe; None after its end.
    source: Option<OwnedFd>,
    sink: Sink,
    watch_for_break: bool,
    /// Why not all of the command's output could be read.
    cut_short: Option<Errno>,
    /// Whether the command says more than `LITTLE` at a time.
    says_much: bool,
    buffer: Vec<u8>,
    /// What of the buffer has not been forwarded yet.
    pending: Range<usize>,
    /// Since when our stream has accepted nothing although something is pending.
    waiting_since: Option<Instant>,
}

/// What a channel waits for.
pub enum Wanted<'a> {
    /// Something to read from the command, and to know at once when our stream breaks.
    Input(BorrowedFd<'a>, Option<BorrowedFd<'a>>),
    /// Room in our stream.
    Room(BorrowedFd<'a>),
    /// Nothing: all is over.
    Nothing,
}

impl Channel {
    /// Connects the reading end of a pipe of the command to one of our own streams, or to nowhere.
    #[must_use]
    pub fn new(stream: Stream, source: OwnedFd, onward: Onward) -> Self {
        let target = match stream {
            Stream::Out => rustix::stdio::stdout(),
            Stream::Err => rustix::stdio::stderr(),
        };
        let sink = match onward {
            Onward::Ours => Sink::new(target),
            Onward::Nowhere => Sink::nowhere(target),
        };
        Self {
            stream,
            source: Some(source),
            watch_for_break: sink.breaks_for_good(),
            cut_short: None,
            sink,
            says_much: false,
            buffer: vec![0; LITTLE],
            pending: 0..0,
            waiting_since: None,
        }
    }

    /// Which stream this is.
    #[must_use]
    pub fn stream(&self) -> Stream {
        self.stream
    }

    /// Why output was lost, if it was.
    #[must_use]
    pub fn lost(&self) -> Option<Errno> {
        self.sink.lost()
    }

    /// Why not all of the command's output could be read, if so.
    #[must_use]
    pub fn cut_short(&self) -> Option<Errno> {
        self.cut_short
    }

    /// Whether something that was read has not been forwarded yet.
    #[must_use]
    pub fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// What to wait for.
    #[must_use]
    pub fn wanted(&self) -> Wanted<'_> {
        match &self.source {
            _ if self.has_pending() => Wanted::Room(self.sink.descriptor()),
            Some(source) => {
                let watch = self.watch_for_break && self.sink.lost().is_none();
                Wanted::Input(source.as_fd(), watch.then(|| self.sink.descriptor()))
            }
            None => Wanted::Nothing,
        }
    }

    /// When [`Channel::stalled`] will be true, if nothing happens before.
    #[must_use]
    pub fn stalls_at(&self) -> Option<Instant> {
        self.waiting_since.map(|since| since + hastened(STALL))
    }

    /// Whether our stream has accepted nothing for too long.
    #[must_use]
    pub fn stalled(&self) -> bool {
        self.stalls_at().is_some_and(|at| Instant::now() >= at)
    }

    /// Reads once what the command wrote, forwards what can be forwarded, and tells `listener`.
    pub fn read(&mut self, listener: &mut dyn FnMut(Event<'_>)) {
        let Some(source) = &self.source else { return };
        if self.says_much && self.buffer.len() == LITTLE {
            self.buffer.resize(CAPACITY, 0);
            enlarge(source, ENLARGED);
        }
        match rustix::io::read(source, &mut self.buffer[..]) {
            Ok(0) => self.source = None,
            Ok(count) => {
                self.says_much |= count == LITTLE;
                self.pending = 0..count;
                self.forward();
                listener(Event::Output(self.stream, &self.buffer[..count]));
            }
            Err(Errno::INTR | Errno::AGAIN) => {}
            // A pipe has no other errors; should one come, there is nothing more to be had from it, but that is not its end.
            Err(error) => {
                self.cut_short = Some(error);
                self.source = None;
            }
        }
    }

    /// Forwards what can be forwarded.
    pub fn forward(&mut self) {
        let accepted = self.sink.offer(&self.buffer[self.pending.clone()]);
        self.pending.start += accepted;
        if !self.has_pending() {
            self.waiting_since = None;
        } else if accepted > 0 || self.waiting_since.is_none() {
            self.waiting_since = Some(Instant::now());
        }
        self.pass_on_break();
    }

    /// Takes note that nobody reads our stream any more.
    pub fn broke(&mut self) {
        self.sink.broke();
        self.pending = 0..0;
        self.pass_on_break();
    }

    fn pass_on_break(&mut self) {
        // The command then meets a broken pipe at its next write, as it would without us.
        if self.sink.lost() == Some(Errno::PIPE) {
            self.source = None;
        }
    }
}
