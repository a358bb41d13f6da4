//! What a caller asks for: the `jobstamps_` keywords, and the variables that stand above them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jobstamps::{Digest, Limits, Method};
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::files::{Listed, kind, listed, path};
use crate::reach::Depth;
use crate::value::Mmap;
use crate::variables::Variables;

const OURS: &str = "jobstamps_";
const DEPENDENCIES: &str = "jobstamps_dependencies";
const OUTPUTS: &str = "jobstamps_output_files";
const DIRECTORY: &str = "jobstamps_cache_output_directory";
const METHOD: &str = "jobstamps_method";
const NAMES: [&str; 4] = [DEPENDENCIES, OUTPUTS, DIRECTORY, METHOD];

/// What a caller asks for.
pub(crate) struct Settings {
    pub(crate) dependencies: Arc<[Listed]>,
    pub(crate) outputs: Arc<[Listed]>,
    /// Where stamps are kept, if the caller says.
    pub(crate) directory: Option<PathBuf>,
    pub(crate) method: Method,
    /// How much of the code counts.
    pub(crate) depth: Depth,
    /// What the caller names this state of its code.
    pub(crate) version: Option<Digest>,
    /// How long a stamp holds.
    pub(crate) expires: Option<Duration>,
    /// How large values come back.
    pub(crate) mmap: Mmap,
    /// What may stay in the store.
    pub(crate) limits: Limits,
}

impl Settings {
    /// Returns what holds where nobody says anything.
    pub(crate) fn new(variables: &Variables) -> Self {
        Self {
            dependencies: Arc::new([]),
            outputs: Arc::new([]),
            directory: None,
            method: least_method(variables),
            depth: Depth::Deep,
            version: None,
            expires: None,
            mmap: Mmap::Copy,
            limits: Limits::default(),
        }
    }

    /// Takes our keywords out of a call's.
    ///
    /// # Errors
    ///
    /// `TypeError` for a keyword of ours that does not exist, or that has a value of the wrong kind; `ValueError` for a path
    /// that names no file: an empty one among others would stand for the whole current directory.
    pub(crate) fn take(kwargs: &Bound<'_, PyDict>, variables: &Variables) -> PyResult<Self> {
        let py = kwargs.py();
        let mut settings = Self::new(variables);
        if kwargs.is_empty() {
            return Ok(settings);
        }
        for name in kwargs.keys().iter() {
            let Ok(text) = name.extract::<String>() else { continue };
            if !text.starts_with(OURS) {
                continue;
            }
            let value = kwargs.get_item(&name)?.unwrap_or_else(|| py.None().into_bound(py));
            match text.as_str() {
                _ if !NAMES.contains(&text.as_str()) => return Err(unknown(&text)),
                _ if value.is_none() => {}
                DEPENDENCIES => settings.dependencies = listed(DEPENDENCIES, &value)?,
                OUTPUTS => settings.outputs = listed(OUTPUTS, &value)?,
                DIRECTORY => {
                    let given = path(DIRECTORY, &value)?;
                    settings.directory = (!given.as_os_str().is_empty()).then_some(given);
                }
                _ => settings.method = stricter(method(&value)?, settings.method),
            }
            kwargs.del_item(name)?;
        }
        Ok(settings)
    }
}

/// Returns the method that believes the most, among those that the variables allow.
pub(crate) fn least_method(variables: &Variables) -> Method {
    if variables.always_use_hashes() {
        Method::Hash
    } else {
        Method::Mtime
    }
}

/// Returns the method that believes less.
pub(crate) fn stricter(one: Method, other: Method) -> Method {
    let rank = |method| match method {
        Method::Mtime => 0,
        Method::Hash => 1,
        Method::Paranoid => 2,
    };
    if rank(one) < rank(other) { other } else { one }
}

fn unknown(name: &str) -> PyErr {
    PyTypeError::new_err(format!(
        "unknown keyword `{name}`; those for jobstamps are {}",
        NAMES.join(", ")
    ))
}

fn method(value: &Bound<'_, PyAny>) -> PyResult<Method> {
    let py = value.py();
    let ours = py.import(intern!(py, "jobstamps.jobstamp"))?;
    if value.is(&ours.getattr(intern!(py, "HashMethod"))?) {
        Ok(Method::Hash)
    } else if value.is(&ours.getattr(intern!(py, "MTimeMethod"))?) {
        Ok(Method::Mtime)
    } else {
        Err(PyTypeError::new_err(format!(
            "`{METHOD}` is {}; it can be jobstamp.MTimeMethod or jobstamp.HashMethod, and no class of your own",
            kind(value)
        )))
    }
}
