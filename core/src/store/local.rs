//! The store in a local directory: finding what is there.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::layout::{self, MARKS, Names};
use super::shard::Shard;
use crate::disk::{self, Folder, Kind, Look, Wait};
use crate::error::{Context as _, Error, Shown};
use crate::job::JobKey;
use crate::stamp::{Cold, Listed, Range, Row, Stamp, TagKey, longest_head, rows};

/// Bytes of a stamp file that are read in one go: enough for nearly all.
const FIRST_READ: usize = 64 * 1024;

/// An open store that is the user's own.
#[derive(Debug)]
pub struct Store {
    root: Folder,
    far: OnceLock<bool>,
}

/// A job's stamp file, open.
#[derive(Debug)]
pub struct Found {
    key: JobKey,
    file: File,
    look: Look,
    start: Vec<u8>,
    rows: Vec<Row>,
    wait: Wait,
}

/// Whether a stamp is as it was written.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // Each is looked at and let go.
pub(super) enum Soundness {
    /// It is.
    Whole(Stamp),
    /// It is not.
    Damaged,
    /// It is not, or it was signed with another key than the one that was given.
    OtherKey,
    /// It is signed, and no key was given.
    Unchecked,
}

/// The side files of a job.
#[derive(Clone, Copy, Debug)]
pub struct Sides<'a> {
    /// The store.
    pub store: &'a Store,
    /// The job's key.
    pub key: &'a JobKey,
    /// Whether opening them may wait.
    pub wait: Wait,
}

impl Store {
    /// Opens the store in `directory`; `None` if there is none yet.
    ///
    /// # Errors
    /// Something else has its name, it cannot be read, or another user has a hand in it.
    pub fn open(directory: &Path) -> Result<Option<Self>, Error> {
        let path = layout::root(directory);
        let opened = Folder::open(&path);
        // In a shared place, `directory` itself could be another user's link to a directory of ours.
        if let Some(owner) = disk::foreign_link(directory) {
            return Err(Error::Untrusted {
                path: directory.to_path_buf(),
                why: format!("a symbolic link of uid {owner}"),
            });
        }
        match opened {
            Ok(root) => Self::trusted(root).map(Some),
            Err(_) if !disk::is_one_user() => Err(Error::BorrowedRights),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(match (disk::look(directory), disk::look_at_link(&path)) {
                (Ok(Some(look)), _) if look.kind != Kind::Directory => Error::NotADirectory(directory.to_path_buf()),
                (_, Ok(Some(look))) if look.kind != Kind::Directory => Error::Untrusted {
                    path,
                    why: look.kind.noun().to_owned(),
                },
                _ => Error::Io {
                    intent: "open the store",
                    path,
                    source: error,
                },
            }),
        }
    }

    fn trusted(root: Folder) -> Result<Self, Error> {
        if root.is_borrowed() {
            return Err(Error::BorrowedRights);
        }
        let look = root.look().context("look at the store", root.path())?;
        match root.trust(&look) {
            Ok(()) => Ok(Self {
                root: root.shared_as(&look),
                far: OnceLock::new(),
            }),
            Err(why) => Err(Error::Untrusted {
                path: root.path().to_path_buf(),
                why,
            }),
        }
    }

    /// Opens the store in `directory` and makes it, and all directories above it, if need be.
    ///
    /// # Errors
    /// As [`Store::open`]; a directory above it is writable by all, so that anybody could put another in its place.
    #[cold]
    pub fn make(directory: &Path) -> Result<Self, Error> {
        if let Some(store) = Self::open(directory)? {
            return Ok(store);
        }
        if let Some((path, owner)) = disk::foreign_parent(directory)? {
            return Err(Error::Untrusted {
                path,
                why: format!("in a directory owned by uid {owner}"),
            });
        }
        let path = layout::root(directory);
        let made = disk::make_directories(directory).and_then(|()| {
            disk::distrust_parents(directory)?.map_or(Ok(()), |parent| {
                Err(io::Error::new(
                    io::ErrorKind::PermissionDenied,
                    format!("`{}` is writable by all", Shown::path(&parent)),
                ))
            })?;
            Folder::make(&path)
        });
        made.map_err(|source| match disk::look(directory) {
            Ok(Some(look)) if look.kind != Kind::Directory => Error::NotADirectory(directory.to_path_buf()),
            _ => Error::Io {
                intent: "make the store",
                path: path.clone(),
                source,
            },
        })?;
        let store = Self::trusted(Folder::open(&path).context("open the store", &path)?)?;
        for (name, text) in MARKS {
            // Courtesies to others: the store works without them.
            let _ = store.root.publish(OsStr::new(name), text.as_bytes());
        }
        Ok(store)
    }

