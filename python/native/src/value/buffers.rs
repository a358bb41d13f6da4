//! The buffers of a value, brought back: mapped from the side file that they lie in, or copied.
//!
//! A map costs the same for a kilobyte as for a gigabyte, and its pages come when they are used. It is private
//! (copy-on-write): whoever changes the value changes his own copy. What is mapped cannot be cut short under the reader,
//! since a side file is never touched after it was published, and may be removed while it is mapped.

use std::fs::File;

use jobstamps::{Part, disk};
use pyo3::exceptions::{PyException, PyRuntimeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyByteArray, PyDict, PyList, PyMemoryView, PySlice};

use super::layout::Lying;

/// How large buffers come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mmap {
    /// Mapped, and what is changed in them is the caller's own.
    Copy,
    /// Mapped, and not to be changed: no page of it is ever copied.
    Read,
    /// Copied into memory.
    None,
}

/// Returns the buffers that lie in `part` as memoryviews.
///
/// # Errors
///
/// They do not lie in it, or it cannot be read.
pub(super) fn bring_back<'py>(
    py: Python<'py>,
    part: &Part,
    buffers: &[Lying],
    how: Mmap,
) -> PyResult<Bound<'py, PyList>> {
    let Part::File { file, length } = part else {
        return Err(PyRuntimeError::new_err("its buffers are not where they should be"));
    };
    let lies_inside = |buffer: &Lying| {
        buffer
            .start
            .checked_add(buffer.length)
            .is_some_and(|end| end <= *length)
    };
    if !buffers.iter().all(lies_inside) {
        return Err(PyRuntimeError::new_err("its buffers are not where they should be"));
    }
    let map = match how {
        Mmap::None => None,
        Mmap::Copy | Mmap::Read => match mapped(py, file, *length, how) {
            Ok(map) => map,
            // No more descriptors, or no `mmap` in this Python.
            Err(error) if error.is_instance_of::<PyException>(py) => None,
            Err(error) => return Err(error),
        },
    };
    let views = PyList::empty(py);
    for buffer in buffers {
        let view = match &map {
            Some(map) => map.get_item(PySlice::new(
                py,
                isize::try_from(buffer.start).map_err(PyErr::from)?,
                isize::try_from(buffer.start + buffer.length).map_err(PyErr::from)?,
                1,
            ))?,
            None => copied(py, file, buffer)?,
        };
        let read_only = buffer.read_only || how == Mmap::Read;
        views.append(if read_only {
            view.call_method0(intern!(py, "toreadonly"))?
        } else {
            view
        })?;
    }
    Ok(views)
}

/// Returns a memoryview of the whole file.
#[cfg(unix)]
fn mapped<'py>(py: Python<'py>, file: &File, length: u64, how: Mmap) -> PyResult<Option<Bound<'py, PyAny>>> {
    use std::os::fd::AsRawFd as _;
    /// Half of what a program may usually have open.
    const MANY: i32 = 512;
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    static COPY: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    static READ: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    let maps_hold_no_descriptor = py.version_info() >= (3, 13);
    if !maps_hold_no_descriptor && file.as_raw_fd() >= MANY {
        return Ok(None);
    }
    let class = CLASS.get_or_try_init(py, || py.import("mmap")?.getattr("mmap").map(Bound::unbind))?;
    let (options, access) = match how {
        Mmap::Read => (&READ, "ACCESS_READ"),
        _ => (&COPY, "ACCESS_COPY"),
    };
    let options = options.get_or_try_init(py, || -> PyResult<_> {
        let options = PyDict::new(py);
        options.set_item("access", py.import("mmap")?.getattr(access)?)?;
        if maps_hold_no_descriptor {
            // Else each has one of its own, for no use but to be resized.
            options.set_item("trackfd", false)?;
        }
        Ok(options.unbind())
    })?;
    let map = class
        .bind(py)
        .call((file.as_raw_fd(), length), Some(options.bind(py)))?;
    PyMemoryView::from(&map).map(|view| Some(view.into_any()))
}

/// Returns nothing: where files are not numbers they are not mapped.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it may fail")]
fn mapped<'py>(_py: Python<'py>, _file: &File, _length: u64, _how: Mmap) -> PyResult<Option<Bound<'py, PyAny>>> {
    Ok(None)
}

fn copied<'py>(py: Python<'py>, file: &File, buffer: &Lying) -> PyResult<Bound<'py, PyAny>> {
    let length = usize::try_from(buffer.length).map_err(PyErr::from)?;
    // Each by itself: one that is kept does not keep the others.
    let bytes = PyByteArray::new_with(py, length, |bytes| {
        Ok(py.detach(|| disk::read_exact_at(file, bytes, buffer.start))?)
    })?;
    PyMemoryView::from(bytes.as_any()).map(Bound::into_any)
}
