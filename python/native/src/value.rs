//! A function's value as bytes, and back.
//!
//! Only Python pickles and unpickles; the core keeps bytes. What a pickle calls `__main__` is another module in another
//! program: so a pickle that mentions it is kept with the real name of the module that was meant.

use jobstamps::Part;
use pyo3::exceptions::{PyException, PyRuntimeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyString};

use crate::canonical::real_module;

/// Protocol 5 is the newest that Python 3.9 knows.
const PROTOCOL: u8 = 5;
const MAIN: &str = "__main__";
const MAIN_IN_WORKERS: &str = "__mp_main__";

/// Pickles a value into the pieces that are kept.
///
/// # Errors
///
/// What pickling raised.
pub(crate) fn dump(value: &Bound<'_, PyAny>) -> PyResult<Vec<Vec<u8>>> {
    let py = value.py();
    let pickled = pickle(py, "dumps")?.call1((value, PROTOCOL))?;
    let bytes = pickled.cast::<PyBytes>()?.as_bytes();
    let mut pieces = vec![bytes.to_vec()];
    if mentions(bytes, MAIN) || mentions(bytes, MAIN_IN_WORKERS) {
        pieces.push(main_name(py)?.into_bytes());
    }
    Ok(pieces)
}

/// Makes a value of the pieces that were kept: a new object each time.
///
/// # Errors
///
/// What unpickling raised: classes move and change.
pub(crate) fn load(py: Python<'_>, parts: Vec<Part>) -> PyResult<Bound<'_, PyAny>> {
    let mut parts = parts.into_iter().map(Part::into_bytes);
    let mut next = || parts.next().transpose().map_err(PyErr::from);
    let bytes = next()?.unwrap_or_default();
    if let Some(main) = next()? {
        if main != main_name(py)?.as_bytes() {
            return Err(PyRuntimeError::new_err("it belongs to another program's `__main__`"));
        }
        // A worker process of multiprocessing wrote it, and here nobody has imported multiprocessing yet.
        let modules = py.import(intern!(py, "sys"))?.getattr(intern!(py, "modules"))?;
        let modules = modules.cast::<PyDict>()?;
        if mentions(&bytes, MAIN_IN_WORKERS) && !modules.contains(MAIN_IN_WORKERS)? {
            modules.set_item(MAIN_IN_WORKERS, modules.get_item(MAIN)?)?;
        }
    }
    pickle(py, "loads")?.call1((PyBytes::new(py, &bytes),))
}

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

/// Returns a function of pickle's C half: its Python half takes milliseconds to import and adds nothing here.
fn pickle<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    static LOADS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    static DUMPS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let known = if name == "loads" { &LOADS } else { &DUMPS };
    let function = known.get_or_try_init(py, || {
        py.import("_pickle")
            .or_else(|_| py.import("pickle"))?
            .getattr(name)
            .map(Bound::unbind)
    })?;
    Ok(function.bind(py).clone())
}

fn main_name(py: Python<'_>) -> PyResult<String> {
    let name = real_module(PyString::intern(py, MAIN).as_any())?;
    Ok(name.unwrap_or_else(|| MAIN.to_owned()))
}

fn mentions(bytes: &[u8], name: &str) -> bool {
    bytes.windows(name.len()).any(|window| window == name.as_bytes())
}
