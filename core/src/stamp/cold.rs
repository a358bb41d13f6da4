//! What no hit needs of a stamp: what people are told of it, and the parts of its code, by which a reason names the one
//! that changed.
//!
//! It lies outside the seal, at the end of the file and under a checksum of its own. Damage here makes reasons poorer,
//! never an answer wrong.

use std::ffi::OsString;
use std::path::PathBuf;

use super::format::list;
use super::looks::optional;
use super::looks::{encode_digest, read_digest};
use crate::digest::Digest;
use crate::disk;
use crate::encoding::{Decoder, Encoder};
use crate::job::CodePart;

/// What no hit needs of a stamp.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cold {
    /// What the code was made of.
    pub parts: Vec<CodePart>,
    /// What only people read.
    pub story: Story,
}

/// What only people read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Story {
    /// The arguments, the name it was called by first; the function's name for a call. Empty if not to be recorded.
    pub arguments: Vec<OsString>,
    /// The working directory.
    pub directory: Option<PathBuf>,
    /// Names of the variables that count, with the digests of their values.
    pub variables: Vec<(OsString, Option<Digest>)>,
    /// How long the run took, in nanoseconds.
    pub took: u64,
}

impl Cold {
    /// Returns the bytes of it.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut encoder = Encoder::default();
        encoder.count(self.parts.len());
        for CodePart { name, digest } in &self.parts {
            encoder.bytes(name.as_bytes()).bytes(&digest.0);
        }
        let Story {
            arguments,
            directory,
            variables,
            took,
        } = &self.story;
        encoder.count(arguments.len());
        for argument in arguments {
            encoder.bytes(argument.as_encoded_bytes());
        }
        encoder.optional(directory.as_ref().map(|path| path.as_os_str().as_encoded_bytes()));
        encoder.count(variables.len());
        for (name, value) in variables {
            encoder.bytes(name.as_encoded_bytes());
            encode_digest(&mut encoder, value.as_ref());
        }
        encoder.count(*took);
        encoder.into_bytes()
    }

    /// Reads it back, or `None` if `bytes` are anything else.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let decoder = &mut Decoder::new(bytes);
        let parts = list(decoder, 48, |decoder| {
            Some(CodePart {
                name: String::from_utf8(decoder.bytes()?.to_vec()).ok()?,
                digest: read_digest(decoder.bytes()?)?,
            })
        })?;
        let story = Story {
            arguments: list(decoder, 8, |decoder| disk::os_string(decoder.bytes()?))?,
            directory: optional(decoder, disk::os_string)?.map(PathBuf::from),
            variables: list(decoder, 9, |decoder| {
                Some((disk::os_string(decoder.bytes()?)?, optional(decoder, read_digest)?))
            })?,
            took: decoder.count()?,
        };
        decoder.is_at_end().then_some(Self { parts, story })
    }
}
