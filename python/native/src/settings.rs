//! What a caller asks for: the `jobstamps_` keywords, and the variables that stand above them.

use std::path::PathBuf;
use std::sync::Arc;

use jobstamps::{Digest, Method};
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::files::{Listed, kind, listed, path};
use crate::reach::Depth;
use crate::value::Mmap;
use crate::variables::Variables;
use crate::wishes::Wishes;

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
    /// For how long a stamp holds, whether the call is made although there is one, and such.
    pub(crate) wishes: Arc<Wishes>,
    /// How large values come back.
    pub(crate) mmap: Mmap,
}

impl Settings {
    /// Returns what holds where nobody says anything.
    pub(crate) fn new(variables: &Variables) -> Self {
        let wishes = variables.wishes().clone();
        Self {
            dependencies: Arc::new([]),
            outputs: Arc::new([]),
            directory: None,
            method: method(&wishes, variables),
            depth: Depth::Deep,
            version: None,
            wishes,
            mmap: Mmap::Copy,
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
                _ => {
                    Arc::make_mut(&mut settings.wishes).method = Some(method_of(&value)?);
                    settings.method = method(&settings.wishes, variables);
                }
            }
            kwargs.del_item(name)?;
        }
        Ok(settings)
    }
}

/// Returns how files are compared: as is wished, or by content at least if a variable says so.
pub(crate) fn method(wishes: &Wishes, variables: &Variables) -> Method {
    match wishes.method.unwrap_or_default() {
        Method::Mtime if variables.always_use_hashes() => Method::Hash,
        method => method,
    }
}

fn unknown(name: &str) -> PyErr {
    PyTypeError::new_err(format!(
        "unknown keyword `{name}`; those for jobstamps are {}",
        NAMES.join(", ")
    ))
}

fn method_of(value: &Bound<'_, PyAny>) -> PyResult<Method> {
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
