//! Letting old stamps go, of the whole store: the longest unused of all.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::sync::{Mutex, PoisonError};

use super::layout::{self, SHARDS};
use super::local::Store;
use super::measure::{Group, Stats, measure};
use super::plan::{Aim, Limits, plan};
use super::remove::{Removing, Used};
use super::sizes::{Sizes, all_bytes};
use crate::disk::{Clock, Time};
use crate::job::JobKey;
use crate::stamp::TagKey;

/// All that lies in a store, shard after shard.
struct Inventory {
    groups: Vec<Group>,
    /// Where the groups of each shard begin, and where the last one's end.
    first_of: Vec<usize>,
    /// What could not be looked at.
    trouble: io::Result<()>,
}

impl Store {
    /// Sweeps all shards: what goes is the longest unused of all. Side files that no stamp names go too.
    ///
    /// # Errors
    /// A part of the store cannot be read, or is read-only; what could go is gone.
    pub fn sweep(&self, limits: &Limits, clock: Clock, tag_key: Option<&TagKey>) -> io::Result<Stats> {
        let began = clock();
        let inventory = self.inventory(Some(began));
        let mut goes = vec![false; inventory.groups.len()];
        for index in self.planned(&inventory, limits, began, clock()) {
            goes[index] = true;
        }
        self.let_go(inventory, &goes, Used::Stays, began, tag_key)
    }

    /// Returns what [`Store::sweep`] would let go, and changes nothing.
    ///
    /// # Errors
    /// As [`Store::sweep`].
    pub fn excess(&self, limits: &Limits, clock: Clock) -> io::Result<Stats> {
        let began = clock();
        let inventory = self.inventory(None);
        let going = self.planned(&inventory, limits, began, clock());
        inventory.trouble?;
        Ok(Stats::of(going.iter().map(|index| &inventory.groups[*index])))
    }

    /// Forgets every job, whoever may read its stamps; returns what went. A run that has not ended leaves its stamp all the same.
    ///
    /// # Errors
    /// A part of the store cannot be read, or is read-only; what could go is gone.
    pub fn forget_all(&self, clock: Clock, tag_key: Option<&TagKey>) -> io::Result<Stats> {
        let began = clock();
        let inventory = self.inventory(Some(began));
        // Side files alone are litter, or about to get their stamp: a sweep tells.
        let goes: Vec<bool> = inventory.groups.iter().map(|group| group.stamp.is_some()).collect();
        self.let_go(inventory, &goes, Used::Goes, began, tag_key)
    }

    /// Forgets the job `key`, whoever may read its stamps; returns what went. A run that has not ended leaves its stamp all the same.
    ///
    /// # Errors
    /// The part of the store cannot be read, or is read-only.
    pub fn forget_key(&self, key: &JobKey, clock: Clock, tag_key: Option<&TagKey>) -> io::Result<Stats> {
        let names = layout::Names::of(key);
        let folder = match self.root().inside(&names.shard()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Stats::default()),
            folder => folder?,
        };
        let of_job = |name: &OsString| name.as_encoded_bytes().starts_with(names.stamp().as_encoded_bytes());
        let listed = folder.list(OsStr::new("."))?.into_iter().filter(of_job).collect();
        let groups = measure(&folder, listed, None, &|| true);
        let going: Vec<&Group> = groups.iter().filter(|group| group.stamp.is_some()).collect();
        let removing = Removing {
            folder: &folder,
            now: clock(),
            tag_key,
            used: Used::Goes,
        };
        let mut gone = Stats::default();
        self.remove(names.shard_number(), &going, &removing, &|| true, &mut gone)?;
        Ok(gone)
    }

    /// Looks at all that is there; where `now` is given, removes what crashes left.
    fn inventory(&self, now: Option<Time>) -> Inventory {
        if let Some(began) = now {
            // What was not published in the root itself: there are no stamps.
            let listed = self.root().list(OsStr::new(".")).unwrap_or_default();
            let _ = measure(self.root(), listed, now, &|| true);
            let _ = self.merge_ledgers(began.seconds).and_then(|()| self.sweep_ledgers());
        }
        let shards = Mutex::new(BTreeMap::new());
        let trouble = self.each_shard("measuring", &|number, folder| {
            let listed = folder.list(OsStr::new("."))?;
            let met = listed.len();
            if let Some(now) = now {
                self.sweep_makers(folder, &listed, now);
            }
            let groups = measure(folder, listed, now, &|| true);
            shards
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(number, groups);
            Ok(met)
        });
        let mut shards = shards.into_inner().unwrap_or_else(PoisonError::into_inner);
        let (mut groups, mut first_of) = (Vec::new(), Vec::with_capacity(SHARDS + 1));
        for number in 0..=u8::MAX {
            first_of.push(groups.len());
            groups.append(&mut shards.remove(&number).unwrap_or_default());
        }
        first_of.push(groups.len());
        Inventory {
            groups,
            first_of,
            trouble,
        }
    }

    /// Returns which groups are too old or too much.
    fn planned(&self, inventory: &Inventory, limits: &Limits, began: Time, measured: Time) -> Vec<usize> {
        let size = all_bytes(&inventory.groups);
        let aim = Aim {
            excess: size.saturating_sub(self.most(limits)),
            age: limits.age,
            began,
            measured,
            spared: None,
        };
        plan(&inventory.groups, &aim)
    }

    /// Removes the groups that `goes` chooses, and of the others the side files that nobody names.
    fn let_go(
        &self,
        inventory: Inventory,
        goes: &[bool],
        used: Used,
        now: Time,
        tag_key: Option<&TagKey>,
    ) -> io::Result<Stats> {
        let (gone, left) = (Mutex::new(Stats::default()), Mutex::new(vec![0; SHARDS]));
        let what = match used {
            Used::Stays => "sweeping",
            Used::Goes => "forgetting",
        };
        let removed = self.each_shard(what, &|number, folder| {
            let of_shard = inventory.first_of[usize::from(number)]..inventory.first_of[usize::from(number) + 1];
            let met = of_shard.len();
            let removing = Removing {
                folder,
                now,
                tag_key,
                used,
            };
            let (going, staying): (Vec<usize>, Vec<usize>) = of_shard.partition(|index| goes[*index]);
            let going: Vec<&Group> = going.iter().map(|index| &inventory.groups[*index]).collect();
            let mut went = Stats::default();
            let removed = self.remove(number, &going, &removing, &|| true, &mut went);
            let staying = || staying.iter().map(|index| &inventory.groups[*index]);
            for group in staying() {
                self.remove_orphans(number, group, now, tag_key);
            }
            gone.lock().unwrap_or_else(PoisonError::into_inner).add(went);
            left.lock().unwrap_or_else(PoisonError::into_inner)[usize::from(number)] = Stats::of(staying()).bytes;
            removed.map(|()| met)
        });
        let mut sizes = Sizes::of(self);
        let left = left.into_inner().unwrap_or_else(PoisonError::into_inner);
        for (number, bytes) in (0..=u8::MAX).zip(left) {
            sizes.measured(number, bytes, now);
        }
        inventory.trouble.and(removed)?;
        Ok(gone.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}
