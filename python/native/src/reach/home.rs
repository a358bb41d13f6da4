//! Whose code something is: the user's own, that of an installed package, or Python's.
//!
//! The user's own code is followed. An installed package counts by its version, as its `*.dist-info` directory beside it
//! says; Python's library by nothing, as Python's version is in the key. Told by where the file of a module lies, so what
//! is installed for editing, and whatever else is not among the packages, is the user's own.

use std::sync::Arc;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyModule, PyString};

use super::package;
use crate::table::Table;

/// Whose code something is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Home {
    User,
    /// An installed package, with its version.
    Package(Arc<(String, String)>),
    Python,
}

/// The directories that installed packages lie in.
const SITES: [&str; 2] = ["site-packages", "dist-packages"];

static KNOWN: Table<String, Home> = Table::of(4096);

impl Home {
    /// Tells whose the code is that has these globals.
    pub(super) fn of_globals(globals: &Bound<'_, PyDict>) -> PyResult<Self> {
        let py = globals.py();
        let name = globals.get_item(intern!(py, "__name__"))?;
        let name = name.as_ref().and_then(|name| name.cast::<PyString>().ok());
        let name = name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if is_ours(&name) {
            return Ok(Self::Python);
        }
        if let Some(file) = globals.get_item(intern!(py, "__file__"))? {
            return file
                .cast::<PyString>()
                .map_or(Ok(Self::User), |file| Self::of_file(py, &file.to_string_lossy()));
        }
        if is_built_in(py, &name)? && super::names::module(py, &name)?.is_some_and(|module| module.dict().is(globals)) {
            return Ok(Self::Python);
        }
        Ok(Self::User)
    }

    /// Tells whose the code is of the module that has a name; a module that is not imported is the user's.
    pub(super) fn of_module(py: Python<'_>, name: &str) -> PyResult<Self> {
        match super::names::module(py, name)? {
            Some(module) => Self::of_globals(&module.dict()),
            None if is_ours(name) || is_built_in(py, name)? => Ok(Self::Python),
            None => Ok(Self::User),
        }
    }

    /// Tells whose the code is that lies in a file.
    pub(super) fn of_file(py: Python<'_>, file: &str) -> PyResult<Self> {
        let folder = file.rfind(['/', '\\']).map_or("", |end| &file[..end]);
        // A module that is one file has no folder of its own.
        let place = if SITES.iter().any(|site| folder.ends_with(site)) {
            file
        } else {
            folder
        };
        let place = place.to_owned();
        if let Some(home) = KNOWN.get(&place) {
            return Ok(home);
        }
        let home = Self::found(py, &place)?;
        KNOWN.keep(place, home.clone());
        Ok(home)
    }

    fn found(py: Python<'_>, place: &str) -> PyResult<Self> {
        for site in SITES {
            let Some(start) = place.rfind(site) else { continue };
            let end = start + site.len();
            let is_whole = place[..start].ends_with(['/', '\\']) && place[end..].starts_with(['/', '\\']);
            if is_whole {
                let top = place[end + 1..].split(['/', '\\']).next().unwrap_or_default();
                let package = package::of(py, &place[..end], top)?;
                return Ok(package.map_or(Self::User, |package| Self::Package(Arc::new(package))));
            }
        }
        let library = library(py)?;
        let is_library = place
            .strip_prefix(library)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '\\']));
        Ok(if is_library { Self::Python } else { Self::User })
    }
}

/// Tells whether a module is one of ours: what is between the function and its stamp is no part of what it does.
fn is_ours(name: &str) -> bool {
    name == "jobstamps" || name.starts_with("jobstamps.")
}

/// Returns the directory of Python's library.
fn library(py: Python<'_>) -> PyResult<&str> {
    static LIBRARY: PyOnceLock<String> = PyOnceLock::new();
    let library = LIBRARY.get_or_try_init(py, || {
        let file: String = py.import("os")?.getattr("__file__")?.extract()?;
        PyResult::Ok(
            file.rfind(['/', '\\'])
                .map_or(String::new(), |end| file[..end].to_owned()),
        )
    })?;
    Ok(library)
}

/// Tells whether a module is compiled into the interpreter, or frozen into it.
fn is_built_in(py: Python<'_>, name: &str) -> PyResult<bool> {
    let sys = PyModule::import(py, intern!(py, "sys"))?;
    let top = name.split('.').next().unwrap_or_default();
    if sys.getattr(intern!(py, "builtin_module_names"))?.contains(top)? {
        return Ok(true);
    }
    match sys.getattr_opt(intern!(py, "stdlib_module_names"))? {
        Some(names) => names.contains(top),
        None => Ok(top.starts_with("_frozen_importlib")),
    }
}
