//! What functions are called, by people and in messages.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

use crate::canonical::real_module;

/// Returns a callable's name as people write it: module and qualified name.
pub(crate) fn name_of(function: &Bound<'_, PyAny>) -> String {
    let py = function.py();
    if is_partial(function)
        && let Ok(inner) = function.getattr(intern!(py, "func"))
    {
        return name_of(&inner);
    }
    let text = |name| -> Option<String> { function.getattr(name).ok()?.extract().ok() };
    let Some(name) = text(intern!(py, "__qualname__")).or_else(|| text(intern!(py, "__name__"))) else {
        return function
            .get_type()
            .name()
            .map_or_else(|_| "?".to_owned(), |name| name.to_string());
    };
    let Ok(module) = function.getattr(intern!(py, "__module__")) else {
        return name;
    };
    match real_module(&module).ok().flatten().or_else(|| module.extract().ok()) {
        Some(module) => format!("{module}.{name}"),
        None => name,
    }
}

/// Tells whether a value is a `functools.partial`.
pub(crate) fn is_partial(value: &Bound<'_, PyAny>) -> bool {
    static PARTIAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    // Its C half, which is the same type: nothing need be imported for programs without partials.
    let partial = PARTIAL.import(value.py(), "_functools", "partial");
    partial.is_ok_and(|partial| value.get_type().is(partial))
}
