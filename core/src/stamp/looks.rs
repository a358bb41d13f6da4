//! How files looked, as bytes.

use crate::digest::Digest;
use crate::disk::{Kind, Look, Time};
use crate::encoding::{Decoder, Encoder};
use crate::fingerprint::{Entries, FileRecord, Kept, TreeRecord};

/// What the first byte of a file record tells.
const YOUNG: u8 = 1;
const DIGEST: u8 = 2;
const LINKS: u8 = 4;

/// How much of the circumstances is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// All.
    Whole,
    /// What tells one variant from another: a file whose content is known is that content, whatever its times.
    Variant,
}

pub(super) fn encode_record(encoder: &mut Encoder, record: &FileRecord, detail: Detail) {
    let is_content = detail == Detail::Variant && record.digest.is_some();
    let young = if record.young && !is_content { YOUNG } else { 0 };
    let digest = record.digest.map_or(0, |_| DIGEST);
    let links = record.links.map_or(0, |_| LINKS);
    encoder.tag(young | digest | links);
    for digest in [&record.digest, &record.links].into_iter().flatten() {
        encoder.raw(&digest.0);
    }
    if is_content {
        encoder.number(record.look.mode & 0o111);
    } else {
        encode_look(encoder, &record.look);
    }
}

pub(super) fn encode_tree(encoder: &mut Encoder, record: &TreeRecord, detail: Detail) {
    encoder.tag(u8::from(record.pattern));
    encode_digest(encoder, record.content.as_ref());
    if detail == Detail::Variant {
        // Not when we looked, nor where the table is kept: every run would be a variant of its own.
        encode_digest(encoder, record.content.is_none().then_some(&record.looks));
        return;
    }
    encoder.tag(u8::from(record.young)).bytes(&record.looks.0);
    encode_time(encoder, record.looked);
    match &record.entries {
        Entries::Kept(kept) => encoder
            .tag(1)
            .count(kept.number)
            .count(kept.length)
            .bytes(&kept.digest.0),
        Entries::Taken(_) | Entries::Dropped => encoder.tag(0),
    };
}

pub(super) fn encode_look(encoder: &mut Encoder, look: &Look) {
    encoder.tag(match look.kind {
        Kind::File => b'f',
        Kind::Directory => b'd',
        Kind::Link => b'l',
        Kind::Fifo => b'p',
        Kind::Socket => b's',
        Kind::Device => b'v',
    });
    encoder.number(look.size);
    for time in [look.modified, look.changed] {
        encoder.number(time.seconds.cast_unsigned()).number(time.nanoseconds);
    }
    encoder
        .number(look.inode)
        .number(look.device)
        .number(look.mode)
        .number(look.links)
        .number(look.owner);
}

pub(super) fn encode_time(encoder: &mut Encoder, time: Time) {
    encoder.count(time.seconds.cast_unsigned()).count(time.nanoseconds);
}

pub(super) fn encode_digest(encoder: &mut Encoder, digest: Option<&Digest>) {
    encoder.optional(digest.map(|digest| &digest.0[..]));
}

pub(super) fn read_record(decoder: &mut Decoder) -> Option<FileRecord> {
    let flags = decoder.tag()?;
    if flags & !(YOUNG | DIGEST | LINKS) != 0 {
        return None;
    }
    let mut digest = |flag| match flags & flag {
        0 => Some(None),
        _ => decoder.array().map(|bytes| Some(Digest(bytes))),
    };
    let (digest, links) = (digest(DIGEST)?, digest(LINKS)?);
    Some(FileRecord {
        look: read_look(decoder)?,
        links,
        digest,
        young: flags & YOUNG != 0,
    })
}

/// Passes over what [`read_record`] reads.
pub(super) fn pass_record(decoder: &mut Decoder) -> Option<()> {
    /// Those that [`encode_look`] writes.
    const NUMBERS: usize = 10;
    let flags = decoder.tag()?;
    let digests = usize::from(flags & DIGEST != 0) + usize::from(flags & LINKS != 0);
    decoder.take(32 * digests + 1)?;
    decoder.pass_numbers(NUMBERS)
}

pub(super) fn read_tree(decoder: &mut Decoder) -> Option<TreeRecord> {
    let pattern = flag(decoder)?;
    let content = optional(decoder, read_digest)?;
    let young = flag(decoder)?;
    let looks = read_digest(decoder.bytes()?)?;
    let looked = read_time(decoder)?;
    let entries = match decoder.tag()? {
        0 => Entries::Dropped,
        1 => Entries::Kept(Kept {
            number: decoder.count()?,
            length: decoder.count()?,
            digest: read_digest(decoder.bytes()?)?,
        }),
        _ => return None,
    };
    Some(TreeRecord {
        looked,
        young,
        pattern,
        looks,
        content,
        entries,
    })
}

pub(super) fn read_look(decoder: &mut Decoder) -> Option<Look> {
    let kind = match decoder.tag()? {
        b'f' => Kind::File,
        b'd' => Kind::Directory,
        b'l' => Kind::Link,
        b'p' => Kind::Fifo,
        b's' => Kind::Socket,
        b'v' => Kind::Device,
        _ => return None,
    };
    let time = |decoder: &mut Decoder| {
        Some(Time {
            seconds: decoder.number()?.cast_signed(),
            nanoseconds: u32::try_from(decoder.number()?).ok()?,
        })
    };
    Some(Look {
        kind,
        size: decoder.number()?,
        modified: time(decoder)?,
        changed: time(decoder)?,
        inode: decoder.number()?,
        device: decoder.number()?,
        mode: u32::try_from(decoder.number()?).ok()?,
        links: decoder.number()?,
        owner: u32::try_from(decoder.number()?).ok()?,
    })
}

pub(super) fn read_time(decoder: &mut Decoder) -> Option<Time> {
    let seconds = decoder.count()?.cast_signed();
    Some(Time {
        seconds,
        nanoseconds: u32::try_from(decoder.count()?).ok()?,
    })
}

pub(super) fn read_digest(bytes: &[u8]) -> Option<Digest> {
    bytes.try_into().ok().map(Digest)
}

#[allow(clippy::option_option)] // The outer tells whether it was read, the inner is what was read.
pub(super) fn optional<T>(decoder: &mut Decoder, one: impl Fn(&[u8]) -> Option<T>) -> Option<Option<T>> {
    match decoder.optional()? {
        None => Some(None),
        Some(bytes) => one(bytes).map(Some),
    }
}

pub(super) fn flag(decoder: &mut Decoder) -> Option<bool> {
    match decoder.tag()? {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}
