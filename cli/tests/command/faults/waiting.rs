//! Calls fail, or are the last ones, in a process that waits for another one that runs the same job.

use std::collections::HashSet;

use super::calls::{ERRORS, Fault};
use super::has_strace;
use super::trace::{Call, calls_with_a_store, failed};
use crate::sandbox::{Sandbox, is_soak};

/// The first who runs it says so, and waits until it is let go.
const JOB: &str =
    "jobstamp -- tallied sh -c 'if mkdir first 2>/dev/null; then echo up > up; read x < go; fi; echo out; exit 3'";

/// One process runs the job and another waits for it, with `options` for the strace(1) that watches the other. Returns what that
/// saw.
fn wait(options: &str, is_killed: bool) -> String {
    let sandbox = Sandbox::new();
    let (up, go, trace) = (sandbox.gate("up"), sandbox.gate("go"), sandbox.gate("trace"));
    let leader = sandbox.begin(JOB);
    up.line();
    let waiter = sandbox.begin(&format!("strace -y -q -o trace {options} {JOB}"));
    let (mut seen, mut is_open) = (String::new(), false);
    loop {
        let line = trace.line();
        let is_end = line.starts_with("+++ ");
        // It has found the lock taken, or it will not.
        if !is_open && (is_end || line.contains("LOCK_NB) = -1 EAGAIN")) {
            go.open();
            is_open = true;
        }
        if is_end {
            break;
        }
        seen.push_str(&line);
        seen.push('\n');
    }
    leader.done().prints("out\n").complains("").returns(3);
    let done = waiter.done();
    if !is_killed && failed(&seen).iter().all(Call::is_about_files) {
        let words = String::from_utf8_lossy(&done.output.stderr).into_owned();
        let is_word = |line: &str| {
            ["jobstamp: warning: ", "jobstamp: waiting for "]
                .iter()
                .any(|word| line.starts_with(word))
        };
        assert!(words.lines().all(is_word), "{options}: {done}");
        drop(done.prints("out\n").returns(3));
    }
    // One that could not wait may have gone its own way: what is remembered is right all the same.
    sandbox.shell(JOB).prints("out\n").complains("").returns(3);
    sandbox.shell(JOB).replayed().prints("out\n").complains("").returns(3);
    seen
}

/// S05, S06, S08, C35. How often it looks whether the other is done is up to the scheduler: so a fault may come one look later.
#[test]
fn whatever_call_fails_in_one_who_waits_both_deliver_and_the_next_run_is_right() {
    if !has_strace("faults of one who waits") {
        return;
    }
    let calls = calls_with_a_store(&wait("", false));
    let (mut tried, mut count) = (HashSet::new(), 0);
    for call in calls.iter().filter(|call| call.is_about_files()) {
        if !tried.insert(call.shape()) {
            continue;
        }
        let all = || {
            ERRORS
                .iter()
                .flat_map(|error| [Fault::Once(error), Fault::Always(error)])
                .chain([Fault::Kill])
        };
        let chosen = tried.len() * 5 % 17;
        let chosen = all().enumerate().filter(|(number, _)| is_soak() || *number == chosen);
        for (_, fault) in chosen.filter(|(_, fault)| fault.can_happen_to(call)) {
            wait(&format!("-e {}", fault.inject(call, &calls)), fault == Fault::Kill);
            count += 1;
        }
    }
    println!("{count} faults of one who waits, 0 wrong");
    assert!(count > 20);
}
