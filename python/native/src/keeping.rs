//! Makes a call and keeps its value, or says why it is not kept.

use jobstamps::ledger::Cause;
use jobstamps::{Finish, Recording, Saved, Warning};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

use crate::counting::Right;
use crate::identity::Call;
use crate::notice::{guarded, is_memory_left};
use crate::prepared::Prepared;
use crate::turn::Turn;
use crate::value;

/// Why a value is not remembered.
enum NotKept {
    Because(Cause, String),
    Raised(PyErr),
}

impl NotKept {
    fn disturbed(why: String) -> Self {
        Self::Because(Cause::Disturbed, why)
    }

    fn unfit(why: String) -> Self {
        Self::Because(Cause::Unfit, why)
    }
}

impl From<String> for NotKept {
    fn from(why: String) -> Self {
        Self::Because(Cause::Other, why)
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
        right: Option<Right>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let Some(mut right) = right else {
            return call.make();
        };
        right.recording.called_with(self.parameters(call));
        let mut turn = Turn::begin(&self.job, right);
        let value = call.make();
        let right = turn.right();
        match value {
            Ok(value) => {
                self.keep(py, &value, right)?;
                Ok(value)
            }
            Err(error) => {
                let kind = error.get_type(py).name().map(|name| name.to_string());
                self.failed(py, &kind.unwrap_or_default(), right);
                Err(error)
            }
        }
    }

    /// Gives up the right to keep what a call returns: it raised an exception of this type, where that is known.
    pub(crate) fn failed(&self, py: Python<'_>, kind: &str, right: Option<Right>) {
        if let Some(right) = right {
            let (recording, run) = right.divided();
            drop(recording);
            self.count_run(py, run, Some((Cause::Failed, kind)));
        }
    }

    /// Keeps what the call returned.
    ///
    /// # Errors
    ///
    /// A warning that the program turned into an error, or what came from outside meanwhile, such as `KeyboardInterrupt`.
    pub(crate) fn keep(&self, py: Python<'_>, value: &Bound<'_, PyAny>, right: Option<Right>) -> PyResult<()> {
        let Some(right) = right else { return Ok(()) };
        let (recording, run) = right.divided();
        if !recording.can_be_kept() {
            self.count_run(py, run, Some((Cause::NoStore, "")));
            return Ok(());
        }
        // The value is there: it is delivered whatever happens to us.
        let (cause, why) = match guarded(|| self.try_to_keep(py, value, recording)) {
            Ok(Ok(saved)) => {
                let told = saved.warnings.first().map(ToString::to_string).unwrap_or_default();
                let cause = match saved.warnings.first() {
                    Some(Warning::NotKept(_)) => Cause::NoStore,
                    _ => Cause::Disturbed,
                };
                self.count_run(py, run, (!saved.stored).then_some((cause, &told)));
                return self.say(py, &saved.warnings);
            }
            Ok(Err(NotKept::Because(cause, why))) => (cause, why),
            Ok(Err(NotKept::Raised(error))) if error.is_instance_of::<PyException>(py) => {
                (Cause::Other, error.to_string())
            }
            Ok(Err(NotKept::Raised(error))) => return Err(error),
            Err(panic) => (Cause::Other, panic),
        };
        self.count_run(py, run, Some((cause, &why)));
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
            return Err(NotKept::disturbed(format!("{changed} changed while it ran")));
        }
        if let Some(moved) = self.moved(py) {
            return Err(NotKept::disturbed(format!("{moved} changed while it ran")));
        }
        recording.code_after(after.left_out, after.also);
        let (recording, pieces) = match guarded(|| value::dump(value, recording))? {
            Ok(dumped) => dumped,
            Err(error) => return Err(NotKept::unfit(value::blame(value, error)?)),
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
