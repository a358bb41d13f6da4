//! What a command says: forwarded as it comes, and replayed as it was.

use crate::sandbox::{Did, Sandbox, pipe_holding};

/// Says two hundred lines, in turn on either stream.
const IN_TURN: &str = "for n in $(seq 100); do echo out $n; echo err $n >&2; done";

#[test]
fn the_order_of_two_streams_in_one_is_exact_live_and_replayed() {
    let expected: String = (1..=100)
        .flat_map(|n| [format!("out {n}\n"), format!("err {n}\n")])
        .collect();
    let sandbox = Sandbox::new();
    for did in [Did::Run, Did::Replay] {
        let line = format!("jobstamp -- tallied sh -c '{IN_TURN}' 2>&1");
        sandbox.shell(&line).did(did).prints(&expected).complains("");
    }
    // The same holds for a file.
    for did in [Did::Replay, Did::Replay] {
        let line = format!("jobstamp -- tallied sh -c '{IN_TURN}' > file 2>&1");
        sandbox.shell(&line).did(did);
        assert_eq!(sandbox.read("file"), expected.as_bytes());
    }
}

#[test]
fn a_joined_recording_never_answers_a_caller_with_two_streams_nor_the_reverse() {
    let sandbox = Sandbox::new();
    let apart = "jobstamp -- tallied sh -c 'echo out; echo err >&2'";
    let joined = format!("{apart} 2>&1");
    for did in [Did::Run, Did::Replay] {
        sandbox.shell(&joined).did(did).prints("out\nerr\n").complains("");
        sandbox.shell(apart).did(did).prints("out\n").complains("err\n");
    }
}

#[test]
fn two_files_of_the_same_name_are_two_streams() {
    let sandbox = Sandbox::new();
    let apart = "jobstamp -- tallied sh -c 'echo out; echo err >&2'";
    sandbox.shell(apart).ran();
    // Opened twice, each has an offset of its own, so one writes over the other: as without us.
    sandbox.shell(&format!("{apart} > file 2> file")).replayed();
}

/// C23.
#[test]
fn the_order_between_two_streams_is_replayed() {
    let sandbox = Sandbox::new();
    let gate = sandbox.gate("go");
    let line = "jobstamp -- tallied sh -c 'echo one; read x < go; echo two >&2; read x < go; echo three'";
    let mut terminal = sandbox.on_terminal(line);
    terminal.shows("one");
    gate.open();
    terminal.shows("two");
    gate.open();
    assert_eq!(terminal.done().1, "one\r\ntwo\r\nthree\r\n");
    assert_eq!(sandbox.on_terminal(line).done().1, "one\r\ntwo\r\nthree\r\n");
    assert_eq!(sandbox.runs(), 1);
}

/// C23.
#[test]
fn the_first_line_is_there_before_the_command_ends() {
    let sandbox = Sandbox::new();
    let (go, seen) = (sandbox.gate("go"), sandbox.gate("seen"));
    for redirection in ["> seen", "2> seen >&2", "> seen 2>&1"] {
        let line = format!(
            "jobstamp --env {} -- sh -c 'echo first; read x < go; printf half; read x < go; echo' {redirection}",
            redirection.len()
        );
        let running = sandbox.begin(&line);
        assert_eq!(seen.line(), "first");
        go.open();
        // Not even a whole line is waited for.
        assert_eq!(seen.bytes(4), b"half");
        go.open();
        running.done().returns(0);
        seen.line();
    }
}

/// C21.
#[test]
fn any_bytes_survive() {
    let sandbox = Sandbox::new();
    let all: Vec<u8> = (0..=255).chain(*b"\r\n\xff\0\xc3\n").collect();
    sandbox.write("bytes", &all);
    for did in [Did::Run, Did::Replay] {
        sandbox
            .shell("jobstamp -- tallied sh -c 'cat bytes; cat bytes >&2'")
            .did(did)
            .prints(&all)
            .complains(&all);
    }
}

#[test]
fn output_of_any_size_survives() {
    let sandbox = Sandbox::new();
    for size in [0, 1, 65_535, 65_536, 65_537, 1_000_000] {
        let bytes: Vec<u8> = (0..size).map(|at: u32| (at % 253).to_le_bytes()[0]).collect();
        sandbox.write("bytes", &bytes);
        for did in [Did::Run, Did::Replay] {
            let line = format!("jobstamp -- tallied sh -c 'cat bytes; cat bytes >&2' {size}");
            sandbox.shell(&line).did(did).prints(&bytes).complains(&bytes);
        }
    }
}

