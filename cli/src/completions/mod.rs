//! `jobstamp completions`: what a shell needs to know to complete our command lines.
//!
//! Each shell has a file of its own here, with what its language takes; `@WORDS@` in it stand for what the definitions say.
//! What follows `--` is left to the shell's own completions of that command.

mod bash;
mod fish;
mod zsh;

use crate::arguments::Told;
use crate::definitions::{Definition, Kind, PAGES, Page, Value, all};
use crate::options::Usage;

/// Returns the completions for the shell that was named.
///
/// # Errors
/// None was.
#[cold]
#[inline(never)]
pub fn completions(told: &Told) -> Result<String, Usage> {
    match told.operands().first().and_then(|shell| shell.to_str()) {
        Some("bash") => Ok(bash::script()),
        Some("zsh") => Ok(zsh::script()),
        Some("fish") => Ok(fish::script()),
        _ => Err(Usage::Other(
            "completions: say for which shell: bash, zsh or fish".to_owned(),
        )),
    }
}

/// Puts what the definitions say into what a shell's language takes.
fn filled(template: &str, words: &[(&str, String)]) -> String {
    let mut script = template.to_owned();
    for (word, text) in words {
        script = script.replace(&format!("@{word}@"), text);
    }
    script
}

/// Returns the subcommands, which are pages with a name.
fn subcommands() -> impl Iterator<Item = &'static Page> {
    PAGES.iter().filter(|page| !page.name.is_empty())
}

/// Returns the names of all subcommands.
fn names(between: &str) -> String {
    joined(subcommands().map(|page| page.name), between)
}

/// Returns the options that take any number of values.
fn lists(between: &str) -> String {
    let lists = all().filter(|option| matches!(option.value, Value::Many(_)));
    joined(lists.map(|option| option.name), between)
}

/// Returns the kinds of values that there are, each with the options that take it.
fn values() -> Vec<(Vec<&'static str>, Kind)> {
    alike(all().filter_map(|option| Some((option.name, option.value.kind()?))))
}

/// Returns the kinds of operands that there are, each with the subcommands that take it.
fn operands() -> Vec<(Vec<&'static str>, Kind)> {
    alike(subcommands().filter_map(|page| Some((page.name, page.operands.kind()?))))
}

/// Returns what pages have in common: each thing that is said of some, with the names of those that it is said of, in the
/// order in which they came.
fn alike<T: PartialEq>(all: impl Iterator<Item = (&'static str, T)>) -> Vec<(Vec<&'static str>, T)> {
    let mut alike: Vec<(Vec<&'static str>, T)> = Vec::new();
    for (name, said) in all {
        match alike.iter_mut().find(|(_, known)| *known == said) {
            Some((names, _)) => names.push(name),
            None => alike.push((vec![name], said)),
        }
    }
    alike
}

/// Returns what an option is called.
fn spellings(option: &'static Definition) -> impl Iterator<Item = &'static str> {
    option.short.into_iter().chain([option.name])
}

fn joined(words: impl Iterator<Item = &'static str>, between: &str) -> String {
    words.collect::<Vec<_>>().join(between)
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.collect::<Vec<_>>().join("\n")
}
