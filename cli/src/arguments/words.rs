//! The words of a command line, one by one: what an option is called, and what its value may be.

use std::ffi::{OsStr, OsString};

use jobstamps::Shown;
use jobstamps::amount;
use jobstamps::disk::os_string;

use crate::options::Usage;

/// Options of 0.0.20: these may be shortened while what is left is unique.
const OLD: [&str; 5] = [
    "--dependencies",
    "--output-files",
    "--stamp-directory",
    "--use-hashes",
    "--help",
];

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

/// Returns the option that `written` means: one of 0.0.20's or of `new`.
pub(super) fn full_name(written: &OsStr, new: &[&'static str]) -> Result<&'static str, Usage> {
    let shown = Shown::bytes(written.as_encoded_bytes());
    let Some(text) = written.to_str().filter(|text| text.starts_with('-')) else {
        return Err(Usage::Other(format!(
            "unexpected word `{shown}`: the command goes after `--`"
        )));
    };
    match text {
        "-h" => return Ok("--help"),
        "-0" => return Ok("--null"),
        "-q" => return Ok("--quiet"),
        "-V" => return Ok("--version"),
        _ => {}
    }
    let mut all = OLD.into_iter().chain(new.iter().copied());
    if let Some(exact) = all.find(|name| *name == text) {
        return Ok(exact);
    }
    let mut meant = OLD.into_iter().filter(|name| text.len() > 2 && name.starts_with(text));
    match (meant.next(), meant.next()) {
        (Some(name), None) => Ok(name),
        _ => Err(Usage::Other(format!("unknown option `{shown}`"))),
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
