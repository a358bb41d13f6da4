//! Looks at the store and says, a line each, what is well, what is worth knowing, and what to do.
//!
//! Looking, judging and saying are apart: `key` and core's `Checkup` gather facts, `findings` makes findings of them, a
//! function of values, and here they are printed. Nothing is changed, and nothing of another user is read.

mod findings;
mod key;

use std::fmt::Write as _;
use std::io::{self, Write as _};

use jobstamps::Shown;
use jobstamps::disk;
use jobstamps::stamp::TagKey;
use jobstamps::store::{Checkup, Depth, Place};

use crate::arguments::Told;
use crate::json::{self, Object};
use crate::progress;
use crate::surroundings::{Surroundings, now};
use findings::{Facts, Finding, Level, findings};

/// No finding is a problem.
const WELL: u8 = 0;
/// At least one is.
const ILL: u8 = 1;

/// Returns the user's key, if there is one; none is made.
pub fn tag_key() -> Option<TagKey> {
    key::look(Surroundings::secret()).1
}

/// Examines the store, prints the findings; returns the exit code.
#[cold]
#[inline(never)]
pub fn doctor(told: &Told) -> u8 {
    let surroundings = Surroundings::look();
    let (directory, origin) = surroundings.stamp_place(told.directory().as_deref());
    let (key, tag_key) = key::look(Surroundings::secret());
    let place = Place {
        directory,
        clock: now,
        tag_key,
    };
    let depth = if told.has("--deep") {
        Depth::Everything
    } else {
        Depth::Stamps
    };
    let facts = Facts {
        origin,
        checkup: Checkup::of(&place, depth, &surroundings.settings.limits()),
        depth,
        user: disk::user(),
        key,
        variables: Surroundings::own_variables(),
        problems: surroundings.problems,
    };
    let found = findings(&facts);
    let text = if told.has("--json") {
        as_json(&facts, &found)
    } else {
        as_text(&found)
    };
    progress::erase();
    // Whoever stopped reading knows enough.
    let _ = io::stdout().write_all(text.as_bytes());
    if is_well(&found) { WELL } else { ILL }
}

fn is_well(found: &[Finding]) -> bool {
    found.iter().all(|finding| finding.level != Level::Problem)
}

fn as_text(found: &[Finding]) -> String {
    let mut text = String::new();
    for Finding {
        level,
        topic,
        what,
        advice,
    } in found
    {
        let advice = advice.as_ref().map_or_else(String::new, |advice| format!(" {advice}."));
        // A text takes whatever is written to it.
        let _ = writeln!(text, "{:<8} {topic}: {what}.{advice}", level.word());
    }
    let count = |level| found.iter().filter(|finding| finding.level == level).count();
    let counted = |level, one, more| match count(level) {
        0 => None,
        1 => Some(format!("1 {one}")),
        many => Some(format!("{many} {more}")),
    };
    let problems = counted(Level::Problem, "problem", "problems");
    let notes = counted(Level::Note, "note", "notes");
    let sum = match (problems, notes) {
        (None, None) => "All is well.\n".to_owned(),
        (None, Some(notes)) => format!("All is well; {notes}.\n"),
        (Some(problems), None) => format!("{problems}.\n"),
        (Some(problems), Some(notes)) => format!("{problems}, {notes}.\n"),
    };
    text + &sum
}

fn as_json(facts: &Facts, found: &[Finding]) -> String {
    let findings = found.iter().map(|finding| {
        Object::new()
            .text("level", finding.level.word())
            .text("topic", finding.topic)
            .text("what", &finding.what)
            .text_or_null("advice", finding.advice.as_ref())
    });
    let object = Object::new()
        .text("store", Shown::path(&facts.checkup.root))
        .value("well", is_well(found))
        .value("findings", json::array(findings));
    format!("{object}\n")
}
