//! The words of a command line, one by one: what an option is called, and what its value may be.

use std::ffi::{OsStr, OsString};
use std::time::Duration;

use jobstamps::Shown;
use jobstamps::amount;
use jobstamps::disk::os_string;

use crate::definitions::{self, Definition};
use crate::options::Usage;

/// Divides `--option=value`.
pub(super) fn divide(word: &OsStr) -> (OsString, Option<OsString>) {
    let bytes = word.as_encoded_bytes();
    match bytes.iter().position(|byte| *byte == b'=') {
        Some(at) if bytes.starts_with(b"--") => {
            let part = |bytes: &[u8]| os_string(bytes).unwrap_or_default();
            (part(&bytes[..at]), Some(part(&bytes[at + 1..])))
        }
        _ => (word.to_os_string(), None),
    }
}

/// Returns whether `word` is meant as an option where a path could stand; argparse lets through a lone `-`, negative
/// numbers, and words with a blank; `-0` is an option of ours.
pub(super) fn is_option(word: &OsStr) -> bool {
    let bytes = word.as_encoded_bytes();
    bytes.len() > 1 && bytes[0] == b'-' && !bytes.contains(&b' ') && !is_number(word)
}

#[cold]
#[inline(never)]
fn is_number(word: &OsStr) -> bool {
    word != "-0" && word.to_str().is_some_and(|text| text.parse::<f64>().is_ok())
}

/// Returns which of the options `names` is meant by `written`.
pub(super) fn full_name(written: &OsStr, names: &[&'static str]) -> Result<&'static str, Usage> {
    let text = written.to_str().unwrap_or_default();
    match names.iter().find(|name| **name == text) {
        Some(exact) => Ok(exact),
        None => meant(written, text, names),
    }
}

/// As above, for what is no option's whole name: a short one, or a part of one of 0.0.20's.
#[cold]
#[inline(never)]
fn meant(written: &OsStr, text: &str, names: &[&'static str]) -> Result<&'static str, Usage> {
    let shown = Shown::bytes(written.as_encoded_bytes());
    if written.as_encoded_bytes().first() != Some(&b'-') {
        return Err(Usage::Other(format!(
            "unexpected word `{shown}`: the command goes after `--`"
        )));
    }
    let shortened = |option: &&Definition| option.old && text.len() > 2 && option.name.starts_with(text);
    let short = |option: &&Definition| option.short == Some(text);
    let all = || definitions::all().filter(|option| names.contains(&option.name));
    let mut names = all()
        .filter(short)
        .chain(all().filter(shortened))
        .map(|option| option.name);
    match (names.next(), names.next()) {
        (Some(name), None) => Ok(name),
        _ => Err(Usage::Unknown(shown.to_string())),
    }
}

/// Checks that `name` can be a variable's.
pub(super) fn variable(name: OsString) -> Result<OsString, Usage> {
    if name.is_empty() || name.as_encoded_bytes().contains(&b'=') {
        let shown = Shown::bytes(name.as_encoded_bytes());
        return Err(Usage::Other(format!("--env: `{shown}` is no name of a variable")));
    }
    Ok(name)
}

pub(super) fn choose<T: Copy>(name: &str, value: &OsStr, choices: &[(&str, T)]) -> Result<T, Usage> {
    choices
        .iter()
        .find(|(word, _)| value == *word)
        .map(|(_, choice)| *choice)
        .ok_or_else(|| {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            let shown = Shown::bytes(value.as_encoded_bytes());
            Usage::Other(format!("{name}: `{shown}` is none of {}", words.join(", ")))
        })
}

/// Reads a number of bytes.
pub(super) fn size(name: &str, value: &OsStr) -> Result<u64, Usage> {
    value.to_str().and_then(amount::size).ok_or_else(|| {
        let shown = Shown::bytes(value.as_encoded_bytes());
        Usage::Other(format!("{name}: `{shown}` is no size such as {}", amount::SIZES))
    })
}

/// Reads how long something is.
pub(super) fn duration(name: &str, value: &OsStr) -> Result<Duration, Usage> {
    value.to_str().and_then(amount::duration).ok_or_else(|| {
        let shown = Shown::bytes(value.as_encoded_bytes());
        Usage::Other(format!(
            "{name}: `{shown}` is no duration such as {}",
            amount::DURATIONS
        ))
    })
}

/// Checks that `name` tells a scope from none.
pub(super) fn scope(name: OsString) -> Result<OsString, Usage> {
    if name.is_empty() {
        return Err(Usage::Other("--scope: the name is empty".to_owned()));
    }
    Ok(name)
}