    /// Returns whether another machine, or a process, stands behind its file system, so that anything may take long.
    #[must_use]
    pub fn is_far(&self) -> bool {
        // Asked by each that finds it unasked: nobody waits for a thread that may be gone since a fork.
        self.far.get().copied().unwrap_or_else(|| {
            let far = self.root.is_far();
            let _ = self.far.set(far);
            far
        })
    }

    /// Returns whether this is still a store that may be used: one look at the open directory.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.root
            .look()
            .is_ok_and(|look| look.links > 0 && self.root.trust(&look).is_ok() && self.root.is_shared_as(&look))
    }

    /// Returns whether its name still leads to it: it may have been moved away, or another file system stands before it.
    #[cold]
    #[must_use]
    pub fn is_in_place(&self) -> bool {
        match (self.root.look(), disk::look_at_link(self.root.path())) {
            (Ok(ours), Ok(Some(named))) => (ours.inode, ours.device) == (named.inode, named.device),
            (_, Ok(None)) => false,
            // Whatever fails says nothing of where it is.
            _ => true,
        }
    }

    /// Returns where the stamps of `key` are, or would be.
    #[must_use]
    pub fn stamp_path(directory: &Path, key: &JobKey) -> PathBuf {
        layout::root(directory).join(Names::of(key).stamp_below_root())
    }

    /// Returns how the stamp file of `key` looks; `None` if there is none.
    ///
    /// # Errors
    /// The file system fails.
    pub fn look_at_stamp(&self, key: &JobKey) -> io::Result<Option<Look>> {
        self.root.look_at(&Names::of(key).stamp_below_root())
    }

    /// Opens the stamp file of `key`; `None` if there is none.
    ///
    /// # Errors
    /// There is something, but it is damaged or not ours: as good as none, and worth one word. It may not `wait`, and would
    /// have to.
    pub fn find(&self, key: &JobKey, wait: Wait) -> Result<Option<Found>, Error> {
        let name = Names::of(key).stamp_below_root();
        let path = || self.root.path().join(&name);
        let (file, look) = match self.root.open_own(&name, wait) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).context("read stamp", path()),
        };
        let length = usize::try_from(look.size)
            .unwrap_or(usize::MAX)
            .min(FIRST_READ.max(longest_head()));
        let start = disk::read_from_start(&file, length, wait).context("read stamp", path())?;
        match rows(key, &start, look.size) {
            Some(rows) => Ok(Some(Found {
                key: *key,
                file,
                look,
                start,
                rows,
                wait,
            })),
            None => Err(damaged()).context("read stamp", path()),
        }
    }

    /// Opens the shard of `key` for writing, and makes it if need be.
    ///
    /// # Errors
    /// The store is read-only or full.
    pub fn shard(&self, key: &JobKey) -> Result<Arc<Shard>, Error> {
        let name = Names::of(key).shard();
        let folder = self.folder(&name);
        let folder = folder.context("write in the store", self.root.path().join(&name))?;
        Ok(Arc::new(Shard::of(folder, key)))
    }

    /// Opens the shard `name`, and makes it if need be.
    pub(super) fn folder(&self, name: &OsStr) -> io::Result<Folder> {
        match self.root.inside(name) {
            // Nearly always it is there.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.root.make_inside(name)?;
                self.root.inside(name)
            }
            opened => opened,
        }
    }

    /// Opens all shards that are there, one after the other.
    pub(super) fn shards(&self) -> impl Iterator<Item = Folder> {
        (0..=u8::MAX).filter_map(|number| self.root.inside(&layout::shard(number)).ok())
    }

    pub(super) fn root(&self) -> &Folder {
        &self.root
    }
}

