//! `jobstamp forget` lets stamps go because somebody says so.

use super::{key, listed};
use crate::sandbox::Sandbox;
use crate::store::Mounted;

fn three() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("in", "1").write("src/a.c", "1");
    for line in [
        "jobstamp --dependencies in -- tallied echo a",
        "jobstamp --dependencies src -- tallied echo b",
        "jobstamp -- tallied echo c",
    ] {
        sandbox.shell(line).ran();
    }
    sandbox
}

#[test]
fn what_is_forgotten_runs_again_and_nothing_else_does() {
    let [a, b, c] = ["tallied echo a", "tallied echo b", "tallied echo c"];
    for (words, left) in [
        ("KEY", &[c, b][..]),
        ("--dependencies other -- tallied echo a", &[c, b]),
        ("--dependency in", &[c, b]),
        ("--dependency src/a.c", &[c, a]),
        ("--dependency in --dependency src", &[c]),
        ("--dependency \"$(command -v tallied)\"", &[]),
        ("--all", &[]),
    ] {
        let sandbox = three();
        let words = words.replace("KEY", &key(&sandbox, a)[..20]);
        let done = sandbox
            .shell(&format!("jobstamp forget {words}"))
            .ran_times(0)
            .complains("")
            .returns(0);
        assert!(done.output.stdout.starts_with(b"Forgot "), "{done}");
        assert_eq!(listed(&sandbox, ""), left, "{words}");
        for job in ["a", "b", "c"] {
            let job = format!("tallied echo {job}");
            let runs = u64::from(!left.contains(&job.as_str()));
            let options = if job == a {
                "--dependencies in"
            } else if job == b {
                "--dependencies src"
            } else {
                ""
            };
            sandbox.shell(&format!("jobstamp {options} -- {job}")).ran_times(runs);
        }
    }
}

#[test]
fn several_keys_are_forgotten_at_once_or_none_is() {
    let sandbox = three();
    let [a, b] = ["tallied echo a", "tallied echo b"].map(|job| key(&sandbox, job));
    sandbox
        .shell(&format!("jobstamp forget {a} 0000000000"))
        .prints("")
        .says("no job is remembered under the key `0000000000`")
        .returns(1);
    assert_eq!(listed(&sandbox, "").len(), 3);
    let done = sandbox
        .shell(&format!("jobstamp forget {a} {b} {a}"))
        .complains("")
        .returns(0);
    assert!(done.output.stdout.starts_with(b"Forgot 2 jobs, "), "{done}");
}

#[test]
fn what_is_not_there_is_told_and_what_is_not_said_is_not_guessed() {
    let sandbox = three();
    for (words, code, out) in [
        ("-- tallied echo never", 1, "Nothing of that kind is remembered.\n"),
        ("--dependency other", 1, "Nothing of that kind is remembered.\n"),
        ("", 2, ""),
        ("--all 1234", 2, ""),
        ("--all --dependency in", 2, ""),
        ("--all -- tallied echo a", 2, ""),
    ] {
        let done = sandbox
            .shell(&format!("jobstamp forget {words}"))
            .prints(out)
            .returns(code);
        if code == 2 {
            done.says("say what is to be forgotten: KEYs, a command after `--`, --dependency PATH, or --all");
        }
    }
    assert_eq!(listed(&sandbox, "").len(), 3);
    sandbox
        .shell("jobstamp forget --stamp-directory none --all")
        .prints("Nothing of that kind is remembered.\n")
        .returns(1);
    assert!(!sandbox.path("none").exists());
}

/// One that runs now will leave its stamp all the same.
#[test]
fn a_job_that_runs_while_all_is_forgotten_is_remembered() {
    let sandbox = three();
    let (started, go_on) = (sandbox.gate("started"), sandbox.gate("go-on"));
    let line = format!(
        "jobstamp -- tallied sh -c 'echo >{}; read line <{}'",
        started.path().display(),
        go_on.path().display()
    );
    let running = sandbox.begin(&line);
    started.line();
    sandbox.shell("jobstamp forget --all").returns(0);
    go_on.open();
    running.done().returns(0);
    assert_eq!(listed(&sandbox, "").len(), 1);
}

#[test]
fn what_cannot_be_forgotten_is_told_and_is_not_taken_for_nothing() {
    let sandbox = three();
    let Some(_mounted) = Mounted::read_only(sandbox.store()) else {
        return;
    };
    for words in [
        "forget -- tallied echo c",
        "forget --dependency in",
        "forget --all",
        "sweep --max-size 0",
    ] {
        let done = sandbox.shell(&format!("jobstamp {words}")).ran_times(0);
        done.prints("").says("Read-only file system").returns(125);
    }
    sandbox.shell("jobstamp -- tallied echo c").replayed();
}
