//! Says why a command would run, without running it.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, Write as _};

use jobstamps::job::Input;
use jobstamps::{Cache, Job};

use crate::execute::Inherited;
use crate::identity;
use crate::options::Options;
use crate::progress;
use crate::session::{outputs, program};
use crate::source::Source;
use crate::stdin::{self, Sight};
use crate::surroundings::{Surroundings, now};
use crate::voice::{Voice, say};

/// The command would be replayed.
const FRESH: u8 = 0;
/// The command would run.
const STALE: u8 = 1;

/// Prints every reason why the command would run, one a line; returns the exit code.
///
/// Nothing is run or written. If the command is known to read its standard input, that decides: it is looked at, and
/// taken only if it is more than can be seen where it is.
#[cold]
#[inline(never)]
pub fn why(options: &Options, inherited: &Inherited) -> u8 {
    let surroundings = Surroundings::look();
    let program = match program(options, &surroundings) {
        Ok(program) => program,
        Err(code) => return code,
    };
    if surroundings.disabled {
        return stale(&["JOBSTAMPS_DISABLED is set"]);
    }
    let job = match identity::job(options, &surroundings, &program, Input::Nothing, outputs(inherited)) {
        Ok(job) => job,
        Err(line) => {
            say(line);
            return 125;
        }
    };
    if !options.quiet {
        progress::begin();
    }
    let cache = Cache::open(&surroundings.stamp_directory(options.directory.as_deref()), now, None);
    let mut voice = Voice::new(options.quiet);
    let source = Source::of(options.stdin, inherited, &mut || scratch(&cache, &job), &mut voice);
    let Some(input) = source.input else {
        return stale(&["its standard input cannot be part of its key"]);
    };
    if surroundings.directory.is_none() && !options.no_directory {
        return stale(&["the working directory cannot be read"]);
    }
    let job = identity::with_input(job, input);
    let reasons = match cache.reasons(&job) {
        Some(reasons) => reasons,
        None => match whole_input(&cache, &job).and_then(|job| cache.reasons(&job)) {
            Some(reasons) => reasons,
            None => return stale(&["its standard input cannot be read whole"]),
        },
    };
    if reasons.is_empty() {
        print("nothing it depends on has changed: it would be replayed");
        return FRESH;
    }
    stale(&reasons)
}

/// Returns the job with all of its standard input.
fn whole_input(cache: &Cache, job: &Job) -> Option<Job> {
    let digest = match Sight::of_standard_input(stdin::Patience::KNOWN_READER.hastened()) {
        Sight::Whole(input) => Some(input.digest),
        Sight::Paused => None,
        Sight::TooMuch => {
            stdin::read_ahead(stdin::Patience::KNOWN_READER.hastened(), &mut || scratch(cache, job)).digest()
        }
    };
    digest.map(|digest| identity::with_input(job.clone(), Input::Bytes(digest)))
}

/// Makes a file without a name where there is a store already: asking makes none.
fn scratch(cache: &Cache, job: &Job) -> io::Result<File> {
    if cache.is_current() {
        cache.scratch(job)
    } else {
        Err(io::ErrorKind::NotFound.into())
    }
}

fn stale(reasons: &[impl Display]) -> u8 {
    for reason in reasons {
        print(reason);
    }
    STALE
}

fn print(line: impl Display) {
    progress::erase();
    // Whoever stopped reading knows enough.
    let _ = writeln!(io::stdout(), "{line}");
}