impl Sides<'_> {
    /// Opens the side file `number`.
    ///
    /// # Errors
    /// It is gone, or not ours.
    pub fn open(&self, number: u64) -> io::Result<(File, Look)> {
        let name = Names::of(self.key).side_below_root(number);
        self.store.root.open_own(&name, self.wait)
    }
}

impl Found {
    /// Returns the stamps that can be read, newest first, each read when it is asked for. A damaged one is an error; so is
    /// one that is not `signed` although it has to be: anybody could have made it.
    pub fn stamps<'a>(
        &'a self,
        tag_key: Option<&'a TagKey>,
        signed: bool,
    ) -> impl Iterator<Item = io::Result<Stamp>> + 'a {
        (0..self.count()).map(move |number| self.whole(number, &self.bytes_of(number, signed)?, tag_key))
    }

    /// Returns how many stamps there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.rows.len()
    }

    /// Returns the bytes of stamp `number`, the newest being 0.
    ///
    /// # Errors
    /// They cannot be read; it is not `signed` although it has to be: anybody could have made it.
    pub(crate) fn bytes_of(&self, number: usize, signed: bool) -> io::Result<Cow<'_, [u8]>> {
        if signed && !self.rows[number].tagged {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "it is not signed with the user's own key",
            ));
        }
        self.bytes(self.rows[number].hot)
    }

    /// Reads stamp `number` from its `bytes`.
    ///
    /// # Errors
    /// It is damaged.
    pub(crate) fn whole(&self, number: usize, bytes: &[u8], tag_key: Option<&TagKey>) -> io::Result<Stamp> {
        self.rows[number].open(&self.key, bytes, tag_key).ok_or_else(damaged)
    }

    /// As [`Found::whole`], but for the dependencies: they are left where they are, after each path has been shown to `visit`.
    ///
    /// # Errors
    /// As [`Found::whole`].
    pub(crate) fn hot<'a>(
        &self,
        number: usize,
        bytes: &'a [u8],
        tag_key: Option<&TagKey>,
        visit: &mut dyn FnMut(&[u8]),
    ) -> io::Result<(Stamp, Listed<'a>)> {
        let opened = self.rows[number].open_hot(&self.key, bytes, tag_key, visit);
        opened.ok_or_else(damaged)
    }

    /// Returns what no hit needs of a stamp, the newest being number 0; nothing if that is damaged.
    #[must_use]
    pub fn cold(&self, number: usize) -> Option<Cold> {
        let row = self.rows.get(number)?;
        row.open_cold(&self.bytes(row.cold).ok()?)
    }

    /// Tells of each stamp whether it is as it was written, newest first: of all its bytes, those included that no hit
    /// needs.
    pub(super) fn soundness<'a>(&'a self, tag_key: Option<&'a TagKey>) -> impl Iterator<Item = Soundness> + 'a {
        self.rows.iter().map(move |row| {
            let hot = self.bytes(row.hot).ok();
            let cold = self.bytes(row.cold).ok();
            match hot.and_then(|bytes| row.open(&self.key, &bytes, tag_key)) {
                _ if !cold.is_some_and(|bytes| row.has_written_cold(&bytes)) => Soundness::Damaged,
                Some(stamp) => Soundness::Whole(stamp),
                None if !row.tagged => Soundness::Damaged,
                None if tag_key.is_some() => Soundness::OtherKey,
                None => Soundness::Unchecked,
            }
        })
    }

    /// Returns the bytes of a stretch of the file.
    fn bytes(&self, range: Range) -> io::Result<Cow<'_, [u8]>> {
        let length = usize::try_from(range.length).map_err(io::Error::other)?;
        let within = usize::try_from(range.offset)
            .ok()
            .and_then(|from| self.start.get(from..from.checked_add(length)?));
        if let Some(bytes) = within {
            return Ok(Cow::Borrowed(bytes));
        }
        // What is long is left to who may wait.
        if self.wait == Wait::Never && length > FIRST_READ {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let mut bytes = vec![0; length];
        disk::fill(&self.file, &mut bytes, range.offset, self.wait)?;
        Ok(Cow::Owned(bytes))
    }

    /// Returns the open file and how it looked.
    #[must_use]
    pub fn file(&self) -> (&File, &Look) {
        (&self.file, &self.look)
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it is damaged (checksum)")
}
