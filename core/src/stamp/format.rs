//! A stamp as bytes, byte by byte as `docs/stamp-format.md` has it.
//!
//! Reading believes nothing: whatever is not exactly of this form is no stamp. The seal around these bytes (see
//! `file`) was checked before, so what is read here was written by us; the checks here are for versions and bugs.

use std::ffi::OsString;
use std::path::PathBuf;

use super::{Blob, CodeRecord, Condition, Outcome, Piece, Stamp, Tape};
use crate::digest::Digest;
use crate::disk::{self, Kind, Look, Time};
use crate::encoding::{Decoder, Encoder};
use crate::fingerprint::{Entries, FileRecord, Fingerprint, Kept, ProgramFile, TreeRecord};
use crate::job::JobKey;

/// How much of the circumstances is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// All.
    Whole,
    /// What tells one variant from another: a file whose content is known is that content, whatever its times.
    Variant,
}

/// Returns the bytes of `stamp` of the job `key`.
pub(super) fn encode(key: &JobKey, stamp: &Stamp) -> Vec<u8> {
    let mut encoder = Encoder::default();
    for byte in key.as_bytes() {
        encoder.tag(*byte);
    }
    encode_circumstances(&mut encoder, stamp, Detail::Whole);
    encode_time(&mut encoder, stamp.started);
    match &stamp.outcome {
        Outcome::Exit { code, tape } => {
            encoder.tag(b'x').tag(*code);
            encode_piece(&mut encoder, &tape.bytes);
            encode_piece(&mut encoder, &tape.runs);
        }
        Outcome::Value { pieces, pickled } => {
            encoder.tag(b'v').tag(u8::from(*pickled)).count(pieces.len());
            for piece in pieces {
                encode_piece(&mut encoder, piece);
            }
        }
        Outcome::ReadsInput => {
            encoder.tag(b'r');
        }
    }
    encoder.into_bytes()
}

/// Writes how the world looked when the job started.
pub(super) fn encode_circumstances(encoder: &mut Encoder, stamp: &Stamp, detail: Detail) {
    encoder.count(stamp.program.len());
    for ProgramFile { path, searched, record } in &stamp.program {
        encoder.bytes(path.as_os_str().as_encoded_bytes());
        encoder.optional(searched.as_ref().map(|name| name.as_encoded_bytes()));
        encode_record(encoder, record, detail);
    }
    if detail == Detail::Whole {
        encode_code(encoder, stamp.code.as_ref());
    }
    encoder.count(stamp.dependencies.len());
    for (path, fingerprint) in &stamp.dependencies {
        encoder.bytes(path.as_os_str().as_encoded_bytes());
        match fingerprint {
            Fingerprint::Missing => {
                encoder.tag(b'm');
            }
            Fingerprint::File(record) => {
                encoder.tag(b'f');
                encode_record(encoder, record, detail);
            }
            Fingerprint::Tree(record) => {
                encoder.tag(b't');
                encode_tree(encoder, record, detail);
            }
        }
    }
    encoder.count(stamp.outputs.len());
    for path in &stamp.outputs {
        encoder.bytes(path.as_os_str().as_encoded_bytes());
    }
    match stamp.condition {
        Condition::Any => encoder.tag(b'a'),
        Condition::Empty => encoder.tag(b'e'),
        Condition::Idle => encoder.tag(b'i'),
        Condition::Offset(offset) => encoder.tag(b'o').count(offset),
    };
}

fn encode_code(encoder: &mut Encoder, code: Option<&CodeRecord>) {
    let Some(code) = code else {
        encoder.tag(0);
        return;
    };
    encoder.tag(1).bytes(code.name.as_bytes()).count(code.digests.len());
    for digest in &code.digests {
        encoder.bytes(&digest.0);
    }
    encoder.count(code.left_out.len());
    for name in &code.left_out {
        encoder.bytes(name.as_bytes());
    }
}

fn encode_record(encoder: &mut Encoder, record: &FileRecord, detail: Detail) {
    encode_digest(encoder, record.digest.as_ref());
    encode_digest(encoder, record.links.as_ref());
    if detail == Detail::Variant && record.digest.is_some() {
        encoder.count(record.look.mode & 0o111);
        return;
    }
    encoder.tag(u8::from(record.young));
    encode_look(encoder, &record.look);
}

