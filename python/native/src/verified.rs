//! Calls that are made although they could be answered, and compared with the answer: are they fit to be remembered?

use jobstamps::{Cache, Shown, Time};
use pyo3::exceptions::PyException;
use pyo3::intern;
use pyo3::prelude::*;

use crate::identity::Call;
use crate::notice::warn;
use crate::prepared::Prepared;
use crate::tally::Tally;

/// What a call is remembered to have come to, to be compared with what it comes to now.
pub(crate) struct Before {
    value: Py<PyAny>,
    /// When the run started that is remembered.
    started: Option<Time>,
    outputs: jobstamps::OutputsThen,
}

impl Prepared {
    /// Makes the call, and warns of what is not as it is remembered.
    pub(crate) fn verified<'py>(
        &self,
        py: Python<'py>,
        call: &Call<'py>,
        tally: &Tally,
    ) -> PyResult<Bound<'py, PyAny>> {
        let before = self.before(py)?;
        let value = self.rerun(py, call, tally)?;
        self.compare(py, before, &value)?;
        Ok(value)
    }

    /// Returns what the call is remembered to have come to, if that holds.
    pub(crate) fn before(&self, py: Python<'_>) -> PyResult<Option<Before>> {
        let Some(value) = self.peek(py)? else { return Ok(None) };
        Ok(Some(Before {
            value: value.unbind(),
            started: self.started(py)?,
            outputs: self.ask(py, Cache::look_at_outputs)?,
        }))
    }

    /// Warns of what is not as it was before: that is what was asked for, however quiet all else is to be.
    pub(crate) fn compare(&self, py: Python<'_>, before: Option<Before>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let Some(before) = before else { return Ok(()) };
        let mut differences = Vec::new();
        // The value's own code may do anything while it is looked at.
        match difference(before.value.bind(py), value) {
            Ok(difference) => differences.extend(difference),
            Err(error) if error.is_instance_of::<PyException>(py) => {
                differences.push(format!("its value cannot be compared ({error})"));
            }
            Err(error) => return Err(error),
        }
        for (output, change) in self.ask(py, |cache, _| cache.changed_outputs(&before.outputs))? {
            differences.push(format!(
                "the output `{}` differs: {change}",
                Shown::path(output.given())
            ));
        }
        if !differences.is_empty() && self.started(py)? == before.started {
            // The new value could not be kept, and the old one is not what the call comes to now.
            let _ = self.forget(py);
        }
        let message = |difference| format!("`{}`: not the same again: {difference}", self.name());
        differences
            .into_iter()
            .try_for_each(|difference| warn(py, &message(difference)))
    }

    /// Returns when the run started that is remembered, if it still speaks for the call.
    fn started(&self, py: Python<'_>) -> PyResult<Option<Time>> {
        self.ask(py, |cache, job| cache.peek(job).map(|hit| hit.run.started))
    }
}

/// Returns where two values differ first, and how; None if they are equal.
fn difference<'py>(then: &Bound<'py, PyAny>, now: &Bound<'py, PyAny>) -> PyResult<Option<String>> {
    let py = now.py();
    py.import(intern!(py, "jobstamps.difference"))?
        .call_method1(intern!(py, "difference"), (then, now))?
        .extract()
}
