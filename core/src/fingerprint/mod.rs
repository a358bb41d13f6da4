//! How one file, directory or program looked at one moment, and whether it still looks so.
//!
//! A [`Fingerprint`] is taken before the job runs. Later it is compared with the world: by what the system tells (the
//! mtime method) or by content (the hash method). Absence is a value, not an error.
//!
//! Two rules keep this honest. A recorded digest speaks for a file only while size, both times, inode and device are all
//! unchanged. And a file that was *young* when we looked (changed less than 2 s before or after) may have been changed
//! again without a trace in its times: its digest is recorded under either method, and confirmed until it is older.
//!
//! Not seen: a store through a memory map into a page that is already dirty changes nothing that the system tells.

mod change;
mod file;
mod pattern;
mod program;
mod seen;
mod table;
mod tree;
mod walk;
mod wildcard;

pub use change::Change;
pub use file::FileRecord;
#[cfg(feature = "fuzzing")]
pub(crate) use program::Start;
pub use program::{ProgramFile, search};
pub(crate) use seen::Content;
pub use seen::{Seen, ThenAndNow};
#[cfg(feature = "fuzzing")]
pub(crate) use table::Table;
pub use tree::{Entries, Kept, TreeRecord};
pub(crate) use walk::by_name;
#[cfg(feature = "fuzzing")]
pub(crate) use wildcard::Wildcard;

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::path::{Path, PathBuf};

use self::pattern::Parts;
use self::tree::Roots;
use crate::digest::{Digest, Hasher};
use crate::disk::{self, Clock, Kind, Look, Wait};
use crate::error::Error;
use crate::job::{Declared, Method};

/// How far a change may lie from our look, in seconds, for its time not to be believed. Some file systems tell times in
/// steps of two seconds.
const YOUNG: u64 = 2;

/// How one declared file looked at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fingerprint {
    /// Nothing had the name.
    Missing,
    /// A regular file.
    File(FileRecord),
    /// A directory with all below it, or all that a pattern matched.
    Tree(TreeRecord),
}

/// What looking again told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// It looks as it did.
    Same,
    /// It is as it was, and a newer record of it would be cheaper to compare next time.
    Renewed(Fingerprint),
    /// It is not as it was.
    Different(Change),
}

/// A set of paths. Without a secret for each thread, which would not fit any more into what the C library has ready for the
/// variables of the first one: no hit needs it, and each would map a page for it.
pub(crate) type PathSet<'a> = HashSet<&'a Path, BuildHasherDefault<DefaultHasher>>;

/// What dependencies name: looked through once for each path, many would take the product of both.
pub(crate) struct Names<'a> {
    paths: PathSet<'a>,
    patterns: Vec<Parts>,
}

impl<'a> Names<'a> {
    /// Gathers what `dependencies` name.
    pub(crate) fn of(dependencies: &'a [Declared]) -> Self {
        let patterns = dependencies.iter().filter(|one| one.is_pattern());
        Self {
            paths: dependencies.iter().map(Declared::path).collect(),
            patterns: patterns.map(|one| Parts::of(one.path())).collect(),
        }
    }

    /// Returns whether one of them is `path`, or a pattern that may match it. What lies in a directory that
    /// is one of them, or is matched, is not held: outputs do not count there.
    pub(crate) fn may_hold(&self, path: &Path) -> bool {
        self.paths.contains(path) || self.patterns.iter().any(|pattern| pattern.may_match(path))
    }
}

/// Looks at a path itself, without following it if it is a link.
pub type LookAtLink<'a> = &'a mut dyn FnMut(&Path) -> Result<Option<Look>, Error>;

/// How to look.
#[derive(Clone, Copy)]
pub struct Conditions<'a> {
    /// Tells which files are young.
    pub clock: Clock,
    /// What decides.
    pub method: Method,
    /// Paths inside directories that do not count: the job's own outputs, our own store. In order of their last names.
    pub left_out: &'a [PathBuf],
    /// Whether those paths do not count either where they are what was declared, or what a pattern matches.
    pub roots_left_out: bool,
    /// Whether directories on another file system are left out.
    pub one_file_system: bool,
    /// Brings back the kept entries of a tree.
    pub kept: &'a (dyn Fn(&Kept) -> Option<Vec<u8>> + Sync),
    /// Whether comparing may wait: else no content is read and no directory walked.
    pub wait: Wait,
}

impl Fingerprint {
    /// Returns whether `path` may count with this fingerprint of what is called `named`: it is the same, or lies in that directory,
    /// or in what that pattern matches.
    #[must_use]
    pub fn may_hold(&self, named: &Path, path: &Path) -> bool {
        match self {
            Self::Missing | Self::File(_) => path == named,
            Self::Tree(tree) if tree.pattern => {
                let parts = Parts::of(named);
                path.ancestors().any(|above| parts.may_match(above))
            }
            Self::Tree(_) => path.starts_with(named),
        }
    }

    /// Takes the fingerprint of what `declared` names now.
    ///
    /// # Errors
    /// What makes a run unfit to be stored: a fifo, socket or device, something unreadable, a file that keeps changing.
    pub fn take(declared: &Declared, conditions: &Conditions) -> Result<Self, Error> {
        let path = declared.path();
        Ok(match present(path)? {
            Some((links, Look { kind: Kind::File, .. })) => Self::File(FileRecord::take(path, links, conditions)?),
            Some((
                links,
                Look {
                    kind: Kind::Directory, ..
                },
            )) => Self::Tree(TreeRecord::take(&Roots::directory(path, links), conditions)?),
            Some((_, look)) => {
                return Err(Error::Special {
                    path: path.to_path_buf(),
                    what: look.kind.noun(),
                });
            }
            None if declared.is_pattern() => Self::Tree(TreeRecord::take(&Roots::matching(path)?, conditions)?),
            None => Self::Missing,
        })
    }

