//! `run` and `out_of_date`: the way from a call to its value.

use jobstamps::Cache;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use crate::identity::{Call, name_of};
use crate::notice::{debug, warn};
use crate::prepared::Prepared;
use crate::settings::{Settings, is_set};

/// Calls the function, or returns what it returned before.
#[pyfunction]
pub(crate) fn run<'py>(
    py: Python<'py>,
    function: Bound<'py, PyAny>,
    args: Bound<'py, PyTuple>,
    kwargs: Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    let settings = Settings::take(&kwargs)?;
    let call = Call { function, args, kwargs };
    if is_set("JOBSTAMPS_DISABLED") {
        debug(
            py,
            || name_of(&call.function),
            || "runs: JOBSTAMPS_DISABLED is set".to_owned(),
        )?;
        return call.make();
    }
    match Prepared::of(py, &call, &settings)? {
        Ok(prepared) => prepared.run(py, &call),
        Err(refusal) => {
            let message = refusal.into_message(py)?;
            warn(
                py,
                &format!("`{}` runs without being remembered: {message}", name_of(&call.function)),
            )?;
            call.make()
        }
    }
}

/// Returns why `run` would call the function; None if it would not.
#[pyfunction]
pub(crate) fn out_of_date<'py>(
    py: Python<'py>,
    function: Bound<'py, PyAny>,
    args: Bound<'py, PyTuple>,
    kwargs: Bound<'py, PyDict>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let settings = Settings::take(&kwargs)?;
    if is_set("JOBSTAMPS_DISABLED") {
        return Ok(Some(PyString::intern(py, "JOBSTAMPS_DISABLED").into_any()));
    }
    match Prepared::of(py, &Call { function, args, kwargs }, &settings)? {
        Ok(prepared) => {
            let reasons = prepared.ask(py, Cache::reasons)?.unwrap_or_default();
            reasons
                .first()
                .map(|reason| prepared.path_of(py, reason, &settings))
                .transpose()
        }
        // It would be called, and there is no file to name.
        Err(refusal) => Ok(Some(PyString::new(py, &refusal.into_message(py)?).into_any())),
    }
}
