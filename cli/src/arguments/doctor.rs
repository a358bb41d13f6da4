//! Words in for `jobstamp doctor`, which takes no command.

use std::ffi::OsString;

use jobstamps::Shown;

use super::words::{divide, full_name, is_option};
use crate::options::{Examination, Request, Subcommand, Usage};

/// Reads the words behind `doctor`.
#[cold]
#[inline(never)]
pub(super) fn parse(words: &[OsString]) -> Result<Request, Usage> {
    let mut examination = Examination::default();
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        let (written, value) = divide(word);
        if !is_option(&written) || written == "--" {
            let shown = Shown::bytes(word.as_encoded_bytes());
            return Err(Usage::Other(format!(
                "unexpected word `{shown}`: doctor takes no command"
            )));
        }
        let name = full_name(&written, &["--json", "--deep", "--version"])?;
        match (name, value) {
            ("--stamp-directory", value) => {
                let value = value.or_else(|| words.next_if(|word| !is_option(word)).cloned());
                let value = value.ok_or_else(|| Usage::Other(format!("{name} needs a value")))?;
                examination.directory = Some(value.into());
            }
            ("--help" | "--version" | "--json" | "--deep", Some(_)) => {
                return Err(Usage::Other(format!("{name} takes no value")));
            }
            ("--help", None) => return Ok(Request::Help(Subcommand::Doctor)),
            ("--version", None) => return Ok(Request::Version),
            ("--json", None) => examination.json = true,
            ("--deep", None) => examination.deep = true,
            (other, _) => return Err(Usage::Other(format!("doctor has no option {other}"))),
        }
    }
    Ok(Request::Doctor(examination))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doctor_takes_its_own_options_and_no_command() {
        let asked = |directory: Option<&str>, json, deep| {
            let directory = directory.map(Into::into);
            Ok(Request::Doctor(Examination { directory, json, deep }))
        };
        let wrong = |words: &str| Err(Usage::Other(words.to_owned()));
        for (words, expected) in [
            (&[][..], asked(None, false, false)),
            (&["--json", "--deep"], asked(None, true, true)),
            (&["--stamp-directory", "d"], asked(Some("d"), false, false)),
            (&["--stamp=d", "--json"], asked(Some("d"), true, false)),
            (&["-h", "x"], Ok(Request::Help(Subcommand::Doctor))),
            (&["--stamp-directory"], wrong("--stamp-directory needs a value")),
            (&["--json=1"], wrong("--json takes no value")),
            (&["--use-hashes"], wrong("doctor has no option --use-hashes")),
            (&["--bogus"], wrong("unknown option `--bogus`")),
            (&["--", "c"], wrong("unexpected word `--`: doctor takes no command")),
            (&["x"], wrong("unexpected word `x`: doctor takes no command")),
        ] {
            let line: Vec<OsString> = words.iter().map(OsString::from).collect();
            assert_eq!(parse(&line), expected, "{words:?}");
        }
    }
}
