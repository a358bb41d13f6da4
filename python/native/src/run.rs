//! `run` and `out_of_date`: the way from a call to its value.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jobstamps::job::{Code, Job};
use jobstamps::{Cache, Digest, Error, Finish, Limits, Lookup, Method, Patience, Reason, Recording, Stale};
use pyo3::exceptions::{PyException, PyOSError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use crate::canonical::{Refusal, Reprs};
use crate::identity::{Call, Target, name_of};
use crate::settings::{Listed, Settings, is_set};
use crate::surroundings;
use crate::value;

/// How long a thread sleeps before it looks again whether the job that it waits for has ended.
const NAP: Duration = Duration::from_micros(1500);
/// Up to so many dependencies are looked at without letting other threads run, which costs more than the look.
const FEW: usize = 64;

/// Calls the function, or returns what it returned before.
#[pyfunction]
pub(crate) fn run<'py>(
    py: Python<'py>,
    function: Bound<'py, PyAny>,
    args: Bound<'py, PyTuple>,
    kwargs: Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    let settings = Settings::take(&kwargs)?;
    let call = Call { function, args, kwargs };
    if is_set("JOBSTAMPS_DISABLED") {
        return call.make();
    }
    let target = Target::of(&call)?;
    let prepared = match Prepared::of(py, &call, &target, &settings) {
        Ok(prepared) => prepared,
        Err(Unprepared::Raised(error)) => return Err(error),
        Err(Unprepared::Refused(refusal)) => {
            let message = refusal.into_message(py)?;
            warn(
                py,
                &format!("`{}` runs without being remembered: {message}", name_of(&call.function)),
            )?;
            return call.make();
        }
    };
    prepared.run(py, &call)
}

/// Returns why `run` would call the function; None if it would not.
#[pyfunction]
pub(crate) fn out_of_date<'py>(
    py: Python<'py>,
    function: Bound<'py, PyAny>,
    args: Bound<'py, PyTuple>,
    kwargs: Bound<'py, PyDict>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let settings = Settings::take(&kwargs)?;
    if is_set("JOBSTAMPS_DISABLED") {
        return Ok(Some(PyString::intern(py, "JOBSTAMPS_DISABLED").into_any()));
    }
    let call = Call { function, args, kwargs };
    let target = Target::of(&call)?;
    let prepared = match Prepared::of(py, &call, &target, &settings) {
        Ok(prepared) => prepared,
        Err(Unprepared::Raised(error)) => return Err(error),
        // It would be called, and there is no file to name.
        Err(Unprepared::Refused(refusal)) => {
            return Ok(Some(PyString::new(py, &refusal.into_message(py)?).into_any()));
        }
    };
    let reasons = prepared.look(py, Cache::reasons)?;
    let reasons = reasons.unwrap_or_default();
    reasons
        .first()
        .map(|reason| prepared.path_of(py, reason, &settings))
        .transpose()
}

impl<'py> Call<'py> {
    /// Makes the call.
    fn make(&self) -> PyResult<Bound<'py, PyAny>> {
        self.function
            .call(&self.args, (!self.kwargs.is_empty()).then_some(&self.kwargs))
    }
}

/// A call as a job, and the cache to look it up in.
struct Prepared {
    job: Job,
    cache: Arc<Cache>,
}

/// Why there is no job.
enum Unprepared {
    Refused(Refusal),
    Raised(PyErr),
}

impl Prepared {
    fn of(py: Python<'_>, call: &Call<'_>, target: &Target<'_>, settings: &Settings<'_>) -> Result<Self, Unprepared> {
        let cache = || -> PyResult<Arc<Cache>> {
            let cache = surroundings::cache(&surroundings::directory(py, settings.directory.clone())?);
            match cache.problem() {
                // Exactly OSError, without an errno, as 0.0.20 raised it.
                Some(error) if is_in_the_way(error) => Err(PyOSError::new_err(error.to_string())),
                _ => Ok(cache),
            }
        };
        let cache = cache().map_err(Unprepared::Raised)?;
        let identity = target.identify(Reprs::Trusted).map_err(Unprepared::Refused)?;
        let name = name_of(&call.function);
        let mut job = Job::call(name.clone(), identity.bytes);
        job.code = Some(Code {
            name,
            digest: Digest(identity.code),
        });
        job.method = settings.method;
        let lists = settings.dependencies.iter().chain(&settings.outputs);
        let directory = if lists.into_iter().all(|listed| listed.path.is_absolute()) {
            PathBuf::new()
        } else {
            surroundings::current_directory().map_err(Unprepared::Raised)?
        };
        job.dependencies = settings
            .dependencies
            .iter()
            .map(|listed| listed.dependency(&directory))
            .collect();
        job.outputs = settings
            .outputs
            .iter()
            .map(|listed| listed.output(&directory))
            .collect();
        Ok(Self { job, cache })
    }

