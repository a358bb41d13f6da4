//! One attempt at a call that is awaited: the steps between which other tasks run.

use std::sync::{Arc, Mutex, PoisonError};

use jobstamps::Recording;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::prepared::Prepared;
use crate::steps::{Step, While};
use crate::tally::Tally;

/// One attempt at a call that is awaited.
#[pyclass(frozen, module = "jobstamps")]
pub(crate) struct Attempt {
    prepared: Prepared,
    tally: Arc<Tally>,
    /// Whether it is made whatever is remembered.
    again: bool,
    recording: Mutex<Option<Recording>>,
    value: Mutex<Option<Py<PyAny>>>,
    process: u32,
}

impl Attempt {
    /// Begins with nothing looked up.
    pub(crate) fn new(prepared: Prepared, tally: Arc<Tally>, again: bool) -> Self {
        Self {
            prepared,
            tally,
            again,
            recording: Mutex::new(None),
            value: Mutex::new(None),
            process: std::process::id(),
        }
    }

    fn take(&self) -> Option<Recording> {
        self.recording.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            // The function forked and this is the child: the lock is its parent's, and must not be removed by two.
            std::mem::forget(self.take());
        }
    }
}

#[pymethods]
impl Attempt {
    /// What the call is filed under.
    #[getter]
    fn key<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.prepared.key())
    }

    /// Looks the call up: True if there is a value, False if it is ours to make, None while somebody else makes it.
    /// With `beside` it is made beside the other.
    fn look(&self, py: Python<'_>, beside: bool) -> PyResult<Option<bool>> {
        let step = if self.again {
            Step::Ours(self.prepared.begin_again(py)?)
        } else {
            let meanwhile = if beside { While::Beside } else { While::Leave };
            self.prepared.step(py, meanwhile)?
        };
        Ok(match step {
            Step::Value(value) => {
                Tally::count(&self.tally.hits);
                *self.value.lock().unwrap_or_else(PoisonError::into_inner) = Some(value.unbind());
                Some(true)
            }
            Step::Ours(recording) => {
                Tally::count(&self.tally.misses);
                *self.recording.lock().unwrap_or_else(PoisonError::into_inner) = recording;
                Some(false)
            }
            Step::Busy | Step::Recursion => None,
        })
    }

    /// Returns the value that was found.
    fn value(&self) -> Option<Py<PyAny>> {
        self.value.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Keeps what the call returned.
    fn keep(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let recording = self.take().filter(|_| self.process == std::process::id());
        self.prepared.keep(value.py(), value, recording)
    }

    /// Gives the call up: others may make it.
    fn give_up(&self) {
        if self.process == std::process::id() {
            drop(self.take());
        }
    }

    /// Warns that the call is in the midst of itself.
    fn recursion(&self, py: Python<'_>) -> PyResult<()> {
        Tally::count(&self.tally.uncached);
        self.prepared.warn_of_recursion(py)
    }
}
