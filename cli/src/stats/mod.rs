//! What the cache was good for: how often jobs were replayed and ran, why, and how long that took.
//!
//! Gathered here, told to people by `page` and drawn by `chart`; for programs it is one object of JSON.

mod chart;
mod page;

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use jobstamps::ledger::{Cause, Causes, Counts, Tally};
use jobstamps::store::Found;
use jobstamps::{Cache, Error, Shown, Time};

use crate::arguments::Told;
use crate::json::{self, Object};
use crate::progress;
use crate::screen::Screen;
use crate::surroundings::{Surroundings, now};
use crate::units;
use crate::voice::say;

/// The store cannot be used.
const FAILED: u8 = 125;
/// So many rows, where nobody says how many.
const ROWS: u64 = 10;
/// So many things that a cause is about are told to programs.
const MOST_ABOUT: usize = 100;

/// What there is to tell.
#[derive(Debug)]
struct Figures {
    directory: PathBuf,
    now: Time,
    /// Since when, if somebody said so.
    since: Option<i64>,
    counts: Counts,
    /// What is kept: in all, and by the names of programs and functions.
    kept: Kept,
    by_name: BTreeMap<Vec<u8>, Kept>,
}

/// How much is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Kept {
    jobs: u64,
    bytes: u64,
}

/// Prints what was counted; returns the exit code.
#[cold]
#[inline(never)]
pub fn stats(told: &Told) -> u8 {
    let surroundings = Surroundings::look();
    let figures = match Figures::gather(told, &surroundings) {
        Ok(figures) => figures,
        Err(error) => {
            progress::erase();
            say(error.line());
            return FAILED;
        }
    };
    let rows = told.number("--limit").unwrap_or(ROWS);
    let text = if told.has("--json") {
        figures.json()
    } else {
        page::text(&figures, rows, &Screen::stdout(surroundings.wish()))
    };
    progress::erase();
    // Whoever stopped reading knows enough.
    let _ = io::stdout().write_all(text.as_bytes());
    0
}

impl Figures {
    fn gather(told: &Told, surroundings: &Surroundings) -> Result<Self, Error> {
        let directory = surroundings.stamp_directory(told.directory().as_deref());
        let now = now();
        let since = told.duration("--since").map(|span| {
            let seconds = i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
            now.seconds.saturating_sub(seconds)
        });
        let cache = Cache::open(&directory, crate::surroundings::now, None);
        let counts = cache.ledger(since)?;
        let kept = Mutex::new(BTreeMap::<Vec<u8>, Kept>::new());
        cache.survey(&|found| {
            let name = name(found);
            let bytes = found.size();
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            let kept = kept.entry(name).or_default();
            kept.jobs += 1;
            kept.bytes = kept.bytes.saturating_add(bytes);
        })?;
        let by_name = kept.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut all = Kept::default();
        for kept in by_name.values() {
            all.jobs += kept.jobs;
            all.bytes = all.bytes.saturating_add(kept.bytes);
        }
        Ok(Self {
            directory,
            now,
            since,
            counts,
            kept: all,
            by_name,
        })
    }

    /// Returns the names that something was counted or is kept of: those first that saved most, then those that took most.
    fn names(&self) -> Vec<(&[u8], Tally, Kept)> {
        let mut names: Vec<(&[u8], Tally, Kept)> = Vec::new();
        for (name, tally) in &self.counts.names {
            let kept = self.by_name.get(name).copied().unwrap_or_default();
            names.push((name, *tally, kept));
        }
        let order = |tally: &Tally| std::cmp::Reverse((tally.saved, tally.taken, tally.times()));
        names.sort_by_key(|(_, tally, _)| order(tally));
        names
    }

    fn json(&self) -> String {
        let moment = |seconds| {
            units::moment(Time {
                seconds,
                nanoseconds: 0,
            })
        };
        let days = self.counts.days.iter();
        let days = days.map(|(day, tally)| of_tally(Object::new().text("day", day), tally));
        let names = self.names();
        let programs = names.iter().map(|(name, tally, kept)| {
            let program = of_tally(Object::new().text("name", Shown::bytes(name)), tally);
            of_kept(program, *kept).text("last", moment(tally.last))
        });
        let object = Object::new()
            .text("directory", Shown::path(&self.directory))
            .text_or_null("since", self.since.map(moment))
            .text("until", units::moment(self.now));
        let object = of_kept(of_tally(object, &self.counts.total), self.kept)
            .value("days", json::array(days))
            .value("programs", json::array(programs))
            .value("reasons", causes(&self.counts.misses))
            .value("not_kept_reasons", causes(&self.counts.unkept));
        format!("{object}\n")
    }
}

/// Returns the name that a remembered job is counted under.
fn name(found: &Found) -> Vec<u8> {
    let cold = found.cold(0).unwrap_or_default();
    let first = cold.story.arguments.first().map(|name| name.as_encoded_bytes());
    jobstamps::ledger::name_of(first.unwrap_or_default()).to_vec()
}

fn of_tally(object: Object, tally: &Tally) -> Object {
    object
        .value("hits", tally.hits)
        .value("misses", tally.runs())
        .value("not_kept", tally.unkept)
        .seconds("saved_seconds", tally.saved)
        .seconds("run_seconds", tally.taken)
}

fn of_kept(object: Object, kept: Kept) -> Object {
    object.value("jobs", kept.jobs).value("bytes", kept.bytes)
}

/// Returns causes as JSON, the most frequent first.
fn causes(causes: &BTreeMap<Cause, Causes>) -> String {
    let mut sorted: Vec<(&Cause, &Causes)> = causes.iter().collect();
    sorted.sort_by_key(|(_, causes)| std::cmp::Reverse(causes.times));
    let about = |(what, times): (&[u8], u64)| Object::new().text("what", Shown::bytes(what)).value("times", times);
    json::array(sorted.into_iter().map(|(cause, causes)| {
        let about = causes.most_frequent(MOST_ABOUT).into_iter().map(about);
        Object::new()
            .text("kind", cause.word())
            .text("text", cause.words())
            .value("times", causes.times)
            .value("about", json::array(about))
    }))
}