    fn run<'py>(&self, py: Python<'py>, call: &Call<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self.lookup(py)? {
            Some(Lookup::Fresh(mut hit)) => match value::load(py, hit.replay.take_value()) {
                Ok(value) => {
                    self.debug(py, || format!("replayed from `{}`", hit.stamp.display()))?;
                    hit.settle();
                    Ok(value)
                }
                Err(error) if error.is_instance_of::<PyException>(py) => {
                    warn(
                        py,
                        &format!(
                            "the value of `{}` cannot be read back ({error}); it runs again",
                            self.name()
                        ),
                    )?;
                    let (recording, warnings) = self.look(py, Cache::record)?;
                    self.say(py, &warnings)?;
                    self.record(py, call, recording)
                }
                Err(error) => Err(error),
            },
            Some(Lookup::Stale(stale)) => {
                let Stale {
                    reason,
                    recording,
                    warnings,
                } = stale;
                self.say(py, &warnings)?;
                self.debug(py, || format!("runs: {reason}"))?;
                self.record(py, call, recording)
            }
            Some(Lookup::ReadsInput) | None => call.make(),
        }
    }

    /// Makes the call and keeps its value.
    fn record<'py>(&self, py: Python<'py>, call: &Call<'py>, recording: Recording) -> PyResult<Bound<'py, PyAny>> {
        let started_by = std::process::id();
        let recording = Held(Some(recording));
        let value = {
            let _running = Running::begin(&self.job);
            call.make()?
        };
        let Some(recording) = recording.take_in(started_by) else {
            return Ok(value);
        };
        let pieces = match value::dump(&value) {
            Ok(pieces) => pieces,
            Err(error) => {
                let culprit = value::blame(&value, error)?;
                drop(recording);
                warn(py, &format!("`{}` is not remembered: {culprit}", self.name()))?;
                return Ok(value);
            }
        };
        let saved = py.detach(|| {
            let saved = guarded(|| recording.save(Finish::Value { pieces, pickled: true }));
            if saved.as_ref().is_ok_and(|saved| saved.stored) {
                let _ = guarded(|| self.cache.tidy(&self.job, &Limits::default()));
            }
            saved
        });
        match saved {
            Ok(saved) => self.say(py, &saved.warnings)?,
            // The value is there: it is delivered whatever happened to us.
            Err(panic) => warn(py, &format!("`{}` is not remembered: {panic}", self.name()))?,
        }
        Ok(value)
    }

    /// Looks the job up; waits while another thread or process runs it. None if this thread itself is in the midst of it.
    fn lookup(&self, py: Python<'_>) -> PyResult<Option<Lookup>> {
        let mut interrupted = None;
        let mut recursion = false;
        let found = self.look(py, |cache, job| {
            cache.lookup(
                job,
                Some(&mut |holder| {
                    if holder == Some(std::process::id()) && Running::contains(job) {
                        recursion = true;
                        return Patience::Run;
                    }
                    match nap() {
                        Ok(()) => Patience::Wait,
                        Err(error) => {
                            interrupted = Some(error);
                            Patience::Run
                        }
                    }
                }),
            )
        })?;
        if let Some(error) = interrupted {
            return Err(error);
        }
        if recursion {
            let message = "calls itself with the same arguments; the inner call is not remembered";
            warn(py, &format!("`{}` {message}", self.name()))?;
            return Ok(None);
        }
        Ok(Some(found))
    }

    /// Asks the cache; lets other threads run meanwhile where that may take long.
    fn look<T: Send>(&self, py: Python<'_>, ask: impl FnOnce(&Cache, &Job) -> T + Send) -> PyResult<T> {
        let (cache, job) = (&*self.cache, &self.job);
        let many = job.dependencies.len() > FEW || (job.method != Method::Mtime && !job.dependencies.is_empty());
        let answer = if many {
            py.detach(|| guarded(|| ask(cache, job)))
        } else {
            guarded(|| ask(cache, job))
        };
        answer.map_err(|panic| failure(py, &panic))
    }

    fn name(&self) -> &str {
        self.job.code.as_ref().map_or("?", |code| &code.name)
    }

    fn say(&self, py: Python<'_>, warnings: &[jobstamps::Warning]) -> PyResult<()> {
        warnings
            .iter()
            .try_for_each(|warning| warn(py, &format!("`{}`: {warning}", self.name())))
    }

    /// Says on stderr what became of the job, if that is wanted; that nobody can be told hinders nothing.
    fn debug(&self, py: Python<'_>, what: impl FnOnce() -> String) -> PyResult<()> {
        if is_set("JOBSTAMPS_DEBUG") {
            let stderr = py.import(intern!(py, "sys"))?.getattr(intern!(py, "stderr"))?;
            let _ = stderr.call_method1(
                intern!(py, "write"),
                (format!("jobstamp: `{}` {}\n", self.name(), what()),),
            );
        }
        Ok(())
    }

    /// Returns the path that a reason is about: the caller's own object where it is one of the caller's.
    fn path_of<'py>(&self, py: Python<'py>, reason: &Reason, settings: &Settings<'py>) -> PyResult<Bound<'py, PyAny>> {
        let (listed, path): (&[Listed<'py>], &Path) = match reason {
            Reason::OutputMissing(path) | Reason::OutputAdded(path) | Reason::OutputRemoved(path) => {
                (&settings.outputs, path)
            }
            Reason::Dependency(path, _) | Reason::DependencyAdded(path) | Reason::DependencyRemoved(path) => {
                (&settings.dependencies, path)
            }
            _ => (&[], &self.cache.stamp_path(&self.job)),
        };
        match listed.iter().find(|listed| listed.path == path) {
            Some(listed) => Ok(listed.object.clone()),
            None => Ok(path.as_os_str().into_pyobject(py)?.into_any()),
        }
    }
}

