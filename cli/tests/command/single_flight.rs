//! Equal jobs at the same time: one runs, the others wait and replay.

use rustix::process::Signal;

use crate::sandbox::{Did, Sandbox, amount};
use crate::signals::ends;

/// A job that says that it is there, and ends when it is let go.
const MEETS: &str = "sh -c 'echo up > up; read x < go; echo out; echo err >&2; exit 4'";

/// C35.
#[test]
fn sixty_four_equal_jobs_at_once_run_once_and_all_get_the_same_bytes() {
    let sandbox = Sandbox::new();
    let (up, go) = (sandbox.gate("up"), sandbox.gate("go"));
    let line = format!(
        "for n in $(seq 64); do {{ jobstamp -- tallied {MEETS} > $n 2> $n.err; echo $? > $n.code; }} & done; wait"
    );
    let running = sandbox.begin(&line);
    up.line();
    go.open();
    running.done().ran_times(1);
    for n in 1..=64 {
        assert_eq!(sandbox.read(n.to_string()), b"out\n");
        assert_eq!(sandbox.read(format!("{n}.code")), b"4\n");
        let errors = String::from_utf8(sandbox.read(format!("{n}.err"))).unwrap();
        // Who waited for long says so; for whom, unless that one has only just come by the lock.
        let own: Vec<&str> = errors
            .lines()
            .filter(|line| !line.starts_with("jobstamp: waiting for "))
            .collect();
        assert_eq!(own, ["err"]);
    }
}

/// C35, C38.
#[test]
fn who_waits_says_for_whom_and_since_when_after_a_second() {
    let sandbox = Sandbox::new();
    sandbox.in_haste();
    let (up, go, said) = (sandbox.gate("up"), sandbox.gate("go"), sandbox.gate("said"));
    let words = ["jobstamp", "--", "tallied", "sh", "-c", "echo up > up; read x < go"];
    let leader = sandbox.start(sandbox.command(&words));
    up.line();
    // Stopped or not: a lock is never broken.
    leader.signal(Signal::STOP);
    let waiter = sandbox.begin(&format!(
        "jobstamp -- tallied {} 2> said",
        "sh -c 'echo up > up; read x < go'"
    ));
    let pid = leader.pid().as_raw_nonzero();
    let line = said.line();
    let who = format!("jobstamp: waiting for process {pid}, which began the same job ");
    assert!(line.starts_with(&who) && line.ends_with(" ago"), "{line}");
    // Who does not wait runs, and leaves both where they are.
    let line = "jobstamp --no-wait -- tallied sh -c 'echo up > up; read x < go'";
    let other = sandbox.begin(line);
    assert_eq!(up.line(), "up");
    // For both: the leader is stopped, and its job is not.
    go.open();
    go.open();
    other.done().complains("").returns(0);
    leader.signal(Signal::CONT);
    leader.done().returns(0);
    waiter.done().returns(0);
    assert_eq!(sandbox.runs(), 2);
}

/// C38.
#[test]
fn no_wait_runs_beside_the_other() {
    let sandbox = Sandbox::new();
    let (up, go) = (sandbox.gate("up"), sandbox.gate("go"));
    let leader = sandbox.begin(&format!("jobstamp -- tallied {MEETS}"));
    up.line();
    let other = sandbox.begin(&format!("jobstamp --no-wait -- tallied {MEETS}"));
    up.line();
    go.open();
    go.open();
    leader.done().prints("out\n").returns(4);
    other.done().prints("out\n").returns(4);
    assert_eq!(sandbox.runs(), 2);
}

/// C36.
#[test]
fn a_failure_of_the_leader_is_what_the_others_get() {
    let sandbox = Sandbox::new();
    let (up, go) = (sandbox.gate("up"), sandbox.gate("go"));
    let leader = sandbox.begin(&format!("jobstamp -- tallied {MEETS}"));
    up.line();
    let waiter = sandbox.begin(&format!("jobstamp -- tallied {MEETS}"));
    go.open();
    leader.done().returns(4);
    waiter.done().prints("out\n").complains("err\n").returns(4);
    assert_eq!(sandbox.runs(), 1);
}

