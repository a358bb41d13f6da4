//! What a function's result depends on besides its arguments: its code, and all code and data that it reaches.
//!
//! Reached are, from a function or class onward: its own body, defaults and closure, and the user's functions, classes and
//! globals that it names, in whatever module, and what these name in turn; installed packages by their version. Read from
//! the objects that are there now, never from source files: after an edit on disk the old code still runs.
//!
//! Walking takes a while, so what was walked is remembered, with pointers to all that was looked at. As long as these are
//! what they were, nothing was rebound, reloaded, patched or edited, and the answer stands.
//!
//! Not seen, and told by [`Reach::unseen`]: names that are made when the code runs, what is inside of opaque objects,
//! edits inside of installed packages.

mod builtin;
mod check;
mod class;
mod fields;
mod function;
mod graph;
mod home;
mod import;
mod kind;
mod names;
mod object;
pub(crate) mod opcodes;
mod package;
mod reached;
pub(crate) mod scan;
mod value;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jobstamps::job::Code;
use pyo3::exceptions::PyException;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyFunction, PyString, PyType};

pub(crate) use reached::{After, Reached};

use crate::table::Table;
use check::Checks;
use walk::Walk;

use crate::canonical::is_found_by_name;

/// How far code counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Depth {
    /// With all that it reaches.
    Deep,
    /// A function's own body, defaults and closure.
    Shallow,
    /// Not at all.
    Off,
}

/// What a function or class reaches.
pub(crate) struct Reach {
    root: Py<PyAny>,
    code: Code,
    checks: Checks,
    /// All names that were met, with the addresses of the data behind them.
    data: BTreeMap<String, BTreeSet<usize>>,
    /// Names that lead nowhere.
    absent: BTreeSet<String>,
    unseen: Vec<String>,
    uncacheable: Option<String>,
}

static KNOWN: Table<(usize, Depth), Arc<Reach>> = Table::of(1024);

impl Reach {
    /// Returns what `root` reaches, a function or class; anything else reaches nothing.
    ///
    /// What was found before is found again as long as it holds. A function that was made inside of another one is looked
    /// at anew each time: remembering it would keep alive what is in its closure. Its holder may remember it.
    pub(crate) fn of(root: &Bound<'_, PyAny>, depth: Depth) -> PyResult<Arc<Self>> {
        let key = (root.as_ptr() as usize, depth);
        if let Some(found) = KNOWN.get(&key).filter(|found| found.holds(root.py())) {
            return Ok(found);
        }
        let reach = Arc::new(Self::walked(root, depth)?);
        if is_lasting(root) {
            KNOWN.keep(key, reach.clone());
        }
        Ok(reach)
    }

    /// Walks; where that fails, as when memory is short, the call is made without being remembered.
    fn walked(root: &Bound<'_, PyAny>, depth: Depth) -> PyResult<Self> {
        let py = root.py();
        let name = crate::naming::name_of(root);
        let (walk, id) = match Walk::from(root, depth) {
            Ok(walked) => walked,
            Err(error) if error.is_instance_of::<PyException>(py) => {
                return Ok(Self {
                    root: root.clone().unbind(),
                    code: Code::of(name, Vec::new()),
                    checks: Checks::default(),
                    data: BTreeMap::new(),
                    absent: BTreeSet::new(),
                    unseen: Vec::new(),
                    uncacheable: Some(format!("what it reaches cannot be looked at: {error}")),
                });
            }
            Err(error) => return Err(error),
        };
        let mut data: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for node in &walk.graph.nodes {
            data.entry(node.name.clone()).or_default().extend(node.data);
        }
        let absent = walk.graph.nodes.iter().filter(|node| node.is_absent);
        let absent = absent.map(|node| node.name.clone()).collect();
        let mock = walk.mocks.into_iter().next();
        Ok(Self {
            root: root.clone().unbind(),
            code: Code::of(name, walk.graph.parts(id)),
            checks: walk.checks,
            data,
            absent,
            unseen: walk.unseen.into_iter().collect(),
            uncacheable: mock.map(|place| format!("it reaches a Mock object, {place}")),
        })
    }

    /// Tells whether all that was looked at is what it was; only pointers are compared, and no Python code runs.
    pub(crate) fn holds(&self, py: Python<'_>) -> bool {
        self.checks.hold(py)
    }

    /// Returns how many things [`Reach::holds`] compares.
    pub(crate) fn size(&self) -> usize {
        self.checks.len()
    }

    /// Returns the code that counts.
    pub(crate) fn code(&self) -> &Code {
        &self.code
    }

    /// Returns what cannot be seen, a line each.
    pub(crate) fn unseen(&self) -> &[String] {
        &self.unseen
    }
}

/// Tells whether remembering what an object reaches keeps nothing alive that would go: it lives as long as its module, or it
/// is a function that holds nothing.
fn is_lasting(root: &Bound<'_, PyAny>) -> bool {
    if root.is_exact_instance_of::<PyFunction>() {
        let is_none = |name: &Bound<'_, PyString>| root.getattr(name).is_ok_and(|held| held.is_none());
        let py = root.py();
        let holds_nothing = is_none(intern!(py, "__closure__"))
            && is_none(intern!(py, "__defaults__"))
            && is_none(intern!(py, "__kwdefaults__"));
        return holds_nothing || is_found_by_name(root);
    }
    root.is_instance_of::<PyType>() && is_found_by_name(root)
}