thread_local! {
    /// The jobs that this thread is in the midst of, outermost first.
    static RUNNING: RefCell<Vec<[u8; 32]>> = const { RefCell::new(Vec::new()) };
}

/// A job that this thread is in the midst of.
struct Running;

impl Running {
    fn begin(job: &Job) -> Self {
        RUNNING.with_borrow_mut(|running| running.push(*job.key().as_bytes()));
        Self
    }

    fn contains(job: &Job) -> bool {
        RUNNING.with_borrow(|running| running.contains(job.key().as_bytes()))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.with_borrow_mut(Vec::pop);
    }
}

/// A recording while the function runs.
struct Held(Option<Recording>);

impl Held {
    /// Returns the recording, if this is still the process that began it.
    fn take_in(mut self, process: u32) -> Option<Recording> {
        if std::process::id() == process {
            return self.0.take();
        }
        // The function forked and this is the child: the lock is its parent's, and must not be removed by two.
        std::mem::forget(self.0.take());
        None
    }
}

/// Sleeps a moment and lets other threads run; answers Ctrl-C.
fn nap() -> PyResult<()> {
    Python::attach(|py| {
        py.detach(|| std::thread::sleep(NAP));
        py.check_signals()
    })
}

/// Tells whether something else stands where the directory should be.
fn is_in_the_way(error: &Error) -> bool {
    matches!(error, Error::NotADirectory(_))
        || error
            .io()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::NotADirectory)
}

/// Runs our own code, which must not take the program down with it.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        format!("jobstamps failed: {}", text.unwrap_or_default())
    })
}

fn failure(py: Python<'_>, message: &str) -> PyErr {
    match py
        .import(intern!(py, "jobstamps"))
        .and_then(|ours| ours.getattr(intern!(py, "JobstampsError")))
    {
        Ok(class) => PyErr::from_value(match class.call1((message,)) {
            Ok(error) => error,
            Err(error) => return error,
        }),
        Err(error) => error,
    }
}

/// Warns the caller of `run`.
fn warn(py: Python<'_>, message: &str) -> PyResult<()> {
    let ours = py.import(intern!(py, "jobstamps"))?;
    let category = ours.getattr(intern!(py, "JobstampsWarning"))?;
    let warnings = py.import(intern!(py, "warnings"))?;
    // 2: the caller of jobstamp.run.
    warnings.call_method1(intern!(py, "warn"), (message, category, 2))?;
    Ok(())
}
