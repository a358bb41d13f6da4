//! `jobstamp forget`: lets stamps go because somebody says so.

use jobstamps::job::{Declared, JobKey};
use jobstamps::{Error, Stats};

use super::{DONE, Desk, NOTHING, USAGE, chosen, print, refused};
use crate::arguments::Told;
use crate::execute::Inherited;
use crate::json::Object;
use crate::units;
use crate::voice::say;

/// What is to be forgotten.
enum Meant {
    Keys(Vec<JobKey>),
    Dependents,
    All,
}

/// What was forgotten.
#[derive(Default)]
struct Forgotten {
    jobs: Option<u64>,
    stamps: Option<u64>,
    bytes: Option<u64>,
}

/// Forgets what is meant; returns the exit code.
#[cold]
#[inline(never)]
pub fn forget(told: &Told, inherited: &Inherited) -> u8 {
    let desk = Desk::open(told);
    let forgotten = match meant(told, &desk, inherited) {
        Ok(Meant::All) => desk.cache.forget_all().map(Forgotten::of),
        Ok(Meant::Dependents) => dependents(told, &desk),
        Ok(Meant::Keys(keys)) => keys
            .iter()
            .try_fold(Stats::default(), |sum, key| {
                let gone = desk.cache.forget_key(key)?;
                Ok(Stats {
                    stamps: sum.stamps + gone.stamps,
                    bytes: sum.bytes.saturating_add(gone.bytes),
                })
            })
            .map(Forgotten::of),
        Err(code) => return code,
    };
    match forgotten {
        Ok(forgotten) => {
            if told.has("--json") {
                print(forgotten.object());
            } else {
                print(forgotten.text());
            }
            if forgotten.is_nothing() { NOTHING } else { DONE }
        }
        Err(error) => refused(&error),
    }
}

/// Returns what is to be forgotten: one way to say it, and no two at once.
fn meant(told: &Told, desk: &Desk, inherited: &Inherited) -> Result<Meant, u8> {
    let ways = [
        !told.operands().is_empty(),
        told.job.is_some(),
        told.has("--dependency"),
        told.has("--all"),
    ];
    if ways.iter().filter(|is_said| **is_said).count() != 1 {
        say("say what is to be forgotten: KEYs, a command after `--`, --dependency PATH, or --all");
        return Err(USAGE);
    }
    if told.has("--all") {
        return Ok(Meant::All);
    }
    if told.has("--dependency") {
        return Ok(Meant::Dependents);
    }
    if let Some(options) = &told.job {
        let job = chosen::by_command(desk, options, inherited)?;
        return Ok(Meant::Keys(chosen::remembered(desk, &job)?));
    }
    let keys = told.operands().iter().map(|digits| chosen::by_digits(desk, digits));
    let mut keys = keys.collect::<Result<Vec<_>, u8>>()?;
    keys.sort_unstable();
    keys.dedup();
    Ok(Meant::Keys(keys))
}

fn dependents(told: &Told, desk: &Desk) -> Result<Forgotten, Error> {
    let base = desk.surroundings.directory.clone().unwrap_or_default();
    let mut stamps = 0;
    for path in told.all("--dependency") {
        stamps += desk.cache.forget_dependents(Declared::new(path, &base).path())?;
    }
    Ok(Forgotten {
        stamps: Some(stamps),
        ..Forgotten::default()
    })
}

impl Forgotten {
    fn of(stats: Stats) -> Self {
        Self {
            jobs: Some(stats.stamps),
            bytes: Some(stats.bytes),
            stamps: None,
        }
    }

    fn is_nothing(&self) -> bool {
        self.jobs.or(self.stamps) == Some(0)
    }

    fn object(&self) -> String {
        let object = Object::new()
            .value_or_null("jobs", self.jobs)
            .value_or_null("stamps", self.stamps)
            .value_or_null("bytes", self.bytes);
        format!("{object}\n")
    }

    fn text(&self) -> String {
        if self.is_nothing() {
            return "Nothing of that kind is remembered.\n".to_owned();
        }
        let jobs = self.jobs.map(|jobs| units::of(jobs, "job", "jobs"));
        let stamps = self.stamps.map(|stamps| units::of(stamps, "stamp", "stamps"));
        let bytes = self
            .bytes
            .map_or_else(String::new, |bytes| format!(", {}", units::bytes(bytes)));
        format!("Forgot {}{bytes}.\n", jobs.or(stamps).unwrap_or_default())
    }
}
