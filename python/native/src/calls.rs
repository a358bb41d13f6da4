//! The calls of one function: looked up, made, remembered, forgotten.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDict, PyString, PyTuple};

use crate::answers::{self, Explained};
use crate::attempt::{Attempt, Purpose};
use crate::canonical::{Keyed, Reprs};
use crate::identity::{Call, Identity, Target};
use crate::known::Known;
use crate::naming::name_of;
use crate::notice::{debug, fault, guarded};
use crate::options::Options;
use crate::parameters::{self, Parameters};
use crate::prepared::Prepared;
use crate::settings::Settings;
use crate::tally::Tally;
use crate::variables::Variables;

/// The calls of one function.
pub(crate) struct Calls {
    function: Py<PyAny>,
    /// Whether calling it gives a coroutine, whose awaited value is remembered.
    pub(crate) is_async: bool,
    options: Options,
    known: Mutex<Option<Arc<Known>>>,
    /// Where nothing can be known from one call to the next.
    parameters: PyOnceLock<Parameters>,
    pub(crate) tally: Tally,
}

/// A call that can be looked up, or why it cannot.
#[allow(clippy::large_enum_variant)] // Made once a call.
enum Lookable {
    Yes(Prepared, Settings),
    /// Why the call is made without being looked up.
    No(&'static str, String),
    /// Why an argument cannot be keyed.
    Refused(String),
}

impl Calls {
    /// Prepares to remember the calls of `function` as `options` say.
    ///
    /// # Errors
    ///
    /// `TypeError` if it is a generator function, or has no parameter that `ignore` names.
    pub(crate) fn of(function: &Bound<'_, PyAny>, options: Options) -> PyResult<Self> {
        let target = Target::found(&Call::new(function, &PyTuple::empty(function.py()), None))?;
        let is_async = target.plan().is_some_and(crate::plan::Plan::is_coroutine);
        if !is_async {
            target.refuse_unkeepable(function)?;
        }
        parameters::check(&options.ignored, target.plan(), || name_of(function))?;
        Ok(Self {
            function: function.clone().unbind(),
            is_async,
            options,
            known: Mutex::new(None),
            parameters: PyOnceLock::new(),
            tally: Tally::default(),
        })
    }

    /// Returns the call of this function with the arguments.
    pub(crate) fn call_with<'py>(&self, args: &Bound<'py, PyTuple>, kwargs: Option<&Bound<'py, PyDict>>) -> Call<'py> {
        Call::new(self.function.bind(args.py()), args, kwargs)
    }

    /// Returns what the call returned before, or makes it.
    pub(crate) fn called<'py>(self: &Arc<Self>, py: Python<'py>, call: &Call<'py>) -> PyResult<Bound<'py, PyAny>> {
        if self.is_async {
            return self.awaited(py, call, Purpose::Value);
        }
        match self.lookable(py, call)? {
            Lookable::Yes(prepared, _) => prepared.run(py, call, &self.tally, &|copy| self.prepared(py, copy)),
            Lookable::No(_, why) => self.uncached(py, call, &why),
            Lookable::Refused(why) => Err(PyTypeError::new_err(why)),
        }
    }

    /// Makes the call if it would be made; tells whether it was. Of a coroutine function, a coroutine does.
    pub(crate) fn warmed<'py>(self: &Arc<Self>, py: Python<'py>, call: &Call<'py>) -> PyResult<Bound<'py, PyAny>> {
        if self.is_async {
            return self.awaited(py, call, Purpose::Warmth);
        }
        let was_made = match self.lookable(py, call)? {
            Lookable::Yes(prepared, _) => prepared.warm(py, call, &self.tally)?,
            Lookable::No(_, why) => self.uncached(py, call, &why).map(|_| true)?,
            Lookable::Refused(why) => return Err(PyTypeError::new_err(why)),
        };
        Ok(PyBool::new(py, was_made).to_owned().into_any())
    }

