//! Every system call about the store fails once, or is the last one: the result is delivered, and the next run is right.
//!
//! strace(1) does it, to the process itself and not to the command that it runs. Which call is which comes from a look at a
//! run without a fault; calls before the store comes into play are the loader's, and not ours to answer for.

use std::collections::HashMap;
use std::fs;
use std::process::Command;

use crate::sandbox::{Sandbox, amount, skip};

/// More than fits into a stamp file, and an exit code of its own.
const JOB: &str = "seq 20000; exit 3";

/// Calls whose failure says something about the command's own streams or about memory, not about the store.
const NOT_OURS: [&str; 23] = [
    "arch_prctl",
    "brk",
    "clone",
    "close",
    "execve",
    "exit_group",
    "getegid",
    "geteuid",
    "getgid",
    "getpid",
    "getrandom",
    "getuid",
    "ioctl",
    "mmap",
    "mprotect",
    "munmap",
    "poll",
    "ppoll",
    "pread64",
    "read",
    "sendfile",
    "wait4",
    "write",
];
const FAULTS: [&str; 8] = [
    "EIO", "ENOSPC", "EDQUOT", "EACCES", "EROFS", "EMFILE", "EINTR", "ENOLCK",
];

/// A job in a world of its own, with a stamp from before or without.
fn world(has_stamp: bool) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("in", "1").job(JOB);
    if has_stamp {
        sandbox.jobstamp(&["--dependencies", "in"]).ran();
    }
    sandbox
}

/// Returns the calls that follow the first one about the store: the name of each, and how many of that name came before.
fn calls(has_stamp: bool) -> Vec<(String, usize)> {
    let sandbox = world(has_stamp);
    sandbox
        .shell(&format!(
            "strace -qq -o trace jobstamp --dependencies in -- tallied sh -c '{JOB}'"
        ))
        .returns(3);
    let trace = String::from_utf8(sandbox.read("trace")).unwrap();
    let mut counts = HashMap::<&str, usize>::new();
    let mut calls = Vec::new();
    let mut has_begun = false;
    for (line, name) in trace.lines().filter_map(|line| Some((line, line.split_once('(')?.0))) {
        let before = counts.entry(name).or_default();
        has_begun |= line.contains("/store/jobstamps-v1");
        let is_ours = !NOT_OURS.contains(&name)
            && !name.starts_with("rt_")
            && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        if has_begun && is_ours {
            calls.push((name.to_owned(), *before));
        }
        *before += 1;
    }
    assert!(calls.len() > 5, "{trace}");
    calls
}

/// Does `fault` to each call in turn; with `is_last`, nothing is asked of that run itself.
fn each_call(has_stamp: bool, fault: impl Fn(usize) -> String, is_last: bool) {
    if !has_strace() {
        return;
    }
    let expected = Sandbox::new().shell("seq 20000").output.stdout.clone();
    for (index, (name, before)) in calls(has_stamp).into_iter().enumerate() {
        let sandbox = world(has_stamp);
        let inject = format!(
            "strace -qq -o /dev/null -e inject={name}:{}:when={}",
            fault(index),
            before + 1
        );
        let done = sandbox.shell(&format!("{inject} jobstamp --dependencies in -- tallied sh -c '{JOB}'"));
        if !is_last {
            done.prints(&expected).returns(3);
        }
        sandbox
            .jobstamp(&["--dependencies", "in"])
            .prints(&expected)
            .complains("")
            .returns(3);
        sandbox
            .jobstamp(&["--dependencies", "in"])
            .replayed()
            .prints(&expected)
            .complains("")
            .returns(3);
        let unpublished = sandbox
            .files_of_the_store()
            .into_iter()
            .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(".tmp-"));
        assert!(unpublished.count() <= 1, "{inject}");
        fs::remove_dir_all(sandbox.store()).unwrap();
    }
}

fn has_strace() -> bool {
    let has = Command::new("strace")
        .arg("-V")
        .output()
        .is_ok_and(|output| output.status.success());
    if !has {
        skip("faults of system calls", "no strace");
    }
    has
}

fn failing(index: usize) -> String {
    format!("error={}", FAULTS[index % FAULTS.len()])
}

/// S05, S06, S07, S12.
#[test]
fn a_run_whose_every_call_fails_once_delivers_its_result() {
    each_call(false, failing, false);
}

/// S05, S06, S07.
#[test]
fn a_hit_whose_every_call_fails_once_delivers_its_result() {
    each_call(true, failing, false);
}

/// S08.
#[test]
fn killed_at_any_call_of_a_run_it_leaves_a_store_that_serves() {
    each_call(false, |_| "signal=SIGKILL".to_owned(), true);
}

/// S08.
#[test]
fn killed_at_any_call_of_a_hit_it_leaves_a_store_that_serves() {
    each_call(true, |_| "signal=SIGKILL".to_owned(), true);
}

#[test]
fn output_that_could_not_be_read_to_its_end_is_not_remembered() {
    if !has_strace() {
        return;
    }
    let expected = Sandbox::new().shell("seq 20000").output.stdout.clone();
    for number in 1..amount(20, 100) {
        let sandbox = Sandbox::new();
        let line = format!("jobstamp -- tallied sh -c '{JOB}'");
        sandbox.shell(&format!(
            "strace -qq -o /dev/null -e inject=read:error=EIO:when={number} {line}"
        ));
        sandbox.shell(&line).prints(&expected).returns(3);
    }
}
