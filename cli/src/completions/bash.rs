//! Completions for bash.

use super::{alike, filled, joined, lines, lists, names, operands, spellings, values};
use crate::cold::text;
use crate::definitions::{Command, Kind, PAGES, Page};

pub(super) fn script() -> String {
    let pages = PAGES.iter().map(|page| (word(page), options(page)));
    let options = alike(pages).into_iter();
    let options = options.map(|(names, words)| format!("        {}) options='{words}' ;;", names.join(" | ")));
    filled(
        text!("jobstamp.bash"),
        &[
            ("NAMES", names(" | ")),
            ("WORDS", format!("{} --", names(" "))),
            ("LISTS", lists(" | ")),
            ("OPTIONS", lines(options)),
            ("VALUES", lines(values().iter().map(case))),
            ("OPERANDS", lines(operands().iter().map(case))),
        ],
    )
}

fn word(page: &Page) -> &'static str {
    if page.name.is_empty() { "''" } else { page.name }
}

fn options(page: &Page) -> String {
    let divider = (page.command != Command::Never).then_some("--");
    joined(page.options().flat_map(spellings).chain(divider), " ")
}

fn case((patterns, kind): &(Vec<&str>, Kind)) -> String {
    let (patterns, action) = (patterns.join(" | "), action(*kind));
    format!("        {patterns})\n            {action}\n            return\n            ;;")
}

/// Returns what offers values of this kind.
fn action(kind: Kind) -> String {
    match kind {
        Kind::Path | Kind::File => "_jobstamp_paths -f".to_owned(),
        Kind::Directory => "_jobstamp_paths -d".to_owned(),
        Kind::Variable => "_jobstamp_reply < <(compgen -e -- \"$current\")".to_owned(),
        Kind::Program => "_jobstamp_reply < <(compgen -c -- \"$current\" | sort -u)".to_owned(),
        Kind::Subcommand => format!("_jobstamp_words '{}'", names(" ")),
        Kind::Choice(words) => format!("_jobstamp_words '{}'", words.join(" ")),
        Kind::Key => "_jobstamp_words \"$(_jobstamp_keys)\"".to_owned(),
        Kind::Size | Kind::Duration | Kind::Number | Kind::Word(_) => "# Nobody knows.".to_owned(),
    }
}
