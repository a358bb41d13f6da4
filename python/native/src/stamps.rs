//! A store of one's own: `Stamps`.

use std::path::PathBuf;
use std::sync::Arc;

use jobstamps::{Cache, Error};
use pyo3::exceptions::{PyOSError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict, PyTuple};

use crate::notice::{fault, guarded};
use crate::options::{self, Options};
use crate::quantity::{bytes, duration};
use crate::run::{out_of_date_in, run_in};
use crate::settings::Settings;
use crate::stamped::Stamped;
use crate::variables::Variables;
use crate::{answers, surroundings};

/// Remembers the calls of a function, as `functools.cache` does, but on the disk.
///
/// Bare, `@stamp`, or called, `@stamp(dependencies=["schema.json"])`; the function may also be a static- or classmethod,
/// or an `async def`, whose awaited value is remembered then. A call is answered from its stamp while the arguments are
/// equal, and the function's code, what that code reaches, and all dependencies are as they were. What the function
/// raises is not remembered. A value is a fresh object each time.
///
/// What no keyword says of `method`, `ttl`, `stale`, `scope`, `force`, `verify`, `quiet`, `record_arguments` and `directory`,
/// the variables `JOBSTAMPS_TTL` and so on say, else the configuration file; `jobstamp config` shows them.
///
/// Args:
///     function: What is to be remembered; left out where `stamp` is called with keywords.
///     dependencies: Files that the function reads: a path, `Glob` or `Tree`, or any number of them; or a function of the
///         bound arguments, given by name, that returns such.
///     outputs: Files that it writes: while one is missing, it is called again. In the same forms.
///     ignore: Names of parameters that do not count.
///     method: How files are compared: "mtime" (the default) by what the system tells of them, "hash" by content, which is
///         read again only where the system tells of a change, "paranoid" by content, read every time.
///     code: "deep" counts the function and all of the program that it reaches, "shallow" only its own body, defaults and
///         closure, "off" nothing.
///     version: Anything that can be keyed; another version is another function. For changes that cannot be seen.
///     expires: Seconds, or a `timedelta`, after which a call is made anew; by default never.
///     ttl: The same, as the command and the configuration file call it.
///     stale: Seconds, or a `timedelta`, after which a value that still holds is given back once more and made anew
///         behind: in a thread, with copies of the arguments; of a coroutine function in a task of the same loop.
///     scope: A text that tells these calls from equal ones of other scopes.
///     force: Whether each call is made, and its value kept in place of the one that is remembered.
///     verify: Whether each call is made, and a `JobstampsWarning` says where its value or an output differs from what is
///         remembered.
///     quiet: Whether there are no warnings.
///     record_arguments: Whether short texts of the arguments are written into the stamp, for people to read; by default
///         they are. False is for passwords and the like, which then count as a digest only.
///     directory: Where stamps are kept; by default `$JOBSTAMPS_DIRECTORY`, else one among the temporary files.
///     mmap: How large arrays come back: "copy" mapped and writable, "read" mapped and read-only, None copied into memory.
///
/// Raises:
///     TypeError: For what cannot be called or is a generator function, and for keywords of the wrong type. When it is
///         called: for an argument that cannot be keyed.
///     ValueError: For a keyword with a wrong value.
#[pyfunction]
#[pyo3(signature = (function=None, /, **options))]
#[pyo3(
    text_signature = "(function=None, /, *, dependencies=(), outputs=(), ignore=(), method=None, code=\"deep\", \
                         version=None, expires=None, ttl=None, stale=None, scope=None, force=None, verify=None, \
                         quiet=None, record_arguments=None, directory=None, mmap=\"copy\")"
)]
pub(crate) fn stamp<'py>(
    py: Python<'py>,
    function: Option<&Bound<'py, PyAny>>,
    options: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    decorated(py, function, options, None)
}

/// Stamps a function, or returns what will: `@stamp(...)`.
fn decorated<'py>(
    py: Python<'py>,
    function: Option<&Bound<'py, PyAny>>,
    options: Option<&Bound<'py, PyDict>>,
    place: Option<Place>,
) -> PyResult<Bound<'py, PyAny>> {
    let given = options.cloned().unwrap_or_else(|| PyDict::new(py));
    let read = move |given: &Bound<'_, PyDict>| -> PyResult<Options> {
        let mut options = Options::read(given)?;
        if let Some((directory, limits)) = &place {
            if options.directory.is_some() {
                return Err(PyTypeError::new_err(
                    "`directory` is that of the `Stamps`; it cannot be given again",
                ));
            }
            options.directory.clone_from(directory);
            (options.wishes.max_bytes, options.wishes.max_age) = *limits;
        }
        Ok(options)
    };
    // Whatever is wrong with the keywords is said where they are written.
    let read_now = read(&given)?;
    if let Some(function) = function {
        return Ok(Stamped::make(function, read_now)?.into_any());
    }
    let given = given.unbind();
    let decorator = PyCFunction::new_closure(py, Some(c"stamp"), None, move |args, _| {
        let py = args.py();
        let (function,): (Bound<'_, PyAny>,) = args.extract()?;
        Stamped::make(&function, read(given.bind(py))?).map(Bound::unbind)
    })?;
    Ok(decorator.into_any())
}

