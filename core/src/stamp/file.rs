//! The file that holds a job's stamps: up to eight, the newest first.
//!
//! A head names the job and says where each stamp lies; each stamp is sealed by itself, so that a hit on the newest reads
//! and checks no other. The seal of a stamp is a checksum, or a tag that only the user's own key can make if reading the
//! outcome could run code. What no hit needs lies behind all stamps, so that none reads it.

use super::{Cold, IsWanted, Listed, Stamp, Story, format};
use crate::digest::{Digest, checksum};
use crate::encoding::Decoder;
use crate::job::JobKey;

/// The first bytes of every stamp file: a name and the format's version.
const MAGIC: &[u8; 8] = b"jobstmp\x01";
/// Magic, key, number of stamps, length of the file, checksum.
const HEAD: usize = 8 + 32 + 8 + 8 + 16;
/// Offset, length, kind of seal, seal; length of the cold section, its checksum.
const ROW: usize = 8 + 8 + 8 + 32 + 8 + 16;
/// A job keeps this many stamps.
pub(crate) const MOST_STAMPS: usize = 8;
/// Older stamps go while the file is larger than this.
const MOST_BYTES: usize = 16 << 20;
/// No stamp file is larger: that of a million dependencies is a third of it. A file without blocks can have any size.
pub(crate) const LARGEST: u64 = 256 << 20;

/// The user's own secret: only its holder can make a tag.
pub type TagKey = [u8; 32];

/// A job's stamps as they lie in their file, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StampFile {
    sealed: Vec<Sealed>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Sealed {
    tagged: bool,
    seal: [u8; 32],
    bytes: Vec<u8>,
    cold: Sum,
    cold_bytes: Vec<u8>,
}

/// A stamp on its way into the file.
#[derive(Clone, Copy)]
pub struct Entering<'a> {
    /// The stamp.
    pub stamp: &'a Stamp,
    /// What no hit needs of it; nothing: it keeps that of the stamp whose place it takes.
    pub cold: Option<&'a Cold>,
    /// Whether it takes the place of this one.
    pub replaces: &'a dyn Fn(&Stamp) -> bool,
}

/// Where a stamp and its cold section lie in their file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) hot: Range,
    pub(crate) cold: Range,
    pub(crate) tagged: bool,
    seal: [u8; 32],
    sum: Sum,
}

/// A stretch of a file.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Range {
    pub(crate) offset: u64,
    pub(crate) length: u64,
}

type Sum = [u8; 16];

/// Returns how many bytes of a stamp file tell where its stamps lie, at the most.
pub(crate) const fn longest_head() -> usize {
    HEAD + MOST_STAMPS * ROW
}

/// Reads where the stamps of `key` lie in a file of `length` bytes that begins with `start`.
///
/// Returns `None` if this is no stamp file of that job, or not whole.
pub(crate) fn rows(key: &JobKey, start: &[u8], length: u64) -> Option<Vec<Row>> {
    let mut decoder = Decoder::new(start);
    let magic = decoder.array::<8>()?;
    let named = decoder.array::<32>()?;
    let count = usize::try_from(decoder.count()?).ok()?;
    let recorded = decoder.count()?;
    let sum = decoder.array::<16>()?;
    if magic != *MAGIC || named != *key.as_bytes() || recorded != length || length > LARGEST || count > MOST_STAMPS {
        return None;
    }
    let table = decoder.take(count * ROW)?;
    if sum != head_sum(&start[..HEAD - 16], table) {
        return None;
    }
    let mut decoder = Decoder::new(table);
    let mut rows = Vec::with_capacity(count);
    let mut end = (HEAD + count * ROW) as u64;
    for _ in 0..count {
        let row = Row {
            hot: Range {
                offset: decoder.count()?,
                length: decoder.count()?,
            },
            tagged: decoder.count()? == 1,
            seal: decoder.array()?,
            cold: Range {
                offset: 0,
                length: decoder.count()?,
            },
            sum: decoder.array()?,
        };
        // One after the other without a gap: every byte of the file is under one of the seals or sums.
        if row.hot.offset != end {
            return None;
        }
        end = end.checked_add(row.hot.length)?;
        rows.push(row);
    }
    for row in &mut rows {
        row.cold.offset = end;
        end = end.checked_add(row.cold.length)?;
    }
    (end == length).then_some(rows)
}

