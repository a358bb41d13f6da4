//! What a stamped function takes over from the function: names, docstring, attributes, and how it binds as a method.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFunction, PyString};

/// How attribute access turns the function into a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binds {
    /// Not at all.
    Never,
    /// To the instance, as functions do.
    ToInstance,
    /// To the class.
    ToClass,
}

/// Returns the function that a staticmethod or classmethod wraps, and how attribute access binds it.
pub(crate) fn unwrapped<'py>(given: &Bound<'py, PyAny>) -> PyResult<(Bound<'py, PyAny>, Binds)> {
    let py = given.py();
    if given.cast_exact::<PyFunction>().is_ok() {
        return Ok((given.clone(), Binds::ToInstance));
    }
    let builtins = py.import(intern!(py, "builtins"))?;
    for (name, binds) in [
        (intern!(py, "staticmethod"), Binds::Never),
        (intern!(py, "classmethod"), Binds::ToClass),
    ] {
        if given.get_type().is(&builtins.getattr(name)?) {
            return Ok((given.getattr(intern!(py, "__func__"))?, binds));
        }
    }
    Ok((given.clone(), Binds::Never))
}

/// Gives a stamped function the names, docstring and attributes of the function, as `functools.wraps` does.
pub(crate) fn wrap(made: &Bound<'_, PyAny>, function: &Bound<'_, PyAny>, is_async: bool) -> PyResult<()> {
    let py = made.py();
    for name in [
        intern!(py, "__module__"),
        intern!(py, "__name__"),
        intern!(py, "__qualname__"),
        intern!(py, "__doc__"),
        intern!(py, "__annotations__"),
        intern!(py, "__annotate__"),
        intern!(py, "__type_params__"),
    ] {
        if let Ok(value) = function.getattr(name) {
            made.setattr(name, value)?;
        }
    }
    if let Some(Ok(attributes)) = function
        .getattr_opt(intern!(py, "__dict__"))?
        .map(Bound::cast_into::<PyDict>)
    {
        for (name, value) in attributes.iter() {
            made.setattr(name.cast::<PyString>()?, value)?;
        }
    }
    made.setattr(intern!(py, "__wrapped__"), function)?;
    if is_async {
        py.import(intern!(py, "jobstamps.asynchronous"))?
            .call_method1(intern!(py, "mark"), (made,))?;
    }
    Ok(())
}
