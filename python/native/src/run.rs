//! `run` and `out_of_date`: the functions of 0.0.20, and the same in a store of one's own.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use crate::answers;
use crate::canonical::{Refusal, Reprs};
use crate::identity::{Call, Target};
use crate::known::Known;
use crate::naming::name_of;
use crate::notice::{debug, fault, guarded, warn};
use crate::prepared::Prepared;
use crate::settings::Settings;
use crate::tally::Tally;
use crate::variables::Variables;

/// Returns what `func(*args, **kwargs)` returns, without calling it where that is remembered and still holds.
///
/// A remembered value is a fresh object each time. What the function raises passes unchanged and is not remembered.
/// Where a value cannot be pickled, an argument not be keyed, or the directory not be used, the function is called all
/// the same, and a `JobstampsWarning` says why it will be called again.
///
/// Args:
///     func: The function.
///     *args: Its positional arguments.
///     **kwargs: Its keyword arguments, but for those below, which are for jobstamps and optional.
///     jobstamps_dependencies (path or iterable of paths, none): Files, directories and globs that the function reads.
///     jobstamps_output_files (path or iterable of paths, none): Files that the function writes.
///     jobstamps_cache_output_directory (path, `$JOBSTAMPS_DIRECTORY` or a temporary one): Where stamps are kept.
///     jobstamps_method (class, `MTimeMethod`): How dependencies are compared; the other one is `HashMethod`.
///
/// Raises:
///     OSError: where the directory for stamps should be made, there is something else.
///     TypeError: a `jobstamps_` keyword is unknown or has a value of the wrong kind, or the function is a generator
///         or coroutine function. Nothing was called.
///     ValueError: a path is empty or has a null character. Nothing was called.
#[pyfunction]
#[pyo3(signature = (func, /, *args, **kwargs))]
pub(crate) fn run<'py>(
    func: &Bound<'py, PyAny>,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let variables = Variables::now();
    run_in(func, args, kwargs, &settings(kwargs, &variables)?, &variables)
}

/// Returns why `run` would call the function: mostly a path that is out of date, or None where it would not.
///
/// The answer is a `jobstamps.Reason`: a text that equals the path, with `kind` and `detail`. In this order:
/// `"JOBSTAMPS_DISABLED"` where that variable is set; a text that names the argument which cannot be keyed; the path of
/// the stamp where there is none, it is damaged, or the code changed; the first missing output; the first dependency that
/// changed, is missing, or was added to or removed from the list. Paths are spelled as the caller spelled them.
///
/// Nothing is called, written or created.
///
/// Args:
///     func: The function.
///     *args: Its positional arguments.
///     **kwargs: Its keyword arguments, but for those below, which are for jobstamps and optional.
///     jobstamps_dependencies (path or iterable of paths, none): Files, directories and globs that the function reads.
///     jobstamps_output_files (path or iterable of paths, none): Files that the function writes.
///     jobstamps_cache_output_directory (path, `$JOBSTAMPS_DIRECTORY` or a temporary one): Where stamps are kept.
///     jobstamps_method (class, `MTimeMethod`): How dependencies are compared; the other one is `HashMethod`.
///
/// Raises:
///     OSError: as for `run`.
///     TypeError: as for `run`.
///     ValueError: as for `run`.
#[pyfunction]
#[pyo3(signature = (func, /, *args, **kwargs))]
pub(crate) fn out_of_date<'py>(
    func: &Bound<'py, PyAny>,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let variables = Variables::now();
    out_of_date_in(func, args, kwargs, &settings(kwargs, &variables)?, &variables)
}

