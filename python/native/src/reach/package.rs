//! Which version of an installed package is there, by the names of directories.
//!
//! A package `numpy` is described by `numpy-2.5.5.dist-info` beside it. Where the names differ, as with `yaml` of PyYAML,
//! the lists of files in there say which it is. Listed once a process and directory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use pyo3::prelude::*;

/// A distribution: its normalised name, its version, the directory that describes it.
struct Distribution {
    name: String,
    version: String,
    description: String,
}

type Sites = Mutex<HashMap<String, Arc<Vec<Distribution>>>>;

static SITES: OnceLock<Sites> = OnceLock::new();

/// Returns name and version of the package that brought `top` into the directory `site`.
pub(super) fn of(py: Python<'_>, site: &str, top: &str) -> PyResult<Option<(String, String)>> {
    let distributions = listed(py, site)?;
    let top = top.split('.').next().unwrap_or_default();
    let wanted = normalised(top);
    if let Some(found) = distributions.iter().find(|distribution| distribution.name == wanted) {
        return Ok(Some((top.to_owned(), found.shown())));
    }
    // Several may share one name, as all that lies in `google` does.
    for list in ["top_level.txt", "RECORD"] {
        let bring = distributions
            .iter()
            .filter(|distribution| brings(py, site, distribution, list, top));
        let bring: Vec<_> = bring.map(Distribution::shown).collect();
        if !bring.is_empty() {
            return Ok(Some((top.to_owned(), bring.join(", "))));
        }
    }
    Ok(None)
}

impl Distribution {
    fn shown(&self) -> String {
        format!("{} {}", self.name, self.version)
    }
}

fn listed(py: Python<'_>, site: &str) -> PyResult<Arc<Vec<Distribution>>> {
    let sites = SITES.get_or_init(Mutex::default);
    if let Some(known) = sites.lock().unwrap_or_else(PoisonError::into_inner).get(site) {
        return Ok(known.clone());
    }
    let names: Vec<String> = py.import("os")?.call_method1("listdir", (site,))?.extract()?;
    let mut distributions: Vec<_> = names.into_iter().filter_map(distribution).collect();
    distributions.sort_by(|one, other| one.description.cmp(&other.description));
    let distributions = Arc::new(distributions);
    sites
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(site.to_owned(), distributions.clone());
    Ok(distributions)
}

fn distribution(description: String) -> Option<Distribution> {
    let stem = description
        .strip_suffix(".dist-info")
        .or_else(|| description.strip_suffix(".egg-info"))?;
    let (name, version) = stem.split_once('-')?;
    Some(Distribution {
        name: normalised(name),
        version: version.to_owned(),
        description,
    })
}

/// Tells whether a distribution's list of files names `top`.
fn brings(py: Python<'_>, site: &str, distribution: &Distribution, list: &str, top: &str) -> bool {
    let read = || -> PyResult<String> {
        let options = pyo3::types::PyDict::new(py);
        options.set_item("encoding", "utf-8")?;
        options.set_item("errors", "replace")?;
        let path = format!("{site}/{}/{list}", distribution.description);
        let file = py.import("io")?.call_method("open", (path,), Some(&options))?;
        let text = file.call_method0("read").and_then(|text| text.extract());
        file.call_method0("close")?;
        text
    };
    let names = |line: &str| {
        let first = line.split(['/', ',']).next().unwrap_or_default();
        first.split('.').next() == Some(top)
    };
    // Not every distribution has either.
    read().is_ok_and(|text| text.lines().any(names))
}

fn normalised(name: &str) -> String {
    name.to_ascii_lowercase().replace(['-', '.'], "_")
}
