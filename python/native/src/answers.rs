//! What is answered about a call, as the Python objects of `jobstamps.answers`.

use std::path::Path;

use jobstamps::Reason;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use crate::files::Listed;
use crate::settings::Settings;

/// Returns a reason of a core as people compare it: it equals the path that it is about.
///
/// Paths are spelled as the caller's own lists spell them.
pub(crate) fn reason<'py>(
    py: Python<'py>,
    reason: &Reason,
    settings: &Settings,
    stamp: &Path,
) -> PyResult<Bound<'py, PyAny>> {
    let (kind, listed): (&str, &[Listed]) = match reason {
        Reason::NoStamp(_) => ("no-stamp", &[]),
        Reason::Damaged(_) | Reason::OutcomeLost(_) => ("damaged", &[]),
        Reason::NoStore(_) => ("no-store", &[]),
        Reason::MadeByAnother(_) | Reason::OutputMissing(_) | Reason::OutputAdded(_) | Reason::OutputRemoved(_) => {
            ("output", &settings.outputs)
        }
        Reason::Dependency(..) | Reason::DependencyAdded(_) | Reason::DependencyRemoved(_) => {
            ("dependency", &settings.dependencies)
        }
        Reason::Expired => ("expired", &[]),
        Reason::Forced => ("forced", &[]),
        _ => ("code", &[]),
    };
    let path = match kind {
        "output" | "dependency" => reason.path().unwrap_or(stamp),
        _ => stamp,
    };
    let spelled = listed.iter().find(|listed| listed.path == path);
    let text = match spelled {
        Some(listed) => py
            .import(intern!(py, "os"))?
            .call_method1(intern!(py, "fsdecode"), (&listed.object,))?,
        None => path.as_os_str().into_pyobject(py)?.into_any(),
    };
    told(py, &text, kind, &reason.to_string())
}

/// Returns a reason that is about no file.
pub(crate) fn told<'py>(
    py: Python<'py>,
    text: &Bound<'py, PyAny>,
    kind: &str,
    detail: &str,
) -> PyResult<Bound<'py, PyAny>> {
    made(py, "Reason")?.call1((text, kind, detail))
}

/// Returns the reason why calls are always made: the variable that says so.
pub(crate) fn disabled(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    let variable = PyString::intern(py, "JOBSTAMPS_DISABLED").into_any();
    told(py, &variable, "disabled", "JOBSTAMPS_DISABLED is set")
}

/// What is told of a call.
pub(crate) struct Explained<'py> {
    pub(crate) function: String,
    pub(crate) reasons: Vec<Bound<'py, PyAny>>,
    pub(crate) stamp: Option<Bound<'py, PyAny>>,
    pub(crate) code: Vec<String>,
    pub(crate) state: Vec<String>,
    pub(crate) unseen: Vec<String>,
}

impl<'py> Explained<'py> {
    /// Returns it as people read it.
    pub(crate) fn into_object(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let parts = PyDict::new(py);
        parts.set_item("function", self.function)?;
        parts.set_item("fresh", self.reasons.is_empty())?;
        parts.set_item("reasons", PyTuple::new(py, self.reasons)?)?;
        parts.set_item("stamp", self.stamp)?;
        parts.set_item("code", PyTuple::new(py, self.code)?)?;
        parts.set_item("state", PyTuple::new(py, self.state)?)?;
        parts.set_item("unseen", PyTuple::new(py, self.unseen)?)?;
        made(py, "Explanation")?.call((), Some(&parts))
    }
}

/// Returns how the calls of a function went.
pub(crate) fn cache_info(py: Python<'_>, counted: (u64, u64, u64)) -> PyResult<Bound<'_, PyAny>> {
    made(py, "CacheInfo")?.call1(counted)
}

/// Returns how much a store holds, or how much went.
pub(crate) fn stats(py: Python<'_>, stamps: u64, bytes: u64) -> PyResult<Bound<'_, PyAny>> {
    made(py, "Stats")?.call1((stamps, bytes))
}

fn made<'py>(py: Python<'py>, class: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import(intern!(py, "jobstamps.answers"))?.getattr(class)
}
