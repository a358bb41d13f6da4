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
pub(crate) struct Opened {
    directory: PathBuf,
    whose: Whose,
    pub(crate) cache: Cache,
    /// Why there is no secret, where there is none: then no value is read or kept.
    pub(crate) no_key: Option<String>,
}

static CACHES: Mutex<Vec<Arc<Opened>>> = Mutex::new(Vec::new());

/// What the user's own secret is taken from.
#[derive(Clone, PartialEq, Eq)]
struct Whose {
    key: Option<OsString>,
    configuration: Option<OsString>,
    home: Option<OsString>,
}

/// Returns the cache in `directory`, which is absolute.
pub(crate) fn cache(directory: &Path) -> Arc<Opened> {
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
        // A secret that was missing is looked for again: somebody may have done what the warning said.
        if caches[place].cache.is_current() && caches[place].no_key.is_none() {
            return caches[place].clone();
        }
        caches.swap_remove(place);
    }
    let (secret, no_key) = match whose.secret() {
        Ok(secret) => (Some(secret), None),
        Err(reason) => (None, Some(reason)),
    };
    let opened = Arc::new(Opened {
        directory: directory.to_path_buf(),
        whose,
        cache: Cache::open(directory, now, secret),
        no_key,
    });
    if caches.len() == OPEN {
        caches.remove(0);
    }
    caches.push(opened.clone());
    opened
}

impl Whose {
    /// Returns the user's own secret, or why there is none.
    fn secret(&self) -> Result<TagKey, String> {
        if let Some(key) = &self.key {
            return Ok(Digest::of(key.as_encoded_bytes()).0);
        }
        // The specification of these directories says to pass over a relative path.
        let configuration = self
            .configuration
            .as_ref()
            .map(PathBuf::from)
            .filter(|path| path.is_absolute());
        let home = || env::home_dir().filter(|home| home.is_absolute());
        let configuration = configuration.or_else(|| Some(home()?.join(".config")));
        let configuration = configuration.ok_or("there is no home directory")?;
        disk::read_key(&configuration.join("jobstamps").join("key")).map_err(|error| error.line())
    }
}

/// Returns the absolute directory for stamps: what the caller says, else the environment, else the user's own among the
/// temporary files.
///
/// # Errors
///
/// It is relative, and the current directory is gone.
pub(crate) fn directory(py: Python<'_>, given: Option<&Path>) -> PyResult<PathBuf> {
    let named = || {
        env::var_os("JOBSTAMPS_DIRECTORY")
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
    };
    match given.map(Path::to_path_buf).or_else(named) {
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
