//! Standard input that is no pipe, and what a caller says of it with `--stdin`.

use crate::sandbox::{Did, Sandbox, Terminal};
use crate::stdin::{Then, feed};

#[test]
fn a_file_counts_with_its_content_and_offset() {
    let sandbox = Sandbox::new();
    sandbox.write("in", "1\n2\n3\n");
    for did in [Did::Run, Did::Replay] {
        sandbox
            .shell("jobstamp -- tallied cat < in")
            .did(did)
            .prints("1\n2\n3\n");
        sandbox
            .shell("{ read skipped; jobstamp -- tallied cat; } < in")
            .did(did)
            .prints("2\n3\n");
    }
    sandbox
        .write("in", "4\n")
        .shell("jobstamp -- tallied cat < in")
        .ran()
        .prints("4\n");
    // The same bytes in another file are the same input.
    sandbox
        .write("other", "4\n")
        .shell("jobstamp -- tallied cat < other")
        .replayed()
        .prints("4\n");
}

#[test]
fn a_hit_leaves_the_offset_of_a_file_where_the_run_left_it() {
    let sandbox = Sandbox::new();
    sandbox.write("in", "1\n2\n3\n");
    for did in [Did::Run, Did::Replay] {
        let line = "{ jobstamp -- tallied sh -c 'read a; echo first $a'; cat; } < in";
        sandbox.shell(line).did(did).prints("first 1\n2\n3\n");
    }
    for did in [Did::Run, Did::Replay] {
        sandbox
            .shell("{ jobstamp -- tallied true; cat; } < in")
            .did(did)
            .prints("1\n2\n3\n");
    }
}

#[test]
fn an_input_file_that_changes_during_the_run_is_not_remembered() {
    let sandbox = Sandbox::new();
    sandbox.write("in", "old\n");
    let done = sandbox
        .shell("jobstamp -- tallied sh -c 'cat; echo new > in' < in")
        .ran()
        .prints("old\n");
    done.complains("jobstamp: warning: standard input changed while the job ran; not cached\n")
        .returns(0);
    assert!(sandbox.stamps().is_empty());
}

/// C30.
#[test]
fn a_run_that_reads_the_terminal_works_and_is_not_stored() {
    let sandbox = Sandbox::new();
    for answer in ["yes", "no"] {
        let mut terminal: Terminal = sandbox.on_terminal("jobstamp -- tallied sh -c 'echo name?; read n; echo is $n'");
        terminal
            .shows("name?")
            .types(answer)
            .types("\n")
            .shows(&format!("is {answer}"));
        assert!(terminal.done().0.success());
    }
    assert_eq!(sandbox.runs(), 2);
}

/// C30.
#[test]
fn a_run_that_leaves_the_terminal_alone_is_stored() {
    let sandbox = Sandbox::new();
    for _ in 0..2 {
        let (status, screen) = sandbox.on_terminal("jobstamp -- tallied echo out").done();
        assert_eq!((status.code(), screen.as_str()), (Some(0), "out\r\n"));
    }
    assert_eq!(sandbox.runs(), 1);
}

#[test]
fn any_other_device_is_handed_over_and_nothing_is_stored() {
    let sandbox = Sandbox::new();
    for _ in 0..2 {
        let done = sandbox
            .shell("jobstamp -- tallied head -c 3 < /dev/zero")
            .ran()
            .prints("\0\0\0")
            .returns(0);
        done.says("jobstamp: warning: standard input is neither a file, a pipe nor a terminal; not cached");
    }
}

#[test]
fn a_closed_input_is_closed_for_the_command() {
    let sandbox = Sandbox::new();
    for did in [Did::Run, Did::Replay] {
        let line = "jobstamp -- tallied sh -c 'test -e /proc/$$/fd/0 && echo open || echo closed' <&-";
        sandbox.shell(line).did(did).prints("closed\n").complains("");
    }
}

#[test]
fn stdin_key_takes_all_of_it_whatever_the_command_does() {
    let sandbox = Sandbox::new();
    let words = ["jobstamp", "--stdin", "key", "--", "tallied", "echo", "out"];
    for (bytes, did) in [
        ("a", Did::Run),
        ("b", Did::Run),
        ("", Did::Run),
        ("a", Did::Replay),
        ("", Did::Replay),
    ] {
        let (done, left) = feed(&sandbox, &words, bytes, Then::End);
        done.did(did).prints("out\n");
        assert_eq!(left, "");
    }
    // A reader gets it all, be it from a pipe or a file.
    sandbox.write("in", "text");
    for (line, did) in [
        ("cat in | jobstamp --stdin=key -- tallied cat", Did::Run),
        ("cat in | jobstamp --stdin=key -- tallied cat", Did::Replay),
        ("jobstamp --stdin=key -- tallied cat < in", Did::Replay),
    ] {
        sandbox.shell(line).did(did).prints("text");
    }
}

#[test]
fn stdin_none_gives_the_command_nothing_and_takes_nothing() {
    let sandbox = Sandbox::new();
    let words = ["jobstamp", "--stdin", "none", "--", "tallied", "cat"];
    for (bytes, then, did) in [
        ("a", Then::End, Did::Run),
        ("b", Then::Nothing, Did::Replay),
        ("", Then::Nothing, Did::Replay),
    ] {
        let (done, left) = feed(&sandbox, &words, bytes, then);
        done.did(did).prints("").returns(0);
        assert_eq!(left, bytes);
    }
    sandbox
        .shell("echo a | JOBSTAMPS_DISABLED=1 jobstamp --stdin none -- tallied cat")
        .ran()
        .prints("");
}

#[test]
fn an_unknown_word_for_stdin_is_a_usage_error() {
    Sandbox::new()
        .jobstamp(&["--stdin", "all"])
        .says("--stdin: `all` is none of auto, key, none")
        .returns(2);
}

/// What is keyed by a whole input says nothing of what the command takes of it.
#[test]
fn a_run_under_stdin_key_is_no_answer_to_a_caller_whose_lines_count() {
    let sandbox = Sandbox::new();
    let job = "tallied sh -c 'read x; echo $x'";
    sandbox
        .shell(&format!("echo a | jobstamp -- {job}"))
        .ran()
        .prints("a\n");
    let key = format!("printf 'a\\nb\\n' | jobstamp --stdin key -- {job}");
    sandbox.shell(&key).ran().prints("a\n");
    sandbox.shell(&key).replayed().prints("a\n");
    let both = format!("printf 'a\\nb\\n' | {{ jobstamp -- {job}; jobstamp -- {job}; }}");
    sandbox.shell(&both).ran_times(2).prints("a\nb\n");
}
