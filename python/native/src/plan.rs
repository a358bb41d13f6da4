//! What is known of a code object: how calls bind to it, the digest of what it does, and what it names.
//!
//! Read once per code object and process: code objects never change.

use std::sync::{Arc, OnceLock};

use jobstamps::Digest;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCode, PyString};

use crate::bytecode::normal_form;
use crate::reach::scan::Scan;
use crate::table::Table;

/// What is known of a code object: how calls bind to it, the digest of what it does, and what it names.
pub(crate) struct Plan {
    /// Held so that its address is not used by another one.
    _code: Py<PyCode>,
    /// The digest of what the code does.
    pub(crate) digest: [u8; 32],
    /// Names of parameters: positional ones, keyword-only ones, `*args`, `**kwargs`.
    pub(crate) parameters: Vec<String>,
    /// The same names as Python has them.
    pub(crate) names: Vec<Py<PyString>>,
    /// How many parameters may be given by position.
    pub(crate) positional: usize,
    /// How many of these may not be given by name.
    pub(crate) positional_only: usize,
    /// How many parameters may only be given by name.
    pub(crate) keyword_only: usize,
    flags: u32,
    free: Vec<String>,
    scan: OnceLock<Arc<Scan>>,
}

impl Plan {
    /// Returns what the code names; read when it is asked for first.
    pub(crate) fn scan(&self, code: &Bound<'_, PyCode>) -> PyResult<Arc<Scan>> {
        if let Some(scan) = self.scan.get() {
            return Ok(scan.clone());
        }
        let scan = Arc::new(Scan::of(code)?);
        Ok(self.scan.get_or_init(|| scan).clone())
    }

    /// Tells whether extra positional arguments are taken.
    pub(crate) fn takes_more(&self) -> bool {
        self.flags & 0x04 != 0
    }

    /// Tells whether extra keyword arguments are taken.
    pub(crate) fn takes_more_by_name(&self) -> bool {
        self.flags & 0x08 != 0
    }

    /// Returns what calling the function gives instead of a value, if it is of that kind.
    pub(crate) fn unkeepable(&self) -> Option<&'static str> {
        match self.flags {
            flags if flags & 0x20 != 0 => Some("generator function"),
            flags if flags & 0x200 != 0 => Some("asynchronous generator function"),
            flags if flags & 0x180 != 0 => Some("coroutine function"),
            _ => None,
        }
    }

    /// Tells whether calling the function gives a coroutine.
    pub(crate) fn is_coroutine(&self) -> bool {
        self.flags & 0x180 != 0 && self.flags & 0x220 == 0
    }

    /// Returns the name of the closure's cell at `index`.
    pub(crate) fn free(&self, index: usize) -> &str {
        self.free.get(index).map_or("?", String::as_str)
    }
}

static PLANS: Table<usize, Arc<Plan>> = Table::of(4096);

/// Returns what is known of a code object; the same object is read once in a process.
pub(crate) fn plan(code: &Bound<'_, PyCode>) -> PyResult<Arc<Plan>> {
    let address = code.as_ptr() as usize;
    if let Some(plan) = PLANS.get(&address) {
        return Ok(plan);
    }
    let plan = Arc::new(read(code)?);
    PLANS.keep(address, plan.clone());
    Ok(plan)
}

fn read(code: &Bound<'_, PyCode>) -> PyResult<Plan> {
    let py = code.py();
    let number = |name: &str| -> PyResult<usize> { code.getattr(name)?.extract() };
    let flags = code.getattr(intern!(py, "co_flags"))?.extract()?;
    let names: Vec<Bound<'_, PyString>> = code.getattr(intern!(py, "co_varnames"))?.extract()?;
    let (positional, keyword_only) = (number("co_argcount")?, number("co_kwonlyargcount")?);
    let extra = usize::from(flags & 0x04 != 0) + usize::from(flags & 0x08 != 0);
    let names = &names[..names.len().min(positional + keyword_only + extra)];
    Ok(Plan {
        _code: code.clone().unbind(),
        digest: Digest::of(&normal_form(code)?).0,
        parameters: names.iter().map(|name| name.extract()).collect::<PyResult<_>>()?,
        names: names.iter().map(|name| name.clone().unbind()).collect(),
        positional,
        positional_only: number("co_posonlyargcount")?,
        keyword_only,
        flags,
        free: code.getattr(intern!(py, "co_freevars"))?.extract()?,
        scan: OnceLock::new(),
    })
}
