//! A function: what it does itself, its defaults and its closure, and the names that it reads.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCode, PyDict, PyFunction, PyModule, PyTuple, PyType};

use super::graph::{Content, Id};
use super::home::Home;
use super::scan::{Chain, Scan};
use super::value::{entries_of, is_atom};
use super::walk::Walk;
use super::{Depth, names};
use crate::canonical::Tag;
use crate::plan;

impl<'py> Walk<'py> {
    /// Writes a function by name, and follows it unless it is Python's or a package's.
    pub(super) fn function(&mut self, content: &mut Content, function: &Bound<'py, PyFunction>) -> PyResult<()> {
        content
            .wire
            .item(Tag::Function, names::of_function(function).as_bytes());
        match &self.namespace(&globals(function)?)?.home {
            Home::User => {}
            // A decorator of theirs around a function of the user's, by whose name it goes.
            _ if self.is_taken(function)? => {}
            Home::Python => return Ok(()),
            Home::Package(package) => {
                self.package(content, package);
                return Ok(());
            }
        }
        let id = self.function_node(function);
        content.leads_to(id);
        Ok(())
    }

    /// Returns the node of a function.
    pub(super) fn function_node(&mut self, function: &Bound<'py, PyFunction>) -> Id {
        let (id, is_new) = self.node(
            function.as_ptr() as usize,
            format!("function {}", names::of_function(function)),
        );
        if is_new {
            self.kept.push(function.clone().into_any());
            self.waiting.push_back((id, function.clone().into_any()));
        }
        id
    }

    /// Tells whether a function that is not the user's carries the name of one that is.
    fn is_taken(&self, function: &Bound<'py, PyFunction>) -> PyResult<bool> {
        if function.getattr(intern!(self.py, "__closure__"))?.is_none() {
            return Ok(false);
        }
        let module = function.getattr(intern!(self.py, "__module__"))?;
        match module.extract::<String>() {
            Ok(module) => Ok(Home::of_module(self.py, &module)? == Home::User),
            Err(_) => Ok(false),
        }
    }

    /// Reads what a function holds, and follows what it names.
    pub(super) fn read_function(&mut self, id: Id, function: &Bound<'py, PyFunction>) -> PyResult<()> {
        let py = self.py;
        self.checks.function(function.as_any())?;
        let mut content = Content::of(&self.graph.nodes[id].name);
        let code = function.getattr(intern!(py, "__code__"))?;
        let plan = plan::plan(code.cast::<PyCode>()?)?;
        content.wire.item(Tag::Code, &plan.digest);
        self.defaults(&mut content, function, &plan)?;
        let cells = self.cells(&mut content, function, &plan)?;
        let attributes = function.getattr(intern!(py, "__dict__"))?;
        if let Ok(attributes) = attributes.cast::<PyDict>()
            && attributes.contains(intern!(py, "__wrapped__"))?
            && let Some(wrapped) = self.checks.entry(attributes, "__wrapped__")?
        {
            content.label = b"__wrapped__".to_vec();
            self.value(&mut content, &wrapped)?;
        }
        let globals = globals(function)?;
        let namespace = self.namespace(&globals)?;
        let is_own = namespace.home == Home::User;
        if let Home::Package(package) = &namespace.home {
            self.package(&mut content, package);
        }
        if let Ok(attributes) = attributes.cast_exact::<PyDict>()
            && !is_own
        {
            // As `functools.singledispatch` keeps its functions.
            content.label = b"attributes".to_vec();
            self.value(&mut content, attributes.as_any())?;
        }
        if let Ok(attributes) = attributes.cast_exact::<PyDict>()
            && is_own
            && !attributes.is_empty()
        {
            self.attributes_of_function(&mut content, function, attributes)?;
        }
        if self.depth == Depth::Deep && is_own {
            let scan = plan.scan(code.cast()?)?;
            self.names_of(&mut content, &globals, &scan)?;
            for chain in &scan.free {
                let held = cells.iter().find(|(name, _)| *name == chain.name);
                if let Some(module) = held.and_then(|(_, held)| held.cast::<PyModule>().ok()) {
                    content.label = format!("{}.{}", chain.name, chain.attributes.join(".")).into_bytes();
                    self.in_module(&mut content, module, &chain.attributes)?;
                }
            }
        }
        self.graph.nodes[id].content = content;
        Ok(())
    }

    /// Follows the attributes that somebody gave to a function, as decorators mark functions with them.
    fn attributes_of_function(
        &mut self,
        content: &mut Content,
        function: &Bound<'py, PyFunction>,
        attributes: &Bound<'py, PyDict>,
    ) -> PyResult<()> {
        let owner = names::of_function(function);
        let entries = entries_of(attributes.as_any());
        self.checks.dict(attributes.as_any(), &entries);
        for (name, value) in entries {
            let name = name.to_string();
            let full = format!("attribute {owner}.{name}");
            if name == "__wrapped__" || self.state.contains(&(function.as_ptr() as usize, full.clone())) {
                continue;
            }
            let id = self.attribute(function.as_ptr() as usize, &full, &value)?;
            // Whatever it holds, another value is state.
            self.graph.nodes[id].data = Some(value.as_ptr() as usize);
            content.label = name.into_bytes();
            content.leads_to(id);
        }
        Ok(())
    }

