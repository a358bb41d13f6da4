//! One attempt at a call that is awaited: the steps between which other tasks run.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use crate::behind::{self, Anew, Begun, Underway};
use crate::calls::Calls;
use crate::counting::Right;
use crate::identity::Call;
use crate::prepared::Prepared;
use crate::steps::{Old, Step, While};
use crate::tally::Tally;
use crate::verified::Before;
use crate::wishes::Manner;

/// What an attempt is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Somebody wants the value.
    Value,
    /// Somebody wants a new value, whatever is remembered.
    NewValue,
    /// The value is to be there for others: an old one will not do.
    Warmth,
    /// An old value was given back, and is to be made anew.
    Behind,
}

/// One attempt at a call that is awaited.
#[pyclass(frozen, module = "jobstamps")]
pub(crate) struct Attempt {
    prepared: Prepared,
    calls: Arc<Calls>,
    purpose: Purpose,
    found: Mutex<Found>,
    process: u32,
}

/// The attempt that is to be made behind, its function and its arguments.
type MadeBehind = (Py<Attempt>, Py<PyAny>, Py<PyTuple>, Py<PyDict>);

/// What an attempt has come to so far.
#[derive(Default)]
struct Found {
    /// The right to keep what the call returns.
    right: Option<Right>,
    value: Option<Py<PyAny>>,
    /// What it is to be compared with.
    before: Option<Before>,
    anew: Option<MadeBehind>,
    underway: Option<Underway>,
}

impl Attempt {
    /// Begins with nothing looked up.
    pub(crate) fn new(prepared: Prepared, calls: Arc<Calls>, purpose: Purpose) -> Self {
        Self {
            prepared,
            calls,
            purpose,
            found: Mutex::default(),
            process: std::process::id(),
        }
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Option<Right> {
        self.found().right.take()
    }

    /// Takes the first step.
    fn step<'py>(&self, py: Python<'py>, meanwhile: While, old: Old) -> PyResult<Step<'py>> {
        let manner = match self.purpose {
            Purpose::NewValue => Manner::Forced,
            Purpose::Behind => Manner::Usual,
            Purpose::Value | Purpose::Warmth => self.prepared.wishes.manner(),
        };
        if manner == Manner::Verified {
            let before = self.prepared.before(py)?;
            self.found().before = before;
        }
        match manner {
            Manner::Usual => self.prepared.step(py, meanwhile, old),
            Manner::Forced | Manner::Verified => Ok(Step::Ours(self.prepared.begin_again(py, While::Beside)?)),
        }
    }

    fn behind(&self, py: Python<'_>, anew: Anew<'_>) -> PyResult<()> {
        let attempt = Self::new(anew.prepared, self.calls.clone(), Purpose::Behind);
        attempt.found().underway = Some(anew.underway);
        let attempt = Py::new(py, attempt)?;
        let Call { function, args, kwargs } = anew.call;
        self.found().anew = Some((attempt, function.unbind(), args.unbind(), kwargs.unbind()));
        Ok(())
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
    /// With `beside` it is made beside the other, and nothing behind.
    fn look<'py>(
        &self,
        py: Python<'py>,
        beside: bool,
        args: &Bound<'py, PyTuple>,
        kwargs: &Bound<'py, PyDict>,
    ) -> PyResult<Option<bool>> {
        let is_impatient = self.prepared.wishes.impatient && self.purpose != Purpose::Behind;
        let meanwhile = if beside || is_impatient {
            While::Beside
        } else {
            While::Leave
        };
        let old = if beside || self.purpose != Purpose::Value {
            Old::WontDo
        } else {
            Old::WillDo
        };
        let mut step = self.step(py, meanwhile, old)?;
        if let Step::Old(value) = step {
            let call = self.calls.call_with(args, Some(kwargs));
            step = match behind::begin(py, &self.prepared, &call, &|copy| self.calls.prepared(py, copy))? {
                Begun::Ours(anew) => {
                    self.behind(py, anew)?;
                    Step::Value(value)
                }
                Begun::Already => Step::Value(value),
                Begun::Impossible => self.step(py, meanwhile, Old::WontDo)?,
            };
        }
        let counts = self.purpose != Purpose::Behind;
        Ok(match step {
            Step::Value(value) | Step::Old(value) => {
                if counts {
                    Tally::count(&self.calls.tally.hits);
                }
                self.found().value = Some(value.unbind());
                Some(true)
            }
            Step::Ours(mut right) => {
                if counts {
                    Tally::count(&self.calls.tally.misses);
                }
                if let Some(right) = &mut right {
                    let call = self.calls.call_with(args, Some(kwargs));
                    right.recording.called_with(self.prepared.parameters(&call));
                }
                self.found().right = right;
                Some(false)
            }
            Step::Busy | Step::Recursion => None,
        })
    }

    /// Returns the value that was found.
    fn value(&self) -> Option<Py<PyAny>> {
        self.found().value.take()
    }

    /// Returns the attempt that is to be made behind, its function and its arguments, if there is one.
    fn anew(&self) -> Option<MadeBehind> {
        self.found().anew.take()
    }

    /// Keeps what the call returned.
    fn keep(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = value.py();
        let right = self.take().filter(|_| self.process == std::process::id());
        self.prepared.keep(py, value, right)?;
        let before = self.found().before.take();
        self.prepared.compare(py, before, value)
    }

    /// Gives the call up: others may make it.
    fn give_up(&self, py: Python<'_>) {
        let underway = self.found().underway.take();
        drop(underway);
        if self.process == std::process::id() {
            self.prepared.failed(py, "", self.take());
        }
    }

    /// Warns that the call is in the midst of itself.
    fn recursion(&self, py: Python<'_>) -> PyResult<()> {
        Tally::count(&self.calls.tally.uncached);
        self.prepared.warn_of_recursion(py)
    }
}
