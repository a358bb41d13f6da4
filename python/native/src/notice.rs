//! What people are told: warnings, lines on stderr, and faults of our own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use jobstamps::Shown;
use pyo3::exceptions::PyMemoryError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::variables::Variables;

/// Warns whoever called us.
///
/// Where there is no memory left for a warning, nobody is warned.
///
/// # Errors
///
/// The warning itself, where the program turns warnings into errors.
pub(crate) fn warn(py: Python<'_>, message: &str) -> PyResult<()> {
    match try_to_warn(py, message) {
        Err(error) if error.is_instance_of::<PyMemoryError>(py) => Ok(()),
        told => told,
    }
}

fn try_to_warn(py: Python<'_>, message: &str) -> PyResult<()> {
    // No Python frame of ours lies between.
    const CALLER: u8 = 1;
    let category = py
        .import(intern!(py, "jobstamps"))?
        .getattr(intern!(py, "JobstampsWarning"))?;
    let warnings = py.import(intern!(py, "warnings"))?;
    warnings.call_method1(intern!(py, "warn"), (shown(message), category, CALLER))?;
    Ok(())
}

/// Returns whether there is memory for our own work.
///
/// An allocation of ours that fails ends the process, where one of Python's raises an exception: so where there is hardly
/// any left, nothing is looked up or kept.
pub(crate) fn is_memory_left() -> bool {
    const ENOUGH: usize = 1 << 20;
    let mut probe: Vec<u8> = Vec::new();
    // Or the compiler would see that nobody uses it.
    std::hint::black_box(&mut probe).try_reserve_exact(ENOUGH).is_ok()
}

/// Says on stderr what became of a job, if that is wanted; that nobody can be told hinders nothing.
pub(crate) fn debug(
    py: Python<'_>,
    variables: &Variables,
    name: impl FnOnce() -> String,
    what: impl FnOnce() -> String,
) -> PyResult<()> {
    if variables.debug() {
        let stderr = py.import(intern!(py, "sys"))?.getattr(intern!(py, "stderr"))?;
        let line = shown(&format!("`{}` {}", name(), what()));
        let _ = stderr.call_method1(intern!(py, "write"), (format!("jobstamp: {line}\n"),));
    }
    Ok(())
}

/// Returns a text as one line that steers no terminal: names of functions, paths and other people's messages may hold
/// anything.
#[pyfunction]
pub(crate) fn one_line(text: &Bound<'_, PyString>) -> String {
    shown(&text.to_string_lossy())
}

fn shown(message: &str) -> String {
    Shown::bytes(message.as_bytes()).to_string()
}

/// At how many steps from now a fault is to happen; 0 for none.
static FAULT_IN: AtomicU32 = AtomicU32::new(0);

/// Lets one of the steps that come fail, the first one being 1, as a fault of our own would: for tests. Returns how many
/// steps of an earlier request have not come.
#[pyfunction]
pub(crate) fn fail_in(steps: u32) -> u32 {
    FAULT_IN.swap(steps, Relaxed)
}

/// Runs our own code, which must not take the program down with it.
///
/// # Errors
///
/// What to say of the fault.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    let work = || {
        let fails = FAULT_IN.load(Relaxed) != 0 && FAULT_IN.fetch_sub(1, Relaxed) == 1;
        assert!(!fails, "a test asked for it");
        work()
    };
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        format!("jobstamps failed: {}", text.unwrap_or_default())
    })
}

/// Returns a fault of our own as an exception.
pub(crate) fn fault(py: Python<'_>, message: &str) -> PyErr {
    let class = py
        .import(intern!(py, "jobstamps"))
        .and_then(|ours| ours.getattr(intern!(py, "JobstampsError")));
    match class.and_then(|class| class.call1((message,))) {
        Ok(error) => PyErr::from_value(error),
        Err(error) => error,
    }
}
