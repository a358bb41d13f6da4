//! In what a job differs from one that is remembered: so that people are told which word they wrote otherwise.
//!
//! Pure: both jobs are known by their stories, and all that a key is made of is in them.

mod alignment;
mod kin;
mod said;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

pub use self::kin::Kin;

use self::alignment::{Step, align};
use crate::digest::Digest;
use crate::job::{Input, Parameter};
use crate::stamp::Story;

/// One thing in which a job differs from another, as it was `then` and is `now`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contrast {
    /// Where its program was found.
    Program {
        /// There, of the other.
        then: PathBuf,
        /// Here.
        now: PathBuf,
    },
    /// The name that its program is called by.
    Name {
        /// That of the other.
        then: OsString,
        /// Its own.
        now: OsString,
    },
    /// An argument; nothing where one of them has none.
    Argument {
        /// Which, from 1: of its own arguments, or of the other's where it has none.
        number: usize,
        /// That of the other.
        then: Option<OsString>,
        /// Its own.
        now: Option<OsString>,
    },
    /// The working directory; nothing where it does not count.
    Directory {
        /// That of the other.
        then: Option<PathBuf>,
        /// Its own.
        now: Option<PathBuf>,
    },
    /// A variable.
    Variable {
        /// Its name.
        name: OsString,
        /// What it was for the other.
        then: Setting,
        /// What it is.
        now: Setting,
    },
    /// The standard input.
    Input {
        /// That of the other.
        then: Input,
        /// Its own.
        now: Input,
    },
    /// Whether standard output and error are one stream: they are for one of the two.
    Joined {
        /// Whether it is the one.
        now: bool,
    },
    /// The scope.
    Scope {
        /// That of the other.
        then: Option<OsString>,
        /// Its own.
        now: Option<OsString>,
    },
    /// What a parameter of a function stands for; nothing where one of them has no such parameter.
    Parameter {
        /// Its name.
        name: String,
        /// That of the other.
        then: Option<Parameter>,
        /// Its own.
        now: Option<Parameter>,
    },
}

/// What a variable is to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// Nothing: it does not count.
    NotCounted,
    /// Not set.
    Unset,
    /// Set; the digest of its value.
    Set(Digest),
}

impl Contrast {
    /// Returns how much it weighs: what was written otherwise more than what only happens to be otherwise.
    fn weight(&self) -> u64 {
        match self {
            Self::Name { .. } | Self::Variable { .. } | Self::Joined { .. } | Self::Scope { .. } => 1,
            Self::Input { then, now } if std::mem::discriminant(then) == std::mem::discriminant(now) => 1,
            _ => 2,
        }
    }

    /// Returns whether it is about an argument.
    fn is_about_arguments(&self) -> bool {
        matches!(self, Self::Argument { .. } | Self::Parameter { .. })
    }
}

/// Returns how far jobs lie apart that differ in `contrasts`.
#[must_use]
pub fn distance(contrasts: &[Contrast]) -> u64 {
    contrasts.iter().map(Contrast::weight).sum()
}

/// Returns how near a job of these `arguments` could be to the one that `now` tells of, whatever else is told of it.
#[must_use]
pub fn least_distance<'a>(now: &Story, mut arguments: impl Iterator<Item = &'a [u8]>) -> u64 {
    let mut own = now.arguments.iter().map(|argument| argument.as_encoded_bytes());
    // By their weights: see `Contrast::weight`.
    u64::from(own.next() != arguments.next()) + 2 * u64::from(!own.eq(arguments))
}

/// Returns whether `contrasts` with another are so few that it tells something to name it: half of the arguments of a job
/// are those of the other, or all but one.
#[must_use]
pub fn is_near(now: &Story, contrasts: &[Contrast]) -> bool {
    let arguments = now.arguments.len().saturating_sub(1).max(now.parameters.len());
    let others = contrasts.iter().filter(|contrast| contrast.is_about_arguments());
    !contrasts.is_empty() && others.count() <= arguments.div_ceil(2).max(1)
}

