//! Going through all that is remembered, with several threads: each job's file is open only while it is visited, so that it
//! takes the same memory however much there is.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use super::found::Found;
use super::layout::{self, Named};
use super::local::Store;
use crate::disk::{self, Folder, Wait};
use crate::error::{Context as _, Error};
use crate::job::JobKey;

/// What a survey came across.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// Jobs that were visited.
    pub visited: u64,
    /// Stamp files that are damaged or not ours: each as good as absent.
    pub unreadable: u64,
}

impl Store {
    /// Shows every job that is remembered to `visit`, in no order, several at a time.
    ///
    /// Takes no lock and changes nothing. What comes or goes meanwhile may be seen or not.
    ///
    /// # Errors
    /// A part of the store cannot be read; the rest was visited.
    pub fn survey(&self, visit: &(dyn Fn(&Found) + Sync)) -> io::Result<Survey> {
        let (visited, unreadable) = (AtomicU64::new(0), AtomicU64::new(0));
        self.each_shard("reading", &|number, folder| {
            let listed = folder.list(OsStr::new("."))?;
            let sides = side_files(&listed);
            for name in &listed {
                let Some(key) = layout::stamp_key(number, name) else {
                    continue;
                };
                match Found::open(folder, name, &key, Wait::Allowed) {
                    Ok(Some(mut found)) => {
                        visited.fetch_add(1, Ordering::Relaxed);
                        let beside = sides.get(name.as_os_str()).map_or(&[][..], Vec::as_slice);
                        found.set_beside(bytes_of(folder, beside));
                        visit(&found);
                    }
                    // What vanished meanwhile is somebody else's sweep.
                    Ok(None) => {}
                    Err(error) if disk::is_shortage(&error) => return Err(error),
                    Err(_) => {
                        unreadable.fetch_add(1, Ordering::Relaxed);
                    }
                }
            }
            Ok(listed.len())
        })?;
        Ok(Survey {
            visited: visited.into_inner(),
            unreadable: unreadable.into_inner(),
        })
    }

    /// As [`Store::find`], and knows the size of its side files, as in a survey.
    ///
    /// # Errors
    /// As [`Store::find`].
    pub fn find_whole(&self, key: &JobKey) -> Result<Option<Found>, Error> {
        let Some(mut found) = self.find(key, Wait::Allowed)? else {
            return Ok(None);
        };
        let names = layout::Names::of(key);
        let beside = || {
            let folder = self.root().inside(&names.shard())?;
            let listed = folder.list(OsStr::new("."))?;
            let sides = side_files(&listed);
            let of_job = sides.get(&names.stamp()).map_or(&[][..], Vec::as_slice);
            Ok::<_, io::Error>(bytes_of(&folder, of_job))
        };
        found.set_beside(beside().context("look through", self.root().path().join(names.shard()))?);
        Ok(Some(found))
    }

    /// Returns the keys that begin with `digits`, at least two hexadecimal ones, of jobs that are remembered; in order, no more
    /// than `most`.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn keys(&self, digits: &str, most: usize) -> io::Result<Vec<JobKey>> {
        let number = digits.get(..2).and_then(layout::shard_number);
        let Some(number) = number else { return Ok(Vec::new()) };
        let names = match self.root().list(&layout::shard(number)) {
            Ok(names) => names,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let rest = &digits.as_bytes()[2..];
        let names = names.iter().filter(|name| name.as_encoded_bytes().starts_with(rest));
        let mut keys: Vec<JobKey> = names.filter_map(|name| layout::stamp_key(number, name)).collect();
        keys.sort_unstable();
        keys.truncate(most);
        Ok(keys)
    }
}

/// Returns the names of side files among `names`, by the name of the stamp file that they lie beside.
fn side_files(names: &[OsString]) -> BTreeMap<OsString, Vec<&OsStr>> {
    let mut sides: BTreeMap<OsString, Vec<&OsStr>> = BTreeMap::new();
    for name in names {
        if let Some(Named::Side(stamp)) = name.to_str().map(layout::named) {
            sides.entry(stamp.into()).or_default().push(name);
        }
    }
    sides
}

/// Returns how many bytes files have; what vanished meanwhile has none.
fn bytes_of(folder: &Folder, names: &[&OsStr]) -> u64 {
    let looks = names.iter().filter_map(|name| folder.look_at(name).ok()?);
    looks.fold(0, |bytes, look| bytes.saturating_add(look.size))
}
