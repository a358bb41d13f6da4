//! The steps of a remembered call: it is looked up, made, and kept.

use std::borrow::Cow;

use jobstamps::{Cache, Hit, Holder, Lookup, Patience, Stale};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

use crate::behind::{self, Begun, Preparing};
use crate::counting::Right;
use crate::identity::Call;
use crate::notice::{debug, fault, guarded, is_memory_left};
use crate::prepared::Prepared;
use crate::tally::Tally;
use crate::turn::{is_our_own, nap};
use crate::value;
use crate::wishes::Manner;

/// What a look-up comes to.
#[allow(clippy::large_enum_variant)] // Made once a call.
pub(crate) enum Step<'py> {
    /// There is a value that still holds.
    Value(Bound<'py, PyAny>),
    /// There is one that still holds, but is to be made anew behind.
    Old(Bound<'py, PyAny>),
    /// The call is ours to make, with the right to keep its value where it can be kept.
    Ours(Option<Right>),
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

/// Whether a value will do that still holds but is older than is liked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Old {
    WillDo,
    WontDo,
}

impl Prepared {
    /// Returns what the call returned before, or makes it. `prepare` is for a copy of it, which is made behind.
    pub(crate) fn run<'py>(
        &self,
        py: Python<'py>,
        call: &Call<'py>,
        tally: &Tally,
        prepare: Preparing<'_, 'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match self.wishes.manner() {
            Manner::Usual => {}
            Manner::Forced => return self.rerun(py, call, tally),
            Manner::Verified => return self.verified(py, call, tally),
        }
        let mut step = self.step(py, self.meanwhile(), Old::WillDo)?;
        if let Step::Old(value) = step {
            step = match behind::begin(py, self, call, prepare)? {
                Begun::Ours(anew) => {
                    anew.in_a_thread(py)?;
                    Step::Value(value)
                }
                Begun::Already => Step::Value(value),
                Begun::Impossible => self.step(py, self.meanwhile(), Old::WontDo)?,
            };
        }
        self.finish(py, call, step, tally).map(|(value, _)| value)
    }

    /// Makes the call if it has to be made, and tells whether it was; an old value will not do.
    pub(crate) fn warm<'py>(&self, py: Python<'py>, call: &Call<'py>, tally: &Tally) -> PyResult<bool> {
        match self.wishes.manner() {
            Manner::Usual => {}
            Manner::Forced => return self.rerun(py, call, tally).map(|_| true),
            Manner::Verified => return self.verified(py, call, tally).map(|_| true),
        }
        let step = self.step(py, self.meanwhile(), Old::WontDo)?;
        self.finish(py, call, step, tally).map(|(_, was_made)| was_made)
    }

    fn meanwhile(&self) -> While {
        if self.wishes.impatient {
            While::Beside
        } else {
            While::Sleep
        }
    }

    /// Returns the value that `step` has brought, or makes the call; and whether it was made.
    fn finish<'py>(
        &self,
        py: Python<'py>,
        call: &Call<'py>,
        step: Step<'py>,
        tally: &Tally,
    ) -> PyResult<(Bound<'py, PyAny>, bool)> {
        let made = match step {
            Step::Value(value) | Step::Old(value) => {
                Tally::count(&tally.hits);
                return Ok((value, false));
            }
            Step::Ours(right) => {
                Tally::count(&tally.misses);
                self.record(py, call, right)
            }
            Step::Busy | Step::Recursion => {
                Tally::count(&tally.uncached);
                self.warn_of_recursion(py)?;
                call.make()
            }
        };
        made.map(|value| (value, true))
    }

    /// Makes the call, whatever is remembered, and keeps its value.
    pub(crate) fn rerun<'py>(&self, py: Python<'py>, call: &Call<'py>, tally: &Tally) -> PyResult<Bound<'py, PyAny>> {
        Tally::count(&tally.misses);
        let right = self.begin_again(py, self.meanwhile())?;
        self.record(py, call, right)
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
    pub(crate) fn step<'py>(&self, py: Python<'py>, meanwhile: While, old: Old) -> PyResult<Step<'py>> {
        if let Some(reason) = &self.opened.no_key {
            let message = format!("there is no key to sign it with: {reason}; not cached (JOBSTAMPS_KEY may hold one)");
            self.warn(py, &format!("`{}`: {message}", self.name()))?;
            return Ok(Step::Ours(None));
        }
        let job = match old {
            Old::WillDo => Cow::Borrowed(&self.job),
            Old::WontDo => self.new_only(),
        };
        // What can be had at once, while other threads stand still: letting them run would cost more.
        let at_once = || self.opened.cache.glance(&job).map(|hit| self.replayed(py, hit));
        match guarded(at_once) {
            Ok(Some(step)) => return step,
            Ok(None) => {}
            Err(panic) => return Err(fault(py, &panic)),
        }
        if !is_memory_left() {
            self.warn(
                py,
                &format!("`{}`: there is hardly any memory left; not cached", self.name()),
            )?;
            return Ok(Step::Ours(None));
        }
        let found = loop {
            let busy = match self.ask_of(py, &job, Cache::try_lookup)? {
                Ok(found) => break found,
                Err(busy) => busy,
            };
            if is_our_own(&self.job, busy.holder.process) {
                return Ok(Step::Recursion);
            }
            match meanwhile {
                While::Sleep => nap(py)?,
                While::Leave => return Ok(Step::Busy),
                While::Beside => return Ok(Step::Ours(self.begin_again(py, While::Beside)?)),
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
                Ok(Step::Ours(Some(Right::of(recording, &reason))))
            }
        }
    }

    /// Begins to make the call, whatever is remembered; `meanwhile` says what to do while somebody else makes it.
    pub(crate) fn begin_again(&self, py: Python<'_>, meanwhile: While) -> PyResult<Option<Right>> {
        if self.opened.no_key.is_some() {
            return Ok(None);
        }
        let mut raised = Ok(());
        let Stale {
            reason,
            recording,
            warnings,
        } = self.ask(py, |cache, job| {
            let mut wait = |holder: Holder| {
                if meanwhile != While::Sleep || is_our_own(job, holder.process) {
                    return Patience::Run;
                }
                raised = Python::attach(nap);
                if raised.is_ok() { Patience::Wait } else { Patience::Run }
            };
            cache.force(job, Some(&mut wait))
        })?;
        raised?;
        self.say(py, &warnings)?;
        Ok(Some(Right::of(recording, &reason)))
    }

    fn replayed<'py>(&self, py: Python<'py>, mut hit: Hit) -> PyResult<Step<'py>> {
        let is_old = self.wishes.stale().is_some_and(|stale| hit.is_as_old_as(stale));
        match value::load(py, hit.replay.take_value(), self.mmap) {
            Ok(value) => {
                debug(
                    py,
                    &self.opened.variables,
                    || self.name().to_owned(),
                    || format!("replayed from `{}`", hit.stamp().display()),
                )?;
                self.count_hit(py, &hit);
                if hit.settling_writes() {
                    // The value is there: it is delivered whatever happens to us.
                    if let Err(panic) = py.detach(|| guarded(|| hit.settle())) {
                        self.warn(py, &format!("`{}`: {panic}", self.name()))?;
                    }
                }
                Ok(if is_old { Step::Old(value) } else { Step::Value(value) })
            }
            Err(error) if error.is_instance_of::<PyException>(py) => {
                let name = self.name();
                self.warn(
                    py,
                    &format!("the value of `{name}` cannot be read back ({error}); it runs again"),
                )?;
                Ok(Step::Ours(self.begin_again(py, While::Beside)?))
            }
            Err(error) => Err(error),
        }
    }

    /// Warns that the call is in the midst of itself.
    pub(crate) fn warn_of_recursion(&self, py: Python<'_>) -> PyResult<()> {
        let message = "calls itself with the same arguments; the inner call is not remembered";
        self.warn(py, &format!("`{}` {message}", self.name()))
    }
}
