//! An object that a global, a cell or an attribute holds: what of its state counts.
//!
//! An object of a class of the user's: the class, what lies in its `__dict__` and slots, and what it holds as a list, dict,
//! number and so on. Of Python's own classes those that are plain values, and those that wrap functions. Of all others the
//! functions and classes in their `__dict__`; the rest is not seen.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyFloat, PyFrozenSet, PyFunction, PyInt, PyList, PySet, PyString, PyTuple, PyType};

use super::graph::Content;
use super::home::Home;
use super::names;
use super::value::entries_of;
use super::walk::Walk;
use crate::canonical::Tag;

/// Modules of Python's library whose objects are values, and say what they are to whoever would pickle them.
const OF_VALUES: [&str; 19] = [
    "array",
    "builtins",
    "collections",
    "datetime",
    "decimal",
    "fractions",
    "ipaddress",
    "logging",
    "numpy",
    "operator",
    "_operator",
    "pathlib",
    "re",
    "string",
    "time",
    "types",
    "typing",
    "uuid",
    "zoneinfo",
];
/// Modules whose objects are no more than what lies in their `__dict__` and slots.
const OPEN: [&str; 5] = ["argparse", "configparser", "dataclasses", "enum", "types"];
/// Values that can be edited in place without being seen.
const BUFFERS: [&str; 4] = [
    "array.array",
    "builtins.bytearray",
    "builtins.memoryview",
    "numpy.ndarray",
];

impl<'py> Walk<'py> {
    /// Writes an object by what of its state counts.
    pub(super) fn object(&mut self, content: &mut Content, value: &Bound<'py, PyAny>) -> PyResult<()> {
        let class = value.get_type();
        let kind = self.kind(&class)?;
        let (name, module) = (kind.name.as_str(), kind.module.as_str());
        if kind.is_mock {
            self.mocks.insert(content.shown());
            content.wire.item(Tag::Named, b"Mock");
            return Ok(());
        }
        if self.accessor(content, value)? {
            return Ok(());
        }
        if name.starts_with("collections.") && content.wrote(value.as_ptr() as usize) {
            return Ok(());
        }
        match name {
            "builtins.method" => return self.made_of(content, value, name, &["__func__", "__self__"]),
            "functools._lru_cache_wrapper" => return self.made_of(content, value, name, &["__wrapped__"]),
            "collections.OrderedDict" => {
                // Its order is not that of the dict that it is.
                let keys: Vec<_> = value.try_iter()?.collect::<PyResult<_>>()?;
                self.checks.items(value, &keys);
                self.row(content, Tag::List, value, &keys)?;
                return self.entries(content, Tag::OrderedDict, value);
            }
            "collections.Counter" => return self.entries(content, Tag::Dict, value),
            "collections.defaultdict" => {
                self.made_of(content, value, name, &["default_factory"])?;
                return self.entries(content, Tag::DefaultDict, value);
            }
            "collections.deque" => {
                let items: Vec<_> = value.try_iter()?.collect::<PyResult<_>>()?;
                self.checks.items(value, &items);
                return self.row(content, Tag::List, value, &items);
            }
            "builtins.mappingproxy" => {
                let behind = self
                    .py
                    .import(intern!(self.py, "gc"))?
                    .call_method1("get_referents", (value,))?
                    .get_item(0)?;
                return if behind.is_instance_of::<PyDict>() {
                    self.entries(content, Tag::View, &behind)
                } else {
                    self.value(content, &behind).map(drop)
                };
            }
            _ if module.starts_with("jobstamps") => return self.made_of(content, value, "jobstamps", &["__wrapped__"]),
            _ => {}
        }
        if kind.is_member {
            return self.member(content, value, &class);
        }
        let top = module.split('.').next().unwrap_or_default();
        match &kind.home {
            Home::User => self.own(content, value, &class),
            _ if OPEN.contains(&module) || name == "pydantic.fields.FieldInfo" => self.own(content, value, &class),
            // What is written in Python there: UserDict, ChainMap.
            _ if top == "collections" && attributes_of(value).is_some() => self.open(content, value, &class),
            _ if OF_VALUES.contains(&top) && !module.starts_with("numpy.random") => {
                if BUFFERS.contains(&name) && !self.checks.buffer(value)? {
                    self.unseen.insert(format!(
                        "edits in place of {} (a large `{}`)",
                        content.shown(),
                        name.trim_start_matches("builtins.")
                    ));
                }
                self.class(content, &class)?;
                self.encoded(content, value)
            }
            _ => self.foreign(content, value, &class),
        }
    }

