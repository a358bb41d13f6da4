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
    let found = distributions.iter().find(|distribution| distribution.name == wanted);
    let found = found.or_else(|| {
        distributions
            .iter()
            .find(|distribution| brings(py, site, distribution, top))
    });
    Ok(found.map(|distribution| {
        (
            top.to_owned(),
            format!("{} {}", distribution.name, distribution.version),
        )
    }))
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

/// Tells whether a distribution's lists of files name `top`.
fn brings(py: Python<'_>, site: &str, distribution: &Distribution, top: &str) -> bool {
    let says = |list: &str| -> PyResult<bool> {
        let options = pyo3::types::PyDict::new(py);
        options.set_item("encoding", "utf-8")?;
        options.set_item("errors", "replace")?;
        let file = py.import("io")?.call_method(
            "open",
            (format!("{site}/{}/{list}", distribution.description),),
            Some(&options),
        )?;
        let text = file.call_method0("read").and_then(|text| text.extract::<String>());
        file.call_method0("close")?;
        Ok(text?.lines().any(|line| {
            let first = line.split(['/', ',']).next().unwrap_or_default();
            first.split('.').next() == Some(top)
        }))
    };
    // Some distributions have only one of the two.
    says("top_level.txt").unwrap_or(false) || says("RECORD").unwrap_or(false)
}

fn normalised(name: &str) -> String {
    name.to_ascii_lowercase().replace(['-', '.'], "_")
}