/// C36.
#[test]
fn where_the_leader_leaves_nothing_the_next_one_leads() {
    let sandbox = Sandbox::new();
    let (up, go) = (sandbox.gate("up"), sandbox.gate("go"));
    let job = "tallied sh -c 'echo up > up; read x < go; test -e fine || kill -9 $$; echo out'";
    let leader = sandbox.begin(&format!("jobstamp -- {job}"));
    up.line();
    let waiter = sandbox.begin(&format!("jobstamp -- {job}"));
    go.open();
    leader.done().returns(137);
    // The waiter runs it now.
    up.line();
    sandbox.write("fine", "");
    go.open();
    waiter.done().prints("out\n").returns(0);
    assert_eq!(sandbox.runs(), 2);
}

/// C37.
#[test]
fn where_the_leader_is_killed_the_next_one_leads() {
    let sandbox = Sandbox::new();
    let (up, go) = (sandbox.gate("up"), sandbox.gate("go"));
    let words = [
        "jobstamp",
        "--",
        "tallied",
        "sh",
        "-c",
        "echo $$ > up; read x < go; echo out",
    ];
    let leader = sandbox.start(sandbox.command(&words));
    let child = up.line();
    let waiter = sandbox.start(sandbox.command(&words));
    leader.signal(Signal::KILL);
    leader.done().died_of(9);
    // Before the gate is opened: who is dying may still go through it.
    ends(&child);
    up.line();
    go.open();
    waiter.done().prints("out\n").returns(0);
    assert_eq!(sandbox.runs(), 2);
    sandbox.start(sandbox.command(&words)).done().replayed().prints("out\n");
}

#[test]
fn a_leader_whose_reader_has_fallen_asleep_holds_nobody_up() {
    let sandbox = Sandbox::new();
    sandbox.in_haste();
    let job = "jobstamp -- tallied head -c 1000000 /dev/zero";
    let (mut reader, writer) = std::io::pipe().unwrap();
    let mut command = sandbox.command(&["sh", "-c", &format!("exec {job}")]);
    command.stdout(writer);
    let leader = sandbox.start_with_its_own_output(command);
    // Nobody reads what the leader says, and yet this ends: after the second that is promised.
    let other = sandbox.shell(&format!("{job} | wc -c")).prints("1000000\n");
    drop(other);
    let mut all = Vec::new();
    std::io::Read::read_to_end(&mut reader, &mut all).unwrap();
    assert_eq!(all.len(), 1_000_000);
    leader.done().returns(0);
    assert!(sandbox.runs() <= 2);
    sandbox.shell(&format!("{job} | wc -c")).replayed().prints("1000000\n");
}

/// C34.
#[test]
fn a_job_that_starts_itself_runs_and_does_not_lock_itself_out() {
    let sandbox = Sandbox::new();
    let script =
        "#!/bin/sh\ntallied true\n[ \"$DEEP\" ] && { echo inner; exit 2; }\nDEEP=1 jobstamp -- itself\necho outer $?\n";
    sandbox.program("itself", script);
    let done = sandbox
        .shell("jobstamp -- itself")
        .prints("inner\nouter 2\n")
        .returns(0)
        .ran_times(2);
    done.complains("jobstamp: warning: the job was started by itself; it runs without the cache\n");
    sandbox.again().replayed().prints("inner\nouter 2\n").returns(0);
    // Through others on the way too.
    let sandbox = Sandbox::new();
    sandbox.program("itself", &script.replace("DEEP=1 jobstamp", "DEEP=1 env nice jobstamp"));
    sandbox
        .shell("jobstamp -- itself")
        .prints("inner\nouter 2\n")
        .says("started by itself")
        .ran_times(2);
}