/// A directory of stamps with limits of its own.
///
/// Args:
///     directory: Where; `~` stands for the home directory. None for the directory that `stamp` uses.
///     max_bytes: What may stay, in bytes or as "500 MB", "20GB" (powers of 1000) or "1 GiB" (of 1024); by default what the
///         user has set, else 5 GiB. Never more than a tenth of the file system.
///     max_age: Seconds, or a `timedelta`, since the last use; by default what the user has set, else 60 days.
#[pyclass(frozen, module = "jobstamps")]
pub(crate) struct Stamps {
    /// Where; None for the default, which the environment may change.
    given: Option<PathBuf>,
    limits: Limited,
}

/// How many bytes and how many seconds since the last use; what is not said here, the user has set or nobody.
type Limited = (Option<u64>, Option<u64>);
/// Where stamps are kept, and how long.
type Place = (Option<PathBuf>, Limited);

#[pymethods]
impl Stamps {
    #[new]
    #[pyo3(signature = (directory=None, *, max_bytes=None, max_age=None))]
    fn new(
        directory: Option<&Bound<'_, PyAny>>,
        max_bytes: Option<&Bound<'_, PyAny>>,
        max_age: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let max_bytes = max_bytes.map(|given| bytes("max_bytes", given)).transpose()?;
        let max_age = max_age.map(|given| duration("max_age", given)).transpose()?;
        let limits = (max_bytes, max_age.map(|age| age.as_secs()));
        let given = directory.map(|directory| expanded(directory)).transpose()?;
        Ok(Self { given, limits })
    }

    /// Remembers the calls of a function here: like `stamp`, without `directory`.
    #[pyo3(signature = (function=None, /, **options))]
    #[pyo3(
        text_signature = "($self, function=None, /, *, dependencies=(), outputs=(), ignore=(), method=None, \
                             code=\"deep\", version=None, expires=None, ttl=None, stale=None, scope=None, \
                             force=None, verify=None, quiet=None, record_arguments=None, mmap=\"copy\")"
    )]
    fn stamp<'py>(
        &self,
        py: Python<'py>,
        function: Option<&Bound<'py, PyAny>>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        decorated(py, function, options, Some((self.given.clone(), self.limits)))
    }

    /// Returns what `func(*args, **kwargs)` returns, without calling it where that is remembered here and still holds.
    ///
    /// All keywords are the function's. For files and other options see `stamp`.
    #[pyo3(signature = (func, /, *args, **kwargs))]
    fn run<'py>(
        &self,
        func: &Bound<'py, PyAny>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let variables = Variables::now();
        run_in(func, args, kwargs, &self.settings(&variables), &variables)
    }

    /// Returns why `run` would call the function, as a `Reason`, or None if it would not.
    #[pyo3(signature = (func, /, *args, **kwargs))]
    fn out_of_date<'py>(
        &self,
        func: &Bound<'py, PyAny>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let variables = Variables::now();
        out_of_date_in(func, args, kwargs, &self.settings(&variables), &variables)
    }

    /// Returns how much is kept here, as `Stats`: stamps and bytes.
    fn stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let stats = self.ask(py, Cache::stats)?;
        answers::stats(py, stats.stamps, stats.bytes)
    }

    /// Lets stamps go that were not used for `max_age`, and the longest unused ones while there are more than `max_bytes`.
    ///
    /// Returns how much went, as `Stats`. Nothing that is in use is hurt: values that were mapped stay whole.
    fn sweep<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let limits = self.settings(&Variables::now()).wishes.limits();
        let swept = self.ask(py, |cache| cache.sweep(&limits))?;
        answers::stats(py, swept.stamps, swept.bytes)
    }

    /// Where the stamps are: the absolute path.
    #[getter(directory)]
    fn directory_text<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.directory(py)?.as_os_str().into_pyobject(py)?.into_any())
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("Stamps({})", self.directory_text(py)?.repr()?))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let py = slf.py();
        let this = slf.get();
        let keywords = PyDict::new(py);
        keywords.set_item("max_bytes", this.limits.0)?;
        keywords.set_item("max_age", this.limits.1)?;
        let given = this.given.as_ref().map(|path| path.as_os_str());
        let make = py.import(intern!(py, "functools"))?.call_method(
            intern!(py, "partial"),
            (py.get_type::<Self>(), given),
            Some(&keywords),
        )?;
        Ok((make, PyTuple::empty(py).into_any()))
    }
}

impl Stamps {
    fn directory(&self, py: Python<'_>) -> PyResult<PathBuf> {
        Ok(surroundings::directory(py, self.given.as_deref(), &Variables::now())?.0)
    }

    fn settings(&self, variables: &Variables) -> Settings {
        let mut settings = Settings::new(variables);
        settings.directory.clone_from(&self.given);
        let (max_bytes, max_age) = self.limits;
        let wishes = Arc::make_mut(&mut settings.wishes);
        (wishes.max_bytes, wishes.max_age) = (max_bytes.or(wishes.max_bytes), max_age.or(wishes.max_age));
        settings
    }

    fn ask<T: Send>(&self, py: Python<'_>, question: impl FnOnce(&Cache) -> Result<T, Error> + Send) -> PyResult<T> {
        let opened = surroundings::cache(py, self.given.as_deref(), &Variables::now())?;
        py.detach(|| guarded(|| question(&opened.cache)))
            .map_err(|panic| fault(py, &panic))?
            .map_err(|error| PyOSError::new_err(error.to_string()))
    }
}

fn expanded(directory: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    let py = directory.py();
    let given = options::directory(directory)?;
    if !given.starts_with("~") && !given.to_string_lossy().starts_with('~') {
        return Ok(given);
    }
    let expanded = py
        .import(intern!(py, "os.path"))?
        .call_method1(intern!(py, "expanduser"), (given.as_os_str(),))?;
    expanded.extract()
}