fn head_sum(head: &[u8], table: &[u8]) -> [u8; 16] {
    checksum(&[head, table].concat())
}

impl Row {
    /// Reads the stamp of `key` from `bytes`, which lie where this row says.
    ///
    /// Returns `None` if they are damaged, or could run code and are not under the user's own `tag_key`.
    pub(crate) fn open(&self, key: &JobKey, bytes: &[u8], tag_key: Option<&TagKey>) -> Option<Stamp> {
        self.is_sealed(bytes, tag_key)?;
        format::decode(key, bytes).filter(|stamp| self.may_be_believed(stamp))
    }

    /// As [`Row::open`], but for the dependencies: they are left where they are, after each path has been shown to `visit`.
    pub(crate) fn open_hot<'a>(
        &self,
        key: &JobKey,
        bytes: &'a [u8],
        tag_key: Option<&TagKey>,
        visit: &mut dyn FnMut(&[u8]),
    ) -> Option<(Stamp, Listed<'a>)> {
        self.is_sealed(bytes, tag_key)?;
        format::decode_hot(key, bytes, visit).filter(|(stamp, _)| self.may_be_believed(stamp))
    }

    fn is_sealed(&self, bytes: &[u8], tag_key: Option<&TagKey>) -> Option<()> {
        (seal(bytes, self.tagged, tag_key)? == self.seal).then_some(())
    }

    /// A value that could run code is believed only under a tag: a checksum anybody can make.
    fn may_be_believed(&self, stamp: &Stamp) -> bool {
        self.tagged || !stamp.is_pickled()
    }

    /// Reads the cold section from `bytes`, which lie where this row says; `None` if they are damaged.
    pub(crate) fn open_cold(&self, bytes: &[u8]) -> Option<Cold> {
        Cold::decode(bytes).filter(|_| checksum(bytes) == self.sum)
    }

    /// As [`Row::open_cold`], but no more than the story, and that only if it is wanted.
    pub(crate) fn open_story(&self, bytes: &[u8], is_wanted: IsWanted) -> Option<Story> {
        Cold::decode_story(bytes, is_wanted).filter(|_| checksum(bytes) == self.sum)
    }

    /// Returns whether `bytes` are the cold section as it was written.
    pub(crate) fn has_written_cold(&self, bytes: &[u8]) -> bool {
        checksum(bytes) == self.sum
    }
}

fn seal(bytes: &[u8], tagged: bool, tag_key: Option<&TagKey>) -> Option<[u8; 32]> {
    if tagged {
        return Some(Digest::keyed(tag_key?, bytes).0);
    }
    let mut seal = [0; 32];
    seal[..16].copy_from_slice(&checksum(bytes));
    Some(seal)
}

impl StampFile {
    /// Reads all stamps of `key` that are whole from the bytes of their file; a damaged file has none.
    #[must_use]
    pub fn parse(key: &JobKey, bytes: &[u8]) -> Self {
        let rows = rows(key, bytes, bytes.len() as u64).unwrap_or_default();
        let part = |range: Range| {
            let from = usize::try_from(range.offset).ok()?;
            let bytes = bytes.get(from..from + usize::try_from(range.length).ok()?)?;
            Some(bytes.to_vec())
        };
        let sealed = rows.iter().filter_map(|row| {
            Some(Sealed {
                tagged: row.tagged,
                seal: row.seal,
                bytes: part(row.hot)?,
                cold: row.sum,
                cold_bytes: part(row.cold)?,
            })
        });
        Self {
            sealed: sealed.collect(),
        }
    }

    /// Returns the stamps that can be read, newest first.
    #[must_use]
    pub fn stamps(&self, key: &JobKey, tag_key: Option<&TagKey>) -> Vec<Stamp> {
        self.sealed
            .iter()
            .filter_map(|sealed| sealed.open(key, tag_key))
            .collect()
    }

    /// Returns the cold sections of the stamps that can be read, newest first; of a damaged one nothing.
    #[must_use]
    pub fn cold(&self, key: &JobKey, tag_key: Option<&TagKey>) -> Vec<Option<Cold>> {
        let whole = self.sealed.iter().filter(|sealed| sealed.open(key, tag_key).is_some());
        whole.map(|sealed| sealed.row().open_cold(&sealed.cold_bytes)).collect()
    }

