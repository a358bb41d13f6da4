//! A function whose calls are remembered: what `stamp` makes of it.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};

use crate::answers::{self, Explained};
use crate::attempt::Attempt;
use crate::bound::BoundStamped;
use crate::canonical::{Keyed, Reprs};
use crate::identity::{Call, Identity, Target, name_of};
use crate::known::Known;
use crate::notice::{debug, fault, guarded};
use crate::options::Options;
use crate::parameters::{self, Parameters};
use crate::prepared::Prepared;
use crate::settings::Settings;
use crate::tally::Tally;
use crate::variables::Variables;
use crate::wrapping::{Binds, unwrapped, wrap};

/// A function whose calls are remembered.
///
/// Made by `stamp`. Calling it returns what the function returned before for equal arguments, while its code and all
/// that it depends on are as they were; otherwise it calls the function. Name, module, docstring, annotations and
/// signature are the function's, which is `__wrapped__`. As a method it binds as functions do, and `self` is an argument.
/// It is pickled by name, for process pools.
#[pyclass(frozen, dict, weakref, module = "jobstamps")]
pub(crate) struct Stamped {
    function: Py<PyAny>,
    binds: Binds,
    is_async: bool,
    options: Options,
    known: Mutex<Option<Arc<Known>>>,
    /// Where nothing can be known from one call to the next.
    parameters: PyOnceLock<Parameters>,
    tally: Arc<Tally>,
}

