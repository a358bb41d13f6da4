//! What things are called, and where names lead, without running the code of a user's class or module.

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyModule, PyString, PyType};

use crate::canonical::real_module;

/// Returns `sys.modules`.
pub(super) fn modules(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    Ok(py
        .import(intern!(py, "sys"))?
        .getattr(intern!(py, "modules"))?
        .cast_into()?)
}

/// Returns the module of that name, if it is imported.
pub(super) fn module<'py>(py: Python<'py>, name: &str) -> PyResult<Option<Bound<'py, PyModule>>> {
    Ok(modules(py)?.get_item(name)?.and_then(|module| module.cast_into().ok()))
}

/// Returns the name of a module as messages and parts have it: the real one for the program that was started.
pub(super) fn of_module(name: Option<&Bound<'_, PyAny>>) -> String {
    let Some(name) = name else { return "?".to_owned() };
    if !name.is_instance_of::<PyString>() {
        return "?".to_owned();
    }
    real_module(name).ok().flatten().unwrap_or_else(|| name.to_string())
}

/// Returns a function's name: module and qualified name.
pub(super) fn of_function(function: &Bound<'_, PyAny>) -> String {
    let py = function.py();
    let module = function.getattr(intern!(py, "__module__")).ok();
    let name = function
        .getattr(intern!(py, "__qualname__"))
        .map_or_else(|_| "?".to_owned(), |name| name.to_string());
    format!("{}.{name}", of_module(module.as_ref()))
}

/// Returns an attribute of a class as `type` itself gives it, whatever the class's own class would say.
pub(super) fn of_type<'py>(class: &Bound<'py, PyType>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
    let py = class.py();
    py.get_type::<PyType>()
        .getattr(intern!(py, "__getattribute__"))?
        .call1((class, name))
}

/// Returns an attribute of an object as `object` itself gives it, whatever the object's class would say.
pub(super) fn of_object<'py>(value: &Bound<'py, PyAny>, name: &Bound<'py, PyString>) -> Option<Bound<'py, PyAny>> {
    // SAFETY: an object and a str, both alive; the result is a new reference, or null with an error set.
    let found = unsafe {
        let found = ffi::PyObject_GenericGetAttr(value.as_ptr(), name.as_ptr());
        Bound::from_owned_ptr_or_err(value.py(), found)
    };
    found.ok()
}

/// Returns the `__dict__` of a class itself, which its `__dict__` only shows.
pub(super) fn body<'py>(class: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyDict>> {
    let py = class.py();
    let shown = of_type(class, intern!(py, "__dict__"))?;
    let behind = py
        .import(intern!(py, "gc"))?
        .call_method1(intern!(py, "get_referents"), (shown,))?;
    Ok(behind.get_item(0)?.cast_into()?)
}

/// Returns the module that a class says it is from.
pub(super) fn module_of_class(class: &Bound<'_, PyType>) -> Option<String> {
    let py = class.py();
    let name = of_type(class, intern!(py, "__module__")).ok()?;
    name.cast::<PyString>()
        .ok()
        .map(|name| name.to_string_lossy().into_owned())
}

/// Returns the name of a class: module and qualified name.
pub(super) fn of_class(class: &Bound<'_, PyType>) -> String {
    let py = class.py();
    let module = of_type(class, intern!(py, "__module__")).ok();
    let name = of_type(class, intern!(py, "__qualname__")).map_or_else(|_| "?".to_owned(), |name| name.to_string());
    format!("{}.{name}", of_module(module.as_ref()))
}
