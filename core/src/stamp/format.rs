//! A stamp as bytes, byte by byte as `docs/stamp-format.md` has it.
//!
//! Reading believes nothing: whatever is not exactly of this form is no stamp. The seal around these bytes (see
//! `file`) was checked before, so what is read here was written by us; the checks here are for versions and bugs.

use std::ffi::OsString;
use std::path::PathBuf;

use super::listed::Listed;
use super::looks::{
    Detail, encode_look, encode_record, encode_time, encode_tree, flag, optional, pass_record, read_digest, read_look,
    read_record, read_time, read_tree,
};
use super::{Blob, CodeRecord, Condition, Outcome, Piece, Stamp, Tape};
use crate::disk;
use crate::encoding::{Decoder, Encoder};
use crate::fingerprint::{Fingerprint, ProgramFile};
use crate::job::JobKey;

/// A path shares at most so many bytes with the one before for each byte that it takes itself: else a few bytes, each of
/// them a long path once more, could fill any memory.
const MOST_SHARED: usize = 64;
/// What a dependency takes besides its path: two numbers and a tag.
pub(super) const BESIDES: usize = 3;

/// Returns the bytes of `stamp` of the job `key`.
pub(super) fn encode(key: &JobKey, stamp: &Stamp) -> Vec<u8> {
    let mut encoder = Encoder::default();
    for byte in key.as_bytes() {
        encoder.tag(*byte);
    }
    encode_circumstances(&mut encoder, stamp, Detail::Whole);
    encode_time(&mut encoder, stamp.started);
    encoder.count(stamp.took);
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
    let mut last: &[u8] = b"";
    for (path, fingerprint) in &stamp.dependencies {
        // In order of their bytes, most share their beginning with the one before.
        let bytes = path.as_os_str().as_encoded_bytes();
        let shared = last.iter().zip(bytes).take_while(|(one, other)| one == other).count();
        let shared = shared.min((bytes.len() + BESIDES) * MOST_SHARED / (MOST_SHARED + 1));
        let rest = &bytes[shared..];
        encoder.number(shared).number(rest.len()).raw(rest);
        last = bytes;
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
#[cold]
#[inline(never)]
pub(super) fn decode(key: &JobKey, bytes: &[u8]) -> Option<Stamp> {
    let mut dependencies = Vec::new();
    let stamp = decode_around(key, bytes, &mut |decoder| {
        let mut last = Vec::new();
        dependencies = list(decoder, BESIDES, |decoder| {
            read_path(&mut last, decoder)?;
            let path = disk::os_string(&last).map(OsString::into)?;
            Some((path, read_fingerprint(decoder)?))
        })?;
        Some(())
    })?;
    Some(Stamp { dependencies, ..stamp })
}

/// As [`decode`], but for the dependencies: these are left where they are, after each path has been shown to `visit`.
pub(super) fn decode_hot<'a>(
    key: &JobKey,
    bytes: &'a [u8],
    visit: &mut dyn FnMut(&[u8]),
) -> Option<(Stamp, Listed<'a>)> {
    let mut listed = Listed::default();
    let stamp = decode_around(key, bytes, &mut |decoder| {
        listed = Listed::read(decoder, visit)?;
        Some(())
    })?;
    Some((stamp, listed))
}

/// Reads a stamp without its dependencies, which `dependencies` reads.
fn decode_around<'a>(
    key: &JobKey,
    bytes: &'a [u8],
    dependencies: &mut dyn FnMut(&mut Decoder<'a>) -> Option<()>,
) -> Option<Stamp> {
    let decoder = &mut Decoder::new(bytes);
    if decoder.array::<32>()? != *key.as_bytes() {
        return None;
    }
    let program = list(decoder, 9, |decoder| {
        let path = path(decoder)?;
        let searched = optional(decoder, disk::os_string)?;
        Some(ProgramFile {
            path,
            searched,
            record: read_record(decoder)?,
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
    dependencies(decoder)?;
    let outputs = list(decoder, 8, path)?;
    let condition = match decoder.tag()? {
        b'a' => Condition::Any,
        b'e' => Condition::Empty,
        b'i' => Condition::Idle,
        b'o' => Condition::Offset(decoder.count()?),
        _ => return None,
    };
    let started = read_time(decoder)?;
    let took = decoder.count()?;
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
        dependencies: Vec::new(),
        outputs,
        condition,
        started,
        took,
        outcome,
    })
}

pub(super) fn list<T>(
    decoder: &mut Decoder,
    smallest: usize,
    mut one: impl FnMut(&mut Decoder) -> Option<T>,
) -> Option<Vec<T>> {
    let count = decoder.length(smallest)?;
    // What is read may be larger than its bytes: not all at once for a number that nobody has borne out yet.
    let mut all = Vec::with_capacity(count.min(1024));
    for _ in 0..count {
        all.push(one(decoder)?);
    }
    Some(all)
}

pub(super) fn text(decoder: &mut Decoder) -> Option<String> {
    String::from_utf8(decoder.bytes()?.to_vec()).ok()
}

fn path(decoder: &mut Decoder) -> Option<PathBuf> {
    disk::os_string(decoder.bytes()?).map(OsString::into)
}

/// Reads a path that shares its beginning with the `last` one, which it becomes.
pub(super) fn read_path(last: &mut Vec<u8>, decoder: &mut Decoder) -> Option<()> {
    let shared = usize::try_from(decoder.number()?).ok()?;
    let length = usize::try_from(decoder.number()?).ok()?;
    let rest = decoder.take(length)?;
    if shared > last.len() || shared > (length + BESIDES) * MOST_SHARED {
        return None;
    }
    last.truncate(shared);
    last.extend_from_slice(rest);
    Some(())
}

/// Reads how a dependency looked.
pub(super) fn read_fingerprint(decoder: &mut Decoder) -> Option<Fingerprint> {
    Some(match decoder.tag()? {
        b'm' => Fingerprint::Missing,
        b'f' => Fingerprint::File(read_record(decoder)?),
        b't' => Fingerprint::Tree(read_tree(decoder)?),
        _ => return None,
    })
}

/// Passes over what [`read_fingerprint`] reads; returns whether it is of a directory or a pattern.
pub(super) fn pass_fingerprint(decoder: &mut Decoder) -> Option<bool> {
    match decoder.tag()? {
        b'm' => Some(false),
        b'f' => pass_record(decoder).map(|()| false),
        b't' => read_tree(decoder).map(|_| true),
        _ => None,
    }
}

fn piece(decoder: &mut Decoder) -> Option<Piece> {
    match decoder.tag()? {
        0 => Some(Piece::Inline(decoder.bytes()?.to_vec())),
        1 => Some(Piece::Blob(Blob {
            number: decoder.count()?,
            length: decoder.count()?,
            digest: read_digest(decoder.bytes()?)?,
            look: read_look(decoder)?,
            boot: decoder.bytes()?.try_into().ok()?,
        })),
        _ => None,
    }
}
