//! What people read on: how wide it is, and what it can show.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};

use crate::paint::{Paint, Wish};
use crate::variables::value;

/// A terminal that does not say how wide it is, is taken for one of these.
const USUAL_WIDTH: usize = 80;

/// What a stream of words is read on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Screen {
    /// How many columns it has; none where lines may have any length, as in a file.
    pub width: Option<usize>,
    /// Whether it shows colour.
    pub paint: Paint,
    /// Whether it shows more than ASCII.
    pub unicode: bool,
}

impl Screen {
    /// Looks at standard output.
    pub fn stdout(wish: Wish) -> Self {
        let is_terminal = io::stdout().is_terminal();
        Self {
            width: is_terminal.then(|| width(value("COLUMNS"), told_width(io::stdout()))),
            paint: Paint::decide(wish, is_terminal, &|name| value(name)),
            unicode: is_unicode(&|name| value(name)),
        }
    }

    /// Looks at standard error, which is a terminal, for a line that is erased again: so the terminal itself knows best how wide it
    /// is.
    pub fn stderr() -> Self {
        Self {
            width: Some(width(None, told_width(io::stderr()))),
            paint: Paint::default(),
            unicode: is_unicode(&|name| value(name)),
        }
    }
}

/// Returns how wide a terminal is that has so many columns by the variable, or as it tells itself: who says it by hand knows
/// better.
fn width(said: Option<OsString>, told: Option<u16>) -> usize {
    let said = said.and_then(|said| said.to_str()?.parse::<usize>().ok());
    let told = told.map(usize::from);
    let is_some = |width: &usize| *width > 0;
    said.filter(is_some)
        .or_else(|| told.filter(is_some))
        .unwrap_or(USUAL_WIDTH)
}

/// Returns whether the locale has characters beyond ASCII: of the variables that say so, the first that is set counts.
fn is_unicode(variable: &dyn Fn(&str) -> Option<OsString>) -> bool {
    let names = ["LC_ALL", "LC_CTYPE", "LANG"];
    let locale = names.into_iter().filter_map(variable).find(|locale| !locale.is_empty());
    let name = locale.and_then(|locale| Some(locale.to_str()?.to_ascii_lowercase()));
    name.is_some_and(|name| name.contains("utf-8") || name.contains("utf8"))
}

#[cfg(unix)]
fn told_width(stream: impl std::os::fd::AsFd) -> Option<u16> {
    Some(rustix::termios::tcgetwinsize(stream).ok()?.ws_col)
}

#[cfg(not(unix))]
fn told_width<T>(_stream: T) -> Option<u16> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_width_that_is_said_counts_more_than_one_that_is_told() {
        for (said, told, expected) in [
            (None, Some(132), 132),
            (Some("50"), Some(132), 50),
            (Some("0"), Some(132), 132),
            (Some("wide"), Some(132), 132),
            (Some(""), Some(0), 80),
            (None, None, 80),
        ] {
            assert_eq!(width(said.map(Into::into), told), expected, "{said:?} {told:?}");
        }
    }

    #[test]
    fn the_first_variable_that_is_set_tells_the_characters() {
        for (variables, expected) in [
            (&[][..], false),
            (&[("LANG", "de_DE.UTF-8")][..], true),
            (&[("LANG", "C.utf8")], true),
            (&[("LANG", "C.UTF-8"), ("LC_ALL", "C")], false),
            (&[("LANG", "C"), ("LC_CTYPE", "C.UTF-8")], true),
            (&[("LANG", "C.UTF-8"), ("LC_ALL", "")], true),
            (&[("LANG", "de_DE.ISO-8859-1")], false),
        ] {
            let variable = |name: &str| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| value.into())
            };
            assert_eq!(is_unicode(&variable), expected, "{variables:?}");
        }
    }
}
