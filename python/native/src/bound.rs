//! A stamped function as a method: bound to the instance or class that it was found on.

use std::sync::Arc;

use pyo3::basic::CompareOp;
use pyo3::exceptions::PyTypeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};

use crate::calls::Calls;
use crate::identity::Call;

// A stamped function as a method. What it is bound to, `__self__`, is the first argument of `__func__`, the stamped
// function. No docstring: it would stand before the method's own.
#[pyclass(frozen, weakref, module = "jobstamps")]
pub(crate) struct BoundStamped {
    calls: Arc<Calls>,
    stamped: Py<PyAny>,
    to: Py<PyAny>,
}

impl BoundStamped {
    /// Binds a stamped function, whose calls these are, to an instance or class.
    pub(crate) fn new(calls: Arc<Calls>, stamped: Py<PyAny>, to: Py<PyAny>) -> Self {
        Self { calls, stamped, to }
    }

    fn call_with<'py>(&self, args: &Bound<'py, PyTuple>, kwargs: Option<&Bound<'py, PyDict>>) -> PyResult<Call<'py>> {
        let py = args.py();
        let to = self.to.bind(py).clone();
        let args = PyTuple::new(py, std::iter::once(to).chain(args.iter()).collect::<Vec<_>>())?;
        Ok(self.calls.call_with(&args, kwargs))
    }
}

#[pymethods]
impl BoundStamped {
    #[pyo3(signature = (*args, **kwargs))]
    fn __call__<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.calls.called(args.py(), &self.call_with(args, kwargs)?)
    }

    /// Returns why calling the method with these arguments would call it, or None if it would not: see `Stamped.stale`.
    #[pyo3(signature = (*args, **kwargs))]
    fn stale<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.calls.why(args.py(), &self.call_with(args, kwargs)?)
    }

    /// Returns an `Explanation` of what a call with these arguments would do: see `Stamped.explain`.
    #[pyo3(signature = (*args, **kwargs))]
    fn explain<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let explained = self.calls.explained(args.py(), &self.call_with(args, kwargs)?);
        explained?.into_object(args.py())
    }

    /// Returns the remembered value for these arguments if it still holds, else the last positional argument: see
    /// `Stamped.peek`.
    #[pyo3(signature = (*args, **kwargs))]
    fn peek<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (args, default) = with_default(args)?;
        let found = self.calls.peeked(args.py(), &self.call_with(&args, kwargs)?)?;
        Ok(found.unwrap_or(default))
    }

    /// Calls the method, whatever is remembered, and remembers what it returns in place of that.
    #[pyo3(signature = (*args, **kwargs))]
    fn rerun<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.calls.again(args.py(), &self.call_with(args, kwargs)?)
    }

    /// Calls the method if calling it would; returns whether it did: see `Stamped.warm`.
    #[pyo3(signature = (*args, **kwargs))]
    fn warm<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.calls.warmed(args.py(), &self.call_with(args, kwargs)?)
    }

    /// Forgets what is remembered for these arguments; returns whether anything was.
    #[pyo3(signature = (*args, **kwargs))]
    fn forget(&self, args: &Bound<'_, PyTuple>, kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<bool> {
        self.calls.forgotten(args.py(), &self.call_with(args, kwargs)?)
    }

    /// What the method is bound to.
    #[getter]
    fn __self__(&self, py: Python<'_>) -> Py<PyAny> {
        self.to.clone_ref(py)
    }

    /// The stamped function.
    #[getter]
    fn __func__(&self, py: Python<'_>) -> Py<PyAny> {
        self.stamped.clone_ref(py)
    }

    /// The plain method, which remembers nothing.
    #[getter]
    fn __wrapped__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let function = self.stamped.bind(py).getattr(intern!(py, "__wrapped__"))?;
        let types = py.import(intern!(py, "types"))?;
        types.call_method1(intern!(py, "MethodType"), (function, &self.to))
    }

    /// The function's docstring.
    #[getter]
    fn __doc__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.stamped.bind(py).getattr(intern!(py, "__doc__"))
    }

    /// All else is the stamped function's: names, `cache_info`, `cache_clear`.
    fn __getattr__<'py>(&self, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        self.stamped.bind(name.py()).getattr(name)
    }

    /// The class itself, for annotations: `BoundStamped[[int], str]`.
    #[classmethod]
    fn __class_getitem__<'py>(class: &Bound<'py, PyType>, _parameters: &Bound<'py, PyAny>) -> Bound<'py, PyType> {
        class.clone()
    }

    fn __richcmp__(&self, other: &Bound<'_, PyAny>, operation: CompareOp) -> PyResult<Py<PyAny>> {
        let py = other.py();
        let equal = other.cast_exact::<Self>().is_ok_and(|other| {
            let other = other.get();
            self.stamped.is(&other.stamped) && self.to.is(&other.to)
        });
        Ok(match operation {
            CompareOp::Eq => equal.into_pyobject(py)?.to_owned().into_any().unbind(),
            CompareOp::Ne => (!equal).into_pyobject(py)?.to_owned().into_any().unbind(),
            _ => py.NotImplemented(),
        })
    }

    fn __hash__(&self) -> u64 {
        (self.stamped.as_ptr() as u64) ^ (self.to.as_ptr() as u64).rotate_left(7)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!(
            "<{} of {}>",
            self.stamped.bind(py).repr()?,
            self.to.bind(py).repr()?
        ))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let getattr = py.import(intern!(py, "builtins"))?.getattr(intern!(py, "getattr"))?;
        let name = self.stamped.bind(py).getattr(intern!(py, "__name__"))?;
        (getattr, (self.to.bind(py), name)).into_pyobject(py)
    }

    #[allow(clippy::needless_pass_by_value)] // As pyo3 calls it.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.stamped)?;
        visit.call(&self.to)
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
