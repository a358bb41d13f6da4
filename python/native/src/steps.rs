//! The steps of a remembered call: it is looked up, made, and kept.

use jobstamps::{Cache, Finish, Hit, Lookup, Recording, Saved, Stale};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

use crate::identity::Call;
use crate::notice::{debug, fault, guarded, is_memory_left, warn};
use crate::prepared::Prepared;
use crate::tally::Tally;
use crate::turn::{Turn, is_our_own, nap};
use crate::value;

/// What a look-up comes to.
#[allow(clippy::large_enum_variant)] // Made once a call.
pub(crate) enum Step<'py> {
    /// There is a value that still holds.
    Value(Bound<'py, PyAny>),
    /// The call is ours to make, with the right to keep its value where it can be kept.
    Ours(Option<Recording>),
    /// Somebody else makes it now.
    Busy,
    /// This thread is in the midst of it.
    Recursion,
}

/// What to do while somebody else makes the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum While {
    /// Sleep, and let other threads run.
    Sleep,
    /// Come back: the caller has other things to do.
    Leave,
    /// Make it too.
    Beside,
}

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
    /// Returns what the call returned before, or makes it.
    pub(crate) fn run<'py>(&self, py: Python<'py>, call: &Call<'py>, tally: &Tally) -> PyResult<Bound<'py, PyAny>> {
        match self.step(py, While::Sleep)? {
            Step::Value(value) => {
                Tally::count(&tally.hits);
                Ok(value)
            }
            Step::Ours(recording) => {
                Tally::count(&tally.misses);
                self.record(py, call, recording)
            }
            Step::Busy | Step::Recursion => {
                Tally::count(&tally.uncached);
                self.warn_of_recursion(py)?;
                call.make()
            }
        }
    }

    /// Makes the call, whatever is remembered, and keeps its value.
    pub(crate) fn rerun<'py>(&self, py: Python<'py>, call: &Call<'py>, tally: &Tally) -> PyResult<Bound<'py, PyAny>> {
        Tally::count(&tally.misses);
        self.record(py, call, self.begin_again(py)?)
    }

    /// Returns the remembered value if it still holds.
    pub(crate) fn peek<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        if self.opened.no_key.is_some() {
            return Ok(None);
        }
        match self.ask(py, Cache::peek)? {
            Some(mut hit) => {
                let load = || value::load(py, hit.replay.take_value(), self.mmap);
                match guarded(load).map_err(|panic| fault(py, &panic))? {
                    Ok(value) => Ok(Some(value)),
                    Err(error) if error.is_instance_of::<PyException>(py) => Ok(None),
                    Err(error) => Err(error),
                }
            }
            None => Ok(None),
        }
    }

    /// Looks the call up.
    pub(crate) fn step<'py>(&self, py: Python<'py>, meanwhile: While) -> PyResult<Step<'py>> {
        if let Some(reason) = &self.opened.no_key {
            let message = format!("there is no key to sign it with: {reason}; not cached (JOBSTAMPS_KEY may hold one)");
            warn(py, &format!("`{}`: {message}", self.name()))?;
            return Ok(Step::Ours(None));
        }
        // What can be had at once, while other threads stand still: letting them run would cost more.
        let at_once = || self.opened.cache.glance(&self.job).map(|hit| self.replayed(py, hit));
        match guarded(at_once) {
            Ok(Some(step)) => return step,
            Ok(None) => {}
            Err(panic) => return Err(fault(py, &panic)),
        }
        if !is_memory_left() {
            warn(
                py,
                &format!("`{}`: there is hardly any memory left; not cached", self.name()),
            )?;
            return Ok(Step::Ours(None));
        }
        let found = loop {
            let busy = match self.ask(py, Cache::try_lookup)? {
                Ok(found) => break found,
                Err(busy) => busy,
            };
            if is_our_own(&self.job, busy.holder.process) {
                return Ok(Step::Recursion);
            }
            match meanwhile {
                While::Sleep => nap(py)?,
                While::Leave => return Ok(Step::Busy),
                While::Beside => return Ok(Step::Ours(self.begin_again(py)?)),
            }
        };
        match found {
            Lookup::Fresh(hit) => guarded(|| self.replayed(py, hit)).map_err(|panic| fault(py, &panic))?,
            Lookup::ReadsInput => Ok(Step::Ours(None)),
            Lookup::Stale(Stale {
                reason,
                recording,
                warnings,
            }) => {
                self.say(py, &warnings)?;
                debug(
                    py,
                    &self.opened.variables,
                    || self.name().to_owned(),
                    || format!("runs: {reason}"),
                )?;
                Ok(Step::Ours(Some(recording)))
            }
        }
    }

    /// Begins to make the call, whatever is remembered.
    pub(crate) fn begin_again(&self, py: Python<'_>) -> PyResult<Option<Recording>> {
        if self.opened.no_key.is_some() {
            return Ok(None);
        }
        let (recording, warnings) = self.ask(py, Cache::record)?;
        self.say(py, &warnings)?;
        Ok(Some(recording))
    }

    fn replayed<'py>(&self, py: Python<'py>, mut hit: Hit) -> PyResult<Step<'py>> {
        match value::load(py, hit.replay.take_value(), self.mmap) {
            Ok(value) => {
                debug(
                    py,
                    &self.opened.variables,
                    || self.name().to_owned(),
                    || format!("replayed from `{}`", hit.stamp().display()),
                )?;
                if hit.settling_writes() {
                    // The value is there: it is delivered whatever happens to us.
                    if let Err(panic) = py.detach(|| guarded(|| hit.settle())) {
                        warn(py, &format!("`{}`: {panic}", self.name()))?;
                    }
                }
                Ok(Step::Value(value))
            }
            Err(error) if error.is_instance_of::<PyException>(py) => {
                let name = self.name();
                warn(
                    py,
                    &format!("the value of `{name}` cannot be read back ({error}); it runs again"),
                )?;
                Ok(Step::Ours(self.begin_again(py)?))
            }
            Err(error) => Err(error),
        }
    }

    /// Makes the call and keeps its value.
    fn record<'py>(
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
        warn(py, &format!("`{}` is not remembered: {why}", self.name()))
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
        recording.code_after(after.left_out, after.also);
        let (recording, pieces) = match guarded(|| value::dump(value, recording))? {
            Ok(dumped) => dumped,
            Err(error) => return Err(NotKept::Because(value::blame(value, error)?)),
        };
        Ok(py.detach(|| {
            guarded(|| {
                let saved = recording.save(Finish::Value { pieces, pickled: true });
                self.opened.cache.tidy_if_due(&self.job, &saved, &self.limits);
                saved
            })
        })?)
    }

    /// Warns that the call is in the midst of itself.
    pub(crate) fn warn_of_recursion(&self, py: Python<'_>) -> PyResult<()> {
        let message = "calls itself with the same arguments; the inner call is not remembered";
        warn(py, &format!("`{}` {message}", self.name()))
    }
}
