//! The attributes of an object that its reduce state does not tell of.
//!
//! A `datetime`, a `Decimal`, a `Path` and a `defaultdict` say how to make an equal one, and nothing of the attributes that
//! an object of a subclass may have beside.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

use super::Keyed;
use super::class::is_made;
use super::repr::is_from_python;

/// Returns the attributes of an object of a subclass that its reduce state leaves out, as that of a `datetime`, a `Path` or
/// a `defaultdict` does. Where the user's own code says what the state is, that is all of it.
pub(super) fn unsaid<'py>(
    value: &Bound<'py, PyAny>,
    class: &Bound<'py, PyType>,
    parts: &Bound<'py, PyTuple>,
) -> Keyed<Option<Bound<'py, PyDict>>> {
    let py = value.py();
    if parts.len() > 2 && parts.get_item(2)?.is_instance_of::<PyDict>() {
        return Ok(None);
    }
    for base in class.mro().iter() {
        let base = base.cast_into::<PyType>().map_err(PyErr::from)?;
        let body = base.getattr(intern!(py, "__dict__"))?;
        for says in ["__reduce_ex__", "__reduce__", "__getstate__"] {
            if body.contains(says)? {
                let is_theirs = !is_made(&base) || is_from_python(&base)?;
                // Where its own objects have attributes, that class knows what to tell of them; but for Counter.
                let knows = base.getattr(intern!(py, "__dictoffset__"))?.is_truthy()? && base.name()? != "Counter";
                return Ok(if is_theirs && !knows && !base.is(py.get_type::<PyAny>()) {
                    added(value)
                } else {
                    None
                });
            }
        }
    }
    Ok(None)
}

/// Returns the attributes of an object, if it has any, without asking the object.
fn added<'py>(value: &Bound<'py, PyAny>) -> Option<Bound<'py, PyDict>> {
    let py = value.py();
    // SAFETY: an object and a str, both alive; the result is a new reference, or null with an error set.
    let attributes = unsafe {
        let name = intern!(py, "__dict__");
        let found = pyo3::ffi::PyObject_GenericGetAttr(value.as_ptr(), name.as_ptr());
        Bound::from_owned_ptr_or_err(py, found)
    };
    let attributes = attributes.ok()?.cast_into_exact::<PyDict>().ok()?;
    (!attributes.is_empty()).then_some(attributes)
}
