//! A directory of anybody's, looked through from inside.
//!
//! Most of what a look costs is the way to the file: who looks at all that lies in a directory goes there once.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::look::present;
use super::{Look, is_shortage, system};
use crate::encoding::compare;
use crate::error::{Context as _, Error};

/// An open directory.
#[derive(Debug)]
pub struct Interior(system::Handle);

impl Interior {
    /// Opens the directory that `path` leads to, through links.
    ///
    /// # Errors
    /// It is no directory, or may not be read.
    pub fn open(path: &Path) -> Result<Self, Error> {
        system::open_listing(path).map(Self).context("list", path)
    }

    /// Opens the directory `name` in it, which `path` leads to. `None` if there is no descriptor left for it.
    ///
    /// # Errors
    /// It is no directory (any more), or may not be read.
    pub fn enter(&self, name: &OsStr, path: &Path) -> Result<Option<Self>, Error> {
        match system::open_folder_below(&self.0, name) {
            Ok(handle) => Ok(Some(Self(handle))),
            Err(error) if is_shortage(&error) => Ok(None),
            Err(error) => Err(error).context("list", path),
        }
    }

    /// Returns the names in it, sorted by their bytes, without `.` and `..`; `path` leads to it.
    ///
    /// # Errors
    /// A failing device.
    pub fn names(&self, path: &Path) -> Result<Vec<OsString>, Error> {
        let mut names = system::names_in(&self.0).context("list", path)?;
        names.sort_unstable_by(|one, other| compare(one.as_encoded_bytes(), other.as_encoded_bytes()));
        Ok(names)
    }

    /// Looks at `name` in it, without following it if it is a link; `path` leads to it.
    ///
    /// # Errors
    /// As [`super::look`].
    pub fn look_at_link(&self, name: &OsStr, path: &Path) -> Result<Option<Look>, Error> {
        present(system::look_below(&self.0, name)).context("look at", path)
    }
}
