//! What an object of a subclass of one of Python's own classes holds as that: the items of a list, the day of a date.
//!
//! Told by that class alone. Whatever the subclass says of itself is not asked.

use pyo3::exceptions::PyBaseException;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{
    PyByteArray, PyBytes, PyComplex, PyDict, PyFloat, PyFrozenSet, PyFunction, PyInt, PyList, PySet, PyString, PyTuple,
    PyType,
};

use super::graph::Content;
use super::kind::lineage;
use super::names;
use super::walk::Walk;
use crate::canonical::Tag;

/// Modules whose objects say in full what they are to whoever would pickle them, and cannot be edited in place.
const OF_VALUES: [&str; 7] = [
    "datetime",
    "decimal",
    "fractions",
    "ipaddress",
    "pathlib",
    "uuid",
    "zoneinfo",
];

impl<'py> Walk<'py> {
    /// Writes what an object holds as one of a builtin class.
    pub(super) fn as_builtin(
        &mut self,
        content: &mut Content,
        value: &Bound<'py, PyAny>,
        class: &Bound<'py, PyType>,
    ) -> PyResult<()> {
        let py = self.py;
        if value.is_instance_of::<PyDict>() {
            self.as_dict(content, value, class)
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
        } else if value.is_instance_of::<PySet>() {
            let items = self.items_as(value, py.get_type::<PySet>().as_any())?;
            self.heap(content, Tag::Set, value, &items)
        } else if value.is_instance_of::<PyFrozenSet>() {
            let items = self.items_as(value, py.get_type::<PyFrozenSet>().as_any())?;
            self.heap(content, Tag::Set, value, &items)
        } else if let Ok(text) = value.cast::<PyString>() {
            content.wire.item(Tag::Str, text.to_string_lossy().as_bytes());
            Ok(())
        } else if let Ok(bytes) = value.cast::<PyBytes>() {
            content.wire.item(Tag::Bytes, bytes.as_bytes());
            Ok(())
        } else if let Ok(bytes) = value.cast::<PyByteArray>() {
            content.wire.item(Tag::Bytes, &bytes.to_vec());
            self.unseen.insert(format!(
                "edits in place of {} (a subclass of bytearray)",
                content.shown()
            ));
            Ok(())
        } else if let Ok(number) = value.cast::<PyFloat>() {
            content.wire.item(Tag::Float, &number.value().to_bits().to_le_bytes());
            Ok(())
        } else if let Ok(number) = value.cast::<PyComplex>() {
            for part in [number.real(), number.imag()] {
                content.wire.item(Tag::Float, &part.to_bits().to_le_bytes());
            }
            Ok(())
        } else if let Some(parts) = self.kind(class)?.parts {
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
        } else if value.is_instance_of::<PyBaseException>() {
            match self.checks.slot(value, "args") {
                Some(args) => self.value(content, &args).map(drop),
                None => Ok(()),
            }
        } else {
            self.as_value(content, value, class)
        }
    }

    fn as_dict(
        &mut self,
        content: &mut Content,
        value: &Bound<'py, PyAny>,
        class: &Bound<'py, PyType>,
    ) -> PyResult<()> {
        for base in lineage(class)? {
            match names::of_class(&base).as_str() {
                // Its order is not that of the dict that it is.
                "collections.OrderedDict" => {
                    let keys = self.items_as(value, base.as_any())?;
                    self.row(content, Tag::List, value, &keys)?;
                }
                "collections.defaultdict" => self.factory(content, value)?,
                _ => {}
            }
        }
        self.entries(content, Tag::Dict, value)
    }

    /// Writes what makes the values that a `defaultdict` lacks.
    pub(super) fn factory(&mut self, content: &mut Content, value: &Bound<'py, PyAny>) -> PyResult<()> {
        let label = content.label.len();
        content.label.extend_from_slice(b"default_factory");
        if let Some(factory) = self.checks.slot(value, "default_factory") {
            self.value(content, &factory)?;
        }
        content.label.truncate(label);
        Ok(())
    }

    /// Returns the items that a set, deque or ordered dict gives as one of the class `base`, and remembers them.
    fn items_as(&mut self, value: &Bound<'py, PyAny>, base: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let given = base.call_method1(intern!(self.py, "__iter__"), (value,))?;
        let items: Vec<_> = given.try_iter()?.collect::<PyResult<_>>()?;
        self.checks.items_as(value, base, &items);
        Ok(items)
    }

    /// Writes an object of a subclass of a class of values by what that class would pickle.
    fn as_value(
        &mut self,
        content: &mut Content,
        value: &Bound<'py, PyAny>,
        class: &Bound<'py, PyType>,
    ) -> PyResult<()> {
        let py = self.py;
        let mut reduces = false;
        for base in lineage(class)? {
            let name = names::of_class(&base);
            if name == "collections.deque" {
                let items = self.items_as(value, base.as_any())?;
                if let Some(most) = names::of_object(value, intern!(py, "maxlen")) {
                    self.value(content, &most)?;
                }
                return self.row(content, Tag::List, value, &items);
            }
            if says_what_it_is(&base) {
                if reduces {
                    self.opaque(content, value, "says by code of its own what it is");
                    return Ok(());
                }
                // As that class has it: none of the subclasses between has a say of its own.
                let parts = value.call_method1(intern!(py, "__reduce_ex__"), (4,))?;
                for part in parts.cast::<PyTuple>()?.iter().skip(1) {
                    self.value(content, &part)?;
                }
                return Ok(());
            }
            if matches!(name.as_str(), "numpy.ndarray" | "array.array") {
                self.unseen.insert(format!(
                    "edits in place of {} (a subclass of `{name}`)",
                    content.shown()
                ));
                return self.encoded(content, value);
            }
            let body = names::body(&base)?;
            for says in [
                "__reduce_ex__",
                "__reduce__",
                "__getstate__",
                "__getnewargs__",
                "__getnewargs_ex__",
            ] {
                reduces |= body
                    .get_item(says)?
                    .is_some_and(|says| says.is_exact_instance_of::<PyFunction>());
            }
        }
        Ok(())
    }
}

/// Tells whether objects of a class of Python's library say in full what they are; their slots may hold what they found
/// out about themselves.
pub(super) fn says_what_it_is(class: &Bound<'_, PyType>) -> bool {
    let module = names::module_of_class(class).unwrap_or_default();
    OF_VALUES.contains(&module.split('.').next().unwrap_or_default())
}
