//! Where stamps are kept and whose they are, as the environment says; and the caches that are open.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use jobstamps::disk::{self, Time};
use jobstamps::stamp::TagKey;
use jobstamps::{Cache, Digest};
use pyo3::prelude::*;

/// How many caches stay open; a program has one directory or a few.
const OPEN: usize = 16;

/// A cache that stays open: a hit then needs not open the store's directory.
struct Opened {
    directory: PathBuf,
    whose: Whose,
    cache: Arc<Cache>,
}

static CACHES: Mutex<Vec<Opened>> = Mutex::new(Vec::new());

/// What the user's own secret is taken from.
#[derive(Clone, PartialEq, Eq)]
struct Whose {
    key: Option<OsString>,
    configuration: Option<OsString>,
    home: Option<OsString>,
}

/// Returns the cache in `directory`, which is absolute.
pub(crate) fn cache(directory: &Path) -> Arc<Cache> {
    let whose = Whose {
        key: env::var_os("JOBSTAMPS_KEY").filter(|key| !key.is_empty()),
        configuration: env::var_os("XDG_CONFIG_HOME"),
        home: env::var_os("HOME"),
    };
    // Held while the GIL is held and no Python code runs, so that a fork cannot find it taken.
    let mut caches = CACHES.lock().unwrap_or_else(PoisonError::into_inner);
    let place = caches
        .iter()
        .position(|one| one.directory == directory && one.whose == whose);
    if let Some(place) = place {
        if caches[place].cache.is_current() {
            return caches[place].cache.clone();
        }
        caches.swap_remove(place);
    }
    let cache = Arc::new(Cache::open(directory, now, whose.secret()));
    if caches.len() == OPEN {
        caches.remove(0);
    }
    caches.push(Opened {
        directory: directory.to_path_buf(),
        whose,
        cache: cache.clone(),
    });
    cache
}

impl Whose {
    /// Returns the user's own secret; None where there can be none, and then no value is read or kept.
    fn secret(&self) -> Option<TagKey> {
        if let Some(key) = &self.key {
            return Some(Digest::of(key.as_encoded_bytes()).0);
        }
        // The specification of these directories says to pass over a relative path.
        let configuration = self
            .configuration
            .as_ref()
            .map(PathBuf::from)
            .filter(|path| path.is_absolute());
        let configuration = configuration.or_else(|| Some(env::home_dir()?.join(".config")))?;
        disk::read_key(&configuration.join("jobstamps").join("key")).ok()
    }
}

/// Returns the absolute directory for stamps: what the caller says, else the environment, else the user's own among the
/// temporary files.
///
/// # Errors
///
/// It is relative, and the current directory is gone.
pub(crate) fn directory(py: Python<'_>, given: Option<PathBuf>) -> PyResult<PathBuf> {
    let named = || {
        env::var_os("JOBSTAMPS_DIRECTORY")
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
    };
    match given.or_else(named) {
        Some(path) if path.is_absolute() => Ok(path),
        Some(path) => Ok(current_directory()?.join(path)),
        None => Ok(temporary()?.join(format!("jobstamps-{}", user(py)?))),
    }
}

/// Returns the directory for temporary files, as Python's tempfile has it and as the command has it: they share one store.
fn temporary() -> PyResult<PathBuf> {
    let named = ["TMPDIR", "TEMP", "TMP"]
        .into_iter()
        .filter_map(env::var_os)
        .find(|path| !path.is_empty());
    match named.map(PathBuf::from) {
        Some(path) if path.is_absolute() => Ok(path),
        Some(path) => Ok(current_directory()?.join(path)),
        None => Ok(env::temp_dir()),
    }
}

/// Returns the current directory, which relative paths belong to.
///
/// # Errors
///
/// It is gone.
pub(crate) fn current_directory() -> PyResult<PathBuf> {
    Ok(env::current_dir()?)
}

/// Returns what tells this user from others: the number, or the name where users have none.
fn user(py: Python<'_>) -> PyResult<String> {
    match py.import("os")?.getattr_opt("geteuid")? {
        Some(number) => Ok(number.call0()?.to_string()),
        None => Ok(env::var("USERNAME").unwrap_or_else(|_| "user".to_owned())),
    }
}

/// The clock, which the core does not read itself.
fn now() -> Time {
    SystemTime::now().into()
}
