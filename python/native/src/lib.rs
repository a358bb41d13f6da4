//! The native half of the Python package `jobstamps`.
//!
//! Only bytes, paths and numbers cross from here to the core; only here are Python objects looked at.

// What Python people read is written as they write it.
#![allow(clippy::doc_markdown)]

mod answers;
mod attempt;
mod behind;
mod binding;
mod bound;
mod bytecode;
mod calls;
mod canonical;
mod counting;
mod files;
mod identity;
mod keeping;
mod known;
mod memory;
mod naming;
mod notice;
mod options;
mod parameters;
mod plan;
mod prepared;
mod quantity;
mod reach;
mod run;
mod settings;
mod stamped;
mod stamps;
mod steps;
mod surroundings;
mod table;
mod tally;
mod telling;
mod turn;
mod value;
mod variables;
mod verified;
mod wishes;
mod wrapping;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use canonical::{At, Encoder, Reprs};
use identity::{Call, Target};
use parameters::Parameters;
use reach::{Depth, Reach};

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
    let call = Call { function, args, kwargs };
    let target = Target::found(&call)?;
    target.refuse_unkeepable(&call.function)?;
    match target.identify(Reprs::Trusted, &Parameters::default(), Depth::Deep) {
        Ok(identity) => {
            let code = identity.reached.code("", None).digest;
            Ok((PyBytes::new(py, &identity.bytes), PyBytes::new(py, &code.0)))
        }
        Err(refusal) => Err(PyTypeError::new_err(refusal.into_message(py)?)),
    }
}

/// Returns what a function or class reaches, for tests and measurements: digests by the names of parts, what is not seen, how
/// many things a hit compares, and whether they are as they were, having looked so many times.
#[pyfunction]
#[allow(clippy::type_complexity)] // A tuple, for tests only.
fn reached(function: &Bound<'_, PyAny>, times: usize) -> PyResult<(Vec<(String, String)>, Vec<String>, usize, bool)> {
    let reach = Reach::of(function, Depth::Deep)?;
    let parts = reach
        .code()
        .parts
        .iter()
        .map(|part| (part.name.clone(), part.digest.hex()));
    let holds = (0..times).all(|_| reach.holds(function.py()));
    Ok((parts.collect(), reach.unseen().to_vec(), reach.size(), holds))
}

#[pymodule]
mod _native {
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::bound::BoundStamped;
    #[pymodule_export]
    use super::counting::counted;
    #[pymodule_export]
    use super::notice::{fail_in, one_line};
    #[pymodule_export]
    use super::run::{out_of_date, run};
    #[pymodule_export]
    use super::stamped::Stamped;
    #[pymodule_export]
    use super::stamps::{Stamps, stamp};
    #[pymodule_export]
    use super::{encode, identify, reached};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::turn::watch_forks(module.py())?;
        // As PEP 440 spells it, and as maturin does in the package's metadata.
        module.add("__version__", env!("CARGO_PKG_VERSION").replace("-dev", ".dev0"))
    }
}
