//! `jobstamp verify` runs a command again and compares: is it fit to be replayed?

use std::fs;

use rustix::process::Signal;

use crate::sandbox::{Sandbox, amount, pipe_holding, skip};
use crate::store::{JOB, with_a_stamp};

const TWICE: &str = "jobstamp: no fresh stamp to compare with, so it runs twice: it has no stamp yet\n";
const FORGOTTEN: &str = "hint: it is forgotten, since what differs from run to run should not be replayed\n";

/// A job whose runs differ: `first` is what it does in its first run, `then` in all others.
fn unsteady(first: &str, then: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let first_time = "mkdir ../ran 2>/dev/null";
    sandbox.job(&format!("if {first_time}; then {first}; else {then}; fi"));
    sandbox
}

#[test]
fn a_command_that_does_the_same_again_is_verified_whatever_code_it_returns_and_stays_remembered() {
    let sandbox = with_a_stamp();
    for _ in 0..2 {
        let done = sandbox.jobstamp_verify(&[]).ran().prints("out\n");
        done.complains("err\njobstamp: it did the same again (exit code 3)\n")
            .returns(0);
    }
    sandbox.jobstamp(&[]).replayed().prints("out\n").returns(3);
    sandbox
        .jobstamp_verify(&["--quiet"])
        .ran()
        .complains("err\n")
        .returns(0);
}

#[test]
fn a_command_without_a_stamp_runs_twice_and_is_delivered_twice() {
    let sandbox = Sandbox::new();
    sandbox.job(JOB);
    let done = sandbox.jobstamp_verify(&[]).ran_times(2).prints("out\nout\n");
    done.complains(format!(
        "{TWICE}err\nerr\njobstamp: it did the same again (exit code 3)\n"
    ))
    .returns(0);
    sandbox.jobstamp(&[]).replayed().returns(3);
    sandbox
        .write("in", "1")
        .jobstamp_verify(&["--dependencies", "in"])
        .ran_times(2);
    sandbox.write("in", "2");
    let done = sandbox.jobstamp_verify(&["--dependencies", "in"]).ran_times(2);
    done.says("so it runs twice: the dependency `in` changed").returns(0);
}

#[test]
fn the_first_difference_is_shown_with_its_stream_its_line_and_its_place() {
    for (first, then, expected) in [
        (
            "printf 'a\\nb\\nc\\n'",
            "printf 'a\\nX\\ty\\nc\\n'",
            "standard output differs in line 2 (byte 3)\njobstamp:   then: `b`\njobstamp:   now:  `X\\ty`\n",
        ),
        (
            "echo one >&2",
            "echo once >&2",
            "standard error differs in line 1 (byte 3)\njobstamp:   then: `one`\njobstamp:   now:  `once`\n",
        ),
        (
            "echo a",
            "echo a; printf '\\033[31m'",
            "standard output differs in line 2 (byte 3)\njobstamp:   then: (it ends)\njobstamp:   now:  `\\e[31m`\n",
        ),
        ("exit 0", "exit 3", "it returned 0, and now 3\n"),
        ("exit 3", "kill -9 $$", "it returned 3, and now SIGKILL ended it\n"),
    ] {
        let sandbox = unsteady(first, then);
        sandbox.jobstamp(&[]).ran();
        let own = sandbox.shell(then).output.stdout;
        // What it prints comes through as in a run.
        let done = sandbox.jobstamp_verify(&[]).ran().prints(own);
        done.says(&format!("jobstamp: not the same again: {expected}"))
            .says(FORGOTTEN)
            .returns(1);
        // And it is not replayed.
        sandbox.jobstamp(&[]).ran();
    }
}

#[test]
fn every_difference_is_told_and_the_first_run_of_two_counts_as_remembered() {
    let sandbox = unsteady("echo 1; echo 1 >&2", "echo 2; echo 2 >&2; exit 1");
    let done = sandbox.jobstamp_verify(&[]).ran_times(2).prints("1\n2\n");
    done.says("jobstamp: not the same again: it returned 0, and now 1\n")
        .says("jobstamp: not the same again: standard output differs")
        .says("jobstamp: not the same again: standard error differs")
        .returns(1);
    sandbox.jobstamp(&[]).ran();
}

#[test]
fn how_two_streams_mixed_is_chance_but_not_where_they_are_one() {
    let sandbox = unsteady("echo o; echo e >&2", "echo e >&2; echo o");
    sandbox.jobstamp(&[]).ran();
    sandbox.jobstamp_verify(&[]).ran().returns(0);
    let script = "if mkdir ../joined 2>/dev/null; then echo o; echo e >&2; else echo e >&2; echo o; fi";
    let line = |verify: &str| format!("jobstamp {verify} -- tallied sh -c '{script}' >both 2>&1");
    sandbox.shell(&line("")).ran();
    sandbox.shell(&line("verify")).ran().returns(1);
    let said = String::from_utf8(sandbox.read("both")).unwrap();
    assert!(
        said.starts_with("e\no\njobstamp: not the same again: standard output differs in line 1 (byte 1)"),
        "{said}"
    );
}

