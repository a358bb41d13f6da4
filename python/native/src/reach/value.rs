//! A value that a global, a cell, a default or an attribute holds: by content, with the functions and classes in it by name.
//!
//! Much as arguments are encoded, with two differences. What cannot be keyed is not refused: it counts by its class, and
//! people are told that it is not seen. And no code of the user's runs for it: the state of an object is what lies in its
//! `__dict__` and slots, not what its `__reduce__` would say.

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyBytes, PyCFunction, PyComplex, PyDict, PyEllipsis, PyFloat, PyFrozenSet, PyFunction, PyInt, PyList,
    PyModule, PyNone, PyNotImplemented, PySet, PyString, PyTuple, PyType,
};

use super::graph::Content;
use super::home::Home;
use super::names;
use super::walk::Walk;
use crate::canonical::{Encoder, Reprs, Tag, is_bare};

/// What holds more values than this counts by its size only.
const MOST: usize = 100_000;
/// Values nested deeper than this count by their class only.
const DEEPEST: usize = 100;

impl<'py> Walk<'py> {
    /// Writes a value; tells whether it is a function, class or module: code, that is, and not data.
    pub(super) fn value(&mut self, content: &mut Content, value: &Bound<'py, PyAny>) -> PyResult<bool> {
        content.count += 1;
        if is_atom(value) {
            self.encoded(content, value)?;
        } else if let Ok(function) = value.cast_exact::<PyFunction>() {
            self.function(content, function)?;
            return Ok(true);
        } else if let Ok(class) = value.cast::<PyType>() {
            self.class(content, class)?;
            return Ok(true);
        } else if let Ok(module) = value.cast::<PyModule>() {
            self.module(content, module)?;
            return Ok(true);
        } else if is_bare(value) {
            // It is only ever compared with itself.
            content.wire.item(Tag::OwnDefault, &[]);
        } else {
            self.inside(content, value)?;
        }
        Ok(false)
    }

    fn module(&mut self, content: &mut Content, module: &Bound<'py, PyModule>) -> PyResult<()> {
        let names = module.dict();
        let namespace = self.namespace(&names)?;
        let name = &namespace.name;
        content.wire.item(Tag::Module, name.as_bytes());
        match &namespace.home {
            Home::Package(package) => self.package(content, package),
            Home::User if content.depth > 0 => {
                self.unseen
                    .insert(format!("what is done with the module `{name}` in {}", content.shown()));
            }
            _ => {}
        }
        Ok(())
    }

    /// Writes a value that has parts.
    fn inside(&mut self, content: &mut Content, value: &Bound<'py, PyAny>) -> PyResult<()> {
        if content.depth == DEEPEST {
            self.opaque(content, value, "lies too deep");
            return Ok(());
        }
        content.depth += 1;
        let label = content.label.len();
        let written = self.parts_of(content, value);
        content.label.truncate(label);
        content.depth -= 1;
        written
    }

