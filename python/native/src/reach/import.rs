//! Modules that are imported inside of a function's body.
//!
//! One that is imported already is followed as any other. One that is not counts by its code, as its loader has it, without
//! being imported; so does every module of the user's that it imports. After the run it is imported, and what the function
//! reaches then counts as the same.

use std::path::PathBuf;

use pyo3::exceptions::PyException;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCode, PyDict, PyModule, PyString};

use super::graph::Content;
use super::home::Home;
use super::names;
use super::scan::{Import, What};
use super::walk::Walk;
use crate::canonical::Tag;
use crate::plan;

impl<'py> Walk<'py> {
    /// Follows an import in code with these globals.
    pub(super) fn import(
        &mut self,
        content: &mut Content,
        globals: &Bound<'py, PyDict>,
        import: &Import,
    ) -> PyResult<()> {
        let text = |name| -> PyResult<Option<String>> {
            Ok(globals
                .get_item(name)?
                .and_then(|name: Bound<'_, PyAny>| name.extract().ok()))
        };
        let package = if let Some(package) = text(intern!(self.py, "__package__"))? {
            package
        } else {
            let name = text(intern!(self.py, "__name__"))?.unwrap_or_default();
            let is_package = globals.contains(intern!(self.py, "__path__"))?;
            if is_package {
                name
            } else {
                parent(&name).unwrap_or_default().to_owned()
            }
        };
        self.imported(content, &package, import)
    }

    fn imported(&mut self, content: &mut Content, package: &str, import: &Import) -> PyResult<()> {
        let name = absolute(package, import);
        content.label = format!("import {name}").into_bytes();
        let modules = names::modules(self.py)?;
        let Some(module) = self.checks.entry(&modules, &name)? else {
            self.not_imported(content, &name)?;
            for taken in &import.taken {
                if let What::Name(taken) = &taken.what {
                    // A module inside of a package, or something that the package defines.
                    self.inside_of(content, &name, taken)?;
                }
            }
            return Ok(());
        };
        let Ok(module) = module.cast::<PyModule>() else {
            return Ok(());
        };
        for taken in &import.taken {
            for attributes in &taken.assigned {
                self.assigned_in_import(module, &name, &taken.what, attributes)?;
            }
            match &taken.what {
                What::All => self.in_module(content, module, &[])?,
                What::Name(name) => self.taken(content, module, name, &taken.uses)?,
                What::Whole => {
                    for attributes in &taken.uses {
                        self.in_module(content, module, attributes)?;
                    }
                }
                What::Top => {
                    let top = name.split('.').next().unwrap_or_default();
                    if let Some(top) = names::module(self.py, top)? {
                        for attributes in &taken.uses {
                            self.in_module(content, &top, attributes)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Notes that an attribute of what an import bound is assigned.
    fn assigned_in_import(
        &mut self,
        module: &Bound<'py, PyModule>,
        name: &str,
        what: &What,
        attributes: &[String],
    ) -> PyResult<()> {
        let bound = match what {
            What::All => None,
            What::Whole => Some(module.clone().into_any()),
            What::Name(taken) => module.dict().get_item(taken)?,
            What::Top => names::module(self.py, name.split('.').next().unwrap_or_default())?.map(Bound::into_any),
        };
        bound.map_or(Ok(()), |bound| self.assigned_in(bound, attributes))
    }

    /// Follows `from module import name`.
    fn taken(
        &mut self,
        content: &mut Content,
        module: &Bound<'py, PyModule>,
        name: &str,
        uses: &[Vec<String>],
    ) -> PyResult<()> {
        let names = module.dict();
        if Home::of_globals(&names)? == Home::User && !names.contains(name)? && names.contains("__path__")? {
            self.checks.entry(&names, name)?;
            let full = format!("{}.{name}", names::of_module(names.get_item("__name__")?.as_ref()));
            return self.not_imported(content, &full);
        }
        if uses.is_empty() {
            return self.in_module(content, module, &[name.to_owned()]);
        }
        for attributes in uses {
            let mut whole = vec![name.to_owned()];
            whole.extend_from_slice(attributes);
            self.in_module(content, module, &whole)?;
        }
        Ok(())
    }

    /// Follows a name in a module that is not imported, where that may be a module too.
    fn inside_of(&mut self, content: &mut Content, package: &str, name: &str) -> PyResult<()> {
        let full = format!("{package}.{name}");
        match self.guarded(|walk| walk.spec(&full))? {
            Some(Some(_)) => self.not_imported(content, &full),
            _ => Ok(()),
        }
    }

    /// Follows a module that is not imported, by the code that its loader has.
    fn not_imported(&mut self, content: &mut Content, name: &str) -> PyResult<()> {
        let (id, is_new) = self.node(0, format!("module {name}"));
        content.leads_to(id);
        if !is_new {
            return Ok(());
        }
        self.checks.entry(&names::modules(self.py)?, name)?;
        let mut held = Content::of(&format!("module {name}"));
        if let Some(package) = parent(name)
            && names::module(self.py, package)?.is_none()
        {
            self.not_imported(&mut held, package)?;
        }
        let read = self.guarded(|walk| walk.read_module(&mut held, name))?;
        if read.is_none() {
            self.unseen.insert(format!(
                "the module `{name}`, which is not imported yet and whose code cannot be had"
            ));
        }
        let node = &mut self.graph.nodes[id];
        node.is_obvious = held.wire.bytes().is_empty();
        node.content = held;
        Ok(())
    }

    fn read_module(&mut self, held: &mut Content, name: &str) -> PyResult<()> {
        let py = self.py;
        if Home::of_module(py, name)? == Home::Python {
            return Ok(());
        }
        let Some(spec) = self.spec(name)? else {
            held.wire.item(Tag::EmptyCell, &[]);
            return Ok(());
        };
        let Ok(file) = spec.getattr(intern!(py, "origin"))?.extract::<String>() else {
            return Ok(());
        };
        match Home::of_file(py, &file)? {
            Home::Python => return Ok(()),
            Home::Package(package) => {
                self.package(held, &package);
                return Ok(());
            }
            Home::User => self.checks.file(PathBuf::from(&file)),
        }
        let code = spec
            .getattr(intern!(py, "loader"))?
            .call_method1(intern!(py, "get_code"), (name,))?;
        let Ok(code) = code.cast::<PyCode>() else {
            held.wire.item(Tag::Named, file.as_bytes());
            return Ok(());
        };
        let plan = plan::plan(code)?;
        held.wire.item(Tag::Code, &plan.digest);
        let is_package = !spec.getattr(intern!(py, "submodule_search_locations"))?.is_none();
        let package = if is_package {
            name
        } else {
            parent(name).unwrap_or_default()
        };
        for import in &plan.scan(code)?.imports {
            self.imported(held, package, import)?;
        }
        Ok(())
    }

    /// Asks the finders of modules for one, without importing it or what it lies in.
    fn spec(&self, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = self.py;
        let path = match parent(name) {
            None => py.None().into_bound(py),
            Some(package) => match names::module(py, package)? {
                Some(package) => match package.dict().get_item(intern!(py, "__path__"))? {
                    Some(path) => path,
                    None => return Ok(None),
                },
                None => match self.spec(package)? {
                    Some(spec) => spec.getattr(intern!(py, "submodule_search_locations"))?,
                    None => return Ok(None),
                },
            },
        };
        if parent(name).is_some() && path.is_none() {
            return Ok(None);
        }
        let finders = py.import(intern!(py, "sys"))?.getattr(intern!(py, "meta_path"))?;
        for finder in finders.try_iter()? {
            let Some(find) = finder?.getattr_opt(intern!(py, "find_spec"))? else {
                continue;
            };
            let spec = find.call1((PyString::new(py, name), &path))?;
            if !spec.is_none() {
                return Ok(Some(spec));
            }
        }
        Ok(None)
    }

    /// Runs code of finders and loaders; None if it failed.
    fn guarded<T>(&mut self, ask: impl FnOnce(&mut Self) -> PyResult<T>) -> PyResult<Option<T>> {
        match ask(self) {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is_instance_of::<PyException>(self.py) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Returns the module that a module lies in.
fn parent(name: &str) -> Option<&str> {
    name.rsplit_once('.').map(|(parent, _)| parent)
}

/// Returns the whole name of an imported module.
fn absolute(package: &str, import: &Import) -> String {
    if import.level == 0 {
        return import.module.clone();
    }
    let mut base = package;
    for _ in 1..import.level {
        base = parent(base).unwrap_or_default();
    }
    if import.module.is_empty() {
        base.to_owned()
    } else {
        format!("{base}.{}", import.module)
    }
}
