//! How each parameter of a function counts: by its value, by something else, or not at all.

use pyo3::exceptions::{PyException, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFunction, PyString, PyTuple};

use crate::plan::Plan;

/// How one parameter counts.
#[derive(Debug)]
pub(crate) enum Counting {
    /// By its value.
    ByValue,
    /// By what this function makes of it.
    By(Py<PyAny>),
    /// Not at all.
    Ignored,
}

/// How the parameters of a function count, in their order.
#[derive(Debug, Default)]
pub(crate) struct Parameters(Vec<Counting>);

impl Parameters {
    /// Reads how the parameters of `function` count: those named in `ignored` not at all, the others as their
    /// annotations say.
    pub(crate) fn of(function: &Bound<'_, PyFunction>, plan: &Plan, ignored: &[String]) -> PyResult<Self> {
        let annotations = annotations(function)?;
        let mut counting = Vec::with_capacity(plan.parameters.len());
        let mut all_by_value = true;
        for name in &plan.parameters {
            let one = if ignored.contains(name) {
                Counting::Ignored
            } else {
                match annotations
                    .as_ref()
                    .map(|all| all.get_item(name))
                    .transpose()?
                    .flatten()
                {
                    Some(annotation) => counted(function, &annotation)?,
                    None => Counting::ByValue,
                }
            };
            all_by_value &= matches!(one, Counting::ByValue);
            counting.push(one);
        }
        Ok(if all_by_value { Self::default() } else { Self(counting) })
    }

    /// Returns how the parameter at `index` counts.
    pub(crate) fn at(&self, index: usize) -> &Counting {
        self.0.get(index).unwrap_or(&Counting::ByValue)
    }
}

/// Checks that the function has parameters of these names.
///
/// # Errors
///
/// `TypeError` that names the first that it has not.
pub(crate) fn check(ignored: &[String], plan: Option<&Plan>, name: impl Fn() -> String) -> PyResult<()> {
    let Some(first) = ignored.first() else { return Ok(()) };
    let Some(plan) = plan else {
        return Err(PyTypeError::new_err(format!(
            "`ignore` names `{first}`, but the parameters of `{}` have no names",
            name()
        )));
    };
    match ignored.iter().find(|ignored| !plan.parameters.contains(ignored)) {
        Some(unknown) => Err(PyTypeError::new_err(format!(
            "`ignore` names `{unknown}`, which is no parameter of `{}`; it has {}",
            name(),
            plan.parameters.join(", ")
        ))),
        None => Ok(()),
    }
}

/// Returns a function's annotations, if it has any that can be had.
fn annotations<'py>(function: &Bound<'py, PyFunction>) -> PyResult<Option<Bound<'py, PyDict>>> {
    match function.getattr(intern!(function.py(), "__annotations__")) {
        Ok(annotations) => Ok(annotations.cast_into::<PyDict>().ok().filter(|all| !all.is_empty())),
        // Since Python 3.14 they are evaluated only now, and may name what is not there.
        Err(error) if error.is_instance_of::<PyException>(function.py()) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns what an annotation says of counting. One that cannot be evaluated says nothing: the argument counts.
fn counted(function: &Bound<'_, PyFunction>, annotation: &Bound<'_, PyAny>) -> PyResult<Counting> {
    let py = function.py();
    let evaluated = match annotation.cast::<PyString>() {
        Ok(text) => {
            let globals = function.getattr(intern!(py, "__globals__"))?;
            match py
                .import(intern!(py, "builtins"))?
                .call_method1(intern!(py, "eval"), (text, globals))
            {
                Ok(evaluated) => evaluated,
                Err(error) if error.is_instance_of::<PyException>(py) => return Ok(Counting::ByValue),
                Err(error) => return Err(error),
            }
        }
        Err(_) => annotation.clone(),
    };
    if evaluated.get_type().name()? != "_AnnotatedAlias" {
        return Ok(Counting::ByValue);
    }
    let declared = py.import(intern!(py, "jobstamps.declared"))?;
    let (ignore, key) = (
        declared.getattr(intern!(py, "Ignore"))?,
        declared.getattr(intern!(py, "Key"))?,
    );
    for said in evaluated
        .getattr(intern!(py, "__metadata__"))?
        .cast::<PyTuple>()?
        .iter()
    {
        if said.is(&ignore) || said.is_instance(&ignore)? {
            return Ok(Counting::Ignored);
        }
        if said.is_instance(&key)? {
            return Ok(Counting::By(said.getattr(intern!(py, "function"))?.unbind()));
        }
    }
    Ok(Counting::ByValue)
}
