//! A directory with all below it, or the files that a pattern matches.
//!
//! The record is one digest of all looks and, where contents decide, one of all contents. The entries themselves are
//! kept in a side file that is opened only when a digest differs: to hash no more than what changed, and to name it.

use std::path::{Path, PathBuf};

use super::table::{Table, encode_times, write_nature};
use super::walk::{Entry, walk};
use super::{Change, Comparison, Conditions, Fingerprint, Seen, is_young};
use crate::digest::{Digest, Hasher};
use crate::disk::{self, Kind, Time};
use crate::encoding::Encoder;
use crate::error::Error;
use crate::job::Method;

/// Entries beyond this many bytes are not kept: then all is hashed again, and nobody can say what changed.
const MOST_KEPT: usize = 16 << 20;

/// How a directory, or the set of files that a pattern matches, looked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeRecord {
    /// When we looked. An entry that was young then has its content in `looks`.
    pub looked: Time,
    /// Whether any entry was young then.
    pub young: bool,
    /// Whether it is what a pattern matched.
    pub pattern: bool,
    /// The digest of all names, types and looks.
    pub looks: Digest,
    /// The digest of all names, types and contents, if contents decide.
    pub content: Option<Digest>,
    /// The entries one by one.
    pub entries: Entries,
}

/// Where the entries of a tree are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entries {
    /// Here, just taken.
    Taken(Vec<u8>),
    /// In a side file.
    Kept(Kept),
    /// Nowhere: there were too many.
    Dropped,
}

/// A side file of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its number among the side files of its job.
    pub number: u64,
    /// Bytes.
    pub length: u64,
    /// The digest of its content.
    pub digest: Digest,
}

/// Where a walk starts.
pub(super) struct Roots {
    /// The directory, or all that a pattern matches.
    pub paths: Vec<PathBuf>,
    /// The digest of the texts of the links that led to the directory.
    pub links: Option<Digest>,
    /// Whether they are what a pattern matches.
    pub pattern: bool,
}

impl Roots {
    /// The directory `path`, which `links` led to.
    pub(super) fn directory(path: &Path, links: Option<Digest>) -> Self {
        Self {
            paths: vec![path.to_path_buf()],
            links,
            pattern: false,
        }
    }

    /// All that `pattern` matches.
    pub(super) fn matching(pattern: &Path) -> Result<Self, Error> {
        Ok(Self {
            paths: super::pattern::matches(pattern)?,
            links: None,
            pattern: true,
        })
    }
}

impl TreeRecord {
    pub(super) fn take(roots: &Roots, conditions: &Conditions) -> Result<Self, Error> {
        let now = (conditions.clock)();
        let by_content = conditions.method.is_by_content();
        let mut view = View::of_record(now, by_content, roots.links);
        walk(&roots.paths, conditions, &mut |entry| {
            if entry.look.kind == Kind::File && !by_content {
                disk::may_read(entry.path)?;
            }
            view.add(entry, None)
        })?;
        Ok(view.record(roots.pattern))
    }

    /// Returns whether this records what a pattern matched.
    pub(super) fn is_pattern(&self) -> bool {
        self.pattern
    }

    pub(super) fn compare(&self, roots: &Roots, conditions: &Conditions) -> Result<Comparison, Error> {
        let by_content = conditions.method.is_by_content();
        if by_content && self.content.is_none() {
            return Ok(Comparison::Different(Change::Undigested));
        }
        if conditions.method != Method::Paranoid
            && let Some(same) = self.compare_looks(roots, conditions)?
        {
            return Ok(same);
        }
        let now = (conditions.clock)();
        let old = self.old_entries(conditions);
        if by_content {
            let mut view = View::of_record(now, true, roots.links);
            let trusted = if conditions.method == Method::Paranoid {
                None
            } else {
                Some(&old)
            };
            walk(&roots.paths, conditions, &mut |entry| view.add(entry, trusted))?;
            let renewed = view.record(self.pattern);
            if renewed.content == self.content {
                return Ok(if renewed.young {
                    Comparison::Same
                } else {
                    Comparison::Renewed(Fingerprint::Tree(renewed))
                });
            }
            return Ok(Comparison::Different(Change::Entries(
                self.first_difference(&renewed, conditions),
            )));
        }
        let now = Self::take(roots, conditions)?;
        Ok(Comparison::Different(Change::Entries(
            self.first_difference(&now, conditions),
        )))
    }

