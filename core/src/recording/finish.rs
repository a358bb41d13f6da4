//! What a run came to, and what became of its stamp.

use super::Warning;
use crate::digest::Digest;

/// What a run came to.
#[derive(Debug)]
pub enum Finish {
    /// A command ended by itself.
    Exit {
        /// 0 to 255.
        code: u8,
        /// What it did with its standard input.
        input: InputUse,
    },
    /// A function returned.
    Value {
        /// The value, written down by the caller.
        pieces: Vec<Vec<u8>>,
        /// Whether reading it could run code.
        pickled: bool,
    },
}

/// What a command did with its standard input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputUse {
    /// The key says it all.
    Known,
    /// It was offered a byte of a pipe and took none.
    NotRead,
    /// The pipe ended without a byte.
    Empty,
    /// No byte came while it ran.
    Idle,
    /// It took all bytes up to the end; their digest.
    Read(Digest),
    /// It was a file, whose offset is now this.
    Left(u64),
}

/// What became of a run's stamp.
#[derive(Debug)]
pub struct Saved {
    /// Whether it was stored.
    pub stored: bool,
    /// How many bytes were written for it.
    pub written: u64,
    /// What people should know.
    pub warnings: Vec<Warning>,
}

impl Saved {
    /// Nothing was stored.
    pub(super) fn not(warnings: Vec<Warning>) -> Self {
        Self {
            stored: false,
            written: 0,
            warnings,
        }
    }
}