    /// Writes the defaults of a function; one that can be edited in place stands apart.
    fn defaults(
        &mut self,
        content: &mut Content,
        function: &Bound<'py, PyFunction>,
        plan: &plan::Plan,
    ) -> PyResult<()> {
        let name = names::of_function(function);
        let positional = function.getattr(intern!(self.py, "__defaults__"))?;
        if let Ok(defaults) = positional.cast_exact::<PyTuple>() {
            let first = plan.positional.saturating_sub(defaults.len());
            for (index, value) in defaults.iter().enumerate() {
                let parameter = plan.parameters.get(first + index).map_or("?", String::as_str);
                content.wire.item(Tag::Str, parameter.as_bytes());
                self.default(content, &format!("default {parameter} of {name}"), &value)?;
            }
        }
        content.wire.item(Tag::None, &[]);
        let by_name = function.getattr(intern!(self.py, "__kwdefaults__"))?;
        if let Ok(defaults) = by_name.cast_exact::<PyDict>() {
            let mut entries = entries_of(defaults.as_any());
            self.checks.dict(defaults.as_any(), &entries);
            entries.sort_by_cached_key(|(parameter, _)| parameter.to_string());
            for (parameter, value) in entries {
                content.wire.item(Tag::Str, parameter.to_string().as_bytes());
                self.default(content, &format!("default {parameter} of {name}"), &value)?;
            }
        }
        Ok(())
    }

    fn default(&mut self, content: &mut Content, full: &str, value: &Bound<'py, PyAny>) -> PyResult<()> {
        content.label = full.as_bytes().to_vec();
        if is_atom(value) || value.is_exact_instance_of::<PyFunction>() || value.is_instance_of::<PyType>() {
            return self.value(content, value).map(drop);
        }
        let id = self.attribute(value.as_ptr() as usize, full, value)?;
        content.leads_to(id);
        Ok(())
    }

    /// Follows the cells of a closure; returns what is in them.
    fn cells(
        &mut self,
        content: &mut Content,
        function: &Bound<'py, PyFunction>,
        plan: &plan::Plan,
    ) -> PyResult<Vec<(String, Bound<'py, PyAny>)>> {
        let closure = function.getattr(intern!(self.py, "__closure__"))?;
        let Ok(cells) = closure.cast_exact::<PyTuple>() else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for (index, cell) in cells.iter().enumerate() {
            let name = plan.free(index);
            let full = format!("closure {name} of {}", names::of_function(function));
            let held = self.checks.cell(&cell);
            let (id, is_new) = self.node(cell.as_ptr() as usize, full.clone());
            content.label = full.clone().into_bytes();
            content.leads_to(id);
            if is_new {
                self.kept.push(cell.clone());
                let mut content = Content::of(&full);
                if let Some(value) = &held {
                    let is_code = self.value(&mut content, value)?;
                    // The cell itself: whatever it holds, another value is state.
                    self.graph.nodes[id].data = (!is_code).then(|| cell.as_ptr() as usize);
                } else {
                    content.wire.item(Tag::EmptyCell, &[]);
                    self.graph.nodes[id].data = Some(cell.as_ptr() as usize);
                }
                self.graph.nodes[id].content = content;
            }
            found.extend(held.map(|held| (name.to_owned(), held)));
        }
        Ok(found)
    }

    /// Follows all names in a scan of code with these globals.
    fn names_of(&mut self, content: &mut Content, globals: &Bound<'py, PyDict>, scan: &Scan) -> PyResult<()> {
        let module = &self.namespace(globals)?.name;
        for name in &scan.assigned {
            self.assigned
                .insert((globals.as_ptr() as usize, format!("global {module}.{name}")));
        }
        for chain in &scan.assigned_attributes {
            self.assigned_attribute(globals, chain)?;
        }
        for chain in &scan.globals {
            self.global(content, globals, &chain.name, &chain.attributes)?;
        }
        for import in &scan.imports {
            self.import(content, globals, import)?;
        }
        Ok(())
    }

    /// Notes that `X.name` is assigned where X is a module, class or function: then it is state.
    fn assigned_attribute(&mut self, globals: &Bound<'py, PyDict>, chain: &Chain) -> PyResult<()> {
        match globals.get_item(&chain.name)? {
            Some(value) => self.assigned_in(value, &chain.attributes),
            None => Ok(()),
        }
    }

    /// Notes that an attribute of a value is assigned: the last one of these.
    pub(super) fn assigned_in(&mut self, mut value: Bound<'py, PyAny>, attributes: &[String]) -> PyResult<()> {
        let Some((name, way)) = attributes.split_last() else {
            return Ok(());
        };
        for step in way {
            let Ok(module) = value.cast::<PyModule>() else {
                return Ok(());
            };
            let Some(next) = module.dict().get_item(step)? else {
                return Ok(());
            };
            value = next;
        }
        let place = if let Ok(module) = value.cast::<PyModule>() {
            let names = module.dict();
            let module = names::of_module(names.get_item(intern!(self.py, "__name__"))?.as_ref());
            (names.as_ptr() as usize, format!("global {module}.{name}"))
        } else if let Ok(class) = value.cast::<PyType>() {
            (
                class.as_ptr() as usize,
                format!("attribute {}.{name}", names::of_class(class)),
            )
        } else if value.is_exact_instance_of::<PyFunction>() {
            (
                value.as_ptr() as usize,
                format!("attribute {}.{name}", names::of_function(&value)),
            )
        } else {
            return Ok(());
        };
        self.assigned.insert(place);
        Ok(())
    }
}

/// Returns a function's globals.
pub(super) fn globals<'py>(function: &Bound<'py, PyFunction>) -> PyResult<Bound<'py, PyDict>> {
    Ok(function.getattr(intern!(function.py(), "__globals__"))?.cast_into()?)
}
