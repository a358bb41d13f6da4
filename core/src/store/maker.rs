//! Which job made a file last that several declare as their output.
//!
//! Two jobs may write the same file: one compiler with two sets of options, one generator under two inputs. Once the second
//! has run, the stamp of the first must not speak any more, though the file is there. So whoever made an output is written
//! down, in a small file of the store that is named after the output; the job that is about to write it finds there whose
//! stamps it has to forget. Only runs look here: a hit never does.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use super::layout::{self, Named, Names};
use super::local::Store;
use super::measure::LITTER_AGE;
use super::shard::{Unreadable, lock_briefly};
use crate::digest::checksum;
use crate::disk::{self, Folder, Time, Wait};
use crate::error::{Context as _, Error};
use crate::job::JobKey;
use crate::stamp::TagKey;

/// Two keys, two numbers and a checksum.
const LENGTH: usize = 32 + 32 + 8 + 8 + 16;

/// The jobs that made a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Makers {
    /// The last one.
    pub(crate) last: JobKey,
    /// The one before it, if there was another.
    pub(crate) before: Option<JobKey>,
    /// How many times the file was made.
    times: u64,
    /// The last of these times at which another than the last one made it.
    others: u64,
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

    /// Reads the record `name` in `folder`.
    pub(super) fn read(folder: &Folder, name: &OsStr) -> Self {
        let file = match folder.open_own(name, Wait::Allowed) {
            Ok((file, _)) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Self::Nobody,
            Err(_) => return Self::Damaged,
        };
        let bytes = disk::read_from_start(&file, LENGTH + 1, Wait::Allowed).ok();
        let makers = bytes.and_then(|bytes| Makers::decode(&bytes));
        makers.map_or(Self::Damaged, Self::Made)
    }
}

impl Makers {
    /// Returns what is to be written down when `key` has made the file that `until_now` tells of.
    fn after(until_now: Option<Self>, key: &JobKey) -> Self {
        let times = until_now.map_or(0, |makers| makers.times);
        let (before, others) = match until_now {
            Some(makers) if makers.last == *key => (makers.before, makers.others),
            other => (other.map(|makers| makers.last), times),
        };
        Self {
            last: *key,
            before,
            times: times.saturating_add(1),
            others,
        }
    }

    /// Returns whether another job than `key` has made the file since it was as `then`, going by what is written down `now`.
    pub(crate) fn has_another_since(then: Option<Self>, now: Option<Self>, key: &JobKey) -> bool {
        let times = then.map_or(0, |makers| makers.times);
        now.is_some_and(|now| {
            let last_by_another = if now.last == *key { now.others } else { now.times };
            // Fewer than there were: it was lost meanwhile, and begun anew.
            last_by_another > times || now.times < times
        })
    }

    pub(crate) fn encode(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.extend(self.last.as_bytes());
        bytes.extend(self.before.unwrap_or(self.last).as_bytes());
        bytes.extend(self.times.to_le_bytes());
        bytes.extend(self.others.to_le_bytes());
        let seal = checksum(&bytes);
        bytes.extend(seal);
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (text, seal) = bytes.split_at_checked(LENGTH - 16)?;
        if checksum(text) != *seal {
            return None;
        }
        let last = JobKey::from_bytes(text[..32].try_into().ok()?);
        let before = JobKey::from_bytes(text[32..64].try_into().ok()?);
        let number = |from: usize| text[from..from + 8].try_into().ok().map(u64::from_le_bytes);
        Some(Self {
            last,
            before: Some(before).filter(|before| *before != last),
            times: number(64)?,
            others: number(72)?,
        })
    }
}

impl Store {
    /// Returns what is written down of who made `output`, a settled path.
    pub(crate) fn makers(&self, output: &Path) -> Record {
        let name = Names::of_output(output).maker_below_root();
        // Twice: what fails but once is no damage.
        match Record::read(self.root(), &name) {
            Record::Damaged => Record::read(self.root(), &name),
            record => record,
        }
    }

    /// Notes that what is written down of `output` is still of use. What cannot be noted is left.
    pub(crate) fn touch_makers(&self, output: &Path) {
        let name = Names::of_output(&disk::settled(output)).maker_below_root();
        if let Ok((file, _)) = self.root().open_own(&name, Wait::Allowed) {
            let _ = disk::touch(&file);
        }
    }

    /// Writes down that `key` made `output` last; returns what was written down until now. Of all who do so at the same time, each meets
    /// the one before it.
    ///
    /// # Errors
    /// The store is full or read-only.
    pub(crate) fn note_maker(&self, output: &Path, key: &JobKey) -> Result<Record, Error> {
        let names = Names::of_output(output);
        let noted = self.folder(&names.shard()).and_then(|folder| {
            let _lock = lock_briefly(&folder);
            let until_now = self.makers(output);
            // Although it may say so already: what was written just now is not swept.
            let makers = Makers::after(until_now.makers(), key);
            folder.publish(&names.maker(), &makers.encode())?;
            Ok(until_now)
        });
        noted.context("write in the store", self.root().path().join(names.shard()))
    }

    /// Removes from a shard, of what was `listed` there, what is said of makers that nothing is remembered of.
    pub(super) fn sweep_makers(&self, folder: &Folder, listed: &[OsString], now: Time) {
        for name in listed {
            let is_maker = |text: &str| layout::named(text) == Named::Maker;
            if name.to_str().is_some_and(is_maker) && self.is_idle_maker(folder, name, now) {
                let _lock = lock_briefly(folder);
                // Once more, since its job may just have run again.
                if self.is_idle_maker(folder, name, now) {
                    let _ = folder.remove(name);
                }
            }
        }
    }

    /// Returns whether nothing is remembered any more of what the record `name` tells.
    fn is_idle_maker(&self, folder: &Folder, name: &OsStr, now: Time) -> bool {
        let Ok((file, look)) = folder.open_own(name, Wait::Allowed) else {
            return false;
        };
        // A running process writes it down before its stamp.
        if now.seconds_since(look.modified.max(look.changed)) <= LITTER_AGE {
            return false;
        }
        let Ok(bytes) = disk::read_from_start(&file, LENGTH + 1, Wait::Allowed) else {
            return false;
        };
        Makers::decode(&bytes).is_none_or(|makers| matches!(self.look_at_stamp(&makers.last), Ok(None)))
    }

    /// Forgets what the job `key` is remembered to have left in `output`: each of its stamps that names it, or that cannot be
    /// read.
    ///
    /// # Errors
    /// The store is read-only.
    pub(crate) fn forget_output(&self, key: &JobKey, output: &Path, tag_key: Option<&TagKey>) -> io::Result<u64> {
        let Some(shard) = self.existing_shard(key)? else {
            return Ok(0);
        };
        shard.forget(tag_key, Unreadable::Goes, |stamp| is_among(&stamp.outputs, output))
    }

    /// Forgets what any job is remembered to have left in `output`. Reads every stamp in the store.
    ///
    /// # Errors
    /// The store cannot be read, or is read-only.
    pub(crate) fn forget_output_of_all(&self, output: &Path, tag_key: Option<&TagKey>) -> io::Result<u64> {
        self.forget_where(tag_key, &|stamp| is_among(&stamp.outputs, output))
    }
}

/// Returns whether `output`, a settled path, is one of `outputs`.
fn is_among(outputs: &[PathBuf], output: &Path) -> bool {
    let is_it = |one: &PathBuf| one.file_name() == output.file_name() && disk::settled(one) == output;
    outputs.iter().any(is_it)
}
