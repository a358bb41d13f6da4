//! What can be said to the command: every subcommand and every option, once.
//!
//! The parser of the subcommands, the help texts, the manual pages and the completions are made from what stands here. The
//! one reader that is not is that of a job's own options (`arguments`), since every hit passes through it; a test holds it
//! to the same table.
//!
//! Whoever adds a subcommand adds a file with its [`Page`], and that page to [`PAGES`].

mod completions;
mod config;
mod doctor;
mod forget;
mod job;
mod list;
mod manual;
mod path;
mod report;
mod run;
mod shared;
mod show;
mod sweep;
mod stats;
mod variables;
mod verify;
mod why;

use std::ffi::OsStr;

use crate::options::Subcommand;

pub use shared::GENERAL;
pub use variables::VARIABLES;

/// All pages, in the order in which they are told.
pub const PAGES: &[Page] = &[
    run::PAGE,
    why::PAGE,
    verify::PAGE,
    show::PAGE,
    forget::PAGE,
    stats::PAGE,
    list::PAGE,
    report::PAGE,
    sweep::PAGE,
    path::PAGE,
    doctor::PAGE,
    config::PAGE,
    completions::PAGE,
    manual::PAGE,
];

/// The names of all options of a job.
pub static JOB: [&str; job::COUNT] = names(job::GROUPS);

/// What there is to say of a subcommand.
#[derive(Debug)]
pub struct Page {
    /// Which one.
    pub subcommand: Subcommand,
    /// The word that asks for it; empty for a run.
    pub name: &'static str,
    /// Whom it is for.
    pub topic: Topic,
    /// What it does, behind its name: a verb in the third person, no full stop.
    pub summary: &'static str,
    /// What may stand behind its name, one line for each way to say it.
    pub forms: &'static [&'static str],
    /// Whether a command follows.
    pub command: Command,
    /// What may stand there that is no option.
    pub operands: Operands,
    /// What it does, in whole sentences, a paragraph each.
    pub text: &'static [&'static str],
    /// Its own options. Where a command may follow, those of a job are understood besides; they need not be repeated.
    pub groups: &'static [Group],
    /// What people say to it.
    pub examples: &'static [Example],
    /// Exit codes, and what they mean.
    pub exits: &'static [(&'static str, &'static str)],
}

/// Whom a subcommand is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// Who wants a job done.
    Run,
    /// Who asks about one job.
    Job,
    /// Who asks what the cache did.
    Sight,
    /// Who looks after the store.
    Store,
    /// Who sets up his machine.
    Setup,
}

impl Topic {
    /// All that subcommands stand under, in the order in which they are told.
    pub const ALL: [Self; 4] = [Self::Job, Self::Sight, Self::Store, Self::Setup];

    /// The line above the subcommands of this topic.
    pub fn title(self) -> &'static str {
        match self {
            Self::Run => "Run",
            Self::Job => "Ask about one job",
            Self::Sight => "See what the cache did",
            Self::Store => "Look after the store",
            Self::Setup => "Set up",
        }
    }
}

/// Whether a command, divided by `--`, follows a subcommand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// There is no command.
    Never,
    /// There may be one; it says which job is meant.
    Optional,
    /// Nothing goes without.
    Required,
}

/// What may stand in a command line without being an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operands {
    /// Nothing.
    None,
    /// At most one of these.
    One(Kind),
    /// Any number of these.
    Many(Kind),
}

impl Operands {
    /// What they are, if there are some.
    pub fn kind(self) -> Option<Kind> {
        match self {
            Self::None => None,
            Self::One(kind) | Self::Many(kind) => Some(kind),
        }
    }
}

/// Options that belong together.
#[derive(Debug)]
pub struct Group {
    /// What for.
    pub title: &'static str,
    /// The options.
    pub options: &'static [Definition],
}

/// One option.
#[derive(Debug)]
pub struct Definition {
    /// `--use-hashes`.
    pub name: &'static str,
    /// `-q`, where it has a short name.
    pub short: Option<&'static str>,
    /// What follows it.
    pub value: Value,
    /// What it does: no capital letter, no full stop.
    pub help: &'static str,
    /// The variable of the environment that says the same.
    pub variable: Option<&'static str>,
    /// Whether 0.0.20 had it: it may be shortened then while what is left is unique.
    pub old: bool,
}

impl Definition {
    /// Returns whether this is an option of a job.
    pub fn is_of_a_job(&self) -> bool {
        JOB.contains(&self.name)
    }

