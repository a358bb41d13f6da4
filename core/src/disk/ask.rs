//! The one point that all passes that is asked of the system.
//!
//! What a signal interrupted is asked again here, and nowhere else; but not for ever. With the feature `failpoints`, which no
//! program that people run is built with, a test says here what the system answers: see [`failpoints`](super::failpoints).

use std::io;

/// What is asked of the system.
///
/// By what may be refused alone: a file system without locks refuses [`Call::Lock`], a full one what makes and writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code)] // Not all are asked on every system.
pub enum Call {
    /// Look at a name or an open file.
    Look,
    /// Ask whether we may.
    MayWe,
    /// Open what is there.
    Open,
    /// Open what is there, following no link on the way: openat2(2).
    OpenInside,
    /// Open what is there if nobody has to be waited for: `RESOLVE_CACHED`.
    OpenFromMemory,
    /// Open a file, and make it if need be.
    Create,
    /// As [`Call::Create`], following no link on the way: openat2(2).
    CreateInside,
    /// Make a file without a name: `O_TMPFILE`.
    CreateNameless,
    /// Read bytes.
    Read,
    /// Read bytes if nobody has to be waited for: `RWF_NOWAIT`.
    ReadFromMemory,
    /// Write bytes.
    Write,
    /// Shorten a file.
    Shorten,
    /// Set the time of the last modification.
    Touch,
    /// Lock a file: flock(2).
    Lock,
    /// Give a nameless file its name: linkat(2).
    Name,
    /// Let two files change places: renameat2(2).
    Exchange,
    /// Rename, in place of what has the name or not.
    Rename,
    /// Remove a file.
    Remove,
    /// Make a directory.
    MakeFolder,
    /// List a directory.
    List,
    /// Follow a link by its text.
    ReadLink,
    /// Ask how much room there is.
    Space,
    /// Ask for the kind of the file system.
    FileSystem,
}

/// Interrupted so many times in a row, a question is not asked again: whoever is hit by signals all the time must not hang.
const MOST_INTERRUPTED: u32 = 100;

/// Asks the system; again if a signal interrupted it.
#[inline(always)]
#[allow(clippy::inline_always)] // A hit asks thirty times.
pub(super) fn ask<T, E: Refusal>(call: Call, mut question: impl FnMut() -> Result<T, E>) -> Result<T, E> {
    let mut interrupted = 0;
    loop {
        match answer(call, &mut question) {
            Err(error) if error.is_interruption() => {}
            answer => return answer,
        }
        interrupted += 1;
        if interrupted == MOST_INTERRUPTED {
            return Err(E::endless());
        }
    }
}

#[cfg(not(all(feature = "failpoints", unix)))]
#[inline(always)]
#[allow(clippy::inline_always)] // As above.
fn answer<T, E: Refusal>(_call: Call, question: &mut impl FnMut() -> Result<T, E>) -> Result<T, E> {
    question()
}

#[cfg(all(feature = "failpoints", unix))]
fn answer<T, E: Refusal>(call: Call, question: &mut impl FnMut() -> Result<T, E>) -> Result<T, E> {
    match super::failpoints::fault(call) {
        Some(errno) => Err(E::refusal(errno)),
        None => question(),
    }
}

/// An answer that is no.
pub(super) trait Refusal {
    /// Returns whether a signal came in between.
    fn is_interruption(&self) -> bool;

    /// Says that signals came in between all the time.
    fn endless() -> Self;

    /// Says what the system would say by this number.
    #[cfg(all(feature = "failpoints", unix))]
    fn refusal(errno: i32) -> Self;
}

impl Refusal for io::Error {
    #[inline]
    fn is_interruption(&self) -> bool {
        self.kind() == io::ErrorKind::Interrupted
    }

    // Of another kind: the loops of the standard library would ask again.
    #[cold]
    fn endless() -> Self {
        Self::other("interrupted by one signal after the other")
    }

    #[cfg(all(feature = "failpoints", unix))]
    fn refusal(errno: i32) -> Self {
        Self::from_raw_os_error(errno)
    }
}

#[cfg(unix)]
impl Refusal for rustix::io::Errno {
    #[inline]
    fn is_interruption(&self) -> bool {
        *self == Self::INTR
    }

    #[cold]
    fn endless() -> Self {
        Self::CANCELED
    }

    #[cfg(feature = "failpoints")]
    fn refusal(errno: i32) -> Self {
        Self::from_raw_os_error(errno)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_signal_interrupted_is_asked_again_but_not_for_ever() {
        for (interruptions, asked, answered) in [(0, 1, true), (1, 2, true), (99, 100, true), (u32::MAX, 100, false)] {
            let mut times = 0;
            let answer = ask(Call::Read, || {
                times += 1;
                if times > interruptions {
                    Ok(())
                } else {
                    Err(io::Error::from(io::ErrorKind::Interrupted))
                }
            });
            assert_eq!((times, answer.is_ok()), (asked, answered));
        }
    }

    #[test]
    fn whoever_is_told_no_is_told_at_once() {
        let mut times = 0;
        let answer = ask(Call::Read, || {
            times += 1;
            Err::<(), _>(io::Error::from(io::ErrorKind::NotFound))
        });
        assert_eq!((times, answer.unwrap_err().kind()), (1, io::ErrorKind::NotFound));
    }
}
