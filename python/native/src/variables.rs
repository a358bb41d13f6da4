//! The variables of the environment that count, read in one pass over it; and what the user has set in them and in the
//! configuration file.
//!
//! A hit looks at all of them, and finds out only whether one is another than the last time.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jobstamps::settings::{self, Settings};
use pyo3::prelude::*;

use crate::notice::warn;
use crate::wishes::Wishes;

/// What the names of our own begin with.
const OURS: &[u8] = b"JOBSTAMPS_";
const DISABLED: &str = "JOBSTAMPS_DISABLED";
const DEBUG: &str = "JOBSTAMPS_DEBUG";
const ALWAYS_USE_HASHES: &str = "JOBSTAMPS_ALWAYS_USE_HASHES";
const KEY: &str = "JOBSTAMPS_KEY";

/// The names of those that are not ours, in the order of the values of [`Variables`].
const OTHERS: [&str; 6] = ["XDG_CONFIG_HOME", "HOME", "TMPDIR", "TEMP", "TMP", "USERNAME"];
const CONFIGURATION: usize = 0;
const HOME: usize = 1;
const TEMPORARY: [usize; 3] = [2, 3, 4];
const USER: usize = 5;

/// The variables that count, as they were at one moment.
#[derive(Debug, Default)]
pub(crate) struct Variables {
    /// Those of ours, in the order of the environment.
    ours: Vec<(OsString, OsString)>,
    others: [Option<OsString>; OTHERS.len()],
    /// Found out when it is asked for the first time.
    set: OnceLock<Set>,
    /// Whether people were told of what cannot be understood.
    told: AtomicBool,
}

/// What the user has set.
#[derive(Debug)]
struct Set {
    settings: Settings,
    wishes: Arc<Wishes>,
    debug: bool,
    problems: Vec<String>,
}

static LAST: Mutex<Option<Arc<Variables>>> = Mutex::new(None);

impl Variables {
    /// Returns the variables as they are now: the same object as last time, if nothing has changed.
    pub(crate) fn now() -> Arc<Self> {
        // Held while the GIL is held and no Python code runs, so that a fork cannot find it taken.
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = &*last
            && last.are_those_of_now()
        {
            return last.clone();
        }
        let now = Arc::new(Self::read());
        *last = Some(now.clone());
        now
    }

    fn read() -> Self {
        let mut now = Self::default();
        each(&mut |name, value| {
            if name.as_encoded_bytes().starts_with(OURS) {
                now.ours.push((name.to_os_string(), value.to_os_string()));
            } else if let Some(other) = other(name) {
                // Of two with one name the first counts, as for getenv.
                now.others[other].get_or_insert_with(|| value.to_os_string());
            }
        });
        now
    }

    fn are_those_of_now(&self) -> bool {
        let mut are = true;
        let mut ours = self.ours.iter();
        let mut seen = [false; OTHERS.len()];
        each(&mut |name, value| {
            if name.as_encoded_bytes().starts_with(OURS) {
                are &= ours.next().is_some_and(|(ours, was)| ours == name && was == value);
            } else if let Some(other) = other(name)
                && !std::mem::replace(&mut seen[other], true)
            {
                are &= self.others[other].as_deref() == Some(value);
            }
        });
        are && ours.next().is_none() && self.others.iter().map(Option::is_some).eq(seen)
    }

    /// Returns what the user has set, for all programs.
    pub(crate) fn settings(&self) -> &Settings {
        &self.set().settings
    }

    /// Returns what is wished of calls whose callers do not say.
    pub(crate) fn wishes(&self) -> &Arc<Wishes> {
        &self.set().wishes
    }

    fn set(&self) -> &Set {
        self.set.get_or_init(|| {
            // As above: of two with one name the first counts.
            let ours = self.ours.iter().rev();
            let (in_variables, mut problems) =
                Settings::of_variables(ours.map(|(name, value)| (name.as_os_str(), value.as_os_str())));
            let home = self.filled(HOME);
            let mut settings = in_variables;
            if let Some(path) = settings::place(self.filled(CONFIGURATION), home) {
                let file = settings::read(&path, home);
                settings = settings.over(file.settings);
                problems.extend(file.problems);
            }
            Set {
                wishes: Arc::new(Wishes::of(&settings)),
                debug: self.ours(DEBUG).is_some() || settings.explain == Some(true),
                settings,
                problems: problems.iter().map(ToString::to_string).collect(),
            }
        })
    }

    /// Warns, once, of what the user has set and cannot be.
    pub(crate) fn tell(&self, py: Python<'_>) -> PyResult<()> {
        let problems = &self.set().problems;
        if problems.is_empty() || self.told.swap(true, Relaxed) || self.wishes().quiet == Some(true) {
            return Ok(());
        }
        problems.iter().try_for_each(|problem| warn(py, problem))
    }

    /// Tells whether nothing is to be looked up or kept.
    pub(crate) fn disabled(&self) -> bool {
        self.ours(DISABLED).is_some()
    }

    /// Tells whether people want to know what becomes of each job.
    pub(crate) fn debug(&self) -> bool {
        self.set().debug
    }

    /// Tells whether files are compared by content, whatever anybody says.
    pub(crate) fn always_use_hashes(&self) -> bool {
        self.ours(ALWAYS_USE_HASHES).is_some()
    }

    /// Returns where stamps are kept, if it is said.
    pub(crate) fn directory(&self) -> Option<&Path> {
        self.settings().directory.as_deref()
    }

    /// Returns the directory for temporary files, if it is said, as Python's tempfile reads it.
    pub(crate) fn temporary(&self) -> Option<&Path> {
        TEMPORARY.iter().find_map(|index| self.filled(*index)).map(Path::new)
    }

    /// Returns the user's own secret, if it is said.
    pub(crate) fn key(&self) -> Option<&OsStr> {
        self.ours(KEY)
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

    fn ours(&self, name: &str) -> Option<&OsStr> {
        let (_, value) = self.ours.iter().find(|(ours, _)| ours == name)?;
        Some(value.as_os_str()).filter(|value| !value.is_empty())
    }

    fn filled(&self, index: usize) -> Option<&OsStr> {
        self.others[index].as_deref().filter(|value| !value.is_empty())
    }
}

impl PartialEq for Variables {
    fn eq(&self, other: &Self) -> bool {
        self.ours == other.ours && self.others == other.others
    }
}

fn other(name: &OsStr) -> Option<usize> {
    OTHERS.iter().position(|other| name == *other)
}

/// Visits each variable that may be one of these, as it lies in the environment.
#[cfg(unix)]
fn each(visit: &mut dyn FnMut(&OsStr, &OsStr)) {
    use std::ffi::{CStr, c_char};
    use std::os::unix::ffi::OsStrExt as _;

    unsafe extern "C" {
        static environ: *const *const c_char;
    }
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
            if let Some(end) = text.iter().position(|byte| *byte == b'=') {
                visit(OsStr::from_bytes(&text[..end]), OsStr::from_bytes(&text[end + 1..]));
            }
        }
    }
}

/// Visits each variable.
#[cfg(not(unix))]
fn each(visit: &mut dyn FnMut(&OsStr, &OsStr)) {
    std::env::vars_os().for_each(|(name, value)| visit(&name, &value));
}
