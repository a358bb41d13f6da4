//! Functions, classes and modules: written by name, and where a name does not tell them apart, by what they are.
//!
//! A name with `<lambda>` or `<locals>` in it is shared by everything that was made there, so the code and the closure
//! count too. Whatever function is met, its code joins [`Encoder::finish`]'s digests: the code dependency of the job.

use std::collections::BTreeSet;

use jobstamps::Digest;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyCode, PyDict, PyFunction, PyModule, PyString, PyTuple, PyType};

use super::{At, Encoder, Keyed, Refusal, Tag, Wire};
use crate::plan::{self, Plan};

/// What a class body holds that says nothing about what its instances do.
const BOOKKEEPING: [&str; 3] = ["_abc_impl", "_abc_registry", "_abc_cache"];

impl<'py> Encoder<'py> {
    /// Writes a class by name; a local one also by its bases and what it defines.
    pub(super) fn class(&mut self, class: &Bound<'py, PyType>) -> Keyed<()> {
        let name = class.qualname()?;
        let module = class.getattr(intern!(self.py, "__module__"))?;
        let local = is_local(&name)?;
        if !local {
            let open = self.wire.open(Tag::Class);
            self.module_name(&module)?;
            self.value(name.as_any())?;
            self.wire.close(open);
            return Ok(());
        }
        self.inside(class.as_any(), Tag::Class, |encoder| {
            encoder.module_name(&module)?;
            encoder.value(name.as_any())?;
            encoder.value(&class.getattr(intern!(encoder.py, "__bases__"))?)?;
            encoder.class_body(class)
        })
    }

    fn class_body(&mut self, class: &Bound<'py, PyType>) -> Keyed<()> {
        let py = self.py;
        let body = py
            .get_type::<PyDict>()
            .call1((class.getattr(intern!(py, "__dict__"))?,))?;
        let mut starts = Vec::new();
        for item in body.cast::<PyDict>()?.items().iter() {
            let (name, value): (Bound<'py, PyAny>, Bound<'py, PyAny>) = item.extract()?;
            let text = name.to_string();
            let parts = accessors(&value)?;
            let special = text.starts_with("__") && text.ends_with("__");
            if BOOKKEEPING.contains(&text.as_str())
                || is_descriptor(&value)?
                || (special && parts.is_none() && !value.is_instance_of::<PyFunction>())
            {
                continue;
            }
            starts.push(self.wire.len());
            self.value(&name)?;
            self.value(parts.as_ref().map_or(&value, |parts| parts.as_any()))
                .at(|| format!(".{text}"))?;
        }
        self.wire.sort(&starts);
        Ok(())
    }

    /// Writes a Python function by name; one without a name of its own also by its code and closure.
    pub(super) fn function(&mut self, function: &Bound<'py, PyFunction>) -> Keyed<()> {
        let name = function.getattr(intern!(self.py, "__qualname__"))?;
        let local = is_local(name.cast::<PyString>()?)?;
        self.inside(function.as_any(), Tag::Function, |encoder| {
            encoder.function_name(function, &name)?;
            let code = encoder.code_of(function)?;
            encoder.codes.insert(code);
            if local { encoder.atom(Tag::Code, &code) } else { Ok(()) }
        })
    }

    /// Writes a function by name alone.
    pub(super) fn function_by_name(&mut self, function: &Bound<'py, PyFunction>) -> Keyed<()> {
        let name = function.getattr(intern!(self.py, "__qualname__"))?;
        self.group(Tag::Function, |encoder| encoder.function_name(function, &name))
    }

    fn function_name(&mut self, function: &Bound<'py, PyFunction>, name: &Bound<'py, PyAny>) -> Keyed<()> {
        self.module_name(&function.getattr(intern!(self.py, "__module__"))?)?;
        self.value(name)
    }

