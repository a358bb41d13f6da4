//! A class: its kind, its bases, its methods and what else it defines.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFunction, PyTuple, PyType};

use super::graph::{Content, Id};
use super::home::Home;
use super::walk::Walk;
use super::{Depth, names};
pub(super) use crate::canonical::is_made;
use crate::canonical::{BOOKKEEPING, Tag};

impl<'py> Walk<'py> {
    /// Writes a class by name, and follows it unless it is Python's or a package's.
    pub(super) fn class(&mut self, content: &mut Content, class: &Bound<'py, PyType>) -> PyResult<()> {
        let kind = self.kind(class)?;
        let name = &kind.name;
        content.wire.item(Tag::Class, name.as_bytes());
        match &kind.home {
            Home::Python => {}
            Home::Package(package) => self.package(content, package),
            Home::User if self.depth == Depth::Shallow => {}
            Home::User => {
                let (id, is_new) = self.node(class.as_ptr() as usize, format!("class {name}"));
                if is_new {
                    self.kept.push(class.clone().into_any());
                    self.waiting.push_back((id, class.clone().into_any()));
                }
                content.leads_to(id);
            }
        }
        Ok(())
    }

    /// Reads what a class defines.
    pub(super) fn read_class(&mut self, id: Id, class: &Bound<'py, PyType>) -> PyResult<()> {
        let name = self.graph.nodes[id].name.clone();
        let mut content = Content::of(&name);
        content.label = b"class of it".to_vec();
        self.class(&mut content, &class.get_type())?;
        let bases = names::of_type(class, intern!(self.py, "__bases__"))?;
        if is_made(class) {
            self.checks.bases(class, &bases);
        }
        for (index, base) in bases.cast::<PyTuple>()?.iter().enumerate() {
            content.label = format!("base {index}").into_bytes();
            self.class(&mut content, base.cast()?)?;
        }
        let body = names::body(class)?;
        let entries: Vec<_> = body.iter().collect();
        self.checks.dict(body.as_any(), &entries);
        let mut entries: Vec<_> = entries
            .into_iter()
            .map(|(name, value)| (name.to_string(), value))
            .collect();
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        for (entry, value) in entries {
            // Made from the rest of the class, with addresses in it: no two processes would agree.
            let is_theirs = entry.starts_with("__pydantic_") && entry != "__pydantic_fields__";
            if is_theirs
                || BOOKKEEPING.contains(&entry.as_str())
                || is_descriptor(&value)?
                || is_empty_annotations(&entry, &value)
            {
                continue;
            }
            content.label = entry.clone().into_bytes();
            self.entry(&mut content, class, &entry, &value)?;
        }
        self.graph.nodes[id].content = content;
        Ok(())
    }

    fn entry(
        &mut self,
        content: &mut Content,
        class: &Bound<'py, PyType>,
        entry: &str,
        value: &Bound<'py, PyAny>,
    ) -> PyResult<()> {
        if let Ok(function) = value.cast_exact::<PyFunction>() {
            content.wire.item(Tag::Str, entry.as_bytes());
            return self.function(content, function);
        }
        if let Ok(inner) = value.cast::<PyType>() {
            content.wire.item(Tag::Str, entry.as_bytes());
            return self.class(content, inner);
        }
        if self.accessor(content, value)? {
            content.wire.item(Tag::Str, entry.as_bytes());
            return Ok(());
        }
        // Data is a part of its own: that it appears while the function runs does not change the class.
        let full = format!("attribute {}.{entry}", names::of_class(class));
        if self.state.contains(&(class.as_ptr() as usize, full.clone())) {
            self.unseen.insert(format!(
                "the attribute `{}` is assigned while it runs: it is state",
                &full["attribute ".len()..]
            ));
            return Ok(());
        }
        let id = self.attribute(class.as_ptr() as usize, &full, value)?;
        content.leads_to(id);
        Ok(())
    }

    /// Writes a staticmethod, classmethod or property by its functions; tells whether it is one.
    pub(super) fn accessor(&mut self, content: &mut Content, value: &Bound<'py, PyAny>) -> PyResult<bool> {
        let kind = self.kind(&value.get_type())?;
        let name = &kind.name;
        let Some(parts) = parts_of_accessor(name) else {
            return Ok(false);
        };
        content.wire.item(Tag::Class, name.as_bytes());
        let label = content.label.clone();
        for part in parts {
            content.label.clone_from(&label);
            content.label.extend_from_slice(part.as_bytes());
            self.value(content, &value.getattr(*part)?)?;
        }
        content.label = label;
        Ok(true)
    }
}

/// Returns where a staticmethod, classmethod, property or partial keeps its functions.
pub(super) fn parts_of_accessor(class: &str) -> Option<&'static [&'static str]> {
    Some(match class {
        "builtins.staticmethod" | "builtins.classmethod" | "abc.abstractclassmethod" | "abc.abstractstaticmethod" => {
            &["__func__"]
        }
        "builtins.property" | "abc.abstractproperty" => &["fget", "fset", "fdel"],
        // With a lock in it, before Python 3.12.
        "functools.cached_property" => &["func", "attrname"],
        "functools.singledispatchmethod" => &["dispatcher", "func"],
        "functools.partialmethod" | "functools.partial" => &["func", "args", "keywords"],
        _ => return None,
    })
}

/// Tells whose class it is.
pub(super) fn home(class: &Bound<'_, PyType>) -> PyResult<Home> {
    match names::module_of_class(class) {
        // A class that says so and was made when the program ran had no module's name around it.
        Some(module) if module == "builtins" => Ok(if is_made(class) { Home::User } else { Home::Python }),
        Some(module) => match Home::of_module(class.py(), &module)? {
            // Nothing of it can be followed.
            Home::User if !is_made(class) => Ok(Home::Python),
            home => Ok(home),
        },
        None => Ok(Home::User),
    }
}

/// Tells whether a value is one of the accessors that Python itself puts into a class, for what the class says elsewhere.
fn is_descriptor(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    let kind = value.get_type().name()?;
    Ok(kind == "member_descriptor" || kind == "getset_descriptor" || kind == "CField" || kind == "_tuplegetter")
}

/// Python makes an empty one when somebody asks for it.
fn is_empty_annotations(name: &str, value: &Bound<'_, PyAny>) -> bool {
    name == "__annotations__" && value.cast::<PyDict>().is_ok_and(PyDictMethods::is_empty)
}
