//! Arguments bound to the names of a function's parameters, as the interpreter will bind them.
//!
//! `f(1, b=2)`, `f(1, 2)` and `f(1)` where `b` is 2 anyway are one call.

use std::cell::OnceCell;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFunction, PyString, PyTuple};

use crate::canonical::{At, Encoder, Keyed, Tag, is_bare};
use crate::parameters::{Counting, Parameters};
use crate::plan::Plan;

/// One value for each parameter, in the order of the parameters.
pub(crate) struct Binding<'plan, 'py> {
    plan: &'plan Plan,
    values: Vec<Value<'py>>,
    more: Vec<Bound<'py, PyAny>>,
    /// None where there are none.
    more_by_name: Option<Bound<'py, PyDict>>,
}

enum Value<'py> {
    Given(Bound<'py, PyAny>),
    /// A bare `object()` that is the parameter's own default: it stands for "not given".
    OwnDefault(Bound<'py, PyAny>),
}

impl<'py> Value<'py> {
    fn of(value: Bound<'py, PyAny>, stands_for_nothing: bool) -> Self {
        if stands_for_nothing {
            Self::OwnDefault(value)
        } else {
            Self::Given(value)
        }
    }
}

impl<'plan, 'py> Binding<'plan, 'py> {
    /// Binds arguments as the interpreter will; None if the call does not bind.
    pub(crate) fn of(
        plan: &'plan Plan,
        function: &Bound<'py, PyFunction>,
        args: &Bound<'py, PyTuple>,
        kwargs: &Bound<'py, PyDict>,
    ) -> PyResult<Option<Self>> {
        let py = args.py();
        let defaults = Defaults::of(plan, function);
        let parameters = plan.positional + plan.keyword_only;
        let mut named = 0;
        let mut values = Vec::with_capacity(parameters);
        for (index, name) in plan.names.iter().take(parameters).enumerate() {
            let name = name.bind(py);
            let by_name = index >= plan.positional_only && !kwargs.is_empty();
            let keyword = if by_name { kwargs.get_item(name)? } else { None };
            named += usize::from(keyword.is_some());
            let given = index < plan.positional.min(args.len());
            let position = given.then(|| args.get_item(index)).transpose()?;
            values.push(match (position, keyword) {
                (Some(_), Some(_)) => return Ok(None),
                (Some(value), None) | (None, Some(value)) => {
                    let stands_for_nothing =
                        is_bare(&value) && defaults.get(index, name)?.is_some_and(|default| default.is(&value));
                    Value::of(value, stands_for_nothing)
                }
                (None, None) => match defaults.get(index, name)? {
                    Some(default) => {
                        let is_bare = is_bare(&default);
                        Value::of(default, is_bare)
                    }
                    None => return Ok(None),
                },
            });
        }
        let more: Vec<_> = args.iter().skip(plan.positional).collect();
        let more_by_name = if named < kwargs.len() {
            Some(unknown(plan, kwargs)?)
        } else {
            None
        };
        let has_more_by_name = more_by_name.as_ref().is_some_and(|more| !more.is_empty());
        if (!more.is_empty() && !plan.takes_more()) || (has_more_by_name && !plan.takes_more_by_name()) {
            return Ok(None);
        }
        Ok(Some(Self {
            plan,
            values,
            more,
            more_by_name,
        }))
    }

    /// Returns the arguments by name, as `inspect.BoundArguments.arguments` has them with defaults applied.
    pub(crate) fn by_name(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let bound = PyDict::new(py);
        let mut names = self.plan.names.iter();
        for (value, name) in self.values.iter().zip(names.by_ref()) {
            match value {
                Value::Given(value) | Value::OwnDefault(value) => bound.set_item(name, value)?,
            }
        }
        if let (true, Some(name)) = (self.plan.takes_more(), names.next()) {
            bound.set_item(name, PyTuple::new(py, &self.more)?)?;
        }
        if let (true, Some(name)) = (self.plan.takes_more_by_name(), names.next()) {
            match &self.more_by_name {
                Some(more) => bound.set_item(name, more)?,
                None => bound.set_item(name, PyDict::new(py))?,
            }
        }
        Ok(bound)
    }

    /// Writes names and values.
    pub(crate) fn write(&self, encoder: &mut Encoder<'py>, parameters: &Parameters) -> Keyed<()> {
        let mut names = self.plan.parameters.iter().enumerate();
        encoder.group(Tag::Bound, |encoder| {
            for (value, (index, name)) in self.values.iter().zip(names.by_ref()) {
                encoder.word(name);
                match value {
                    Value::Given(value) => encoder.counted(value, parameters.at(index)),
                    Value::OwnDefault(_) => encoder.atom(Tag::OwnDefault, &[]),
                }
                .at(|| format!("args.{name}"))?;
            }
            if self.plan.takes_more() {
                let (place, name) = names.next().map_or((0, "args"), |(place, name)| (place, name.as_str()));
                encoder.group(Tag::Tuple, |encoder| {
                    for (index, value) in self.more.iter().enumerate() {
                        let written = encoder.counted(value, parameters.at(place));
                        written.at(|| format!("args.{name}[{index}]"))?;
                    }
                    Ok(())
                })?;
            }
            if self.plan.takes_more_by_name() {
                let place = names.next().map_or(0, |(place, _)| place);
                encoder.group(Tag::Dict, |encoder| {
                    let more = self.more_by_name.iter().flat_map(PyDictMethods::items);
                    encoder.sorted(more, |encoder, item| {
                        let (name, value): (Bound<'py, PyAny>, Bound<'py, PyAny>) = item.extract()?;
                        encoder.value(&name)?;
                        let written = encoder.counted(&value, parameters.at(place));
                        written.at(|| format!("args.{name}"))
                    })
                })?;
            }
            Ok(())
        })
    }
}

impl<'py> Encoder<'py> {
    /// Writes an argument as its parameter counts.
    fn counted(&mut self, value: &Bound<'py, PyAny>, counting: &Counting) -> Keyed<()> {
        match counting {
            Counting::ByValue => self.value(value),
            Counting::Ignored => self.atom(Tag::Ignored, &[]),
            Counting::By(function) => {
                let function = function.bind(value.py());
                let chosen = function.call1((value,))?;
                self.group(Tag::Chosen, |encoder| {
                    encoder.value(function)?;
                    encoder.value(&chosen)
                })
            }
        }
    }
}

/// The default values of a function, which are asked for where something was not given.
struct Defaults<'call, 'py> {
    plan: &'call Plan,
    function: &'call Bound<'py, PyFunction>,
    /// Those of the last positional parameters.
    positional: OnceCell<Option<Bound<'py, PyTuple>>>,
    by_name: OnceCell<Option<Bound<'py, PyDict>>>,
}

impl<'call, 'py> Defaults<'call, 'py> {
    fn of(plan: &'call Plan, function: &'call Bound<'py, PyFunction>) -> Self {
        Self {
            plan,
            function,
            positional: OnceCell::new(),
            by_name: OnceCell::new(),
        }
    }

    /// Returns the default of the parameter `name` at `index`.
    fn get(&self, index: usize, name: &Bound<'py, PyString>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = self.function.py();
        if index >= self.plan.positional {
            let of_function = || {
                self.function
                    .getattr(intern!(py, "__kwdefaults__"))
                    .ok()?
                    .cast_into_exact()
                    .ok()
            };
            let defaults = self.by_name.get_or_init(of_function);
            return defaults.as_ref().map_or(Ok(None), |defaults| defaults.get_item(name));
        }
        let of_function = || {
            self.function
                .getattr(intern!(py, "__defaults__"))
                .ok()?
                .cast_into_exact()
                .ok()
        };
        let Some(defaults) = self.positional.get_or_init(of_function) else {
            return Ok(None);
        };
        let from_end = self.plan.positional - index;
        defaults
            .len()
            .checked_sub(from_end)
            .map(|place| defaults.get_item(place))
            .transpose()
    }
}

/// Returns the keyword arguments that no parameter has the name of.
fn unknown<'py>(plan: &Plan, kwargs: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyDict>> {
    let unknown = kwargs.copy()?;
    for name in &plan.names[plan.positional_only..plan.positional + plan.keyword_only] {
        if unknown.contains(name)? {
            unknown.del_item(name)?;
        }
    }
    Ok(unknown)
}

/// Writes keyword arguments, in the order of their names' encodings.
pub(crate) fn write_named<'py>(
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
