//! Which call this is: the callable, and the arguments bound to the names of its parameters.
//!
//! `f(1, b=2)`, `f(1, 2)` and `f(1)` where `b` is 2 anyway are one call. Where there is no code object to bind to (a
//! class, a builtin, a Mock), or the call does not bind, the arguments count as they were given; a call that does not
//! bind then fails as Python says, when it is made.

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFunction, PyTuple, PyType};

use crate::canonical::{At, Encoder, Keyed, Reprs, Tag, is_bare, normalised, own_name, real_module};
use crate::plan::{Plan, plan};

/// A call that is to be remembered.
pub(crate) struct Call<'py> {
    pub(crate) function: Bound<'py, PyAny>,
    pub(crate) args: Bound<'py, PyTuple>,
    pub(crate) kwargs: Bound<'py, PyDict>,
}

/// What a call is filed under.
pub(crate) struct Identity {
    /// The canonical encoding of the interpreter's version, the callable and the arguments.
    pub(crate) bytes: Vec<u8>,
    /// The digest of the code of all functions that were met.
    pub(crate) code: [u8; 32],
}

/// Returns a callable's name as people write it: module and qualified name.
pub(crate) fn name_of(function: &Bound<'_, PyAny>) -> String {
    let py = function.py();
    if let Ok(inner) = function.getattr(intern!(py, "func"))
        && is_exactly(function, "functools", "partial")
    {
        return name_of(&inner);
    }
    let text = |name: &str| -> Option<String> { function.getattr(name).ok()?.extract().ok() };
    let Some(name) = text("__qualname__").or_else(|| text("__name__")) else {
        return function
            .get_type()
            .name()
            .map_or_else(|_| "?".to_owned(), |name| name.to_string());
    };
    let Ok(module) = function.getattr(intern!(py, "__module__")) else {
        return name;
    };
    match real_module(&module).ok().flatten().or_else(|| module.extract().ok()) {
        Some(module) => format!("{module}.{name}"),
        None => name,
    }
}

/// What a call comes down to: what is named, whose code runs, and with what.
pub(crate) struct Target<'py> {
    identity: Bound<'py, PyAny>,
    code: Option<Bound<'py, PyFunction>>,
    plan: Option<std::sync::Arc<Plan>>,
    args: Bound<'py, PyTuple>,
    kwargs: Bound<'py, PyDict>,
}

impl<'py> Target<'py> {
    /// Finds out what a call comes down to.
    ///
    /// # Errors
    ///
    /// `TypeError` for a generator or coroutine function, before anything runs.
    pub(crate) fn of(call: &Call<'py>) -> PyResult<Self> {
        let target = Self::found(call)?;
        match target.plan.as_ref().and_then(|plan| plan.unkeepable()) {
            Some(kind) => Err(PyTypeError::new_err(format!(
                "`{}` is a {kind}: what it returns is used up by reading it and cannot be remembered",
                name_of(&call.function)
            ))),
            None => Ok(target),
        }
    }

    /// Identifies the call; a refusal names the argument that cannot be keyed.
    pub(crate) fn identify(&self, reprs: Reprs) -> Keyed<Identity> {
        let py = self.identity.py();
        let mut encoder = Encoder::new(py, reprs);
        encoder.word(interpreter(py)?);
        encoder.group(Tag::Call, |encoder| {
            encoder.value(&self.identity).at(|| name_of(&self.identity))?;
            let bound = match (&self.plan, &self.code) {
                (Some(plan), Some(code)) => Binding::of(plan, code, &self.args, &self.kwargs)?,
                _ => None,
            };
            match bound {
                Some(binding) => binding.write(encoder),
                None => as_given(encoder, self),
            }
        })?;
        let (bytes, codes) = encoder.finish();
        Ok(Identity {
            bytes,
            code: normalised(&codes),
        })
    }