/// Returns all in which the job that `now` tells of differs from the one that `then` tells of, in the order that people read
/// a command in.
#[must_use]
pub fn contrasts(then: &Story, now: &Story) -> Vec<Contrast> {
    let mut contrasts = Vec::new();
    if let (Some(then), Some(now)) = (&then.program, &now.program)
        && then != now
    {
        let (then, now) = (then.clone(), now.clone());
        contrasts.push(Contrast::Program { then, now });
    }
    if !now.is_of_call() {
        arguments(then, now, &mut contrasts);
    }
    parameters(then, now, &mut contrasts);
    if then.directory != now.directory {
        let (then, now) = (then.directory.clone(), now.directory.clone());
        contrasts.push(Contrast::Directory { then, now });
    }
    variables(then, now, &mut contrasts);
    if let (Some(then), Some(now)) = (then.input, now.input)
        && !is_alike(then, now)
    {
        contrasts.push(Contrast::Input { then, now });
    }
    if then.joined != now.joined {
        contrasts.push(Contrast::Joined { now: now.joined });
    }
    if then.scope != now.scope {
        let (then, now) = (then.scope.clone(), now.scope.clone());
        contrasts.push(Contrast::Scope { then, now });
    }
    contrasts
}

/// Returns whether two inputs are one to a key.
fn is_alike(one: Input, other: Input) -> bool {
    matches!((one, other), (Input::Pipe(_), Input::Pipe(_))) || one == other
}

fn arguments(then: &Story, now: &Story, contrasts: &mut Vec<Contrast>) {
    let (Some((then_name, then)), Some((now_name, now))) = (then.arguments.split_first(), now.arguments.split_first())
    else {
        return;
    };
    if then_name != now_name {
        let (then, now) = (then_name.clone(), now_name.clone());
        contrasts.push(Contrast::Name { then, now });
    }
    contrasts.extend(align(then, now).into_iter().map(|step| {
        let (at, then, now) = match step {
            Step::Replaced(was, is) => (is, then.get(was), now.get(is)),
            Step::Removed(was) => (was, then.get(was), None),
            Step::Added(is) => (is, None, now.get(is)),
        };
        Contrast::Argument {
            number: at + 1,
            then: then.cloned(),
            now: now.cloned(),
        }
    }));
}

fn parameters(then: &Story, now: &Story, contrasts: &mut Vec<Contrast>) {
    let of = |story: &Story, name: &str| story.parameters.iter().find(|one| one.name == name).cloned();
    let gone = then.parameters.iter().filter(|one| of(now, &one.name).is_none());
    for Parameter { name, .. } in now.parameters.iter().chain(gone) {
        let (then, now) = (of(then, name), of(now, name));
        if then.as_ref().map(|one| one.digest) != now.as_ref().map(|one| one.digest) {
            let name = name.clone();
            contrasts.push(Contrast::Parameter { name, then, now });
        }
    }
}

fn variables(then: &Story, now: &Story, contrasts: &mut Vec<Contrast>) {
    let settings = |story: &Story| -> BTreeMap<OsString, Setting> {
        let setting = |value: &Option<Digest>| value.map_or(Setting::Unset, Setting::Set);
        let variables = story.variables.iter();
        variables.map(|(name, value)| (name.clone(), setting(value))).collect()
    };
    if then.variables == now.variables {
        return;
    }
    let (then, now) = (settings(then), settings(now));
    let gone = then.keys().filter(|name| !now.contains_key(*name));
    for name in now.keys().chain(gone) {
        let of = |settings: &BTreeMap<OsString, Setting>| settings.get(name).copied().unwrap_or(Setting::NotCounted);
        if of(&then) != of(&now) {
            contrasts.push(Contrast::Variable {
                name: name.clone(),
                then: of(&then),
                now: of(&now),
            });
        }
    }
}

#[cfg(test)]
mod tests;
