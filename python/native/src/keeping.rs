//! Makes a call and keeps its value, or says why it is not kept.

use jobstamps::{Finish, Recording, Saved};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

use crate::identity::Call;
use crate::notice::{guarded, is_memory_left};
use crate::prepared::Prepared;
use crate::turn::Turn;
use crate::value;

/// Why a value is not remembered.
enum NotKept {
    Because(String),
    Raised(PyErr),
}

impl From<String> for NotKept {
    fn from(why: String) -> Self {
        Self::Because(why)
    }
}

impl From<PyErr> for NotKept {
    fn from(error: PyErr) -> Self {
        Self::Raised(error)
    }
}

impl Prepared {
    /// Makes the call and keeps its value.
    pub(crate) fn record<'py>(
        &self,
        py: Python<'py>,
        call: &Call<'py>,
        recording: Option<Recording>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let Some(recording) = recording else {
            return call.make();
        };
        let mut turn = Turn::begin(&self.job, recording);
        let value = call.make()?;
        self.keep(py, &value, turn.recording())?;
        Ok(value)
    }

    /// Keeps what the call returned.
    ///
    /// # Errors
    ///
    /// A warning that the program turned into an error, or what came from outside meanwhile, such as `KeyboardInterrupt`.
    pub(crate) fn keep(&self, py: Python<'_>, value: &Bound<'_, PyAny>, recording: Option<Recording>) -> PyResult<()> {
        let Some(recording) = recording.filter(Recording::can_be_kept) else {
            return Ok(());
        };
        // The value is there: it is delivered whatever happens to us.
        let why = match guarded(|| self.try_to_keep(py, value, recording)) {
            Ok(Ok(saved)) => return self.say(py, &saved.warnings),
            Ok(Err(NotKept::Because(why))) => why,
            Ok(Err(NotKept::Raised(error))) if error.is_instance_of::<PyException>(py) => error.to_string(),
            Ok(Err(NotKept::Raised(error))) => return Err(error),
            Err(panic) => panic,
        };
        self.warn(py, &format!("`{}` is not remembered: {why}", self.name()))
    }

    fn try_to_keep(
        &self,
        py: Python<'_>,
        value: &Bound<'_, PyAny>,
        mut recording: Recording,
    ) -> Result<Saved, NotKept> {
        if !is_memory_left() {
            return Err("there is hardly any memory left".to_owned().into());
        }
        let after = guarded(|| self.code_after(py))??;
        if let Some(changed) = after.changed {
            return Err(NotKept::Because(format!("{changed} changed while it ran")));
        }
        if self.has_moved() {
            return Err("the working directory changed while it ran".to_owned().into());
        }
        recording.code_after(after.left_out, after.also);
        let (recording, pieces) = match guarded(|| value::dump(value, recording))? {
            Ok(dumped) => dumped,
            Err(error) => return Err(NotKept::Because(value::blame(value, error)?)),
        };
        Ok(py.detach(|| {
            guarded(|| {
                let saved = recording.save(Finish::Value { pieces, pickled: true });
                self.opened.cache.tidy_if_due(&self.job, &saved, &self.wishes.limits());
                saved
            })
        })?)
    }
}
