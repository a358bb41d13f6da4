//! What to say of a value that cannot be pickled.

use pyo3::exceptions::PyException;
use pyo3::intern;
use pyo3::prelude::*;

/// Returns what of a value cannot be pickled, after pickling it raised `error`.
///
/// # Errors
///
/// `error` itself where it says nothing about the value, as a `KeyboardInterrupt` does.
pub(crate) fn blame(value: &Bound<'_, PyAny>, error: PyErr) -> PyResult<String> {
    let py = value.py();
    if !error.is_instance_of::<PyException>(py) {
        return Err(error);
    }
    let culprit = py
        .import(intern!(py, "jobstamps.culprit"))
        .and_then(|module| module.call_method1(intern!(py, "blame"), (value,)))
        .and_then(|text| text.extract::<String>());
    match culprit {
        Ok(culprit) => Ok(format!("{culprit}, which cannot be pickled ({error})")),
        // The value's own code may do anything while it is looked at.
        Err(other) if other.is_instance_of::<PyException>(py) => Ok(format!("its value cannot be pickled ({error})")),
        Err(other) => Err(other),
    }
}
