//! Standard input: it counts if the command reads it, is untouched if it does not, and is never a reason to hang.

use std::io::{Read as _, Write as _, pipe};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Stdio;

use crate::sandbox::{Did, Done, Sandbox};

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

/// A producer that is slower than the job, and one that has more than a pipe holds.
#[test]
fn a_known_reader_waits_for_the_end_of_its_input_and_takes_it() {
    let sandbox = Sandbox::new();
    let go = sandbox.gate("go");
    sandbox.shell("echo reader | jobstamp -- tallied cat").ran();
    for did in [Did::Run, Did::Replay] {
        let running = sandbox.begin("{ echo one; read x < go; echo two; } | { jobstamp -- tallied cat; cat; }");
        go.open();
        running.done().did(did).prints("one\ntwo\n");
        sandbox
            .shell("seq 100000 | { jobstamp -- tallied cat; echo end; cat; } | tail -2")
            .did(did)
            .prints("100000\nend\n");
    }
}

#[test]
fn what_a_known_reader_leaves_is_there_for_the_next() {
    let sandbox = Sandbox::new();
    let job = "jobstamp -- tallied sh -c 'read x; echo got $x'";
    // Of one line it takes everything.
    sandbox.shell(&format!("echo a | {job}")).ran().prints("got a\n");
    for expected in [2, 1] {
        // What it took all of is remembered; that it took a part of two lines is not.
        let line = format!("printf 'a\nb\n' | {{ {job}; {job}; }}");
        sandbox.shell(&line).prints("got a\ngot b\n").ran_times(expected);
    }
    let line = format!("printf 'a\nb\nc\n' | {{ {job}; cat; }}");
    sandbox.shell(&line).prints("got a\nb\nc\n").ran();
    let line = format!("seq 6 | while read n; do echo loop $n; {job}; done");
    let expected = "loop 1\ngot 2\nloop 3\ngot 4\nloop 5\ngot 6\n";
    for runs in [3, 2] {
        sandbox.shell(&line).prints(expected).ran_times(runs);
    }
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
fn a_known_reader_of_nothing_is_remembered() {
    let sandbox = Sandbox::new();
    sandbox.shell("echo a | jobstamp -- tallied cat").ran();
    for did in [Did::Run, Did::Replay] {
        sandbox.shell(": | jobstamp -- tallied cat").did(did).prints("");
    }
}

#[test]
fn a_known_reader_gets_much_input_in_small_pieces_without_waiting() {
    let sandbox = Sandbox::new();
    sandbox.shell("echo a | jobstamp -- tallied cat").ran();
    // Pieces of 3000 bytes fill a pipe before it holds as many bytes as it could, and the writer stays.
    let (reader, mut writer) = pipe().unwrap();
    let mut command = sandbox.command(&["jobstamp", "--", "tallied", "cat"]);
    command.stdin(reader);
    let running = sandbox.start(command);
    let begun = std::time::Instant::now();
    for _ in 0..100 {
        writer.write_all(&[b'x'; 3000]).unwrap();
    }
    // A full pipe is no pause: its ten seconds of patience are not needed to go on.
    assert!(begun.elapsed() < std::time::Duration::from_secs(8));
    drop(writer);
    running.done().ran().prints("x".repeat(300_000));
}

#[test]
fn why_leaves_an_input_that_a_pipe_holds_where_it_is() {
    let sandbox = Sandbox::new();
    sandbox.shell("echo a | jobstamp -- tallied cat").ran();
    for (text, code) in [("a\n", 0), ("a\nb\n", 1)] {
        let words = ["jobstamp", "why", "--", "tallied", "cat"];
        let (done, left) = feed(&sandbox, &words, text, Then::End);
        done.ran_times(0).returns(code);
        assert_eq!(left, text);
    }
}

#[test]
fn a_known_reader_leaves_in_a_socket_what_it_does_not_take() {
    let sandbox = Sandbox::new();
    let words = ["jobstamp", "--", "tallied", "sh", "-c", "read x; echo got $x"];
    sandbox
        .shell("echo a | jobstamp -- tallied sh -c 'read x; echo got $x'")
        .ran();
    for (did, text, rest) in [
        (Did::Replay, "a\n", ""),
        (Did::Run, "a\nb\n", "b\n"),
        (Did::Run, "a\nb\n", "b\n"),
        (Did::Run, "b\n", ""),
        (Did::Replay, "b\n", ""),
    ] {
        let (ours, theirs) = UnixStream::pair().unwrap();
        for byte in text.as_bytes() {
            (&ours).write_all(&[*byte]).unwrap();
        }
        drop(ours);
        let mut command = sandbox.command(&words);
        command.stdin(Stdio::from(OwnedFd::from(theirs.try_clone().unwrap())));
        let done = sandbox.start(command).done();
        done.did(did).prints(format!("got {}\n", &text[..1]));
        let mut left = String::new();
        (&theirs).read_to_string(&mut left).unwrap();
        assert_eq!(left, rest, "{text}");
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
fn inputs_of_any_size_reach_a_known_reader_whole_and_are_remembered() {
    let sandbox = Sandbox::new();
    sandbox.shell("echo reader | jobstamp -- tallied cat").ran();
    for size in [1, 60_000, 65_535, 65_536, 65_537, 70_000, 1_000_000] {
        let bytes: Vec<u8> = (0..size).map(|at: u32| (at % 251).to_le_bytes()[0]).collect();
        sandbox.write("input", bytes);
        for did in [Did::Run, Did::Replay] {
            let line = "cat input | { jobstamp -- tallied cat > output; cat; }; cmp input output";
            sandbox.shell(line).did(did).prints("").returns(0);
        }
    }
}

#[test]
fn a_known_reader_that_misses_gets_what_was_read_ahead() {
    let sandbox = Sandbox::new();
    sandbox.write("in", "1");
    let line = |text: &str| format!("printf '{text}' | jobstamp --dependencies in -- tallied cat - in");
    sandbox.shell(&line("a")).ran().prints("a1");
    sandbox.shell(&line("b")).ran().prints("b1");
    sandbox.shell(&line("b")).replayed().prints("b1");
    sandbox.write("in", "2").shell(&line("b")).ran().prints("b2");
    sandbox.shell(&line("b")).replayed().prints("b2");
    sandbox.shell(&line("a")).ran().prints("a2");
}

#[test]
fn a_known_reader_whose_input_pauses_is_started_with_what_there_is() {
    let sandbox = Sandbox::new();
    let gate = sandbox.gate("gate");
    let words = ["jobstamp", "--", "tallied", "sh", "-c", "echo started > gate; cat"];
    feed(&sandbox, &words, "whole", Then::End).0.ran().prints("whole");
    gate.line();
    let (reader, mut writer) = pipe().unwrap();
    let mut command = sandbox.command(&words);
    command.stdin(reader);
    writer.write_all(b"part").unwrap();
    let running = sandbox.start(command);
    // It takes its ten seconds of patience until the job is there.
    gate.line();
    writer.write_all(b" and rest").unwrap();
    drop(writer);
    running.done().ran().prints("part and rest").returns(0);
    feed(&sandbox, &words, "part and rest", Then::End)
        .0
        .replayed()
        .prints("part and rest");
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
        let mut command = sandbox.command(&["jobstamp", "--", "tallied", job]);
        command.stdin(Stdio::from(OwnedFd::from(theirs.try_clone().unwrap())));
        let done = sandbox.start(command).done();
        done.did(did).prints(if rest.is_empty() { "words" } else { "" });
        let mut left = String::new();
        (&theirs).read_to_string(&mut left).unwrap();
        assert_eq!(left, rest, "{job}");
    }
}
