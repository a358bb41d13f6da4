//! Bytes of an outcome as they come: in memory while they are few, then in a nameless file of the store.

use std::io::{self, Write as _};
use std::sync::Arc;

use super::shard::Shard;
use crate::digest::{Digest, Hasher};
use crate::disk::{self, Placed};
use crate::error::Error;
use crate::stamp::{Blob, Piece};

/// Up to this many bytes lie in the stamp itself.
const MOST_INLINE: usize = 64 * 1024;

/// Gathers bytes in constant memory. It never fails its writer: what cannot be kept is dropped, and said at the end.
#[derive(Debug)]
pub struct Spool {
    shard: Option<Arc<Shard>>,
    memory: Vec<u8>,
    placed: Option<(Placed, Box<Hasher>)>,
    length: u64,
    limit: u64,
    failed: Option<Error>,
}

/// Gathered bytes.
#[derive(Debug)]
pub enum Spooled {
    /// Few enough for the stamp itself.
    Memory(Vec<u8>),
    /// In a file that has no name yet.
    Placed(Placed, Digest, u64),
}

impl Spool {
    pub(crate) fn new(shard: Option<Arc<Shard>>) -> Self {
        Self {
            shard,
            memory: Vec::new(),
            placed: None,
            length: 0,
            limit: u64::MAX,
            failed: None,
        }
    }

    /// Keeps at most `limit` bytes: with more, nothing is kept.
    pub fn limit(&mut self, limit: u64) {
        self.limit = limit;
    }

    /// Returns whether something went wrong, so that nothing is kept any more.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    /// Adds `bytes`.
    pub fn write(&mut self, bytes: &[u8]) {
        if self.failed.is_some() {
            return;
        }
        self.length += bytes.len() as u64;
        if self.length > self.limit {
            return self.give_up(Error::TooLarge(self.limit));
        }
        if self.placed.is_none() && self.memory.len() + bytes.len() <= MOST_INLINE {
            self.memory.extend_from_slice(bytes);
            return;
        }
        if let Err(source) = self.write_out(bytes) {
            self.give_up(Error::Io {
                intent: "keep the output in",
                path: self.place(),
                source,
            });
        }
    }

    fn write_out(&mut self, bytes: &[u8]) -> io::Result<()> {
        let shard = self.shard.as_ref().ok_or(io::ErrorKind::NotFound)?;
        let (placed, hasher) = match &mut self.placed {
            Some((placed, hasher)) => (placed, hasher),
            none => {
                // Large, so it is made only for what is large: a look-up hands spools about.
                let (placed, hasher) = none.insert((shard.begin()?, Box::new(Hasher::new())));
                placed.write_all(&self.memory)?;
                hasher.update(&self.memory);
                self.memory = Vec::new();
                (placed, hasher)
            }
        };
        placed.write_all(bytes)?;
        hasher.update(bytes);
        Ok(())
    }

    fn give_up(&mut self, error: Error) {
        self.memory = Vec::new();
        self.placed = None;
        self.failed = Some(error);
    }

    fn place(&self) -> std::path::PathBuf {
        self.shard
            .as_ref()
            .map(|shard| shard.folder.path().to_path_buf())
            .unwrap_or_default()
    }

    /// Ends gathering.
    ///
    /// # Errors
    /// Not all bytes could be kept, and why.
    pub fn finish(self) -> Result<Spooled, Error> {
        match (self.failed, self.placed) {
            (Some(error), _) => Err(error),
            (None, None) => Ok(Spooled::Memory(self.memory)),
            (None, Some((placed, hasher))) => Ok(Spooled::Placed(placed, hasher.digest(), self.length)),
        }
    }
}

impl Shard {
    /// Begins to gather bytes of an outcome.
    #[must_use]
    pub fn spool(self: &Arc<Self>) -> Spool {
        Spool::new(Some(Arc::clone(self)))
    }

    /// Gives gathered bytes their place: in the stamp, or in a side file that is published now.
    pub(crate) fn place(&self, spooled: Spooled) -> io::Result<Piece> {
        match spooled {
            Spooled::Memory(bytes) => Ok(Piece::Inline(bytes)),
            Spooled::Placed(placed, digest, length) => {
                let (number, look) = self.publish_side(placed, &digest)?;
                Ok(Piece::Blob(Blob {
                    number,
                    length,
                    digest,
                    look,
                    boot: disk::boot(),
                }))
            }
        }
    }
}
