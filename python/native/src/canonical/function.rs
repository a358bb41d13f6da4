//! Functions and modules: written by name, and where a name does not lead to them, by what they are.
//!
//! A name with `<lambda>` or `<locals>` in it is shared by everything that was made there, and a name that leads to
//! something else may be anybody's; so the code and the closure count too. Whatever function is met is among what
//! [`Encoder::finish`] returns: its code is a dependency of the job.

use jobstamps::Digest;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyCode, PyDict, PyFunction, PyModule, PyString, PyTuple};

use super::name::{is_found, is_local, loaded};
use super::{At, Encoder, Keyed, Refusal, Tag};
use crate::plan::{self, Plan};

impl<'py> Encoder<'py> {
    /// Writes a Python function by name; one that its name does not lead to, also by its code and closure.
    pub(super) fn function(&mut self, function: &Bound<'py, PyFunction>) -> Keyed<()> {
        self.meet(function.as_any());
        self.inside(function.as_any(), Tag::Function, |encoder| {
            let name = encoder.function_name(function)?;
            if is_local(&name)? || !is_found(function.as_any(), &name)? {
                let code = encoder.code_of(function)?;
                encoder.atom(Tag::Code, &code)
            } else {
                Ok(())
            }
        })
    }

    /// Writes the function that is called.
    pub(crate) fn called(&mut self, function: &Bound<'py, PyFunction>) -> Keyed<()> {
        self.inside(function.as_any(), Tag::Function, |encoder| {
            let name = encoder.function_name(function)?;
            // By name even where a decorator's wrapper has taken that: an edit is then a change of this very job.
            if is_local(&name)? {
                let code = encoder.code_of(function)?;
                encoder.atom(Tag::Code, &code)
            } else {
                Ok(())
            }
        })
    }

    /// Writes a function that makes objects: by name, without depending on its code where its name leads to it.
    pub(super) fn maker(&mut self, function: &Bound<'py, PyFunction>) -> Keyed<()> {
        let name = function.getattr(intern!(self.py, "__qualname__"))?;
        let name = name.cast::<PyString>()?;
        if is_local(name)? || !is_found(function.as_any(), name)? {
            return self.function(function);
        }
        self.group(Tag::Function, |encoder| encoder.function_name(function).map(drop))
    }

