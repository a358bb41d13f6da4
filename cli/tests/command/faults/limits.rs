//! Limits on what a process may have: as long as the command itself and the start of ours get by with them, the result is
//! delivered.

use std::process::Command;

use crate::sandbox::{Done, Sandbox, amount, is_root, skip};

/// Lines with a job each that says much or little; what is on its standard input is `seq 30000`.
const JOBS: [&str; 4] = [
    "jobstamp --use-hashes --dependencies in -- sh -c 'read line < in; echo $line; exit 3'",
    "jobstamp --use-hashes --dependencies in -- sh -c 'read line < in; echo $line; seq 30000; exit 3'",
    "jobstamp --dependencies in -- sh -c 'wc -l; exit 3'",
    "jobstamp --stdin key --dependencies in -- sh -c 'wc -l; exit 3'",
];

fn has_prlimit() -> bool {
    let has = Command::new("prlimit").arg("--version").output();
    let has = has.is_ok_and(|output| output.status.success());
    if !has {
        skip("limits of processes", "no prlimit");
    }
    has
}

/// Runs `line` with a limit, through the command or, without `jobstamp`, by itself.
fn limited<'a>(sandbox: &'a Sandbox, limit: &str, line: &str) -> Done<'a> {
    sandbox.shell(&format!("seq 30000 | prlimit {limit} {line}"))
}

/// A miss, a hit and a run again under each limit give what the job gives under it without us, wherever it gives anything.
/// Returns how often there was something to compare.
fn compare(limits: impl Iterator<Item = String>) -> usize {
    let mut compared = 0;
    for limit in limits {
        let sandbox = Sandbox::new();
        sandbox.write("in", "1\n");
        if limited(&sandbox, &limit, "jobstamp --version").output.status.code() != Some(0) {
            continue;
        }
        for line in JOBS {
            let alone = line.split_once(" -- ").unwrap().1;
            let whole = sandbox.shell(&format!("seq 30000 | {alone}")).output.stdout;
            if limited(&sandbox, &limit, alone).output.stdout != whole {
                continue;
            }
            for version in ["1\n", "1\n", "2\n"] {
                sandbox.write("in", version);
                let expected = sandbox.shell(&format!("seq 30000 | {alone}")).output.stdout;
                let done = limited(&sandbox, &limit, line);
                let words = String::from_utf8_lossy(&done.output.stderr).into_owned();
                let are_warnings = words.lines().all(|line| line.starts_with("jobstamp: warning: "));
                // One for each thing that there was no room for: a stamp, the store, a dependency, the output.
                assert!(are_warnings && words.lines().count() <= 4, "{limit}: {done}");
                done.prints(&expected).returns(3);
                compared += 1;
            }
            // Without the limit it is right at once.
            sandbox.shell(&format!("seq 30000 | {line}")).complains("").returns(3);
            let expected = sandbox.shell(&format!("seq 30000 | {alone}")).output.stdout;
            sandbox
                .shell(&format!("seq 30000 | {line}"))
                .complains("")
                .prints(expected);
        }
    }
    compared
}

/// C45.
#[test]
fn with_few_descriptors_the_result_is_delivered() {
    if has_prlimit() {
        // Three are the standard streams, two a pipe for input that was read ahead, two or three its spool and the store.
        let limits = (9..32)
            .step_by(amount(3, 1))
            .map(|most| format!("--nofile={most}:{most}"));
        assert!(compare(limits) > 20);
    }
}

/// C45.
#[test]
fn with_small_files_the_result_is_delivered_and_the_command_meets_the_limit_itself() {
    if !has_prlimit() {
        return;
    }
    let sizes = [0, 1, 100, 1000, 4096, 10_000, 65_536, 100_000, 200_000];
    let limits = || {
        sizes
            .iter()
            .step_by(amount(2, 1))
            .map(|size| format!("--fsize={size}:{size}"))
    };
    assert_eq!(compare(limits()), 3 * JOBS.len() * limits().count());
    // Its death by SIGXFSZ is its own, and no result.
    let sandbox = Sandbox::new();
    for how in ["", "jobstamp --", "jobstamp --"] {
        let line = format!("prlimit --fsize=5000:5000 {how} sh -c 'exec head -c 10000 /dev/zero > big'");
        sandbox.shell(&line).returns(128 + 25);
    }
    // Who ignores the signal meets an error, as without us.
    for how in ["", "jobstamp --"] {
        let line = format!("trap '' XFSZ; prlimit --fsize=5000:5000 {how} head -c 10000 /dev/zero > big");
        let done = sandbox.shell(&line);
        assert!(matches!(done.output.status.code(), Some(1 | 125)), "{done}");
    }
}

/// C45.
#[test]
fn with_little_memory_or_stack_the_result_is_delivered() {
    if !has_prlimit() {
        return;
    }
    let sandbox = Sandbox::new();
    let starts = |size: &usize| {
        let line = format!("prlimit --as={size}:{size} jobstamp --version");
        sandbox.shell(&line).output.status.success()
    };
    // How large the program is differs from build to build. It has to have its 64 KiB for each of several streams.
    let least = (1 << 20..1 << 26).step_by(100_000).find(starts).unwrap() + 500_000;
    let step = amount(800_000, 100_000);
    let memory = (least..least + 5_000_000)
        .step_by(step)
        .map(|size| format!("--as={size}:{size}"));
    // Less is not enough for builds with checks.
    let stack = (8..40)
        .step_by(amount(8, 1))
        .map(|size| format!("--stack={0}:{0}", size * 16_000));
    assert!(compare(memory.chain(stack)) > 50);
}

/// C45.
#[test]
fn with_no_more_processes_to_be_had_it_says_so_and_remembers_nothing() {
    if !has_prlimit() || !is_root("no more processes") {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.arrange("mkdir ../store; chown 65533:65533 ../store");
    // A user of its own, who has no other process.
    let line = "setpriv --reuid 65533 --regid 65533 --clear-groups prlimit --nproc=1:1 jobstamp -- echo out";
    sandbox.shell(line).prints("").says("jobstamp: echo: ").returns(125);
    let line = line.replace("--nproc=1:1", "--nproc=9:9");
    sandbox.shell(&line).prints("out\n").complains("").returns(0);
    sandbox
        .shell(&line.replace("jobstamp", "jobstamp --explain"))
        .says("replayed");
}
