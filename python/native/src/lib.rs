//! The native half of the Python package `jobstamps`.
//!
//! Only bytes, paths and numbers cross from here to the core; only here are Python objects looked at.

mod binding;
mod bytecode;
mod canonical;
mod files;
mod identity;
mod notice;
mod plan;
mod prepared;
mod run;
mod settings;
mod surroundings;
mod turn;
mod value;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use canonical::{At, Encoder, Reprs};
use identity::{Call, Target};

/// Returns the canonical encoding of a value.
#[pyfunction]
fn encode<'py>(py: Python<'py>, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    let mut encoder = Encoder::new(py, Reprs::Trusted);
    match encoder.value(value).at(|| "value".to_owned()) {
        Ok(()) => Ok(PyBytes::new(py, &encoder.finish().0)),
        Err(refusal) => Err(PyTypeError::new_err(refusal.into_message(py)?)),
    }
}

/// Returns the identity of a call, and the digest of the code it depends on.
#[pyfunction]
fn identify<'py>(
    py: Python<'py>,
    function: Bound<'py, PyAny>,
    args: Bound<'py, PyTuple>,
    kwargs: Bound<'py, PyDict>,
) -> PyResult<(Bound<'py, PyBytes>, Bound<'py, PyBytes>)> {
    match Target::of(&Call { function, args, kwargs })?.identify(Reprs::Trusted) {
        Ok(identity) => Ok((PyBytes::new(py, &identity.bytes), PyBytes::new(py, &identity.code))),
        Err(refusal) => Err(PyTypeError::new_err(refusal.into_message(py)?)),
    }
}

#[pymodule]
mod _native {
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::run::{out_of_date, run};
    #[pymodule_export]
    use super::{encode, identify};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        // As PEP 440 spells it, and as maturin does in the package's metadata.
        module.add("__version__", env!("CARGO_PKG_VERSION").replace("-dev", ".dev0"))
    }
}
