//! What a code object names: the globals it reads and assigns, with the attributes that follow at once, and what it imports.
//!
//! Read from instructions, once per code object and process; code inside (lambdas, comprehensions, classes) belongs to it.
//!
//! Not seen: names that are made when the code runs, as `getattr` and `globals()` do.

use std::collections::BTreeSet;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCode, PyTuple};

use super::opcodes::{Does, Opcodes, Step};

/// A name, and the attributes that are looked up in what it leads to: `package.module.helper`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Chain {
    pub(crate) name: String,
    pub(crate) attributes: Vec<String>,
}

/// An import inside of the code.
#[derive(Clone, Debug)]
pub(crate) struct Import {
    /// The module's name, as it stands there.
    pub(crate) module: String,
    /// How many dots stood before it.
    pub(crate) level: u32,
    /// What was taken from it.
    pub(crate) taken: Vec<Taken>,
}

/// What an import binds, and the attributes that are looked up in it.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) what: What,
    pub(crate) uses: Vec<Vec<String>>,
    /// Those that are assigned or deleted.
    pub(crate) assigned: Vec<Vec<String>>,
}

/// What an import binds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// `import a.b` binds `a`.
    Top,
    /// `import a.b as c` binds `a.b`.
    Whole,
    /// `from a import b`.
    Name(String),
    /// `from a import *`.
    All,
}

/// What a code object names.
#[derive(Default)]
pub(crate) struct Scan {
    /// Globals that are read.
    pub(crate) globals: BTreeSet<Chain>,
    /// Free variables that are read.
    pub(crate) free: BTreeSet<Chain>,
    /// Globals that are assigned or deleted.
    pub(crate) assigned: BTreeSet<String>,
    /// Attributes of globals that are assigned or deleted.
    pub(crate) assigned_attributes: BTreeSet<Chain>,
    pub(crate) imports: Vec<Import>,
}

/// Where a variable lies.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Global,
    Free,
    Local,
}

/// Module and level of an import, and what is taken with the variables that it assigns.
type Bindings = (String, u32, Vec<(What, Option<String>)>);

struct Reader<'py> {
    opcodes: &'py Opcodes,
    steps: Vec<Step>,
    constants: Bound<'py, PyTuple>,
    names: Vec<String>,
    variables: Vec<String>,
    /// Cells, then free variables.
    cells: Vec<String>,
    free: Vec<String>,
    /// Names that the body of a class or module has assigned so far.
    stored: BTreeSet<String>,
    locals: BTreeSet<Chain>,
    /// Attributes of local variables that are assigned or deleted.
    assigned: BTreeSet<Chain>,
    /// The imports of this very code, with the variables that they bind.
    imports: Vec<Bindings>,
    scan: Scan,
}

impl Scan {
    /// Reads a code object.
    pub(crate) fn of(code: &Bound<'_, PyCode>) -> PyResult<Self> {
        let opcodes = Opcodes::of(code.py())?;
        let bytes = code.getattr("co_code")?;
        let mut steps = opcodes.steps(bytes.cast::<PyBytes>()?.as_bytes());
        steps.retain(|&step| opcodes.does(step) != Does::Room);
        let list = |name: &str| -> PyResult<Vec<String>> { code.getattr(name)?.extract() };
        let free = list("co_freevars")?;
        let mut variables = list("co_varnames")?;
        let mut cells = list("co_cellvars")?;
        if opcodes.one_row {
            cells.retain(|cell| !variables.contains(cell));
            variables.extend(cells.drain(..).chain(free.iter().cloned()));
        }
        cells.extend(free.iter().cloned());
        let mut reader = Reader {
            opcodes,
            steps,
            constants: code.getattr("co_consts")?.cast_into()?,
            names: list("co_names")?,
            variables,
            cells,
            free,
            stored: BTreeSet::new(),
            locals: BTreeSet::new(),
            assigned: BTreeSet::new(),
            imports: Vec::new(),
            scan: Self::default(),
        };
        reader.read()?;
        Ok(reader.finish())
    }
}

