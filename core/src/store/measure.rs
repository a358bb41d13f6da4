//! How much lies in a store.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::sync::{Mutex, PoisonError};

use super::layout::{self, Named};
use super::local::Store;
use crate::disk::{FileLock, Folder, Look, Time, Tried};

/// Litter younger than this may belong to a running process.
pub(super) const LITTER_AGE: u64 = 3600;

/// How much lies in a store, or went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Stamp files: jobs that are remembered.
    pub stamps: u64,
    /// Bytes, with those of their side files.
    pub bytes: u64,
}

/// A stamp file with its side files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// The name that the stamp file has, or would have.
    pub(super) name: OsString,
    pub(super) stamp: Option<Look>,
    pub(super) sides: Vec<(OsString, Look)>,
}

impl Group {
    /// Returns how many bytes it has. A file without blocks can have any size.
    pub(super) fn bytes(&self) -> u64 {
        let sides = self.sides.iter().map(|(_, look)| look.size);
        let stamp = self.stamp.iter().map(|look| look.size);
        stamp.chain(sides).fold(0, u64::saturating_add)
    }

    /// Returns when it was last used; side files alone, when the last of them was touched.
    pub(super) fn used(&self) -> Time {
        let sides = || self.sides.iter().map(|(_, look)| last_touched(look)).max();
        let used = self.stamp.map(|look| look.modified);
        used.or_else(sides).unwrap_or_default()
    }
}

/// Returns when anything about a file was last changed, its content or its name.
pub(super) fn last_touched(look: &Look) -> Time {
    look.modified.max(look.changed)
}

impl Stats {
    /// Adds up `groups`.
    pub(super) fn of<'a>(groups: impl Iterator<Item = &'a Group>) -> Self {
        let mut stats = Self::default();
        for group in groups {
            stats.stamps += u64::from(group.stamp.is_some());
            stats.bytes = group.bytes().saturating_add(stats.bytes);
        }
        stats
    }

    pub(super) fn add(&mut self, other: Self) {
        self.stamps += other.stamps;
        self.bytes = self.bytes.saturating_add(other.bytes);
    }
}

impl Store {
    /// Measures the whole store, and changes nothing.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn stats(&self) -> io::Result<Stats> {
        let stats = Mutex::new(Stats::default());
        self.each_shard("measuring", &|_, folder| {
            let listed = folder.list(OsStr::new("."))?;
            let met = listed.len();
            let of_shard = Stats::of(measure(folder, listed, None, &|| true).iter());
            stats.lock().unwrap_or_else(PoisonError::into_inner).add(of_shard);
            Ok(met)
        })?;
        Ok(stats.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Looks at all that was `listed` in a shard; where `now` is given, removes what crashes left.
pub(super) fn measure(
    folder: &Folder,
    listed: Vec<OsString>,
    now: Option<Time>,
    in_time: &dyn Fn() -> bool,
) -> Vec<Group> {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    let mut names = listed;
    // Stamps first, so that running out of time never makes an orphan of a side file.
    let is_stamp = |name: &OsString| name.to_str().is_some_and(|text| layout::named(text) == Named::Stamp);
    names.sort_by_cached_key(|name| !is_stamp(name));
    let mut unseen = Vec::new();
    for name in names {
        if !in_time() {
            break;
        }
        let Some(text) = name.to_str() else { continue };
        let kind = layout::named(text);
        if kind == Named::Foreign {
            continue;
        }
        // What vanished meanwhile is somebody else's sweep.
        let look = match folder.look_at(&name) {
            Ok(Some(look)) => look,
            Ok(None) => continue,
            Err(_) => {
                unseen.push(text.to_owned());
                continue;
            }
        };
        let idle = now.map_or(0, |now| now.seconds_since(last_touched(&look)));
        let stamp = match kind {
            Named::Stamp => text.to_owned(),
            Named::Side(ref stamp) => stamp.clone(),
            Named::Temporary | Named::Lock => {
                remove_litter(folder, &name, &kind, idle);
                continue;
            }
            Named::Maker | Named::Foreign => continue,
        };
        let group = groups.entry(stamp).or_insert_with_key(|stamp| Group {
            name: stamp.into(),
            stamp: None,
            sides: Vec::new(),
        });
        if kind == Named::Stamp {
            group.stamp = Some(look);
        } else {
            group.sides.push((name, look));
        }
    }
    // The side files of a stamp that cannot be looked at are no orphans.
    for stamp in unseen {
        groups.remove(&stamp);
    }
    groups.into_values().collect()
}

/// Removes a file that nobody has touched for `idle` seconds, if nobody holds it.
fn remove_litter(folder: &Folder, name: &OsStr, kind: &Named, idle: u64) {
    if idle <= LITTER_AGE {
        return;
    }
    match FileLock::attempt(folder, name) {
        Ok(Tried::Held(lock)) => lock.remove(folder, name),
        // Nobody can hold it; or nobody can tell, and a day has to do.
        Ok(Tried::Unsupported) if *kind == Named::Lock || idle > 24 * LITTER_AGE => {
            let _ = folder.remove(name);
        }
        Ok(Tried::Unsupported | Tried::Busy(_)) | Err(_) => {}
    }
}
