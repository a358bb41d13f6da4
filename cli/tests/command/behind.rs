//! `--stale`: what is old is replayed at once, and made anew behind, where it holds nobody up.

use std::fs::File;
use std::process::Stdio;

use crate::sandbox::{Did, Done, Gate, Sandbox};
use crate::signals::ends;

/// Says what `version` holds; once there is a gate, it says there that it runs, and waits to be let go.
const JOB: &str = "sh -c 'if test -p up; then echo up > up; read x < go; fi; cat version; test ! -e fails'";
const HOUR: i64 = 3600;

/// A world in which the job has run an hour ago, and would now say something else.
fn an_hour_ago() -> (Sandbox, Gate, Gate) {
    let sandbox = Sandbox::new();
    sandbox.write("version", "one\n").clock(100);
    call(&sandbox, "").ran().prints("one\n");
    sandbox.write("version", "two\n").clock(100 + HOUR);
    let gates = (sandbox.gate("up"), sandbox.gate("go"));
    (sandbox, gates.0, gates.1)
}

fn call<'a>(sandbox: &'a Sandbox, options: &str) -> Done<'a> {
    sandbox.shell(&format!("jobstamp {options} -- tallied {JOB}"))
}

/// Waits for the run behind, which is under way, and looks at what is remembered then: who has to run it waits for it.
fn afterwards<'a>(sandbox: &'a Sandbox, go: &Gate) -> Done<'a> {
    let running = sandbox.begin(&format!("jobstamp --ttl 30m -- tallied {JOB}"));
    // For the one behind; and one more, should it be run again after all.
    go.open();
    go.open();
    running.done()
}

#[test]
fn the_caller_gets_what_is_remembered_and_is_not_held_up_by_the_run_behind() {
    let (sandbox, up, go) = an_hour_ago();
    // The shell waits until nobody holds its pipe, and `done` until nobody holds ours.
    let line = format!(
        "said=$(jobstamp --stale 30m -- tallied {JOB}); echo \"$? $said\"
         read children < /proc/$$/task/$$/children; echo \"children: $children\""
    );
    sandbox.shell(&line).prints("0 one\nchildren: \n").complains("");
    assert_eq!(up.line(), "up");
    afterwards(&sandbox, &go).prints("two\n").complains("").returns(0);
    assert_eq!(sandbox.runs(), 2, "once in front, once behind");
    call(&sandbox, "--stale 30m").replayed().prints("two\n");
}

#[test]
fn what_is_young_enough_is_replayed_and_nothing_more() {
    let (sandbox, _up, _go) = an_hour_ago();
    let explained = call(&sandbox, "--stale 2h --explain").replayed().prints("one\n");
    explained.says("replayed from").does_not_say("old");
    assert_eq!(sandbox.runs(), 1);
}

#[test]
fn of_all_who_find_it_old_at_once_one_makes_it_anew() {
    let (sandbox, up, go) = an_hour_ago();
    call(&sandbox, "--stale 30m").prints("one\n");
    assert_eq!(up.line(), "up");
    for _ in 0..8 {
        call(&sandbox, "--stale 30m").replayed().prints("one\n");
    }
    afterwards(&sandbox, &go).prints("two\n");
    assert_eq!(sandbox.runs(), 2);
}

#[test]
fn of_many_at_the_same_time_all_are_answered_at_once_and_one_makes_it_anew() {
    let (sandbox, up, go) = an_hour_ago();
    let line = format!("for n in $(seq 16); do jobstamp --stale 30m -- tallied {JOB} & done; wait");
    sandbox.shell(&line).prints("one\n".repeat(16)).complains("");
    assert_eq!(up.line(), "up");
    afterwards(&sandbox, &go).prints("two\n");
    assert_eq!(sandbox.runs(), 2);
}

#[test]
fn a_changed_dependency_runs_it_in_front_however_young_or_old_it_is() {
    let sandbox = Sandbox::new();
    sandbox.write("version", "one\n").clock(100);
    for (turned, text) in [(0, "two\n"), (HOUR, "three\n")] {
        call(&sandbox, "--dependencies version").clock(100 + turned);
        sandbox.write("version", text);
        let options = "--stale 30m --dependencies version";
        call(&sandbox, options).ran().prints(text);
        call(&sandbox, options).replayed().prints(text);
    }
}

#[test]
fn what_has_expired_runs_in_front() {
    let (sandbox, _up, go) = an_hour_ago();
    go.open();
    call(&sandbox, "--stale 10m --ttl 30m").ran().prints("two\n");
}

/// Behind there is nothing to read: such a job runs in front, as if its stamp had expired.
#[test]
fn a_job_that_is_given_something_to_read_runs_in_front() {
    for given in ["< file", "3< file", "7< file"] {
        let sandbox = Sandbox::new();
        sandbox.write("file", "some\n").write("version", "one\n").clock(100);
        let line = format!("jobstamp --stale 30m -- tallied {JOB} {given}");
        sandbox.shell(&line).ran().prints("one\n");
        sandbox.shell(&line).replayed();
        sandbox.write("version", "two\n").clock(100 + HOUR);
        let done = sandbox
            .variable("JOBSTAMPS_EXPLAIN", "1")
            .shell(&line)
            .ran()
            .prints("two\n");
        let done = done.says("jobstamp: running: its stamp has expired\n");
        done.says(if given == "< file" {
            "jobstamp: only what is given no input runs behind (see `--stdin none`)\n"
        } else {
            "jobstamp: it is old, and does not run behind: it is given more than the usual three descriptors\n"
        });
        sandbox.shell(&line).replayed().prints("two\n");
    }
    let sandbox = Sandbox::new();
    sandbox.clock(100);
    let line = "echo some | jobstamp --stale 30m -- tallied cat";
    for (turned, did) in [(0, Did::Run), (0, Did::Replay), (HOUR, Did::Run), (HOUR, Did::Replay)] {
        sandbox.clock(100 + turned);
        // The first run only finds out that it reads its input.
        sandbox.shell(line).did(did).prints("some\n");
    }
}

