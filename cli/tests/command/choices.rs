//! When a command runs although it could be replayed, and the other way round: `--force`, `--verify`, `--warm`, `--ttl`,
//! `--scope`.

use rustix::process::Signal;

use crate::sandbox::{Did, Sandbox};
use crate::signals::ends;
use crate::store::{JOB, with_a_stamp};

/// Says each time something else.
const UNSTEADY: &str = "echo $$ >> ../count; wc -l < ../count";

fn unsteady() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.job(UNSTEADY).jobstamp(&[]).ran().prints("1\n");
    sandbox
}

#[test]
fn a_forced_job_runs_and_is_what_is_remembered_from_then_on() {
    let sandbox = unsteady();
    for runs in ["2\n", "3\n"] {
        let forced = sandbox.jobstamp(&["--force", "--explain"]).ran().prints(runs);
        forced.complains("jobstamp: running: it was forced\n");
        sandbox.jobstamp(&[]).replayed().prints(runs);
    }
}

#[test]
fn a_forced_job_waits_for_an_equal_one_and_runs_all_the_same() {
    let sandbox = Sandbox::new();
    let (up, go) = (sandbox.gate("up"), sandbox.gate("go"));
    let line = "jobstamp --force -- tallied sh -c 'echo up > up; read x < go; echo $x'";
    let first = sandbox.begin(line);
    assert_eq!(up.line(), "up");
    let second = sandbox.begin(line);
    go.say("first");
    first.done().prints("first\n");
    assert_eq!(up.line(), "up");
    go.say("second");
    second.done().prints("second\n");
    assert_eq!(sandbox.runs(), 2);
    sandbox
        .shell(&line.replace("--force", ""))
        .replayed()
        .prints("second\n");
}

#[test]
fn whatever_comes_of_a_forced_run_what_was_before_is_not_replayed_any_more() {
    for (job, options) in [
        ("echo first; test ! -e fails", &["--discard-failures"][..]),
        ("echo first; test ! -e fails || kill -9 $$", &[]),
        ("echo first; test ! -e fails || echo long", &["--max-output", "8"]),
    ] {
        let sandbox = Sandbox::new();
        sandbox.job(job).jobstamp(options).ran();
        sandbox.jobstamp(options).replayed();
        sandbox.write("fails", "");
        sandbox.jobstamp(&[&["--force", "--quiet"], options].concat()).ran();
        sandbox.remove("fails");
        sandbox.jobstamp(options).ran();
    }
}

#[test]
fn a_forced_reader_gets_its_input_and_is_remembered_with_it() {
    let sandbox = Sandbox::new();
    let line =
        |options: &str, input: &str| format!("printf {input} | jobstamp {options} -- tallied sh -c 'cat; {UNSTEADY}'");
    sandbox.shell(&line("", "a")).ran().prints("a1\n");
    sandbox.shell(&line("", "a")).replayed().prints("a1\n");
    sandbox.shell(&line("--force", "a")).ran().prints("a2\n");
    sandbox.shell(&line("", "a")).replayed().prints("a2\n");
    sandbox.shell(&line("", "b")).ran().prints("b3\n");
}

#[test]
fn a_run_that_is_verified_is_silent_where_it_does_the_same_and_returns_its_own_code() {
    let sandbox = with_a_stamp();
    for options in [&["--verify"][..], &["--verify", "--strict"], &["--verify", "--force"]] {
        let done = sandbox.jobstamp(options).ran().prints("out\n");
        done.complains("err\n").returns(3);
    }
    sandbox.jobstamp(&[]).replayed().prints("out\n").returns(3);
    // What was never run before has nothing to be compared with, and runs once.
    sandbox
        .jobstamp(&["--verify", "--scope", "new"])
        .ran()
        .complains("err\n")
        .returns(3);
}

#[test]
fn a_run_that_is_verified_and_differs_is_warned_of_and_counts_from_then_on() {
    let sandbox = unsteady();
    let differs = |then: u32, now: u32| {
        format!(
            "jobstamp: warning: not the same again: standard output differs in line 1 (byte 1)\n\
             jobstamp:   then: `{then}`\njobstamp:   now:  `{now}`\n"
        )
    };
    let done = sandbox.jobstamp(&["--verify"]).ran().prints("2\n");
    done.complains(differs(1, 2)).returns(0);
    sandbox.jobstamp(&[]).replayed().prints("2\n");
    let done = sandbox.jobstamp(&["--verify", "--strict"]).ran().prints("3\n");
    done.complains(differs(2, 3)).returns(125);
    let done = sandbox.jobstamp(&["--verify", "--quiet"]).ran().prints("4\n");
    done.complains("").returns(0);
    sandbox.jobstamp(&[]).replayed().prints("4\n");
}

#[test]
fn what_differs_and_cannot_be_remembered_is_forgotten_too() {
    let sandbox = Sandbox::new();
    sandbox
        .job("echo out; test ! -e fails")
        .jobstamp(&["--discard-failures"])
        .ran();
    sandbox.write("fails", "");
    let done = sandbox.jobstamp(&["--discard-failures", "--verify"]).ran();
    done.complains("jobstamp: warning: not the same again: it returned 0, and now 1\n")
        .returns(1);
    sandbox.remove("fails");
    sandbox.jobstamp(&["--discard-failures"]).ran();
}

