//! Words in for the subcommands that manage what is there: read as their definitions have it.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use jobstamps::{Shown, amount};

use super::read;
use super::words::{divide, full_name, is_option, size, variable};
use crate::definitions::{Command, Definition, Kind, Operands, PAGES, Page, Value, page};
use crate::options::{Options, Request, Subcommand, Usage};

/// What a subcommand was told: its options with their values, in the order in which they came; each value has been
/// checked to be what its definition says.
#[derive(Debug, PartialEq, Eq)]
pub struct Told {
    /// Which one.
    pub subcommand: Subcommand,
    given: Vec<(&'static str, OsString)>,
    operands: Vec<OsString>,
    /// The job that the words behind `--` mean, with the options that it was given.
    pub job: Option<Options>,
}

impl Told {
    /// Returns whether the switch `name` was given.
    pub fn has(&self, name: &str) -> bool {
        self.all(name).next().is_some()
    }

    /// Returns the value of the option `name`: the last one counts.
    pub fn one(&self, name: &str) -> Option<&OsStr> {
        self.all(name).last()
    }

    /// Returns all values of the option `name`.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &OsStr> {
        debug_assert!(
            page(self.subcommand).options().any(|option| option.name == name),
            "{name} is defined for {:?}",
            self.subcommand
        );
        self.given
            .iter()
            .filter(move |(given, _)| *given == name)
            .map(|(_, value)| value.as_os_str())
    }

    /// Returns the words that are no options.
    pub fn operands(&self) -> &[OsString] {
        &self.operands
    }

    /// Returns `--stamp-directory`.
    pub fn directory(&self) -> Option<PathBuf> {
        self.one("--stamp-directory").map(PathBuf::from)
    }

    /// Returns a number of bytes.
    pub fn size(&self, name: &str) -> Option<u64> {
        self.text(name).and_then(amount::size)
    }

    /// Returns how long.
    pub fn duration(&self, name: &str) -> Option<Duration> {
        self.text(name).and_then(amount::duration)
    }

    /// Returns how many.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.text(name).and_then(|text| text.parse().ok())
    }

    /// Returns the value of an option whose values are text, or else are none of it.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.one(name).and_then(OsStr::to_str)
    }
}

/// Reads the words behind `subcommand`.
#[cold]
#[inline(never)]
pub(super) fn parse(words: &[OsString], subcommand: Subcommand) -> Result<Request, Usage> {
    let page = page(subcommand);
    let divider = words.iter().position(|word| word == "--");
    match read_words(words, divider, page) {
        // As 0.0.20: this is said before anything else is looked at.
        Ok(Request::Manage(_)) | Err(_) if divider.is_none() && page.command == Command::Required => {
            Err(Usage::NoDivider)
        }
        read => read,
    }
}

fn read_words(words: &[OsString], divider: Option<usize>, page: &Page) -> Result<Request, Usage> {
    let subcommand = page.subcommand;
    let (ours, command) = match divider.filter(|_| page.command != Command::Never) {
        Some(at) => (&words[..at], Some(&words[at + 1..])),
        None => (words, None),
    };
    let names: Vec<&'static str> = page.options().map(|option| option.name).collect();
    let mut told = Told {
        subcommand,
        given: Vec::new(),
        operands: Vec::new(),
        job: None,
    };
    // What is the job's is read by the one who reads it for a run.
    let mut jobs_words = Vec::new();
    let mut ours = ours.iter().peekable();
    while let Some(word) = ours.next() {
        let (written, value) = divide(word);
        if !is_option(&written) || written == "--" {
            told.operand(word, page)?;
            continue;
        }
        let name = full_name(&written, &names).map_err(|usage| elsewhere(&written, page).unwrap_or(usage))?;
        match name {
            "--help" if value.is_none() => return Ok(Request::Help(subcommand)),
            "--version" if value.is_none() => return Ok(Request::Version),
            _ => {}
        }
        let option = page
            .options()
            .find(|option| option.name == name)
            .expect("its name is one of theirs");
        let values = match (option.value, value) {
            (Value::None, Some(_)) => return Err(Usage::Other(format!("{name} takes no value"))),
            (Value::None, None) => vec![OsString::new()],
            (Value::One(_), None) => match ours.next_if(|word| !is_option(word)) {
                Some(value) => vec![value.clone()],
                None => return Err(Usage::Other(format!("{name} needs a value"))),
            },
            (Value::One(_) | Value::Many(_), Some(value)) => vec![value],
            (Value::Many(_), None) => std::iter::from_fn(|| ours.next_if(|word| !is_option(word)).cloned()).collect(),
        };
        if option.is_of_a_job() {
            jobs_words.extend(spelled(option, &values));
        }
        for value in values {
            if let Some(kind) = option.value.kind() {
                check(name, &value, kind)?;
            }
            told.given.push((name, value));
        }
    }
    match command {
        Some([]) => return Err(Usage::NoCommand),
        Some(command) => {
            let mut options = Options {
                command: command.to_vec(),
                ..Options::default()
            };
            read(&jobs_words, subcommand, &mut options)?;
            told.job = Some(options);
        }
        None => told.needs_no_command(page)?,
    }
    Ok(Request::Manage(told))
}

