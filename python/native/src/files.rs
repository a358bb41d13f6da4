//! The files that a caller lists: paths, each with the object that it came as.

use std::path::{Path, PathBuf};

use jobstamps::job::Declared;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

/// A path in one of the caller's lists, with the object that it came as.
pub(crate) struct Listed<'py> {
    pub(crate) object: Bound<'py, PyAny>,
    pub(crate) path: PathBuf,
}

impl Listed<'_> {
    /// Returns the path as a declared dependency; relative ones belong to `directory`.
    pub(crate) fn dependency(&self, directory: &Path) -> Declared {
        Declared::pattern(&self.path, directory)
    }

    /// Returns the path as a declared output; relative ones belong to `directory`.
    pub(crate) fn output(&self, directory: &Path) -> Declared {
        Declared::new(&self.path, directory)
    }
}

/// Returns the paths that a value lists; a path by itself is a list of one.
pub(crate) fn listed<'py>(keyword: &str, value: &Bound<'py, PyAny>) -> PyResult<Vec<Listed<'py>>> {
    let one = |object: Bound<'py, PyAny>| {
        let path = path(keyword, &object)?;
        if path.as_os_str().is_empty() {
            return Err(PyValueError::new_err(format!("{keyword}: a path is empty")));
        }
        Ok(Listed { object, path })
    };
    if is_path(value)? {
        return Ok(vec![one(value.clone())?]);
    }
    let Ok(items) = value.try_iter() else {
        return Err(PyTypeError::new_err(format!(
            "`{keyword}` is {}, not a path or several",
            kind(value)
        )));
    };
    items.map(|item| one(item?)).collect()
}

fn is_path(value: &Bound<'_, PyAny>) -> PyResult<bool> {
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
        return Err(PyTypeError::new_err(format!(
            "`{keyword}` has {}, which is not a path",
            kind(value)
        )));
    }
    let py = value.py();
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
