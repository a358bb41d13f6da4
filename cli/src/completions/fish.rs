//! Completions for fish.

use super::{alike, filled, lines, lists, names, operands, subcommands};
use crate::cold::text;
use crate::definitions::{Command, Definition, Kind, PAGES, Page, Value};

pub(super) fn script() -> String {
    let options = PAGES
        .iter()
        .flat_map(|page| page.options().map(|one| (word(page), option(one))));
    let dividers = PAGES.iter().filter(|page| page.command != Command::Never);
    let dividers = dividers.map(|page| (word(page), " -a -- -d 'the command follows'".to_owned()));
    let operands = operands().into_iter().map(|(names, kind)| (names, action(kind)));
    let asked = alike(options.chain(dividers)).into_iter().chain(operands);
    let asked =
        asked.map(|(names, rest)| format!("complete -c jobstamp -n '__jobstamp_asks {}'{rest}", names.join(" ")));
    let lists = format!("complete -c jobstamp -n '__jobstamp_lists {}' -F", lists(" "));
    filled(
        text!("jobstamp.fish"),
        &[
            ("NAMES", names(" ")),
            (
                "LINES",
                lines(subcommands().map(subcommand).chain(asked).chain([lists])),
            ),
        ],
    )
}

/// What stands for a line without a subcommand is no word of ours.
fn word(page: &Page) -> &'static str {
    if page.name.is_empty() { "-" } else { page.name }
}

fn subcommand(page: &Page) -> String {
    let (name, summary) = (page.name, quoted(page.summary));
    format!("complete -c jobstamp -n __jobstamp_begins -a {name} -d {summary}")
}

fn option(option: &Definition) -> String {
    let short = option
        .short
        .map(|short| format!(" -s {}", &short[1..]))
        .unwrap_or_default();
    let (long, help) = (&option.name[2..], quoted(option.help));
    let value = match option.value {
        Value::None => String::new(),
        Value::One(kind) | Value::Many(kind) => format!(" -r{}", action(kind)),
    };
    format!("{short} -l {long}{value} -d {help}")
}

/// Returns what offers values of this kind.
fn action(kind: Kind) -> String {
    match kind {
        Kind::Path | Kind::File => " -F".to_owned(),
        Kind::Directory => " -xa '(__fish_complete_directories)'".to_owned(),
        Kind::Variable => " -xa '(set -nx)'".to_owned(),
        Kind::Program => " -xa '(__fish_complete_command)'".to_owned(),
        Kind::Subcommand => format!(" -xa '{}'", names(" ")),
        Kind::Choice(words) => format!(" -xa '{}'", words.join(" ")),
        Kind::Key => " -xa '(__jobstamp_keys)'".to_owned(),
        Kind::Size | Kind::Duration | Kind::Number | Kind::Word(_) => " -x".to_owned(),
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}