    /// Writes an object of Python's own that consists of a few attributes.
    fn made_of(
        &mut self,
        content: &mut Content,
        value: &Bound<'py, PyAny>,
        name: &str,
        parts: &[&str],
    ) -> PyResult<()> {
        content.wire.item(Tag::Class, name.as_bytes());
        let label = content.label.len();
        for part in parts {
            content.label.extend_from_slice(part.as_bytes());
            match value.getattr(*part) {
                Ok(part) => self.value(content, &part).map(drop)?,
                Err(_) => content.wire.item(Tag::EmptyCell, &[]),
            }
            content.label.truncate(label);
        }
        Ok(())
    }

    /// Writes a member of an enumeration.
    fn member(&mut self, content: &mut Content, value: &Bound<'py, PyAny>, class: &Bound<'py, PyType>) -> PyResult<()> {
        self.class(content, class)?;
        let Some(attributes) = attributes_of(value) else {
            return Ok(());
        };
        for name in ["_name_", "_value_"] {
            if let Some(part) = self.checks.entry(&attributes, name)? {
                self.value(content, &part)?;
            }
        }
        Ok(())
    }

    /// Writes an object of a class of the user's.
    fn own(&mut self, content: &mut Content, value: &Bound<'py, PyAny>, class: &Bound<'py, PyType>) -> PyResult<()> {
        if content.wrote(value.as_ptr() as usize) {
            return Ok(());
        }
        self.open(content, value, class)
    }

    /// Writes an object by all that it holds.
    fn open(&mut self, content: &mut Content, value: &Bound<'py, PyAny>, class: &Bound<'py, PyType>) -> PyResult<()> {
        self.class(content, class)?;
        let open = content.wire.open(Tag::Reduced);
        self.as_builtin(content, value)?;
        let kind = self.kind(class)?;
        if kind.asks_itself {
            self.opaque(content, value, "gives its attributes by code of its own");
        } else {
            self.attributes(content, value, class)?;
        }
        content.wire.close(open);
        Ok(())
    }

    /// Writes what lies in an object's `__dict__` and slots.
    fn attributes(
        &mut self,
        content: &mut Content,
        value: &Bound<'py, PyAny>,
        class: &Bound<'py, PyType>,
    ) -> PyResult<()> {
        if let Some(attributes) = attributes_of(value) {
            self.entries(content, Tag::Dict, attributes.as_any())?;
        }
        let label = content.label.len();
        for slot in &self.kind(class)?.slots {
            content.wire.item(Tag::Str, slot.as_bytes());
            content.label.extend_from_slice(slot.as_bytes());
            match self.checks.slot(value, slot) {
                Some(held) => self.value(content, &held).map(drop)?,
                None => content.wire.item(Tag::EmptyCell, &[]),
            }
            content.label.truncate(label);
        }
        Ok(())
    }