#[test]
fn large_outputs_are_compared_to_their_last_byte() {
    let sandbox = unsteady("seq 100000; echo x", "seq 100000; echo y");
    sandbox.jobstamp(&[]).ran();
    let done = sandbox.jobstamp_verify(&[]).ran();
    done.says("differs in line 100001 (byte 588896)\njobstamp:   then: `x`\njobstamp:   now:  `y`\n")
        .returns(1);
    let sandbox = Sandbox::new();
    sandbox.job("seq 100000; seq 50000 >&2").jobstamp(&[]).ran();
    sandbox.jobstamp_verify(&[]).ran().returns(0);
}

#[test]
fn declared_outputs_are_compared_by_content_before_and_after() {
    let declared = ["--output-files", "o"];
    let of = |first: &str, then: &str| {
        let sandbox = unsteady(first, then);
        sandbox.jobstamp(&declared).ran();
        sandbox
    };
    let sandbox = of("echo 1 >o", "echo 1 >o");
    sandbox.jobstamp_verify(&declared).ran().returns(0);
    sandbox.jobstamp(&declared).replayed();
    for (first, then, expected) in [
        (
            "echo 1 >o",
            "echo 2 >o",
            "the output `o` differs: its content differs\n",
        ),
        (
            "echo 1 >o",
            "echo 10 >o",
            "the output `o` differs: its size was 2 bytes and is 3\n",
        ),
        ("echo 1 >o", "rm o", "the output `o` differs: it is missing\n"),
        (
            "echo 1 >o",
            "rm o; mkdir o",
            "the output `o` differs: it is a directory now\n",
        ),
        (
            "echo 1 >o",
            "chmod +x o",
            "the output `o` differs: its mode was 644 and is 755\n",
        ),
        ("mkdir o; echo 1 >o/f", "echo 2 >o/f", "the output `o` differs: `"),
    ] {
        let sandbox = of(first, then);
        let done = sandbox.jobstamp_verify(&declared).ran();
        done.says(&format!("jobstamp: not the same again: {expected}"))
            .says(FORGOTTEN)
            .returns(1);
        sandbox.jobstamp(&declared).ran();
    }
}

#[test]
fn an_output_that_is_no_file_is_not_compared_and_that_is_said() {
    let sandbox = Sandbox::new();
    let declared = ["--output-files", "/dev/null"];
    let done = sandbox.jobstamp_verify(&declared).ran_times(2);
    done.says("jobstamp: warning: the output `/dev/null` is not compared: `/dev/null` is a device\n")
        .says("it did the same again")
        .returns(0);
}

#[test]
fn standard_input_is_given_to_both_runs_where_that_can_be() {
    let sandbox = Sandbox::new();
    sandbox.write("in", "1\n2\n").write("list", "in\n");
    // A file begins anew; what its place is afterwards is what the command left.
    let done = sandbox
        .shell("{ jobstamp verify -- tallied head -n 1; cat; } <in")
        .ran_times(2);
    done.says("it did the same again").returns(0);
    // A pipe that is not read stays whole. (Its line is there before the command is, or it would be another pipe.)
    let mut command = sandbox.command(&["sh", "-c", "jobstamp verify -- tallied true; cat"]);
    command.stdin(pipe_holding(b"line\n"));
    sandbox.start(command).done().ran_times(2).prints("line\n").returns(0);
    // One that is read is used up by the first run: it is compared the next time.
    let line = "echo line | jobstamp verify -- tallied tr a-z A-Z";
    let done = sandbox.shell(line).ran().prints("LINE\n");
    done.says("jobstamp: not verified: its first run has used its standard input up")
        .returns(125);
    sandbox
        .shell(line)
        .ran()
        .prints("LINE\n")
        .says("it did the same again")
        .returns(0);
    let large = "seq 100000 | jobstamp verify -- tallied tail -n 1";
    sandbox.shell(large).ran().prints("100000\n").returns(125);
    sandbox.shell(large).ran().prints("100000\n").returns(0);
    // A list from standard input is read once.
    let done = sandbox
        .shell("jobstamp verify --dependencies-from - -- tallied cat in <list")
        .ran_times(2);
    done.prints("1\n2\n1\n2\n").returns(0);
}

#[test]
fn what_cannot_be_compared_is_delivered_and_said_with_125() {
    let sandbox = Sandbox::new();
    sandbox.write("in", "1").write("file", "");
    for (options, job, runs, why) in [
        (
            &["--dependencies", "in"][..],
            "echo x >>in",
            1,
            "something that it depends on changed while it ran",
        ),
        (&[], "kill -9 $$", 1, "killed by SIGKILL; not cached"),
        (
            &["--discard-failures"],
            "exit 3",
            1,
            "it failed, and failures are discarded",
        ),
        (&["--max-output", "1"], "echo 12", 1, "larger than 1 bytes"),
        (&["--output-files", "never"], "echo", 1, "the output `never` is missing"),
        (
            &["--stamp-directory", "file"],
            "echo",
            1,
            "exists and is not a directory",
        ),
    ] {
        sandbox.job(job);
        let done = sandbox.jobstamp_verify(options).ran_times(runs);
        done.says("jobstamp: not verified: ").says(why).returns(125);
    }
    sandbox.job("echo 1").jobstamp(&[]).ran();
    sandbox.variable("JOBSTAMPS_DISABLED", "1");
    let done = sandbox.jobstamp_verify(&[]).ran().prints("1\n");
    done.complains("jobstamp: not verified: JOBSTAMPS_DISABLED is set\n")
        .returns(125);
}

