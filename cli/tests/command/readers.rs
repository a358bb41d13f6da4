//! Standard input of a job that is known to read it: read ahead, kept, and taken only as far as the job takes it.

use std::io::{Read as _, Write as _, pipe};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Stdio;

use crate::sandbox::{Did, Sandbox, await_end, has_strace};
use crate::stdin::{Then, feed};

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

/// Its writers have gone before it starts: one that ends a moment after the reader would leave it unproven that there was
/// no more to take.
#[test]
fn what_a_known_reader_leaves_is_there_for_the_next() {
    let sandbox = Sandbox::new();
    let job = "jobstamp -- tallied sh -c 'read x; echo got $x'";
    let fed = |script: &str, bytes| feed(&sandbox, &["sh", "-c", script], bytes, Then::End).0;
    // Of one line it takes everything.
    fed(job, "a\n").ran().prints("got a\n");
    for expected in [2, 1] {
        // What it took all of is remembered; that it took a part of two lines is not.
        let done = fed(&format!("{job}; {job}"), "a\nb\n");
        done.prints("got a\ngot b\n").ran_times(expected);
    }
    fed(&format!("{job}; cat"), "a\nb\nc\n").prints("got a\nb\nc\n").ran();
    for runs in [3, 2] {
        let done = fed(
            &format!("while read n; do echo loop $n; {job}; done"),
            "1\n2\n3\n4\n5\n6\n",
        );
        let expected = "loop 1\ngot 2\nloop 3\ngot 4\nloop 5\ngot 6\n";
        done.prints(expected).ran_times(runs);
    }
}

/// Who ends before the writer does cannot have taken all there will be.
#[test]
fn a_reader_that_ends_before_the_writer_does_is_not_remembered() {
    let sandbox = Sandbox::new();
    let words = ["jobstamp", "--", "tallied", "sh", "-c", "read x; echo got $x"];
    for _ in 0..2 {
        let (done, left) = feed(&sandbox, &words, "a\n", Then::Nothing);
        done.ran().prints("got a\n");
        assert_eq!(left, "");
    }
    assert!(sandbox.stamps().is_empty());
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
    feed(&sandbox, &words, "a\n", Then::End).0.ran();
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
        await_end(&theirs);
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
    sandbox.in_haste();
    let gate = sandbox.gate("gate");
    let words = ["jobstamp", "--", "tallied", "sh", "-c", "echo started > gate; cat"];
    feed(&sandbox, &words, "whole", Then::End).0.ran().prints("whole");
    gate.line();
    let (reader, mut writer) = pipe().unwrap();
    let mut command = sandbox.command(&words);
    command.stdin(reader);
    writer.write_all(b"part").unwrap();
    let running = sandbox.start(command);
    // Its patience has an end, ten seconds for users, and then the job is there.
    gate.line();
    writer.write_all(b" and rest").unwrap();
    drop(writer);
    running.done().ran().prints("part and rest").returns(0);
    feed(&sandbox, &words, "part and rest", Then::End)
        .0
        .replayed()
        .prints("part and rest");
}

/// Two who read one pipe disturb each other with or without us; but nobody gets the same bytes over and over.
#[test]
fn another_reader_of_the_same_pipe_costs_what_it_took_and_no_more() {
    let sandbox = Sandbox::new();
    let (up, go) = (sandbox.gate("up"), sandbox.gate("go"));
    let (reader, mut writer) = pipe().unwrap();
    let (mut output, theirs) = pipe().unwrap();
    writer.write_all(b"shown\n").unwrap();
    let mut other = reader.try_clone().unwrap();
    let job = "echo up > up; read x < go; read line; echo $line; read x < go; echo then; read x < go; exec cat";
    let mut command = sandbox.command(&["jobstamp", "--", "tallied", "sh", "-c", job]);
    command.stdin(reader).stdout(theirs);
    let running = sandbox.start_with_its_own_output(command);
    up.line();
    let mut says = |expected: &[u8]| {
        let mut bytes = vec![0; expected.len()];
        output.read_exact(&mut bytes).unwrap();
        assert_eq!(bytes, expected);
    };
    // What the command is shown is taken by another before the command takes it.
    other.read_exact(&mut [0; 6]).unwrap();
    go.open();
    says(b"shown\n");
    // By what comes after this, all that followed from it has been done.
    go.open();
    says(b"then\n");
    go.open();
    writer.write_all(b"more\n").unwrap();
    says(b"more\n");
    writer.write_all(b"and more\n").unwrap();
    drop(writer);
    let mut rest = Vec::new();
    output.take(100).read_to_end(&mut rest).unwrap();
    assert_eq!(rest, b"and more\n");
    running.done().ran().returns(0);
    assert!(sandbox.stamps().is_empty());
}

#[test]
fn input_that_cannot_be_shown_any_more_is_not_cut_short() {
    if !has_strace("input that cannot be shown") {
        return;
    }
    let sandbox = Sandbox::new();
    let expected = sandbox.shell("seq 10000").output.stdout.clone();
    for number in 1..8 {
        let inject = format!("strace -qq -o /dev/null -e inject=tee:error=ENOMEM:when={number}+");
        let line = format!("seq 10000 | {inject} jobstamp --env {number} -- tallied cat");
        sandbox.shell(&line).ran().prints(&expected).returns(0);
    }
    assert!(sandbox.stamps().is_empty());
}
