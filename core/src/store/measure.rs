//! How much lies in a store.

use std::collections::{BTreeMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::io;

use super::layout::{self, Named};
use super::local::Store;
use crate::disk::{FileLock, Folder, Time, Tried};

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
    /// Their names, the stamp file first.
    pub(super) names: Vec<OsString>,
    pub(super) bytes: u64,
    pub(super) used: Time,
    pub(super) has_stamp: bool,
}

impl Stats {
    /// Adds what is in `group`.
    pub(super) fn count(&mut self, group: &Group) {
        self.bytes = self.bytes.saturating_add(group.bytes);
        self.stamps += u64::from(group.has_stamp);
    }
}

impl Store {
    /// Measures the whole store, and changes nothing.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn stats(&self) -> io::Result<Stats> {
        let mut stats = Stats::default();
        for folder in self.shards() {
            for group in measure(&folder, None, &|| true)? {
                stats.count(&group);
            }
        }
        Ok(stats)
    }
}

/// Looks at all that lies in a shard; where `now` is given, removes what crashes left.
pub(super) fn measure(folder: &Folder, now: Option<Time>, in_time: &dyn Fn() -> bool) -> io::Result<Vec<Group>> {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    let names = folder.list(OsStr::new("."))?;
    // From the names alone, so that running out of time never makes an orphan of a side file.
    let is_stamp = |name: &&OsString| name.to_str().is_some_and(|text| layout::named(text) == Named::Stamp);
    let stamps: HashSet<OsString> = names.iter().filter(is_stamp).cloned().collect();
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
        let Ok(Some(look)) = folder.look_at(&name) else {
            continue;
        };
        let last_touched = look.modified.max(look.changed);
        let is_litter = now.is_some_and(|now| now.seconds_since(last_touched) > LITTER_AGE);
        let (stamp, is_stamp) = match kind {
            Named::Stamp => (text.to_owned(), true),
            Named::Side(stamp) => (stamp, false),
            Named::Temporary if is_litter => {
                let _ = folder.remove(&name);
                continue;
            }
            Named::Lock if is_litter => {
                if let Ok(Tried::Held(lock)) = FileLock::attempt(folder, &name) {
                    lock.remove(folder, &name);
                }
                continue;
            }
            _ => continue,
        };
        let has_stamp = stamps.contains(OsStr::new(&stamp));
        let empty = || Group {
            names: Vec::new(),
            bytes: 0,
            used: last_touched,
            has_stamp,
        };
        let group = groups.entry(stamp).or_insert_with(empty);
        // A file without blocks can have any size.
        group.bytes = group.bytes.saturating_add(look.size);
        if is_stamp {
            group.names.insert(0, name);
            group.used = look.modified;
        } else {
            group.names.push(name);
        }
    }
    Ok(groups.into_values().collect())
}
