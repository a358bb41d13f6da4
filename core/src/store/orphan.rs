//! Side files that no stamp of their job names: what a process left that was killed after it had written a part of an
//! outcome and before its stamp.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;

use super::layout::Names;
use super::local::Store;
use crate::disk::Wait;
use crate::job::JobKey;
use crate::stamp::TagKey;

impl Store {
    /// Returns those of `sides`, side files of the job `key`, that none of its stamps names.
    ///
    /// # Errors
    /// Not all of its stamps can be read: then nobody knows.
    pub(super) fn orphans<'a>(
        &self,
        key: &JobKey,
        sides: &[&'a OsStr],
        tag_key: Option<&TagKey>,
    ) -> io::Result<Vec<&'a OsStr>> {
        let names = Names::of(key);
        let mut known = BTreeSet::new();
        let Some(found) = self.find(key, Wait::Allowed).map_err(io::Error::other)? else {
            return Ok(Vec::new());
        };
        for stamp in found.stamps(tag_key, false) {
            known.extend(stamp?.side_files().into_iter().map(|number| names.side(number)));
        }
        Ok(sides.iter().filter(|side| !known.contains(**side)).copied().collect())
    }
}
