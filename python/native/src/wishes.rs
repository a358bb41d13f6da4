//! What may be wished of a call: by a keyword, else by a variable, else in the configuration file.

use std::ffi::OsString;
use std::time::Duration;

use jobstamps::settings::Settings;
use jobstamps::{Limits, Method};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyString};

use crate::files::kind;
use crate::quantity::duration;

/// What is wished of a call; nothing where nobody has said anything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wishes {
    /// How long a stamp holds.
    pub(crate) ttl: Option<Duration>,
    /// How long a value counts as new; an older one is given back, and made anew behind.
    pub(crate) stale: Option<Duration>,
    /// What tells the call from equal calls of others.
    pub(crate) scope: Option<OsString>,
    /// Whether the call is made although there is a stamp.
    pub(crate) force: Option<bool>,
    /// Whether it is made, and its value compared with the one in the stamp.
    pub(crate) verify: Option<bool>,
    /// Whether nobody is warned.
    pub(crate) quiet: Option<bool>,
    /// How files are compared.
    pub(crate) method: Option<Method>,
    /// How many bytes may stay in the store.
    pub(crate) max_bytes: Option<u64>,
    /// For how many seconds a stamp may stay unused.
    pub(crate) max_age: Option<u64>,
    /// Whether people may be told what a call was made with.
    pub(crate) record_arguments: Option<bool>,
    /// Whether a call that somebody else makes now is made too.
    pub(crate) impatient: bool,
    /// Whether calls are counted, for people to read.
    pub(crate) counts: bool,
}

/// Whether a call is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// It is made only if it has to be.
    Usual,
    /// It is made, and its value kept in place of the one that there is.
    Forced,
    /// It is made, and its value compared with the one that there is.
    Verified,
}

impl Wishes {
    /// Returns what the user has set for all programs.
    pub(crate) fn of(settings: &Settings) -> Self {
        let method = match (settings.paranoid, settings.use_hashes) {
            (Some(true), _) => Some(Method::Paranoid),
            (_, Some(true)) => Some(Method::Hash),
            _ => None,
        };
        Self {
            ttl: settings.ttl,
            stale: settings.stale,
            scope: settings.scope.clone(),
            force: settings.force,
            verify: settings.verify,
            quiet: settings.quiet,
            method,
            max_bytes: settings.max_size,
            max_age: settings.max_age.map(|age| age.as_secs()),
            record_arguments: settings.record_arguments,
            impatient: settings.wait == Some(false),
            counts: settings.counts(),
        }
    }

    /// Takes the keyword `name`; tells whether it is one of these.
    ///
    /// # Errors
    ///
    /// `TypeError` or `ValueError` that names the keyword, what it was given and what it can be.
    pub(crate) fn read(&mut self, name: &str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
        match name {
            "expires" | "ttl" if self.ttl.is_some() => {
                return Err(PyTypeError::new_err(
                    "`ttl` and `expires` are two names of one keyword; give one of them",
                ));
            }
            "expires" | "ttl" => self.ttl = Some(duration(name, value)?),
            "stale" => self.stale = Some(duration(name, value)?),
            "scope" => self.scope = Some(text(name, value)?),
            "force" => self.force = Some(switch(name, value)?),
            "verify" => self.verify = Some(switch(name, value)?),
            "quiet" => self.quiet = Some(switch(name, value)?),
            "record_arguments" => self.record_arguments = Some(switch(name, value)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Returns what is wished by keywords, and where nothing is, what the user has set.
    pub(crate) fn or(&self, there: &Self) -> Self {
        Self {
            ttl: self.ttl.or(there.ttl),
            stale: self.stale.or(there.stale),
            scope: self.scope.as_ref().or(there.scope.as_ref()).cloned(),
            force: self.force.or(there.force),
            verify: self.verify.or(there.verify),
            quiet: self.quiet.or(there.quiet),
            method: self.method.or(there.method),
            max_bytes: self.max_bytes.or(there.max_bytes),
            max_age: self.max_age.or(there.max_age),
            record_arguments: self.record_arguments.or(there.record_arguments),
            impatient: there.impatient,
            counts: there.counts,
        }
    }

    /// Returns whether a call is looked up.
    pub(crate) fn manner(&self) -> Manner {
        match (self.verify, self.force) {
            (Some(true), _) => Manner::Verified,
            (_, Some(true)) => Manner::Forced,
            _ => Manner::Usual,
        }
    }

    /// Returns what may stay in the store.
    pub(crate) fn limits(&self) -> Limits {
        let usual = Limits::default();
        Limits {
            bytes: self.max_bytes.unwrap_or(usual.bytes),
            age: self.max_age.unwrap_or(usual.age),
        }
    }

    /// Returns how long a value counts as new, where an older one still holds.
    pub(crate) fn stale(&self) -> Option<Duration> {
        self.stale.filter(|stale| self.ttl.is_none_or(|ttl| *stale < ttl))
    }
}

fn switch(keyword: &str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    let wrong = || PyTypeError::new_err(format!("`{keyword}` is {}, not True or False", kind(value)));
    Ok(value.cast::<PyBool>().map_err(|_| wrong())?.is_true())
}

fn text(keyword: &str, value: &Bound<'_, PyAny>) -> PyResult<OsString> {
    let wrong = || PyTypeError::new_err(format!("`{keyword}` is {}, not a text", kind(value)));
    value.cast::<PyString>().map_err(|_| wrong())?.extract()
}
