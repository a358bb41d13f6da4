//! Words in: what the command line asks for.
//!
//! The first `--` divides our options from the command, byte for byte. 0.0.20 parsed its five options with Python's
//! argparse, and its habits hold for them: lists take any number of paths and may be repeated, `--option=value`, unique
//! prefixes. Options that 0.0.20 did not have must be spelled whole.

mod told;
mod words;

use std::ffi::{OsStr, OsString};

use jobstamps::job::ToolCheck;

use crate::definitions::{JOB, named};
use crate::options::{Options, Request, Stdin, Subcommand, Usage};
pub use told::Told;
use words::{choose, divide, duration, full_name, is_option, scope, size, variable};

/// Reads `words`, which do not include the program's own name.
pub fn parse(words: &[OsString]) -> Result<Request, Usage> {
    // The very first word alone: anywhere else it is what it was in 0.0.20.
    let named = words.first().and_then(|first| subcommand(first));
    let (subcommand, words) = match named {
        Some(subcommand) => (subcommand, &words[1..]),
        None => (Subcommand::Run, words),
    };
    if named.is_some() && !is_run_as_a_job(subcommand) {
        return told::parse(words, subcommand);
    }
    let divider = words.iter().position(|word| word == "--");
    let (ours, command) = words.split_at(divider.unwrap_or(words.len()));
    let mut options = Options {
        command: command.iter().skip(1).cloned().collect(),
        ..Options::default()
    };
    let parsed = read(ours, subcommand, &mut options);
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
    Ok(match subcommand {
        Subcommand::Verify => Request::Verify(options),
        _ => Request::Run(options),
    })
}

/// Returns whether it runs the command, and so has no options but those of a run.
fn is_run_as_a_job(subcommand: Subcommand) -> bool {
    matches!(subcommand, Subcommand::Run | Subcommand::Verify)
}

/// Returns the subcommand that `word` names.
fn subcommand(word: &OsStr) -> Option<Subcommand> {
    // As it is for all hits.
    if word.as_encoded_bytes().first() == Some(&b'-') {
        return None;
    }
    named(word)
}

/// Reads our own words; `Some` if they ask for nothing but words.
fn read(words: &[OsString], subcommand: Subcommand, options: &mut Options) -> Result<Option<Request>, Usage> {
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        let (written, value) = divide(word);
        let name = full_name(&written, &JOB)?;
        let mut one = || match value
            .clone()
            .or_else(|| words.next_if(|word| !is_option(word)).cloned())
        {
            Some(value) => Ok(value),
            None => Err(wrong(name, "needs a value")),
        };
        match name {
            "--env" | "--stdin" | "--tool-check" | "--ttl" | "--stale" | "--scope" | "--max-output" => {
                set(options, name, one()?)?;
            }
            "--dependencies-from" => options.dependencies_from.push(one()?.into()),
            "--stamp-directory" => options.directory = Some(one()?.into()),
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
            _ if value.is_some() => return Err(wrong(name, "takes no value")),
            "--help" => return Ok(Some(Request::Help(subcommand))),
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
            "--force" => options.force = true,
            "--warm" => options.warm = true,
            "--verify" => options.verify = true,
            other => unreachable!("{other} is defined, and a test sees to it that it is read"),
        }
    }
    Ok(None)
}

/// Sets an option that has one value, and that few hits are given: apart from what all of them touch.
#[cold]
#[inline(never)]
fn set(options: &mut Options, name: &str, value: OsString) -> Result<(), Usage> {
    match name {
        "--env" => options.variables.push(variable(value)?),
        "--stdin" => {
            options.stdin = choose(
                name,
                &value,
                &[("auto", Stdin::Auto), ("key", Stdin::Key), ("none", Stdin::None)],
            )?;
        }
        "--tool-check" => {
            let choices = [
                ("stat", ToolCheck::Stat),
                ("content", ToolCheck::Content),
                ("none", ToolCheck::None),
            ];
            options.tool_check = Some(choose(name, &value, &choices)?);
        }
        "--ttl" => options.ttl = Some(duration(name, &value)?),
        "--stale" => options.stale = Some(duration(name, &value)?),
        "--scope" => options.scope = Some(scope(value)?),
        "--max-output" => options.most_output = Some(size(name, &value)?),
        other => unreachable!("{other} is one of these"),
    }
    Ok(())
}

/// Says what is wrong with an option.
#[cold]
#[inline(never)]
fn wrong(name: &str, what: &str) -> Usage {
    Usage::Other(format!("{name} {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definitions::{self, Kind, PAGES};

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
            ("--dependencies a -0 -- c", &["a"]),
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
                Err(Usage::Other(_) | Usage::Unknown(_)) => {}
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
        let asked = parsed("why --use-hashes --json -- c");
        assert!(
            matches!(&asked, Ok(Request::Manage(told)) if told.has("--json") && told.job.as_ref().is_some_and(|job| job.use_hashes))
        );
        assert!(matches!(parsed("verify --use-hashes -- c"), Ok(Request::Verify(options)) if options.use_hashes));
    }

    #[test]
    fn every_option_that_is_defined_is_read() {
        for option in definitions::all().filter(|option| option.is_of_a_job()) {
            let value = match option.value.kind() {
                None => String::new(),
                Some(Kind::Choice(words)) => format!("={}", words[0]),
                Some(Kind::Size) => "=1G".to_owned(),
                Some(Kind::Duration) => "=1h".to_owned(),
                Some(_) => "=x".to_owned(),
            };
            for name in option.short.into_iter().chain([option.name]) {
                let words = if name.len() == 2 {
                    name.to_owned()
                } else {
                    format!("{name}{value} -- c")
                };
                let read = parsed(&format!("{words} -- c"));
                assert!(read.is_ok(), "{words}: {read:?}");
            }
        }
    }

    #[test]
    fn a_subcommand_is_the_very_first_word_only() {
        for name in PAGES.iter().map(|page| page.name).filter(|name| !name.is_empty()) {
            assert_eq!(options(&format!("-- {name} x")).command, [name, "x"]);
            assert_eq!(
                options(&format!("--dependencies {name} -- c")).dependencies,
                [name],
                "{name}"
            );
            let late = parsed(&format!("--use-hashes {name} -- c"));
            assert!(matches!(late, Err(Usage::Other(_))), "{name}: {late:?}");
        }
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
            ("--scope= -- c", 2, "jobstamp: --scope: the name is empty"),
            (
                "--ttl 10 -- c",
                2,
                "jobstamp: --ttl: `10` is no duration such as 90s, 1h30m, 7d or 2w",
            ),
        ] {
            let usage = parsed(words).expect_err(words);
            assert_eq!((usage.code(), usage.to_string().as_str()), (code, message), "{words}");
        }
    }

    #[test]
    fn help_and_version_need_no_command() {
        for (words, request) in [
            ("-h", Request::Help(Subcommand::Run)),
            ("--help -- c", Request::Help(Subcommand::Run)),
            ("--he", Request::Help(Subcommand::Run)),
            ("why --help", Request::Help(Subcommand::Why)),
            ("verify -h", Request::Help(Subcommand::Verify)),
            ("doctor --help", Request::Help(Subcommand::Doctor)),
            ("-V", Request::Version),
            ("--version", Request::Version),
            ("doctor --version", Request::Version),
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
