//! How something differs from what was recorded of it.

use std::fmt;
use std::path::PathBuf;

use crate::disk::Time;
use crate::error::Shown;

/// How something differs from what was recorded of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is not there.
    Missing,
    /// It was not there, and now it is.
    Appeared,
    /// It has become something else, as in "a directory".
    Kind(&'static str),
    /// Its size in bytes.
    Size {
        /// Then.
        was: u64,
        /// Now.
        now: u64,
    },
    /// Its modification time.
    Modified {
        /// Then.
        was: Time,
        /// Now.
        now: Time,
    },
    /// Its change time: it was replaced, moved here, or something about it was set.
    Changed {
        /// Then.
        was: Time,
        /// Now.
        now: Time,
    },
    /// Its permission bits, or those that make it executable.
    Permissions {
        /// Then.
        was: u32,
        /// Now.
        now: u32,
    },
    /// It is another file of the same size and times.
    Replaced,
    /// Its bytes.
    Content,
    /// The text of the symbolic link that names it.
    Link,
    /// Something in the directory, or in the set of files that a pattern matches; the first such path where it is known.
    Entries(Option<PathBuf>),
    /// It is found elsewhere.
    Found(PathBuf),
    /// Only times were recorded, and contents shall decide.
    Undigested,
    /// It cannot be looked at or read; why.
    Unreadable(String),
}

impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => formatter.write_str("it is missing"),
            Self::Appeared => formatter.write_str("it was missing"),
            Self::Kind(noun) => write!(formatter, "it is {noun} now"),
            Self::Size { was: 1, now } => write!(formatter, "its size was 1 byte and is {now}"),
            Self::Size { was, now } => write!(formatter, "its size was {was} bytes and is {now}"),
            Self::Modified { .. } => formatter.write_str("its modification time differs"),
            Self::Changed { .. } => {
                formatter.write_str("its change time differs: it was replaced or its attributes were set")
            }
            Self::Permissions { was, now } => write!(formatter, "its mode was {was:o} and is {now:o}"),
            Self::Replaced => formatter.write_str("it is another file"),
            Self::Content => formatter.write_str("its content differs"),
            Self::Link => formatter.write_str("its link leads elsewhere"),
            Self::Entries(Some(path)) => write!(formatter, "`{}` in it differs", Shown::path(path)),
            Self::Entries(None) => formatter.write_str("something in it differs"),
            Self::Found(path) => write!(formatter, "it is found at `{}` now", Shown::path(path)),
            Self::Undigested => formatter.write_str("only its times were recorded"),
            Self::Unreadable(why) => formatter.write_str(why),
        }
    }
}
