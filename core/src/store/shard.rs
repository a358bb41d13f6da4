//! The part of the store that a job's files lie in, open for writing.

use std::io;
use std::sync::{Arc, Mutex};

use super::layout::{Names, SHARD_LOCK};
use crate::digest::Digest;
use crate::disk::{self, FileLock, Folder, Holder, Kind, Look, Placed, Tried, Wait};
use crate::encoding::Encoder;
use crate::error::{Context as _, Error};
use crate::fingerprint::{Entries, Fingerprint, Kept};
use crate::job::{Code, JobKey};
use crate::stamp::{Cold, Entering, LARGEST, Stamp, StampFile, TagKey, longest_head, rows};

/// The part of the store that the files of one job lie in.
#[derive(Debug)]
pub struct Shard {
    pub(super) folder: Folder,
    names: Names,
    key: JobKey,
    /// A file for the next stamp, made beforehand.
    ready: Mutex<Option<Placed>>,
}

/// What becomes of stamps that cannot be read when others are forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// Where no other goes, they stay.
    Stays,
    /// They go: somebody else could read them, and believe what is no longer so.
    Goes,
}

/// The right to run a job while equal jobs wait. Dropping it lets them go on.
#[derive(Debug)]
pub struct Rights {
    lock: Option<FileLock>,
    shard: Arc<Shard>,
}

impl Drop for Rights {
    fn drop(&mut self) {
        if let Some(lock) = self.lock.take() {
            lock.remove(&self.shard.folder, &self.shard.names.lock());
        }
    }
}

impl Shard {
    /// Takes `folder` for the shard of `key`.
    pub(super) fn of(folder: Folder, key: &JobKey) -> Self {
        Self {
            folder,
            names: Names::of(key),
            key: *key,
            ready: Mutex::new(None),
        }
    }

    /// Tries to be the one that runs the job: `Err` names the process that runs it now.
    ///
    /// Where locks do not work, everybody may run.
    #[allow(clippy::missing_errors_doc)]
    pub fn claim(self: &Arc<Self>) -> Result<Rights, Holder> {
        match FileLock::attempt(&self.folder, &self.names.lock()) {
            Ok(Tried::Held(lock)) => {
                lock.sign();
                Ok(Rights {
                    lock: Some(lock),
                    shard: Arc::clone(self),
                })
            }
            Ok(Tried::Busy(holder)) => Err(holder),
            tried => {
                if matches!(tried, Ok(Tried::Unsupported)) {
                    // Nobody can hold it, and nobody would take it away.
                    let _ = self.folder.remove(&self.names.lock());
                }
                Ok(Rights {
                    lock: None,
                    shard: Arc::clone(self),
                })
            }
        }
    }

    /// Makes the file that the next stamp is written into, if it can be made so that a death leaves nothing of it.
    pub(crate) fn get_ready(&self) {
        if let Ok(mut ready) = self.ready.try_lock() {
            *ready = self.folder.begin_nameless().ok();
        }
    }

    /// Returns whether nobody has removed it since it was opened.
    pub(crate) fn is_there(&self) -> bool {
        self.folder.look().is_ok_and(|look| look.links > 0)
    }

    /// Makes a file without a name.
    pub(crate) fn scratch(&self) -> io::Result<std::fs::File> {
        self.begin()?.file().try_clone()
    }

    pub(super) fn begin(&self) -> io::Result<Placed> {
        self.folder.begin("side")
    }

