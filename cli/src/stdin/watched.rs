//! Our part of the command's standard input while it runs.

use std::os::fd::OwnedFd;

use rustix::event::PollFd;
use rustix::io::Errno;

use super::feed::Feed;
#[cfg(target_os = "linux")]
use super::relay::Relay;
use super::terminal::Terminal;
use super::{Spooled, Use, file};

/// Our part of the command's standard input while it runs.
pub enum Watched {
    /// None: the command has the descriptor itself, or the null device.
    Not,
    /// The command has our regular file.
    File,
    /// The command has our terminal; we learn whether it is read.
    Terminal(Terminal),
    /// The command has a pipe that we supply.
    Supply(Supply),
}

/// What supplies a pipe that the command reads from.
pub enum Supply {
    /// Input that we own already.
    Feed(Feed),
    /// Input that stays the caller's until the command takes it.
    #[cfg(target_os = "linux")]
    Relay(Relay),
}

impl Supply {
    /// Prepares to relay our standard input, and offers what it holds. Returns the command's end too.
    ///
    /// # Errors
    ///
    /// When standard input cannot be shown without being taken; the command must get it as it is.
    #[cfg(target_os = "linux")]
    pub fn relay() -> Result<(Self, OwnedFd), Errno> {
        Relay::start(None).map(|(relay, end)| (Self::Relay(relay), end))
    }

    /// There is no way to see what a pipe holds without taking it.
    #[cfg(not(target_os = "linux"))]
    pub fn relay() -> Result<(Self, OwnedFd), Errno> {
        Err(Errno::OPNOTSUPP)
    }

    /// Prepares to supply input that was read ahead, then what is left in our standard input.
    ///
    /// # Errors
    ///
    /// When there is no pipe to be had.
    pub fn ahead(spooled: Spooled) -> Result<(Self, OwnedFd), Errno> {
        #[cfg(target_os = "linux")]
        if !spooled.is_whole() {
            return Relay::start(Some(spooled)).map(|(relay, end)| (Self::Relay(relay), end));
        }
        Feed::start(spooled).map(|(feed, end)| (Self::Feed(feed), end))
    }
}

impl Watched {
    /// Begins to watch our terminal.
    #[must_use]
    pub fn terminal() -> Self {
        Self::Terminal(Terminal::watch())
    }

    /// What to wait for before [`Watched::step`].
    pub fn wanted(&self) -> impl Iterator<Item = PollFd<'_>> {
        let wanted = match self {
            Self::Supply(Supply::Feed(feed)) => feed.wanted(),
            #[cfg(target_os = "linux")]
            Self::Supply(Supply::Relay(relay)) => relay.wanted(),
            Self::Not | Self::File | Self::Terminal(_) => [None, None],
        };
        wanted.into_iter().flatten()
    }

    /// Does what can be done now.
    pub fn step(&mut self) {
        match self {
            Self::Supply(Supply::Feed(feed)) => feed.step(),
            #[cfg(target_os = "linux")]
            Self::Supply(Supply::Relay(relay)) => relay.step(),
            Self::Not | Self::File | Self::Terminal(_) => {}
        }
    }

    /// Takes note that the command has ended: nothing more is offered.
    pub fn child_ended(&mut self) {
        match self {
            Self::Supply(Supply::Feed(feed)) => feed.close(),
            #[cfg(target_os = "linux")]
            Self::Supply(Supply::Relay(relay)) => relay.close(),
            Self::Not | Self::File | Self::Terminal(_) => {}
        }
    }

    /// What the run proves.
    #[must_use]
    pub fn used(self) -> Use {
        match self {
            Self::Not => Use::Unwatched,
            Self::File => file::offset().map_or(Use::Unwatched, |offset| Use::File { offset }),
            Self::Terminal(terminal) => Use::Terminal {
                read: terminal.was_read(),
            },
            Self::Supply(Supply::Feed(feed)) => feed.used(),
            #[cfg(target_os = "linux")]
            Self::Supply(Supply::Relay(relay)) => relay.used(),
        }
    }
}
