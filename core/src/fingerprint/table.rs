//! The entries of a tree one by one: to hash no more than what changed, and to name it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Seen;
use super::file::is_executable;
use super::walk::Entry;
use crate::digest::Digest;
use crate::disk::{self, Kind, Look, Time};
use crate::encoding::{Decoder, Encoder};

/// Entries by path.
#[derive(Default)]
pub(crate) struct Table(BTreeMap<Vec<u8>, Row>);

struct Row {
    /// What it is: letter, executable or not, link text.
    nature: Vec<u8>,
    /// Size, times, inode, device.
    look: Vec<u8>,
    young: bool,
    digest: Option<Digest>,
}

impl Row {
    /// Tells how the entry looked.
    fn seen(&self) -> Option<Seen> {
        let kind = match self.nature.first()? {
            b'f' => Kind::File,
            b'd' | b'm' => Kind::Directory,
            b'l' => Kind::Link,
            b'p' => Kind::Fifo,
            b's' => Kind::Socket,
            _ => Kind::Device,
        };
        let mut seen = Seen {
            kind: Some(kind),
            digest: self.digest,
            ..Seen::default()
        };
        if kind == Kind::File {
            let mut decoder = Decoder::new(&self.look);
            let time = |decoder: &mut Decoder| {
                Some(Time {
                    seconds: decoder.count()?.cast_signed(),
                    nanoseconds: u32::try_from(decoder.count()?).ok()?,
                })
            };
            seen.size = Some(decoder.count()?);
            seen.modified = Some(time(&mut decoder)?);
            seen.changed = Some(time(&mut decoder)?);
        }
        Some(seen)
    }
}

/// Writes a row for `entry`.
pub(super) fn write(table: &mut Encoder, entry: &Entry, digest: Option<&Digest>, young: bool) {
    let (mut is, mut looks) = (Encoder::default(), Encoder::default());
    write_nature(&mut is, entry);
    write_look(&mut looks, entry);
    table
        .bytes(entry.path.as_os_str().as_encoded_bytes())
        .bytes(is.encoded())
        .bytes(looks.encoded());
    table.tag(u8::from(young)).optional(digest.map(|digest| &digest.0[..]));
}

/// Writes what `entry` is, apart from its content and times.
pub(super) fn write_nature(encoder: &mut Encoder, entry: &Entry) {
    encoder.tag(match entry.look.kind {
        Kind::File => b'f',
        Kind::Directory if entry.elsewhere => b'm',
        Kind::Directory => b'd',
        Kind::Link => b'l',
        Kind::Fifo => b'p',
        Kind::Socket => b's',
        Kind::Device => b'v',
    });
    encoder.tag(u8::from(entry.look.kind == Kind::File && is_executable(&entry.look)));
    encoder.optional(entry.link.as_deref());
}

/// Writes all that tells a file's bytes from others without reading them.
pub(super) fn write_look(encoder: &mut Encoder, entry: &Entry) {
    // A directory's own times and size change with what is in it, which counts by itself.
    if entry.look.kind == Kind::File {
        encode_times(encoder, &entry.look);
        encoder.count(entry.look.inode).count(entry.look.device);
    }
}

/// Writes size and times of a look.
pub(super) fn encode_times(encoder: &mut Encoder, look: &Look) {
    encoder.count(look.size);
    for time in [look.modified, look.changed] {
        encoder.count(time.seconds.cast_unsigned()).count(time.nanoseconds);
    }
}

impl Table {
    /// Reads the rows; what cannot be read is left out, at the cost of hashing it again.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let mut table = Self::default();
        let mut decoder = Decoder::new(bytes);
        while let Some((path, row)) = Self::row(&mut decoder) {
            table.0.insert(path, row);
        }
        table
    }

    fn row(decoder: &mut Decoder) -> Option<(Vec<u8>, Row)> {
        let path = decoder.bytes()?.to_vec();
        let nature = decoder.bytes()?.to_vec();
        let look = decoder.bytes()?.to_vec();
        let young = decoder.tag()? != 0;
        let digest = match decoder.optional()? {
            None => None,
            Some(bytes) => Some(Digest(bytes.try_into().ok()?)),
        };
        Some((
            path,
            Row {
                nature,
                look,
                young,
                digest,
            },
        ))
    }

    /// Returns the recorded digest of `entry` if it still speaks for it.
    pub(super) fn digest(&self, entry: &Entry) -> Option<Digest> {
        let row = self.0.get(entry.path.as_os_str().as_encoded_bytes())?;
        let mut look = Encoder::default();
        write_look(&mut look, entry);
        (!row.young && row.look == look.encoded())
            .then_some(row.digest)
            .flatten()
    }

    /// Returns whether it tells of nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Tells how the entry at `path` looked; one that is not here was not there.
    pub(super) fn seen(&self, path: &Path) -> Seen {
        self.0
            .get(path.as_os_str().as_encoded_bytes())
            .and_then(Row::seen)
            .unwrap_or_default()
    }

    /// Returns the first path that is in one table only, or differs: by content, where both tables know it.
    pub(crate) fn first_difference(&self, now: &Self) -> Option<PathBuf> {
        let differs = |path: &Vec<u8>, row: &Row| match now.0.get(path) {
            None => true,
            Some(other) if row.nature != other.nature => true,
            Some(other) => match (&row.digest, &other.digest) {
                (Some(was), Some(is)) => was != is,
                _ => row.look != other.look,
            },
        };
        let changed = self
            .0
            .iter()
            .find(|(path, row)| differs(path, row))
            .map(|(path, _)| path);
        let added = now.0.keys().find(|path| !self.0.contains_key(*path));
        let first = match (changed, added) {
            (Some(changed), Some(added)) => changed.min(added),
            (one, other) => one.or(other)?,
        };
        disk::os_string(first).map(PathBuf::from)
    }
}
