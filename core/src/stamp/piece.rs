//! Bytes of an outcome: small ones in the stamp itself, large ones in a side file.

use crate::digest::Digest;
use crate::disk::Look;

/// Bytes of an outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// In the stamp.
    Inline(Vec<u8>),
    /// In a side file that is private to the stamp.
    Blob(Blob),
}

/// A side file with bytes of an outcome. It is never touched after it was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blob {
    /// Its number among the side files of its job.
    pub number: u64,
    /// Bytes.
    pub length: u64,
    /// The digest of its content.
    pub digest: Digest,
    /// How it looked when it was published: while it looks so, in the same boot, its content is believed unread.
    pub look: Look,
    /// Tells that boot of the machine from others: what was not yet on disk at a power cut may be lost unnoticed.
    pub boot: [u8; 16],
}

impl Piece {
    /// Returns how many bytes it has.
    #[must_use]
    pub fn length(&self) -> u64 {
        match self {
            Self::Inline(bytes) => bytes.len() as u64,
            Self::Blob(blob) => blob.length,
        }
    }
}