/// C19.
#[test]
fn what_a_grandchild_says_after_the_command_has_ended_is_delivered_and_replayed() {
    let sandbox = Sandbox::new();
    sandbox.write("late", "while kill -0 $1 2>/dev/null; do :; done; echo late");
    for did in [Did::Run, Did::Replay] {
        sandbox
            .shell("jobstamp -- tallied sh -c 'sh late $$ & echo early; exit 4'")
            .did(did)
            .prints("early\nlate\n")
            .returns(4);
    }
}

/// C20.
#[test]
fn a_command_that_closes_its_output_goes_on() {
    let sandbox = Sandbox::new();
    let gate = sandbox.gate("go");
    let line = "jobstamp -- tallied sh -c 'echo out; exec >&- 2>&-; read x < go; exit 5'";
    let running = sandbox.begin(line);
    gate.open();
    running.done().ran().prints("out\n").returns(5);
    sandbox.shell(line).replayed().prints("out\n").returns(5);
}

/// C24.
#[test]
fn a_reader_that_leaves_early_ends_the_run_as_without_us_and_nothing_is_stored() {
    let sandbox = Sandbox::new();
    for command in ["yes", "jobstamp -- tallied yes"] {
        let done = sandbox.shell(&format!("{{ {command}; echo $? > code; }} | head -1"));
        done.prints("y\n").complains("");
        assert_eq!(sandbox.read("code"), b"141\n", "{command}");
    }
    assert!(sandbox.stamps().is_empty());
    assert_eq!(sandbox.runs(), 1);
}

/// C24.
#[test]
fn a_command_that_says_nothing_more_is_not_disturbed_by_a_reader_that_left() {
    let sandbox = Sandbox::new();
    let gate = sandbox.gate("go");
    let line = "{ jobstamp -- tallied sh -c 'echo out; read x < go; exit 9'; echo $? > code; } | head -1";
    let running = sandbox.begin(line);
    gate.open();
    running.done().prints("out\n").complains("");
    assert_eq!(sandbox.read("code"), b"9\n");
}

/// C25.
#[test]
fn a_reader_that_leaves_early_ends_a_replay_silently() {
    let sandbox = Sandbox::new();
    sandbox.shell("jobstamp -- tallied seq 100000 > whole").ran();
    for _ in 0..2 {
        let done = sandbox
            .shell("{ jobstamp -- tallied seq 100000; echo $? > code; } | head -1")
            .replayed();
        done.prints("1\n").complains("");
        assert_eq!(sandbox.read("code"), b"141\n");
    }
    sandbox
        .shell("jobstamp -- tallied seq 100000 | cmp - whole")
        .replayed()
        .returns(0)
        .complains("");
}

/// C31.
#[test]
fn the_command_sees_pipes_and_never_our_terminal() {
    let sandbox = Sandbox::new();
    let line = "jobstamp -- tallied sh -c 'test -t 1 && echo tty || echo no tty'";
    assert_eq!(sandbox.on_terminal(line).done().1, "no tty\r\n");
    sandbox.shell(line).prints("no tty\n");
}

/// C26: the command itself would fail to write.
#[test]
fn a_remembered_run_does_not_speak_for_a_caller_whose_output_is_closed() {
    let sandbox = Sandbox::new();
    sandbox.shell("jobstamp -- tallied ls / >out").ran().returns(0);
    sandbox.shell("jobstamp -- tallied ls / >out").replayed();
    sandbox.shell("jobstamp -- tallied ls / >&-").ran().returns(2);
}

#[test]
fn input_that_a_process_left_behind_may_read_is_nobodys_non_reader() {
    let sandbox = Sandbox::new();
    // The grandchild reads once its parent has gone.
    let script = "exec 3<&0; parent=$$; (while kill -0 $parent 2>/dev/null; do :; done; cat <&3) & exit 0";
    for line in ["a\n", "b\n"] {
        // There from the beginning: what comes once the command has ended is nobody's.
        let mut command = sandbox.command(&["jobstamp", "--", "tallied", "sh", "-c", script]);
        command.stdin(pipe_holding(line.as_bytes()));
        sandbox.start(command).done().ran().prints(line);
    }
}
