//! The variables of the environment that count, read in one pass over it.
//!
//! A hit asks for ten of them; looking each one up by itself would go through the whole environment ten times.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// The names, in the order of [`Variables`]'s values.
const NAMES: [&str; 11] = [
    "JOBSTAMPS_DISABLED",
    "JOBSTAMPS_DEBUG",
    "JOBSTAMPS_ALWAYS_USE_HASHES",
    "JOBSTAMPS_DIRECTORY",
    "JOBSTAMPS_KEY",
    "XDG_CONFIG_HOME",
    "HOME",
    "TMPDIR",
    "TEMP",
    "TMP",
    "USERNAME",
];
const DISABLED: usize = 0;
const DEBUG: usize = 1;
const ALWAYS_USE_HASHES: usize = 2;
const DIRECTORY: usize = 3;
const KEY: usize = 4;
const CONFIGURATION: usize = 5;
const HOME: usize = 6;
const TEMPORARY: [usize; 3] = [7, 8, 9];
const USER: usize = 10;

/// The variables that count, as they were at one moment.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Variables {
    values: [Option<OsString>; NAMES.len()],
}

static LAST: Mutex<Option<Arc<Variables>>> = Mutex::new(None);

impl Variables {
    /// Returns the variables as they are now: the same object as last time, if nothing has changed.
    pub(crate) fn now() -> Arc<Self> {
        // Held while the GIL is held and no Python code runs, so that a fork cannot find it taken.
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        with_values(|values| {
            if let Some(last) = &*last
                && last.values.iter().map(Option::as_deref).eq(values.iter().copied())
            {
                return last.clone();
            }
            let now = Arc::new(Self {
                values: values.map(|value| value.map(OsStr::to_os_string)),
            });
            *last = Some(now.clone());
            now
        })
    }

    /// Tells whether nothing is to be looked up or kept.
    pub(crate) fn disabled(&self) -> bool {
        self.is_set(DISABLED)
    }

    /// Tells whether people want to know what becomes of each job.
    pub(crate) fn debug(&self) -> bool {
        self.is_set(DEBUG)
    }

    /// Tells whether files are compared by content, whatever anybody says.
    pub(crate) fn always_use_hashes(&self) -> bool {
        self.is_set(ALWAYS_USE_HASHES)
    }

    /// Returns where stamps are kept, if it is said.
    pub(crate) fn directory(&self) -> Option<&Path> {
        self.filled(DIRECTORY).map(Path::new)
    }

    /// Returns the directory for temporary files, if it is said, as Python's tempfile reads it.
    pub(crate) fn temporary(&self) -> Option<&Path> {
        TEMPORARY.iter().find_map(|index| self.filled(*index)).map(Path::new)
    }

    /// Returns the user's own secret, if it is said.
    pub(crate) fn key(&self) -> Option<&OsStr> {
        self.filled(KEY)
    }

    /// Returns the directory for configuration, if it is said. A relative one is passed over, as the XDG Base Directory
    /// Specification has it.
    pub(crate) fn configuration(&self) -> Option<&Path> {
        self.filled(CONFIGURATION)
            .map(Path::new)
            .filter(|path| path.is_absolute())
    }

    /// Returns the home directory, if it is said.
    pub(crate) fn home(&self) -> Option<&Path> {
        self.filled(HOME).map(Path::new)
    }

    /// Returns the user's name, if it is said.
    pub(crate) fn user(&self) -> Option<&OsStr> {
        self.filled(USER)
    }

    fn is_set(&self, index: usize) -> bool {
        self.filled(index).is_some()
    }

    fn filled(&self, index: usize) -> Option<&OsStr> {
        self.values[index].as_deref().filter(|value| !value.is_empty())
    }
}

/// Passes the values of the variables as they lie in the environment.
#[cfg(unix)]
fn with_values<T>(take: impl FnOnce([Option<&OsStr>; NAMES.len()]) -> T) -> T {
    use std::ffi::{CStr, c_char};
    use std::os::unix::ffi::OsStrExt as _;

    unsafe extern "C" {
        static environ: *const *const c_char;
    }
    let mut values = [None; NAMES.len()];
    // SAFETY: the list ends with a null pointer, and each entry is a text that ends with a null byte. Python changes the
    // environment only with the GIL held, as it is here; a C library that changes it from another thread breaks every
    // reader of it, getenv included.
    unsafe {
        let mut entry = environ;
        while !entry.is_null() && !(*entry).is_null() {
            let text = *entry;
            entry = entry.add(1);
            // Most variables are none of these, which the first letter tells.
            if !matches!((*text).cast_unsigned(), b'J' | b'X' | b'H' | b'T' | b'U') {
                continue;
            }
            let text = CStr::from_ptr(text).to_bytes();
            let found = NAMES.iter().position(|name| {
                text.strip_prefix(name.as_bytes())
                    .is_some_and(|rest| rest.first() == Some(&b'='))
            });
            // Of two with one name the first counts, as for getenv.
            if let Some(index) = found.filter(|index| values[*index].is_none()) {
                values[index] = Some(OsStr::from_bytes(&text[NAMES[index].len() + 1..]));
            }
        }
        take(values)
    }
}

/// Passes the values of the variables.
#[cfg(not(unix))]
fn with_values<T>(take: impl FnOnce([Option<&OsStr>; NAMES.len()]) -> T) -> T {
    let values = NAMES.map(std::env::var_os);
    take(std::array::from_fn(|index| values[index].as_deref()))
}