fn encode_tree(encoder: &mut Encoder, record: &TreeRecord, detail: Detail) {
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

fn encode_look(encoder: &mut Encoder, look: &Look) {
    encoder.tag(match look.kind {
        Kind::File => b'f',
        Kind::Directory => b'd',
        Kind::Link => b'l',
        Kind::Fifo => b'p',
        Kind::Socket => b's',
        Kind::Device => b'v',
    });
    encoder.count(look.size);
    encode_time(encoder, look.modified);
    encode_time(encoder, look.changed);
    encoder
        .count(look.inode)
        .count(look.device)
        .count(look.mode)
        .count(look.links)
        .count(look.owner);
}

fn encode_time(encoder: &mut Encoder, time: Time) {
    encoder.count(time.seconds.cast_unsigned()).count(time.nanoseconds);
}

pub(super) fn encode_digest(encoder: &mut Encoder, digest: Option<&Digest>) {
    encoder.optional(digest.map(|digest| &digest.0[..]));
}

fn encode_piece(encoder: &mut Encoder, piece: &Piece) {
    match piece {
        Piece::Inline(bytes) => {
            encoder.tag(0).bytes(bytes);
        }
        Piece::Blob(Blob {
            number,
            length,
            digest,
            look,
            boot,
        }) => {
            encoder.tag(1).count(*number).count(*length).bytes(&digest.0);
            encode_look(encoder, look);
            encoder.bytes(boot);
        }
    }
}

/// Reads the stamp of the job `key` back, or `None` if `bytes` are anything else.
pub(super) fn decode(key: &JobKey, bytes: &[u8]) -> Option<Stamp> {
    let decoder = &mut Decoder::new(bytes);
    if decoder.array::<32>()? != *key.as_bytes() {
        return None;
    }
    let program = list(decoder, 16, |decoder| {
        let path = path(decoder)?;
        let searched = optional(decoder, disk::os_string)?;
        Some(ProgramFile {
            path,
            searched,
            record: record(decoder)?,
        })
    })?;
    let code = match decoder.tag()? {
        0 => None,
        1 => Some(CodeRecord {
            name: text(decoder)?,
            digests: list(decoder, 40, |decoder| read_digest(decoder.bytes()?))?,
            left_out: list(decoder, 8, text)?,
        }),
        _ => return None,
    };
    let dependencies = list(decoder, 9, |decoder| {
        let path = path(decoder)?;
        let fingerprint = match decoder.tag()? {
            b'm' => Fingerprint::Missing,
            b'f' => Fingerprint::File(record(decoder)?),
            b't' => Fingerprint::Tree(tree(decoder)?),
            _ => return None,
        };
        Some((path, fingerprint))
    })?;
    let outputs = list(decoder, 8, path)?;
    let condition = match decoder.tag()? {
        b'a' => Condition::Any,
        b'e' => Condition::Empty,
        b'i' => Condition::Idle,
        b'o' => Condition::Offset(decoder.count()?),
        _ => return None,
    };
    let started = time(decoder)?;
    let outcome = match decoder.tag()? {
        b'x' => Outcome::Exit {
            code: decoder.tag()?,
            tape: Tape {
                bytes: piece(decoder)?,
                runs: piece(decoder)?,
            },
        },
        b'v' => Outcome::Value {
            pickled: flag(decoder)?,
            pieces: list(decoder, 9, piece)?,
        },
        b'r' => Outcome::ReadsInput,
        _ => return None,
    };
    decoder.is_at_end().then_some(Stamp {
        program,
        code,
        dependencies,
        outputs,
        condition,
        started,
        outcome,
    })
}

pub(super) fn list<T>(
    decoder: &mut Decoder,
    smallest: usize,
    one: impl Fn(&mut Decoder) -> Option<T>,
) -> Option<Vec<T>> {
    let count = decoder.length(smallest)?;
    (0..count).map(|_| one(decoder)).collect()
}

#[allow(clippy::option_option)] // The outer tells whether it was read, the inner is what was read.
pub(super) fn optional<T>(decoder: &mut Decoder, one: impl Fn(&[u8]) -> Option<T>) -> Option<Option<T>> {
    match decoder.optional()? {
        None => Some(None),
        Some(bytes) => one(bytes).map(Some),
    }
}

fn flag(decoder: &mut Decoder) -> Option<bool> {
    match decoder.tag()? {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

fn text(decoder: &mut Decoder) -> Option<String> {
    String::from_utf8(decoder.bytes()?.to_vec()).ok()
}

fn path(decoder: &mut Decoder) -> Option<PathBuf> {
    disk::os_string(decoder.bytes()?).map(OsString::into)
}

pub(super) fn read_digest(bytes: &[u8]) -> Option<Digest> {
    bytes.try_into().ok().map(Digest)
}

fn time(decoder: &mut Decoder) -> Option<Time> {
    let seconds = decoder.count()?.cast_signed();
    Some(Time {
        seconds,
        nanoseconds: u32::try_from(decoder.count()?).ok()?,
    })
}

fn record(decoder: &mut Decoder) -> Option<FileRecord> {
    let content = optional(decoder, read_digest)?;
    let links = optional(decoder, read_digest)?;
    let young = flag(decoder)?;
    Some(FileRecord {
        look: look(decoder)?,
        links,
        digest: content,
        young,
    })
}

fn tree(decoder: &mut Decoder) -> Option<TreeRecord> {
    let pattern = flag(decoder)?;
    let content = optional(decoder, read_digest)?;
    let young = flag(decoder)?;
    let looks = read_digest(decoder.bytes()?)?;
    let looked = time(decoder)?;
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

fn look(decoder: &mut Decoder) -> Option<Look> {
    let kind = match decoder.tag()? {
        b'f' => Kind::File,
        b'd' => Kind::Directory,
        b'l' => Kind::Link,
        b'p' => Kind::Fifo,
        b's' => Kind::Socket,
        b'v' => Kind::Device,
        _ => return None,
    };
    Some(Look {
        kind,
        size: decoder.count()?,
        modified: time(decoder)?,
        changed: time(decoder)?,
        inode: decoder.count()?,
        device: decoder.count()?,
        mode: u32::try_from(decoder.count()?).ok()?,
        links: decoder.count()?,
        owner: u32::try_from(decoder.count()?).ok()?,
    })
}

fn piece(decoder: &mut Decoder) -> Option<Piece> {
    match decoder.tag()? {
        0 => Some(Piece::Inline(decoder.bytes()?.to_vec())),
        1 => Some(Piece::Blob(Blob {
            number: decoder.count()?,
            length: decoder.count()?,
            digest: read_digest(decoder.bytes()?)?,
            look: look(decoder)?,
            boot: decoder.bytes()?.try_into().ok()?,
        })),
        _ => None,
    }
}
