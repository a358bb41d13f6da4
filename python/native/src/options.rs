//! What `stamp` and `Stamps` were told.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use jobstamps::{Digest, Method};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::canonical::{Encoder, Reprs};
use crate::files::{Listed, is_path, kind, listed, path};
use crate::reach::Depth;
use crate::settings::{Settings, method};
use crate::value::Mmap;
use crate::variables::Variables;
use crate::wishes::Wishes;

/// What `stamp` was told.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) dependencies: Files,
    pub(crate) outputs: Files,
    /// The names of parameters that do not count.
    pub(crate) ignored: Vec<String>,
    pub(crate) depth: Depth,
    pub(crate) version: Option<Digest>,
    pub(crate) wishes: Wishes,
    /// What came of these and of what the user had set, when that was last asked for.
    resolved: Mutex<Option<(Arc<Variables>, Arc<Wishes>)>>,
    pub(crate) directory: Option<PathBuf>,
    pub(crate) mmap: Mmap,
}

/// Files that a function reads or writes.
#[derive(Debug)]
pub(crate) enum Files {
    /// The same at every call.
    Listed(Arc<[Listed]>),
    /// What a function makes of the call's arguments.
    Computed(Py<PyAny>),
}

impl Options {
    /// Reads the keywords of `stamp`.
    ///
    /// # Errors
    ///
    /// `TypeError` or `ValueError` that names the keyword, what it was given and what it can be.
    pub(crate) fn read(given: &Bound<'_, PyDict>) -> PyResult<Self> {
        let mut options = Self {
            dependencies: Files::none(),
            outputs: Files::none(),
            ignored: Vec::new(),
            depth: Depth::Deep,
            version: None,
            wishes: Wishes::default(),
            resolved: Mutex::new(None),
            directory: None,
            mmap: Mmap::Copy,
        };
        for item in given.items().iter() {
            let (name, value): (String, Bound<'_, PyAny>) = item.extract()?;
            if name == "mmap" {
                options.mmap = mapping(&value)?;
                continue;
            }
            if value.is_none() {
                continue;
            }
            match name.as_str() {
                "dependencies" => options.dependencies = Files::read("dependencies", &value)?,
                "outputs" => options.outputs = Files::read("outputs", &value)?,
                "ignore" => options.ignored = names(&value)?,
                "method" => options.wishes.method = Some(chosen("method", &value, &METHODS)?),
                "code" => options.depth = chosen("code", &value, &DEPTHS)?,
                "version" => options.version = Some(version(&value)?),
                "directory" => options.directory = Some(directory(&value)?),
                _ if options.wishes.read(&name, &value)? => {}
                _ => {
                    return Err(PyTypeError::new_err(format!(
                        "unknown keyword `{name}`; `stamp` knows dependencies, outputs, ignore, method, code, version, \
                         expires or ttl, stale, scope, force, verify, quiet, record_arguments, directory and mmap"
                    )));
                }
            }
        }
        Ok(options)
    }

    /// Returns what holds for one call, whose arguments are `bound`.
    ///
    /// # Errors
    ///
    /// What a function that computes files raised, or `TypeError` for what it returned.
    pub(crate) fn settings<'py>(
        &self,
        py: Python<'py>,
        variables: &Arc<Variables>,
        bound: impl Fn() -> PyResult<Bound<'py, PyDict>>,
    ) -> PyResult<Settings> {
        let wishes = self.resolved(variables);
        Ok(Settings {
            dependencies: self.dependencies.at(py, "dependencies", &bound)?,
            outputs: self.outputs.at(py, "outputs", &bound)?,
            directory: self.directory.clone(),
            method: method(&wishes, variables),
            depth: self.depth,
            version: self.version,
            wishes,
            mmap: self.mmap,
        })
    }

    /// Returns what is wished by keywords, and where nothing is, what the user has set.
    fn resolved(&self, variables: &Arc<Variables>) -> Arc<Wishes> {
        // Held while the GIL is held and no Python code runs, so that a fork cannot find it taken.
        let mut resolved = self.resolved.lock().unwrap_or_else(PoisonError::into_inner);
        match &*resolved {
            Some((then, wishes)) if Arc::ptr_eq(then, variables) => wishes.clone(),
            _ => {
                let wishes = Arc::new(self.wishes.or(variables.wishes()));
                *resolved = Some((variables.clone(), wishes.clone()));
                wishes
            }
        }
    }

    /// Visits the Python objects that are held here.
    pub(crate) fn held(&self) -> impl Iterator<Item = &Py<PyAny>> {
        [&self.dependencies, &self.outputs]
            .into_iter()
            .flat_map(|files| match files {
                Files::Computed(function) => vec![function],
                Files::Listed(listed) => listed.iter().map(|listed| &listed.object).collect(),
            })
    }
}