/// Does what [`run`] does, as `settings` say; all keywords are the function's.
pub(crate) fn run_in<'py>(
    func: &Bound<'py, PyAny>,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
    settings: &Settings,
    variables: &Arc<Variables>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = func.py();
    let call = Call::new(func, args, kwargs);
    if variables.disabled() {
        debug(
            py,
            variables,
            || name_of(func),
            || "runs: JOBSTAMPS_DISABLED is set".to_owned(),
        )?;
        return call.make();
    }
    variables.tell(py)?;
    match prepare(py, &call, settings, variables)? {
        Found::Job(prepared) => match prepared.reached.uncacheable() {
            None => prepared.run(py, &call, &Tally::default(), &|copy| {
                Ok(match prepare(py, copy, settings, variables)? {
                    Found::Job(prepared) => Some(prepared),
                    Found::Refused(_) | Found::Misfit => None,
                })
            }),
            Some(why) => {
                debug(py, variables, || name_of(func), || format!("runs: {why}"))?;
                call.make()
            }
        },
        Found::Misfit => call.make(),
        Found::Refused(refusal) => {
            let message = refusal.into_message(py)?;
            if settings.wishes.quiet != Some(true) {
                warn(
                    py,
                    &format!("`{}` runs without being remembered: {message}", name_of(func)),
                )?;
            }
            call.make()
        }
    }
}

/// Does what [`out_of_date`] does, as `settings` say; all keywords are the function's.
pub(crate) fn out_of_date_in<'py>(
    func: &Bound<'py, PyAny>,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
    settings: &Settings,
    variables: &Arc<Variables>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = func.py();
    if variables.disabled() {
        return answers::disabled(py).map(Some);
    }
    // It would be called, and there is no file to name.
    let (kind, why) = match prepare(py, &Call::new(func, args, kwargs), settings, variables)? {
        Found::Job(prepared) => match prepared.reached.uncacheable() {
            None => return Ok(prepared.reasons(py, settings)?.into_iter().next()),
            Some(why) => ("uncached", why.to_owned()),
        },
        Found::Misfit => ("unkeyed", "the arguments do not fit the function".to_owned()),
        Found::Refused(refusal) => ("unkeyed", refusal.into_message(py)?),
    };
    answers::told(py, &PyString::new(py, &why).into_any(), kind, &why).map(Some)
}

/// Takes our keywords out of a call's.
fn settings(kwargs: Option<&Bound<'_, PyDict>>, variables: &Variables) -> PyResult<Settings> {
    match kwargs {
        Some(kwargs) => Settings::take(kwargs, variables),
        None => Ok(Settings::new(variables)),
    }
}

/// What becomes of a call.
#[allow(clippy::large_enum_variant)] // Made once a call.
enum Found {
    /// It can be looked up.
    Job(Prepared),
    /// An argument refuses that.
    Refused(Refusal),
    /// The arguments do not fit the function, as it will say itself.
    Misfit,
}

/// Makes a job of a call, or says why there is none.
fn prepare(py: Python<'_>, call: &Call<'_>, settings: &Settings, variables: &Arc<Variables>) -> PyResult<Found> {
    guarded(|| try_to_prepare(py, call, settings, variables)).map_err(|panic| fault(py, &panic))?
}

fn try_to_prepare(py: Python<'_>, call: &Call<'_>, settings: &Settings, variables: &Arc<Variables>) -> PyResult<Found> {
    if let Some(known) = Known::shared(&call.function, settings.depth)? {
        known.refuse_unkeepable(py)?;
        let opened = Prepared::open(py, settings, variables)?;
        return match known.identify(&call.args, &call.kwargs, Reprs::Trusted) {
            Ok(Some(identity)) => Prepared::new(opened, &known.name, identity, settings).map(Found::Job),
            Ok(None) => Ok(Found::Misfit),
            Err(refusal) => Ok(Found::Refused(refusal)),
        };
    }
    let target = Target::found(call)?;
    target.refuse_unkeepable(&call.function)?;
    let opened = Prepared::open(py, settings, variables)?;
    let parameters = target.parameters(&[])?;
    match target.identify(Reprs::Trusted, &parameters, settings.depth) {
        Ok(identity) => Prepared::new(opened, &name_of(&call.function), identity, settings).map(Found::Job),
        Err(refusal) => Ok(Found::Refused(refusal)),
    }
}
