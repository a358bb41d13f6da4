//! Words in: what the command line asks for.
//!
//! The first `--` divides our options from the command, byte for byte. 0.0.20 parsed its five options with Python's
//! argparse, and its habits hold for them: lists take any number of paths and may be repeated, `--option=value`, unique
//! prefixes. Options that 0.0.20 did not have must be spelled whole.

use std::ffi::{OsStr, OsString};

use jobstamps::Shown;
use jobstamps::disk::os_string;
use jobstamps::job::ToolCheck;

use crate::options::{Options, Request, Stdin, Usage};

/// Options of 0.0.20: these may be shortened while what is left is unique.
const OLD: [&str; 5] = [
    "--dependencies",
    "--output-files",
    "--stamp-directory",
    "--use-hashes",
    "--help",
];
/// Options with a value that 0.0.20 did not have.
const VALUED: [&str; 5] = [
    "--dependencies-from",
    "--env",
    "--stdin",
    "--tool-check",
    "--max-output",
];
/// Switches that 0.0.20 did not have.
const SWITCHES: [&str; 11] = [
    "--null",
    "--paranoid",
    "--one-file-system",
    "--no-cwd",
    "--discard-failures",
    "--no-record-arguments",
    "--no-wait",
    "--explain",
    "--quiet",
    "--strict",
    "--version",
];

/// Reads `words`, which do not include the program's own name.
pub fn parse(words: &[OsString]) -> Result<Request, Usage> {
    let divider = words.iter().position(|word| word == "--");
    let (ours, command) = words.split_at(divider.unwrap_or(words.len()));
    let (why, ours) = match ours.split_first() {
        Some((first, rest)) if first == "why" => (true, rest),
        _ => (false, ours),
    };
    let mut options = Options {
        command: command.iter().skip(1).cloned().collect(),
        ..Options::default()
    };
    let parsed = read(ours, &mut options);
    if let Ok(Some(asked)) = parsed {
        return Ok(asked);
    }
    // As 0.0.20: this is said before anything else is looked at.
    if divider.is_none() {
        return Err(Usage::NoDivider);
    }
    parsed?;
    if options.command.is_empty() {
        return Err(Usage::NoCommand);
    }
    Ok(if why {
        Request::Why(options)
    } else {
        Request::Run(options)
    })
}

/// Reads our own words; `Some` if they ask for nothing but words.
fn read(words: &[OsString], options: &mut Options) -> Result<Option<Request>, Usage> {
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        let (written, value) = divide(word);
        let name = full_name(&written)?;
        let mut one = || match value
            .clone()
            .or_else(|| words.next_if(|word| !is_option(word)).cloned())
        {
            Some(value) => Ok(value),
            None => Err(Usage::Other(format!("{name} needs a value"))),
        };
        match name {
            "--dependencies-from" => options.dependencies_from.push(one()?.into()),
            "--stamp-directory" => options.directory = Some(one()?.into()),
            "--env" => options.variables.push(variable(one()?)?),
            "--stdin" => {
                options.stdin = choose(
                    name,
                    &one()?,
                    &[("auto", Stdin::Auto), ("key", Stdin::Key), ("none", Stdin::None)],
                )?;
            }
            "--tool-check" => {
                let choices = [
                    ("stat", ToolCheck::Stat),
                    ("content", ToolCheck::Content),
                    ("none", ToolCheck::None),
                ];
                options.tool_check = choose(name, &one()?, &choices)?;
            }
            "--max-output" => options.most_output = Some(size(name, &one()?)?),
            "--dependencies" | "--output-files" => {
                let list = if name == "--dependencies" {
                    &mut options.dependencies
                } else {
                    &mut options.outputs
                };
                let before = list.len();
                match value {
                    Some(value) => list.push(value),
                    None => list.extend(std::iter::from_fn(|| words.next_if(|word| !is_option(word)).cloned())),
                }
                if list[before..].iter().any(|path| path.is_empty()) {
                    return Err(Usage::Other(format!("{name}: a path is empty")));
                }
            }
            _ if value.is_some() => return Err(Usage::Other(format!("{name} takes no value"))),
            "--help" => return Ok(Some(Request::Help)),
            "--version" => return Ok(Some(Request::Version)),
            "--use-hashes" => options.use_hashes = true,
            "--null" => options.null = true,
            "--paranoid" => options.paranoid = true,
            "--one-file-system" => options.one_file_system = true,
            "--no-cwd" => options.no_directory = true,
            "--discard-failures" => options.discard_failures = true,
            "--no-record-arguments" => options.hide_arguments = true,
            "--no-wait" => options.no_wait = true,
            "--explain" => options.explain = true,
            "--quiet" => options.quiet = true,
            "--strict" => options.strict = true,
            other => unreachable!("{other} is in one of the lists"),
        }
    }
    Ok(None)
}