    fn function_name(&mut self, function: &Bound<'py, PyFunction>) -> Keyed<Bound<'py, PyString>> {
        let name = function.getattr(intern!(self.py, "__qualname__"))?;
        self.module_name(&function.getattr(intern!(self.py, "__module__"))?)?;
        self.value(&name)?;
        Ok(name.cast_into().map_err(PyErr::from)?)
    }

    /// Returns the digest of a function's code, defaults and closure.
    fn code_of(&mut self, function: &Bound<'py, PyFunction>) -> Keyed<[u8; 32]> {
        let py = self.py;
        let code = function.getattr(intern!(py, "__code__"))?;
        let plan = plan::plan(code.cast::<PyCode>()?)?;
        let defaults = function.getattr(intern!(py, "__defaults__"))?;
        let keyword_defaults = function.getattr(intern!(py, "__kwdefaults__"))?;
        let closure = function.getattr(intern!(py, "__closure__"))?;
        if defaults.is_none() && keyword_defaults.is_none() && closure.is_none() {
            return Ok(plan.digest);
        }
        let bytes =
            self.apart(|encoder| encoder.code_parts(function, &plan, [&defaults, &keyword_defaults, &closure]))?;
        Ok(Digest::of(&bytes).0)
    }

    fn code_parts(
        &mut self,
        function: &Bound<'py, PyFunction>,
        plan: &Plan,
        [defaults, keyword_defaults, closure]: [&Bound<'py, PyAny>; 3],
    ) -> Keyed<()> {
        let py = self.py;
        self.atom(Tag::Code, &plan.digest)?;
        let name = || {
            function
                .getattr(intern!(py, "__name__"))
                .map_or_else(|_| "?".to_owned(), |name| name.to_string())
        };
        if let Ok(defaults) = defaults.cast_exact::<PyTuple>() {
            for (index, value) in defaults.iter().enumerate() {
                self.default(&value).at(|| format!(" default {index} of {}", name()))?;
            }
        }
        self.atom(Tag::None, &[])?;
        if let Ok(defaults) = keyword_defaults.cast_exact::<PyDict>() {
            self.sorted(defaults.items().iter(), |encoder, item| {
                let (key, value): (Bound<'py, PyAny>, Bound<'py, PyAny>) = item.extract()?;
                encoder.value(&key)?;
                encoder.default(&value).at(|| format!(" default {key} of {}", name()))
            })?;
        }
        self.atom(Tag::None, &[])?;
        if let Ok(cells) = closure.cast_exact::<PyTuple>() {
            for (index, cell) in cells.iter().enumerate() {
                match cell.getattr(intern!(py, "cell_contents")) {
                    Ok(value) => self
                        .value(&value)
                        .at(|| format!(" closure {} of {}", plan.free(index), name()))?,
                    Err(_) => self.atom(Tag::EmptyCell, &[])?,
                }
            }
        }
        Ok(())
    }

    /// Writes a default value; a bare `object()`, which has nothing but an address, stands for itself there.
    fn default(&mut self, value: &Bound<'py, PyAny>) -> Keyed<()> {
        if is_bare(value) {
            self.atom(Tag::OwnDefault, &[])
        } else {
            self.value(value)
        }
    }

    /// Writes a function made in C: its module and name, or what it is bound to and its name.
    pub(super) fn builtin(&mut self, function: &Bound<'py, PyCFunction>) -> Keyed<()> {
        let py = self.py;
        let owner = function.getattr(intern!(py, "__self__"))?;
        let name = function.getattr(intern!(py, "__qualname__"))?;
        self.inside(function.as_any(), Tag::Builtin, |encoder| {
            if owner.is_none() || owner.is_instance_of::<PyModule>() {
                encoder.module_name(&function.getattr(intern!(py, "__module__"))?)?;
            } else {
                encoder.value(&owner).at(|| ".__self__".to_owned())?;
            }
            encoder.value(&name)
        })
    }

    /// Writes a bound method: the function and what it is bound to.
    pub(super) fn method(&mut self, method: &Bound<'py, PyAny>) -> Keyed<()> {
        let py = self.py;
        self.inside(method, Tag::Method, |encoder| {
            encoder.value(&method.getattr(intern!(py, "__func__"))?)?;
            encoder
                .value(&method.getattr(intern!(py, "__self__"))?)
                .at(|| ".__self__".to_owned())
        })
    }

    /// Writes a module by name.
    pub(super) fn module(&mut self, module: &Bound<'py, PyModule>) -> Keyed<()> {
        let name = module.getattr(intern!(self.py, "__name__"))?;
        if !loaded(&name)?.is_some_and(|loaded| loaded.is(module)) {
            return Err(Refusal::because("it is not the module that its name leads to"));
        }
        self.group(Tag::Module, |encoder| encoder.module_name(&name))
    }
}

/// Tells whether a value is an `object()` and nothing more.
pub(crate) fn is_bare(value: &Bound<'_, PyAny>) -> bool {
    value.is_exact_instance_of::<PyAny>()
}

/// Returns the canonical encoding of a code object's constant, and refuses what no compiler makes.
pub(crate) fn constant(value: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    let mut encoder = Encoder::new(value.py(), super::Reprs::Refused);
    match encoder.value(value) {
        Ok(()) => Ok(encoder.finish().0),
        Err(refusal) => Err(pyo3::exceptions::PyTypeError::new_err(
            refusal.into_message(value.py())?,
        )),
    }
}

impl From<pyo3::CastError<'_, '_>> for Refusal {
    fn from(error: pyo3::CastError<'_, '_>) -> Self {
        Self::from(PyErr::from(error))
    }
}
