//! What the command is told: its command line, and lists of dependencies.

use std::ffi::OsString;

use jobstamps::disk::os_string;
use jobstamps::fuzzing::configuration;
use jobstamps::settings::{Given, Problem, Setting, Settings, Value};

use crate::options::{Options, Request};
use crate::{arguments, lists, memory};

/// Reads words, which NUL bytes divide, as a command line.
///
/// # Panics
/// The command is not what follows the first `--`, or a message holds control characters.
pub fn command_line(bytes: &[u8]) {
    memory::bounded(bytes, || {
        let words: Vec<OsString> = bytes.split(|byte| *byte == 0).filter_map(os_string).collect();
        let command = words.iter().position(|word| word == "--").map(|at| &words[at + 1..]);
        match arguments::parse(&words) {
            Ok(Request::Run(Options { command: read, .. }) | Request::Verify(Options { command: read, .. })) => {
                assert_eq!(Some(&read[..]), command);
            }
            Ok(Request::Manage(told)) => {
                if let Some(Options { command: read, .. }) = &told.job {
                    assert_eq!(Some(&read[..]), command);
                }
            }
            Ok(Request::Help(_) | Request::Version) => {}
            Err(usage) => {
                assert!(matches!(usage.code(), 1 | 2));
                assert!(!usage.to_string().contains(char::is_control));
            }
        }
    });
}

/// Reads a configuration file, and variables, which NUL bytes divide from each other.
///
/// # Panics
/// A value is not read again as it is written, or a message is not one line.
pub fn settings(bytes: &[u8]) {
    memory::bounded(bytes, || {
        let words: Vec<OsString> = bytes.split(|byte| *byte == 0).filter_map(os_string).collect();
        let named = Setting::ALL.iter().zip(&words);
        let variables = named.map(|(setting, word)| (setting.variable().as_ref(), word.as_os_str()));
        check(Settings::of_variables(variables));
        if let Ok(text) = std::str::from_utf8(bytes) {
            check(configuration(text));
        }
    });
}

fn check((settings, problems): (Settings, Vec<Problem>)) {
    for problem in problems {
        assert!(!problem.to_string().contains(char::is_control), "{problem}");
    }
    for setting in Setting::ALL {
        let value = settings.get(setting);
        if let Some(Value::Bytes(_) | Value::Time(_) | Value::Switch(_) | Value::Word(_)) = value {
            let written = value.as_ref().map(ToString::to_string).unwrap_or_default();
            let mut again = Settings::default();
            again
                .set(setting, &Given::Text(written.as_ref()))
                .expect("what is written is read");
            assert_eq!(again.get(setting), value, "{written}");
        }
    }
}

/// Reads a list of dependencies: lines, or names that NUL bytes divide.
///
/// # Panics
/// A path was lost, or made up.
pub fn dependency_list(bytes: &[u8]) {
    memory::bounded(bytes, || {
        for null in [false, true] {
            let divider = if null { 0 } else { b'\n' };
            let mut paths = Vec::new();
            match lists::divide(bytes, null, |path| paths.push(path.to_path_buf())) {
                Ok(()) => {
                    let names: Vec<&[u8]> = bytes
                        .split(|byte| *byte == divider)
                        .filter(|name| !name.is_empty())
                        .collect();
                    assert!(paths.iter().map(|path| path.as_os_str().as_encoded_bytes()).eq(names));
                }
                Err(line) => assert!(!null && line > 0 && bytes.contains(&0)),
            }
        }
    });
}
