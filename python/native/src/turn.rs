//! Whose turn it is: the jobs that this thread is in the midst of, the waiting for those of others, and what a fork leaves
//! to the child.

use std::cell::RefCell;
use std::time::Duration;

use jobstamps::Job;
use jobstamps::disk::{self, Forked};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::behind;
use crate::counting::{self, Right};

/// How long a thread sleeps before it looks again whether the job that it waits for has ended.
const NAP: Duration = Duration::from_micros(1500);

thread_local! {
    /// The keys of the jobs that this thread is in the midst of, outermost first.
    static RUNNING: RefCell<Vec<[u8; 32]>> = const { RefCell::new(Vec::new()) };
}

/// The turn of this thread to run a job; dropping it, or losing it, leaves no stamp.
#[must_use]
pub(crate) struct Turn {
    right: Option<Right>,
    process: u32,
}

impl Turn {
    /// Begins to run `job`.
    pub(crate) fn begin(job: &Job, right: Right) -> Self {
        RUNNING.with_borrow_mut(|running| running.push(*job.key().as_bytes()));
        Self {
            right: Some(right),
            process: std::process::id(),
        }
    }

    /// Takes the right, if this is still the process that began. The turn lasts on: pickling a value may call the
    /// very same job, which must not wait for itself then.
    pub(crate) fn right(&mut self) -> Option<Right> {
        self.right.take_if(|_| self.process == std::process::id())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        RUNNING.with_borrow_mut(Vec::pop);
        if self.process != std::process::id() {
            // The function forked and this is the child: the lock is its parent's, and must not be removed by two.
            std::mem::forget(self.right.take());
        }
    }
}

/// Tells whether this thread is in the midst of `job`, given which process is.
pub(crate) fn is_our_own(job: &Job, holder: Option<u32>) -> bool {
    holder == Some(std::process::id()) && RUNNING.with_borrow(|running| running.contains(job.key().as_bytes()))
}

/// Sleeps a moment and lets other threads run.
///
/// # Errors
///
/// What a signal's handler raised: Ctrl-C ends the waiting.
pub(crate) fn nap(py: Python<'_>) -> PyResult<()> {
    py.detach(|| std::thread::sleep(NAP));
    py.check_signals()
}

/// Has Python tell us of its forks: a child must not go on holding what its parent has locked when that is gone.
///
/// # Errors
///
/// There is no `os` to ask.
pub(crate) fn watch_forks(py: Python<'_>) -> PyResult<()> {
    let Some(register) = py.import("os")?.getattr_opt("register_at_fork")? else {
        // Where there are no forks.
        return Ok(());
    };
    let hooks = PyDict::new(py);
    hooks.set_item("before", wrap_pyfunction!(fork_begins, py)?)?;
    hooks.set_item("after_in_parent", wrap_pyfunction!(fork_ends, py)?)?;
    hooks.set_item("after_in_child", wrap_pyfunction!(forked, py)?)?;
    register.call((), Some(&hooks)).map(drop)
}

#[pyfunction]
fn fork_begins() {
    disk::before_fork();
}

#[pyfunction]
fn fork_ends() {
    disk::after_fork(Forked::Parent);
}

#[pyfunction]
fn forked() {
    disk::after_fork(Forked::Child);
    behind::forked();
    counting::forked();
}
