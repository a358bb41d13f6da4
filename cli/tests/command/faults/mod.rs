//! The system fails us, or kills us, at any moment: the result is delivered, and the next run is right.
//!
//! strace(1) makes single system calls of the process fail, not those of the command that it runs; mounts, limits and other
//! users make the rest true.

mod scene;
mod trace;
mod users;
mod waiting;
mod calls;
mod kills;
mod load;
mod limits;
mod mounts;
mod power;
mod space;

use std::process::Command;

use crate::sandbox::{Sandbox, amount, skip};

/// Whether system calls can be made to fail here; if not, says visibly what is left out.
pub fn has_strace(what: &str) -> bool {
    let runs = Command::new("strace")
        .args(["-qq", "-o", "/dev/null", "-e", "inject=getppid:error=EIO", "true"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !runs {
        skip(what, "no strace, or it may not trace");
    }
    runs
}

#[test]
fn output_that_could_not_be_read_to_its_end_is_not_remembered() {
    if !has_strace("output that cannot be read") {
        return;
    }
    let job = "seq 20000; exit 3";
    let expected = Sandbox::new().shell("seq 20000").output.stdout.clone();
    for number in 1..amount(20, 100) {
        let sandbox = Sandbox::new();
        let line = format!("jobstamp -- tallied sh -c '{job}'");
        sandbox.shell(&format!(
            "strace -qq -o /dev/null -e inject=read:error=EIO:when={number} {line}"
        ));
        sandbox.shell(&line).prints(&expected).returns(3);
    }
}

#[test]
fn input_that_cannot_be_read_back_is_no_success_and_not_remembered() {
    if !has_strace("input that cannot be read back") {
        return;
    }
    let sandbox = Sandbox::new();
    let line = "seq 20000 | jobstamp --stdin key -- tallied wc -l";
    let traced = |options: &str| line.replace("jobstamp ", &format!("strace -y -qq -o ../trace {options} jobstamp "));
    sandbox.shell(&traced("")).ran().prints("20000\n");
    let calls = trace::calls(&String::from_utf8(sandbox.read("../trace")).unwrap());
    let reads_back = |call: &&trace::Call| call.name == "pread64" && call.line.contains("(deleted)");
    let number = calls.iter().find(reads_back).unwrap().number;
    sandbox.arrange("rm -r $JOBSTAMPS_DIRECTORY");
    sandbox
        .shell(&traced(&format!("-e inject=pread64:error=EIO:when={number}+")))
        .says("jobstamp: cannot read standard input back; the command got only the first part of it\n")
        .returns(125);
    sandbox.shell(line).ran().prints("20000\n").complains("").returns(0);
    sandbox.shell(line).replayed().prints("20000\n");
}

/// S06. The system told that nothing has changed, and yet the disk does not give it back.
#[test]
fn remembered_output_that_cannot_be_read_runs_the_job_unless_a_part_of_it_is_out() {
    if !has_strace("remembered output that cannot be read") {
        return;
    }
    let sandbox = Sandbox::new();
    let expected = sandbox.shell("seq 200000").output.stdout;
    let line = "jobstamp -- tallied seq 200000";
    let traced = |options: &str| line.replace("jobstamp ", &format!("strace -y -qq -o ../trace {options} jobstamp "));
    sandbox.shell(line).ran();
    sandbox.shell(&traced("")).replayed();
    let calls = trace::calls(&String::from_utf8(sandbox.read("../trace")).unwrap());
    let reads = calls.iter().filter(|call| call.name == "pread64").count() + 1;
    let failing = |from: usize| {
        let inject = format!("-e inject=sendfile:error=EIO:when={from}+ -e inject=pread64:error=EIO:when={reads}+");
        sandbox.shell(&traced(&inject))
    };
    let part = failing(2)
        .replayed()
        .says("jobstamp: cannot read what stamp `")
        .returns(125);
    assert!(expected.starts_with(&part.output.stdout));
    // A run looks at the same files, and reads as often before it writes.
    let done = failing(1).prints(&expected).returns(0).ran();
    done.says("jobstamp: warning: cannot read what stamp `")
        .says("; the job runs again\n");
    sandbox.shell(line).prints(&expected).complains("").returns(0);
    sandbox.shell(line).replayed().prints(&expected).complains("");
}
