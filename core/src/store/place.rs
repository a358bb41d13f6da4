//! Where a user's stamps are kept, and what is needed to write them.

use std::path::PathBuf;
use std::sync::Arc;

use super::local::Store;
use super::shard::Shard;
use crate::disk::{Clock, Wait};
use crate::error::Error;
use crate::fingerprint::{Conditions, Kept, by_name};
use crate::job::{Job, JobKey};
use crate::stamp::TagKey;

/// Where a user's stamps are kept, and what is needed to write them.
#[derive(Clone, Debug)]
pub struct Place {
    /// The directory that the store is made in.
    pub directory: PathBuf,
    /// Tells the time.
    pub clock: Clock,
    /// The user's own secret, without which no stamp that could run code is read or written.
    pub tag_key: Option<TagKey>,
}

impl Place {
    /// Opens the part of the store that `key` is kept in, and makes what is missing.
    ///
    /// # Errors
    /// As [`Store::make`] and [`Store::shard`].
    pub fn writable(&self, key: &JobKey) -> Result<Arc<Shard>, Error> {
        Store::make(&self.directory)?.shard(key)
    }

    /// Returns the paths in directory dependencies of `job` that do not count, in order: its own outputs, our own store.
    pub(crate) fn left_out(&self, job: &Job) -> Vec<PathBuf> {
        if job.dependencies.is_empty() {
            return Vec::new();
        }
        let outputs = job.outputs.iter().map(|output| output.path().to_path_buf());
        let mut left_out: Vec<PathBuf> = outputs.chain([super::layout::root(&self.directory)]).collect();
        left_out.sort_unstable_by(|one, other| by_name(one, other));
        left_out
    }

    /// Returns how to look at the files of `job`.
    pub(crate) fn conditions<'a>(
        &self,
        job: &Job,
        left_out: &'a [PathBuf],
        kept: &'a (dyn Fn(&Kept) -> Option<Vec<u8>> + Sync),
    ) -> Conditions<'a> {
        Conditions {
            clock: self.clock,
            method: job.method,
            left_out,
            roots_left_out: false,
            one_file_system: job.one_file_system,
            kept,
            wait: Wait::Allowed,
        }
    }
}
