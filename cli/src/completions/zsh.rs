//! Completions for zsh.

use super::{alike, filled, lines, lists, names, operands, spellings, subcommands, values};
use crate::cold::text;
use crate::definitions::{Command, Definition, Kind, PAGES, Page};

pub(super) fn script() -> String {
    let pages = PAGES.iter().map(|page| (word(page), options(page)));
    let options = alike(pages).into_iter();
    let options = options.map(|(names, words)| format!("        ({})\n{words}", names.join("|")));
    let described = |page: &Page| format!("            {}", quoted(&[page.name, page.summary]));
    filled(
        text!("_jobstamp"),
        &[
            ("NAMES", names("|")),
            ("LISTS", lists("|")),
            ("OPTIONS", lines(options)),
            ("VALUES", lines(values().iter().map(case))),
            ("SUBCOMMANDS", lines(subcommands().map(described))),
            ("OPERANDS", lines(operands().iter().map(case))),
        ],
    )
}

fn word(page: &Page) -> &'static str {
    if page.name.is_empty() { "''" } else { page.name }
}

fn options(page: &Page) -> String {
    let divider = (page.command != Command::Never).then(|| quoted(&["--", "the command follows"]));
    let words: Vec<String> = page.options().flat_map(described).chain(divider).collect();
    let words = words.join("\n                ");
    format!("            options=(\n                {words}\n            )\n            ;;")
}

fn described(option: &'static Definition) -> impl Iterator<Item = String> {
    spellings(option).map(|name| quoted(&[name, option.help]))
}

/// Returns a word with what is said of it.
fn quoted(parts: &[&str]) -> String {
    let escaped = |part: &&str| part.replace('\\', "\\\\").replace(':', "\\:").replace('\'', "'\\''");
    format!("'{}'", parts.iter().map(escaped).collect::<Vec<_>>().join(":"))
}

fn case((patterns, kind): &(Vec<&str>, Kind)) -> String {
    let (patterns, action) = (patterns.join("|"), action(*kind));
    format!("        ({patterns})\n            {action}\n            return\n            ;;")
}

/// Returns what offers values of this kind.
fn action(kind: Kind) -> String {
    match kind {
        Kind::Path | Kind::File => "_files".to_owned(),
        Kind::Directory => "_files -/".to_owned(),
        Kind::Variable => "_parameters -g '*export*'".to_owned(),
        Kind::Program => "_command_names -e".to_owned(),
        Kind::Subcommand => format!("compadd -- {}", names(" ")),
        Kind::Choice(words) => format!("compadd -- {}", words.join(" ")),
        Kind::Key => "_jobstamp_keys".to_owned(),
        Kind::Size | Kind::Duration | Kind::Number | Kind::Word(_) => {
            format!("_message '{}'", kind.placeholder())
        }
    }
}