/// Divides `--option=value`.
fn divide(word: &OsStr) -> (OsString, Option<OsString>) {
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
/// numbers, and words with a blank.
fn is_option(word: &OsStr) -> bool {
    let bytes = word.as_encoded_bytes();
    let is_number = word.to_str().is_some_and(|text| text.parse::<f64>().is_ok());
    bytes.len() > 1 && bytes[0] == b'-' && !is_number && !bytes.contains(&b' ')
}

/// Returns the option that `written` means.
fn full_name(written: &OsStr) -> Result<&'static str, Usage> {
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
    let mut all = OLD.into_iter().chain(VALUED).chain(SWITCHES);
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
fn variable(name: OsString) -> Result<OsString, Usage> {
    if name.is_empty() || name.as_encoded_bytes().contains(&b'=') {
        let shown = Shown::bytes(name.as_encoded_bytes());
        return Err(Usage::Other(format!("--env: `{shown}` is no name of a variable")));
    }
    Ok(name)
}

fn choose<T: Copy>(name: &str, value: &OsStr, choices: &[(&str, T)]) -> Result<T, Usage> {
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

/// Reads a number of bytes: digits, then nothing, K, M, G or T (powers of 1024).
fn size(name: &str, value: &OsStr) -> Result<u64, Usage> {
    let wrong = || {
        let shown = Shown::bytes(value.as_encoded_bytes());
        Usage::Other(format!("{name}: `{shown}` is no size such as 500K, 20M or 1G"))
    };
    let text = value.to_str().ok_or_else(wrong)?;
    let (digits, shift) = match text.char_indices().next_back() {
        Some((at, 'K')) => (&text[..at], 10),
        Some((at, 'M')) => (&text[..at], 20),
        Some((at, 'G')) => (&text[..at], 30),
        Some((at, 'T')) => (&text[..at], 40),
        _ => (text, 0),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    digits
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(1 << shift))
        .ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &str) -> Result<Request, Usage> {
        parse(
            &words
                .split(' ')
                .filter(|word| !word.is_empty())
                .map(OsString::from)
                .collect::<Vec<_>>(),
        )
    }

    fn options(words: &str) -> Options {
        match parsed(words) {
            Ok(Request::Run(options)) => options,
            other => panic!("{words}: {other:?}"),
        }
    }

    #[test]
    fn lists_take_any_number_of_paths_and_may_be_repeated() {
        for (words, dependencies) in [
            ("--dependencies -- c", &[][..]),
            ("--dependencies a b -- c", &["a", "b"]),
            ("--dependencies a --dependencies b -- c", &["a", "b"]),
            ("--dependencies=a --dependencies b -- c", &["a", "b"]),
            ("--dependencies a --use-hashes -- c", &["a"]),
            ("--dependencies - -1 -- c", &["-", "-1"]),
            ("--dependencies=-x -- c", &["-x"]),
            ("--dep a -- c", &["a"]),
        ] {
            assert_eq!(options(words).dependencies, dependencies, "{words}");
        }
    }

    #[test]
    fn options_of_0_0_20_may_be_shortened_and_no_others() {
        for words in ["--use -- c", "--u -- c", "--use-hash -- c"] {
            assert!(options(words).use_hashes, "{words}");
        }
        assert_eq!(options("--stamp=d -- c").directory, Some("d".into()));
        assert_eq!(options("--out a b -- c").outputs, ["a", "b"]);
        for words in [
            "--paran -- c",
            "--quie -- c",
            "--s -- c x",
            "--dependencies-fro x -- c",
            "-x -- c",
        ] {
            match parsed(words) {
                Err(Usage::Other(_)) => {}
                // The one prefix that is unique among the old options.
                Ok(_) if words.starts_with("--s ") => panic!("--stamp-directory needs a value"),
                other => panic!("{words}: {other:?}"),
            }
        }
    }

    #[test]
    fn the_first_divider_ends_our_words_and_all_after_it_is_the_command() {
        assert_eq!(options("-- a -- --help b").command, ["a", "--", "--help", "b"]);
        assert_eq!(options("-- why").command, ["why"]);
        assert!(matches!(parsed("why --use-hashes -- c"), Ok(Request::Why(options)) if options.use_hashes));
    }

    #[test]
    fn what_cannot_be_understood_is_said_with_the_right_code() {
        for (words, code, message) in [
            ("", 1, "Must specify command after '--'."),
            ("cmd", 1, "Must specify command after '--'."),
            ("--bogus", 1, "Must specify command after '--'."),
            ("--", 2, "jobstamp: no command after '--'"),
            ("--bogus -- c", 2, "jobstamp: unknown option `--bogus`"),
            (
                "x -- c",
                2,
                "jobstamp: unexpected word `x`: the command goes after `--`",
            ),
            ("--use-hashes=1 -- c", 2, "jobstamp: --use-hashes takes no value"),
            ("--env -- c", 2, "jobstamp: --env needs a value"),
            ("--env A=1 -- c", 2, "jobstamp: --env: `A=1` is no name of a variable"),
            (
                "--stdin=tty -- c",
                2,
                "jobstamp: --stdin: `tty` is none of auto, key, none",
            ),
            ("--dependencies= -- c", 2, "jobstamp: --dependencies: a path is empty"),
        ] {
            let usage = parsed(words).expect_err(words);
            assert_eq!((usage.code(), usage.to_string().as_str()), (code, message), "{words}");
        }
    }

    #[test]
    fn help_and_version_need_no_command() {
        for (words, request) in [
            ("-h", Request::Help),
            ("--help -- c", Request::Help),
            ("--he", Request::Help),
            ("why --help", Request::Help),
            ("-V", Request::Version),
            ("--version", Request::Version),
        ] {
            assert_eq!(parsed(words), Ok(request), "{words}");
        }
    }

    #[test]
    fn sizes_are_read_strictly() {
        for (words, size) in [
            ("0", Some(0)),
            ("7", Some(7)),
            ("2K", Some(2048)),
            ("1G", Some(1 << 30)),
        ] {
            assert_eq!(options(&format!("--max-output {words} -- c")).most_output, size);
        }
        for words in ["", "-1", "1.5G", "G", "1g", "99999999999999999999", "99999999T", "1 G"] {
            let line = [format!("--max-output={words}").into(), "--".into(), "c".into()];
            assert!(matches!(parse(&line), Err(Usage::Other(_))), "{words}");
        }
    }
}
