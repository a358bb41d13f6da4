//! An object that a global, a cell or an attribute holds: what of its state counts.
//!
//! An object of a class of the user's: the class, what lies in its `__dict__` and slots, and what it holds as a list, dict,
//! number and so on. Of Python's own classes those that are plain values, and those that wrap functions. Of all others the
//! functions and classes in their `__dict__`; the rest is not seen.

use pyo3::exceptions::PyBaseException;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyFloat, PyFunction, PyInt, PyList, PyString, PyTuple, PyType};

use super::graph::Content;
use super::home::Home;
use super::names;
use super::value::{entries_of, is_atom};
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
            "collections.defaultdict" => {
                self.made_of(content, value, name, &[])?;
                self.factory(content, value)?;
                return self.entries(content, Tag::DefaultDict, value);
            }
            "collections.deque" => {
                self.made_of(content, value, name, &["maxlen"])?;
                let items: Vec<_> = value.try_iter()?.collect::<PyResult<_>>()?;
                self.checks.items(value, &items);
                return self.row(content, Tag::List, value, &items);
            }
            "builtins.method-wrapper" => return self.made_of(content, value, name, &["__name__", "__self__"]),
            "builtins.mappingproxy" | "builtins.dict_keys" | "builtins.dict_values" | "builtins.dict_items" => {
                content.wire.item(Tag::Class, name.as_bytes());
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
            // What is written in Python there: UserDict, ChainMap, Template.
            _ if matches!(top, "collections" | "string") && attributes_of(value).is_some() => {
                self.open(content, value, &class)
            }
            _ if value.is_instance_of::<PyBaseException>() => self.open(content, value, &class),
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
        // What a program adds; what `enum` keeps has names with underscores around.
        let entries = entries_of(attributes.as_any());
        self.checks.dict(attributes.as_any(), &entries);
        let mut added: Vec<_> = entries
            .into_iter()
            .map(|(name, part)| (name.to_string(), part))
            .filter(|(name, _)| !(name.starts_with('_') && name.ends_with('_')))
            .collect();
        added.sort_by(|(one, _), (other, _)| one.cmp(other));
        for (name, part) in added {
            content.wire.item(Tag::Str, name.as_bytes());
            self.value(content, &part)?;
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
        self.checks.class_of(value);
        let open = content.wire.open(Tag::Reduced);
        self.as_builtin(content, value, class)?;
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
            // It may be replaced by another dict.
            self.checks.slot(value, "__dict__");
            if content.is_named() {
                self.named_attributes(content, &attributes)?;
            } else {
                self.entries(content, Tag::Dict, attributes.as_any())?;
            }
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

    /// Writes the attributes of an object that has a name; those that are plain stand apart, so that one which the function
    /// changes is left out alone.
    fn named_attributes(&mut self, content: &mut Content, attributes: &Bound<'py, PyDict>) -> PyResult<()> {
        let entries = entries_of(attributes.as_any());
        self.checks.dict(attributes.as_any(), &entries);
        let owner = content.owner().to_owned();
        let (mut plain, mut others) = (Vec::new(), Vec::new());
        for (name, value) in entries {
            match name.cast_exact::<PyString>() {
                Ok(name) if is_plain(&value, &mut { PLAIN }) => plain.push((name.to_string(), value)),
                _ => others.push((name, value)),
            }
        }
        let label = content.label.len();
        for (name, value) in plain {
            let id = self.attribute(
                attributes.as_ptr() as usize,
                &format!("attribute {owner}.{name}"),
                &value,
            )?;
            content.label.extend_from_slice(name.as_bytes());
            content.leads_to(id);
            content.label.truncate(label);
        }
        self.some_entries(content, Tag::Dict, others)
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
            return self.as_builtin(content, value, class);
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

/// A plain value has so many parts at the most.
const PLAIN: usize = 64;

/// Tells whether a value is an atom, or a few of them in containers.
fn is_plain(value: &Bound<'_, PyAny>, room: &mut usize) -> bool {
    if *room == 0 {
        return false;
    }
    *room -= 1;
    if is_atom(value) {
        true
    } else if let Ok(tuple) = value.cast_exact::<PyTuple>() {
        tuple.iter().all(|item| is_plain(&item, room))
    } else if let Ok(list) = value.cast_exact::<PyList>() {
        list.iter().all(|item| is_plain(&item, room))
    } else if value.is_exact_instance_of::<PyDict>() {
        let entries = entries_of(value);
        entries
            .iter()
            .all(|(key, value)| is_plain(key, room) && is_plain(value, room))
    } else {
        false
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
