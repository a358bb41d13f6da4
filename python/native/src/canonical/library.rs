//! Values of libraries that lay equal data out in many ways: tables, columns and tensors.
//!
//! What they pickle tells of blocks, chunks, slices and addresses. So `jobstamps.contents` takes them apart first, into
//! what they say to people. It is imported when such a value is met; the library is loaded then already.

use pyo3::exceptions::PyException;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyType};

use super::{At, Encoder, Keyed, Tag};

/// Tells whether values of classes from `module` may be taken apart.
pub(super) fn is_taken_apart(module: &str) -> bool {
    let library = module.split('.').next().unwrap_or_default();
    matches!(library, "pandas" | "polars" | "pyarrow" | "torch")
}

impl<'py> Encoder<'py> {
    /// Writes a value of such a library: what it is made of, or its state where that is as good.
    pub(super) fn of_library(&mut self, value: &Bound<'py, PyAny>, class: &Bound<'py, PyType>) -> Keyed<()> {
        let py = self.py;
        let parts = py
            .import(intern!(py, "jobstamps.contents"))
            .and_then(|contents| contents.call_method1(intern!(py, "parts_of"), (value,)));
        let parts = match parts {
            Ok(parts) => parts.cast_into::<PyTuple>().ok(),
            // A version of the library that we do not know: its state may differ where its content does not, no more.
            Err(error) if error.is_instance_of::<PyException>(py) => None,
            Err(error) => return Err(error.into()),
        };
        let Some(parts) = parts else {
            return self.instance(value, class);
        };
        self.inside(value, Tag::Told, |encoder| {
            encoder.class(class)?;
            for (index, part) in parts.iter().enumerate() {
                encoder.value(&part).at(|| format!(" part {index}"))?;
            }
            Ok(())
        })
    }
}
