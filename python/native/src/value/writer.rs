//! What pickle writes into: it passes bytes on into a recording, and sets large buffers beside the pickle.

use std::sync::{Mutex, PoisonError};

use jobstamps::Recording;
use pyo3::exceptions::{PyBufferError, PyRuntimeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMemoryView};

use super::layout::{Layout, Lying};
use super::{MAIN, MAIN_IN_WORKERS};
use crate::memory;

/// A pickle of up to so many bytes stays in the stamp; a buffer of more is set beside its pickle.
const LARGE: usize = 64 * 1024;
/// Pickle gathers what is small into frames of some 64 KiB. What comes in larger pieces is one large string of bytes.
const LONGEST_FRAME: usize = 128 * 1024;
/// Where a buffer begins is a multiple of this, so that a change in one copies no page of another.
const PAGE: usize = 4096;

/// What pickle takes for a file.
///
/// While pickle writes, the code of the value's own classes runs, which may call anything: so what is inside is taken out
/// while it is used, and never borrowed.
#[pyclass(frozen)]
pub(super) struct Writer(Mutex<Option<Box<Sink>>>);

/// What has come of a pickle so far.
pub(super) struct Sink {
    recording: Recording,
    /// The beginning of the pickle, as long as it is small enough for the stamp itself.
    small: Vec<u8>,
    /// How many bytes the recording holds.
    kept: u64,
    mentions_main: bool,
    /// Flat memoryviews of the buffers that stand beside the pickle.
    beside: Vec<Py<PyAny>>,
}

impl Writer {
    /// Returns a writer into a recording.
    pub(super) fn of(recording: Recording) -> Self {
        Self(Mutex::new(Some(Box::new(Sink {
            recording,
            small: Vec::new(),
            kept: 0,
            mentions_main: false,
            beside: Vec::new(),
        }))))
    }

    /// Takes out what is inside: the writer writes no more, until it is put back.
    ///
    /// # Errors
    ///
    /// It has been taken out already.
    pub(super) fn take(&self) -> PyResult<Box<Sink>> {
        let sink = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        sink.ok_or_else(|| PyRuntimeError::new_err("the pickle was written twice"))
    }

    fn put_back(&self, sink: Box<Sink>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(sink);
    }
}

#[pymethods]
impl Writer {
    /// Takes bytes, or what holds a large stretch of them: a bytearray, or a buffer that stays in the pickle.
    fn write(&self, bytes: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = bytes.py();
        if let Ok(bytes) = bytes.cast_exact::<PyBytes>() {
            let mut sink = self.take()?;
            sink.write(py, bytes.as_bytes());
            self.put_back(sink);
            return Ok(());
        }
        let flat = match bytes.getattr_opt(intern!(py, "raw"))? {
            Some(raw) => raw.call0()?,
            None => PyMemoryView::from(bytes)?.into_any(),
        };
        let mut sink = self.take()?;
        let written = memory::each_piece(&flat, &mut |bytes| sink.write(py, bytes));
        self.put_back(sink);
        written
    }

    /// Pickle's `buffer_callback`: takes a large buffer; says of any other that it is to be pickled.
    fn put_beside(&self, buffer: &Bound<'_, PyAny>) -> PyResult<bool> {
        const IN_THE_PICKLE: bool = true;
        let py = buffer.py();
        let flat = match buffer.call_method0(intern!(py, "raw")) {
            Ok(flat) => flat,
            // Not in one stretch of memory: pickle will say so.
            Err(error) if error.is_instance_of::<PyBufferError>(py) => return Ok(IN_THE_PICKLE),
            Err(error) => return Err(error),
        };
        if flat.len()? <= LARGE {
            return Ok(IN_THE_PICKLE);
        }
        let mut sink = self.take()?;
        sink.beside.push(flat.unbind());
        self.put_back(sink);
        Ok(!IN_THE_PICKLE)
    }
}

impl Sink {
    fn write(&mut self, py: Python<'_>, bytes: &[u8]) {
        if bytes.len() < LONGEST_FRAME {
            self.mentions_main |= mentions(bytes, MAIN) || mentions(bytes, MAIN_IN_WORKERS);
        }
        if self.kept == 0 && self.small.len() + bytes.len() <= LARGE {
            self.small.extend_from_slice(bytes);
            return;
        }
        let small = std::mem::take(&mut self.small);
        self.keep(py, &small);
        self.keep(py, bytes);
    }

    fn keep(&mut self, py: Python<'_>, bytes: &[u8]) {
        self.kept += bytes.len() as u64;
        let recording = &mut self.recording;
        if bytes.len() < LONGEST_FRAME {
            recording.keep(bytes);
        } else {
            py.detach(|| recording.keep(bytes));
        }
    }

    /// Ends the pickle: writes the buffers, and returns the recording with the pieces that come after what it holds.
    ///
    /// # Errors
    ///
    /// There is no memory left.
    pub(super) fn finish(
        mut self,
        py: Python<'_>,
        main_name: impl FnOnce() -> PyResult<String>,
    ) -> PyResult<(Recording, Vec<Vec<u8>>)> {
        let main = if self.mentions_main { Some(main_name()?) } else { None };
        let mut layout = Layout {
            main,
            buffers: Vec::with_capacity(self.beside.len()),
        };
        for flat in std::mem::take(&mut self.beside) {
            let buffer = self.keep_buffer(flat.bind(py))?;
            layout.buffers.push(buffer);
        }
        let small = Some(self.small).filter(|small| !small.is_empty());
        let pieces = small.into_iter().chain(layout.to_bytes()).collect();
        Ok((self.recording, pieces))
    }

    fn keep_buffer(&mut self, flat: &Bound<'_, PyAny>) -> PyResult<Lying> {
        let py = flat.py();
        let beyond = usize::try_from(self.kept % PAGE as u64).expect("it is less than a page");
        self.keep(py, &[0; PAGE][..(PAGE - beyond) % PAGE]);
        let start = self.kept;
        let read_only = flat.getattr(intern!(py, "readonly"))?.is_truthy()?;
        memory::each_piece(flat, &mut |bytes| self.keep(py, bytes))?;
        Ok(Lying {
            start,
            length: self.kept - start,
            read_only,
        })
    }
}

fn mentions(bytes: &[u8], name: &str) -> bool {
    bytes.windows(name.len()).any(|window| window == name.as_bytes())
}
