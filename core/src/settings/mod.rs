//! What users set for all their jobs: in variables of the environment, and in a configuration file of their own.
//!
//! Each setting has one name, in three spellings: `max-size` in the file, `JOBSTAMPS_MAX_SIZE` as a variable, and
//! `--max-size` where a command takes it. What is said nearer counts: an option before a variable, that before the file,
//! and the file before what holds where nobody says anything. Only the names of variables that count (`env`) add up: to
//! lose one would make an answer wrong.
//!
//! The file lies in the user's own home and nowhere else: a directory that somebody else filled, such as a checkout, must
//! choose neither stores nor limits. This module reads no variable: callers pass them in.

mod setting;
mod value;
mod file;

#[cfg(feature = "fuzzing")]
pub(crate) use file::understand;
pub use file::{Read, place, read};
pub use setting::Setting;
pub use value::{Given, Value};

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::error::Shown;
use crate::job::ToolCheck;
use crate::store::Limits;

/// What was set in one place, or in all of them; nothing for what was not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Where stamps are kept.
    pub directory: Option<PathBuf>,
    /// How many bytes may stay in the store.
    pub max_size: Option<u64>,
    /// For how long a stamp may stay unused.
    pub max_age: Option<Duration>,
    /// How long a run counts, from its start on.
    pub ttl: Option<Duration>,
    /// From which age on a fresh run is replayed and made anew behind.
    pub stale: Option<Duration>,
    /// A name that tells equal jobs apart.
    pub scope: Option<OsString>,
    /// Whether warnings are kept back.
    pub quiet: Option<bool>,
    /// Whether a warning makes the command fail.
    pub strict: Option<bool>,
    /// Whether it is said why a command ran, or what was replayed.
    pub explain: Option<bool>,
    /// Whether files are compared by content.
    pub use_hashes: Option<bool>,
    /// Whether contents are read again every time.
    pub paranoid: Option<bool>,
    /// How the program of a command is compared.
    pub tool_check: Option<ToolCheck>,
    /// Names of variables that count.
    pub env: Vec<OsString>,
    /// Whether only success is remembered.
    pub discard_failures: Option<bool>,
    /// How much a command may print to be remembered.
    pub max_output: Option<u64>,
    /// Whether arguments are written down for people to read.
    pub record_arguments: Option<bool>,
    /// Whether to wait for an equal job that runs now.
    pub wait: Option<bool>,
    /// Whether hits and misses are counted.
    pub count: Option<bool>,
    /// Whether what people read is coloured.
    pub color: Option<Color>,
    /// Run although it could be replayed. As the next two, for one run: never in the file.
    pub force: Option<bool>,
    /// Remember, and say nothing of what the job says.
    pub warm: Option<bool>,
    /// Run although it could be replayed, and compare.
    pub verify: Option<bool>,
}

/// Whether what people read is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    /// On a terminal that shows colours.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Settings {
    /// Reads the variables among `variables` that are settings; what is empty is not set. Of two of one name the first
    /// counts, as getenv(3) has it.
    ///
    /// Returns what could not be understood too: that is not set.
    pub fn of_variables<'a>(variables: impl Iterator<Item = (&'a OsStr, &'a OsStr)>) -> (Self, Vec<Problem>) {
        let mut settings = Self::default();
        let mut problems = Vec::new();
        let mut seen = Vec::new();
        for (name, value) in variables {
            let Some(setting) = Setting::of_variable(name).filter(|setting| !seen.contains(setting)) else {
                continue;
            };
            seen.push(setting);
            if value.is_empty() {
                continue;
            }
            if let Err(what) = settings.set(setting, &Given::Text(value)) {
                problems.push(Problem {
                    place: Place::Variable(setting.variable()),
                    what,
                });
            }
        }
        (settings, problems)
    }

    /// Returns these settings with those of `below` where these say nothing.
    #[must_use]
    pub fn over(self, below: Self) -> Self {
        let mut env = self.env;
        for name in below.env {
            if !env.contains(&name) {
                env.push(name);
            }
        }
        Self {
            directory: self.directory.or(below.directory),
            max_size: self.max_size.or(below.max_size),
            max_age: self.max_age.or(below.max_age),
            ttl: self.ttl.or(below.ttl),
            stale: self.stale.or(below.stale),
            scope: self.scope.or(below.scope),
            quiet: self.quiet.or(below.quiet),
            strict: self.strict.or(below.strict),
            explain: self.explain.or(below.explain),
            use_hashes: self.use_hashes.or(below.use_hashes),
            paranoid: self.paranoid.or(below.paranoid),
            tool_check: self.tool_check.or(below.tool_check),
            env,
            discard_failures: self.discard_failures.or(below.discard_failures),
            max_output: self.max_output.or(below.max_output),
            record_arguments: self.record_arguments.or(below.record_arguments),
            wait: self.wait.or(below.wait),
            count: self.count.or(below.count),
            color: self.color.or(below.color),
            force: self.force.or(below.force),
            warm: self.warm.or(below.warm),
            verify: self.verify.or(below.verify),
        }
    }

    /// Returns what may stay in the store.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let usual = Limits::default();
        Limits {
            bytes: self.max_size.unwrap_or(usual.bytes),
            age: self.max_age.map_or(usual.age, |age| age.as_secs()),
        }
    }

    /// Returns whether hits and misses are counted: they are, if nobody says otherwise.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.count != Some(false)
    }
}

