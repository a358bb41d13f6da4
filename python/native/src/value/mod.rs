//! A function's value as bytes, and back.
//!
//! Only Python pickles and unpickles; the core keeps bytes. A pickle comes in pieces, and large buffers (those of arrays)
//! stand beside it, so that a large value is never in memory twice, and a hit maps them instead of reading them. What a
//! pickle calls `__main__` is another module in another program: so a pickle that mentions it is kept with the real name
//! of the module that was meant.
//!
//! What a value is kept as: one piece, its pickle; or more, of which the last is a [`Layout`], the one before it the
//! pickle, and the first the one that holds the buffers. docs/stamp-format.md has the bytes.

mod blame;
mod buffers;
mod layout;
mod writer;

use std::fs::File;

use jobstamps::{Part, Recording};
use pyo3::exceptions::PyRuntimeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};

use crate::canonical::real_module;
use layout::Layout;
use writer::Writer;

pub(crate) use blame::blame;
pub(crate) use buffers::Mmap;

/// Protocol 5 is the newest that Python 3.9 knows, and the first that lets buffers stand beside the pickle.
const PROTOCOL: u8 = 5;
const MAIN: &str = "__main__";
const MAIN_IN_WORKERS: &str = "__mp_main__";

/// Pickles a value into its recording; returns this with the other pieces that must be kept.
///
/// # Errors
///
/// What pickling raised; the recording is gone then.
pub(crate) fn dump(value: &Bound<'_, PyAny>, recording: Recording) -> PyResult<(Recording, Vec<Vec<u8>>)> {
    let py = value.py();
    let writer = Bound::new(py, Writer::of(recording))?;
    let options = PyDict::new(py);
    options.set_item(
        intern!(py, "buffer_callback"),
        writer.getattr(intern!(py, "put_beside"))?,
    )?;
    let pickled = pickle(py, "dump")?.call((value, &writer, PROTOCOL), Some(&options));
    // Taken even where pickling failed: somebody may hold on to the exception, and with it to the writer.
    let sink = writer.get().take();
    pickled?;
    sink?.finish(py, || main_name(py))
}

/// Makes a value of the pieces that were kept: a new object each time.
///
/// # Errors
///
/// What unpickling raised: classes move and change.
pub(crate) fn load(py: Python<'_>, mut parts: Vec<Part>, how: Mmap) -> PyResult<Bound<'_, PyAny>> {
    let layout = if parts.len() > 1 { parts.pop() } else { None };
    let Some(pickled) = parts.pop() else {
        return Err(PyRuntimeError::new_err("the stamp has no value"));
    };
    let Some(layout) = layout else {
        return unpickle(py, pickled, None);
    };
    let Some(layout) = Layout::parse(&layout.into_bytes()?) else {
        return Err(PyRuntimeError::new_err(
            "it was written by another version of jobstamps",
        ));
    };
    if let Some(main) = &layout.main {
        meet_main(py, main)?;
    }
    if layout.buffers.is_empty() {
        return unpickle(py, pickled, None);
    }
    let buffers = buffers::bring_back(py, parts.first().unwrap_or(&pickled), &layout.buffers, how)?;
    unpickle(py, pickled, Some(&buffers))
}

fn unpickle<'py>(py: Python<'py>, pickled: Part, buffers: Option<&Bound<'py, PyList>>) -> PyResult<Bound<'py, PyAny>> {
    let options = buffers.map(|buffers| {
        let options = PyDict::new(py);
        options.set_item(intern!(py, "buffers"), buffers).map(|()| options)
    });
    let options = options.transpose()?;
    match pickled {
        Part::Bytes(bytes) => pickle(py, "loads")?.call((PyBytes::new(py, &bytes),), options.as_ref()),
        Part::File { file, length } => {
            let file = opened(py, file, length)?;
            let value = pickle(py, "load")?.call((&file,), options.as_ref());
            file.call_method0(intern!(py, "close"))?;
            value
        }
    }
}

/// Makes sure that `__main__` is the module that a pickle was written in.
fn meet_main(py: Python<'_>, main: &str) -> PyResult<()> {
    if main != main_name(py)? {
        return Err(PyRuntimeError::new_err("it belongs to another program's `__main__`"));
    }
    // A worker process of multiprocessing may have written it, and here nobody may have imported multiprocessing.
    let modules = py.import(intern!(py, "sys"))?.getattr(intern!(py, "modules"))?;
    let modules = modules.cast::<PyDict>()?;
    if !modules.contains(MAIN_IN_WORKERS)? {
        modules.set_item(MAIN_IN_WORKERS, modules.get_item(MAIN)?)?;
    }
    Ok(())
}

/// Returns a file as Python reads it.
#[cfg(unix)]
fn opened(py: Python<'_>, file: File, _length: u64) -> PyResult<Bound<'_, PyAny>> {
    use std::os::fd::{AsRawFd as _, IntoRawFd as _};
    let opened = py
        .import(intern!(py, "io"))?
        .call_method1(intern!(py, "open"), (file.as_raw_fd(), "rb"))?;
    // Python's only now: it does not close what it failed to open.
    let _ = file.into_raw_fd();
    Ok(opened)
}

/// Returns a file as Python reads it: where files are not numbers, from memory.
#[cfg(not(unix))]
fn opened(py: Python<'_>, file: File, length: u64) -> PyResult<Bound<'_, PyAny>> {
    let bytes = Part::File { file, length }.into_bytes()?;
    py.import(intern!(py, "io"))?
        .call_method1(intern!(py, "BytesIO"), (PyBytes::new(py, &bytes),))
}

/// Returns a function of pickle's C half: its Python half takes milliseconds to import and adds nothing here.
fn pickle<'py>(py: Python<'py>, name: &'static str) -> PyResult<Bound<'py, PyAny>> {
    static MODULE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    static LOADS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let module = || -> PyResult<&Bound<'py, PyAny>> {
        let module = MODULE.get_or_try_init(py, || {
            py.import("_pickle")
                .or_else(|_| py.import("pickle"))
                .map(|module| module.into_any().unbind())
        })?;
        Ok(module.bind(py))
    };
    if name == "loads" {
        let loads = LOADS.get_or_try_init(py, || module()?.getattr(name).map(Bound::unbind))?;
        return Ok(loads.bind(py).clone());
    }
    module()?.getattr(name)
}

fn main_name(py: Python<'_>) -> PyResult<String> {
    let name = real_module(PyString::intern(py, MAIN).as_any())?;
    Ok(name.unwrap_or_else(|| MAIN.to_owned()))
}
