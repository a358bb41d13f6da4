//! The way from a function or class to all that it reaches, over the objects that are there now.
//!
//! What a name means is looked up where the interpreter would look: in the function's own globals, then among the
//! builtins. That a name is nowhere is a fact too. What is looked at is remembered as a check, so that a hit need not walk.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::rc::Rc;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict, PyFunction, PyModule, PyType};

use super::Depth;
use super::check::Checks;
use super::graph::{Content, Graph, Id};
use super::home::Home;
use super::kind::{Kind, Namespace};
use super::names;
use crate::canonical::Tag;

/// Names in a module's globals that say how it was loaded.
const LOADING: [&str; 6] = [
    "__name__",
    "__package__",
    "__spec__",
    "__loader__",
    "__builtins__",
    "__cached__",
];
/// Builtins that make names when they run.
const DYNAMIC: [&str; 8] = [
    "getattr",
    "eval",
    "exec",
    "globals",
    "locals",
    "vars",
    "compile",
    "__import__",
];

/// A name in a dict, or an attribute of a class: where it lies, and what it is called.
pub(super) type Place = (usize, String);

/// A walk that is under way.
pub(super) struct Walk<'py> {
    pub(super) py: Python<'py>,
    pub(super) depth: Depth,
    pub(super) graph: Graph,
    pub(super) checks: Checks,
    /// Functions, classes, and cells and globals by name.
    pub(super) known: HashMap<Place, Id>,
    /// What there is to know of classes and of dicts of globals, by address.
    pub(super) kinds: HashMap<usize, Rc<Kind>>,
    pub(super) namespaces: HashMap<usize, Rc<Namespace>>,
    pub(super) waiting: VecDeque<(Id, Bound<'py, PyAny>)>,
    /// Holds what is known by its address.
    pub(super) kept: Vec<Bound<'py, PyAny>>,
    /// Names that reached code assigns.
    pub(super) assigned: HashSet<Place>,
    /// Names that are state, as an earlier walk has found.
    pub(super) state: HashSet<Place>,
    pub(super) unseen: BTreeSet<String>,
    /// Mock objects that were reached.
    pub(super) mocks: BTreeSet<String>,
}

impl<'py> Walk<'py> {
    /// Walks from `root` as far as `depth` says; returns the walk and the root's node.
    ///
    /// A name that reached code assigns is state. Which code is reached is known at the end only, so then it starts again.
    pub(super) fn from(root: &Bound<'py, PyAny>, depth: Depth) -> PyResult<(Self, Id)> {
        let mut state = HashSet::new();
        loop {
            let mut walk = Self {
                py: root.py(),
                depth,
                graph: Graph::default(),
                checks: Checks::default(),
                known: HashMap::new(),
                kinds: HashMap::new(),
                namespaces: HashMap::new(),
                waiting: VecDeque::new(),
                kept: Vec::new(),
                assigned: HashSet::new(),
                state,
                unseen: BTreeSet::new(),
                mocks: BTreeSet::new(),
            };
            let id = walk.start(root)?;
            while let Some((id, object)) = walk.waiting.pop_front() {
                match object.cast_exact::<PyFunction>() {
                    Ok(function) => walk.read_function(id, function)?,
                    Err(_) => walk.read_class(id, object.cast()?)?,
                }
            }
            let found: Vec<_> = walk
                .assigned
                .iter()
                .filter(|place| walk.known.contains_key(place))
                .cloned()
                .collect();
            if found.is_empty() {
                walk.checks.close();
                return Ok((walk, id));
            }
            state = std::mem::take(&mut walk.state);
            state.extend(found);
        }
    }

    fn start(&mut self, root: &Bound<'py, PyAny>) -> PyResult<Id> {
        if self.depth == Depth::Off {
            return Ok(Id::MAX);
        }
        let mut content = Content::default();
        if let Ok(function) = root.cast_exact::<PyFunction>() {
            // Whosever it is: it is the one that was asked for.
            return Ok(self.function_node(function));
        } else if let Ok(class) = root.cast::<PyType>() {
            self.class(&mut content, class)?;
        }
        Ok(content.leads.first().map_or(Id::MAX, |&(_, id)| id))
    }

