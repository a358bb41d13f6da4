//! Spans of time and numbers of bytes, as people write them in Python.

use std::time::Duration;

use jobstamps::amount::{self, DURATIONS};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyString};

use crate::files::kind;

/// Returns a span of time that is given in seconds, as a `timedelta`, or as a text such as the command line has.
pub(crate) fn duration(keyword: &str, value: &Bound<'_, PyAny>) -> PyResult<Duration> {
    let wrong = || {
        let given = kind(value);
        format!("`{keyword}` is {given}, not a number of seconds, a timedelta or a text such as {DURATIONS}")
    };
    if let Ok(text) = value.cast::<PyString>() {
        return amount::duration(&text.to_string_lossy()).ok_or_else(|| PyValueError::new_err(wrong()));
    }
    let is_number =
        (value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>()) || value.is_instance_of::<PyFloat>();
    let seconds = if is_number {
        value.extract::<f64>()?
    } else if let Ok(total) = value.call_method0(intern!(value.py(), "total_seconds")) {
        total.extract::<f64>()?
    } else {
        return Err(PyTypeError::new_err(wrong()));
    };
    Duration::try_from_secs_f64(seconds).map_err(|_| {
        PyValueError::new_err(format!(
            "`{keyword}` is {}; it cannot be negative or without end",
            kind(value)
        ))
    })
}

/// Returns a number of bytes that is given as a number or as text with a unit.
pub(crate) fn bytes(keyword: &str, value: &Bound<'_, PyAny>) -> PyResult<u64> {
    let message = || {
        let given = kind(value);
        format!("`{keyword}` is {given}, not bytes such as 500_000_000, \"500 MB\" or \"1 GiB\"")
    };
    let wrong = || PyValueError::new_err(message());
    // A bool is a number only to Python.
    if value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>() {
        return value.extract().map_err(|_| wrong());
    }
    let text = value
        .cast::<PyString>()
        .map_err(|_| PyTypeError::new_err(message()))?
        .to_string_lossy()
        .trim()
        .to_lowercase();
    let digits = text
        .find(|one: char| !one.is_ascii_digit() && one != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let unit = unit.trim();
    let (prefix, base) = match unit.strip_suffix("ib") {
        Some(prefix) => (prefix, 1024_f64),
        None => (unit.strip_suffix('b').unwrap_or(unit), 1000_f64),
    };
    let power = match prefix {
        "" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        _ => return Err(wrong()),
    };
    let count = number * base.powi(power);
    // As many as none could count are no limit that anybody meant.
    if count >= 2_f64.powi(64) {
        return Err(wrong());
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // It is neither too large nor negative.
    Ok(count as u64)
}
