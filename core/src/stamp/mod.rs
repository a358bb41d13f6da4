//! What we remember of a run.
//!
//! A stamp holds how the world looked when the job started (fingerprints) and what the run left (its outcome). It is a
//! value: [`format`] turns it into bytes and back. What no hit needs stands apart ([`Cold`]).

mod tape;
mod piece;
mod code;
mod looks;
mod listed;
mod format;
mod story;
mod cold;
mod file;

pub use code::{CodeChange, CodeRecord};
pub use cold::Cold;
pub use file::{Entering, StampFile, TagKey};
pub(crate) use file::{LARGEST, Range, Row, longest_head, rows};
pub(crate) use listed::{Listed, Stretch};
pub use piece::{Blob, Piece};
pub use story::Story;
pub(crate) use story::{IsWanted, Opening};
pub use tape::{Overlong, Runs, RunsWriter, Stream, Tape};

use std::path::{Path, PathBuf};

use crate::digest::Digest;
use crate::disk::Time;
use crate::encoding::Encoder;
use crate::fingerprint::{Fingerprint, Kept, ProgramFile};
use crate::job::Code;

/// What we remember of one run of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The program and its interpreters.
    pub program: Vec<ProgramFile>,
    /// The code of the function.
    pub code: Option<CodeRecord>,
    /// The dependencies: a set, sorted by path.
    pub dependencies: Vec<(PathBuf, Fingerprint)>,
    /// The outputs: a set, sorted.
    pub outputs: Vec<PathBuf>,
    /// For which inputs it speaks, beyond what the key says.
    pub condition: Condition,
    /// When the run started.
    pub started: Time,
    /// How long it took, in nanoseconds.
    pub took: u64,
    /// What the run left.
    pub outcome: Outcome,
}

/// For which standard inputs a stamp speaks, among those that share a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// For any: the command was offered a byte and took none, or the key says all.
    Any,
    /// For a pipe that has ended without a byte.
    Empty,
    /// For a pipe that has no byte yet.
    Idle,
    /// For a file; the command left its offset there.
    Offset(u64),
}

/// What a run left.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::large_enum_variant)] // One a stamp.
pub enum Outcome {
    /// A command's exit code and all it said.
    Exit {
        /// 0 to 255.
        code: u8,
        /// What it said.
        tape: Tape,
    },
    /// A function's value, as its caller wrote it down.
    Value {
        /// The bytes, in as many pieces as the caller made.
        pieces: Vec<Piece>,
        /// Whether reading them could run code, so that only the user's own may be read.
        pickled: bool,
    },
    /// The command reads its input: stamps are filed under each input's digest.
    ReadsInput,
}

impl Stamp {
    /// Returns whether a new run of `code` under the circumstances of `other` leaves nothing for this stamp to say: then
    /// it takes its place. Under other circumstances, or of other code, it stands beside it.
    #[must_use]
    pub fn gives_way_to(&self, other: &Self, code: Option<&Code>) -> bool {
        let same_code = match (&self.code, code) {
            // Not the records: what turned out to be state may be more or less than the last time.
            (Some(record), Some(code)) => record.speaks_for(code),
            (None, None) => true,
            _ => false,
        };
        same_code && self.variant() == other.variant()
    }

    /// Returns what tells this stamp from the job's others of the same code: what the world looked like, not what came of
    /// it.
    #[must_use]
    pub fn variant(&self) -> Digest {
        let mut encoder = Encoder::default();
        format::encode_circumstances(&mut encoder, self, looks::Detail::Variant);
        Digest::of(encoder.encoded())
    }

    /// Returns whether reading the outcome could run code.
    #[must_use]
    pub fn is_pickled(&self) -> bool {
        matches!(self.outcome, Outcome::Value { pickled: true, .. })
    }

    /// Returns whether it depends on `path`: on the file of that name, on a directory or a pattern that it lies in, or on it as the
    /// program or an interpreter of that.
    #[must_use]
    pub fn depends_on(&self, path: &Path) -> bool {
        let holds = |(named, fingerprint): &(PathBuf, Fingerprint)| fingerprint.may_hold(named, path);
        self.program.iter().any(|file| file.path == path) || self.dependencies.iter().any(holds)
    }

    /// Returns the blobs of the outcome.
    pub fn blobs(&self) -> impl Iterator<Item = &Blob> {
        let pieces: Vec<&Piece> = match &self.outcome {
            Outcome::Exit { tape, .. } => vec![&tape.bytes, &tape.runs],
            Outcome::Value { pieces, .. } => pieces.iter().collect(),
            Outcome::ReadsInput => Vec::new(),
        };
        pieces.into_iter().filter_map(|piece| match piece {
            Piece::Blob(blob) => Some(blob),
            Piece::Inline(_) => None,
        })
    }

    /// Returns the numbers of all side files that belong to this stamp.
    #[must_use]
    pub fn side_files(&self) -> Vec<u64> {
        use crate::fingerprint::Entries;
        let entries = self
            .dependencies
            .iter()
            .filter_map(|(_, fingerprint)| match fingerprint {
                Fingerprint::Tree(tree) => match tree.entries {
                    Entries::Kept(Kept { number, .. }) => Some(number),
                    _ => None,
                },
                _ => None,
            });
        self.blobs().map(|blob| blob.number).chain(entries).collect()
    }

    /// Returns how many bytes of the outcome lie in side files.
    pub(crate) fn bytes_beside(&self) -> u64 {
        self.blobs().fold(0, |bytes, blob| blob.length.saturating_add(bytes))
    }
}
