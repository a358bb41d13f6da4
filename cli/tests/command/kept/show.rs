//! `jobstamp show` shows all that is remembered of a job.

use super::{call, json, key};
use crate::sandbox::{Sandbox, pipe_holding};

#[track_caller]
fn lines(sandbox: &Sandbox, line: &str) -> Vec<String> {
    let done = sandbox.shell(line).ran_times(0).returns(0).complains("");
    let text = String::from_utf8(done.output.stdout.clone()).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[track_caller]
fn has(lines: &[String], name: &str, what: &str) {
    let is_it = |line: &String| line.starts_with(name) && line.ends_with(what);
    assert!(lines.iter().any(is_it), "{name} {what}: {lines:#?}");
}

#[test]
fn a_job_is_shown_by_its_key_the_beginning_of_it_and_its_command() {
    let sandbox = Sandbox::new();
    let job =
        "--dependencies in src gone --output-files out -- tallied sh -c 'echo out; echo >out; echo err >&2; exit 3'";
    sandbox.write("in", "12345").write("src/a", "");
    sandbox.shell(&format!("jobstamp {job}")).ran().returns(3);
    sandbox.shell("jobstamp -- tallied echo other").ran();
    sandbox.write("in", "changed").arrange("rm -r src");
    let key = json(&sandbox, "jobstamp list --json --sort oldest --limit 1")["jobs"][0]["key"].clone();
    let key = key.as_str().unwrap();
    // How long ago that was is told by the second.
    let lines = |line: &str| -> Vec<String> {
        let lines = lines(&sandbox, line).into_iter();
        lines
            .filter(|line| !line.starts_with("used ") && !line.starts_with("ran "))
            .collect()
    };
    let by_command = lines(&format!("jobstamp show {job}"));
    for asked in [key, &key[..12], &key[..12].to_uppercase()] {
        assert_eq!(lines(&format!("jobstamp show {asked}")), by_command, "{asked}");
    }
    let work = sandbox.path("").display().to_string();
    has(&by_command, "key ", key);
    has(&by_command, "directory ", work.trim_end_matches('/'));
    has(&by_command, "input ", " nothing");
    has(&by_command, "returned ", " 3");
    has(&by_command, "said ", " 4 bytes, and 4 bytes on standard error");
    has(&by_command, "depends on ", "/gone, which was missing");
    has(&by_command, "          ", "/in, 5 bytes");
    has(&by_command, "writes ", "/out");
    has(&by_command, "          ", "/src, a directory");
}

#[test]
fn what_a_command_said_is_printed_byte_for_byte_whatever_has_changed() {
    let sandbox = Sandbox::new();
    sandbox.write("in", "1");
    let job = "--dependencies in -- tallied sh -c 'printf \"a\\0\\377\"; sleep 0; echo err >&2; seq 60000'";
    sandbox.shell(&format!("jobstamp {job}")).ran();
    sandbox.write("in", "2");
    let numbers = (1..=60_000).flat_map(|number| format!("{number}\n").into_bytes());
    let out: Vec<u8> = b"a\0\xff".iter().copied().chain(numbers).collect();
    for (options, expected) in [("--stdout", out.clone()), ("--stderr", b"err\n".to_vec())] {
        sandbox
            .shell(&format!("jobstamp show {options} {job}"))
            .ran_times(0)
            .complains("")
            .returns(0)
            .prints(expected);
    }
    let both = sandbox
        .shell(&format!("jobstamp show --stdout --stderr {job}"))
        .returns(0);
    assert_eq!(both.output.stdout.len(), out.len() + 4);
}

/// Nobody who asks can be expected to do so from where the run was started, nor to send the answer where its output went.
#[test]
fn it_does_not_matter_whether_the_run_was_on_a_terminal_nor_where_its_output_went() {
    let sandbox = Sandbox::new();
    sandbox.on_terminal("jobstamp -- tallied echo b").done();
    sandbox
        .shell("jobstamp show --stdout -- tallied echo b")
        .ran_times(0)
        .prints("b\n")
        .returns(0);
    sandbox
        .shell("jobstamp forget -- tallied echo b <&-")
        .ran_times(0)
        .returns(0);
    sandbox.shell("jobstamp -- tallied echo a 2>&1").ran();
    sandbox
        .shell("jobstamp show --stdout -- tallied echo a")
        .ran_times(0)
        .prints("a\n")
        .returns(0);
    has(
        &lines(&sandbox, "jobstamp show -- tallied echo a"),
        "streams ",
        "went to one place",
    );
}

#[test]
fn a_known_reader_is_shown_with_what_it_reads_now() {
    let sandbox = Sandbox::new();
    for input in ["a", "b"] {
        sandbox
            .shell(&format!("printf {input} | jobstamp -- tallied cat"))
            .ran();
    }
    let asked = |input: &str| {
        let mut command = sandbox.command(&["jobstamp", "show", "--stdout", "--", "tallied", "cat"]);
        command.stdin(pipe_holding(input.as_bytes()));
        sandbox.start(command).done().ran_times(0)
    };
    for input in ["a", "b"] {
        asked(input).prints(input).returns(0);
    }
    asked("c")
        .prints("")
        .says("nothing is remembered of this command")
        .returns(1);
}

#[test]
fn a_call_is_shown_with_its_arguments_and_the_size_of_its_value() {
    let sandbox = Sandbox::new();
    call(&sandbox);
    let shown = lines(&sandbox, &format!("jobstamp show {}", key(&sandbox, "module:f(x=1)")));
    has(&shown, "call ", " module:f(x=1)");
    has(&shown, "value ", " 3 bytes, plain");
    sandbox
        .shell(&format!("jobstamp show --stdout {}", key(&sandbox, "module:f(x=1)")))
        .prints("")
        .says("no command's output is remembered of it")
        .returns(1);
}

#[test]
fn what_is_no_key_of_one_job_is_told_and_what_to_do() {
    let sandbox = Sandbox::new();
    for number in 0..40 {
        sandbox.shell(&format!("jobstamp -- tallied echo {number}")).ran();
    }
    for (asked, said, code) in [
        ("''", "`` is no key: give at least 4 of its digits", 2),
        ("12", "`12` is no key", 2),
        ("make", "`make` is no key", 2),
        ("00000000", "no job is remembered under the key `00000000`", 1),
        ("1234 5678", "unexpected word `5678`: show takes one KEY", 2),
        ("", "say which job: its KEY, or its command after `--`", 2),
        ("1234 -- true", "say which job: its KEY, or its command after `--`", 2),
        ("-- tallied echo never", "nothing is remembered of this command", 1),
        ("-- no-such-program", "no-such-program: command not found", 127),
    ] {
        let done = sandbox.shell(&format!("jobstamp show {asked}"));
        done.ran_times(0).prints("").says(said).returns(code);
    }
}
