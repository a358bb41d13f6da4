//! What is told of work that takes long: on a terminal, and nowhere else.

use std::fs::File;
use std::process::Stdio;

use crate::sandbox::{Done, Sandbox};

/// Erases a line.
const ERASED: &str = "\r\x1b[K";
/// What takes seconds elsewhere: each eighth of it is told of.
const LARGE: u64 = 64 << 20;

/// A sandbox with a large file, in which whatever takes any time at all takes long.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.variable("TERM", "xterm").variable("LC_ALL", "C.UTF-8");
    sandbox.variable("JOBSTAMPS_TEST_HASTE", u32::MAX.to_string());
    sandbox.write("large", "");
    File::options()
        .write(true)
        .open(sandbox.path("large"))
        .unwrap()
        .set_len(LARGE)
        .unwrap();
    sandbox
}

/// A line that hashes the large file.
fn hashing(options: &str, job: &str) -> String {
    format!("jobstamp {options} --use-hashes --dependencies large -- tallied sh -c '{job}'")
}

#[test]
fn a_terminal_shows_how_far_hashing_has_come_and_keeps_nothing_of_it() {
    let sandbox = sandbox();
    let line = hashing("", "echo out; echo err >&2");
    let (_, screen) = sandbox.on_terminal(&line).done();
    let (progress, rest) = screen.rsplit_once(ERASED).unwrap();
    assert_eq!(rest, "out\r\nerr\r\n");
    assert!(progress.starts_with("\rjobstamp: hashing  ━━"), "{progress}");
    assert!(progress.contains(" % of 64 MiB  "), "{progress}");
    assert!(!progress.contains('\n'), "{progress}");
    // A hit that reads nothing has nothing to tell.
    assert_eq!(sandbox.on_terminal(&line).done().1, "out\r\nerr\r\n");
    assert_eq!(sandbox.runs(), 1);
}

#[test]
fn a_large_file_on_standard_input_is_told_of_too() {
    let sandbox = sandbox();
    let (_, screen) = sandbox
        .on_terminal("jobstamp -- tallied sh -c 'echo out' < large")
        .done();
    assert!(screen.contains(" % of 64 MiB  standard input"), "{screen}");
    // It is hashed once more after the run.
    assert!(screen.contains(&format!("{ERASED}out\r\n")), "{screen}");
    assert!(screen.ends_with(ERASED), "{screen}");
}

#[test]
fn what_is_said_is_said_on_a_line_of_its_own() {
    let sandbox = sandbox();
    let (_, screen) = sandbox.on_terminal(&hashing("--explain", "echo out")).done();
    let (_, rest) = screen.rsplit_once(ERASED).unwrap();
    assert!(rest.starts_with("jobstamp: running: "), "{screen}");
    assert!(rest.ends_with("\r\nout\r\n"), "{screen}");
}

#[test]
fn why_and_doctor_leave_nothing_of_it_either() {
    let sandbox = sandbox();
    sandbox.shell(&hashing("", "echo out")).ran();
    sandbox.shell("touch large");
    for line in [
        "jobstamp why --use-hashes --dependencies large -- tallied sh -c 'echo out'",
        "jobstamp doctor --deep",
    ] {
        let (_, screen) = sandbox.on_terminal(line).done();
        let (_, rest) = screen.rsplit_once(ERASED).unwrap_or(("", &screen));
        assert!(!rest.contains("hashing") && rest.ends_with("\r\n"), "{screen}");
    }
}

#[test]
fn nothing_is_told_but_on_a_terminal_that_can_erase_and_is_ours() {
    let elsewhere = |sandbox: &Sandbox, line: &str| -> String {
        let done: Done = sandbox.shell(line);
        String::from_utf8(done.output.stderr.clone()).unwrap()
    };
    // Not through a pipe, and not to who asked for quiet, nor on what does not understand, nor from the background.
    assert_eq!(elsewhere(&sandbox(), &hashing("", "echo out")), "");
    for (line, dumb) in [
        (hashing("--quiet", "echo out"), false),
        (hashing("", "echo out"), true),
        (format!("set -m; {} & wait", hashing("", "echo out")), false),
        (format!("{} 2> errors; cat errors", hashing("", "echo out")), false),
    ] {
        let sandbox = sandbox();
        if dumb {
            sandbox.variable("TERM", "dumb");
        }
        assert_eq!(sandbox.on_terminal(&line).done().1, "out\r\n", "{line}");
    }
}

/// What a job printed last would be erased together with our line.
#[test]
fn nothing_is_told_behind_a_line_that_a_job_has_not_ended() {
    for (job, last) in [("printf half", "half"), ("echo whole", ERASED)] {
        let sandbox = sandbox();
        // By a clock that was set back it is young, and so hashed before the run and after it.
        sandbox.clock(-1000);
        let (_, screen) = sandbox.on_terminal(&hashing("", job)).done();
        assert!(screen.ends_with(last), "{}", screen.escape_debug());
    }
}

/// C38.
#[test]
fn a_terminal_shows_for_whom_we_wait_and_keeps_nothing_of_it() {
    let sandbox = sandbox();
    let (up, go) = (sandbox.gate("up"), sandbox.gate("go"));
    let line = "jobstamp -- tallied sh -c 'echo up > up; read x < go; echo out' < /dev/null";
    let mut command = sandbox.command(&["sh", "-c", line]);
    command.stdin(Stdio::null());
    let leader = sandbox.start(command);
    up.line();
    let mut waiter = sandbox.on_terminal(line);
    waiter.shows("\rjobstamp: waiting for process ");
    go.open();
    let (_, screen) = waiter.done();
    leader.done().prints("out\n");
    assert!(screen.contains(", which began the same job "), "{screen}");
    assert!(screen.ends_with(&format!("{ERASED}out\r\n")), "{screen}");
    assert_eq!((sandbox.runs(), screen.matches('\n').count()), (1, 1));
}
