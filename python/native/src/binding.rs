//! Arguments bound to the names of a function's parameters, as the interpreter will bind them.
//!
//! `f(1, b=2)`, `f(1, 2)` and `f(1)` where `b` is 2 anyway are one call.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFunction, PyTuple};

use crate::canonical::{At, Encoder, Keyed, Tag, is_bare};
use crate::parameters::{Counting, Parameters};
use crate::plan::Plan;

/// One value for each parameter, in the order of the parameters.
pub(crate) struct Binding<'plan, 'py> {
    plan: &'plan Plan,
    values: Vec<Value<'py>>,
    more: Vec<Bound<'py, PyAny>>,
    more_by_name: Bound<'py, PyDict>,
}

enum Value<'py> {
    Given(Bound<'py, PyAny>),
    /// A bare `object()` that is the parameter's own default: it stands for "not given".
    OwnDefault(Bound<'py, PyAny>),
}

impl<'plan, 'py> Binding<'plan, 'py> {
    /// Binds arguments as the interpreter will; None if the call does not bind.
    pub(crate) fn of(
        plan: &'plan Plan,
        function: &Bound<'py, PyFunction>,
        args: &Bound<'py, PyTuple>,
        kwargs: &Bound<'py, PyDict>,
    ) -> PyResult<Option<Self>> {
        let defaults = Defaults::of(plan, function)?;
        let parameters = plan.positional + plan.keyword_only;
        let mut named = 0;
        let mut values = Vec::with_capacity(parameters);
        for (index, name) in plan.parameters.iter().take(parameters).enumerate() {
            let by_name = index >= plan.positional_only && !kwargs.is_empty();
            let keyword = if by_name { kwargs.get_item(name)? } else { None };
            named += usize::from(keyword.is_some());
            let given = index < plan.positional.min(args.len());
            let position = given.then(|| args.get_item(index)).transpose()?;
            let default = defaults.get(index, name)?;
            let value = match (position, keyword) {
                (Some(_), Some(_)) => return Ok(None),
                (Some(value), None) | (None, Some(value)) => value,
                (None, None) => match &default {
                    Some(default) => default.clone(),
                    None => return Ok(None),
                },
            };
            let is_own = default.is_some_and(|default| default.is(&value)) && is_bare(&value);
            values.push(if is_own {
                Value::OwnDefault(value)
            } else {
                Value::Given(value)
            });
        }
        let more: Vec<_> = args.iter().skip(plan.positional).collect();
        let more_by_name = if named < kwargs.len() {
            unknown(plan, kwargs)?
        } else {
            PyDict::new(kwargs.py())
        };
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

    /// Returns the arguments by name, as `inspect.BoundArguments.arguments` has them with defaults applied.
    pub(crate) fn by_name(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let bound = PyDict::new(py);
        let mut names = self.plan.parameters.iter();
        for (value, name) in self.values.iter().zip(names.by_ref()) {
            match value {
                Value::Given(value) | Value::OwnDefault(value) => bound.set_item(name, value)?,
            }
        }
        if let (true, Some(name)) = (self.plan.takes_more(), names.next()) {
            bound.set_item(name, PyTuple::new(py, &self.more)?)?;
        }
        if let (true, Some(name)) = (self.plan.takes_more_by_name(), names.next()) {
            bound.set_item(name, &self.more_by_name)?;
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
                    encoder.sorted(self.more_by_name.items().iter(), |encoder, item| {
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

/// The default values of a function.
struct Defaults<'plan, 'py> {
    plan: &'plan Plan,
    /// Those of the last positional parameters.
    positional: Option<Bound<'py, PyTuple>>,
    by_name: Option<Bound<'py, PyDict>>,
}

impl<'plan, 'py> Defaults<'plan, 'py> {
    fn of(plan: &'plan Plan, function: &Bound<'py, PyFunction>) -> PyResult<Self> {
        let py = function.py();
        let positional = function.getattr(intern!(py, "__defaults__"))?.cast_into_exact().ok();
        let by_name = match plan.keyword_only {
            0 => None,
            _ => function.getattr(intern!(py, "__kwdefaults__"))?.cast_into_exact().ok(),
        };
        Ok(Self {
            plan,
            positional,
            by_name,
        })
    }

    /// Returns the default of the parameter `name` at `index`.
    fn get(&self, index: usize, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        if index >= self.plan.positional {
            return self
                .by_name
                .as_ref()
                .map_or(Ok(None), |defaults| defaults.get_item(name));
        }
        let Some(defaults) = &self.positional else {
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
    let known = &plan.parameters[plan.positional_only..plan.positional + plan.keyword_only];
    let unknown = PyDict::new(kwargs.py());
    for item in kwargs.items().iter() {
        let (name, value): (String, Bound<'py, PyAny>) = item.extract()?;
        if !known.contains(&name) {
            unknown.set_item(name, value)?;
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
