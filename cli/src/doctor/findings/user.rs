//! The user's own: the key that Python's values are signed with, and the variables that are set.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use jobstamps::Shown;
use jobstamps::settings::{Problem, Setting};
use jobstamps::store::State;

use super::{Facts, Finding, note, ok, problem};
use crate::doctor::key::Key;

/// A shorter secret can be guessed.
const SHORTEST_SECRET: usize = 16;

pub(super) fn findings(facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    if facts.user.is_none() {
        found.push(problem(
            "user",
            "this process has the rights of another user than the one who started it, so no store is used",
            "Start it without borrowed rights",
        ));
    }
    found.push(key(&facts.key, &facts.checkup.state));
    let unknown = |told: &Problem| {
        problem(
            "settings",
            told.to_string(),
            "`jobstamp config` shows what is set, and where",
        )
    };
    found.extend(facts.problems.iter().map(unknown));
    found.extend(facts.variables.iter().filter_map(|(name, value)| variable(name, value)));
    found
}

fn key(key: &Key, state: &State) -> Finding {
    match key {
        Key::Variable(length) if *length < SHORTEST_SECRET => note(
            "key",
            format!("JOBSTAMPS_KEY has only {length} bytes: who guesses it can make values that Python believes"),
            "Choose something long and random, as from: openssl rand -hex 32",
        ),
        Key::Variable(_) => ok("key", "JOBSTAMPS_KEY holds what Python's values are signed with"),
        Key::Good(path) => ok(
            "key",
            format!(
                "Python's values are signed with `{}`, which only you can read",
                Shown::path(path)
            ),
        ),
        Key::Absent(path) => ok(
            "key",
            format!(
                "there is none yet; Python makes it at first use: `{}`",
                Shown::path(path)
            ),
        ),
        Key::Refused(path, why) => problem(
            "key",
            format!(
                "`{}` is not used ({why}), so Python's values are not remembered",
                Shown::path(path)
            ),
            format!(
                "If nobody else can have seen or written it: chmod 600 `{0}`; else remove it, and Python makes another",
                Shown::path(path)
            ),
        ),
        Key::Nowhere if matches!(state, State::Absent { .. }) => ok("key", "there is no home to keep it in"),
        Key::Nowhere => note(
            "key",
            "there is no home to keep it in, so Python's values are not remembered",
            "Set HOME or JOBSTAMPS_KEY, if you use the Python package",
        ),
    }
}

/// Says what a variable does, if it is worth saying.
fn variable(name: &OsStr, value: &OsString) -> Option<Finding> {
    let known = matches!(
        name.to_str(),
        Some("JOBSTAMPS_DISABLED" | "JOBSTAMPS_DEBUG" | "JOBSTAMPS_ALWAYS_USE_HASHES" | "JOBSTAMPS_KEY")
    ) || Setting::of_variable(name).is_some();
    // The tests turn our clock by it, in builds that are not shipped.
    if cfg!(debug_assertions) && name == "JOBSTAMPS_TEST_CLOCK" {
        return None;
    }
    let shown = Shown::bytes(name.as_encoded_bytes());
    if !known {
        return Some(note(
            "variables",
            format!("{shown} is set, and means nothing to us"),
            "`jobstamp --help` names ours",
        ));
    }
    if value.is_empty() {
        return Some(ok(
            "variables",
            format!("{shown} is empty, which is as if it were not set"),
        ));
    }
    match name.to_str() {
        Some("JOBSTAMPS_DISABLED") => Some(note(
            "variables",
            "JOBSTAMPS_DISABLED is set: every job runs, and the store is not touched",
            "unset JOBSTAMPS_DISABLED, unless that is meant",
        )),
        Some("JOBSTAMPS_DEBUG") => Some(ok(
            "variables",
            "JOBSTAMPS_DEBUG is set: every job says why it ran, or what was replayed",
        )),
        Some("JOBSTAMPS_ALWAYS_USE_HASHES") => Some(ok(
            "variables",
            "JOBSTAMPS_ALWAYS_USE_HASHES is set: files are compared by content",
        )),
        Some("JOBSTAMPS_DIRECTORY") if Path::new(value).is_relative() => Some(note(
            "variables",
            format!(
                "JOBSTAMPS_DIRECTORY is `{}`, which is another store in each working directory",
                Shown::bytes(value.as_encoded_bytes())
            ),
            "Write it from the root on, unless that is meant",
        )),
        _ => None,
    }
}
