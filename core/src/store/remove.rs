//! The going of what is let go, beside others who read and write: nothing goes that is newer than the look at it.

use std::ffi::OsStr;
use std::io;

use super::layout;
use super::local::Store;
use super::measure::{Group, LITTER_AGE, Stats, last_touched};
use super::shard::lock_briefly;
use crate::disk::{Folder, Look, Time};
use crate::stamp::TagKey;

/// So many go under one lock: whoever writes meanwhile waits for it.
const AT_ONCE: usize = 32;

/// With what things are removed.
pub(super) struct Removing<'a> {
    /// The shard.
    pub(super) folder: &'a Folder,
    pub(super) now: Time,
    pub(super) tag_key: Option<&'a TagKey>,
    pub(super) used: Used,
}

/// What becomes of stamps that somebody uses meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Used {
    /// They stay: they are not the longest unused any more.
    Stays,
    /// They go, but for those that a run has written meanwhile.
    Goes,
}

impl Store {
    /// Removes `groups`, of the shard with this `number`, while it is `in_time`; adds up in `gone` what went.
    ///
    /// # Errors
    /// The store is read-only; what could go is gone.
    pub(super) fn remove(
        &self,
        number: u8,
        groups: &[&Group],
        removing: &Removing,
        in_time: &dyn Fn() -> bool,
        gone: &mut Stats,
    ) -> io::Result<()> {
        let mut trouble = Ok(());
        for some in groups.chunks(AT_ONCE) {
            // Whoever rewrites a stamp holds this lock too. Where there is none to be had, a stamp that has just been written
            // may go: a run more.
            let _lock = lock_briefly(removing.folder);
            for group in some {
                if !in_time() {
                    return trouble;
                }
                trouble = trouble.and(self.remove_group(number, group, removing, gone));
            }
        }
        trouble
    }

    fn remove_group(&self, number: u8, group: &Group, removing: &Removing, gone: &mut Stats) -> io::Result<()> {
        let folder = removing.folder;
        let awaited = self.awaited(number, group, removing);
        if let Some(measured) = group.stamp {
            // The stamp first: a reader that has it open keeps it, everybody else must not find half.
            let went = match folder.look_at(&group.name)? {
                // Used or rewritten since it was measured.
                Some(look) if !removing.used.lets_go(&look, &measured) => return Ok(()),
                Some(_) => folder.remove(&group.name),
                None => Err(io::ErrorKind::NotFound.into()),
            };
            match went {
                // Somebody else's sweep was here, and removes the rest.
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                went => went?,
            }
            gone.bytes = measured.size.saturating_add(gone.bytes);
            gone.stamps += 1;
        }
        for (name, look) in &group.sides {
            if !awaited.contains(&name.as_os_str()) && folder.remove(name).is_ok() {
                gone.bytes = look.size.saturating_add(gone.bytes);
            }
        }
        Ok(())
    }

    /// Returns the side files in `group` that a run may have made whose stamp is about to be written: those that are not
    /// old and that the stamp does not name, which is another run's and may be newer.
    fn awaited<'a>(&self, number: u8, group: &'a Group, removing: &Removing) -> Vec<&'a OsStr> {
        if group.stamp.is_none() {
            return Vec::new();
        }
        let young = group.sides.iter().filter(|(_, look)| !is_old(look, removing.now));
        let young: Vec<&OsStr> = young.map(|(name, _)| name.as_os_str()).collect();
        match group.name.to_str().and_then(|name| layout::key(number, name)) {
            Some(key) if !young.is_empty() => self.orphans(&key, &young, removing.tag_key).unwrap_or(young),
            _ => young,
        }
    }

    /// Removes the side files in `group`, of shard `number`, that no stamp of its job names and nobody is about to name.
    pub(super) fn remove_orphans(&self, number: u8, group: &Group, now: Time, tag_key: Option<&TagKey>) {
        let old = || group.sides.iter().filter(|(_, look)| is_old(look, now));
        let key = group.name.to_str().and_then(|name| layout::key(number, name));
        let (Some(_), Some(key), Some(_)) = (group.stamp, key, old().next()) else {
            return;
        };
        let Ok(folder) = self.root().inside(&layout::shard(number)) else {
            return;
        };
        let _lock = lock_briefly(&folder);
        let old: Vec<&OsStr> = old().map(|(name, _)| name.as_os_str()).collect();
        for orphan in self.orphans(&key, &old, tag_key).unwrap_or_default() {
            let _ = folder.remove(orphan);
        }
    }
}

impl Used {
    /// Returns whether a stamp file goes that looks like `look`, and looked as `measured` when that was decided.
    fn lets_go(self, look: &Look, measured: &Look) -> bool {
        match self {
            Self::Stays => look == measured,
            // A use only touches it; what is rewritten is another file.
            Self::Goes => (look.inode, look.device, look.size) == (measured.inode, measured.device, measured.size),
        }
    }
}

/// Returns whether nobody will name a file any more that looks like this.
fn is_old(look: &Look, now: Time) -> bool {
    now.seconds_since(last_touched(look)) > LITTER_AGE
}