    /// Returns a coroutine that looks the call up and awaits it if need be.
    fn awaited<'py>(
        self: &Arc<Self>,
        py: Python<'py>,
        call: &Call<'py>,
        purpose: Purpose,
    ) -> PyResult<Bound<'py, PyAny>> {
        let attempt = match self.lookable(py, call)? {
            Lookable::Yes(prepared, _) => Attempt::new(prepared, self.clone(), purpose),
            Lookable::No(_, why) => {
                let made = self.uncached(py, call, &why)?;
                return match purpose {
                    Purpose::Warmth => asynchronous(py)?.call_method1(intern!(py, "only_made"), (made,)),
                    _ => Ok(made),
                };
            }
            Lookable::Refused(why) => return Err(PyTypeError::new_err(why)),
        };
        let name = if purpose == Purpose::Warmth {
            "warmed"
        } else {
            "awaited"
        };
        asynchronous(py)?.call_method1(
            name,
            (Bound::new(py, attempt)?, &call.function, &call.args, &call.kwargs),
        )
    }

    /// Prepares to look a call up; None where it cannot be.
    pub(crate) fn prepared(&self, py: Python<'_>, call: &Call<'_>) -> PyResult<Option<Prepared>> {
        Ok(match self.lookable(py, call)? {
            Lookable::Yes(prepared, _) => Some(prepared),
            Lookable::No(..) | Lookable::Refused(_) => None,
        })
    }

    fn uncached<'py>(&self, py: Python<'py>, call: &Call<'py>, why: &str) -> PyResult<Bound<'py, PyAny>> {
        debug(
            py,
            &Variables::now(),
            || name_of(&call.function),
            || format!("runs: {why}"),
        )?;
        Tally::count(&self.tally.uncached);
        call.make()
    }

    /// Prepares to look a call up.
    ///
    /// # Errors
    ///
    /// What came of computing its files, of finding a directory for its stamps, or of a fault of our own.
    fn lookable(&self, py: Python<'_>, call: &Call<'_>) -> PyResult<Lookable> {
        match guarded(|| self.try_lookable(py, call)) {
            Ok(lookable) => lookable,
            Err(panic) => Err(fault(py, &panic)),
        }
    }

    #[inline]
    fn try_lookable(&self, py: Python<'_>, call: &Call<'_>) -> PyResult<Lookable> {
        let variables = Variables::now();
        if variables.disabled() {
            return Ok(Lookable::No("disabled", "JOBSTAMPS_DISABLED is set".to_owned()));
        }
        variables.tell(py)?;
        let (name, identity) = match self.identify(py, call) {
            Ok(Some(identified)) => identified,
            Ok(None) => {
                let why = "the arguments do not fit the function".to_owned();
                return Ok(Lookable::No("unkeyed", why));
            }
            Err(refusal) => {
                return Ok(Lookable::Refused(format!(
                    "`{}`: {}; leave it out (`ignore=`, `Annotated[..., Ignore]`), choose what counts \
                     (`Annotated[..., Key(function)]`), or give its class a `__jobstamp_key__` method",
                    name_of(&call.function),
                    refusal.into_message(py)?
                )));
            }
        };
        if let Some(why) = identity.reached.uncacheable() {
            return Ok(Lookable::No("uncached", why.to_owned()));
        }
        let settings = self.options.settings(py, &variables, || {
            let bound = Target::found(call)?.bound()?;
            bound.ok_or_else(|| PyTypeError::new_err("no file can be computed from arguments without names"))
        })?;
        let opened = Prepared::open(py, &settings, &variables)?;
        let prepared = Prepared::new(opened, &name, identity, &settings)?;
        Ok(Lookable::Yes(prepared, settings))
    }

    /// Returns the function's full name and what the call is filed under; None if the arguments do not fit the function.
    fn identify(&self, py: Python<'_>, call: &Call<'_>) -> Keyed<Option<(Arc<str>, Identity)>> {
        if let Some(known) = self.known(py, call)? {
            let identity = known.identify(&call.args, &call.kwargs, Reprs::Refused)?;
            return Ok(identity.map(|identity| (known.name.clone(), identity)));
        }
        let target = Target::found(call)?;
        let parameters = self
            .parameters
            .get_or_try_init(py, || target.parameters(&self.options.ignored))?;
        let identity = target.identify(Reprs::Refused, parameters, self.options.depth)?;
        Ok(Some((name_of(&call.function).into(), identity)))
    }

    /// Returns what is known of the function, found out anew if it no longer holds.
    fn known(&self, py: Python<'_>, call: &Call<'_>) -> PyResult<Option<Arc<Known>>> {
        // Never held while other code may run.
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known().clone();
        if let Some(found) = found.filter(|found| found.holds(py)) {
            return Ok(Some(found));
        }
        let now = Known::of(&call.function, &self.options.ignored, self.options.depth)?.map(Arc::new);
        let before = std::mem::replace(&mut *known(), now.clone());
        drop(before);
        Ok(now)
    }

    /// Returns the first reason why the call would be made.
    pub(crate) fn why<'py>(&self, py: Python<'py>, call: &Call<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let (kind, why) = match self.lookable(py, call)? {
            Lookable::Yes(prepared, settings) => return Ok(prepared.reasons(py, &settings)?.into_iter().next()),
            Lookable::No("disabled", _) => return answers::disabled(py).map(Some),
            Lookable::No(kind, why) => (kind, why),
            Lookable::Refused(why) => ("unkeyed", why),
        };
        answers::told(py, &PyString::new(py, &why).into_any(), kind, &why).map(Some)
    }

    /// Returns all that is known of what the call would do.
    pub(crate) fn explained<'py>(&self, py: Python<'py>, call: &Call<'py>) -> PyResult<Explained<'py>> {
        let mut explained = Explained {
            function: name_of(&call.function),
            reasons: Vec::new(),
            stamp: None,
            code: Vec::new(),
            state: Vec::new(),
            unseen: Vec::new(),
            ran: None,
            nearest: None,
        };
        let (kind, why) = match self.lookable(py, call)? {
            Lookable::Yes(prepared, settings) => {
                prepared.explain(py, call, &settings, &mut explained)?;
                return Ok(explained);
            }
            Lookable::No("disabled", _) => {
                explained.reasons.push(answers::disabled(py)?);
                return Ok(explained);
            }
            Lookable::No(kind, why) => (kind, why),
            Lookable::Refused(why) => ("unkeyed", why),
        };
        let text = PyString::new(py, &why).into_any();
        explained.reasons.push(answers::told(py, &text, kind, &why)?);
        Ok(explained)
    }

    /// Returns the remembered value if it still holds.
    pub(crate) fn peeked<'py>(&self, py: Python<'py>, call: &Call<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self.lookable(py, call)? {
            Lookable::Yes(prepared, _) => prepared.peek(py),
            Lookable::No(..) => Ok(None),
            Lookable::Refused(why) => Err(PyTypeError::new_err(why)),
        }
    }

    /// Makes the call, whatever is remembered, and remembers what it returns.
    pub(crate) fn again<'py>(self: &Arc<Self>, py: Python<'py>, call: &Call<'py>) -> PyResult<Bound<'py, PyAny>> {
        if self.is_async {
            return self.awaited(py, call, Purpose::NewValue);
        }
        match self.lookable(py, call)? {
            Lookable::Yes(prepared, _) => prepared.rerun(py, call, &self.tally),
            Lookable::No(_, why) => self.uncached(py, call, &why),
            Lookable::Refused(why) => Err(PyTypeError::new_err(why)),
        }
    }

    /// Forgets what is remembered of the call; tells whether anything was.
    pub(crate) fn forgotten(&self, py: Python<'_>, call: &Call<'_>) -> PyResult<bool> {
        match self.lookable(py, call)? {
            Lookable::Yes(prepared, _) => prepared.forget(py),
            Lookable::No(..) => Ok(false),
            Lookable::Refused(why) => Err(PyTypeError::new_err(why)),
        }
    }

    /// Returns how the calls went in this process: hits, misses and uncached ones.
    pub(crate) fn counted(&self) -> (u64, u64, u64) {
        self.tally.read()
    }

    /// Forgets all that is remembered of the function, and counts anew; returns how many stamps went.
    pub(crate) fn cleared(&self, py: Python<'_>) -> PyResult<u64> {
        self.tally.clear();
        Prepared::forget_function(py, &name_of(self.function.bind(py)), self.options.directory.as_deref())
    }

    /// Returns the function.
    pub(crate) fn function(&self) -> &Py<PyAny> {
        &self.function
    }

    /// Visits the Python objects that are held here.
    pub(crate) fn held(&self) -> impl Iterator<Item = &Py<PyAny>> {
        std::iter::once(&self.function).chain(self.options.held())
    }
}

fn asynchronous(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    py.import(intern!(py, "jobstamps.asynchronous"))
}
