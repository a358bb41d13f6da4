//! The store in a local directory: finding what is there.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::found::Found;
use super::layout::{self, MARKS, Names};
use super::shard::Shard;
use crate::disk::{self, Folder, Kind, Look, Wait};
use crate::error::{Context as _, Error, Shown};
use crate::job::JobKey;

/// An open store that is the user's own.
#[derive(Debug)]
pub struct Store {
    root: Folder,
    /// Whether it is surely on this machine; else it is asked once.
    near: bool,
    far: OnceLock<bool>,
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
                near: Folder::is_surely_near(&look),
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
        if self.near {
            return false;
        }
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

    /// Returns where the store in `directory` is, or would be.
    #[must_use]
    pub fn root_path(directory: &Path) -> PathBuf {
        layout::root(directory)
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
        Found::open(&self.root, &name, key, wait).context("read stamp", self.root.path().join(&name))
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