    /// Adds the code of a function to what the job depends on, without writing anything.
    pub(crate) fn depend_on(&mut self, function: &Bound<'py, PyFunction>) -> Keyed<()> {
        let code = self.code_of(function)?;
        self.codes.insert(code);
        Ok(())
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
        // Apart from the values around it: only the digest goes into them.
        let outside = std::mem::take(&mut self.wire);
        let written = self.code_parts(function, &plan, [&defaults, &keyword_defaults, &closure]);
        let bytes = std::mem::replace(&mut self.wire, outside).into_bytes();
        written.map(|()| Digest::of(&bytes).0)
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
        self.group(Tag::Module, |encoder| encoder.module_name(&name))
    }

    /// Writes the name of a module, the real one for the program that was started.
    pub(super) fn module_name(&mut self, name: &Bound<'py, PyAny>) -> Keyed<()> {
        match real_module(name)? {
            Some(real) => {
                self.word(&real);
                Ok(())
            }
            None => self.value(name),
        }
    }
}

/// Returns the real name of `__main__` and `__mp_main__`; None for any other module.
///
/// It is `__spec__.name` for `python -m`, else the script's stem: so a script, the same script imported, and the copy of
/// it that a worker process of multiprocessing makes, name one function alike.
pub(crate) fn real_module(name: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    let py = name.py();
    // Not `==` with a Rust text: that would copy the name, on every hit.
    if !name.eq(intern!(py, "__main__"))? && !name.eq(intern!(py, "__mp_main__"))? {
        return Ok(None);
    }
    let modules = py.import(intern!(py, "sys"))?.getattr(intern!(py, "modules"))?;
    let Ok(main) = modules.get_item(name) else {
        return Ok(None);
    };
    if let Some(spec) = main
        .getattr_opt(intern!(py, "__spec__"))?
        .filter(|spec| !spec.is_none())
    {
        return spec.getattr(intern!(py, "name"))?.extract();
    }
    match main.getattr_opt(intern!(py, "__file__"))? {
        Some(file) => {
            let path: std::path::PathBuf = file.extract().unwrap_or_default();
            Ok(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()))
        }
        None => Ok(None),
    }
}

/// Tells whether a value is an `object()` and nothing more.
pub(crate) fn is_bare(value: &Bound<'_, PyAny>) -> bool {
    value.get_type().as_ptr() == value.py().get_type::<PyAny>().as_ptr()
}

fn is_local(qualified_name: &Bound<'_, PyString>) -> PyResult<bool> {
    qualified_name.contains(intern!(qualified_name.py(), "<"))
}

/// Returns the functions behind a staticmethod, classmethod or property; None for anything else.
fn accessors<'py>(value: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyTuple>>> {
    let py = value.py();
    let kind = value.get_type();
    let kind_name = kind.name()?;
    if kind
        .getattr(intern!(py, "__module__"))?
        .cast::<PyString>()
        .is_ok_and(|module| module != "builtins")
    {
        return Ok(None);
    }
    let names: &[&str] = match kind_name.to_string_lossy().as_ref() {
        "staticmethod" | "classmethod" => &["__func__"],
        "property" => &["fget", "fset", "fdel"],
        _ => return Ok(None),
    };
    let mut parts = vec![kind_name.into_any()];
    for name in names {
        parts.push(value.getattr(*name)?);
    }
    PyTuple::new(py, parts).map(Some)
}

/// Tells whether a value is one of the accessors that Python itself puts into a class.
fn is_descriptor(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    let kind = value.get_type().name()?;
    Ok(kind == "member_descriptor" || kind == "getset_descriptor")
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

/// Returns one digest for the code of all functions that a job depends on.
pub(crate) fn normalised(codes: &BTreeSet<[u8; 32]>) -> [u8; 32] {
    let mut wire = Wire::default();
    for code in codes {
        wire.item(Tag::Code, code);
    }
    Digest::of(&wire.into_bytes()).0
}

impl From<pyo3::CastError<'_, '_>> for Refusal {
    fn from(error: pyo3::CastError<'_, '_>) -> Self {
        Self::from(PyErr::from(error))
    }
}