    /// Returns the node of that name for what lies at an address, and whether it is a new one.
    pub(super) fn node(&mut self, address: usize, name: String) -> (Id, bool) {
        let place = (address, name);
        if let Some(&id) = self.known.get(&place) {
            return (id, false);
        }
        let id = self.graph.add(place.1.clone());
        self.known.insert(place, id);
        (id, true)
    }

    /// Follows a name that code with these globals reads.
    pub(super) fn global(
        &mut self,
        content: &mut Content,
        globals: &Bound<'py, PyDict>,
        name: &str,
        attributes: &[String],
    ) -> PyResult<()> {
        if LOADING.contains(&name) {
            return Ok(());
        }
        if self.named(content, globals, name, attributes)? {
            return Ok(());
        }
        let builtins = builtins_of(globals)?;
        match self.checks.entry(&builtins, name)? {
            Some(value) if is_builtin(&value, name) => {
                if DYNAMIC.contains(&name) {
                    self.unseen
                        .insert(format!("the dynamic `{name}` in {}", content.shown()));
                }
            }
            Some(_) => {
                self.named(content, &builtins, name, attributes)?;
            }
            None => self.absent(content, globals, name),
        }
        Ok(())
    }

    /// Follows a name in a dict; tells whether it is there, or is state.
    pub(super) fn named(
        &mut self,
        content: &mut Content,
        names: &Bound<'py, PyDict>,
        name: &str,
        attributes: &[String],
    ) -> PyResult<bool> {
        let full = format!("global {}.{name}", self.namespace(names)?.name);
        if self.state.contains(&(names.as_ptr() as usize, full.clone())) {
            self.unseen
                .insert(format!("the {} is assigned while it runs: it is state", shown(&full)));
            return Ok(true);
        }
        let Some(value) = self.checks.entry(names, name)? else {
            return Ok(false);
        };
        let (id, is_new) = self.node(names.as_ptr() as usize, full.clone());
        if is_new {
            self.kept.push(names.clone().into_any());
            let mut held = Content::of(&full);
            let is_code = self.value(&mut held, &value)?;
            let node = &mut self.graph.nodes[id];
            node.is_obvious = is_code && self::is_obvious(&value, &full["global ".len()..], name);
            node.data = (!is_code).then(|| value.as_ptr() as usize);
            node.content = held;
        }
        content.label = label(name, attributes);
        content.leads_to(id);
        if attributes.iter().any(|attribute| attribute == "__subclasses__") {
            self.unseen
                .insert(format!("the dynamic `__subclasses__` in {}", content.shown()));
        }
        if let Ok(module) = value.cast::<PyModule>() {
            self.in_module(content, module, attributes)?;
        } else if let (Ok(function), Some(first)) = (value.cast_exact::<PyFunction>(), attributes.first()) {
            self.in_function(content, function, first)?;
        }
        Ok(true)
    }

    /// Follows attributes of a module.
    pub(super) fn in_module(
        &mut self,
        content: &mut Content,
        module: &Bound<'py, PyModule>,
        attributes: &[String],
    ) -> PyResult<()> {
        let names = module.dict();
        let namespace = self.namespace(&names)?;
        let name = &namespace.name;
        match &namespace.home {
            Home::Python => {
                if let ("importlib", [first, ..]) = (name.as_str(), attributes)
                    && first == "import_module"
                {
                    self.unseen
                        .insert(format!("the dynamic `importlib.import_module` in {}", content.shown()));
                }
            }
            Home::Package(package) => self.package(content, package),
            Home::User => match attributes {
                [first, rest @ ..] => {
                    if !self.named(content, &names, first, rest)? {
                        self.absent(content, &names, first);
                        // It makes what is not there.
                        self.named(content, &names, "__getattr__", &[])?;
                    }
                }
                [] => {
                    self.unseen.insert(format!(
                        "what {} does with the module `{name}` as a whole",
                        content.shown()
                    ));
                }
            },
        }
        Ok(())
    }

    /// Follows an attribute that somebody gave to a function.
    fn in_function(&mut self, content: &mut Content, function: &Bound<'py, PyFunction>, name: &str) -> PyResult<()> {
        let attributes = function.getattr(intern!(self.py, "__dict__"))?;
        let attributes = attributes.cast::<PyDict>()?;
        let full = format!("attribute {}.{name}", names::of_function(function));
        if self.state.contains(&(function.as_ptr() as usize, full.clone())) {
            self.unseen
                .insert(format!("the {} is assigned while it runs: it is state", shown(&full)));
            return Ok(());
        }
        let Some(value) = self.checks.entry(attributes, name)? else {
            return Ok(());
        };
        let id = self.attribute(function.as_ptr() as usize, &full, &value)?;
        content.label = label(name, &[]);
        content.leads_to(id);
        Ok(())
    }

