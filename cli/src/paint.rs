//! Colour for words that people read, where they want it.
//!
//! Only on a terminal. `NO_COLOR` (no-color.org) forbids it everywhere, `CLICOLOR_FORCE` (bixense.com/clicolors) demands it
//! everywhere; `CLICOLOR=0` and a terminal that calls itself `dumb`, or nothing, do without. Nothing is ever said in
//! colour alone.

use std::ffi::OsString;

pub use jobstamps::settings::Color as Wish;

/// How some words are to look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// As all others.
    #[default]
    Plain,
    /// As what matters most.
    Strong,
    /// As what matters less.
    Faint,
    /// As what is well.
    Good,
    /// As what is worth a look.
    Notable,
    /// As what is not well.
    Bad,
    /// As a name of something: a key, a program.
    Name,
}

/// Whether words are coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paint {
    on: bool,
}

impl Paint {
    /// Decides for a stream that is, or is not, a terminal. A `wish` that was said goes before what the variables say.
    pub fn decide(wish: Wish, is_terminal: bool, variable: &dyn Fn(&str) -> Option<OsString>) -> Self {
        let filled = |name| variable(name).filter(|value| !value.is_empty());
        let is_on = |name| filled(name).map(|value| value != "0");
        let on = match wish {
            Wish::Always => true,
            Wish::Never => false,
            Wish::Auto if filled("NO_COLOR").is_some() => false,
            Wish::Auto if is_on("CLICOLOR_FORCE") == Some(true) => true,
            Wish::Auto => {
                let is_dumb = filled("TERM").is_none_or(|term| term == "dumb");
                is_terminal && !is_dumb && is_on("CLICOLOR") != Some(false)
            }
        };
        Self { on }
    }

    /// Returns `text` so that it looks as its style has it.
    pub fn text(self, style: Style, text: &str) -> String {
        // SGR, ECMA-48 8.3.117: the terminal's own sixteen colours, which its user has chosen to be readable.
        let codes = match style {
            Style::Plain => "",
            Style::Strong => "1",
            Style::Faint => "2",
            Style::Good => "32",
            Style::Notable => "33",
            Style::Bad => "31",
            Style::Name => "36",
        };
        if self.on && !codes.is_empty() && !text.is_empty() {
            format!("\x1b[{codes}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_for_terminals_and_for_those_who_want_it() {
        const TERM: (&str, &str) = ("TERM", "xterm");
        for (wish, is_terminal, variables, on) in [
            (Wish::Auto, true, &[TERM][..], true),
            (Wish::Auto, false, &[TERM], false),
            (Wish::Auto, true, &[], false),
            (Wish::Auto, true, &[("TERM", "dumb")], false),
            (Wish::Auto, true, &[TERM, ("NO_COLOR", "1")], false),
            (Wish::Auto, true, &[TERM, ("NO_COLOR", "0")], false),
            (Wish::Auto, true, &[TERM, ("NO_COLOR", "")], true),
            (Wish::Auto, true, &[TERM, ("CLICOLOR", "0")], false),
            (Wish::Auto, false, &[("CLICOLOR_FORCE", "1")], true),
            (Wish::Auto, false, &[("CLICOLOR_FORCE", "0")], false),
            (Wish::Auto, false, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
            (Wish::Always, false, &[("NO_COLOR", "1")], true),
            (Wish::Never, true, &[TERM, ("CLICOLOR_FORCE", "1")], false),
        ] {
            let variable = |name: &str| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| value.into())
            };
            let paint = Paint::decide(wish, is_terminal, &variable);
            assert_eq!(paint.on, on, "{wish:?} {is_terminal} {variables:?}");
        }
    }

    #[test]
    fn without_colour_and_without_words_nothing_is_added() {
        let (on, off) = (Paint { on: true }, Paint::default());
        assert_eq!(on.text(Style::Good, "well"), "\x1b[32mwell\x1b[0m");
        for (paint, style, text) in [
            (off, Style::Good, "well"),
            (on, Style::Plain, "well"),
            (on, Style::Good, ""),
        ] {
            assert_eq!(paint.text(style, text), text);
        }
    }
}
