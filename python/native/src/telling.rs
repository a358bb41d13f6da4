//! What a call is made with, as people are told of it: each parameter by what tells its argument from all others, and by a
//! short text where one says all.
//!
//! A text is taken of values of Python's own only: to ask any other for one would run its code.

use jobstamps::job::{Invocation, Parameter};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyBytes, PyComplex, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PyNone, PySet, PyString, PyTuple,
};

use crate::canonical::{Argument, arguments};
use crate::identity::{Call, Target};
use crate::prepared::Prepared;

/// A longer text is none: cut, it could be that of another value.
const LONGEST: usize = 160;
/// So many parameters are told of.
const MOST: usize = 64;
/// Modules whose values have a text that is their own.
const OWN: [&str; 6] = ["datetime", "decimal", "fractions", "pathlib", "pathlib._local", "uuid"];

impl Prepared {
    /// Returns what the call is made with, unless nobody is to be told.
    pub(crate) fn parameters(&self, call: &Call<'_>) -> Vec<Parameter> {
        let Invocation::Call(identity) = &self.job.invocation else {
            return Vec::new();
        };
        if !self.job.record_arguments {
            return Vec::new();
        }
        // What cannot be told hinders nothing.
        let Ok(values) = Values::of(call) else {
            return Vec::new();
        };
        let arguments = arguments(&identity.arguments, &values.more, &values.more_by_name);
        let parameter = |argument: Argument| Parameter {
            text: Some(&argument)
                .filter(|argument| argument.by_value)
                .and_then(|argument| text(&values.find(&argument.name)?)),
            digest: argument.digest,
            name: argument.name,
        };
        arguments.into_iter().take(MOST).map(parameter).collect()
    }
}

/// The arguments of a call by the names of their parameters.
struct Values<'py> {
    bound: Bound<'py, PyDict>,
    /// What the parameters for what has none of its own are called.
    more: String,
    more_by_name: String,
}

impl<'py> Values<'py> {
    fn of(call: &Call<'py>) -> PyResult<Self> {
        let py = call.args.py();
        let target = Target::found(call)?;
        let (mut more, mut more_by_name) = ("args".to_owned(), "kwargs".to_owned());
        let bound = target.bound()?.map_or_else(
            || {
                let bound = PyDict::new(py);
                bound.set_item(&more, &call.args)?;
                bound.set_item(&more_by_name, &call.kwargs)?;
                PyResult::Ok(bound)
            },
            Ok,
        )?;
        if let Some(plan) = target.plan() {
            let mut others = plan.parameters.iter().skip(plan.positional + plan.keyword_only);
            if plan.takes_more() {
                more = others.next().cloned().unwrap_or(more);
            }
            if plan.takes_more_by_name() {
                more_by_name = others.next().cloned().unwrap_or(more_by_name);
            }
        }
        Ok(Self {
            bound,
            more,
            more_by_name,
        })
    }

    fn find(&self, name: &str) -> Option<Bound<'py, PyAny>> {
        let of = |name: &str| self.bound.get_item(name).ok().flatten();
        if let Some(index) = name
            .strip_prefix(&*self.more)
            .and_then(|rest| rest.strip_prefix('[')?.strip_suffix(']'))
        {
            return of(&self.more)?.get_item(index.parse::<usize>().ok()?).ok();
        }
        of(name).or_else(|| of(&self.more_by_name)?.get_item(name).ok())
    }
}

/// Returns a text that says all that a value is; nothing if it would be long, or is not of Python's own.
fn text(value: &Bound<'_, PyAny>) -> Option<String> {
    let mut text = String::new();
    write(value, &mut text)?;
    Some(text)
}

/// Writes it, as long as there is room: what contains itself ends there too.
fn write(value: &Bound<'_, PyAny>, to: &mut String) -> Option<()> {
    if to.len() > LONGEST {
        return None;
    }
    let is_text = value.is_exact_instance_of::<PyString>() || value.is_exact_instance_of::<PyBytes>();
    if is_text && value.len().ok()? > LONGEST {
        return None;
    }
    if value.is_exact_instance_of::<PyInt>() {
        // The text of a number of thousands of digits would take long.
        to.push_str(&value.extract::<i128>().ok()?.to_string());
    } else if is_text
        || value.is_exact_instance_of::<PyNone>()
        || value.is_exact_instance_of::<PyBool>()
        || value.is_exact_instance_of::<PyFloat>()
        || value.is_exact_instance_of::<PyComplex>()
        || is_of_python(value)?
    {
        to.push_str(&value.repr().ok()?.to_string_lossy());
    } else if let Ok(dict) = value.cast_exact::<PyDict>() {
        to.push('{');
        for (key, value) in dict {
            write(&key, to)?;
            to.push_str(": ");
            write(&value, to)?;
            to.push_str(", ");
        }
        end(to, "}");
    } else {
        write_items(value, to)?;
    }
    (to.len() <= LONGEST).then_some(())
}

fn write_items(value: &Bound<'_, PyAny>, to: &mut String) -> Option<()> {
    let (open, close) = if value.is_exact_instance_of::<PyList>() {
        ("[", "]")
    } else if value.is_exact_instance_of::<PyTuple>() {
        ("(", if value.len().ok()? == 1 { ",)" } else { ")" })
    } else if value.is_exact_instance_of::<PySet>() && !value.is_empty().ok()? {
        ("{", "}")
    } else if value.is_exact_instance_of::<PyFrozenSet>() {
        ("frozenset({", "})")
    } else {
        return None;
    };
    to.push_str(open);
    for item in value.try_iter().ok()? {
        // Each item takes room, so that this ends soon.
        write(&item.ok()?, to)?;
        to.push_str(", ");
    }
    end(to, close);
    Some(())
}

/// Ends items that are written with a comma behind each.
fn end(to: &mut String, close: &str) {
    if to.ends_with(", ") {
        to.truncate(to.len() - 2);
    }
    to.push_str(close);
}

/// Tells whether asking a value for its text runs Python's own code only.
fn is_of_python(value: &Bound<'_, PyAny>) -> Option<bool> {
    let module = value.get_type().getattr(intern!(value.py(), "__module__")).ok()?;
    let module = module.cast_into::<PyString>().ok()?;
    let module = module.to_string_lossy();
    Some(OWN.contains(&&*module))
}
