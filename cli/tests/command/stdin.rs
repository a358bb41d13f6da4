//! Standard input: it counts if the command reads it, is untouched if it does not, and is never a reason to hang.

use std::io::{Read as _, Write as _, pipe};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Stdio;

use crate::sandbox::{Did, Done, Sandbox, await_end};

/// What comes after the bytes in a pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    End,
    Nothing,
}

/// Runs a command whose standard input is a pipe with a few bytes in it, from before the start. Returns what is left in it too.
#[track_caller]
pub fn feed<'a>(sandbox: &'a Sandbox, words: &[&str], bytes: &str, then: Then) -> (Done<'a>, String) {
    let (mut reader, mut writer) = pipe().unwrap();
    writer.write_all(bytes.as_bytes()).unwrap();
    let writer = Some(writer).filter(|_| then == Then::Nothing);
    if writer.is_none() {
        await_end(&reader);
    }
    let mut command = sandbox.command(words);
    command.stdin(reader.try_clone().unwrap());
    let done = sandbox.start(command).done();
    drop(writer);
    let mut left = String::new();
    reader.read_to_string(&mut left).unwrap();
    (done, left)
}

/// C29.
#[test]
fn each_input_of_a_reader_has_its_own_stamp() {
    let sandbox = Sandbox::new();
    for did in [Did::Run, Did::Replay] {
        for text in ["a", "b", "c"] {
            let line = format!("echo {text} | jobstamp -- tallied cat");
            sandbox.shell(&line).did(did).prints(format!("{text}\n"));
        }
    }
}

#[test]
fn an_empty_input_does_not_answer_for_one_that_is_not() {
    let sandbox = Sandbox::new();
    sandbox.shell(": | jobstamp -- tallied cat").ran().prints("");
    sandbox.shell("echo a | jobstamp -- tallied cat").ran().prints("a\n");
    sandbox.shell(": | jobstamp -- tallied cat").prints("");
    sandbox
        .shell("echo a | jobstamp -- tallied cat")
        .replayed()
        .prints("a\n");
}

#[test]
fn equal_jobs_in_one_pipeline_end() {
    let sandbox = Sandbox::new();
    let line = "echo x | jobstamp -- tallied cat | jobstamp -- tallied cat | jobstamp -- tallied cat";
    sandbox.shell(line).prints("x\n").returns(0);
    for _ in 0..2 {
        sandbox.shell(line).replayed().prints("x\n").returns(0);
    }
    sandbox.write("big", vec![b'x'; 300_000]);
    for _ in 0..3 {
        let line = "jobstamp -- cat < big | jobstamp -- cat | jobstamp -- cat | wc -c";
        sandbox.shell(line).prints("300000\n");
    }
}

#[test]
fn a_loop_that_reads_lines_keeps_them_all() {
    let sandbox = Sandbox::new();
    let lines = sandbox.shell("seq 20").output.stdout;
    for expected in [20, 0] {
        let line = "seq 20 | while read n; do jobstamp -- true; jobstamp -- tallied echo $n; done";
        sandbox.shell(line).prints(&lines).ran_times(expected);
    }
}

#[test]
fn what_a_job_leaves_of_its_input_is_there_for_the_next() {
    let sandbox = Sandbox::new();
    for _ in 0..3 {
        let line = "seq 3 | { jobstamp -- tallied sh -c 'read a; echo first $a'; cat; }";
        sandbox.shell(line).prints("first 1\n2\n3\n").ran();
    }
    assert!(sandbox.stamps().is_empty(), "who takes a part proves nothing");
}

/// What is left for the next reader does not depend on what we remember.
#[test]
fn who_once_took_all_of_an_input_may_leave_some_of_another() {
    let sandbox = Sandbox::new();
    // At its end each has taken all that was left: from then on it is known to read.
    for _ in 0..3 {
        let line = "seq 3 | { for n in 1 2 3; do jobstamp -- tallied sh -c 'read a; echo took $a'; done; cat; }";
        sandbox.shell(line).prints("took 1\ntook 2\ntook 3\n");
    }
    for _ in 0..3 {
        let line = "seq 5 | { jobstamp -- tallied sh -c 'read a; echo took $a'; cat; }";
        sandbox.shell(line).prints("took 1\n2\n3\n4\n5\n");
    }
    sandbox
        .shell("echo 3 | jobstamp -- tallied sh -c 'read a; echo took $a'")
        .replayed()
        .prints("took 3\n");
}

