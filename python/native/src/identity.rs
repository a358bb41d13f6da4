//! Which call this is: the callable, and the arguments bound to the names of its parameters.
//!
//! Where there is no code object to bind to (a class, a builtin, a Mock), or the call does not bind, the arguments count
//! as they were given; a call that does not bind then fails as Python says, when it is made.

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyFunction, PyTuple, PyType};

use crate::binding::{Binding, write_named};
use crate::canonical::{At, Encoder, Keyed, Reprs, Tag, name_of_mock};
use crate::naming::{is_partial, name_of};
use crate::parameters::Parameters;
use crate::plan::{Plan, plan};
use crate::reach::{Depth, Reach, Reached};

/// A call that is to be remembered.
pub(crate) struct Call<'py> {
    pub(crate) function: Bound<'py, PyAny>,
    pub(crate) args: Bound<'py, PyTuple>,
    pub(crate) kwargs: Bound<'py, PyDict>,
}

impl<'py> Call<'py> {
    /// Puts together what is called and with what.
    pub(crate) fn new(
        function: &Bound<'py, PyAny>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> Self {
        Self {
            function: function.clone(),
            args: args.clone(),
            kwargs: kwargs.map_or_else(|| PyDict::new(args.py()), Bound::clone),
        }
    }

    /// Makes the call.
    pub(crate) fn make(&self) -> PyResult<Bound<'py, PyAny>> {
        self.function
            .call(&self.args, (!self.kwargs.is_empty()).then_some(&self.kwargs))
    }
}

/// What a call is filed under.
pub(crate) struct Identity {
    /// The canonical encoding of the interpreter's version, the callable and the arguments.
    pub(crate) bytes: Vec<u8>,
    /// The code that the call depends on.
    pub(crate) reached: Reached,
}

/// Returns what stands in a call's key for the function whose code runs, with what its closure holds; None where there is no such
/// function, or that cannot be had.
pub(crate) fn written(function: &Bound<'_, PyAny>) -> Option<Vec<u8>> {
    let py = function.py();
    let target = Target::found(&Call::new(function, &PyTuple::empty(py), None)).ok()?;
    let mut encoder = Encoder::new(py, Reprs::Trusted);
    encoder.called(target.code.as_ref()?).ok()?;
    Some(encoder.finish().0)
}

/// Refuses a function that returns something that is used up by reading it.
///
/// # Errors
///
/// `TypeError` for a generator or coroutine function.
pub(crate) fn refuse_unkeepable(plan: &Plan, function: &Bound<'_, PyAny>) -> PyResult<()> {
    match plan.unkeepable() {
        Some(kind) => Err(PyTypeError::new_err(format!(
            "`{}` is a {kind}: what it returns is used up by reading it and cannot be remembered",
            name_of(function)
        ))),
        None => Ok(()),
    }
}

/// What a call comes down to: what is named, whose code runs, and with what.
pub(crate) struct Target<'py> {
    identity: Bound<'py, PyAny>,
    /// The name by which alone a Mock object goes.
    own_name: Option<Bound<'py, PyAny>>,
    code: Option<Bound<'py, PyFunction>>,
    plan: Option<std::sync::Arc<Plan>>,
    args: Bound<'py, PyTuple>,
    kwargs: Bound<'py, PyDict>,
}

impl<'py> Target<'py> {
    /// Refuses what returns something that is used up by reading it.
    ///
    /// # Errors
    ///
    /// `TypeError` for a generator or coroutine function.
    pub(crate) fn refuse_unkeepable(&self, function: &Bound<'py, PyAny>) -> PyResult<()> {
        match &self.plan {
            Some(plan) => refuse_unkeepable(plan, function),
            None => Ok(()),
        }
    }

    /// Identifies the call; a refusal names the argument that cannot be keyed.
    pub(crate) fn identify(&self, reprs: Reprs, parameters: &Parameters, depth: Depth) -> Keyed<Identity> {
        let py = self.identity.py();
        let root = Reach::of(&self.identity, depth)?;
        let mut encoder = Encoder::new(py, reprs);
        encoder.word(interpreter(py)?);
        encoder.group(Tag::Call, |encoder| {
            let written = match (&self.code, &self.own_name) {
                (Some(function), _) => encoder.called(function),
                (None, Some(name)) => encoder.named(&self.identity, name),
                (None, None) => encoder.value(&self.identity),
            };
            written.at(|| name_of(&self.identity))?;
            let bound = match (&self.plan, &self.code) {
                (Some(plan), Some(code)) => Binding::of(plan, code, &self.args, &self.kwargs)?,
                _ => None,
            };
            match bound {
                Some(binding) => binding.write(encoder, parameters),
                None => as_given(encoder, self),
            }
        })?;
        let (bytes, met) = encoder.finish();
        let reached = Reached::of(root, &met, depth)?;
        Ok(Identity { bytes, reached })
    }

