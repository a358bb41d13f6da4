//! What names lead to: by name is written only what its name leads to, as pickle sees it too.

use pyo3::exceptions::PyException;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::{Encoder, Keyed};

impl<'py> Encoder<'py> {
    /// Writes the name of a module, the real one for the program that was started.
    pub(super) fn module_name(&mut self, name: &Bound<'py, PyAny>) -> Keyed<()> {
        match real_module(name)? {
            Some(real) => {
                self.word(&real);
                Ok(())
            }
            None => self.value(name),
        }
    }
}

/// Returns the real name of `__main__` and `__mp_main__`; None for any other module.
///
/// It is `__spec__.name` for `python -m`, else the script's stem: so a script, the same script imported, and the copy of
/// it that a worker process of multiprocessing makes, name one function alike.
pub(crate) fn real_module(name: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    let py = name.py();
    // Not `==` with a Rust text: that would copy the name, on every hit.
    if !name.eq(intern!(py, "__main__"))? && !name.eq(intern!(py, "__mp_main__"))? {
        return Ok(None);
    }
    let Some(main) = modules(py).get_item(name)? else {
        return Ok(None);
    };
    if let Some(spec) = main
        .getattr_opt(intern!(py, "__spec__"))?
        .filter(|spec| !spec.is_none())
    {
        return spec.getattr(intern!(py, "name"))?.extract();
    }
    match main.getattr_opt(intern!(py, "__file__"))? {
        Some(file) => {
            let path: std::path::PathBuf = file.extract().unwrap_or_default();
            Ok(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()))
        }
        None => Ok(None),
    }
}

/// Returns the module of that name, if it is imported.
pub(super) fn loaded<'py>(name: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    modules(name.py()).get_item(name)
}

/// Returns `sys.modules`, without importing `sys`, which takes longer than all that is looked up there.
pub(crate) fn modules(py: Python<'_>) -> Bound<'_, PyDict> {
    // SAFETY: the interpreter has this dict as long as it runs.
    let modules = unsafe { Bound::from_borrowed_ptr(py, pyo3::ffi::PyImport_GetModuleDict()) };
    modules.cast_into().expect("the modules of an interpreter are a dict")
}

/// Tells whether module and qualified name lead to this very object.
///
/// Otherwise it was made when the program ran (`type(...)`, `namedtuple(...)`, `exec`), or something else has taken its
/// place since, such as a decorator's wrapper: then there may be others of that name.
pub(super) fn is_found(value: &Bound<'_, PyAny>, qualified_name: &Bound<'_, PyString>) -> PyResult<bool> {
    match found(value, qualified_name) {
        Err(error) if error.is_instance_of::<PyException>(value.py()) => Ok(false),
        found => found,
    }
}

fn found(value: &Bound<'_, PyAny>, qualified_name: &Bound<'_, PyString>) -> PyResult<bool> {
    let py = value.py();
    let Some(mut found) = loaded(&value.getattr(intern!(py, "__module__"))?)? else {
        return Ok(false);
    };
    if qualified_name.contains(intern!(py, "."))? {
        for name in qualified_name.to_cow()?.split('.') {
            found = found.getattr(name)?;
        }
    } else {
        found = found.getattr(qualified_name)?;
    }
    if found.is(value) {
        return Ok(true);
    }
    // A class method, which is bound anew each time that it is looked up.
    let function = found.getattr_opt(intern!(py, "__func__"))?;
    Ok(function.is_some_and(|function| function.is(value)))
}

/// Tells whether a name is shared by all that was made in one place.
pub(crate) fn is_local(qualified_name: &Bound<'_, PyString>) -> PyResult<bool> {
    qualified_name.contains(intern!(qualified_name.py(), "<"))
}

/// Tells whether a function or class is what its name leads to, and has that name to itself.
pub(crate) fn is_found_by_name(value: &Bound<'_, PyAny>) -> bool {
    let name = value.getattr(intern!(value.py(), "__qualname__"));
    name.is_ok_and(|name| {
        let Ok(name) = name.cast::<PyString>() else {
            return false;
        };
        !is_local(name).unwrap_or(true) && is_found(value, name).unwrap_or(false)
    })
}
