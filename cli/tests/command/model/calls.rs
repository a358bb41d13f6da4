//! The command line of a job, with us and without.

use std::fs::{self, File};
use std::process::{Command, Stdio};

use jobstamps::Method;

use super::kinds::Kind;
use super::steps::{How, Input, Which};
use crate::sandbox::{Sandbox, pipe_holding};

/// The job itself.
const JOB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/command/model/job");
/// What stands on standard input.
const INPUTS: [&str; 2] = ["alpha\n", "beta\n"];

/// One job as it is asked for.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// Its number in the case.
    pub number: usize,
    pub which: &'a Which,
    pub kind: &'static Kind,
    pub how: How,
}

impl Call<'_> {
    /// Which stamps it finds.
    pub fn key(self) -> (usize, Option<usize>) {
        let counts = matches!(self.which.input, Input::File | Input::Key);
        (self.number, counts.then_some(self.how.input))
    }

    /// What chooses among these beside the world: lists, what a reader of a pipe reads.
    pub fn variant(self) -> String {
        let counts = self.which.input == Input::Pipe && self.kind.does == "read";
        format!("{} {:?}", self.how.more, counts.then_some(self.how.input))
    }
}

/// The job as it is without us. What it makes goes where nobody looks.
pub fn plain(sandbox: &Sandbox, call: Call) -> Command {
    let mut command = command(sandbox, call, &job(call), "");
    if call.which.input == Input::Refused {
        command.stdin(Stdio::null());
    }
    command.env("OUT", sandbox.beside("plain"));
    command
}

/// The job through `jobstamp`.
pub fn ours(sandbox: &Sandbox, call: Call) -> Command {
    command(sandbox, call, &words(call), "")
}

/// As [`ours`]; the job meets us at the gate, and at its end says there that it is over.
pub fn ours_that_meets(sandbox: &Sandbox, call: Call) -> Command {
    let mut command = command(
        sandbox,
        call,
        &words(call),
        r#"; code=$?; echo over > "$MEET/meet"; exit $code"#,
    );
    command.env("MEET", sandbox.path(""));
    command
}

fn job(call: Call) -> Vec<String> {
    let mut job: Vec<String> = ["sh", JOB, call.kind.does, call.kind.output].map(Into::into).into();
    job.extend(call.kind.dependencies.iter().map(ToString::to_string));
    job
}

fn words(call: Call) -> Vec<String> {
    let How { method, shuffled, .. } = call.how;
    let mut words = vec!["jobstamp".to_owned()];
    words.extend(match method {
        Method::Mtime => None,
        Method::Hash => Some("--use-hashes".to_owned()),
        Method::Paranoid => Some("--paranoid".to_owned()),
    });
    if call.how.discard_failures {
        words.push("--discard-failures".to_owned());
    }
    match call.which.input {
        Input::Refused => words.push("--stdin=none".to_owned()),
        Input::Key => words.push("--stdin=key".to_owned()),
        Input::Null | Input::File | Input::Pipe => {}
    }
    for (option, list) in [
        ("--dependencies", call.kind.dependencies),
        ("--output-files", call.kind.outputs()),
    ] {
        words.push(option.to_owned());
        words.extend(list.iter().map(ToString::to_string));
        if shuffled {
            words.extend(list.iter().rev().map(|name| format!(".//{name}")));
        }
    }
    if call.how.more {
        words.extend(["--dependencies".to_owned(), "more".to_owned()]);
    }
    words.extend(["--".to_owned(), "tallied".to_owned()]);
    words.extend(job(call));
    words
}

fn command(sandbox: &Sandbox, call: Call, words: &[String], then: &str) -> Command {
    let joined = if call.which.joined { " 2>&1" } else { "" };
    let mut all: Vec<String> = Vec::new();
    if !joined.is_empty() || !then.is_empty() {
        let line = format!("\"$@\"{joined}{then}");
        all.extend(["sh".to_owned(), "-c".to_owned(), line, "sh".to_owned()]);
    }
    all.extend_from_slice(words);
    let mut command = sandbox.command(&all);
    if call.which.alias {
        command
            .current_dir(sandbox.beside("alias"))
            .env("PWD", sandbox.beside("alias"));
    }
    if call.how.disabled {
        command.env("JOBSTAMPS_DISABLED", "1");
    }
    let bytes = INPUTS[call.how.input];
    match call.which.input {
        Input::Null => {}
        Input::Refused | Input::File => {
            let path = sandbox.beside(format!("input-{}", call.how.input));
            if fs::metadata(&path).is_err() {
                fs::write(&path, bytes).unwrap();
            }
            command.stdin(File::open(path).unwrap());
        }
        Input::Pipe | Input::Key => {
            command.stdin(pipe_holding(bytes.as_bytes()));
        }
    }
    command
}
