//! What a run proves about the command's use of a pipe on standard input.
//!
//! Only what holds for every later caller is a proof. A command that was offered a byte before it began to live, and
//! took none, does not read. A command that took everything is a function of what it took. All else depends on
//! *when* bytes came, which no later caller repeats.

use jobstamps::Digest;

use super::PipeState;

/// What a run tells about the command's use of standard input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Nothing is known: the command was given the descriptor itself and nobody watched.
    Unwatched,
    /// It took at least one byte and everything up to the end; or all of the input was read ahead for it.
    Reader {
        /// The digest of the whole input.
        digest: Digest,
        /// How many bytes the input had.
        length: u64,
    },
    /// It took part of the input, or it was shown bytes too late to tell. Such a run is not stored.
    Partial,
    /// A part of what was read ahead for it could not be read back. Such a run is not stored, and is no success.
    Lost,
    /// A byte was there before it started, and it took none.
    NonReader,
    /// The input was at its end without a single byte. This speaks for callers whose pipe is empty.
    Empty,
    /// Not a byte came and the end did not come either. This speaks for callers whose pipe is idle.
    Idle,
    /// Standard input is a terminal.
    Terminal {
        /// Whether anybody read it during the run; such a run is not stored. None where the system cannot tell.
        read: Option<bool>,
    },
    /// Standard input is a regular file.
    File {
        /// Where in the file the command left off, for a hit to repeat.
        offset: u64,
    },
}

/// What the relay saw of one run.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Whether a byte was in the command's pipe before the command was started.
    pub before_start: bool,
    /// How many bytes the command took.
    pub taken: u64,
    /// The digest of the bytes it took.
    pub digest: Digest,
    /// How many bytes it was shown and did not take.
    pub left: usize,
    /// Whether we told the command that the input had ended.
    pub end_told: bool,
    /// What the caller's pipe held when all was over.
    pub afterwards: PipeState,
    /// Whether somebody else read from the caller's pipe during the run.
    pub disturbed: bool,
}

impl Use {
    /// Decides what a run over a relayed pipe proves.
    #[must_use]
    pub fn of(seen: &Seen) -> Self {
        if seen.disturbed {
            return Self::Partial;
        }
        let at_end = seen.end_told || seen.afterwards == PipeState::Empty;
        match (seen.taken, seen.left) {
            // The end need not have been told: having all bytes and no more to come is the whole input.
            (1.., 0) if at_end => Self::Reader {
                digest: seen.digest,
                length: seen.taken,
            },
            (0, 1..) if seen.before_start => Self::NonReader,
            // It took a part, or was shown a byte only while it lived: it may have looked, in vain, before.
            (1.., _) | (0, 1..) => Self::Partial,
            (0, 0) if seen.end_told => Self::Empty,
            (0, 0) => Self::Idle,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_proves_only_what_holds_for_every_later_caller() {
        use PipeState::{Data, Empty, Idle};
        let digest = Digest::of(b"the input");
        let reader = |length| Use::Reader { digest, length };
        // (before_start, taken, left, end_told, afterwards) -> proof
        for (facts, expected) in [
            ((true, 9, 0, true, Empty), reader(9)),
            ((false, 9, 0, true, Empty), reader(9)),
            // It took the last byte and left before we could tell it of the end.
            ((true, 9, 0, false, Empty), reader(9)),
            ((true, 9, 0, false, Data), Use::Partial),
            ((true, 9, 0, false, Idle), Use::Partial),
            ((true, 9, 1, false, Empty), Use::Partial),
            ((true, 0, 4, false, Data), Use::NonReader),
            ((true, 0, 4, false, Empty), Use::NonReader),
            ((false, 0, 4, false, Data), Use::Partial),
            ((false, 0, 0, true, Empty), Use::Empty),
            ((false, 0, 0, false, Idle), Use::Idle),
            // The end, or a byte, came after the command had ended: it saw neither.
            ((false, 0, 0, false, Empty), Use::Idle),
            ((false, 0, 0, false, Data), Use::Idle),
        ] {
            let (before_start, taken, left, end_told, afterwards) = facts;
            let seen = Seen {
                before_start,
                taken,
                digest,
                left,
                end_told,
                afterwards,
                disturbed: false,
            };
            assert_eq!(Use::of(&seen), expected, "{facts:?}");
            assert_eq!(
                Use::of(&Seen {
                    disturbed: true,
                    ..seen
                }),
                Use::Partial,
                "{facts:?}, disturbed"
            );
        }
    }
}
