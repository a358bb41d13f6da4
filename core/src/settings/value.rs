//! Words into values, and back.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::{Color, Setting, Settings};
use crate::amount::{self, DURATIONS, SIZES};
use crate::disk;
use crate::error::Shown;
use crate::job::ToolCheck;

/// What was said of a setting.
#[derive(Clone, Copy, Debug)]
pub enum Given<'a> {
    /// Words: in a variable, or quoted in the file.
    Text(&'a OsStr),
    /// `true` or `false`, in the file.
    Switch(bool),
    /// A number, in the file.
    Number(u64),
    /// A list of words, in the file.
    List(&'a [&'a str]),
    /// Something else that no setting can be; its noun.
    Other(&'static str),
}

/// What a setting is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A path.
    Path(PathBuf),
    /// A number of bytes.
    Bytes(u64),
    /// A time.
    Time(Duration),
    /// On or off.
    Switch(bool),
    /// One of some words.
    Word(&'static str),
    /// Anybody's words.
    Text(OsString),
    /// Several.
    List(Vec<OsString>),
}

impl fmt::Display for Value {
    /// Writes it as it is said in a variable, but for characters that could mislead.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |text: &OsStr| Shown::bytes(text.as_encoded_bytes()).to_string();
        match self {
            Self::Path(path) => formatter.write_str(&shown(path.as_os_str())),
            Self::Bytes(bytes) => formatter.write_str(&amount::written_size(*bytes)),
            Self::Time(time) => formatter.write_str(&amount::written_duration(*time)),
            Self::Switch(switch) => switch.fmt(formatter),
            Self::Word(word) => formatter.write_str(word),
            Self::Text(text) => formatter.write_str(&shown(text)),
            Self::List(list) => {
                let list: Vec<String> = list.iter().map(|text| shown(text)).collect();
                formatter.write_str(&list.join(", "))
            }
        }
    }
}

const COLORS: [(&str, Color); 3] = [
    ("auto", Color::Auto),
    ("always", Color::Always),
    ("never", Color::Never),
];

const TOOL_CHECKS: [(&str, ToolCheck); 3] = [
    ("stat", ToolCheck::Stat),
    ("content", ToolCheck::Content),
    ("none", ToolCheck::None),
];

impl Settings {
    /// Sets `setting` to what was `given`.
    ///
    /// # Errors
    /// It cannot be that: what is wrong, and what would be right.
    pub fn set(&mut self, setting: Setting, given: &Given) -> Result<(), String> {
        match setting {
            Setting::Directory => self.directory = Some(text(given)?.into()),
            Setting::MaxSize => self.max_size = Some(size(given)?),
            Setting::MaxAge => self.max_age = Some(duration(given)?),
            Setting::Ttl => self.ttl = Some(duration(given)?),
            Setting::Stale => self.stale = Some(duration(given)?),
            Setting::Scope => self.scope = Some(text(given)?.to_owned()),
            Setting::Quiet => self.quiet = Some(switch(given)?),
            Setting::Strict => self.strict = Some(switch(given)?),
            Setting::Explain => self.explain = Some(switch(given)?),
            Setting::UseHashes => self.use_hashes = Some(switch(given)?),
            Setting::Paranoid => self.paranoid = Some(switch(given)?),
            Setting::ToolCheck => self.tool_check = Some(choose(given, &TOOL_CHECKS)?),
            Setting::Env => self.env = names(given)?,
            Setting::DiscardFailures => self.discard_failures = Some(switch(given)?),
            Setting::MaxOutput => self.max_output = Some(size(given)?),
            Setting::RecordArguments => self.record_arguments = Some(switch(given)?),
            Setting::Wait => self.wait = Some(switch(given)?),
            Setting::Count => self.count = Some(switch(given)?),
            Setting::Color => self.color = Some(choose(given, &COLORS)?),
            Setting::Force => self.force = Some(switch(given)?),
            Setting::Warm => self.warm = Some(switch(given)?),
            Setting::Verify => self.verify = Some(switch(given)?),
        }
        Ok(())
    }