    /// Writes what an object of a subclass of a builtin class holds as that.
    fn as_builtin(&mut self, content: &mut Content, value: &Bound<'py, PyAny>) -> PyResult<()> {
        let py = self.py;
        if value.is_instance_of::<PyDict>() {
            self.entries(content, Tag::Dict, value)
        } else if let Ok(list) = value.cast::<PyList>() {
            // Not by its own iterator.
            let items: Vec<_> = (0..list.len())
                .map(|index| list.get_item(index))
                .collect::<PyResult<_>>()?;
            self.checks.list(value, &items);
            self.row(content, Tag::List, value, &items)
        } else if let Ok(tuple) = value.cast::<PyTuple>() {
            let items: Vec<_> = (0..tuple.len())
                .map(|index| tuple.get_item(index))
                .collect::<PyResult<_>>()?;
            self.row(content, Tag::Tuple, value, &items)
        } else if value.is_instance_of::<PySet>() || value.is_instance_of::<PyFrozenSet>() {
            let base = if value.is_instance_of::<PySet>() {
                py.get_type::<PySet>().into_any()
            } else {
                py.get_type::<PyFrozenSet>().into_any()
            };
            let items: Vec<_> = base
                .call_method1("__iter__", (value,))?
                .try_iter()?
                .collect::<PyResult<_>>()?;
            self.unseen
                .insert(format!("edits in place of {} (a subclass of set)", content.shown()));
            self.heap(content, Tag::Set, value, &items)
        } else if let Ok(text) = value.cast::<PyString>() {
            content.wire.item(Tag::Str, text.to_string_lossy().as_bytes());
            Ok(())
        } else if let Ok(bytes) = value.cast::<PyBytes>() {
            content.wire.item(Tag::Bytes, bytes.as_bytes());
            Ok(())
        } else if let Ok(number) = value.cast::<PyFloat>() {
            content.wire.item(Tag::Float, &number.value().to_bits().to_le_bytes());
            Ok(())
        } else if let Some(parts) = self.kind(&value.get_type())?.parts {
            let label = content.label.len();
            for part in parts {
                content.label.extend_from_slice(part.as_bytes());
                match names::of_object(value, &PyString::intern(py, part)) {
                    Some(part) => self.value(content, &part).map(drop)?,
                    None => content.wire.item(Tag::EmptyCell, &[]),
                }
                content.label.truncate(label);
            }
            Ok(())
        } else if value.is_instance_of::<PyInt>() {
            let text = py.get_type::<PyInt>().call_method1("__repr__", (value,))?;
            content.wire.item(Tag::Int, text.to_string().as_bytes());
            Ok(())
        } else {
            Ok(())
        }
    }

    /// Writes an object of somebody else's class: the functions and classes that it holds.
    fn foreign(
        &mut self,
        content: &mut Content,
        value: &Bound<'py, PyAny>,
        class: &Bound<'py, PyType>,
    ) -> PyResult<()> {
        if content.wrote(value.as_ptr() as usize) {
            return Ok(());
        }
        self.class(content, class)?;
        let mut held = Vec::new();
        if let Some(attributes) = attributes_of(value) {
            for (name, part) in entries_of(attributes.as_any()) {
                if let Ok(name) = name.cast_exact::<PyString>()
                    && (part.is_exact_instance_of::<PyFunction>() || part.is_instance_of::<PyType>())
                {
                    let name = name.to_string();
                    self.checks.entry(&attributes, &name)?;
                    held.push((name, part));
                }
            }
        }
        held.sort_by(|(one, _), (other, _)| one.cmp(other));
        let label = content.label.len();
        for (name, part) in &held {
            content.wire.item(Tag::Str, name.as_bytes());
            content.label.extend_from_slice(name.as_bytes());
            self.value(content, part)?;
            content.label.truncate(label);
        }
        if attributes_of(value).is_none() && is_value(value) {
            // All of it is what it is as a tuple, str or number.
            return self.as_builtin(content, value);
        }
        self.opaque(
            content,
            value,
            if held.is_empty() {
                "cannot be keyed"
            } else {
                "counts by its functions only"
            },
        );
        Ok(())
    }
}

/// Returns an object's `__dict__`, without asking the object.
fn attributes_of<'py>(value: &Bound<'py, PyAny>) -> Option<Bound<'py, PyDict>> {
    names::of_object(value, intern!(value.py(), "__dict__"))?
        .cast_into_exact()
        .ok()
}

/// Tells whether a value is a tuple, str, bytes or number, and cannot be edited as that.
fn is_value(value: &Bound<'_, PyAny>) -> bool {
    value.is_instance_of::<PyTuple>()
        || value.is_instance_of::<PyString>()
        || value.is_instance_of::<PyBytes>()
        || value.is_instance_of::<PyInt>()
        || value.is_instance_of::<PyFloat>()
}
