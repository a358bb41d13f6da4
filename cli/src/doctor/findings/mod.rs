//! Makes findings of facts: a function of values.
//!
//! Each finding is one line: what, where, and what to do. A *problem* is what keeps jobs from being remembered or could
//! make an answer wrong, and what nobody but somebody else or a fault can have done; a *note* is worth knowing, though
//! all works; *ok* says what was looked at.

mod contents;
mod ground;
mod place;
mod user;
#[cfg(test)]
mod tests;

use std::ffi::OsString;

use jobstamps::settings::Problem;
use jobstamps::store::{Checkup, Depth};

use super::key::Key;
use crate::surroundings::Origin;

/// What was observed.
#[derive(Debug)]
pub struct Facts {
    /// Who says where the store is.
    pub origin: Origin,
    /// What it looks like.
    pub checkup: Checkup,
    /// How much of it was read.
    pub depth: Depth,
    /// Who asks; nobody, if the process has borrowed rights.
    pub user: Option<u32>,
    /// What is known of the user's key.
    pub key: Key,
    /// The variables that are, or look, ours.
    pub variables: Vec<(OsString, OsString)>,
    /// What is set and cannot be understood.
    pub problems: Vec<Problem>,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Ok,
    /// Worth knowing.
    Note,
    /// Something is to be done.
    Problem,
}

impl Level {
    /// Returns the word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Problem => "problem",
        }
    }
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// What it is about, in a word.
    pub topic: &'static str,
    /// What is so, and where.
    pub what: String,
    /// What to do.
    pub advice: Option<String>,
}

/// Returns what is to be said of `facts`, in the order in which it is said.
pub fn findings(facts: &Facts) -> Vec<Finding> {
    let mut found = place::findings(facts);
    found.extend(ground::findings(facts));
    if let Some(contents) = &facts.checkup.contents {
        found.extend(contents::findings(facts, contents));
    }
    found.extend(user::findings(facts));
    found
}

/// All is as it should be.
fn ok(topic: &'static str, what: impl Into<String>) -> Finding {
    Finding {
        level: Level::Ok,
        topic,
        what: what.into(),
        advice: None,
    }
}

/// Something is worth knowing.
fn note(topic: &'static str, what: impl Into<String>, advice: impl Into<String>) -> Finding {
    Finding {
        level: Level::Note,
        topic,
        what: what.into(),
        advice: Some(advice.into()),
    }
}

/// Something is to be done.
fn problem(topic: &'static str, what: impl Into<String>, advice: impl Into<String>) -> Finding {
    Finding {
        level: Level::Problem,
        ..note(topic, what, advice)
    }
}
