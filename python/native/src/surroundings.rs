//! Where stamps are kept and whose they are, as the environment says; and the caches that are open.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use jobstamps::disk::{self, Time};
use jobstamps::stamp::TagKey;
use jobstamps::{Cache, Digest};
use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;

use crate::counting::{self, Gathered};
use crate::notice::is_memory_left;
use crate::variables::Variables;

/// How many caches stay open; a program has one directory or a few.
const OPEN: usize = 16;

/// A cache that stays open: a hit then needs not open the store's directory.
pub(crate) struct Opened {
    /// The directory that was asked for; None for the one that the variables say.
    given: Option<PathBuf>,
    directory: PathBuf,
    /// What the environment said.
    pub(crate) variables: Arc<Variables>,
    /// Whether the directory is the same whatever the current directory is.
    settled: bool,
    pub(crate) cache: Cache,
    /// Why there is no secret, where there is none: then no value is read or kept.
    pub(crate) no_key: Option<String>,
    /// Hits that were not written down yet.
    pub(crate) gathered: Gathered,
}

static CACHES: Mutex<Vec<Arc<Opened>>> = Mutex::new(Vec::new());

/// Returns the cache in the directory that is `given`, else in the one that the variables say.
///
/// # Errors
///
/// The directory is relative, and the current directory is gone.
pub(crate) fn cache(py: Python<'_>, given: Option<&Path>, variables: &Arc<Variables>) -> PyResult<Arc<Opened>> {
    // Held while the GIL is held and no Python code runs, so that a fork cannot find it taken.
    let mut caches = CACHES.lock().unwrap_or_else(PoisonError::into_inner);
    let same = |one: &Arc<Opened>| {
        one.settled
            && Arc::ptr_eq(&one.variables, variables)
            && one.given.as_deref().map(Path::as_os_str) == given.map(Path::as_os_str)
    };
    let mut place = caches.iter().position(same);
    let mut wanted = None;
    if place.is_none() {
        drop(caches);
        let (directory, settled) = directory(py, given, variables)?;
        caches = CACHES.lock().unwrap_or_else(PoisonError::into_inner);
        place = caches
            .iter()
            .position(|one| !one.settled && one.directory == directory && one.variables == *variables);
        wanted = Some((directory, settled));
    }
    if let Some(place) = place {
        let opened = caches[place].clone();
        // A secret that was missing is looked for again: somebody may have done what the warning said.
        if opened.cache.is_current() && opened.no_key.is_none() {
            return Ok(opened);
        }
        let closed = caches.swap_remove(place);
        drop(caches);
        counting::write(py, &closed, None);
        caches = CACHES.lock().unwrap_or_else(PoisonError::into_inner);
        wanted = wanted.or_else(|| Some((opened.directory.clone(), opened.settled)));
    }
    if !is_memory_left() {
        return Err(PyMemoryError::new_err("there is hardly any memory left"));
    }
    let (directory, settled) = wanted.unwrap_or_default();
    let (secret, no_key) = match secret(variables) {
        Ok(secret) => (Some(secret), None),
        Err(reason) => (None, Some(reason)),
    };
    let opened = Arc::new(Opened {
        given: given.map(Path::to_path_buf),
        cache: Cache::open(&directory, now, secret),
        directory,
        variables: variables.clone(),
        settled,
        no_key,
        gathered: Gathered::default(),
    });
    let closed = (caches.len() >= OPEN).then(|| caches.remove(0));
    caches.push(opened.clone());
    drop(caches);
    if let Some(closed) = closed {
        counting::write(py, &closed, None);
    }
    Ok(opened)
}

/// Returns the caches that are open.
pub(crate) fn all_open() -> Vec<Arc<Opened>> {
    CACHES.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Returns the user's own secret, or why there is none.
fn secret(variables: &Variables) -> Result<TagKey, String> {
    if let Some(key) = variables.key() {
        return Ok(Digest::of(key.as_encoded_bytes()).0);
    }
    let home = || {
        variables
            .home()
            .map(Path::to_path_buf)
            .or_else(env::home_dir)
            .filter(|home| home.is_absolute())
    };
    let configuration = variables.configuration().map(Path::to_path_buf);
    let configuration = configuration.or_else(|| Some(home()?.join(".config")));
    let configuration = configuration.ok_or("there is no home directory")?;
    disk::read_key(&configuration.join("jobstamps").join("key")).map_err(|error| error.line())
}

/// Returns the absolute directory for stamps: what the caller says, else the environment, else the user's own among the
/// temporary files; and whether it is the same whatever the current directory is.
///
/// # Errors
///
/// It is relative, and the current directory is gone.
pub(crate) fn directory(py: Python<'_>, given: Option<&Path>, variables: &Variables) -> PyResult<(PathBuf, bool)> {
    if let Some(path) = given.or_else(|| variables.directory()) {
        return absolute(path);
    }
    let (temporary, settled) = match variables.temporary() {
        Some(path) => absolute(path)?,
        // An empty `TMPDIR` is none; the library takes it for a path.
        None => (
            Some(env::temp_dir())
                .filter(|path| path.is_absolute())
                .unwrap_or_else(|| "/tmp".into()),
            true,
        ),
    };
    Ok((temporary.join(format!("jobstamps-{}", user(py, variables)?)), settled))
}

/// Returns a path from the root on, and whether it was one already.
fn absolute(path: &Path) -> PyResult<(PathBuf, bool)> {
    if path.is_absolute() {
        return Ok((path.to_path_buf(), true));
    }
    Ok((current_directory()?.join(path), false))
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
fn user(py: Python<'_>, variables: &Variables) -> PyResult<String> {
    match py.import("os")?.getattr_opt("geteuid")? {
        Some(number) => Ok(number.call0()?.to_string()),
        None => Ok(variables
            .user()
            .map_or_else(|| "user".to_owned(), |name| name.to_string_lossy().into_owned())),
    }
}

/// The clock, which the core does not read itself.
pub(crate) fn now() -> Time {
    SystemTime::now().into()
}