impl Files {
    /// Returns no files at all.
    fn none() -> Self {
        Self::Listed(Arc::new([]))
    }

    fn read(keyword: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        if value.is_callable() && !is_path(value)? {
            return Ok(Self::Computed(value.clone().unbind()));
        }
        named(keyword, value).map(Self::Listed)
    }

    /// Returns the files of one call.
    fn at<'py>(
        &self,
        py: Python<'py>,
        keyword: &str,
        bound: &impl Fn() -> PyResult<Bound<'py, PyDict>>,
    ) -> PyResult<Arc<[Listed]>> {
        match self {
            Self::Listed(listed) => Ok(listed.clone()),
            Self::Computed(function) => {
                let found = function.bind(py).call((), Some(&bound()?));
                let found = found.inspect_err(|error| advise(py, keyword, error))?;
                if found.is_none() {
                    return Ok(Arc::new([]));
                }
                named(keyword, &found)
            }
        }
    }
}

/// Returns the files that a value lists. Outputs are named one by one: a pattern cannot tell which of them is missing.
fn named(keyword: &str, value: &Bound<'_, PyAny>) -> PyResult<Arc<[Listed]>> {
    let listed = listed(keyword, value)?;
    match listed.iter().find(|one| keyword == "outputs" && one.is_glob()) {
        Some(pattern) => Err(PyTypeError::new_err(format!(
            "`outputs` has the pattern {}; name each output",
            kind(pattern.object.bind(value.py()))
        ))),
        None => Ok(listed),
    }
}

/// Notes on the error of a function that computes files what such a function is called with, if it did not expect that.
fn advise(py: Python<'_>, keyword: &str, error: &PyErr) {
    let text = error.value(py).to_string();
    if error.is_instance_of::<PyTypeError>(py) && text.contains("unexpected keyword argument") {
        let note =
            format!("`{keyword}` is called with all arguments by name; `**_` takes those that it has no use for");
        // Since Python 3.11; before, the error has to do.
        let _ = error.value(py).call_method1(intern!(py, "add_note"), (note,));
    }
}

const METHODS: [(&str, Method); 3] = [
    ("mtime", Method::Mtime),
    ("hash", Method::Hash),
    ("paranoid", Method::Paranoid),
];
const DEPTHS: [(&str, Depth); 3] = [("deep", Depth::Deep), ("shallow", Depth::Shallow), ("off", Depth::Off)];

/// Returns which of some words a value is.
fn chosen<T: Copy>(keyword: &str, value: &Bound<'_, PyAny>, choices: &[(&str, T)]) -> PyResult<T> {
    let text = value
        .cast::<PyString>()
        .ok()
        .map(|text| text.to_string_lossy().into_owned());
    match choices.iter().find(|(word, _)| Some(*word) == text.as_deref()) {
        Some((_, choice)) => Ok(*choice),
        None => Err(PyValueError::new_err(format!(
            "`{keyword}` is {}; it can be {}",
            kind(value),
            choices
                .iter()
                .map(|(word, _)| format!("\"{word}\""))
                .collect::<Vec<_>>()
                .join(", ")
        ))),
    }
}

fn mapping(value: &Bound<'_, PyAny>) -> PyResult<Mmap> {
    if value.is_none() {
        return Ok(Mmap::None);
    }
    chosen("mmap", value, &[("copy", Mmap::Copy), ("read", Mmap::Read)])
}

/// Returns the names that a value lists; a text by itself is one name.
fn names(value: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    if let Ok(name) = value.cast::<PyString>() {
        return Ok(vec![name.to_string()]);
    }
    let wrong = || PyTypeError::new_err(format!("`ignore` is {}, not names of parameters", kind(value)));
    let items = value.try_iter().map_err(|_| wrong())?;
    items
        .map(|item| item?.extract::<String>().map_err(|_| wrong()))
        .collect()
}

fn version(value: &Bound<'_, PyAny>) -> PyResult<Digest> {
    let mut encoder = Encoder::new(value.py(), Reprs::Refused);
    match encoder.value(value) {
        Ok(()) => Ok(Digest::of(&encoder.finish().0)),
        Err(refusal) => Err(PyTypeError::new_err(format!(
            "`version`: {}",
            refusal.inside("version").into_message(value.py())?
        ))),
    }
}

/// Returns a directory for stamps.
pub(crate) fn directory(value: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    let given = path("directory", value)?;
    if given.as_os_str().is_empty() {
        return Err(PyValueError::new_err("`directory` is an empty path"));
    }
    Ok(given)
}