#[test]
fn a_job_that_is_told_that_it_has_no_input_runs_behind_whatever_ours_is() {
    let sandbox = Sandbox::new();
    sandbox.write("version", "one\n").write("file", "some\n").clock(100);
    call(&sandbox, "--stdin none").ran();
    sandbox.write("version", "two\n").clock(100 + HOUR);
    let (up, go) = (sandbox.gate("up"), sandbox.gate("go"));
    let words = [
        "sh",
        "-c",
        &format!("exec jobstamp --stdin none --stale 30m -- tallied {JOB}"),
    ];
    let mut command = sandbox.command(&words);
    command.stdin(Stdio::from(File::open(sandbox.path("file")).unwrap()));
    sandbox.start(command).done().prints("one\n");
    assert_eq!(up.line(), "up");
    let waiting = sandbox.begin(&format!("jobstamp --stdin none --ttl 30m -- tallied {JOB}"));
    go.open();
    go.open();
    waiting.done().prints("two\n");
    assert_eq!(sandbox.runs(), 2);
}

#[test]
fn the_run_behind_finds_what_the_one_in_front_found() {
    // Descriptors, streams, directory, environment, what is ignored; not the terminal and the session.
    let look = "ls -l /proc/self/fd | sed 's/.* \\([0-9]* ->\\)/\\1/; s/pipe:.*/pipe/; s|/proc/.*|/proc|; /total/d'
                pwd -P; echo $GREETING; grep -E '^Sig(Ign|Blk)' /proc/self/status; umask";
    for (before, after) in [("", ""), ("", "<&-"), ("trap '' INT;", ""), ("umask 027;", "")] {
        let sandbox = Sandbox::new();
        sandbox.variable("GREETING", "hello").clock(100);
        sandbox.job(&format!("if test -p up; then echo up > up; read x < go; fi; {look}"));
        sandbox.program(
            "look",
            &format!("#!/bin/sh\nif test -p up; then echo up > up; read x < go; fi\n{look}\n"),
        );
        let line = |options: &str| format!("{before} jobstamp {options} -- tallied look {after}");
        let first = sandbox.shell(&line("")).ran().returns(0).output.stdout.clone();
        sandbox.clock(100 + HOUR);
        let (up, go) = (sandbox.gate("up"), sandbox.gate("go"));
        sandbox.shell(&line("--stale 30m")).prints(&first);
        assert_eq!(up.line(), "up");
        let waiting = sandbox.begin(&line("--ttl 30m"));
        go.open();
        go.open();
        waiting.done().prints(&first);
        assert_eq!(sandbox.runs(), 2, "{before} {after}: the run behind is remembered");
    }
}

/// What failed for want of a terminal, say, must not be replayed to somebody who has one.
#[test]
fn what_ends_otherwise_behind_is_not_remembered_and_runs_in_front_next() {
    let (sandbox, up, go) = an_hour_ago();
    sandbox.write("fails", "");
    call(&sandbox, "--stale 30m").prints("one\n").returns(0);
    assert_eq!(up.line(), "up");
    afterwards(&sandbox, &go).ran_times(1).prints("two\n").returns(1);
    assert_eq!(sandbox.runs(), 3);
}

/// Else the old run would be replayed for ever, and another one made behind each time, of which nobody hears.
#[test]
fn what_crashes_or_cannot_be_remembered_behind_runs_in_front_next() {
    for (fault, did, told) in [
        ("kill -SEGV $$", Did::Run, "killed by SIGSEGV; not cached\n"),
        ("seq 10000", Did::Run, "not cached\n"),
        ("kill -TERM $$", Did::Replay, ""),
        ("true", Did::Replay, ""),
    ] {
        let sandbox = Sandbox::new();
        let job = "if test -p up; then echo $PPID > up; fi; echo said; if test -e fault; then . ./fault; fi";
        let line = |options: &str| format!("jobstamp --max-output 1K {options} -- tallied sh -c '{job}'");
        sandbox.clock(100).shell(&line("")).ran().prints("said\n");
        sandbox.write("fault", fault).clock(100 + HOUR);
        let up = sandbox.gate("up");
        sandbox.shell(&line("--stale 30m")).prints("said\n").complains("");
        ends(&up.line());
        sandbox.shell(&line("")).did(did).says(told);
    }
}

#[test]
fn a_terminal_that_hangs_up_does_not_end_the_run_behind() {
    let sandbox = Sandbox::new();
    sandbox.write("version", "one\n").clock(100);
    // On a terminal both streams are apart, as here.
    let line = |options: &str| format!("jobstamp --stdin none {options} -- tallied {JOB}");
    sandbox.shell(&line("")).ran();
    sandbox.write("version", "two\n").clock(100 + HOUR);
    let (up, go) = (sandbox.gate("up"), sandbox.gate("go"));
    let mut terminal = sandbox.on_terminal(&format!("{}; echo shown; read x", line("--stale 30m")));
    terminal.shows("one").shows("shown");
    assert_eq!(up.line(), "up");
    terminal.hangs_up();
    let waiting = sandbox.begin(&line("--ttl 30m"));
    go.open();
    go.open();
    waiting.done().prints("two\n");
    assert_eq!(sandbox.runs(), 2);
}
