//! `jobstamp show`: all that is remembered of one job.

use jobstamps::Stream;
use jobstamps::job::JobKey;
use jobstamps::store::Found;

use super::detail::Detail;
use super::{DONE, Desk, NOTHING, USAGE, chosen, fields, print, refused, streams};
use crate::arguments::Told;
use crate::execute::Inherited;
use crate::surroundings::now;
use crate::voice::say;

/// Prints what is remembered of a job; returns the exit code.
#[cold]
#[inline(never)]
pub fn show(told: &Told, inherited: &Inherited) -> u8 {
    let desk = Desk::open(told);
    let found = match key(told, &desk, inherited).and_then(|key| found(&desk, &key)) {
        Ok(found) => found,
        Err(code) => return code,
    };
    let wanted = [("--stdout", Stream::Out), ("--stderr", Stream::Err)];
    let wanted = wanted.into_iter().filter(|(name, _)| told.has(name));
    let wanted: Vec<Stream> = wanted.map(|(_, stream)| stream).collect();
    if !wanted.is_empty() {
        return streams::print(&desk, &found, &wanted);
    }
    match Detail::of(&desk.cache, &found) {
        Ok(detail) if told.has("--json") => print(fields::object(&detail)),
        Ok(detail) => print(detail.text(&desk.screen(), now())),
        Err(error) => return refused(&error),
    }
    DONE
}

/// Returns the key of the job that is meant.
fn key(told: &Told, desk: &Desk, inherited: &Inherited) -> Result<JobKey, u8> {
    match (told.operands(), &told.job) {
        ([digits], None) => chosen::by_digits(desk, digits),
        ([], Some(options)) => {
            let job = chosen::by_command(desk, options, inherited)?;
            chosen::remembered(desk, &job)?.first().copied().ok_or_else(|| {
                say("nothing is remembered of this command: `jobstamp why` tells what is nearest");
                NOTHING
            })
        }
        _ => {
            say("say which job: its KEY, or its command after `--`");
            Err(USAGE)
        }
    }
}

fn found(desk: &Desk, key: &JobKey) -> Result<Found, u8> {
    match desk.cache.find(key) {
        Ok(Some(found)) => Ok(found),
        Ok(None) => {
            say("it was forgotten just now");
            Err(NOTHING)
        }
        Err(error) => Err(refused(&error)),
    }
}
