//! A call as a job, and what can be asked of it.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jobstamps::job::Job;
use jobstamps::{Cache, Digest, Error, Explanation, Reason, Warning};
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;

use crate::answers::{self, Explained};
use crate::behind::Footing;
use crate::identity::{Call, Identity};
use crate::notice::{self, fault, guarded};
use crate::reach::{After, Reached};
use crate::settings::Settings;
use crate::surroundings::{self, Opened};
use crate::value::Mmap;
use crate::variables::Variables;
use crate::wishes::{Manner, Wishes};

/// A call as a job, and the cache to look it up in.
pub(crate) struct Prepared {
    pub(crate) job: Job,
    pub(crate) wishes: Arc<Wishes>,
    /// What has to stay as it is for the call's value to be kept, where it is made behind.
    pub(crate) footing: Option<Footing>,
    pub(crate) opened: Arc<Opened>,
    /// What the call's code is made of.
    pub(crate) reached: Reached,
    version: Option<Digest>,
    pub(crate) mmap: Mmap,
}

impl Prepared {
    /// Opens the cache that `settings` choose.
    ///
    /// # Errors
    ///
    /// `OSError` where something else stands in the directory's place.
    pub(crate) fn open(py: Python<'_>, settings: &Settings, variables: &Arc<Variables>) -> PyResult<Arc<Opened>> {
        let opened = surroundings::cache(py, settings.directory.as_deref(), variables)?;
        match opened.cache.problem().filter(|error| is_in_the_way(error)) {
            // Exactly OSError, without an errno, as 0.0.20 raised it.
            Some(error) => Err(PyOSError::new_err(error.to_string())),
            None => Ok(opened),
        }
    }

    /// Makes a job of a call whose identity is known.
    ///
    /// # Errors
    ///
    /// A path is relative, and the current directory is gone.
    pub(crate) fn new(opened: Arc<Opened>, name: &str, identity: Identity, settings: &Settings) -> PyResult<Self> {
        let mut job = Job::call(name, identity.bytes);
        job.code = Some(identity.reached.code(name, settings.version));
        job.expires = settings.wishes.ttl;
        job.record_arguments = settings.wishes.record_arguments != Some(false);
        job.scope.clone_from(&settings.wishes.scope);
        // A pickle runs whatever code it names.
        job.signed = true;
        job.method = settings.method;
        let mut listed = settings.dependencies.iter().chain(settings.outputs.iter());
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
        Ok(Self {
            job,
            wishes: settings.wishes.clone(),
            footing: None,
            opened,
            reached: identity.reached,
            version: settings.version,
            mmap: settings.mmap,
        })
    }

    /// Asks the cache, and lets other threads run meanwhile.
    pub(crate) fn ask<T: Send>(&self, py: Python<'_>, question: impl FnOnce(&Cache, &Job) -> T + Send) -> PyResult<T> {
        self.ask_of(py, &self.job, question)
    }

    /// As [`Prepared::ask`], of another job.
    pub(crate) fn ask_of<T: Send>(
        &self,
        py: Python<'_>,
        job: &Job,
        question: impl FnOnce(&Cache, &Job) -> T + Send,
    ) -> PyResult<T> {
        let cache = &self.opened.cache;
        py.detach(|| guarded(|| question(cache, job)))
            .map_err(|panic| fault(py, &panic))
    }

    /// Returns the job as it is looked up where only a new value will do.
    pub(crate) fn new_only(&self) -> Cow<'_, Job> {
        match self.wishes.stale() {
            None => Cow::Borrowed(&self.job),
            expires => Cow::Owned(Job {
                expires,
                ..self.job.clone()
            }),
        }
    }

    /// Warns whoever called us, unless that is not wished.
    pub(crate) fn warn(&self, py: Python<'_>, message: &str) -> PyResult<()> {
        if self.wishes.quiet == Some(true) {
            return Ok(());
        }
        notice::warn(py, message)
    }

    /// Looks at the code again after the call was made.
    pub(crate) fn code_after(&self, py: Python<'_>) -> PyResult<After> {
        self.reached.after(py, self.name(), self.version)
    }

    /// Returns what the call is filed under.
    pub(crate) fn key(&self) -> [u8; 32] {
        *self.job.key().as_bytes()
    }

    /// Returns the function's name.
    pub(crate) fn name(&self) -> &str {
        self.job.code.as_ref().map_or("?", |code| &code.name)
    }

    /// Warns of each.
    pub(crate) fn say(&self, py: Python<'_>, warnings: &[Warning]) -> PyResult<()> {
        warnings
            .iter()
            .try_for_each(|warning| self.warn(py, &format!("`{}`: {warning}", self.name())))
    }

    /// Returns why the call would be made.
    pub(crate) fn reasons<'py>(&self, py: Python<'py>, settings: &Settings) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let stamp = self.opened.cache.stamp_path(&self.job);
        let mut reasons = self.ask(py, Cache::reasons)?.unwrap_or_default();
        if reasons.is_empty() && settings.wishes.manner() != Manner::Usual {
            reasons = vec![Reason::Forced];
        }
        reasons
            .iter()
            .map(|reason| answers::reason(py, reason, None, settings, &stamp))
            .collect()
    }

    /// Tells all that is known of what the call would do.
    pub(crate) fn explain<'py>(
        &self,
        py: Python<'py>,
        call: &Call<'py>,
        settings: &Settings,
        explained: &mut Explained<'py>,
    ) -> PyResult<()> {
        let stamp = self.opened.cache.stamp_path(&self.job);
        let Explanation { mut reasons, ran } = self.ask(py, Cache::explain)?.unwrap_or(Explanation {
            reasons: Vec::new(),
            ran: None,
        });
        if reasons.is_empty() && settings.wishes.manner() != Manner::Usual {
            let reason = Reason::Forced;
            reasons = vec![jobstamps::Explained { reason, views: None }];
        }
        if let [only] = &reasons[..]
            && matches!(only.reason, Reason::NoStamp(_))
        {
            let parameters = self.parameters(call);
            let nearest = self.ask(py, |cache, job| cache.nearest(job, &parameters))?;
            explained.nearest = nearest.map(|nearest| answers::nearest(py, &nearest)).transpose()?;
        }
        let told = reasons
            .iter()
            .map(|one| answers::reason(py, &one.reason, one.views.as_ref(), settings, &stamp));
        explained.reasons = told.collect::<PyResult<_>>()?;
        explained.ran = ran;
        explained.stamp = Some(stamp.as_os_str().into_pyobject(py)?.into_any());
        explained.state = self.ask(py, Cache::state)?;
        let parts = self.job.code.iter().flat_map(|code| code.parts.iter());
        let counts = parts.filter(|part| !explained.state.contains(&part.name));
        explained.code = counts.map(|part| part.name.clone()).collect();
        explained.unseen = self.reached.unseen();
        Ok(())
    }

    /// Forgets what is remembered of the call; tells whether anything was.
    pub(crate) fn forget(&self, py: Python<'_>) -> PyResult<bool> {
        self.ask(py, Cache::forget)?
            .map(|gone| gone > 0)
            .map_err(|error| PyOSError::new_err(error.to_string()))
    }

    /// Forgets all that is remembered of the function `name`; returns how many stamps went.
    pub(crate) fn forget_function(py: Python<'_>, name: &str, directory: Option<&Path>) -> PyResult<u64> {
        let opened = surroundings::cache(py, directory, &Variables::now())?;
        py.detach(|| guarded(|| opened.cache.forget_function(name)))
            .map_err(|panic| fault(py, &panic))?
            .map_err(|error| PyOSError::new_err(error.to_string()))
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
