//! How something looked at one moment, as people are told of it: only what is known, and nothing to decide by.

use std::path::Path;

use super::{Fingerprint, present};
use crate::digest::Digest;
use crate::disk::{self, Kind, Look, Time};

/// A file whose content was not read to tell that it changed is read for people only up to so many bytes.
const MOST_READ: u64 = 64 << 20;

/// How something looked at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// What it was; nothing if it was not there.
    pub kind: Option<Kind>,
    /// Bytes, of a file.
    pub size: Option<u64>,
    /// When its content was last changed, as its owner likes to say; of a file.
    pub modified: Option<Time>,
    /// When anything about it was last changed; of a file.
    pub changed: Option<Time>,
    /// Permission bits; of a file.
    pub mode: Option<u32>,
    /// The digest of its content, if it was read.
    pub digest: Option<Digest>,
}

/// How something looked when the job last ran, and how it looks now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThenAndNow {
    /// When the job last ran.
    pub then: Seen,
    /// Now.
    pub now: Seen,
}

/// Whether the content of what is looked at is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// No: that of then is not known.
    Unwanted,
    /// Unless it would take long.
    Wanted,
    /// Whatever it takes: it has been read already.
    Read,
}

impl Seen {
    /// Tells of what has this `look`, and perhaps this content.
    pub(crate) fn of(look: &Look, digest: Option<Digest>) -> Self {
        let is_file = look.kind == Kind::File;
        Self {
            kind: Some(look.kind),
            size: is_file.then_some(look.size),
            modified: is_file.then_some(look.modified),
            changed: is_file.then_some(look.changed),
            mode: is_file.then_some(look.mode),
            digest,
        }
    }

    /// Tells of what was recorded; of a pattern, which may have matched anything, nothing.
    pub(crate) fn recorded(fingerprint: &Fingerprint) -> Option<Self> {
        match fingerprint {
            Fingerprint::Missing => Some(Self::default()),
            Fingerprint::File(record) => Some(Self::of(&record.look, record.digest)),
            Fingerprint::Tree(record) if record.is_pattern() => None,
            Fingerprint::Tree(record) => Some(Self {
                kind: Some(Kind::Directory),
                digest: record.content,
                ..Self::default()
            }),
        }
    }

    /// Looks at what `path` names now, through links; nothing that can be told of it is an error.
    pub(crate) fn now(path: &Path, content: Content) -> Self {
        match present(path) {
            Ok(Some((_, look))) => Self::looked(path, &look, content),
            _ => Self::default(),
        }
    }

    /// As [`Seen::now`], of the link itself if it is one.
    pub(crate) fn link_now(path: &Path, content: Content) -> Self {
        match disk::look_at_link(path) {
            Ok(Some(look)) => Self::looked(path, &look, content),
            _ => Self::default(),
        }
    }

    fn looked(path: &Path, look: &Look, content: Content) -> Self {
        let is_read = match content {
            Content::Unwanted => false,
            Content::Wanted => look.size <= MOST_READ,
            Content::Read => true,
        };
        if !is_read || look.kind != Kind::File {
            return Self::of(look, None);
        }
        match disk::hash(path) {
            // The look that belongs to the content.
            Ok((digest, look)) => Self::of(&look, Some(digest)),
            Err(_) => Self::of(look, None),
        }
    }
}