#[test]
fn a_replay_takes_the_input_that_the_run_took() {
    let sandbox = Sandbox::new();
    for did in [Did::Run, Did::Replay, Did::Replay] {
        let line = "printf 'a\nb\n' | { jobstamp -- tallied cat; cat; }";
        sandbox.shell(line).did(did).prints("a\nb\n");
    }
    let words = ["jobstamp", "--", "tallied", "cat"];
    let bytes = "x".repeat(60_000);
    for did in [Did::Run, Did::Replay] {
        let (done, left) = feed(&sandbox, &words, &bytes, Then::End);
        done.did(did).prints(&bytes);
        assert_eq!(left, "");
    }
}

#[test]
fn a_command_that_does_not_read_is_stored_for_any_pipe_and_takes_nothing() {
    let sandbox = Sandbox::new();
    let words = ["jobstamp", "--", "tallied", "echo", "out"];
    for (bytes, then, did) in [
        ("a\n", Then::End, Did::Run),
        ("b\n", Then::End, Did::Replay),
        ("c", Then::Nothing, Did::Replay),
        ("", Then::End, Did::Replay),
        ("", Then::Nothing, Did::Replay),
    ] {
        let (done, left) = feed(&sandbox, &words, bytes, then);
        done.did(did).prints("out\n").returns(0);
        assert_eq!(left, bytes);
    }
}

#[test]
fn what_an_empty_or_idle_pipe_showed_speaks_for_no_other() {
    let sandbox = Sandbox::new();
    let words = ["jobstamp", "--", "tallied", "echo", "out"];
    for (then, did) in [
        (Then::End, Did::Run),
        (Then::Nothing, Did::Run),
        (Then::End, Did::Replay),
        (Then::Nothing, Did::Replay),
    ] {
        // Nothing hangs either, though nobody ever closes the idle pipe.
        feed(&sandbox, &words, "", then).0.did(did).prints("out\n").returns(0);
    }
    feed(&sandbox, &words, "now a byte", Then::End).0.ran();
}

#[test]
fn inputs_of_any_size_arrive_whole_live_read_ahead_and_replayed() {
    let sandbox = Sandbox::new();
    sandbox.shell("echo reader | jobstamp -- tallied cat").ran();
    for size in [1, 4095, 4096, 4097, 8192, 65_535, 65_536, 65_537, 200_000, 3_000_000] {
        sandbox.write(
            "input",
            (0..size)
                .map(|at: u32| (at % 251).to_le_bytes()[0])
                .collect::<Vec<u8>>(),
        );
        for (job, did) in [
            ("cat", Did::Run),
            ("cat", Did::Replay),
            ("cat -", Did::Run),
            ("cat -", Did::Replay),
        ] {
            let line = format!("cat input | jobstamp --env {size} -- tallied {job} > output; cmp input output");
            sandbox.shell(&line).did(did).returns(0);
        }
    }
}

#[test]
fn a_filter_that_answers_line_by_line_does_so_live() {
    let sandbox = Sandbox::new();
    let gate = sandbox.gate("answers");
    let (reader, mut writer) = pipe().unwrap();
    let mut command = sandbox.command(&[
        "jobstamp",
        "--",
        "sh",
        "-c",
        "while read x; do echo got $x > answers; done",
    ]);
    command.stdin(reader);
    let running = sandbox.start(command);
    for question in ["one", "two", "three"] {
        writeln!(writer, "{question}").unwrap();
        assert_eq!(gate.line(), format!("got {question}"));
    }
    drop(writer);
    running.done().returns(0);
}

#[test]
fn a_command_that_closes_its_input_goes_on() {
    let sandbox = Sandbox::new();
    for _ in 0..2 {
        let line = "head -c 1000000 /dev/zero | jobstamp -- sh -c 'read a; exec <&-; echo out; exit 3'";
        sandbox.shell(line).prints("out\n").returns(3);
    }
}

#[test]
fn a_socket_is_relayed_like_a_pipe() {
    let sandbox = Sandbox::new();
    for (job, did, rest) in [
        ("cat", Did::Run, ""),
        ("cat", Did::Replay, ""),
        ("true", Did::Run, "words"),
        ("true", Did::Replay, "words"),
    ] {
        let (ours, theirs) = UnixStream::pair().unwrap();
        (&ours).write_all(b"words").unwrap();
        drop(ours);
        await_end(&theirs);
        let mut command = sandbox.command(&["jobstamp", "--", "tallied", job]);
        command.stdin(Stdio::from(OwnedFd::from(theirs.try_clone().unwrap())));
        let done = sandbox.start(command).done();
        done.did(did).prints(if rest.is_empty() { "words" } else { "" });
        let mut left = String::new();
        (&theirs).read_to_string(&mut left).unwrap();
        assert_eq!(left, rest, "{job}");
    }
}
