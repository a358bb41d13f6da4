//! Says why a command would run, without running it.

mod answer;
mod fields;
mod words;

use std::io::{self, Write as _};

use jobstamps::job::Input;
use jobstamps::{Cache, Shown};

use crate::arguments::Told;
use crate::asked::{scratch, whole_input};
use crate::execute::Inherited;
use crate::identity;
use crate::options::Options;
use crate::progress;
use crate::screen::Screen;
use crate::session::{count_no_longer, is_given_nothing, outputs, program};
use crate::source::Source;
use crate::surroundings::{Surroundings, now};
use crate::voice::{Voice, say};
use answer::Answer;

/// The command would be replayed.
const FRESH: u8 = 0;
/// The command would run.
const STALE: u8 = 1;

/// Prints every reason why the command would run; returns the exit code.
///
/// Nothing is run or written. If the command is known to read its standard input, that decides: it is looked at, and
/// taken only if it is more than can be seen where it is.
#[cold]
#[inline(never)]
pub fn why(told: &Told, inherited: &Inherited) -> u8 {
    let answer = match told.job.as_ref().map(|options| ask(options, inherited)) {
        Some(Ok(answer)) => answer,
        Some(Err(code)) => return code,
        None => unreachable!("there is no `why` without a command"),
    };
    let text = if told.has("--json") {
        format!("{}\n", fields::object(&answer))
    } else {
        words::text(&answer, &Screen::stdout(Surroundings::look().wish()), now())
    };
    progress::erase();
    // Whoever stopped reading knows enough.
    let _ = io::stdout().write_all(text.as_bytes());
    if answer.reasons.is_empty() { FRESH } else { STALE }
}

/// Finds out why a command would run.
///
/// # Errors
/// There is no such command, or what it depends on cannot be read; the exit code, when that has been said.
fn ask(options: &Options, inherited: &Inherited) -> Result<Answer, u8> {
    let surroundings = Surroundings::look();
    let program = program(options, &surroundings)?;
    if surroundings.disabled {
        return Ok(Answer::apart("disabled", "JOBSTAMPS_DISABLED is set"));
    }
    let job = identity::job(options, &surroundings, &program, Input::Nothing, outputs(inherited));
    let job = job.map_err(|line| {
        say(line);
        125
    })?;
    let cache = Cache::open(&surroundings.stamp_directory(options.directory.as_deref()), now, None);
    let mut voice = Voice::new(options.quiet);
    let source = Source::of(options.stdin, inherited, &mut || scratch(&cache, &job), &mut voice);
    let Some(input) = source.input else {
        return Ok(Answer::unfit("its standard input cannot be part of its key"));
    };
    if surroundings.directory.is_none() && !options.no_directory {
        return Ok(Answer::unfit("the working directory cannot be read"));
    }
    let mut job = identity::with_input(job, input);
    if let Some(age) = options.stale.filter(|_| options.warm || !is_given_nothing(input)) {
        // It would not be run behind, but in front.
        count_no_longer(&mut job, age);
    }
    if let Some(explanation) = cache.explain(&job) {
        return Ok(Answer::of(&cache, &job, explanation).even_if_fresh(options));
    }
    let explained = whole_input(&cache, &job).and_then(|job| Some((cache.explain(&job)?, job)));
    Ok(match explained {
        Some((explanation, job)) => Answer::of(&cache, &job, explanation).even_if_fresh(options),
        None => Answer::unfit("its standard input cannot be read whole"),
    })
}

/// Returns any name so that it can be shown.
fn shown(name: &std::ffi::OsStr) -> String {
    Shown::bytes(name.as_encoded_bytes()).to_string()
}
