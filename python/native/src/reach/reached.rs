//! The code that a call depends on: what its function reaches, and what the functions and classes among its arguments reach.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jobstamps::Digest;
use jobstamps::job::{Code, CodePart};
use pyo3::prelude::*;

use super::{Depth, Reach, graph};
use crate::table::Table;

/// The code that a call depends on.
pub(crate) struct Reached {
    depth: Depth,
    /// What the function reaches, then what was met among its arguments.
    all: Vec<Arc<Reach>>,
}

/// What came to light when a call's code was looked at again after it had run.
#[derive(Debug, Default)]
pub(crate) struct After {
    /// The names of parts that turned out to be state: they are left out of this stamp.
    pub(crate) left_out: Vec<String>,
    /// Digests that count as the same code from now on: with what was imported meanwhile, for one.
    pub(crate) also: Vec<Digest>,
    /// What changed while the function ran: nobody knows which of the two ran.
    pub(crate) changed: Option<String>,
}

impl Reached {
    /// Puts together what the function reaches and what the functions and classes among its arguments do.
    pub(crate) fn of(root: Arc<Reach>, met: &[Bound<'_, PyAny>], depth: Depth) -> PyResult<Self> {
        let mut all = vec![root];
        if depth == Depth::Deep {
            for object in met {
                let reach = Reach::of(object, depth)?;
                if !reach.code.parts.is_empty() || reach.uncacheable.is_some() {
                    all.push(reach);
                }
            }
        }
        Ok(Self { depth, all })
    }

    /// Returns the code, with the version that the user gave it.
    pub(crate) fn code(&self, name: &str, version: Option<Digest>) -> Code {
        joined(&self.all, name, version)
    }

    /// Returns what cannot be seen, a line each.
    pub(crate) fn unseen(&self) -> Vec<String> {
        let unseen: BTreeSet<&String> = self.all.iter().flat_map(|reach| &reach.unseen).collect();
        unseen.into_iter().cloned().collect()
    }

    /// Returns why the call must not be remembered: a Mock object that was reached, for one.
    pub(crate) fn uncacheable(&self) -> Option<&str> {
        self.all.iter().find_map(|reach| reach.uncacheable.as_deref())
    }

    /// Looks again after the function has run.
    ///
    /// A container, an attribute or a cell that differs now is state. What is there now and was not before, as a module that
    /// was imported meanwhile, makes another digest that counts as the same. Where the code itself differs, or a global was
    /// bound to something else, nobody knows what ran.
    pub(crate) fn after(&self, py: Python<'_>, name: &str, version: Option<Digest>) -> PyResult<After> {
        if self.all.iter().all(|reach| reach.holds(py)) {
            return Ok(After::default());
        }
        let now = self.all.iter().map(|reach| {
            if reach.holds(py) {
                Ok(reach.clone())
            } else {
                Reach::of(reach.root.bind(py), self.depth)
            }
        });
        let now: Vec<_> = now.collect::<PyResult<_>>()?;
        let (code_before, code_now) = (joined(&self.all, name, version), joined(&now, name, version));
        let (data_before, data_now) = (data(&self.all), data(&now));
        let (all_before, all_now) = (digests(&code_before), digests(&code_now));
        let mut after = After::default();
        for (name, before) in &data_before {
            // What was not met before, or is not met any more, follows from something else: from state, or an import.
            let Some(now) = data_now.get(name) else { continue };
            let (digest_before, digest_now) = (all_before.get(name), all_now.get(name));
            let was_imported = digest_now.is_none() && self.all.iter().any(|reach| reach.absent.contains(*name));
            if digest_before == digest_now || was_imported {
                continue;
            }
            if is_state(name, before, now) {
                after.left_out.push((*name).to_owned());
            } else if after.changed.is_none() {
                after.changed = Some(shown(name));
            }
        }
        after.left_out.sort_unstable();
        let also = code_now.without(&after.left_out);
        if after.changed.is_none() && also != code_before.without(&after.left_out) {
            after.also.push(also);
        }
        Ok(after)
    }
}

/// The code of calls that were made before, by the addresses of what they reach, which is held.
type Joined = Table<(Vec<usize>, Option<[u8; 32]>), (Arc<[Arc<Reach>]>, Code)>;

static JOINED: Joined = Table::of(256);

fn joined(all: &[Arc<Reach>], name: &str, version: Option<Digest>) -> Code {
    let named = |code: &Code| {
        let mut code = code.clone();
        name.clone_into(&mut code.name);
        code
    };
    if let ([only], None) = (all, version) {
        return named(&only.code);
    }
    let addresses = all.iter().map(|reach| Arc::as_ptr(reach) as usize).collect();
    let key = (addresses, version.map(|digest| digest.0));
    if let Some((_, code)) = JOINED.get(&key) {
        return named(&code);
    }
    let code = join(all, name, version);
    JOINED.keep(key, (all.into(), code.clone()));
    code
}

fn join(all: &[Arc<Reach>], name: &str, version: Option<Digest>) -> Code {
    let mut parts: BTreeMap<&str, BTreeSet<[u8; 32]>> = BTreeMap::new();
    for (index, reach) in all.iter().enumerate() {
        for part in reach.code.parts.iter() {
            // A function and an argument of the same name that swap their code have changed.
            let digest = if index == 0 {
                part.digest
            } else {
                Digest::of(&part.digest.0)
            };
            parts.entry(&part.name).or_default().insert(digest.0);
        }
    }
    let parts = parts.into_iter().map(|(name, digests)| CodePart {
        name: name.to_owned(),
        digest: graph::joined(&digests),
    });
    let version = version.map(|digest| CodePart {
        name: "version".to_owned(),
        digest,
    });
    Code::of(name, parts.chain(version).collect())
}

/// Returns the addresses of the data behind the names of parts.
fn data(all: &[Arc<Reach>]) -> BTreeMap<&str, BTreeSet<usize>> {
    let mut data: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for (name, addresses) in all.iter().flat_map(|reach| &reach.data) {
        data.entry(name).or_default().extend(addresses);
    }
    data
}

fn digests(code: &Code) -> BTreeMap<&str, Digest> {
    code.parts
        .iter()
        .map(|part| (part.name.as_str(), part.digest))
        .collect()
}

/// Tells whether a part that differs after the run is state: the same object with other content, or a cell or attribute.
fn is_state(name: &str, before: &BTreeSet<usize>, now: &BTreeSet<usize>) -> bool {
    if before.is_empty() || now.is_empty() {
        return false;
    }
    name.starts_with("closure ") || name.starts_with("attribute ") || before == now
}

/// Returns a part's name as a sentence has it.
fn shown(name: &str) -> String {
    name.split_once(' ')
        .map_or_else(|| format!("`{name}`"), |(noun, name)| format!("the {noun} `{name}`"))
}
