//! Classes: written by name, and where a name does not lead to them, also by what they define.
//!
//! What a class that its name leads to defines is a dependency of the job: see [`Encoder::finish`].

use jobstamps::Digest;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};

use super::name::{is_found, is_local};
use super::{At, Encoder, Keyed, Tag};

/// What Python keeps in a class for itself: it says nothing about what the class does, or appears when it is first used.
pub(crate) const BOOKKEEPING: [&str; 15] = [
    "__annotations_cache__",
    "__dict__",
    "__doc__",
    "__firstlineno__",
    "__module__",
    "__qualname__",
    "__slotnames__",
    "__static_attributes__",
    "__weakref__",
    "_abc_cache",
    "_abc_impl",
    "_abc_negative_cache",
    "_abc_negative_cache_version",
    "_abc_registry",
    "_value2member_map_",
];
/// The class was made when the program or an extension ran, not compiled into one: see `Py_TPFLAGS_HEAPTYPE`.
const MADE: std::ffi::c_ulong = 1 << 9;

impl<'py> Encoder<'py> {
    /// Writes a class by name; one that its name does not lead to, also by its kind, its bases and what it defines.
    pub(super) fn class(&mut self, class: &Bound<'py, PyType>) -> Keyed<()> {
        let made = is_made(class);
        if made {
            self.meet(class.as_any());
        }
        let address = class.as_ptr() as usize;
        if let Some((_, written)) = self.named_classes.get(&address) {
            // Each object writes its class twice.
            self.wire.raw(written);
            return Ok(());
        }
        let name = class.qualname()?;
        if !is_local(&name)? && (is_found(class.as_any(), &name)? || !made) {
            let start = self.wire.len();
            self.group(Tag::Class, |encoder| encoder.class_name(class))?;
            let written = self.wire.since(start).to_vec();
            self.named_classes.insert(address, (class.clone(), written));
            return Ok(());
        }
        if let Some((_, digest)) = self.classes.get(&address) {
            let digest = *digest;
            return self.group(Tag::Class, |encoder| {
                encoder.class_name(class)?;
                encoder.atom(Tag::Code, &digest)
            });
        }
        self.inside(class.as_any(), Tag::Class, |encoder| {
            encoder.class_name(class)?;
            let body = encoder.apart(|encoder| {
                encoder.class(&class.get_type())?;
                encoder.value(&class.getattr(intern!(encoder.py, "__bases__"))?)?;
                encoder.class_body(class)
            })?;
            let digest = Digest::of(&body).0;
            if encoder.is_closed() {
                // Each of a thousand objects writes its class.
                encoder.classes.insert(address, (class.clone(), digest));
            }
            encoder.atom(Tag::Code, &digest)
        })
    }

    fn class_name(&mut self, class: &Bound<'py, PyType>) -> Keyed<()> {
        self.module_name(&class.getattr(intern!(self.py, "__module__"))?)?;
        self.value(class.qualname()?.as_any())
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
            if BOOKKEEPING.contains(&text.as_str()) || is_descriptor(&value)? {
                continue;
            }
            // Python makes an empty one when somebody asks for it.
            if text == "__annotations__" && value.is_empty()? {
                continue;
            }
            let parts = accessors(&value)?;
            starts.push(self.wire.len());
            self.value(&name)?;
            self.value(parts.as_ref().map_or(&value, |parts| parts.as_any()))
                .at(|| format!(".{text}"))?;
        }
        self.wire.sort(&starts);
        Ok(())
    }
}

/// Tells whether a class was made when the program or an extension ran, not compiled into one.
pub(crate) fn is_made(class: &Bound<'_, PyType>) -> bool {
    // SAFETY: it is a class, and alive.
    let flags = unsafe { pyo3::ffi::PyType_GetFlags(class.as_type_ptr()) };
    flags & MADE != 0
}

/// Returns the functions behind a staticmethod, classmethod, property or cached property; None for anything else.
fn accessors<'py>(value: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyTuple>>> {
    let py = value.py();
    let kind = value.get_type();
    let kind_name = kind.name()?;
    let module = kind.getattr(intern!(py, "__module__"))?;
    let module = module.cast::<PyString>()?.to_cow()?;
    let names: &[&str] = match (&*module, &*kind_name.to_string_lossy()) {
        ("builtins", "staticmethod" | "classmethod") => &["__func__"],
        ("builtins", "property") => &["fget", "fset", "fdel"],
        // With a lock in it, before Python 3.12.
        ("functools", "cached_property") => &["func", "attrname"],
        _ => return Ok(None),
    };
    let mut parts = vec![kind_name.into_any()];
    for name in names {
        parts.push(value.getattr(*name)?);
    }
    PyTuple::new(py, parts).map(Some)
}

/// Tells whether a value is one of the accessors that Python itself puts into a class, for what the class says elsewhere.
fn is_descriptor(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    let kind = value.get_type().name()?;
    Ok(kind == "member_descriptor" || kind == "getset_descriptor" || kind == "CField")
}