    fn found(call: &Call<'py>) -> PyResult<Self> {
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
        if function.is_instance_of::<PyType>() || own_name(&function)?.is_some() {
            return Ok(Self::opaque(function, args, kwargs));
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
            plan: Some(plan),
            args,
            kwargs,
        })
    }

    fn opaque(identity: Bound<'py, PyAny>, args: Bound<'py, PyTuple>, kwargs: Bound<'py, PyDict>) -> Self {
        Self {
            identity,
            code: None,
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
    while is_exactly(&function, "functools", "partial") && !has_placeholder(&function)? {
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
fn interpreter(py: Python<'_>) -> PyResult<&str> {
    static NAME: pyo3::sync::PyOnceLock<String> = pyo3::sync::PyOnceLock::new();
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

/// Writes keyword arguments, in the order of their names' encodings.
fn write_named<'py>(
    encoder: &mut Encoder<'py>,
    named: &Bound<'py, PyDict>,
    step: impl Fn(&str) -> String,
) -> Keyed<()> {
    encoder.group(Tag::Dict, |encoder| {
        encoder.sorted(named.items().iter(), |encoder, item| {
            let (name, value): (Bound<'py, PyAny>, Bound<'py, PyAny>) = item.extract()?;
            encoder.value(&name)?;
            encoder.value(&value).at(|| step(&name.to_string()))
        })
    })
}

/// One value for each parameter, in the order of the parameters.
struct Binding<'plan, 'py> {
    plan: &'plan Plan,
    values: Vec<Value<'py>>,
    more: Vec<Bound<'py, PyAny>>,
    more_by_name: Bound<'py, PyDict>,
}

enum Value<'py> {
    Given(Bound<'py, PyAny>),
    /// A bare `object()` that is the parameter's own default: it stands for "not given".
    OwnDefault,
}

impl<'plan, 'py> Binding<'plan, 'py> {
    /// Binds arguments as the interpreter will; None if the call does not bind.
    fn of(
        plan: &'plan Plan,
        function: &Bound<'py, PyFunction>,
        args: &Bound<'py, PyTuple>,
        kwargs: &Bound<'py, PyDict>,
    ) -> PyResult<Option<Self>> {
        let py = function.py();
        let defaults = function.getattr(intern!(py, "__defaults__"))?;
        let defaults = defaults.cast_exact::<PyTuple>().ok();
        let first_default = plan.positional - defaults.map_or(0, |defaults| defaults.len().min(plan.positional));
        let mut keyword_defaults = None;
        let mut named = 0;
        let mut values = Vec::with_capacity(plan.positional + plan.keyword_only);
        for (index, name) in plan
            .parameters
            .iter()
            .take(plan.positional + plan.keyword_only)
            .enumerate()
        {
            let by_name = index >= plan.positional_only && !kwargs.is_empty();
            let keyword = if by_name { kwargs.get_item(name)? } else { None };
            named += usize::from(keyword.is_some());
            let default = if index < plan.positional {
                match defaults {
                    Some(defaults) if index >= first_default => Some(defaults.get_item(index - first_default)?),
                    _ => None,
                }
            } else {
                let all = match &keyword_defaults {
                    Some(all) => all,
                    None => keyword_defaults.insert(function.getattr(intern!(py, "__kwdefaults__"))?),
                };
                match all.cast_exact::<PyDict>() {
                    Ok(all) => all.get_item(name)?,
                    Err(_) => None,
                }
            };
            let position = if index < plan.positional {
                args.get_item(index).ok()
            } else {
                None
            };
            let value = match (position, keyword) {
                (Some(_), Some(_)) => return Ok(None),
                (Some(value), None) | (None, Some(value)) => value,
                (None, None) => match &default {
                    Some(default) => default.clone(),
                    None => return Ok(None),
                },
            };
            let own = default.is_some_and(|default| default.is(&value)) && is_bare(&value);
            values.push(if own { Value::OwnDefault } else { Value::Given(value) });
        }
        let more: Vec<_> = args.iter().skip(plan.positional).collect();
        let more_by_name = PyDict::new(py);
        if named < kwargs.len() {
            for (name, value) in kwargs.iter() {
                let known = name.extract::<String>().is_ok_and(|name| {
                    plan.parameters[plan.positional_only..plan.positional + plan.keyword_only].contains(&name)
                });
                if !known {
                    more_by_name.set_item(name, value)?;
                }
            }
        }
        if (!more.is_empty() && !plan.takes_more()) || (!more_by_name.is_empty() && !plan.takes_more_by_name()) {
            return Ok(None);
        }
        Ok(Some(Self {
            plan,
            values,
            more,
            more_by_name,
        }))
    }

    fn write(&self, encoder: &mut Encoder<'py>) -> Keyed<()> {
        let mut names = self.plan.parameters.iter();
        encoder.group(Tag::Bound, |encoder| {
            for (value, name) in self.values.iter().zip(names.by_ref()) {
                encoder.word(name);
                match value {
                    Value::Given(value) => encoder.value(value).at(|| format!("args.{name}"))?,
                    Value::OwnDefault => encoder.atom(Tag::OwnDefault, &[])?,
                }
            }
            if self.plan.takes_more() {
                let name = names.next().map_or("args", String::as_str);
                encoder.group(Tag::Tuple, |encoder| {
                    for (index, value) in self.more.iter().enumerate() {
                        encoder.value(value).at(|| format!("args.{name}[{index}]"))?;
                    }
                    Ok(())
                })?;
            }
            if self.plan.takes_more_by_name() {
                write_named(encoder, &self.more_by_name, |name| format!("args.{name}"))?;
            }
            Ok(())
        })
    }
}