impl Told {
    fn operand(&mut self, word: &OsStr, page: &Page) -> Result<(), Usage> {
        let shown = Shown::bytes(word.as_encoded_bytes());
        let name = page.name;
        let kind = match page.operands {
            Operands::None if page.command == Command::Never => {
                return Err(Usage::Other(format!(
                    "unexpected word `{shown}`: {name} takes no command"
                )));
            }
            Operands::None => {
                return Err(Usage::Other(format!(
                    "unexpected word `{shown}`: the command goes after `--`"
                )));
            }
            Operands::One(kind) if self.operands.is_empty() => kind,
            Operands::One(kind) => {
                let placeholder = kind.placeholder();
                return Err(Usage::Other(format!(
                    "unexpected word `{shown}`: {name} takes one {placeholder}"
                )));
            }
            Operands::Many(kind) => kind,
        };
        check(name, word, kind)?;
        self.operands.push(word.to_os_string());
        Ok(())
    }

    /// Checks that nothing was said of a job that is not there.
    fn needs_no_command(&self, page: &Page) -> Result<(), Usage> {
        let own = |name: &str| {
            page.groups
                .iter()
                .flat_map(|group| group.options)
                .any(|option| option.name == name)
        };
        match self
            .given
            .iter()
            .find(|(name, _)| !own(name) && *name != "--stamp-directory")
        {
            Some((name, _)) if page.command != Command::Never => Err(Usage::Other(format!(
                "{name} says something of a command, and there is none after `--`"
            ))),
            _ => Ok(()),
        }
    }
}

/// Returns the words that say `option` with `values`, each where it cannot be taken for anything else.
fn spelled(option: &Definition, values: &[OsString]) -> Vec<OsString> {
    let with = |value: &OsString| {
        let mut word = OsString::from(option.name);
        word.push("=");
        word.push(value);
        word
    };
    match option.value {
        Value::None => vec![option.name.into()],
        _ => values.iter().map(with).collect(),
    }
}

/// Says that another subcommand has this option, if one has.
fn elsewhere(written: &OsStr, page: &Page) -> Option<Usage> {
    let mut all = PAGES.iter().flat_map(Page::options);
    let name = all.find(|option| written == option.name)?.name;
    Some(Usage::Other(format!("{} has no option {name}", page.name)))
}

/// Checks that `value` is what it has to be.
fn check(name: &str, value: &OsStr, kind: Kind) -> Result<(), Usage> {
    let shown = Shown::bytes(value.as_encoded_bytes());
    let wrong = |what: &str| Err(Usage::Other(format!("{name}: `{shown}` is {what}")));
    let text = value.to_str();
    match kind {
        Kind::Variable => variable(value.to_os_string()).map(drop),
        Kind::Size => size(name, value).map(drop),
        Kind::Duration if text.and_then(amount::duration).is_none() => {
            wrong(&format!("no duration such as {}", amount::DURATIONS))
        }
        Kind::Number if text.and_then(|text| text.parse::<u64>().ok()).is_none() => wrong("no number"),
        Kind::Choice(words) if !words.iter().any(|word| value == *word) => {
            wrong(&format!("none of {}", words.join(", ")))
        }
        Kind::Path | Kind::Directory | Kind::File if value.is_empty() => {
            Err(Usage::Other(format!("{name}: a path is empty")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doctor_takes_its_own_options_and_no_command() {
        let asked = |given: &[(&'static str, &str)]| {
            Ok(Request::Manage(Told {
                subcommand: Subcommand::Doctor,
                given: given.iter().map(|(name, value)| (*name, value.into())).collect(),
                operands: Vec::new(),
                job: None,
            }))
        };
        let wrong = |words: &str| Err(Usage::Other(words.to_owned()));
        for (words, expected) in [
            (&[][..], asked(&[])),
            (&["--json", "--deep"], asked(&[("--json", ""), ("--deep", "")])),
            (&["--stamp-directory", "d"], asked(&[("--stamp-directory", "d")])),
            (
                &["--stamp=d", "--json"],
                asked(&[("--stamp-directory", "d"), ("--json", "")]),
            ),
            (&["-h", "x"], Ok(Request::Help(Subcommand::Doctor))),
            (&["--version"], Ok(Request::Version)),
            (&["--stamp-directory"], wrong("--stamp-directory needs a value")),
            (&["--stamp-directory="], wrong("--stamp-directory: a path is empty")),
            (&["--json=1"], wrong("--json takes no value")),
            (&["--use-hashes"], wrong("doctor has no option --use-hashes")),
            (&["--bogus"], Err(Usage::Unknown("--bogus".to_owned()))),
            (&["--", "c"], wrong("unexpected word `--`: doctor takes no command")),
            (&["x"], wrong("unexpected word `x`: doctor takes no command")),
        ] {
            let line: Vec<OsString> = words.iter().map(OsString::from).collect();
            assert_eq!(parse(&line, Subcommand::Doctor), expected, "{words:?}");
        }
    }

    #[test]
    fn values_are_checked_for_what_they_have_to_be() {
        let choice = Kind::Choice(&["bash", "zsh"]);
        for (kind, value, expected) in [
            (Kind::Size, "20M", None),
            (Kind::Size, "20MB", Some("`20MB` is no size such as 500K, 20M or 1G")),
            (Kind::Duration, "1h30m", None),
            (
                Kind::Duration,
                "10",
                Some("`10` is no duration such as 90s, 1h30m, 7d or 2w"),
            ),
            (Kind::Number, "10", None),
            (Kind::Number, "-1", Some("`-1` is no number")),
            (choice, "zsh", None),
            (choice, "csh", Some("`csh` is none of bash, zsh")),
            (Kind::Path, "", Some("a path is empty")),
            (Kind::Word("TEXT"), "", None),
        ] {
            let expected = expected.map(|words| Usage::Other(format!("--x: {words}")));
            assert_eq!(check("--x", value.as_ref(), kind).err(), expected, "{kind:?} {value}");
        }
    }
}