impl Reader<'_> {
    fn read(&mut self) -> PyResult<()> {
        for constant in self.constants.clone().iter() {
            if let Ok(code) = constant.cast_exact::<PyCode>() {
                self.take(Scan::of(code)?);
            }
        }
        for index in 0..self.steps.len() {
            let step = self.steps[index];
            match self.opcodes.does(step) {
                Does::LoadGlobal => {
                    let name = self.name(step);
                    self.chain(Scope::Global, name, index);
                }
                Does::LoadName => {
                    let name = self.name(step);
                    let scope = if self.stored.contains(&name) {
                        Scope::Local
                    } else {
                        Scope::Global
                    };
                    self.chain(scope, name, index);
                }
                Does::LoadFast => self.variable(step.1, index),
                Does::LoadTwo => {
                    let first = self.variable_name(step.1 >> 4);
                    self.note(
                        Scope::Local,
                        Chain {
                            name: first,
                            attributes: Vec::new(),
                        },
                    );
                    self.variable(step.1 & 15, index);
                }
                Does::StoreAndLoad => self.variable(step.1 & 15, index),
                Does::LoadFree => {
                    let name = self.cell_name(step.1);
                    let scope = if self.free.contains(&name) {
                        Scope::Free
                    } else {
                        Scope::Local
                    };
                    self.chain(scope, name, index);
                }
                Does::StoreName => {
                    let name = self.name(step);
                    self.stored.insert(name);
                }
                Does::StoreGlobal => {
                    let name = self.name(step);
                    self.scan.assigned.insert(name);
                }
                Does::ImportName => self.import(index)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Adds what code inside of this one names.
    fn take(&mut self, inner: Scan) {
        self.scan.globals.extend(inner.globals);
        self.scan.assigned.extend(inner.assigned);
        self.scan.assigned_attributes.extend(inner.assigned_attributes);
        self.scan.imports.extend(inner.imports);
        for chain in inner.free {
            let scope = if self.free.contains(&chain.name) {
                Scope::Free
            } else {
                Scope::Local
            };
            self.note(scope, chain);
        }
    }

    fn note(&mut self, scope: Scope, chain: Chain) {
        match scope {
            Scope::Global => self.scan.globals.insert(chain),
            Scope::Free => self.scan.free.insert(chain),
            Scope::Local => self.locals.insert(chain),
        };
    }

    fn variable(&mut self, place: u32, index: usize) {
        let name = self.variable_name(place);
        self.chain(Scope::Local, name, index);
    }

    /// Notes a name that is loaded at `index`, with the attributes that follow.
    fn chain(&mut self, scope: Scope, name: String, index: usize) {
        let mut chain = Chain {
            name,
            attributes: Vec::new(),
        };
        let mut next = index + 1;
        while let Some(attribute) = self.attribute(next) {
            chain.attributes.push(attribute);
            next += 1;
        }
        let after = self.steps.get(next).map(|&step| (step, self.opcodes.does(step)));
        let stored = match after {
            Some((step, Does::StoreAttribute)) => Some(self.name(step)),
            // `X.count += 1` keeps X on the stack, to store into it.
            Some((_, Does::Copy)) => self.attribute(next + 1),
            _ => None,
        };
        if let Some(stored) = stored {
            chain.attributes.push(stored);
            match scope {
                Scope::Global => self.scan.assigned_attributes.insert(chain.clone()),
                _ => self.assigned.insert(chain.clone()),
            };
        }
        self.note(scope, chain);
    }

    fn attribute(&self, index: usize) -> Option<String> {
        let &step = self.steps.get(index)?;
        (self.opcodes.does(step) == Does::LoadAttribute).then(|| self.name(step))
    }

    fn import(&mut self, index: usize) -> PyResult<()> {
        let module = self.name(self.steps[index]);
        let level = match index.checked_sub(2).map(|index| self.steps[index]) {
            Some(step) if self.opcodes.does(step) == Does::LoadNumber => step.1,
            Some(step) => self.constants.get_item(step.1 as usize)?.extract().unwrap_or(0),
            None => 0,
        };
        let names = index.checked_sub(1).map(|index| self.steps[index]);
        let from = match names {
            Some(step) if self.opcodes.does(step) == Does::LoadConstant => {
                let constant = self.constants.get_item(step.1 as usize)?;
                constant.is_instance_of::<PyTuple>()
            }
            _ => false,
        };
        let mut taken = Vec::new();
        let mut next = index + 1;
        if from {
            while let Some(&step) = self
                .steps
                .get(next)
                .filter(|&&step| self.opcodes.does(step) == Does::ImportFrom)
            {
                taken.push((What::Name(self.name(step)), self.stored_at(next + 1)));
                next += 2;
            }
            if taken.is_empty() {
                taken.push((What::All, None));
            }
        } else {
            let mut what = What::Top;
            while let Some(&step) = self.steps.get(next) {
                match self.opcodes.does(step) {
                    Does::ImportFrom => what = What::Whole,
                    Does::Shuffle if what == What::Whole => {}
                    _ => break,
                }
                next += 1;
            }
            if what == What::Top && !module.contains('.') {
                what = What::Whole;
            }
            taken.push((what, self.stored_at(next)));
        }
        self.imports.push((module, level, taken));
        Ok(())
    }

    /// Returns the variable that is assigned at `index`.
    fn stored_at(&self, index: usize) -> Option<String> {
        let &step = self.steps.get(index)?;
        match self.opcodes.does(step) {
            Does::StoreFast => Some(self.variable_name(step.1)),
            Does::StoreAndLoad | Does::StoreTwo => Some(self.variable_name(step.1 >> 4)),
            Does::StoreFree => Some(self.cell_name(step.1)),
            Does::StoreName | Does::StoreGlobal => Some(self.name(step)),
            _ => None,
        }
    }

    fn name(&self, step: Step) -> String {
        named(&self.names, self.opcodes.name(step))
    }

    fn variable_name(&self, place: u32) -> String {
        named(&self.variables, place as usize)
    }

    fn cell_name(&self, place: u32) -> String {
        let row = if self.opcodes.one_row {
            &self.variables
        } else {
            &self.cells
        };
        named(row, place as usize)
    }

    /// Says of each import which attributes are looked up in what it bound.
    fn finish(mut self) -> Scan {
        for (module, level, taken) in std::mem::take(&mut self.imports) {
            let taken = taken.into_iter().map(|(what, variable)| {
                let of_it = |chains: &[&BTreeSet<Chain>]| {
                    let chains = chains.iter().copied().flatten();
                    let chains = chains.filter(|chain| Some(&chain.name) == variable.as_ref());
                    chains.map(|chain| chain.attributes.clone()).collect()
                };
                let uses = of_it(&[&self.locals, &self.scan.globals]);
                let assigned = of_it(&[&self.assigned, &self.scan.assigned_attributes]);
                Taken { what, uses, assigned }
            });
            let taken = taken.collect();
            self.scan.imports.push(Import { module, level, taken });
        }
        self.scan
    }
}

fn named(names: &[String], place: usize) -> String {
    names.get(place).cloned().unwrap_or_else(|| "?".to_owned())
}
