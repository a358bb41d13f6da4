//! Calls that are made anew behind an answer that was given at once.
//!
//! Whoever was answered goes on, and may change the arguments meanwhile: so the call is made with copies of them, and where
//! these would make another call, or there are none, it is not made behind. Nor is its value kept if the working directory
//! changed meanwhile: relative paths would have led elsewhere; or what the function's closure holds, of which there is no copy.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::{PyException, PyRuntimeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::identity::{Call, written};
use crate::notice::debug;
use crate::prepared::Prepared;
use crate::steps::{Old, Step, While};
use crate::surroundings::current_directory;

/// The keys of the calls that this process is making behind, or about to.
static UNDERWAY: Mutex<Vec<[u8; 32]>> = Mutex::new(Vec::new());

/// Prepares to look a call up; None where it cannot be.
pub(crate) type Preparing<'a, 'py> = &'a dyn Fn(&Call<'py>) -> PyResult<Option<Prepared>>;

/// What comes of wanting to make a call behind.
#[allow(clippy::large_enum_variant)] // Made once a call.
pub(crate) enum Begun<'py> {
    /// It is to be made, with arguments of its own.
    Ours(Anew<'py>),
    /// This process is at it.
    Already,
    /// It can only be made in front.
    Impossible,
}

/// A call that is to be made behind.
pub(crate) struct Anew<'py> {
    pub(crate) prepared: Prepared,
    pub(crate) call: Call<'py>,
    pub(crate) underway: Underway,
}

/// What a call behind stands on: where it has to be made, and of what.
pub(crate) struct Footing {
    directory: PathBuf,
    function: Py<PyAny>,
    written: Option<Vec<u8>>,
}

/// Keeps others in this process from making the same call behind, until it is dropped.
pub(crate) struct Underway([u8; 32]);

impl Underway {
    /// Returns nothing if somebody is at it.
    fn of(prepared: &Prepared) -> Option<Self> {
        let key = prepared.key();
        // Held while the GIL is held and no Python code runs, so that a fork cannot find it taken.
        let mut underway = underway();
        if underway.contains(&key) {
            return None;
        }
        underway.push(key);
        Some(Self(key))
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        underway().retain(|key| *key != self.0);
    }
}

fn underway() -> std::sync::MutexGuard<'static, Vec<[u8; 32]>> {
    UNDERWAY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Forgets what is underway: a child of a fork has none of its parent's threads.
pub(crate) fn forked() {
    underway().clear();
}

/// Begins to make a call behind. `prepare` is for its copy.
///
/// # Errors
///
/// What came from outside meanwhile, such as `KeyboardInterrupt`.
pub(crate) fn begin<'py>(
    py: Python<'py>,
    prepared: &Prepared,
    call: &Call<'py>,
    prepare: Preparing<'_, 'py>,
) -> PyResult<Begun<'py>> {
    let Some(underway) = Underway::of(prepared) else {
        return Ok(Begun::Already);
    };
    match copied(py, call).and_then(|copy| Ok((prepare(&copy)?, copy))) {
        Ok((Some(mut anew), copy)) if anew.key() == prepared.key() => {
            let Ok(directory) = current_directory() else {
                return Ok(Begun::Impossible);
            };
            anew.footing = Some(Footing {
                directory,
                written: written(&copy.function),
                function: copy.function.clone().unbind(),
            });
            Ok(Begun::Ours(Anew {
                prepared: anew,
                call: copy,
                underway,
            }))
        }
        Ok(_) => Ok(Begun::Impossible),
        Err(error) if error.is_instance_of::<PyException>(py) => Ok(Begun::Impossible),
        Err(error) => Err(error),
    }
}

/// Returns a call with arguments of its own; so are those that a partial or a method brings along.
fn copied<'py>(py: Python<'py>, call: &Call<'py>) -> PyResult<Call<'py>> {
    let copied = behind(py)?.call_method1(intern!(py, "copied"), (&call.function, &call.args, &call.kwargs))?;
    let (function, args, kwargs) = copied.extract()?;
    Ok(Call { function, args, kwargs })
}

fn behind(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    py.import(intern!(py, "jobstamps.behind"))
}

impl Anew<'_> {
    /// Makes the call in a thread; where there can be no more threads, somebody else will.
    pub(crate) fn in_a_thread(self, py: Python<'_>) -> PyResult<()> {
        let name = self.prepared.name().to_owned();
        let thread = Thread {
            prepared: self.prepared,
            function: self.call.function.unbind(),
            args: self.call.args.unbind(),
            kwargs: self.call.kwargs.unbind(),
            underway: Mutex::new(Some(self.underway)),
        };
        match behind(py)?.call_method1(intern!(py, "start"), (Bound::new(py, thread)?, name)) {
            Err(error) if !error.is_instance_of::<PyRuntimeError>(py) => Err(error),
            _ => Ok(()),
        }
    }
}

/// What a thread does that makes a call behind.
#[pyclass(frozen, module = "jobstamps")]
struct Thread {
    prepared: Prepared,
    function: Py<PyAny>,
    args: Py<PyTuple>,
    kwargs: Py<PyDict>,
    underway: Mutex<Option<Underway>>,
}

#[pymethods]
impl Thread {
    fn __call__(&self, py: Python<'_>) -> PyResult<()> {
        let _underway = self.underway.lock().unwrap_or_else(PoisonError::into_inner).take();
        let call = Call {
            function: self.function.bind(py).clone(),
            args: self.args.bind(py).clone(),
            kwargs: self.kwargs.bind(py).clone(),
        };
        self.prepared.make_behind(py, &call)
    }
}

impl Prepared {
    /// Makes the call and keeps its value, unless somebody else has, or is at it.
    fn make_behind<'py>(&self, py: Python<'py>, call: &Call<'py>) -> PyResult<()> {
        if self.moved(py).is_some() {
            return Ok(());
        }
        let Step::Ours(Some(right)) = self.step(py, While::Leave, Old::WontDo)? else {
            return Ok(());
        };
        debug(
            py,
            &self.opened.variables,
            || self.name().to_owned(),
            || "is made anew behind".to_owned(),
        )?;
        self.record(py, call, Some(right)).map(drop)
    }

    /// Returns what a call behind stands on that is no longer as it was.
    pub(crate) fn moved(&self, py: Python<'_>) -> Option<&'static str> {
        let footing = self.footing.as_ref()?;
        if current_directory().ok().as_ref() != Some(&footing.directory) {
            return Some("the working directory");
        }
        (written(footing.function.bind(py)) != footing.written).then_some("the closure of the function")
    }
}