    /// Returns the node of an attribute that holds data.
    pub(super) fn attribute(&mut self, address: usize, full: &str, value: &Bound<'py, PyAny>) -> PyResult<Id> {
        let (id, is_new) = self.node(address, full.to_owned());
        if is_new {
            let mut held = Content::of(full);
            self.kept.push(value.clone());
            let is_code = self.value(&mut held, value)?;
            self.graph.nodes[id].data = (!is_code).then(|| value.as_ptr() as usize);
            self.graph.nodes[id].content = held;
        }
        Ok(id)
    }

    /// Says that a name leads nowhere.
    pub(super) fn absent(&mut self, content: &mut Content, names: &Bound<'py, PyDict>, name: &str) {
        let full = self.namespace(names).map_or_else(
            |_| format!("global ?.{name}"),
            |names| format!("global {}.{name}", names.name),
        );
        let (id, is_new) = self.node(names.as_ptr() as usize, full);
        if is_new {
            self.graph.nodes[id].content.wire.item(Tag::EmptyCell, &[]);
            self.graph.nodes[id].is_absent = true;
        }
        content.label = label(name, &[]);
        content.leads_to(id);
    }

    /// Says that an installed package is used.
    pub(super) fn package(&mut self, content: &mut Content, package: &(String, String)) {
        let (id, is_new) = self.node(0, format!("package {}", package.0));
        if is_new {
            self.graph.nodes[id].content.wire.item(Tag::Str, package.1.as_bytes());
            self.unseen.insert(format!(
                "edits inside the installed package `{}` (it counts by its version)",
                package.0
            ));
        }
        content.leads_to(id);
    }
}

/// Returns a node's name as a sentence has it.
fn shown(full: &str) -> String {
    full.split_once(' ')
        .map_or_else(|| full.to_owned(), |(noun, name)| format!("{noun} `{name}`"))
}

fn label(name: &str, attributes: &[String]) -> Vec<u8> {
    let mut label = name.as_bytes().to_vec();
    for attribute in attributes {
        label.push(b'.');
        label.extend_from_slice(attribute.as_bytes());
    }
    label
}

/// Tells whether a name leads to what is called by that very name anyway.
fn is_obvious(value: &Bound<'_, PyAny>, full: &str, name: &str) -> bool {
    if value.is_exact_instance_of::<PyFunction>() {
        names::of_function(value) == full
    } else if let Ok(class) = value.cast::<PyType>() {
        names::of_class(class) == full
    } else if let Ok(module) = value.cast::<PyModule>() {
        let module = module.name().map_or_else(|_| String::new(), |name| name.to_string());
        module == name || module.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'))
    } else {
        false
    }
}

/// Returns the builtins that code with these globals sees.
fn builtins_of<'py>(globals: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyDict>> {
    let py = globals.py();
    let own = globals.get_item(intern!(py, "__builtins__"))?;
    match own {
        Some(own) if own.is_instance_of::<PyDict>() => Ok(own.cast_into()?),
        Some(own) if own.is_instance_of::<PyModule>() => Ok(own.cast_into::<PyModule>()?.dict()),
        _ => Ok(py.import(intern!(py, "builtins"))?.dict()),
    }
}

/// Tells whether a value is what Python brings along under that name.
fn is_builtin(value: &Bound<'_, PyAny>, name: &str) -> bool {
    if value.is_exact_instance_of::<PyCFunction>() {
        let own = value.getattr(intern!(value.py(), "__name__"));
        return own.is_ok_and(|own| own.eq(name).unwrap_or(false)) || name == "open";
    }
    if let Ok(class) = value.cast::<PyType>() {
        // OSError has other names too.
        return !super::class::is_made(class) && (class.name().is_ok_and(|own| own == name) || name.ends_with("Error"));
    }
    // Constants, and the helpers that `site` adds: exit, help, copyright.
    let module = names::module_of_class(&value.get_type()).unwrap_or_default();
    module == "_sitebuiltins" || ["None", "True", "False", "Ellipsis", "NotImplemented", "__debug__"].contains(&name)
}