/// Something that was set and cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it was said.
    pub place: Place,
    /// What is wrong, and what would be right.
    pub what: String,
}

/// Where something was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In this variable.
    Variable(&'static str),
    /// In this file.
    File {
        /// Which.
        path: PathBuf,
        /// The line, from 1, if it is about one.
        line: Option<usize>,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Variable(name) => formatter.write_str(name)?,
            Place::File { path, line } => {
                write!(formatter, "configuration file `{}`", Shown::path(path))?;
                if let Some(line) = line {
                    write!(formatter, ", line {line}")?;
                }
            }
        }
        write!(formatter, ": {}", self.what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> (Settings, Vec<String>) {
        let pairs = variables
            .iter()
            .map(|(name, value)| (OsStr::new(*name), OsStr::new(*value)));
        let (settings, problems) = Settings::of_variables(pairs);
        (settings, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_variable_is_a_setting_unless_it_is_empty_or_not_ours() {
        let (settings, problems) = of(&[
            ("JOBSTAMPS_TTL", "1h"),
            ("JOBSTAMPS_QUIET", ""),
            ("JOBSTAMPS_STRICT", "0"),
            ("JOBSTAMPS_ENV", "CC,CFLAGS"),
            ("JOBSTAMPS_KEY", "secret"),
            ("jobstamps_ttl", "2h"),
            ("JOBSTAMPS_TTL", "3h"),
            ("JOBSTAMPS_QUIET", "1"),
            ("PATH", "/bin"),
        ]);
        let expected = Settings {
            ttl: Some(Duration::from_secs(3600)),
            strict: Some(false),
            env: vec!["CC".into(), "CFLAGS".into()],
            ..Settings::default()
        };
        assert_eq!((settings, problems), (expected, Vec::new()));
    }

    #[test]
    fn a_variable_that_cannot_be_understood_is_named_and_not_set() {
        let (settings, problems) = of(&[("JOBSTAMPS_TTL", "10"), ("JOBSTAMPS_WAIT", "perhaps")]);
        assert_eq!(settings, Settings::default());
        assert_eq!(
            problems,
            [
                "JOBSTAMPS_TTL: `10` is no duration such as 90s, 1h30m, 7d or 2w",
                "JOBSTAMPS_WAIT: `perhaps` is neither true nor false",
            ]
        );
    }

    #[test]
    fn what_is_said_nearer_counts_and_names_of_variables_add_up() {
        let near = Settings {
            quiet: Some(false),
            env: vec!["A".into(), "B".into()],
            ..Settings::default()
        };
        let far = Settings {
            quiet: Some(true),
            strict: Some(true),
            env: vec!["B".into(), "C".into()],
            ..Settings::default()
        };
        let both = near.over(far);
        assert_eq!((both.quiet, both.strict), (Some(false), Some(true)));
        assert_eq!(both.env, ["A", "B", "C"]);
    }

    /// A setting that `over` forgot would be lost on its way from the file to the command.
    #[test]
    fn each_setting_comes_through_from_below() {
        for setting in Setting::ALL {
            let mut below = Settings::default();
            below.set(setting, &Given::Text(setting.example().as_ref())).unwrap();
            assert_eq!(Settings::default().over(below.clone()), below, "{}", setting.key());
            let text = below.get(setting).expect("it was set").to_string();
            assert_eq!(text, setting.example(), "{}", setting.key());
        }
    }
}
