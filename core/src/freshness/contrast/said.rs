//! A contrast in words.

use std::ffi::OsStr;
use std::fmt;

use super::{Contrast, Setting};
use crate::error::Shown;
use crate::job::{Input, Parameter};

/// So many bytes of a text are shown; of a longer one, those where it begins to differ.
const SHOWN: usize = 72;
/// So many of them are the same in both, and tell where the difference is.
const BEFORE: usize = 24;

impl fmt::Display for Contrast {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = OsStr::as_encoded_bytes;
        match self {
            Self::Program { then, now } => instead(
                formatter,
                "the program",
                Some(bytes(then.as_os_str())),
                Some(bytes(now.as_os_str())),
            ),
            Self::Name { then, now } => {
                let noun = "the name that the program is called by";
                instead(formatter, noun, Some(bytes(then)), Some(bytes(now)))
            }
            Self::Argument { number, then, now } => {
                let noun = format!("argument {number}");
                instead(formatter, &noun, then.as_deref().map(bytes), now.as_deref().map(bytes))
            }
            Self::Directory { then, now } => match (then, now) {
                (None, _) => formatter.write_str("the working directory: it counts now"),
                (_, None) => formatter.write_str("the working directory: it does not count now"),
                (Some(then), Some(now)) => instead(
                    formatter,
                    "the working directory",
                    Some(bytes(then.as_os_str())),
                    Some(bytes(now.as_os_str())),
                ),
            },
            Self::Variable { name, then, now } => {
                let name = Shown::bytes(bytes(name));
                write!(formatter, "the variable `{name}`: {}", setting(*then, *now))
            }
            Self::Input { then, now } => write!(formatter, "standard input: {}", input(*then, *now)),
            Self::Joined { now: true } => {
                formatter.write_str("standard output and standard error: they are one stream now")
            }
            Self::Joined { now: false } => {
                formatter.write_str("standard output and standard error: they were one stream")
            }
            Self::Scope { then, now } => instead(
                formatter,
                "the scope",
                then.as_deref().map(bytes),
                now.as_deref().map(bytes),
            ),
            Self::Parameter { name, then, now } => parameter(formatter, name, then.as_ref(), now.as_ref()),
        }
    }
}

/// Says what stands instead of what.
fn instead(formatter: &mut fmt::Formatter<'_>, noun: &str, then: Option<&[u8]>, now: Option<&[u8]>) -> fmt::Result {
    let (then, now) = excerpts(then, now);
    match (then, now) {
        (Some(then), Some(now)) => write!(formatter, "{noun}: `{now}` instead of `{then}`"),
        (None, Some(now)) => write!(formatter, "{noun}: `{now}` instead of none"),
        (Some(then), None) => write!(formatter, "{noun}: none instead of `{then}`"),
        (None, None) => formatter.write_str(noun),
    }
}

/// Returns what is to be shown of two texts: the stretch where they begin to differ, if they are long.
fn excerpts(then: Option<&[u8]>, now: Option<&[u8]>) -> (Option<String>, Option<String>) {
    let common = match (then, now) {
        (Some(then), Some(now)) => then.iter().zip(now).take_while(|(one, other)| one == other).count(),
        _ => 0,
    };
    let longest = [then, now].into_iter().flatten().map(<[u8]>::len).max().unwrap_or(0);
    let from = if longest > SHOWN {
        common.saturating_sub(BEFORE)
    } else {
        0
    };
    let excerpt = |text: &[u8]| {
        // Never within a character.
        let is_inside = |at: &usize| text.get(*at).is_some_and(|byte| byte & 0xc0 == 0x80);
        let from = (0..=from.min(text.len())).rev().find(|at| !is_inside(at)).unwrap_or(0);
        let to = (from + SHOWN).min(text.len());
        let to = (from..=to).rev().find(|at| !is_inside(at)).unwrap_or(to);
        let dots = |is_cut| if is_cut { "…" } else { "" };
        format!(
            "{}{}{}",
            dots(from > 0),
            Shown::bytes(&text[from..to]),
            dots(to < text.len())
        )
    };
    (then.map(excerpt), now.map(excerpt))
}

fn setting(then: Setting, now: Setting) -> &'static str {
    match (then, now) {
        (Setting::NotCounted, _) => "it counts now",
        (_, Setting::NotCounted) => "it does not count now",
        (Setting::Unset, Setting::Set(_)) => "it is set, and was not",
        (Setting::Set(_), Setting::Unset) => "it is not set, and was",
        _ => "it has another value",
    }
}

fn input(then: Input, now: Input) -> String {
    let noun = |input| match input {
        Input::Closed => "none at all",
        Input::Nothing => "`/dev/null`",
        Input::Terminal => "a terminal",
        Input::File { .. } => "a file",
        Input::Pipe(_) => "a pipe",
        Input::Bytes(_) | Input::Whole(_) => "what it holds",
    };
    match (then, now) {
        (Input::File { digest: then, .. }, Input::File { digest: now, .. }) if then == now => {
            "it is read from another place in the same file".to_owned()
        }
        (Input::File { .. }, Input::File { .. })
        | (Input::Bytes(_), Input::Bytes(_))
        | (Input::Whole(_), Input::Whole(_)) => "it has another content".to_owned(),
        (then, now) => format!("{} instead of {}", noun(now), noun(then)),
    }
}

fn parameter(
    formatter: &mut fmt::Formatter<'_>,
    name: &str,
    then: Option<&Parameter>,
    now: Option<&Parameter>,
) -> fmt::Result {
    let noun = format!("the argument `{}`", Shown::bytes(name.as_bytes()));
    let text = |one: Option<&Parameter>| one.and_then(|one| one.text.clone());
    match (text(then), text(now)) {
        (Some(then), Some(now)) => instead(formatter, &noun, Some(then.as_bytes()), Some(now.as_bytes())),
        (None, Some(now)) if then.is_some() => {
            let (_, now) = excerpts(None, Some(now.as_bytes()));
            write!(formatter, "{noun}: `{}` instead of another", now.unwrap_or_default())
        }
        (None, Some(now)) => instead(formatter, &noun, None, Some(now.as_bytes())),
        (Some(then), None) if now.is_none() => instead(formatter, &noun, Some(then.as_bytes()), None),
        _ => formatter.write_str(&match (then, now) {
            (None, _) => format!("{noun}: there was none"),
            (_, None) => format!("{noun}: there is none now"),
            _ => format!("{noun}: it has another value"),
        }),
    }
}
