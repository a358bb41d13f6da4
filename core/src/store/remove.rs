//! The going of what is let go, beside others who read and write: nothing goes that is newer than the look at it.

use std::ffi::OsStr;

use super::layout;
use super::local::Store;
use super::measure::{Group, LITTER_AGE, Stats, last_touched};
use super::shard::lock_briefly;
use crate::disk::{Folder, Look, Time};
use crate::stamp::TagKey;

/// With what things are removed.
pub(super) struct Removing<'a> {
    /// The shard.
    pub(super) folder: &'a Folder,
    pub(super) now: Time,
    pub(super) tag_key: Option<&'a TagKey>,
}

impl Store {
    /// Removes `group`, of the shard with this `number`, and notes in `swept` what went.
    pub(super) fn remove(&self, number: u8, group: &Group, removing: &Removing, swept: &mut Stats) {
        let folder = removing.folder;
        // Whoever rewrites the stamp holds this lock too. Where there is none to be had, a stamp that has just been written
        // may go: a run more.
        let _lock = lock_briefly(folder);
        let awaited = self.awaited(number, group, removing);
        if let Some(measured) = group.stamp {
            match folder.look_at(&group.name) {
                // Used or rewritten since it was measured.
                Ok(Some(look)) if look != measured => return,
                // The stamp first: a reader that has it open keeps it, everybody else must not find half.
                Ok(Some(_)) if folder.remove(&group.name).is_ok() => {
                    swept.bytes = measured.size.saturating_add(swept.bytes);
                    swept.stamps += 1;
                }
                // Somebody else's sweep was here, and removes the rest.
                _ => return,
            }
        }
        for (name, look) in &group.sides {
            if !awaited.contains(&name.as_os_str()) && folder.remove(name).is_ok() {
                swept.bytes = look.size.saturating_add(swept.bytes);
            }
        }
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

/// Returns whether nobody will name a file any more that looks like this.
fn is_old(look: &Look, now: Time) -> bool {
    now.seconds_since(last_touched(look)) > LITTER_AGE
}