#[test]
fn a_dependency_that_changes_during_the_second_run_leaves_no_verdict() {
    let sandbox = Sandbox::new();
    sandbox
        .write("in", "1")
        .job("cat in; test ! -e ../second || echo 2 >in");
    sandbox.jobstamp(&["--dependencies", "in"]).ran();
    fs::write(sandbox.beside("second"), "").unwrap();
    let done = sandbox.jobstamp_verify(&["--dependencies", "in"]).ran().prints("1");
    done.says("the dependency `in` changed while the job ran")
        .says("jobstamp: not verified: something that it depends on changed")
        .returns(125);
}

#[test]
fn what_cannot_be_started_and_what_cannot_be_understood_have_the_codes_of_a_run() {
    let sandbox = Sandbox::new();
    sandbox
        .shell("jobstamp verify -- no-such-x")
        .complains("jobstamp: no-such-x: command not found\n")
        .returns(127);
    sandbox.shell("jobstamp verify -- ./").returns(126);
    sandbox
        .shell("JOBSTAMPS_DISABLED=1 jobstamp verify -- ./no-such-x")
        .returns(127);
    sandbox.shell("jobstamp verify --").returns(2);
    sandbox
        .shell("jobstamp verify")
        .complains("Must specify command after '--'.\n")
        .returns(1);
}

#[test]
fn warnings_are_125_where_they_are_to_be_strict_but_a_difference_stays_1() {
    let sandbox = unsteady("echo 1", "echo 1");
    let strict = ["--strict", "--dependencies", "*.none"];
    sandbox
        .jobstamp_verify(&strict)
        .says("matches nothing")
        .says("it did the same again")
        .returns(125);
    let sandbox = unsteady("echo 1", "echo 2");
    sandbox.jobstamp_verify(&strict).says("not the same again").returns(1);
}

#[test]
fn a_signal_ends_it_as_a_run_and_the_stamp_stays() {
    let sandbox = Sandbox::new();
    let (started, end) = (sandbox.gate("started"), sandbox.gate("end"));
    let job = "jobstamp_or_not -- tallied sh -c 'echo >started; read line <end; echo done'";
    let line = |words: &str| format!("exec {}", job.replace("jobstamp_or_not", words));
    let running = sandbox.begin(&line("jobstamp"));
    started.line();
    end.open();
    running.done().ran().prints("done\n");
    let running = sandbox.begin(&line("jobstamp verify"));
    started.line();
    running.signal(Signal::TERM);
    running.done().ran().prints("").complains("").died_of(15);
    sandbox.shell(&line("jobstamp")).replayed().prints("done\n");
}

/// S05, S06, S07. The output comes, and nothing that fails in the store passes for a difference.
#[test]
fn a_store_that_fails_is_no_difference_and_costs_no_output() {
    if there_is_no_strace() {
        return;
    }
    let calls = [
        "openat2",
        "openat",
        "pread64",
        "fstat",
        "newfstatat",
        "linkat",
        "renameat2",
        "flock",
        "unlinkat",
        "write",
        "mkdirat",
    ];
    let numbers = ["1", "2", "3", "5", "1+", "3+"];
    let step = amount(5, 1);
    for (number, (call, when)) in calls
        .iter()
        .flat_map(|call| numbers.map(|when| (call, when)))
        .enumerate()
    {
        if number % step != 0 {
            continue;
        }
        for error in ["EIO", "ENOSPC"] {
            let sandbox = Sandbox::new();
            let words = "--output-files o -- tallied sh -c 'seq 20000; echo 1 >o; exit 3'";
            let expected = sandbox.shell(&format!("jobstamp {words}")).ran().output.stdout;
            let stamp = sandbox.stamps().remove(0);
            let shard = stamp.parent().unwrap();
            let places = [shard.parent().unwrap(), shard, &stamp].map(|path| format!("-P {}", path.display()));
            let inject = format!("-e inject={call}:error={error}:when={when}");
            let places = places.join(" ");
            let done = sandbox.shell(&format!(
                "strace -qq -o /dev/null {places} {inject} jobstamp verify {words}"
            ));
            let code = done.output.status.code();
            assert!(matches!(code, Some(0 | 125)), "{inject}: {done}");
            let said = &done.output.stdout;
            let (once, twice) = (expected.clone(), [&expected[..], &expected[..]].concat());
            assert!(*said == once || *said == twice, "{inject}: {} bytes", said.len());
            sandbox.shell(&format!("jobstamp {words}")).prints(&expected).returns(3);
        }
    }
}

fn there_is_no_strace() -> bool {
    let lacks = Sandbox::new().shell("strace -V >/dev/null 2>&1").output.status.code() != Some(0);
    if lacks {
        skip("a store that fails while a command is verified", "no strace");
    }
    lacks
}
