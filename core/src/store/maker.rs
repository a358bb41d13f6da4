//! Which job made a file last that several declare as their output.
//!
//! Two jobs may write the same file: one compiler with two sets of options, one generator under two inputs. Once the second
//! has run, the stamp of the first must not speak any more, though the file is there. So whoever made an output is written
//! down, in a small file of the store that is named after the output; the job that is about to write it finds there whose
//! stamps it has to forget. Only runs look here: a hit never does.

use std::ffi::OsStr;
use std::io;
use std::path::Path;

use super::layout::{self, Named, Names};
use super::local::Store;
use super::measure::LITTER_AGE;
use crate::digest::checksum;
use crate::disk::{self, Folder, Time, Wait};
use crate::error::{Context as _, Error};
use crate::job::JobKey;
use crate::stamp::TagKey;

/// Two keys and a checksum.
const LENGTH: usize = 32 + 32 + 16;

/// The jobs that made a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Makers {
    /// The last one.
    pub(crate) last: JobKey,
    /// The one before it, if there was another.
    pub(crate) before: Option<JobKey>,
}

/// What is written down of who made a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Record {
    /// Nothing.
    Nobody,
    /// These.
    Made(Makers),
    /// Something that cannot be read any more: it may have been anybody.
    Damaged,
}

impl Record {
    /// Returns who made it, as far as that is known.
    pub(crate) fn makers(self) -> Option<Makers> {
        match self {
            Self::Made(makers) => Some(makers),
            Self::Nobody | Self::Damaged => None,
        }
    }
}

impl Makers {
    pub(crate) fn encode(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.extend(self.last.as_bytes());
        bytes.extend(self.before.unwrap_or(self.last).as_bytes());
        let seal = checksum(&bytes);
        bytes.extend(seal);
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (keys, seal) = bytes.split_at_checked(64)?;
        if checksum(keys) != *seal {
            return None;
        }
        let last = JobKey::from_bytes(keys[..32].try_into().ok()?);
        let before = JobKey::from_bytes(keys[32..].try_into().ok()?);
        Some(Self {
            last,
            before: Some(before).filter(|before| *before != last),
        })
    }
}

impl Store {
    /// Returns what is written down of who made `output`, an absolute path.
    pub(crate) fn makers(&self, output: &Path) -> Record {
        let name = Names::of_output(output).maker_below_root();
        let file = match self.root().open_own(&name, Wait::Allowed) {
            Ok((file, _)) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Record::Nobody,
            Err(_) => return Record::Damaged,
        };
        let bytes = disk::read_from_start(&file, LENGTH + 1, Wait::Allowed).ok();
        let makers = bytes.and_then(|bytes| Makers::decode(&bytes));
        makers.map_or(Record::Damaged, Record::Made)
    }

    /// Notes that what is written down of `output` is still of use. What cannot be noted is left.
    pub(crate) fn touch_makers(&self, output: &Path) {
        let name = Names::of_output(output).maker_below_root();
        if let Ok((file, _)) = self.root().open_own(&name, Wait::Allowed) {
            let _ = disk::touch(&file);
        }
    }

    /// Writes down who made `output`.
    ///
    /// # Errors
    /// The store is full or read-only.
    pub(crate) fn note_makers(&self, output: &Path, makers: Makers) -> Result<(), Error> {
        let names = Names::of_output(output);
        let folder = self.folder(&names.shard());
        let noted = folder.and_then(|folder| folder.publish(&names.maker(), &makers.encode()));
        noted.context("write in the store", self.root().path().join(names.shard()))
    }

    /// Removes from a shard what is said of makers that nothing is remembered of.
    pub(super) fn sweep_makers(&self, folder: &Folder, now: Time) {
        for name in folder.list(OsStr::new(".")).unwrap_or_default() {
            let is_maker = |text: &str| layout::named(text) == Named::Maker;
            if !name.to_str().is_some_and(is_maker) {
                continue;
            }
            // A running process writes it down before its stamp.
            let Ok((file, look)) = folder.open_own(&name, Wait::Allowed) else {
                continue;
            };
            if now.seconds_since(look.modified.max(look.changed)) <= LITTER_AGE {
                continue;
            }
            let Ok(bytes) = disk::read_from_start(&file, LENGTH + 1, Wait::Allowed) else {
                continue;
            };
            let last = Makers::decode(&bytes).map(|makers| makers.last);
            if last.is_none_or(|last| matches!(self.look_at_stamp(&last), Ok(None))) {
                let _ = folder.remove(&name);
            }
        }
    }

    /// Forgets what the job `key` is remembered to have left in `output`: each of its stamps that names it.
    ///
    /// # Errors
    /// The store is read-only.
    pub(crate) fn forget_output(&self, key: &JobKey, output: &Path, tag_key: Option<&TagKey>) -> io::Result<u64> {
        let Some(shard) = self.existing_shard(key)? else {
            return Ok(0);
        };
        shard.forget(tag_key, |stamp| stamp.outputs.iter().any(|one| one == output))
    }

    /// Forgets what any job is remembered to have left in `output`. Reads every stamp in the store.
    ///
    /// # Errors
    /// The store cannot be read, or is read-only.
    pub(crate) fn forget_output_of_all(&self, output: &Path, tag_key: Option<&TagKey>) -> io::Result<u64> {
        self.forget_where(tag_key, |stamp| stamp.outputs.iter().any(|one| one == output))
    }
}