    /// Puts a stamp first, in place of those that it replaces; returns the stamps that had to go.
    ///
    /// Returns `None`, and changes nothing, if the stamp needs a tag and there is no key.
    pub fn add(&mut self, key: &JobKey, entering: Entering, tag_key: Option<&TagKey>) -> Option<Vec<Stamp>> {
        let bytes = format::encode(key, entering.stamp);
        let tagged = entering.stamp.is_pickled();
        let cold_bytes = entering.cold.map(Cold::encode).unwrap_or_default();
        let sealed = Sealed {
            tagged,
            seal: seal(&bytes, tagged, tag_key)?,
            bytes,
            cold: checksum(&cold_bytes),
            cold_bytes,
        };
        let (mut kept, mut gone, mut total) = (vec![sealed], Vec::new(), 0);
        for old in self.sealed.drain(..) {
            let Some(stamp) = old.open(key, tag_key) else { continue };
            total += old.bytes.len() + old.cold_bytes.len();
            let is_replaced = (entering.replaces)(&stamp);
            if is_replaced && entering.cold.is_none() {
                (kept[0].cold, kept[0].cold_bytes) = (old.cold, old.cold_bytes);
                gone.push(stamp);
            } else if is_replaced || kept.len() == MOST_STAMPS || total > MOST_BYTES {
                gone.push(stamp);
            } else {
                kept.push(old);
            }
        }
        self.sealed = kept;
        Some(gone)
    }

    /// Takes out the stamps that `goes` chooses, and those that cannot be read; returns the former.
    pub fn remove(&mut self, key: &JobKey, tag_key: Option<&TagKey>, goes: impl Fn(&Stamp) -> bool) -> Vec<Stamp> {
        let mut gone = Vec::new();
        self.sealed.retain(|sealed| match sealed.open(key, tag_key) {
            Some(stamp) if goes(&stamp) => {
                gone.push(stamp);
                false
            }
            Some(_) => true,
            None => false,
        });
        gone
    }

    /// Returns how many stamps there are, with those that cannot be read.
    #[must_use]
    pub fn count(&self) -> usize {
        self.sealed.len()
    }

    /// Returns whether no stamp is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sealed.is_empty()
    }

    /// Returns the bytes of the file.
    #[must_use]
    pub fn encode(&self, key: &JobKey) -> Vec<u8> {
        let mut table = Vec::with_capacity(self.sealed.len() * ROW);
        let mut end = (HEAD + self.sealed.len() * ROW) as u64;
        for sealed in &self.sealed {
            let length = sealed.bytes.len() as u64;
            for number in [end, length, u64::from(sealed.tagged)] {
                table.extend_from_slice(&number.to_le_bytes());
            }
            table.extend_from_slice(&sealed.seal);
            table.extend_from_slice(&(sealed.cold_bytes.len() as u64).to_le_bytes());
            table.extend_from_slice(&sealed.cold);
            end += length;
        }
        end += self
            .sealed
            .iter()
            .map(|sealed| sealed.cold_bytes.len() as u64)
            .sum::<u64>();
        let mut bytes = [&MAGIC[..], key.as_bytes()].concat();
        bytes.extend_from_slice(&(self.sealed.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&end.to_le_bytes());
        let sum = head_sum(&bytes, &table);
        bytes.extend_from_slice(&sum);
        bytes.extend_from_slice(&table);
        for sealed in &self.sealed {
            bytes.extend_from_slice(&sealed.bytes);
        }
        for sealed in &self.sealed {
            bytes.extend_from_slice(&sealed.cold_bytes);
        }
        bytes
    }
}

impl Sealed {
    fn open(&self, key: &JobKey, tag_key: Option<&TagKey>) -> Option<Stamp> {
        self.row().open(key, &self.bytes, tag_key)
    }

    /// Returns its row, but for where it lies.
    fn row(&self) -> Row {
        Row {
            hot: Range::default(),
            cold: Range::default(),
            tagged: self.tagged,
            seal: self.seal,
            sum: self.cold,
        }
    }
}