    /// An option that 0.0.20 did not have, has no short name and no variable.
    const fn new(name: &'static str, value: Value, help: &'static str) -> Self {
        Self {
            name,
            short: None,
            value,
            help,
            variable: None,
            old: false,
        }
    }

    const fn short(self, short: &'static str) -> Self {
        Self {
            short: Some(short),
            ..self
        }
    }

    const fn variable(self, variable: &'static str) -> Self {
        Self {
            variable: Some(variable),
            ..self
        }
    }

    const fn old(self) -> Self {
        Self { old: true, ..self }
    }
}

/// What follows an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing: it is a switch.
    None,
    /// One of these.
    One(Kind),
    /// Any number of these.
    Many(Kind),
}

impl Value {
    /// What the value is, if there is one.
    pub fn kind(self) -> Option<Kind> {
        match self {
            Self::None => None,
            Self::One(kind) | Self::Many(kind) => Some(kind),
        }
    }
}

/// What a value or an operand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file or a directory.
    Path,
    /// A directory.
    Directory,
    /// A file.
    File,
    /// The name of a variable of the environment.
    Variable,
    /// The name of a program.
    Program,
    /// A number of bytes.
    Size,
    /// How long.
    Duration,
    /// How many.
    Number,
    /// The key of a job, or the beginning of one.
    Key,
    /// A subcommand.
    Subcommand,
    /// A word of the user's own, called so.
    Word(&'static str),
    /// One of these words.
    Choice(&'static [&'static str]),
}

impl Kind {
    /// What stands for it in texts.
    pub fn placeholder(self) -> String {
        let word = match self {
            Self::Path => "PATH",
            Self::Directory => "DIRECTORY",
            Self::File => "FILE",
            Self::Variable => "NAME",
            Self::Program => "PROGRAM",
            Self::Size => "SIZE",
            Self::Duration => "DURATION",
            Self::Number => "NUMBER",
            Self::Key => "KEY",
            Self::Subcommand => "SUBCOMMAND",
            Self::Word(word) => word,
            Self::Choice(words) => return words.join("|"),
        };
        word.to_owned()
    }
}

/// Something that people say, and what for.
#[derive(Debug)]
pub struct Example {
    /// What for: no capital letter, no full stop.
    pub purpose: &'static str,
    /// The line, as it is typed.
    pub line: &'static str,
}

/// Returns the page of `subcommand`.
pub fn page(subcommand: Subcommand) -> &'static Page {
    PAGES
        .iter()
        .find(|page| page.subcommand == subcommand)
        .expect("every subcommand has a page; a test sees to it")
}

/// Returns the subcommand that is called `word`.
#[cold]
#[inline(never)]
pub fn named(word: &OsStr) -> Option<Subcommand> {
    let mut pages = PAGES.iter().filter(|page| !page.name.is_empty());
    pages.find(|page| word == page.name).map(|page| page.subcommand)
}

/// Returns all options that there are, each once, those of a job first.
pub fn all() -> impl Iterator<Item = &'static Definition> {
    once(PAGES.iter().flat_map(Page::options))
}

impl Page {
    /// All that is understood: its own options, those of a job where a command may follow, and the general ones.
    pub fn options(&self) -> impl Iterator<Item = &'static Definition> + use<> {
        let job = match (self.subcommand, self.command) {
            (Subcommand::Run, _) | (_, Command::Never) => &[],
            _ => job::GROUPS,
        };
        let own = self.groups.iter().flat_map(|group| group.options);
        let others = job.iter().chain([&shared::GENERAL]).flat_map(|group| group.options);
        once(own.chain(others))
    }
}

/// Returns the options without those whose name has come before.
fn once(options: impl Iterator<Item = &'static Definition>) -> impl Iterator<Item = &'static Definition> {
    let mut seen = Vec::new();
    options.filter(move |option| {
        let first = !seen.contains(&option.name);
        seen.push(option.name);
        first
    })
}

const fn count(groups: &[Group]) -> usize {
    let mut sum = 0;
    let mut at = 0;
    while at < groups.len() {
        sum += groups[at].options.len();
        at += 1;
    }
    sum
}

const fn names<const COUNT: usize>(groups: &[Group]) -> [&'static str; COUNT] {
    let mut names = [""; COUNT];
    let (mut group, mut at, mut filled) = (0, 0, 0);
    while group < groups.len() {
        while at < groups[group].options.len() {
            names[filled] = groups[group].options[at].name;
            (at, filled) = (at + 1, filled + 1);
        }
        (group, at) = (group + 1, 0);
    }
    names
}

#[cfg(test)]
mod tests;
