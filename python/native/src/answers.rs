//! What is answered about a call, as the Python objects of `jobstamps.answers`.

use std::path::Path;

use jobstamps::disk::Kind;
use jobstamps::fingerprint::{Seen, ThenAndNow};
use jobstamps::{Nearest, Reason, Time};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use crate::files::Listed;
use crate::settings::Settings;

/// Returns a reason of a core as people compare it: it equals the path that it is about. `views` tell how that looked.
///
/// Paths are spelled as the caller's own lists spell them.
pub(crate) fn reason<'py>(
    py: Python<'py>,
    reason: &Reason,
    views: Option<&ThenAndNow>,
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
    let (then, now) = match views {
        Some(views) => (Some(seen(py, &views.then)?), Some(seen(py, &views.now)?)),
        None => (None, None),
    };
    made(py, "Reason")?.call1((text, kind, reason.to_string(), then, now))
}

/// Returns how something looked.
fn seen<'py>(py: Python<'py>, seen: &Seen) -> PyResult<Bound<'py, PyAny>> {
    let kind = seen.kind.map(|kind| match kind {
        Kind::File => "file",
        Kind::Directory => "directory",
        Kind::Link => "link",
        Kind::Fifo => "fifo",
        Kind::Socket => "socket",
        Kind::Device => "device",
    });
    let parts = (
        kind,
        seen.size,
        seen.modified.map(nanoseconds),
        seen.changed.map(nanoseconds),
        seen.mode,
        seen.digest.map(|digest| digest.hex()),
    );
    made(py, "Seen")?.call1(parts)
}

/// Returns a time as Python's `os.stat` counts it.
fn nanoseconds(time: Time) -> i128 {
    i128::from(time.seconds) * 1_000_000_000 + i128::from(time.nanoseconds)
}

/// Returns the remembered call that is most like another.
pub(crate) fn nearest<'py>(py: Python<'py>, nearest: &Nearest) -> PyResult<Bound<'py, PyAny>> {
    let differences: Vec<String> = nearest.contrasts.iter().map(ToString::to_string).collect();
    let ran = nearest.ran.map(nanoseconds);
    made(py, "Nearest")?.call1((nearest.key.hex(), PyTuple::new(py, differences)?, ran))
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
    /// When the run started that the reasons compare with.
    pub(crate) ran: Option<Time>,
    pub(crate) nearest: Option<Bound<'py, PyAny>>,
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
        parts.set_item("ran", self.ran.map(nanoseconds))?;
        parts.set_item("nearest", self.nearest)?;
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