    fn parts_of(&mut self, content: &mut Content, value: &Bound<'py, PyAny>) -> PyResult<()> {
        if let Ok(tuple) = value.cast_exact::<PyTuple>() {
            let items: Vec<_> = tuple.iter().collect();
            self.row(content, Tag::Tuple, value, &items)
        } else if is_container(value) && content.wrote(value.as_ptr() as usize) {
            Ok(())
        } else if let Ok(list) = value.cast_exact::<PyList>() {
            let items: Vec<_> = list.iter().collect();
            self.checks.list(value, &items);
            self.row(content, Tag::List, value, &items)
        } else if value.is_exact_instance_of::<PyDict>() {
            self.entries(content, Tag::Dict, value)
        } else if value.is_exact_instance_of::<PySet>() {
            let items: Vec<_> = value.try_iter()?.collect::<PyResult<_>>()?;
            self.checks.items(value, &items);
            self.heap(content, Tag::Set, value, &items)
        } else if value.is_exact_instance_of::<PyFrozenSet>() {
            let items: Vec<_> = value.try_iter()?.collect::<PyResult<_>>()?;
            self.heap(content, Tag::FrozenSet, value, &items)
        } else if let Ok(function) = value.cast_exact::<PyCFunction>() {
            let owner = function.getattr(intern!(self.py, "__self__"))?;
            let name = function.getattr(intern!(self.py, "__qualname__"))?;
            content.wire.item(Tag::Builtin, name.to_string().as_bytes());
            if owner.is_none() || owner.is_instance_of::<PyModule>() {
                let module = function.getattr(intern!(self.py, "__module__"))?;
                content
                    .wire
                    .item(Tag::Module, names::of_module(Some(&module)).as_bytes());
                return match module.extract::<String>().map(|name| Home::of_module(self.py, &name)) {
                    Ok(Ok(Home::Package(package))) => {
                        self.package(content, &package);
                        Ok(())
                    }
                    Ok(Ok(Home::User)) => {
                        self.unseen.insert(format!(
                            "the code of `{name}`, which is compiled, in {}",
                            content.shown()
                        ));
                        Ok(())
                    }
                    _ => Ok(()),
                };
            }
            self.value(content, &owner).map(drop)
        } else {
            self.object(content, value)
        }
    }

