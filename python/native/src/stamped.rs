//! A function whose calls are remembered: what `stamp` makes of it.

use std::sync::Arc;

use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

use crate::answers;
use crate::bound::{BoundStamped, with_default};
use crate::calls::Calls;
use crate::files::kind;
use crate::naming::name_of;
use crate::options::Options;
use crate::wrapping::{Binds, unwrapped, wrap};

/// A function whose calls are remembered.
///
/// Made by `stamp`. Calling it returns what the function returned before for equal arguments, while its code and all
/// that it depends on are as they were; otherwise it calls the function. Name, module, docstring, annotations and
/// signature are the function's, which is `__wrapped__`. As a method it binds as functions do, and `self` is an argument.
/// It is pickled by name, for process pools.
#[pyclass(frozen, dict, weakref, module = "jobstamps")]
pub(crate) struct Stamped {
    calls: Arc<Calls>,
    binds: Binds,
}

impl Stamped {
    /// Makes a stamped function of a callable.
    ///
    /// # Errors
    ///
    /// `TypeError` if it cannot be called, is a generator function, or has no parameter that `ignore` names.
    pub(crate) fn make<'py>(given: &Bound<'py, PyAny>, options: Options) -> PyResult<Bound<'py, Self>> {
        let (function, binds) = unwrapped(given)?;
        if !function.is_callable() {
            return Err(PyTypeError::new_err(format!(
                "`stamp` is for functions; {} cannot be called",
                kind(given)
            )));
        }
        let calls = Arc::new(Calls::of(&function, options)?);
        let is_async = calls.is_async;
        let made = Bound::new(given.py(), Self { calls, binds })?;
        wrap(made.as_any(), &function, is_async)?;
        Ok(made)
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
        self.calls.called(args.py(), &self.calls.call_with(args, kwargs))
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
        self.calls.why(args.py(), &self.calls.call_with(args, kwargs))
    }

    /// Returns an `Explanation` of what a call with these arguments would do: whether it is fresh, every reason why not,
    /// what of the program counts, and what cannot be seen. Nothing is called, written or created.
    #[pyo3(signature = (*args, **kwargs))]
    fn explain<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.calls
            .explained(args.py(), &self.calls.call_with(args, kwargs))?
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
        let found = self.calls.peeked(args.py(), &self.calls.call_with(&args, kwargs))?;
        Ok(found.unwrap_or(default))
    }

    /// Calls the function, whatever is remembered, and remembers what it returns in place of that.
    #[pyo3(signature = (*args, **kwargs))]
    fn rerun<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.calls.again(args.py(), &self.calls.call_with(args, kwargs))
    }

    /// Calls the function if calling it would; returns whether it did. No older value will do, whatever `stale` says. Of a coroutine function
    /// it is awaited.
    #[pyo3(signature = (*args, **kwargs))]
    fn warm<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.calls.warmed(args.py(), &self.calls.call_with(args, kwargs))
    }

    /// Forgets what is remembered for these arguments; returns whether anything was.
    #[pyo3(signature = (*args, **kwargs))]
    fn forget(&self, args: &Bound<'_, PyTuple>, kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<bool> {
        self.calls.forgotten(args.py(), &self.calls.call_with(args, kwargs))
    }

    /// Returns how calls of this function went in this process, as a `CacheInfo`: hits, misses and uncached calls.
    fn cache_info<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        answers::cache_info(py, self.calls.counted())
    }

    /// Forgets all that is remembered of this function, for any arguments, and counts its calls anew.
    ///
    /// Returns how many stamps went. It reads the whole store, so it takes longer the more is in it.
    fn cache_clear(&self, py: Python<'_>) -> PyResult<u64> {
        self.calls.cleared(py)
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
                let bound = BoundStamped::new(
                    slf.get().calls.clone(),
                    slf.clone().into_any().unbind(),
                    to.clone().unbind(),
                );
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
        format!("<stamped {}>", name_of(self.calls.function().bind(py)))
    }

    /// By name: pickle looks it up where it was defined.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.getattr(intern!(slf.py(), "__qualname__"))
            .map_err(|_| PyAttributeError::new_err("a stamped callable without a name cannot be pickled"))
    }

    #[allow(clippy::needless_pass_by_value)] // As pyo3 calls it.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.calls.held().try_for_each(|held| visit.call(held))
    }
}
