//! The files that a caller lists: paths, each with the object that it came as.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use jobstamps::job::Declared;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

/// A path in one of the caller's lists, with the object that it came as.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) object: Py<PyAny>,
    pub(crate) path: PathBuf,
    kind: Kind,
    /// What it is declared as, where that does not depend on the current directory: found out once.
    declared: OnceLock<Declared>,
}

/// What a path in a list stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// What has that name; where nothing has, all that its wildcards match.
    Either,
    /// All that its wildcards match.
    Glob,
    /// What has that name.
    Tree,
}

impl Listed {
    /// Returns the path as a declared dependency; relative ones belong to `directory`.
    pub(crate) fn dependency(&self, directory: &Path) -> Declared {
        let declare = || match self.kind {
            Kind::Either | Kind::Glob => Declared::pattern(&self.path, directory),
            Kind::Tree => Declared::new(&self.path, directory),
        };
        if self.path.is_relative() {
            return declare();
        }
        self.declared.get_or_init(declare).clone()
    }

    /// Tells whether it is said to be a pattern.
    pub(crate) fn is_glob(&self) -> bool {
        self.kind == Kind::Glob
    }

    /// Returns the path as a declared output; relative ones belong to `directory`.
    pub(crate) fn output(&self, directory: &Path) -> Declared {
        Declared::new(&self.path, directory)
    }
}

/// Returns the paths that a value lists; a path by itself is a list of one.
///
/// # Errors
///
/// `TypeError` for what is no path, `ValueError` for a path that names no file.
pub(crate) fn listed(keyword: &str, value: &Bound<'_, PyAny>) -> PyResult<Arc<[Listed]>> {
    if let Some(one) = one(keyword, value)? {
        return Ok(Arc::new([one]));
    }
    let Ok(items) = value.try_iter() else {
        return Err(PyTypeError::new_err(format!(
            "`{keyword}` is {}, not a path or several",
            kind(value)
        )));
    };
    let items = items.map(|item| {
        let item = item?;
        one(keyword, &item)?.ok_or_else(|| not_a_path(keyword, &item))
    });
    items.collect()
}

/// Returns a value as one path; None if it is not one.
fn one(keyword: &str, value: &Bound<'_, PyAny>) -> PyResult<Option<Listed>> {
    let py = value.py();
    let (spelled, kind) = if is_path(value)? {
        (value.clone(), Kind::Either)
    } else if is_ours(value, "Glob")? {
        (value.getattr(intern!(py, "pattern"))?, Kind::Glob)
    } else if is_ours(value, "Tree")? {
        (value.getattr(intern!(py, "path"))?, Kind::Tree)
    } else {
        return Ok(None);
    };
    let path = path(keyword, &spelled)?;
    if path.as_os_str().is_empty() {
        return Err(PyValueError::new_err(format!("{keyword}: a path is empty")));
    }
    Ok(Some(Listed {
        object: spelled.unbind(),
        path,
        kind,
        declared: OnceLock::new(),
    }))
}

fn is_ours(value: &Bound<'_, PyAny>, class: &str) -> PyResult<bool> {
    let declared = value.py().import(intern!(value.py(), "jobstamps.declared"))?;
    value.is_instance(&declared.getattr(class)?)
}

/// Tells whether a value is a path as Python sees it: text, bytes, or something with `__fspath__`.
pub(crate) fn is_path(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(value.is_instance_of::<PyString>()
        || value.is_instance_of::<PyBytes>()
        || value.hasattr(intern!(value.py(), "__fspath__"))?)
}

/// Returns the path that a value is.
///
/// # Errors
///
/// `TypeError` if it is none, `ValueError` if it has a null character.
pub(crate) fn path(keyword: &str, value: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    if !is_path(value)? {
        return Err(not_a_path(keyword, value));
    }
    let py = value.py();
    // Most are plain text, which every system spells alike: asking Python costs as much as half a hit.
    if let Ok(text) = value.cast_exact::<PyString>()
        && let Ok(text) = text.to_cow()
        && text.is_ascii()
        && !text.contains('\0')
    {
        return Ok(PathBuf::from(text.into_owned()));
    }
    // Bytes are a path as the system spells it.
    let text = py
        .import(intern!(py, "os"))?
        .call_method1(intern!(py, "fsdecode"), (value,))?;
    let text = text.cast::<PyString>()?;
    if text.contains('\0')? {
        return Err(PyValueError::new_err(format!(
            "`{keyword}` has a path with a null character"
        )));
    }
    text.extract()
}

/// Returns a short text for a value that is not what it should be.
pub(crate) fn kind(value: &Bound<'_, PyAny>) -> String {
    match value.repr() {
        Ok(text) => text.to_string_lossy().chars().take(80).collect(),
        Err(_) => value.get_type().to_string(),
    }
}

fn not_a_path(keyword: &str, value: &Bound<'_, PyAny>) -> PyErr {
    PyTypeError::new_err(format!("`{keyword}` has {}, which is not a path", kind(value)))
}