    /// Returns the arguments by the names of their parameters; None if the call does not bind, or nobody knows the names.
    pub(crate) fn bound(&self) -> PyResult<Option<Bound<'py, PyDict>>> {
        match (&self.plan, &self.code) {
            (Some(plan), Some(code)) => match Binding::of(plan, code, &self.args, &self.kwargs)? {
                Some(binding) => binding.by_name(self.args.py()).map(Some),
                None => Ok(None),
            },
            _ => Ok(None),
        }
    }

    /// Returns how the parameters of the function count.
    pub(crate) fn parameters(&self, ignored: &[String]) -> PyResult<Parameters> {
        match (&self.plan, &self.code) {
            (Some(plan), Some(code)) => Parameters::of(code, plan, ignored),
            _ => Ok(Parameters::default()),
        }
    }

    /// Returns how calls bind, if that is known.
    pub(crate) fn plan(&self) -> Option<&Plan> {
        self.plan.as_deref()
    }

    /// Finds out what a call comes down to, whatever it returns.
    pub(crate) fn found(call: &Call<'py>) -> PyResult<Self> {
        let py = call.function.py();
        let (function, args, kwargs) = flattened(call)?;
        if let Ok(function) = function.cast_exact::<PyFunction>() {
            return Self::code(function.clone(), args, kwargs);
        }
        if is_exactly(&function, "builtins", "method") {
            let with_self = prepended(&function.getattr(intern!(py, "__self__"))?, &args)?;
            let inner = function.getattr(intern!(py, "__func__"))?;
            return match inner.cast_into_exact::<PyFunction>() {
                Ok(inner) => Self::code(inner, with_self, kwargs),
                Err(other) => Ok(Self::opaque(other.into_inner(), with_self, kwargs)),
            };
        }
        if function.is_instance_of::<PyType>() {
            return Ok(Self::opaque(function, args, kwargs));
        }
        if let Some(name) = name_of_mock(&function)? {
            return Ok(Self {
                own_name: Some(name),
                ..Self::opaque(function, args, kwargs)
            });
        }
        match function
            .get_type()
            .getattr_opt(intern!(py, "__call__"))?
            .map(Bound::cast_into_exact::<PyFunction>)
        {
            Some(Ok(code)) => {
                let with_self = prepended(&function, &args)?;
                Self::code(code, with_self, kwargs)
            }
            _ => Ok(Self::opaque(function, args, kwargs)),
        }
    }

    fn code(function: Bound<'py, PyFunction>, args: Bound<'py, PyTuple>, kwargs: Bound<'py, PyDict>) -> PyResult<Self> {
        let code = function.getattr(intern!(function.py(), "__code__"))?;
        let plan = plan(code.cast()?)?;
        Ok(Self {
            identity: function.clone().into_any(),
            code: Some(function),
            own_name: None,
            plan: Some(plan),
            args,
            kwargs,
        })
    }

    fn opaque(identity: Bound<'py, PyAny>, args: Bound<'py, PyTuple>, kwargs: Bound<'py, PyDict>) -> Self {
        Self {
            identity,
            code: None,
            own_name: None,
            plan: None,
            args,
            kwargs,
        }
    }
}

/// Returns the call with the parts of partial objects put where they belong.
fn flattened<'py>(call: &Call<'py>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>, Bound<'py, PyDict>)> {
    let py = call.function.py();
    let (mut function, mut args, mut kwargs) = (call.function.clone(), call.args.clone(), call.kwargs.clone());
    while is_partial(&function) && !has_placeholder(&function)? {
        let before = function.getattr(intern!(py, "args"))?;
        args = before
            .cast::<PyTuple>()?
            .as_sequence()
            .concat(args.as_sequence())?
            .to_tuple()?;
        let named = function.getattr(intern!(py, "keywords"))?.cast::<PyDict>()?.copy()?;
        named.update(kwargs.as_mapping())?;
        kwargs = named;
        function = function.getattr(intern!(py, "func"))?;
    }
    Ok((function, args, kwargs))
}

/// Tells whether a partial leaves room between its arguments (since Python 3.14).
fn has_placeholder(partial: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = partial.py();
    match py
        .import(intern!(py, "functools"))?
        .getattr_opt(intern!(py, "Placeholder"))?
    {
        Some(placeholder) => Ok(partial
            .getattr(intern!(py, "args"))?
            .try_iter()?
            .flatten()
            .any(|arg| arg.is(&placeholder))),
        None => Ok(false),
    }
}

fn prepended<'py>(first: &Bound<'py, PyAny>, args: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyTuple>> {
    PyTuple::new(
        first.py(),
        std::iter::once(first.clone()).chain(args.iter()).collect::<Vec<_>>(),
    )
}

fn is_exactly(value: &Bound<'_, PyAny>, module: &str, class: &str) -> bool {
    let kind = value.get_type();
    kind.name().is_ok_and(|name| name == class) && kind.module().is_ok_and(|name| name == module)
}

/// Returns implementation and minor version, such as `cpython-3.13`: bytecode and pickles differ between them.
pub(crate) fn interpreter(py: Python<'_>) -> PyResult<&str> {
    static NAME: PyOnceLock<String> = PyOnceLock::new();
    let name = NAME.get_or_try_init(py, || {
        let sys = py.import("sys")?;
        let name: String = sys.getattr("implementation")?.getattr("name")?.extract()?;
        let version = py.version_info();
        PyResult::Ok(format!("{name}-{}.{}", version.major, version.minor))
    })?;
    Ok(name)
}

fn as_given<'py>(encoder: &mut Encoder<'py>, target: &Target<'py>) -> Keyed<()> {
    encoder.group(Tag::Given, |encoder| {
        encoder.group(Tag::Tuple, |encoder| {
            for (index, value) in target.args.iter().enumerate() {
                encoder.value(&value).at(|| format!("args[{index}]"))?;
            }
            Ok(())
        })?;
        write_named(encoder, &target.kwargs, |name| format!("args.{name}"))
    })
}