    /// Returns the first path that differs between this record and `now`, where both know their entries.
    pub(super) fn first_difference(&self, now: &Self, conditions: &Conditions) -> Option<PathBuf> {
        self.old_entries(conditions)
            .first_difference(&now.old_entries(conditions))
    }

    /// Tells how the entry at `path` looked; nothing if the entries are not known.
    pub(super) fn entry(&self, path: &Path, conditions: &Conditions) -> Option<Seen> {
        let old = self.old_entries(conditions);
        (!old.is_empty()).then(|| old.seen(path))
    }

    /// Returns whether all looks as it did, with a renewed record if the old one holds young entries that are none any more.
    fn compare_looks(&self, roots: &Roots, conditions: &Conditions) -> Result<Option<Comparison>, Error> {
        // With the same entries young as then, so that equal digests mean equal looks.
        let mut then = View::of_looks(self.looked, self.content.is_some(), roots.links);
        // In the same walk: a file that is edited between two walks would be recorded as if it were the old one.
        let mut now = self.young.then(|| {
            let old = self.old_entries(conditions);
            (
                View::of_record((conditions.clock)(), self.content.is_some(), roots.links),
                old,
            )
        });
        walk(&roots.paths, conditions, &mut |entry| {
            if let Some((view, old)) = &mut now {
                view.add(entry, Some(old))?;
            }
            then.add(entry, None)
        })?;
        if then.looks.digest() != self.looks {
            return Ok(None);
        }
        let renewed = now.map(|(view, _)| view.record(self.pattern));
        Ok(Some(match renewed {
            // Without the old entries all was read again: what was edited before it was read is no renewal.
            Some(renewed) if !renewed.young && renewed.content == self.content => {
                Comparison::Renewed(Fingerprint::Tree(renewed))
            }
            _ => Comparison::Same,
        }))
    }

    pub(super) fn is_undisturbed(&self, roots: &Roots, conditions: &Conditions) -> Result<bool, Error> {
        let mut view = View::of_looks(self.looked, self.content.is_some(), roots.links);
        walk(&roots.paths, conditions, &mut |entry| view.add(entry, None))?;
        Ok(view.looks.digest() == self.looks)
    }

    fn old_entries(&self, conditions: &Conditions) -> Table {
        let bytes = match &self.entries {
            Entries::Taken(bytes) => Some(bytes.clone()),
            Entries::Kept(kept) => (conditions.kept)(kept).filter(|bytes| Digest::of(bytes) == kept.digest),
            Entries::Dropped => None,
        };
        Table::parse(&bytes.unwrap_or_default())
    }
}

/// What is gathered during one walk.
struct View {
    looked: Time,
    strict: bool,
    by_content: bool,
    young: bool,
    looks: Sum,
    contents: Sum,
    table: Option<Encoder>,
    buffer: Encoder,
}

impl View {
    /// Gathers looks alone: to compare them with those of a record, `strict` if that record is.
    fn of_looks(looked: Time, strict: bool, links: Option<Digest>) -> Self {
        let mut buffer = Encoder::default();
        buffer.optional(links.as_ref().map(|digest| &digest.0[..]));
        let mut looks = Sum::default();
        looks.add(buffer.encoded());
        let contents = looks.clone();
        Self {
            looked,
            strict,
            by_content: false,
            young: false,
            looks,
            contents,
            table: None,
            buffer,
        }
    }

    /// Gathers all that a record holds, contents too if they decide.
    fn of_record(looked: Time, by_content: bool, links: Option<Digest>) -> Self {
        Self {
            by_content,
            table: Some(Encoder::default()),
            ..Self::of_looks(looked, by_content, links)
        }
    }