/// A call that can be looked up, or why it cannot.
#[allow(clippy::large_enum_variant)] // Made once a call.
enum Lookable {
    Yes(Prepared, Settings),
    /// Why the call is made without being looked up.
    No(&'static str, String),
}

impl Stamped {
    /// Makes a stamped function of a callable.
    ///
    /// # Errors
    ///
    /// `TypeError` if it cannot be called, is a generator function, or has no parameter that `ignore` names.
    pub(crate) fn make<'py>(given: &Bound<'py, PyAny>, options: Options) -> PyResult<Bound<'py, Self>> {
        let py = given.py();
        let (function, binds) = unwrapped(given)?;
        if !function.is_callable() {
            return Err(PyTypeError::new_err(format!(
                "`stamp` is for functions; {} cannot be called",
                crate::files::kind(given)
            )));
        }
        let target = Target::found(&Call::new(&function, &PyTuple::empty(py), None))?;
        let is_async = target.plan().is_some_and(crate::plan::Plan::is_coroutine);
        if !is_async {
            target.refuse_unkeepable(&function)?;
        }
        parameters::check(&options.ignored, target.plan(), || name_of(&function))?;
        let made = Bound::new(
            py,
            Self {
                function: function.clone().unbind(),
                binds,
                is_async,
                options,
                known: Mutex::new(None),
                parameters: PyOnceLock::new(),
                tally: Arc::default(),
            },
        )?;
        wrap(&made, &function, is_async)?;
        Ok(made)
    }

    /// Returns the call of this function with the arguments.
    pub(crate) fn call_with<'py>(&self, args: &Bound<'py, PyTuple>, kwargs: Option<&Bound<'py, PyDict>>) -> Call<'py> {
        Call::new(self.function.bind(args.py()), args, kwargs)
    }

    /// Returns what the call returned before, or makes it.
    pub(crate) fn called<'py>(&self, py: Python<'py>, call: &Call<'py>) -> PyResult<Bound<'py, PyAny>> {
        if self.is_async {
            return self.awaited(py, call, false);
        }
        match self.lookable(py, call)? {
            Lookable::Yes(prepared, _) => prepared.run(py, call, &self.tally),
            Lookable::No(_, why) => self.uncached(py, call, &why),
        }
    }

    /// Returns a coroutine that looks the call up and awaits it if need be.
    fn awaited<'py>(&self, py: Python<'py>, call: &Call<'py>, again: bool) -> PyResult<Bound<'py, PyAny>> {
        let attempt = match self.lookable(py, call)? {
            Lookable::Yes(prepared, _) => Attempt::new(prepared, self.tally.clone(), again),
            Lookable::No(_, why) => return self.uncached(py, call, &why),
        };
        py.import(intern!(py, "jobstamps.asynchronous"))?.call_method1(
            intern!(py, "awaited"),
            (Bound::new(py, attempt)?, &call.function, &call.args, &call.kwargs),
        )
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
    /// `TypeError` for an argument that cannot be keyed.
    fn lookable(&self, py: Python<'_>, call: &Call<'_>) -> PyResult<Lookable> {
        let variables = Variables::now();
        if variables.disabled() {
            return Ok(Lookable::No("disabled", "JOBSTAMPS_DISABLED is set".to_owned()));
        }
        let identified = guarded(|| self.identify(py, call));
        let (name, identity) = match identified.map_err(|panic| fault(py, &panic))? {
            Ok(Some(identified)) => identified,
            Ok(None) => {
                let why = "the arguments do not fit the function".to_owned();
                return Ok(Lookable::No("unkeyed", why));
            }
            Err(refusal) => {
                return Err(PyTypeError::new_err(format!(
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
        // Held while no other Python code runs.
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known.filter(|known| known.holds(py)) {
            let identity = known.identify(&call.args, &call.kwargs, Reprs::Refused)?;
            return Ok(identity.map(|identity| (known.name.clone(), identity)));
        }
        if let Some(known) = Known::of(&call.function, &self.options.ignored, self.options.depth)? {
            let known = Arc::new(known);
            let before = self
                .known
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .replace(known.clone());
            drop(before);
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

    /// Returns the first reason why the call would be made.
    pub(crate) fn why<'py>(&self, py: Python<'py>, call: &Call<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(self.explained(py, call)?.reasons.into_iter().next())
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
        };
        match self.lookable(py, call) {
            Ok(Lookable::Yes(prepared, settings)) => prepared.explain(py, &settings, &mut explained)?,
            Ok(Lookable::No("disabled", _)) => explained.reasons.push(answers::disabled(py)?),
            Ok(Lookable::No(kind, why)) => {
                let text = PyString::new(py, &why).into_any();
                explained.reasons.push(answers::told(py, &text, kind, &why)?);
            }
            Err(error) if error.is_instance_of::<PyTypeError>(py) => {
                let why = error.value(py).to_string();
                let text = PyString::new(py, &why).into_any();
                explained.reasons.push(answers::told(py, &text, "unkeyed", &why)?);
            }
            Err(error) => return Err(error),
        }
        Ok(explained)
    }

    /// Returns the remembered value if it still holds.
    pub(crate) fn peeked<'py>(&self, py: Python<'py>, call: &Call<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self.lookable(py, call)? {
            Lookable::Yes(prepared, _) => prepared.peek(py),
            Lookable::No(..) => Ok(None),
        }
    }

    /// Makes the call, whatever is remembered, and remembers what it returns.
    pub(crate) fn again<'py>(&self, py: Python<'py>, call: &Call<'py>) -> PyResult<Bound<'py, PyAny>> {
        if self.is_async {
            return self.awaited(py, call, true);
        }
        match self.lookable(py, call)? {
            Lookable::Yes(prepared, _) => prepared.rerun(py, call, &self.tally),
            Lookable::No(_, why) => self.uncached(py, call, &why),
        }
    }

    /// Forgets what is remembered of the call; tells whether anything was.
    pub(crate) fn forgotten(&self, py: Python<'_>, call: &Call<'_>) -> PyResult<bool> {
        match self.lookable(py, call)? {
            Lookable::Yes(prepared, _) => prepared.forget(py),
            Lookable::No(..) => Ok(false),
        }
    }
}

#[pymethods]
impl Stamped {
    #[pyo3(signature = (*args, **kwargs))]
    fn __call__<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.called(args.py(), &self.call_with(args, kwargs))
    }

    /// Returns why calling the function with these arguments would call it, or None if it would not.
    ///
    /// The answer is a `Reason`: a text that equals the path of what is out of date, with `kind` and `detail`. Nothing is
    /// called, written or created.
    #[pyo3(signature = (*args, **kwargs))]
    fn stale<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.why(args.py(), &self.call_with(args, kwargs))
    }

    /// Returns an `Explanation` of what a call with these arguments would do: whether it is fresh, every reason why not,
    /// what of the program counts, and what cannot be seen. Nothing is called, written or created.
    #[pyo3(signature = (*args, **kwargs))]
    fn explain<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.explained(args.py(), &self.call_with(args, kwargs))?
            .into_object(args.py())
    }

    /// Returns the remembered value for these arguments if it still holds, else the default, which is the last positional
    /// argument: `f.peek(x, None)`. The function is never called. Of a coroutine function it is the awaited value.
    #[pyo3(signature = (*args, **kwargs))]
    fn peek<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (args, default) = with_default(args)?;
        let found = self.peeked(args.py(), &self.call_with(&args, kwargs))?;
        Ok(found.unwrap_or(default))
    }

    /// Calls the function, whatever is remembered, and remembers what it returns in place of that.
    #[pyo3(signature = (*args, **kwargs))]
    fn rerun<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.again(args.py(), &self.call_with(args, kwargs))
    }

    /// Forgets what is remembered for these arguments; returns whether anything was.
    #[pyo3(signature = (*args, **kwargs))]
    fn forget(&self, args: &Bound<'_, PyTuple>, kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<bool> {
        self.forgotten(args.py(), &self.call_with(args, kwargs))
    }

    /// Returns how calls of this function went in this process, as a `CacheInfo`: hits, misses and uncached calls.
    fn cache_info<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        answers::cache_info(py, self.tally.read())
    }

    /// Forgets all that is remembered of this function, for any arguments, and counts its calls anew.
    ///
    /// Returns how many stamps went. It reads the whole store, so it takes longer the more is in it.
    fn cache_clear(&self, py: Python<'_>) -> PyResult<u64> {
        self.tally.clear();
        let function = self.function.bind(py);
        Prepared::forget_function(py, &name_of(function), self.options.directory.as_deref())
    }

    fn __get__<'py>(
        slf: &Bound<'py, Self>,
        instance: &Bound<'py, PyAny>,
        owner: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let to = match slf.get().binds {
            Binds::Never => None,
            Binds::ToInstance => (!instance.is_none()).then_some(instance),
            Binds::ToClass => owner,
        };
        match to {
            Some(to) => {
                let bound = BoundStamped::new(slf.clone().unbind(), to.clone().unbind());
                Ok(Bound::new(slf.py(), bound)?.into_any())
            }
            None => Ok(slf.clone().into_any()),
        }
    }

    /// The class of a stamped function with its signature, for annotations: `Stamped[[int], str]`.
    #[classmethod]
    fn __class_getitem__<'py>(class: &Bound<'py, PyType>, _parameters: &Bound<'py, PyAny>) -> Bound<'py, PyType> {
        class.clone()
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        format!("<stamped {}>", name_of(self.function.bind(py)))
    }

    /// By name: pickle looks it up where it was defined.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.getattr(intern!(slf.py(), "__qualname__"))
            .map_err(|_| PyAttributeError::new_err("a stamped callable without a name cannot be pickled"))
    }

    #[allow(clippy::needless_pass_by_value)] // As pyo3 calls it.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.function)?;
        for held in self.options.held() {
            visit.call(held)?;
        }
        Ok(())
    }
}

/// Splits the default, which is the last positional argument, from those of the function.
pub(crate) fn with_default<'py>(args: &Bound<'py, PyTuple>) -> PyResult<(Bound<'py, PyTuple>, Bound<'py, PyAny>)> {
    match args.len() {
        0 => Err(PyTypeError::new_err(
            "`peek` needs a default: the last positional argument, as in `f.peek(x, None)`",
        )),
        count => Ok((args.get_slice(0, count - 1), args.get_item(count - 1)?)),
    }
}
