//! What no hit needs of a stamp: what people are told of it, and the parts of its code, by which a reason names the one
//! that changed.
//!
//! It lies outside the seal, at the end of the file and under a checksum of its own. Damage here makes reasons poorer,
//! never an answer wrong.

use super::format::{list, text};
use super::looks::read_digest;
use super::{IsWanted, Story};
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

impl Cold {
    /// Returns the bytes of it.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut encoder = Encoder::default();
        encoder.count(self.parts.len());
        for CodePart { name, digest } in &self.parts {
            encoder.bytes(name.as_bytes()).bytes(&digest.0);
        }
        self.story.encode(&mut encoder);
        encoder.into_bytes()
    }

    /// Reads no more of it than the story, and that only if it is wanted.
    pub(super) fn decode_story(bytes: &[u8], is_wanted: IsWanted) -> Option<Story> {
        let decoder = &mut Decoder::new(bytes);
        for _ in 0..decoder.length(48)? {
            decoder.bytes()?;
            decoder.bytes()?;
        }
        Story::decode_if(decoder, is_wanted)
    }

    /// Reads it back, or `None` if `bytes` are anything else.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let decoder = &mut Decoder::new(bytes);
        let parts = list(decoder, 48, |decoder| {
            Some(CodePart {
                name: text(decoder)?,
                digest: read_digest(decoder.bytes()?)?,
            })
        })?;
        let story = Story::decode(decoder)?;
        decoder.is_at_end().then_some(Self { parts, story })
    }
}
