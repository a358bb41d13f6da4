//! Why a value has no canonical encoding, and where in the arguments it was found.

use pyo3::exceptions::PyException;
use pyo3::prelude::*;

/// A value that cannot be keyed, with the way to it from the outside in.
pub(crate) struct Refusal {
    cause: Cause,
    /// Innermost step first.
    steps: Vec<String>,
}

enum Cause {
    Because(String),
    Raised(PyErr),
}

/// What encoding returns.
pub(crate) type Keyed<T> = Result<T, Refusal>;

impl Refusal {
    /// Refuses a value for a reason that is written like "a generator would be consumed".
    pub(crate) fn because(reason: impl Into<String>) -> Self {
        Self {
            cause: Cause::Because(reason.into()),
            steps: Vec::new(),
        }
    }

    /// Adds the step by which the refused value was reached: `.lock`, `[3]`, `args`.
    pub(crate) fn inside(mut self, step: impl Into<String>) -> Self {
        self.steps.push(step.into());
        self
    }

    /// Tells whether the refusal says something about the value: a `KeyboardInterrupt` meanwhile does not.
    pub(crate) fn is_about_the_value(&self, py: Python<'_>) -> bool {
        match &self.cause {
            Cause::Because(_) => true,
            Cause::Raised(error) => error.is_instance_of::<PyException>(py),
        }
    }

    /// Returns the path and the reason, or the exception that is none of our business.
    pub(crate) fn into_message(self, py: Python<'_>) -> PyResult<String> {
        if !self.is_about_the_value(py) {
            return match self.cause {
                Cause::Raised(error) => Err(error),
                Cause::Because(reason) => Ok(reason),
            };
        }
        let path = shortened(self.steps.into_iter().rev().collect());
        let reason = match self.cause {
            Cause::Because(reason) => reason,
            Cause::Raised(error) => error.to_string(),
        };
        Ok(format!("`{path}` cannot be keyed: {reason}"))
    }
}

/// Returns the steps as one path; what lies in the middle of a very long one helps nobody.
fn shortened(mut steps: Vec<String>) -> String {
    const MOST: usize = 24;
    if steps.len() > MOST {
        steps.splice(MOST / 2..steps.len() - MOST / 2, ["...".to_owned()]);
    }
    steps.concat()
}

impl From<PyErr> for Refusal {
    fn from(error: PyErr) -> Self {
        Self {
            cause: Cause::Raised(error),
            steps: Vec::new(),
        }
    }
}

/// Adds the step to a refused value's path.
pub(crate) trait At {
    /// Says by which step the value was reached; `step` is only called when it was refused.
    fn at(self, step: impl FnOnce() -> String) -> Self;
}

impl<T> At for Keyed<T> {
    fn at(self, step: impl FnOnce() -> String) -> Self {
        self.map_err(|refusal| refusal.inside(step()))
    }
}