    /// Adds `entry`, whose content counts among the looks if it was young when `self` looked.
    fn add(&mut self, entry: &Entry, trusted: Option<&Table>) -> Result<(), Error> {
        let is_file = entry.look.kind == Kind::File;
        let counts = is_file && (self.by_content || is_young(&entry.look, self.looked));
        let trusted = trusted.filter(|_| counts).and_then(|table| table.digest(entry));
        // The look that belongs to the content. The entry's may be of another file of its name: that of a directory which
        // another was put in the place of. No time of a file would show that the first one comes back.
        let (digest, look) = match trusted {
            None if counts => disk::hash(entry.path).map(|(digest, look)| (Some(digest), look))?,
            known => (known, entry.look),
        };
        let entry = &Entry { look, ..entry.clone() };
        let young = is_file && is_young(&look, self.looked);
        self.young |= young;
        let known = digest.as_ref().map(|digest| &digest.0[..]);
        self.buffer.clear();
        self.buffer.bytes(entry.path.as_os_str().as_encoded_bytes());
        write_nature(&mut self.buffer, entry);
        if self.by_content {
            self.contents.add(self.buffer.encoded());
        }
        if is_file {
            encode_times(&mut self.buffer, &look);
            if self.strict {
                self.buffer.count(look.inode).count(look.device);
            }
            self.buffer.optional(known.filter(|_| young));
        }
        self.looks.add(self.buffer.encoded());
        if self.by_content {
            self.buffer.clear();
            self.contents.add(self.buffer.optional(known).encoded());
        }
        if let Some(table) = &mut self.table {
            super::table::write(table, entry, digest.as_ref(), young);
            if table.encoded().len() > MOST_KEPT {
                self.table = None;
            }
        }
        Ok(())
    }

    fn record(self, pattern: bool) -> TreeRecord {
        TreeRecord {
            looked: self.looked,
            young: self.young,
            pattern,
            looks: self.looks.digest(),
            content: self.by_content.then(|| self.contents.digest()),
            entries: self
                .table
                .map_or(Entries::Dropped, |table| Entries::Taken(table.encoded().to_vec())),
        }
    }
}

/// A digest of many small pieces: they are hashed many at a time, as the processor likes it.
#[derive(Clone, Default)]
struct Sum {
    hasher: Hasher,
    pending: Vec<u8>,
}

impl Sum {
    /// So many bytes are hashed at once.
    const ENOUGH: usize = 32 * 1024;

    fn add(&mut self, piece: &[u8]) {
        self.pending.extend_from_slice(piece);
        if self.pending.len() >= Self::ENOUGH {
            self.hasher.update(&self.pending);
            self.pending.clear();
        }
    }

    fn digest(mut self) -> Digest {
        self.hasher.update(&self.pending).digest()
    }
}

#[cfg(all(test, unix))]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;
    use std::fs;

    /// Else the old looks would vouch for the new content: and no time of a file shows that what it lies in comes back.
    #[test]
    fn the_looks_and_the_content_of_a_file_are_of_one_moment_when_a_directory_is_exchanged_meanwhile() {
        let place = tempfile::tempdir().unwrap();
        let path = |name: &str| place.path().join(name);
        for (name, content) in [("now", "old"), ("other", "new")] {
            fs::create_dir(path(name)).unwrap();
            fs::write(path(name).join("f"), content).unwrap();
        }
        let conditions = Conditions {
            clock: || Time::default(),
            method: Method::Hash,
            left_out: &[],
            roots_left_out: false,
            one_file_system: false,
            kept: &|_| None,
            wait: disk::Wait::Allowed,
        };
        let roots = Roots::directory(&path("now"), None);
        let mut view = View::of_record(Time::default(), true, None);
        walk(&roots.paths, &conditions, &mut |entry| {
            if entry.look.kind == Kind::File {
                fs::rename(path("now"), path("before")).unwrap();
                fs::rename(path("other"), path("now")).unwrap();
            }
            view.add(entry, None)
        })
        .unwrap();
        assert_eq!(view.record(false), TreeRecord::take(&roots, &conditions).unwrap());
    }

    /// The stamps of before were made piece by piece.
    #[test]
    fn the_digest_of_many_pieces_is_that_of_all_of_them() {
        let bytes: Vec<u8> = (0..3 * Sum::ENOUGH)
            .map(|number| u8::try_from(number % 251).unwrap())
            .collect();
        for piece in [1, 100, Sum::ENOUGH - 1, Sum::ENOUGH, Sum::ENOUGH + 1, bytes.len()] {
            let mut sum = Sum::default();
            bytes.chunks(piece).for_each(|piece| sum.add(piece));
            assert_eq!(sum.digest(), Digest::of(&bytes), "{piece}");
        }
    }
}