    /// Looks at `declared` again, first by `look`, which follows no link, and compares it with this record.
    #[must_use]
    pub fn compare(&self, declared: &Declared, look: LookAtLink, conditions: &Conditions) -> Comparison {
        let path = declared.path();
        let takes_long = match self {
            Self::Missing => false,
            Self::File(record) => disk::is_far_device(record.look.device, path),
            Self::Tree(_) => true,
        };
        if conditions.wait == Wait::Never && takes_long {
            return Comparison::Different(Change::Unreadable(would_wait(path).line()));
        }
        let now = match look(path).and_then(|look| through(path, look)) {
            Ok(now) => now,
            Err(error) => return Comparison::Different(Change::Unreadable(error.line())),
        };
        let compared = match (self, now) {
            (Self::File(record), Some((links, look))) if look.kind == Kind::File => {
                record.compare(path, links, &look, conditions)
            }
            (Self::Tree(record), Some((links, look))) if look.kind == Kind::Directory && !record.is_pattern() => {
                record.compare(&Roots::directory(path, links), conditions)
            }
            (Self::Tree(record), None) if declared.is_pattern() && record.is_pattern() => {
                Roots::matching(path).and_then(|roots| record.compare(&roots, conditions))
            }
            // A missing dependency is never fresh, present or not: nobody knows what the job made of its absence.
            (_, None) => Ok(Comparison::Different(Change::Missing)),
            (Self::Missing, Some(_)) => Ok(Comparison::Different(Change::Appeared)),
            (_, Some((_, look))) => Ok(Comparison::Different(Change::Kind(look.kind.noun()))),
        };
        compared.unwrap_or_else(|error| Comparison::Different(Change::Unreadable(error.line())))
    }

    /// Returns whether nothing touched `declared` since this was taken, just before the job ran.
    ///
    /// Stricter than [`Fingerprint::compare`]: a file that was rewritten with its old content may have been read while it
    /// had another.
    ///
    /// # Errors
    /// As [`Fingerprint::take`].
    pub fn is_undisturbed(&self, declared: &Declared, conditions: &Conditions) -> Result<bool, Error> {
        let path = declared.path();
        Ok(match (self, present(path)?) {
            (Self::File(record), Some((links, look))) => record.is_undisturbed(path, links, &look)?,
            (Self::Tree(record), Some((links, _))) if !record.is_pattern() => {
                record.is_undisturbed(&Roots::directory(path, links), conditions)?
            }
            (Self::Tree(record), None) if record.is_pattern() => {
                record.is_undisturbed(&Roots::matching(path)?, conditions)?
            }
            (Self::Missing, None) => true,
            _ => false,
        })
    }

    /// Returns the first path in a directory, or among what a pattern matches, that differs from this record.
    #[must_use]
    pub fn first_difference(&self, declared: &Declared, conditions: &Conditions) -> Option<PathBuf> {
        match (self, Self::take(declared, conditions)) {
            (Self::Tree(was), Ok(Self::Tree(now))) => was.first_difference(&now, conditions),
            _ => None,
        }
    }

    /// Tells how `path`, in the directory or among what the pattern matched, looked then; nothing if the entries are not known.
    pub(crate) fn entry(&self, path: &Path, conditions: &Conditions) -> Option<Seen> {
        match self {
            Self::Tree(tree) => tree.entry(path, conditions),
            Self::Missing | Self::File(_) => None,
        }
    }

    /// Returns whether this records a pattern that matched nothing.
    #[must_use]
    pub fn is_empty_pattern(&self) -> bool {
        matches!(self, Self::Tree(tree) if tree.pattern && tree.entries == Entries::Taken(Vec::new()))
    }
}

/// What is said where it may not be waited for what `path` holds.
fn would_wait(path: &Path) -> Error {
    Error::Io {
        intent: "read",
        path: path.to_path_buf(),
        source: std::io::ErrorKind::WouldBlock.into(),
    }
}

/// Looks at `path` and through it: the digest of the texts of the links on the way, and what is at their end. A dangling link names nothing.
fn present(path: &Path) -> Result<Option<(Option<Digest>, Look)>, Error> {
    through(path, disk::look_at_link(path)?)
}

/// As [`present`], where `path` itself looks like `look`.
fn through(path: &Path, look: Option<Look>) -> Result<Option<(Option<Digest>, Look)>, Error> {
    match look {
        None => Ok(None),
        Some(Look { kind: Kind::Link, .. }) => {
            let Some(look) = disk::look(path)? else { return Ok(None) };
            Ok(Some((Some(link_texts(path)?), look)))
        }
        Some(look) => Ok(Some((None, look))),
    }
}

/// Follows the chain of links from `path` and returns the digest of their texts.
fn link_texts(path: &Path) -> Result<Digest, Error> {
    let mut hasher = Hasher::new();
    let mut link = path.to_path_buf();
    // As many as the kernel follows; it has just followed these.
    for _ in 0..40 {
        match disk::look_at_link(&link)? {
            Some(Look { kind: Kind::Link, .. }) => {}
            _ => break,
        }
        let text = disk::read_link(&link)?;
        let bytes = text.as_os_str().as_encoded_bytes();
        hasher.update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
        link = link.parent().unwrap_or(Path::new("/")).join(text);
    }
    Ok(hasher.digest())
}

/// Returns whether `look` is of a file whose times may not show its next change. `before` is a moment before the look:
/// what changed after it is young, however long the look took.
fn is_young(look: &Look, before: disk::Time) -> bool {
    before.is_within(YOUNG, look.modified) || before.is_within(YOUNG, look.changed) || look.changed > before
}