#[test]
fn an_output_file_that_comes_out_otherwise_is_warned_of() {
    let sandbox = Sandbox::new();
    sandbox.job("echo $$ > o");
    let options = ["--output-files", "o"];
    sandbox.jobstamp(&options).ran();
    let done = sandbox.jobstamp(&["--verify", "--output-files", "o"]).ran();
    done.says("jobstamp: warning: not the same again: the output `o` differs: ")
        .returns(0);
    sandbox.jobstamp(&options).replayed();
}

#[test]
fn a_job_that_is_warmed_says_nothing_whether_it_runs_or_not() {
    let sandbox = Sandbox::new();
    sandbox.job(JOB);
    for did in [Did::Run, Did::Replay] {
        sandbox
            .jobstamp(&["--warm"])
            .did(did)
            .prints("")
            .complains("")
            .returns(3);
    }
    sandbox
        .jobstamp(&[])
        .replayed()
        .prints("out\n")
        .complains("err\n")
        .returns(3);
}

#[test]
fn of_jobs_within_one_that_is_warmed_nothing_is_missing_afterwards() {
    let sandbox = Sandbox::new();
    let line = "jobstamp -- tallied sh -c 'jobstamp -- echo within; echo around'";
    sandbox.shell(&format!("JOBSTAMPS_WARM=1 {line}")).ran().prints("");
    sandbox.shell(line).replayed().prints("within\naround\n");
}

#[test]
fn a_job_that_is_warmed_does_not_mind_who_reads_us() {
    let sandbox = Sandbox::new();
    sandbox.write("large", vec![b'x'; 1 << 20]);
    for (number, streams) in ["> /dev/full 2> /dev/full", "2>&1 | true"].iter().enumerate() {
        let line = format!("jobstamp --warm -- tallied sh -c 'cat large; cat large >&2; echo {number}' {streams}");
        sandbox.shell(&line).ran();
        // Joined or apart is part of the job: with streams of the same kind it is replayed.
        let streams = streams.replace("/dev/full", "/dev/null").replace("true", "wc -c");
        let line = format!("jobstamp -- tallied sh -c 'cat large; cat large >&2; echo {number}' {streams}");
        sandbox.shell(&line).replayed();
    }
}

#[test]
fn a_job_that_is_warmed_leaves_its_input_where_a_run_would() {
    let sandbox = Sandbox::new();
    sandbox.write("lines", "one\ntwo\nthree\n");
    let line = "{ jobstamp --warm -- tallied sh -c 'read x; read y; echo $y'; cat; } < lines";
    for did in [Did::Run, Did::Replay] {
        sandbox.shell(line).did(did).prints("three\n");
    }
}

#[test]
fn a_signal_ends_a_run_and_leaves_what_was_remembered_as_it_was() {
    let job = "if test -p up; then echo $$ > up; read x < never; fi; echo said";
    for (options, is_remembered) in [("--force", true), ("--verify", true), ("--warm", false)] {
        let sandbox = Sandbox::new();
        if is_remembered {
            sandbox.job(job).jobstamp(&[]).ran();
        }
        let (up, _never) = (sandbox.gate("up"), sandbox.gate("never"));
        let running = sandbox.start(sandbox.command(&["jobstamp", options, "--", "tallied", "sh", "-c", job]));
        let child = up.line();
        running.signal(Signal::TERM);
        running.done().prints("").complains("").died_of(15);
        ends(&child);
        assert_eq!(sandbox.stamps().len(), usize::from(is_remembered), "{options}");
        if is_remembered {
            sandbox.jobstamp(&[]).replayed().prints("said\n");
        }
    }
}

#[test]
fn a_run_counts_for_as_long_as_it_is_said_to() {
    let sandbox = Sandbox::new();
    sandbox.clock(100).job(UNSTEADY).jobstamp(&[]).ran().prints("1\n");
    for (turned, ttl, did) in [
        (0, "1h", Did::Replay),
        (7200, "3h", Did::Replay),
        (7200, "2h", Did::Run),
        (7200, "2h", Did::Replay),
        (7200, "0", Did::Run),
        // Where the clock was set back nobody knows how old it is.
        (0, "100d", Did::Run),
    ] {
        sandbox.clock(100 + turned).jobstamp(&["--ttl", ttl]).did(did);
    }
    // Who says nothing takes it as it is.
    sandbox.clock(1_000_000).jobstamp(&[]).replayed().prints("4\n");
}

#[test]
fn scopes_share_nothing() {
    let sandbox = unsteady();
    for (options, printed) in [
        (&["--scope", "a"][..], "2\n"),
        (&["--scope", "b"], "3\n"),
        (&["--scope", "a"], "2\n"),
        (&["--scope", "b"], "3\n"),
        (&[], "1\n"),
    ] {
        sandbox.jobstamp(options).prints(printed);
    }
    assert_eq!(sandbox.runs(), 3);
}
