//! What an object prints of itself, where that is all it lets be known: programs written for 0.0.20 rely on it.

use pyo3::exceptions::PyException;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyFunction, PyString, PyType};

use super::name::modules;

/// Returns what the class's own `__repr__` says, unless that tells nothing lasting.
pub(super) fn own_repr<'py>(
    value: &Bound<'py, PyAny>,
    class: &Bound<'py, PyType>,
) -> PyResult<Option<Bound<'py, PyString>>> {
    let py = value.py();
    let body = class.getattr(intern!(py, "__dict__"))?;
    let Ok(repr) = body.get_item(intern!(py, "__repr__")) else {
        return Ok(None);
    };
    // An open file or socket is not what it prints.
    if !repr.is_instance_of::<PyFunction>() || value.hasattr(intern!(py, "fileno"))? || is_from_python(class)? {
        return Ok(None);
    }
    let text = match value.repr() {
        Ok(text) => text,
        // It tells nothing; why the state could not be had is worth more.
        Err(error) if error.is_instance_of::<PyException>(py) => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(if shows_an_address(&text.to_string_lossy()) {
        None
    } else {
        Some(text)
    })
}

/// Tells whether a class is from Python's own library: its objects print themselves for people (a thread, a socket).
pub(super) fn is_from_python(class: &Bound<'_, PyType>) -> PyResult<bool> {
    let py = class.py();
    let home = |module: &Bound<'_, PyAny>| -> PyResult<Option<std::path::PathBuf>> {
        let file = module
            .getattr_opt(intern!(py, "__file__"))?
            .filter(|file| !file.is_none());
        file.map(|file| file.extract::<std::path::PathBuf>()).transpose()
    };
    let library = home(py.import(intern!(py, "os"))?.as_any())?;
    let module = modules(py).get_item(class.getattr(intern!(py, "__module__"))?)?;
    let Some(module) = module else { return Ok(false) };
    Ok(
        match (library.as_deref().and_then(std::path::Path::parent), home(&module)?) {
            (Some(library), Some(file)) => {
                file.starts_with(library) && !file.starts_with(library.join("site-packages"))
            }
            (_, None) => false,
            (None, Some(_)) => true,
        },
    )
}

fn shows_an_address(text: &str) -> bool {
    text.match_indices("0x")
        .any(|(start, _)| text[start + 2..].chars().take_while(char::is_ascii_hexdigit).count() >= 6)
}