    /// Returns what `setting` was set to.
    #[must_use]
    pub fn get(&self, setting: Setting) -> Option<Value> {
        match setting {
            Setting::Directory => self.directory.clone().map(Value::Path),
            Setting::MaxSize => self.max_size.map(Value::Bytes),
            Setting::MaxAge => self.max_age.map(Value::Time),
            Setting::Ttl => self.ttl.map(Value::Time),
            Setting::Stale => self.stale.map(Value::Time),
            Setting::Scope => self.scope.clone().map(Value::Text),
            Setting::Quiet => self.quiet.map(Value::Switch),
            Setting::Strict => self.strict.map(Value::Switch),
            Setting::Explain => self.explain.map(Value::Switch),
            Setting::UseHashes => self.use_hashes.map(Value::Switch),
            Setting::Paranoid => self.paranoid.map(Value::Switch),
            Setting::ToolCheck => self.tool_check.and_then(|check| word(check, &TOOL_CHECKS)),
            Setting::Env => Some(Value::List(self.env.clone())).filter(|_| !self.env.is_empty()),
            Setting::DiscardFailures => self.discard_failures.map(Value::Switch),
            Setting::MaxOutput => self.max_output.map(Value::Bytes),
            Setting::RecordArguments => self.record_arguments.map(Value::Switch),
            Setting::Wait => self.wait.map(Value::Switch),
            Setting::Count => self.count.map(Value::Switch),
            Setting::Color => self.color.and_then(|color| word(color, &COLORS)),
            Setting::Force => self.force.map(Value::Switch),
            Setting::Warm => self.warm.map(Value::Switch),
            Setting::Verify => self.verify.map(Value::Switch),
        }
    }
}

fn word<T: Copy + PartialEq>(value: T, choices: &[(&'static str, T)]) -> Option<Value> {
    let found = choices.iter().find(|(_, choice)| *choice == value);
    found.map(|(word, _)| Value::Word(word))
}

/// Says of `given` that it `is` not what it should be.
fn refuse(given: &Given, is: &str) -> String {
    match given {
        Given::Text(words) => format!("`{}` {is}", Shown::bytes(words.as_encoded_bytes())),
        Given::Switch(switch) => format!("`{switch}` {is}"),
        Given::Number(number) => format!("`{number}` {is}"),
        Given::List(_) => format!("a list {is}"),
        Given::Other(noun) => format!("{noun} {is}"),
    }
}

fn text<'a>(given: &Given<'a>) -> Result<&'a OsStr, String> {
    match given {
        Given::Text(words) if words.is_empty() => Err("the text is empty".to_owned()),
        // A name of the system's cannot hold one, and nobody means it elsewhere.
        Given::Text(words) if words.as_encoded_bytes().contains(&0) => Err(refuse(given, "holds a NUL byte")),
        Given::Text(words) => Ok(words),
        other => Err(refuse(other, "is no text in quotes")),
    }
}

fn switch(given: &Given) -> Result<bool, String> {
    let is_one_of = |words: &OsStr, all: &[&str]| all.iter().any(|word| words.eq_ignore_ascii_case(word));
    match given {
        Given::Switch(switch) => Ok(*switch),
        Given::Text(words) if is_one_of(words, &["1", "true", "yes", "on"]) => Ok(true),
        Given::Text(words) if is_one_of(words, &["0", "false", "no", "off"]) => Ok(false),
        other => Err(refuse(other, "is neither true nor false")),
    }
}

fn size(given: &Given) -> Result<u64, String> {
    let read = match given {
        Given::Number(bytes) => Some(*bytes),
        Given::Text(words) => words.to_str().and_then(amount::size),
        _ => None,
    };
    read.ok_or_else(|| refuse(given, &format!("is no size such as {SIZES}")))
}

fn duration(given: &Given) -> Result<Duration, String> {
    let read = match given {
        Given::Text(words) => words.to_str().and_then(amount::duration),
        Given::Number(0) => Some(Duration::ZERO),
        _ => None,
    };
    read.ok_or_else(|| refuse(given, &format!("is no duration such as {DURATIONS}")))
}

fn choose<T: Copy>(given: &Given, choices: &[(&str, T)]) -> Result<T, String> {
    let chosen = choices
        .iter()
        .find(|(word, _)| matches!(given, Given::Text(words) if words == word));
    chosen.map(|(_, choice)| *choice).ok_or_else(|| {
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        refuse(given, &format!("is none of {}", words.join(", ")))
    })
}

