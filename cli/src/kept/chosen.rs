//! Which job is meant: by its key, by the beginning of that, or by its command.

use std::ffi::OsStr;

use jobstamps::job::{Input, Invocation, JobKey};
use jobstamps::{Job, Shown};

use super::{Desk, NOTHING, OUR_FAULT, USAGE, refused};
use crate::asked::{scratch, whole_input};
use crate::execute::Inherited;
use crate::identity;
use crate::options::Options;
use crate::session::{outputs, program};
use crate::source::Source;
use crate::voice::{Voice, hint, say};

/// A key is meant by so many of its digits, or more.
const FEWEST_DIGITS: usize = 4;
/// So many of several keys are told.
const MOST_TOLD: usize = 4;

/// Returns the key that `digits` are the beginning of, if one alone is.
///
/// # Errors
/// None is, or several are; the exit code, when that has been said.
pub(super) fn by_digits(desk: &Desk, digits: &OsStr) -> Result<JobKey, u8> {
    let shown = Shown::bytes(digits.as_encoded_bytes());
    let digits = digits.to_str().map(str::to_ascii_lowercase).unwrap_or_default();
    if digits.len() < FEWEST_DIGITS || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        say(format_args!(
            "`{shown}` is no key: give at least {FEWEST_DIGITS} of its digits, as `jobstamp list` shows them"
        ));
        return Err(USAGE);
    }
    let keys = desk
        .cache
        .keys(&digits, MOST_TOLD + 1)
        .map_err(|error| refused(&error))?;
    match keys[..] {
        [key] => Ok(key),
        [] => {
            say(format_args!("no job is remembered under the key `{shown}`"));
            Err(NOTHING)
        }
        _ => {
            let told: Vec<String> = keys.iter().take(MOST_TOLD).map(|key| beginning(key, &digits)).collect();
            let more = if keys.len() > MOST_TOLD { ", ..." } else { "" };
            say(format_args!("`{shown}` is the beginning of several keys"));
            hint(format_args!("give more digits: {}{more}", told.join(", ")));
            Err(USAGE)
        }
    }
}

/// Returns some digits more of `key` than are known.
fn beginning(key: &JobKey, known: &str) -> String {
    let hex = key.hex();
    hex[..hex.len().min(known.len().max(8) + 4)].to_owned()
}

/// Returns the job that `options` mean, with the standard input that we have.
///
/// # Errors
/// There is no such command, or what says which it is cannot be read; the exit code, when that has been said.
pub(super) fn by_command(desk: &Desk, options: &Options, inherited: &Inherited) -> Result<Job, u8> {
    let surroundings = &desk.surroundings;
    let program = program(options, surroundings)?;
    let refuse = |line: &str| {
        say(line);
        OUR_FAULT
    };
    let job = identity::job(options, surroundings, &program, Input::Nothing, outputs(inherited));
    let job = job.map_err(|line| refuse(&line))?;
    if surroundings.directory.is_none() && !options.no_directory {
        return Err(refuse("the working directory cannot be read"));
    }
    let mut voice = Voice::new(options.quiet);
    let source = Source::of(options.stdin, inherited, &mut || scratch(&desk.cache, &job), &mut voice);
    let input = source
        .input
        .ok_or_else(|| refuse("its standard input cannot be part of its key"))?;
    let job = identity::with_input(job, input);
    if desk.cache.reasons(&job).is_some() {
        return Ok(job);
    }
    // A known reader is remembered under what it read.
    whole_input(&desk.cache, &job).ok_or_else(|| refuse("its standard input cannot be read whole"))
}

/// Returns the keys of all jobs that are remembered of the command which `job` is of, the likeliest first: whether its streams
/// went to one place or to two, and whether it was started on a terminal, is nothing that whoever asks about it can be expected to
/// repeat.
///
/// # Errors
/// The store cannot be used; the exit code, when that has been said.
pub(super) fn remembered(desk: &Desk, job: &Job) -> Result<Vec<JobKey>, u8> {
    let mut keys = Vec::new();
    for alike in alike(job) {
        let found = desk
            .cache
            .keys(&alike.key().hex(), 1)
            .map_err(|error| refused(&error))?;
        keys.extend(found);
    }
    Ok(keys)
}

/// Returns `job`, and what it would be with its streams elsewhere and with another input that holds nothing.
fn alike(job: &Job) -> Vec<Job> {
    let Invocation::Command(command) = &job.invocation else {
        return vec![job.clone()];
    };
    let empty = [Input::Nothing, Input::Terminal, Input::Closed];
    let others = empty.iter().filter(|other| **other != command.input);
    let others = others.filter(|_| empty.contains(&command.input));
    let inputs = [command.input].into_iter().chain(others.copied());
    let with = |(input, joined): (Input, bool)| {
        let mut command = command.clone();
        (command.input, command.joined) = (input, joined);
        Job {
            invocation: Invocation::Command(command),
            ..job.clone()
        }
    };
    let streams = [command.joined, !command.joined];
    inputs
        .flat_map(|input| streams.map(|joined| (input, joined)))
        .map(with)
        .collect()
}