    /// Writes items in their order.
    pub(super) fn row(
        &mut self,
        content: &mut Content,
        tag: Tag,
        holder: &Bound<'py, PyAny>,
        items: &[Bound<'py, PyAny>],
    ) -> PyResult<()> {
        if self.is_too_much(content, tag, holder, items.len()) {
            return Ok(());
        }
        let open = content.wire.open(tag);
        let label = content.label.len();
        for (index, item) in items.iter().enumerate() {
            content.label.extend_from_slice(format!("[{index}]").as_bytes());
            self.value(content, item)?;
            content.label.truncate(label);
        }
        content.wire.close(open);
        Ok(())
    }

    /// Writes items whose order says nothing.
    pub(super) fn heap(
        &mut self,
        content: &mut Content,
        tag: Tag,
        holder: &Bound<'py, PyAny>,
        items: &[Bound<'py, PyAny>],
    ) -> PyResult<()> {
        if self.is_too_much(content, tag, holder, items.len()) {
            return Ok(());
        }
        let open = content.wire.open(tag);
        let label = content.label.len();
        let mut starts = Vec::with_capacity(items.len());
        content.label.extend_from_slice(b"{}");
        for item in items {
            starts.push(content.wire.len());
            self.apart(content, item)?;
        }
        content.label.truncate(label);
        content.wire.sort(&starts);
        content.wire.close(open);
        Ok(())
    }

    /// Writes a value as if nothing had been written before: in what order it comes says nothing.
    fn apart(&mut self, content: &mut Content, value: &Bound<'py, PyAny>) -> PyResult<()> {
        if is_atom(value) {
            return self.value(content, value).map(drop);
        }
        let before = content.written.clone();
        let written = self.value(content, value);
        content.written = before;
        written.map(drop)
    }

    /// Writes the entries of a dict, or of an instance of a subclass, in the order of their keys, and remembers them.
    pub(super) fn entries(&mut self, content: &mut Content, tag: Tag, dict: &Bound<'py, PyAny>) -> PyResult<()> {
        let entries = entries_of(dict);
        if self.is_too_much(content, tag, dict, entries.len()) {
            return Ok(());
        }
        self.checks.dict(dict, &entries);
        self.some_entries(content, tag, entries)
    }

    /// Writes entries in the order of their keys.
    pub(super) fn some_entries(
        &mut self,
        content: &mut Content,
        tag: Tag,
        entries: Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>,
    ) -> PyResult<()> {
        let outside = std::mem::take(&mut content.wire);
        let mut sorted = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            self.apart(content, &key)?;
            sorted.push((std::mem::take(&mut content.wire).into_bytes(), value));
        }
        content.wire = outside;
        sorted.sort_by(|(one, _), (other, _)| one.cmp(other));
        let open = content.wire.open(tag);
        let label = content.label.len();
        for (key, value) in sorted {
            content.wire.items(&key);
            content.label.extend_from_slice(&key);
            self.value(content, &value)?;
            content.label.truncate(label);
        }
        content.wire.close(open);
        Ok(())
    }

    fn is_too_much(&mut self, content: &mut Content, tag: Tag, holder: &Bound<'py, PyAny>, size: usize) -> bool {
        if content.count + size <= MOST {
            return false;
        }
        content.wire.item(tag, &size.to_le_bytes());
        self.opaque(content, holder, "holds too much to be compared");
        true
    }

    /// Writes a value as arguments are written; it counts by its class if that cannot be.
    pub(super) fn encoded(&mut self, content: &mut Content, value: &Bound<'py, PyAny>) -> PyResult<()> {
        let mut encoder = Encoder::new(self.py, Reprs::Refused);
        match encoder.value(value) {
            Ok(()) => {
                let (bytes, met) = encoder.finish();
                content.wire.items(&bytes);
                for object in met {
                    let mut aside = Content::of(&content.place);
                    aside.label.clone_from(&content.label);
                    if let Ok(function) = object.cast_exact::<PyFunction>() {
                        self.function(&mut aside, function)?;
                    } else if let Ok(class) = object.cast::<PyType>() {
                        self.class(&mut aside, class)?;
                    }
                    content.leads.append(&mut aside.leads);
                }
                Ok(())
            }
            Err(refusal) if refusal.is_about_the_value(self.py) => {
                self.opaque(content, value, "cannot be keyed");
                Ok(())
            }
            Err(refusal) => refusal.into_message(self.py).map(drop),
        }
    }

    /// Writes a value by its class alone, and says so.
    pub(super) fn opaque(&mut self, content: &mut Content, value: &Bound<'py, PyAny>, why: &str) {
        let class = names::of_class(&value.get_type());
        content.wire.item(Tag::Named, class.as_bytes());
        // What Python and packages keep in classes under such names is theirs.
        let is_theirs = content.place.starts_with("attribute ") && content.place.ends_with("__");
        if !is_theirs {
            let class = class.strip_prefix("builtins.").unwrap_or(&class);
            self.unseen.insert(format!("{} (a `{class}` {why})", content.shown()));
        }
    }
}

/// Returns keys and values of a dict, or of an instance of a subclass, as they lie there.
pub(super) fn entries_of<'py>(dict: &Bound<'py, PyAny>) -> Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    let py = dict.py();
    let (mut place, mut key, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
    let mut entries = Vec::new();
    // SAFETY: the caller has seen that it is a dict; nothing runs between the steps, and each key and value is held at once.
    while unsafe { ffi::PyDict_Next(dict.as_ptr(), &raw mut place, &raw mut key, &raw mut value) } != 0 {
        entries.push(unsafe { (Bound::from_borrowed_ptr(py, key), Bound::from_borrowed_ptr(py, value)) });
    }
    entries
}

fn is_container(value: &Bound<'_, PyAny>) -> bool {
    value.is_exact_instance_of::<PyList>()
        || value.is_exact_instance_of::<PyDict>()
        || value.is_exact_instance_of::<PySet>()
}

/// Tells whether a value has no parts and cannot be edited.
pub(super) fn is_atom(value: &Bound<'_, PyAny>) -> bool {
    value.is_exact_instance_of::<PyString>()
        || value.is_exact_instance_of::<PyInt>()
        || value.is_exact_instance_of::<PyNone>()
        || value.is_exact_instance_of::<PyBool>()
        || value.is_exact_instance_of::<PyFloat>()
        || value.is_exact_instance_of::<PyBytes>()
        || value.is_exact_instance_of::<PyComplex>()
        || value.is_exact_instance_of::<PyEllipsis>()
        || value.is_exact_instance_of::<PyNotImplemented>()
}