    /// Publishes `placed` as a side file; returns its number and how it looks from now on.
    pub(super) fn publish_side(&self, mut placed: Placed, digest: &Digest) -> io::Result<(u64, Look)> {
        // Two variants with equal content keep a file each, since each goes by itself. So the number has to be free, and
        // one that no other file had: whoever is about to remove that one would remove this.
        let look = disk::look_of(placed.file())?;
        let mut own = Encoder::with_capacity(64);
        own.bytes(&digest.0).number(look.inode);
        own.number(look.changed.seconds.cast_unsigned())
            .number(look.changed.nanoseconds);
        let first = u64::from_le_bytes(Digest::of(own.encoded()).0[..8].try_into().unwrap_or_default());
        for number in (0..64).map(|attempt| first.wrapping_add(attempt)) {
            let name = self.names.side(number);
            match self.folder.name(&mut placed, &name) {
                // Only now: naming a file changes its change time.
                Ok(()) => match disk::look_of(placed.file()) {
                    Ok(look) => return Ok((number, look)),
                    Err(error) => {
                        let _ = self.folder.remove(&name);
                        return Err(error);
                    }
                },
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Publishes the entries of directories as side files.
    pub(crate) fn keep_entries(&self, stamp: &mut Stamp) -> io::Result<()> {
        use io::Write as _;
        for (_, fingerprint) in &mut stamp.dependencies {
            let Fingerprint::Tree(tree) = fingerprint else { continue };
            let Entries::Taken(bytes) = &tree.entries else { continue };
            let digest = Digest::of(bytes);
            let mut placed = self.begin()?;
            placed.write_all(bytes)?;
            let (number, _) = self.publish_side(placed, &digest)?;
            tree.entries = Entries::Kept(Kept {
                number,
                length: bytes.len() as u64,
                digest,
            });
        }
        Ok(())
    }

    /// Puts `stamp`, of a run of `code`, first in the job's stamp file, in place of those that give way to it; returns how many
    /// bytes the file has.
    ///
    /// # Errors
    /// The store is full or read-only; or there is no key for a stamp that needs a tag. What was there is there still.
    pub fn put(&self, stamp: &Stamp, cold: &Cold, code: Option<&Code>, tag_key: Option<&TagKey>) -> Result<u64, Error> {
        let entering = Entering {
            stamp,
            cold: Some(cold),
            replaces: &|old| old.gives_way_to(stamp, code),
        };
        // Two that rewrite at once would lose one of their stamps, no more: so nobody waits for long.
        let _lock = lock_briefly(&self.folder);
        self.read()
            .and_then(|(file, _)| self.rewrite(file, entering, tag_key))
            .context("write stamp", self.folder.path().join(self.names.stamp()))
    }

    /// Forgets the job's stamps that `goes` chooses, and what is `unreadable` (damaged, under another's key) if that is to go;
    /// returns how many of the former there were.
    ///
    /// # Errors
    /// The store is read-only.
    pub(crate) fn forget(
        &self,
        tag_key: Option<&TagKey>,
        unreadable: Unreadable,
        goes: impl Fn(&Stamp) -> bool,
    ) -> io::Result<u64> {
        if self.folder.look_at(&self.names.stamp())?.is_none() {
            return Ok(0);
        }
        let _lock = lock_briefly(&self.folder);
        let name = self.names.stamp();
        let Ok((mut file, Some(_))) = self.read() else {
            // What cannot be read now can perhaps be read, and believed, later.
            return match self.folder.look_at(&name)? {
                Some(look) if look.kind == Kind::File && unreadable == Unreadable::Goes => {
                    self.folder.remove(&name).map(|()| 0)
                }
                _ => Ok(0),
            };
        };
        let all = file.count();
        let gone = file.remove(&self.key, tag_key, goes);
        if gone.is_empty() && (unreadable == Unreadable::Stays || file.count() == all) {
            return Ok(0);
        }
        let publish = || self.folder.publish(&name, &file.encode(&self.key));
        if file.is_empty() {
            self.folder.remove(&name)?;
        } else if publish().or_else(|_| publish()).is_err() {
            // On a full disk, what has to go takes the others along.
            self.folder.remove(&name)?;
        }
        self.remove_side_files(&gone, &[]);
        Ok(gone.len() as u64)
    }

    /// Puts `renewed` in the place of `was`, unless somebody has rewritten the file since it looked like `seen`.
    pub(crate) fn renew(
        &self,
        was: &Stamp,
        renewed: &mut Stamp,
        seen: &Look,
        tag_key: Option<&TagKey>,
    ) -> io::Result<()> {
        let _lock = lock_briefly(&self.folder);
        let (file, look) = self.read()?;
        if look.is_none_or(|look| (look.inode, look.changed) != (seen.inode, seen.changed)) {
            return Ok(());
        }
        let kept = was.side_files();
        let written = self.keep_entries(renewed).and_then(|()| {
            let entering = Entering {
                stamp: renewed,
                cold: None,
                replaces: &|old| old == was,
            };
            self.rewrite(file, entering, tag_key)
        });
        if written.is_err() {
            self.remove_side_files(std::slice::from_ref(renewed), &kept);
        }
        written.map(drop)
    }

    fn rewrite(&self, mut file: StampFile, entering: Entering, tag_key: Option<&TagKey>) -> io::Result<u64> {
        let Some(gone) = file.add(&self.key, entering, tag_key) else {
            return Err(io::Error::other("there is no key to sign it with"));
        };
        let bytes = file.encode(&self.key);
        if bytes.len() as u64 > LARGEST {
            return Err(io::Error::other("it is too large: there are too many dependencies"));
        }
        let ready = self.ready.try_lock().ok().and_then(|mut ready| ready.take());
        let name = self.names.stamp();
        match ready {
            Some(placed) => self.folder.publish_in(placed, &name, &bytes)?,
            None => self.folder.publish(&name, &bytes)?,
        }
        self.remove_side_files(&gone, &entering.stamp.side_files());
        Ok(bytes.len() as u64)
    }

    /// Removes the side files of stamps that are gone, but not those in `kept`.
    fn remove_side_files(&self, gone: &[Stamp], kept: &[u64]) {
        for number in gone
            .iter()
            .flat_map(Stamp::side_files)
            .filter(|number| !kept.contains(number))
        {
            // What stays behind is swept later.
            let _ = self.folder.remove(&self.names.side(number));
        }
    }

    /// Reads the job's stamps and how their file looks; what cannot be read is replaced.
    ///
    /// # Errors
    /// This process has no memory or descriptors left: that says nothing of the file.
    fn read(&self) -> io::Result<(StampFile, Option<Look>)> {
        // Twice before it is given up for lost: what fails but once must not cost the stamps of other circumstances.
        let first = self.read_once();
        let is_there = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => Err(error),
            _ => self.read_once(),
        };
        match first.or_else(is_there) {
            Ok((file, look)) => Ok((file, Some(look))),
            Err(error) if disk::is_shortage(&error) => Err(error),
            Err(_) => Ok((StampFile::default(), None)),
        }
    }

    fn read_once(&self) -> io::Result<(StampFile, Look)> {
        let (file, look) = self.folder.open_own(&self.names.stamp(), Wait::Allowed)?;
        // The head first: a file that claims to be enormous is no reason to set memory aside.
        let head = disk::read_from_start(&file, longest_head(), Wait::Allowed)?;
        let bytes = match (rows(&self.key, &head, look.size), usize::try_from(look.size)) {
            (Some(_), Ok(size)) => disk::read_from_start(&file, size, Wait::Allowed)?,
            _ => Vec::new(),
        };
        Ok((StampFile::parse(&self.key, &bytes), look))
    }

    /// Removes side files that were published for a stamp that is not to be.
    pub(crate) fn discard(&self, stamp: &Stamp) {
        self.remove_side_files(std::slice::from_ref(stamp), &[]);
    }
}

/// Locks the stamp files of a shard for a moment; without a lock its holder takes his chances.
pub(super) fn lock_briefly(folder: &Folder) -> Option<FileLock> {
    // Some tenths of a second: with fewer tries, many that store at once lose parts of each other's stamps.
    for _ in 0..20_000 {
        match FileLock::attempt(folder, SHARD_LOCK.as_ref()) {
            Ok(Tried::Held(lock)) => return Some(lock),
            Ok(Tried::Busy(_)) => std::thread::yield_now(),
            Ok(Tried::Unsupported) | Err(_) => return None,
        }
    }
    None
}
