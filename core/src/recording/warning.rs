//! What people should know of a run, though it changes nothing about the job's own result.

use std::fmt;
use std::path::PathBuf;

use crate::error::Shown;

/// Something people should know, that changes nothing about the job's own result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// Nothing can be kept; why.
    NotKept(String),
    /// A stamp is damaged or not ours; which.
    Damaged(String),
    /// A dependency cannot be vouched for; why.
    NotVouched(String),
    /// A dependency changed while the job ran; for a directory or a pattern, the first path that did, where it is known.
    Disturbed(PathBuf, Option<PathBuf>),
    /// A pattern matches nothing.
    MatchesNothing(PathBuf),
    /// The program changed while it ran.
    ProgramDisturbed(PathBuf),
    /// A declared output was not made, and how many more.
    NotMade(PathBuf, usize),
    /// Another job makes the same output, and each runs again after the other.
    MadeInTurns(PathBuf),
    /// Another job made the same output while this one ran.
    MadeMeanwhile(PathBuf),
    /// The job was started by itself.
    Recursion,
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotKept(why) | Self::NotVouched(why) => {
                write!(formatter, "{}; not cached", why.trim_end_matches('.'))
            }
            Self::Damaged(what) => write!(formatter, "{what}; the job runs again"),
            Self::Disturbed(path, None) => {
                write!(
                    formatter,
                    "the dependency `{}` changed while the job ran; not cached",
                    Shown::path(path)
                )
            }
            Self::Disturbed(path, Some(inner)) => {
                write!(
                    formatter,
                    "the dependency `{}` changed while the job ran: `{}` in it differs; not cached",
                    Shown::path(path),
                    Shown::path(inner)
                )
            }
            Self::MatchesNothing(path) => write!(formatter, "the pattern `{}` matches nothing", Shown::path(path)),
            Self::ProgramDisturbed(path) => {
                write!(
                    formatter,
                    "the program `{}` changed while it ran; not cached",
                    Shown::path(path)
                )
            }
            Self::NotMade(path, 0) => write!(formatter, "the declared output `{}` was not made", Shown::path(path)),
            Self::NotMade(path, more) => {
                write!(
                    formatter,
                    "the declared output `{}` and {more} more were not made",
                    Shown::path(path)
                )
            }
            Self::MadeInTurns(path) => {
                write!(
                    formatter,
                    "the output `{}` is made by another job too: each runs again after the other",
                    Shown::path(path)
                )
            }
            Self::MadeMeanwhile(path) => {
                write!(
                    formatter,
                    "the output `{}` was made by another job while this one ran; not cached",
                    Shown::path(path)
                )
            }
            Self::Recursion => formatter.write_str("the job was started by itself; it runs without the cache"),
        }
    }
}
