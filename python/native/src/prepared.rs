//! A call as a job: looked up, run, and recorded.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jobstamps::job::{Code, CodePart, Job};
use jobstamps::{Cache, Digest, Error, Finish, Limits, Lookup, Method, Patience, Reason, Recording, Stale, Warning};
use pyo3::exceptions::{PyException, PyOSError};
use pyo3::prelude::*;

use crate::canonical::{Refusal, Reprs};
use crate::files::Listed;
use crate::identity::{Call, Target, name_of};
use crate::notice::{debug, fault, guarded, warn};
use crate::settings::Settings;
use crate::surroundings::Opened;
use crate::turn::{Turn, is_our_own, nap};
use crate::{surroundings, value};

/// Up to so many dependencies are looked at without letting other threads run, which costs more than the look.
const FEW: usize = 64;

/// A call as a job, and the cache to look it up in.
pub(crate) struct Prepared {
    job: Job,
    opened: Arc<Opened>,
}

impl Prepared {
    /// Makes a job of a call, or says why an argument refuses that.
    pub(crate) fn of(py: Python<'_>, call: &Call<'_>, settings: &Settings<'_>) -> PyResult<Result<Self, Refusal>> {
        let target = Target::of(call)?;
        let opened = surroundings::cache(&surroundings::directory(py, settings.directory.clone())?);
        if let Some(error) = opened.cache.problem().filter(|error| is_in_the_way(error)) {
            // Exactly OSError, without an errno, as 0.0.20 raised it.
            return Err(PyOSError::new_err(error.to_string()));
        }
        let identity = guarded(|| target.identify(Reprs::Trusted)).map_err(|panic| fault(py, &panic))?;
        let identity = match identity {
            Ok(identity) => identity,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let name = name_of(&call.function);
        let mut job = Job::call(name.clone(), identity.bytes);
        let part = CodePart {
            name: format!("function {name}"),
            digest: Digest(identity.code),
        };
        job.code = Some(Code::of(name, vec![part]));
        // A pickle runs whatever code it names.
        job.signed = true;
        job.method = settings.method;
        let mut listed = settings.dependencies.iter().chain(&settings.outputs);
        let relative = listed.any(|listed| listed.path.is_relative());
        let directory = if relative {
            surroundings::current_directory()?
        } else {
            PathBuf::new()
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
        Ok(Ok(Self { job, opened }))
    }

    pub(crate) fn run<'py>(&self, py: Python<'py>, call: &Call<'py>) -> PyResult<Bound<'py, PyAny>> {
        if let Some(reason) = &self.opened.no_key {
            let message = format!("there is no key to sign it with: {reason}; not cached (JOBSTAMPS_KEY may hold one)");
            warn(py, &format!("`{}`: {message}", self.name()))?;
            return call.make();
        }
        match self.lookup(py)? {
            Some(Lookup::Fresh(mut hit)) => match value::load(py, hit.replay.take_value()) {
                Ok(value) => {
                    debug(
                        py,
                        || self.name().to_owned(),
                        || format!("replayed from `{}`", hit.stamp().display()),
                    )?;
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
                    let (recording, warnings) = self.ask(py, Cache::record)?;
                    self.say(py, &warnings)?;
                    self.record(py, call, recording)
                }
                Err(error) => Err(error),
            },
            Some(Lookup::Stale(Stale {
                reason,
                recording,
                warnings,
            })) => {
                self.say(py, &warnings)?;
                debug(py, || self.name().to_owned(), || format!("runs: {reason}"))?;
                self.record(py, call, recording)
            }
            Some(Lookup::ReadsInput) | None => call.make(),
        }
    }

    /// Makes the call and keeps its value.
    fn record<'py>(&self, py: Python<'py>, call: &Call<'py>, recording: Recording) -> PyResult<Bound<'py, PyAny>> {
        let mut turn = Turn::begin(&self.job, recording);
        let value = call.make()?;
        let Some(recording) = turn.recording().filter(Recording::can_be_kept) else {
            return Ok(value);
        };
        let (recording, pieces) = match value::dump(&value, recording) {
            Ok(dumped) => dumped,
            Err(error) => {
                let culprit = value::blame(&value, error)?;
                warn(py, &format!("`{}` is not remembered: {culprit}", self.name()))?;
                return Ok(value);
            }
        };
        let saved = py.detach(|| {
            let saved = guarded(|| recording.save(Finish::Value { pieces, pickled: true }));
            if saved.as_ref().is_ok_and(|saved| saved.stored) {
                let _ = guarded(|| self.opened.cache.tidy(&self.job, &Limits::default()));
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
        let (mut interrupted, mut recursion) = (None, false);
        let mut waiting = |holder| {
            recursion = is_our_own(&self.job, holder);
            if recursion {
                return Patience::Run;
            }
            nap().map_or_else(
                |error| {
                    interrupted = Some(error);
                    Patience::Run
                },
                |()| Patience::Wait,
            )
        };
        let found = self.ask(py, |cache, job| cache.lookup(job, Some(&mut waiting)))?;
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
    pub(crate) fn ask<T: Send>(&self, py: Python<'_>, question: impl FnOnce(&Cache, &Job) -> T + Send) -> PyResult<T> {
        let (cache, job) = (&self.opened.cache, &self.job);
        let long = job.dependencies.len() > FEW || (job.method != Method::Mtime && !job.dependencies.is_empty());
        let ask = || guarded(|| question(cache, job));
        let answer = if long { py.detach(ask) } else { ask() };
        answer.map_err(|panic| fault(py, &panic))
    }

    fn name(&self) -> &str {
        self.job.code.as_ref().map_or("?", |code| &code.name)
    }

    fn say(&self, py: Python<'_>, warnings: &[Warning]) -> PyResult<()> {
        warnings
            .iter()
            .try_for_each(|warning| warn(py, &format!("`{}`: {warning}", self.name())))
    }

    /// Returns the path that a reason is about: the caller's own object where it is one of the caller's.
    pub(crate) fn path_of<'py>(
        &self,
        py: Python<'py>,
        reason: &Reason,
        settings: &Settings<'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (listed, path): (&[Listed<'py>], &Path) = match reason {
            Reason::OutputMissing(path) | Reason::OutputAdded(path) | Reason::OutputRemoved(path) => {
                (&settings.outputs, path)
            }
            Reason::Dependency(path, _) | Reason::DependencyAdded(path) | Reason::DependencyRemoved(path) => {
                (&settings.dependencies, path)
            }
            _ => (&[], &self.opened.cache.stamp_path(&self.job)),
        };
        match listed.iter().find(|listed| listed.path == path) {
            Some(listed) => Ok(listed.object.clone()),
            None => Ok(path.as_os_str().into_pyobject(py)?.into_any()),
        }
    }
}

/// Tells whether something else stands where the directory should be.
fn is_in_the_way(error: &Error) -> bool {
    let is_below_a_file = || {
        error
            .io()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::NotADirectory)
    };
    matches!(error, Error::NotADirectory(_)) || is_below_a_file()
}
