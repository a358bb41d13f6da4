//! A function's value as bytes, and back.
//!
//! Only Python pickles and unpickles; the core keeps bytes. They pass from one to the other in pieces, so that a large
//! value is never in memory twice. What a pickle calls `__main__` is another module in another program: so a pickle that
//! mentions it is kept with the real name of the module that was meant.

use std::fs::File;

use jobstamps::{Part, Recording};
use pyo3::exceptions::{PyException, PyRuntimeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyString};

use crate::canonical::real_module;

/// Protocol 5 is the newest that Python 3.9 knows.
const PROTOCOL: u8 = 5;
const MAIN: &str = "__main__";
const MAIN_IN_WORKERS: &str = "__mp_main__";
/// Pickle gathers what is small into frames of some 64 KiB. What comes in larger pieces is one large string of bytes.
const LARGE: usize = 128 * 1024;

/// How large buffers come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mmap {
    Copy,
    Read,
    None,
}

/// What pickle takes for a file: passes bytes on into a recording.
#[pyclass]
struct Writer {
    /// None once the pickle is whole.
    recording: Option<Recording>,
    mentions_main: bool,
}

#[pymethods]
impl Writer {
    fn write(&mut self, bytes: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = bytes.py();
        let copied;
        let bytes = if let Ok(bytes) = bytes.cast::<PyBytes>() {
            bytes.as_bytes()
        } else {
            copied = bytes.call_method0(intern!(py, "tobytes"))?;
            copied.cast::<PyBytes>()?.as_bytes()
        };
        let Some(recording) = &mut self.recording else {
            return Ok(());
        };
        if bytes.len() < LARGE {
            self.mentions_main |= mentions(bytes, MAIN) || mentions(bytes, MAIN_IN_WORKERS);
            recording.keep(bytes);
        } else {
            py.detach(|| recording.keep(bytes));
        }
        Ok(())
    }
}

/// Pickles a value into its recording; returns this with the other pieces that must be kept.
///
/// # Errors
///
/// What pickling raised; the recording is gone then.
pub(crate) fn dump(value: &Bound<'_, PyAny>, recording: Recording) -> PyResult<(Recording, Vec<Vec<u8>>)> {
    let py = value.py();
    let writer = Bound::new(
        py,
        Writer {
            recording: Some(recording),
            mentions_main: false,
        },
    )?;
    let pickled = pickle(py, "dump")?.call1((value, &writer, PROTOCOL));
    let mut writer = writer.borrow_mut();
    // Taken even where pickling failed: somebody may hold on to the exception, and with it to the writer.
    let recording = writer.recording.take();
    pickled?;
    let recording = recording.ok_or_else(|| PyRuntimeError::new_err("the pickle was written twice"))?;
    let more = if writer.mentions_main {
        vec![main_name(py)?.into_bytes()]
    } else {
        Vec::new()
    };
    Ok((recording, more))
}

/// Makes a value of the pieces that were kept: a new object each time.
///
/// # Errors
///
/// What unpickling raised: classes move and change.
pub(crate) fn load(py: Python<'_>, parts: Vec<Part>, _mmap: Mmap) -> PyResult<Bound<'_, PyAny>> {
    let mut parts = parts.into_iter();
    let pickled = parts.next().unwrap_or(Part::Bytes(Vec::new()));
    if let Some(main) = parts.next() {
        if main.into_bytes()? != main_name(py)?.as_bytes() {
            return Err(PyRuntimeError::new_err("it belongs to another program's `__main__`"));
        }
        // A worker process of multiprocessing may have written it, and here nobody may have imported multiprocessing.
        let modules = py.import(intern!(py, "sys"))?.getattr(intern!(py, "modules"))?;
        let modules = modules.cast::<PyDict>()?;
        if !modules.contains(MAIN_IN_WORKERS)? {
            modules.set_item(MAIN_IN_WORKERS, modules.get_item(MAIN)?)?;
        }
    }
    match pickled {
        Part::Bytes(bytes) => pickle(py, "loads")?.call1((PyBytes::new(py, &bytes),)),
        Part::File { file, length } => {
            let file = opened(py, file, length)?;
            let value = pickle(py, "load")?.call1((&file,));
            file.call_method0(intern!(py, "close"))?;
            value
        }
    }
}

/// Returns a file as Python reads it.
#[cfg(unix)]
fn opened(py: Python<'_>, file: File, _length: u64) -> PyResult<Bound<'_, PyAny>> {
    use std::os::fd::IntoRawFd as _;
    let descriptor = file.into_raw_fd();
    py.import(intern!(py, "io"))?
        .call_method1(intern!(py, "open"), (descriptor, "rb"))
}

/// Returns a file as Python reads it: where files are not numbers, from memory.
#[cfg(not(unix))]
fn opened(py: Python<'_>, file: File, length: u64) -> PyResult<Bound<'_, PyAny>> {
    let bytes = Part::File { file, length }.into_bytes()?;
    py.import(intern!(py, "io"))?
        .call_method1(intern!(py, "BytesIO"), (PyBytes::new(py, &bytes),))
}

/// Returns what of a value cannot be pickled, after pickling it raised `error`.
///
/// # Errors
///
/// `error` itself where it says nothing about the value, as a `KeyboardInterrupt` does.
pub(crate) fn blame(value: &Bound<'_, PyAny>, error: PyErr) -> PyResult<String> {
    let py = value.py();
    if !error.is_instance_of::<PyException>(py) {
        return Err(error);
    }
    let culprit = py
        .import(intern!(py, "jobstamps.culprit"))
        .and_then(|module| module.call_method1(intern!(py, "blame"), (value,)))
        .and_then(|text| text.extract::<String>());
    match culprit {
        Ok(culprit) => Ok(format!("{culprit}, which cannot be pickled ({error})")),
        // The value's own code may do anything while it is looked at.
        Err(other) if other.is_instance_of::<PyException>(py) => Ok(format!("its value cannot be pickled ({error})")),
        Err(other) => Err(other),
    }
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

fn mentions(bytes: &[u8], name: &str) -> bool {
    bytes.windows(name.len()).any(|window| window == name.as_bytes())
}
