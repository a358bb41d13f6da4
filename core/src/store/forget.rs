//! Forgetting stamps because somebody says so.

use std::ffi::OsStr;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use super::found::Found;
use super::layout;
use super::local::Store;
use super::shard::{Shard, Unreadable};
use crate::disk::Wait;
use crate::job::JobKey;
use crate::stamp::{Stamp, TagKey};

impl Store {
    /// Forgets the stamps of `key`; returns how many there were that can be read.
    ///
    /// # Errors
    /// The store is read-only.
    pub fn forget(&self, key: &JobKey, tag_key: Option<&TagKey>) -> io::Result<u64> {
        let Some(shard) = self.existing_shard(key)? else {
            return Ok(0);
        };
        shard.forget(tag_key, Unreadable::Stays, |_| true)
    }

    /// Opens the shard of `key` for writing; nothing if there is none.
    pub(super) fn existing_shard(&self, key: &JobKey) -> io::Result<Option<Shard>> {
        match self.root().inside(&layout::Names::of(key).shard()) {
            Ok(folder) => Ok(Some(Shard::of(folder, key))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Forgets all stamps of the function `name`, whatever its arguments; returns how many there were. Stamps that are
    /// sealed with another user's key stay: nobody but him knows whose they are.
    ///
    /// # Errors
    /// The store cannot be read, or is read-only; what could go is gone.
    pub fn forget_function(&self, name: &str, tag_key: Option<&TagKey>) -> io::Result<u64> {
        self.forget_where(tag_key, &|stamp| {
            stamp.code.as_ref().is_some_and(|code| code.name == name)
        })
    }

    /// Forgets the stamps that `goes` chooses among all that can be read; returns how many there were.
    ///
    /// # Errors
    /// A part of the store cannot be read, or is read-only; what could go is gone.
    pub(crate) fn forget_where(
        &self,
        tag_key: Option<&TagKey>,
        goes: &(dyn Fn(&Stamp) -> bool + Sync),
    ) -> io::Result<u64> {
        let forgotten = AtomicU64::new(0);
        self.each_shard("forgetting", &|number, folder| {
            let listed = folder.list(OsStr::new("."))?;
            let mut trouble = Ok(listed.len());
            for name in &listed {
                let Some(key) = layout::stamp_key(number, name) else {
                    continue;
                };
                // Looked at first, so that the stamps of others are neither locked nor read whole.
                let Ok(Some(found)) = Found::open(folder, name, &key, Wait::Allowed) else {
                    continue;
                };
                if !found.stamps(tag_key, false).flatten().any(|stamp| goes(&stamp)) {
                    continue;
                }
                let shard = self.root().inside(&layout::shard(number));
                match shard.and_then(|folder| Shard::of(folder, &key).forget(tag_key, Unreadable::Stays, goes)) {
                    Ok(count) => drop(forgotten.fetch_add(count, Ordering::Relaxed)),
                    Err(error) => trouble = Err(error),
                }
            }
            trouble
        })?;
        Ok(forgotten.into_inner())
    }
}
