//! What a process remembers of the stamps it has read.
//!
//! A stamp that was read and checked is believed again, without opening its file, while all that the system tells of the
//! file is what it was when it was read: a published file is never written again, only replaced by another, which has
//! another change time. A file that was young when it was read is not remembered: it could have been replaced within one
//! tick of the clock. What is asked for once is not remembered either, so that asking for each of a million jobs once
//! costs no memory.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use crate::disk::{Look, Time};
use crate::job::JobKey;
use crate::stamp::{Outcome, Piece, Stamp};

/// A file that changed within so many seconds before it was read is young.
const YOUNG: u64 = 2;
/// So many bytes are remembered at the most, and so many of one value.
const MOST: usize = 8 << 20;
const MOST_OF_ONE: usize = 16 << 10;
/// How many of the keys that were asked for are noted.
const NOTED: usize = 1024;

/// A stamp that was read and checked.
#[derive(Debug)]
pub(super) struct Remembered {
    /// How its file looked.
    pub(super) look: Look,
    /// Whether it was believed for a job that takes signed stamps only.
    pub(super) signed: bool,
    pub(super) stamp: Stamp,
}

/// What a process remembers of the stamps it has read.
#[derive(Debug)]
pub(super) struct Memory(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    stamps: HashMap<JobKey, Arc<Remembered>, BuildHasherDefault<FirstBytes>>,
    bytes: usize,
    /// The keys that were asked for lately, each in a place of its own choice.
    asked: Box<[u64; NOTED]>,
}

impl Memory {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Inner {
            stamps: HashMap::default(),
            bytes: 0,
            asked: Box::new([0; NOTED]),
        }))
    }

    /// Returns the stamp of `key` that is remembered.
    pub(super) fn recall(&self, key: &JobKey) -> Option<Arc<Remembered>> {
        self.inner().stamps.get(key).cloned()
    }

    /// Notes that `key` was asked for; tells whether it was before.
    pub(super) fn note(&self, key: &JobKey) -> bool {
        let number = number(key);
        let place = usize::try_from(number % NOTED as u64).unwrap_or_default();
        std::mem::replace(&mut self.inner().asked[place], number) == number
    }

    /// Remembers the stamp of `key`, whose file looked like `look` at `now`, unless it is young or large.
    pub(super) fn keep(&self, key: JobKey, remembered: Remembered, now: Time) {
        let size = size(&remembered.stamp);
        if size > MOST_OF_ONE || remembered.look.changed.is_within(YOUNG, now) || remembered.look.changed > now {
            return;
        }
        let mut inner = self.inner();
        let mut forgotten = None;
        if inner.bytes + size > MOST {
            inner.bytes = 0;
            forgotten = Some(std::mem::take(&mut inner.stamps));
        }
        inner.bytes += size;
        let replaced = inner.stamps.insert(key, Arc::new(remembered));
        drop(inner);
        drop((forgotten, replaced));
    }

    /// Forgets the stamp of `key`.
    #[cold]
    pub(super) fn forget(&self, key: &JobKey) {
        let forgotten = self.inner().stamps.remove(key);
        drop(forgotten);
    }

    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns about how many bytes a stamp takes.
fn size(stamp: &Stamp) -> usize {
    let pieces: &[Piece] = match &stamp.outcome {
        Outcome::Value { pieces, .. } => pieces,
        // Only values are remembered.
        Outcome::Exit { .. } | Outcome::ReadsInput => return usize::MAX,
    };
    let inline = pieces.iter().map(|piece| match piece {
        Piece::Inline(bytes) => bytes.len(),
        Piece::Blob(_) => 0,
    });
    512 + inline.sum::<usize>() + 512 * (stamp.dependencies.len() + stamp.outputs.len())
}

fn number(key: &JobKey) -> u64 {
    let mut hasher = FirstBytes::default();
    hasher.write(key.as_bytes());
    hasher.finish()
}

/// Hashes keys, which are digests, by their first bytes.
#[derive(Default)]
struct FirstBytes(u64);

impl Hasher for FirstBytes {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk::<8>() {
            self.0 = u64::from_le_bytes(*first);
        }
    }

    // The length that comes before the bytes of a slice says nothing.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}
