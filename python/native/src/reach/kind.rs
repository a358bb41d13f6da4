//! What there is to know of a class whose objects are met, found once in a walk.

use std::collections::BTreeMap;
use std::rc::Rc;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

use super::builtin::says_what_it_is;
use super::class::{home, is_made, parts_of_accessor};
use super::home::Home;
use super::names;
use super::walk::Walk;

/// What there is to know of a class.
pub(super) struct Kind {
    /// Module and qualified name.
    pub(super) name: String,
    /// The module that it says it is from.
    pub(super) module: String,
    pub(super) home: Home,
    pub(super) is_mock: bool,
    /// Its objects are members of an enumeration.
    pub(super) is_member: bool,
    /// Getting an attribute of an object runs code of the class.
    pub(super) asks_itself: bool,
    pub(super) slots: Vec<String>,
    /// Where objects of a subclass of `property` and the like keep their functions.
    pub(super) parts: Option<&'static [&'static str]>,
}

/// What there is to know of a dict of globals.
pub(super) struct Namespace {
    /// The module's name.
    pub(super) name: String,
    pub(super) home: Home,
}

impl<'py> Walk<'py> {
    /// Returns what there is to know of a class.
    pub(super) fn kind(&mut self, class: &Bound<'py, PyType>) -> PyResult<Rc<Kind>> {
        let address = class.as_ptr() as usize;
        if let Some(kind) = self.kinds.get(&address) {
            return Ok(kind.clone());
        }
        let lineage = lineage(class)?;
        let names: Vec<_> = lineage.iter().map(names::of_class).collect();
        let module = names::module_of_class(class).unwrap_or_default();
        // Each Mock object has a class of its own, which its maker's module has made.
        let is_mock = matches!(module.as_str(), "unittest.mock" | "mock.mock" | "mock")
            && names.iter().any(|name| name.ends_with(".NonCallableMock"));
        let kind = Rc::new(Kind {
            name: names::of_class(class),
            module,
            home: home(class)?,
            is_mock,
            is_member: names.iter().any(|name| name == "enum.Enum"),
            asks_itself: asks_itself(&lineage)?,
            slots: slots(&lineage)?,
            parts: names.iter().find_map(|name| parts_of_accessor(name)),
        });
        self.kept.push(class.clone().into_any());
        self.kinds.insert(address, kind.clone());
        Ok(kind)
    }

    /// Returns what there is to know of a dict of globals.
    pub(super) fn namespace(&mut self, globals: &Bound<'py, PyDict>) -> PyResult<Rc<Namespace>> {
        let address = globals.as_ptr() as usize;
        if let Some(namespace) = self.namespaces.get(&address) {
            return Ok(namespace.clone());
        }
        let name = globals.get_item(intern!(self.py, "__name__"))?;
        let namespace = Rc::new(Namespace {
            name: names::of_module(name.as_ref()),
            home: Home::of_globals(globals)?,
        });
        self.kept.push(globals.clone().into_any());
        self.namespaces.insert(address, namespace.clone());
        Ok(namespace)
    }
}

/// Returns a class and its bases in the order in which they are asked.
pub(super) fn lineage<'py>(class: &Bound<'py, PyType>) -> PyResult<Vec<Bound<'py, PyType>>> {
    let classes = names::of_type(class, intern!(class.py(), "__mro__"))?;
    let classes = classes.cast::<PyTuple>()?.iter();
    Ok(classes.filter_map(|class| class.cast_into().ok()).collect())
}

fn asks_itself(lineage: &[Bound<'_, PyType>]) -> PyResult<bool> {
    for class in lineage.iter().filter(|class| is_made(class)) {
        let body = names::body(class)?;
        let is_own = |found: Bound<'_, PyAny>| found.get_type().name().is_ok_and(|name| name != "getset_descriptor");
        let own = body.get_item(intern!(class.py(), "__dict__"))?;
        if body.contains(intern!(class.py(), "__getattribute__"))? || own.is_some_and(is_own) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns the names of slots that nothing else has taken the name of.
fn slots(lineage: &[Bound<'_, PyType>]) -> PyResult<Vec<String>> {
    let mut names = BTreeMap::new();
    let shown = |class: &&Bound<'_, PyType>| is_made(class) && !says_what_it_is(class);
    for class in lineage.iter().filter(shown) {
        for (name, value) in names::body(class)?.iter() {
            let is_slot = value.get_type().name()? == "member_descriptor";
            names.entry(name.to_string()).or_insert(is_slot);
        }
    }
    let slots = names.into_iter().filter_map(|(name, is_slot)| is_slot.then_some(name));
    Ok(slots.collect())
}