#[test]
fn jobs_that_start_other_jobs_are_stored_each() {
    let sandbox = Sandbox::new();
    let line = "jobstamp -- tallied sh -c 'jobstamp -- tallied echo inner; echo outer'";
    sandbox.shell(line).ran_times(2).prints("inner\nouter\n").complains("");
    sandbox.shell("jobstamp -- tallied echo inner").prints("inner\n");
    for did in [Did::Replay, Did::Replay] {
        sandbox.shell(line).did(did).prints("inner\nouter\n");
    }
}

/// S24.
#[test]
fn a_lock_that_somebody_deletes_costs_one_run_and_nothing_else() {
    let sandbox = Sandbox::new();
    let (up, go) = (sandbox.gate("up"), sandbox.gate("go"));
    let line = format!("jobstamp -- tallied {MEETS}");
    let leader = sandbox.begin(&line);
    up.line();
    sandbox.arrange(r#"find "$JOBSTAMPS_DIRECTORY" -name '*.lock' -delete"#);
    let other = sandbox.begin(&line);
    up.line();
    go.open();
    go.open();
    leader.done().prints("out\n").returns(4);
    other.done().prints("out\n").returns(4);
    sandbox.shell(&line).replayed().prints("out\n").returns(4);
}

/// S25, C47.
#[test]
fn a_process_that_the_job_leaves_behind_holds_no_lock() {
    let sandbox = Sandbox::new();
    let go = sandbox.gate("go");
    sandbox.write("in", "1");
    let job = "sh -c 'read x < go' > /dev/null 2>&1 & echo out";
    let line = format!("jobstamp --dependencies in -- tallied sh -c \"{job}\"");
    sandbox.shell(&line).ran().prints("out\n").complains("");
    // This would wait for it.
    sandbox
        .write("in", "2")
        .shell(&line)
        .ran()
        .prints("out\n")
        .complains("");
    go.open();
    go.open();
}

/// C35.
#[test]
fn many_processes_with_many_jobs_run_each_once() {
    let sandbox = Sandbox::new();
    let (processes, jobs) = (amount(8, 32), amount(20, 200));
    sandbox
        .shell(&crowd(processes, jobs, "echo job $0"))
        .ran_times(jobs as u64)
        .complains("")
        .returns(0);
    all_got(&sandbox, processes, jobs);
}

/// C37. At most one run more for each that is killed.
#[test]
fn many_processes_of_which_many_are_killed_run_each_job_once_more_at_most() {
    let sandbox = Sandbox::new();
    let (processes, jobs, killed) = (amount(8, 32), amount(20, 200), amount(10, 100));
    let job = format!("mkdir killed.$0 2> gone && test $0 -le {killed} && kill -9 $PPID; echo job $0");
    let done = sandbox.shell(&crowd(processes, jobs, &job)).returns(0);
    let (least, most) = (jobs as u64 + 1, (jobs + killed) as u64);
    assert!((least..=most).contains(&done.runs), "{done}");
    all_got(&sandbox, processes, jobs);
}

/// Returns a line by which so many processes each do the jobs 1, 2, 3 and so on; again, if it was killed.
fn crowd(processes: usize, jobs: usize, job: &str) -> String {
    let one = r#"until jobstamp -- tallied sh -c "$JOB" $n; do :; done"#;
    let all = format!("for n in $(seq {jobs}); do {one}; done > N.out");
    format!("export JOB='{job}'; seq {processes} | xargs -P {processes} -I N sh -c '{all}'")
}

/// Each process got what each job says, in its order.
#[track_caller]
fn all_got(sandbox: &Sandbox, processes: usize, jobs: usize) {
    let expected = (1..=jobs).map(|n| format!("job {n}\n")).collect::<Vec<_>>().concat();
    for n in 1..=processes {
        assert_eq!(sandbox.read(format!("{n}.out")), expected.as_bytes());
    }
}