/// Reads names of variables: a list, or words with commas or blanks between them.
fn names(given: &Given) -> Result<Vec<OsString>, String> {
    let names: Vec<OsString> = match given {
        Given::List(list) => list.iter().map(OsString::from).collect(),
        Given::Text(words) => words
            .as_encoded_bytes()
            .split(|byte| matches!(byte, b',' | b' ' | b'\t' | b'\n'))
            .filter(|name| !name.is_empty())
            .map(|name| disk::os_string(name).unwrap_or_default())
            .collect(),
        other => return Err(refuse(other, "is no list of names")),
    };
    let is_impossible = |name: &&OsString| {
        let bytes = name.as_encoded_bytes();
        bytes.is_empty() || bytes.iter().any(|byte| matches!(byte, b'=' | 0))
    };
    match names.iter().find(is_impossible) {
        Some(name) => Err(refuse(&Given::Text(name), "is no name of a variable")),
        None => Ok(names),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(setting: Setting, given: &Given) -> Result<Value, String> {
        let mut settings = Settings::default();
        settings.set(setting, given)?;
        Ok(settings.get(setting).expect("it was set"))
    }

    #[test]
    fn words_become_values_and_what_is_none_is_told_with_what_would_be_right() {
        let wrong = |what: &str| Err(what.to_owned());
        let names = |names: &[&str]| Ok(Value::List(names.iter().map(OsString::from).collect()));
        let seconds = |seconds| Ok(Value::Time(Duration::from_secs(seconds)));
        for (setting, words, expected) in [
            (Setting::Directory, "a b", Ok(Value::Path("a b".into()))),
            (Setting::Directory, "", wrong("the text is empty")),
            (Setting::MaxSize, "10G", Ok(Value::Bytes(10 << 30))),
            (
                Setting::MaxSize,
                "10 G",
                wrong("`10 G` is no size such as 500K, 20M or 1G"),
            ),
            (Setting::Ttl, "1h30m", seconds(5400)),
            (Setting::Ttl, "0", seconds(0)),
            (
                Setting::Ttl,
                "90",
                wrong("`90` is no duration such as 90s, 1h30m, 7d or 2w"),
            ),
            (Setting::Quiet, "Yes", Ok(Value::Switch(true))),
            (Setting::Quiet, "OFF", Ok(Value::Switch(false))),
            (Setting::Quiet, "2", wrong("`2` is neither true nor false")),
            (Setting::ToolCheck, "content", Ok(Value::Word("content"))),
            (
                Setting::ToolCheck,
                "hash",
                wrong("`hash` is none of stat, content, none"),
            ),
            (Setting::Color, "never", Ok(Value::Word("never"))),
            (Setting::Env, "CC, CFLAGS LDFLAGS", names(&["CC", "CFLAGS", "LDFLAGS"])),
            (Setting::Env, "A=1", wrong("`A=1` is no name of a variable")),
            (Setting::Scope, "main\u{1b}", Ok(Value::Text("main\u{1b}".into()))),
            (Setting::Scope, "a\0", wrong("`a\\x00` holds a NUL byte")),
        ] {
            assert_eq!(
                set(setting, &Given::Text(words.as_ref())),
                expected,
                "{setting:?} {words}"
            );
        }
    }

    #[test]
    fn the_file_has_switches_numbers_and_lists_besides() {
        let wrong = |what: &str| Err(what.to_owned());
        for (setting, given, expected) in [
            (Setting::Quiet, Given::Switch(false), Ok(Value::Switch(false))),
            (Setting::Quiet, Given::Number(1), wrong("`1` is neither true nor false")),
            (Setting::MaxSize, Given::Number(5), Ok(Value::Bytes(5))),
            (Setting::Stale, Given::Number(0), Ok(Value::Time(Duration::ZERO))),
            (
                Setting::Stale,
                Given::Number(5),
                wrong("`5` is no duration such as 90s, 1h30m, 7d or 2w"),
            ),
            (
                Setting::Scope,
                Given::Switch(true),
                wrong("`true` is no text in quotes"),
            ),
            (
                Setting::Env,
                Given::List(&["A", "B"]),
                Ok(Value::List(vec!["A".into(), "B".into()])),
            ),
            (
                Setting::Env,
                Given::List(&["A", ""]),
                wrong("`` is no name of a variable"),
            ),
            (Setting::Env, Given::Switch(true), wrong("`true` is no list of names")),
            (
                Setting::Color,
                Given::Other("a table"),
                wrong("a table is none of auto, always, never"),
            ),
        ] {
            assert_eq!(set(setting, &given), expected, "{setting:?}");
        }
    }
}
