//! How a command ends: exit codes, signals, and who has to die with whom.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open};

use crate::sandbox::{FOREVER, Sandbox};

/// Waits until a process has ended.
#[track_caller]
pub fn ends(pid: &str) {
    let pid = Pid::from_raw(pid.parse().unwrap()).unwrap();
    // Already gone is as good.
    let Ok(process) = pidfd_open(pid, PidfdFlags::empty()) else {
        return;
    };
    let mut entry = [PollFd::new(&process, PollFlags::IN)];
    assert!(
        poll(&mut entry, Some(&Timespec::try_from(FOREVER).unwrap())).unwrap() > 0,
        "{pid:?} lives"
    );
}

/// No stamp, and nothing unpublished.
#[track_caller]
pub fn leaves_nothing(sandbox: &Sandbox) {
    let left: Vec<_> = sandbox
        .files_of_the_store()
        .into_iter()
        .filter(|path| !path.ends_with(".lock"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

/// C12.
#[test]
fn every_exit_code_is_the_same_on_run_and_on_hit() {
    let sandbox = Sandbox::new();
    for expected in [256, 0] {
        let line = "n=0; while [ $n -lt 256 ]; do jobstamp -- tallied sh -c 'exit $0' $n; [ $? = $n ] || echo $n; n=$((n+1)); done";
        sandbox.shell(line).ran_times(expected).prints("");
    }
}

/// C13.
#[test]
fn a_command_killed_by_a_signal_is_128_and_the_signal_and_not_cached() {
    for (signal, name) in [(6, "SIGABRT"), (9, "SIGKILL"), (11, "SIGSEGV"), (14, "SIGALRM")] {
        let sandbox = Sandbox::new();
        for _ in 0..2 {
            let done = sandbox.shell(&format!("jobstamp -- tallied sh -c 'echo out; kill -{signal} $$'"));
            let warning = format!("jobstamp: warning: killed by {name}; not cached\n");
            done.ran().prints("out\n").complains(warning).returns(128 + signal);
        }
        leaves_nothing(&sandbox);
    }
    for signal in [1, 2, 3, 13, 15] {
        let sandbox = Sandbox::new();
        for _ in 0..2 {
            let done = sandbox.shell(&format!("jobstamp -- tallied sh -c 'echo out; kill -{signal} $$'"));
            done.ran().prints("out\n").complains("").returns(128 + signal);
        }
        leaves_nothing(&sandbox);
    }
}

/// C14.
#[test]
fn failures_are_cached_unless_they_are_to_be_discarded() {
    let sandbox = Sandbox::new();
    sandbox.job("exit 1").jobstamp(&["--discard-failures"]).ran().returns(1);
    sandbox.jobstamp(&["--discard-failures"]).ran().returns(1);
    sandbox.jobstamp(&[]).ran().returns(1);
    sandbox.jobstamp(&[]).replayed().returns(1);
    sandbox
        .jobstamp(&["--explain", "--discard-failures"])
        .ran()
        .says("running: its last run returned 1");
    sandbox.job("exit 0").jobstamp(&["--discard-failures"]).ran();
    sandbox.jobstamp(&["--discard-failures"]).replayed();
}

/// C16.
#[test]
fn a_signal_to_us_reaches_the_command_and_nothing_is_stored() {
    for (signal, number) in [
        (Signal::TERM, 15),
        (Signal::HUP, 1),
        (Signal::QUIT, 3),
        (Signal::INT, 2),
    ] {
        let sandbox = Sandbox::new();
        let (up, _never) = (sandbox.gate("up"), sandbox.gate("never"));
        let command = [
            "jobstamp",
            "--",
            "tallied",
            "sh",
            "-c",
            "echo said; echo $$ > up; read x < never",
        ];
        let running = sandbox.start(sandbox.command(&command));
        let child = up.line();
        running.signal(signal);
        running.done().prints("said\n").complains("").died_of(number);
        ends(&child);
        leaves_nothing(&sandbox);
    }
}

/// C16.
#[test]
fn a_command_that_handles_the_signal_is_waited_for() {
    let sandbox = Sandbox::new();
    let up = sandbox.gate("up");
    let job =
        "trap 'echo first; trap \"echo second; exit 0\" TERM; echo again > up' TERM; echo up > up; while :; do :; done";
    let running = sandbox.start(sandbox.command(&["jobstamp", "--", "tallied", "sh", "-c", job]));
    up.line();
    running.signal(Signal::TERM);
    assert_eq!(up.line(), "again");
    running.signal(Signal::TERM);
    running.done().prints("first\nsecond\n").died_of(15);
    leaves_nothing(&sandbox);
}

/// C16. That it is ten seconds is the table in `interruption`.
#[test]
fn a_command_that_ignores_two_signals_is_killed_ten_seconds_later() {
    let sandbox = Sandbox::new();
    sandbox.in_haste();
    let up = sandbox.gate("up");
    let job = "trap 'echo asked > up' TERM; echo $$ > up; while :; do :; done";
    let running = sandbox.start(sandbox.command(&["jobstamp", "--", "tallied", "sh", "-c", job]));
    let child = up.line();
    running.signal(Signal::TERM);
    assert_eq!(up.line(), "asked");
    // Another sender, so that it is another request however soon it comes.
    sandbox.arrange(&format!("kill -TERM {}", running.pid().as_raw_nonzero()));
    assert_eq!(up.line(), "asked");
    running.done().died_of(15);
    ends(&child);
}

/// C17. Whatever it, or we, are doing just then.
#[test]
fn the_command_dies_with_us_in_the_midst_of_its_output_or_stopped() {
    for job in [
        // We wait for a reader, and it for us.
        "echo $$ > up; exec yes",
        "echo $$ > up; trap : TERM INT HUP; while :; do :; done",
        "echo $$ > up; kill -STOP $$",
        "exec 3>&1 >&- 2>&-; echo $$ > up; read x < never",
    ] {
        let sandbox = Sandbox::new();
        let (up, _never) = (sandbox.gate("up"), sandbox.gate("never"));
        let (reader, writer) = std::io::pipe().unwrap();
        let mut command = sandbox.command(&["jobstamp", "--", "tallied", "sh", "-c", job]);
        command.stdout(writer);
        let running = sandbox.start_with_its_own_output(command);
        let child = up.line();
        running.signal(Signal::KILL);
        ends(&child);
        running.done().died_of(9);
        drop(reader);
        assert!(sandbox.stamps().is_empty());
        sandbox
            .shell("jobstamp -- tallied echo out")
            .ran()
            .prints("out\n")
            .complains("");
    }
}

/// C17.
#[test]
fn the_command_dies_with_us() {
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
    let running = sandbox.start(sandbox.command(&words));
    let child = up.line();
    running.signal(Signal::KILL);
    running.done().died_of(9);
    ends(&child);
    // The lock is free, and the store is as it was.
    go.open();
    let running = sandbox.start(sandbox.command(&words));
    up.line();
    running.done().ran().prints("out\n").returns(0);
    sandbox.start(sandbox.command(&words)).done().replayed().prints("out\n");
}

/// C46.
#[test]
fn dispositions_and_mask_are_inherited_as_they_are() {
    let sandbox = Sandbox::new();
    let look = "grep -E '^Sig(Blk|Ign):' /proc/self/status";
    for before in [
        "",
        "nohup",
        "env --ignore-signal=PIPE",
        "env --default-signal=PIPE",
        "env --ignore-signal=INT,HUP,CHLD,XFSZ,USR1",
        "env --block-signal=TERM,USR2,PIPE",
    ] {
        let plain = sandbox.shell(&format!("{before} tallied {look}")).output.stdout;
        let line = format!("{before} jobstamp --env X -- tallied {look}");
        sandbox
            .variable("X", before)
            .shell(&line)
            .ran()
            .prints(&plain)
            .returns(0);
    }
}

#[test]
fn environment_group_session_and_mask_are_the_callers() {
    let sandbox = Sandbox::new();
    sandbox.variable("EMPTY", "").variable("LINES\n", "a\nb");
    for look in ["env", "umask", "nice", "ulimit -a", "cat /proc/$$/oom_score_adj"] {
        let plain = sandbox
            .shell(&format!("umask 027; ulimit -c 7; sh -c '{look}'"))
            .output
            .stdout;
        sandbox
            .shell(&format!("umask 027; ulimit -c 7; jobstamp -- sh -c '{look}'"))
            .prints(&plain);
    }
    // Its group and session are those of whoever called: relations, since the numbers change with each call.
    let look = r#"set -- $(cut -d" " -f5,6 /proc/$$/stat); set -- $* $(cut -d" " -f5,6 /proc/$PPID/stat); [ $1 = $3 ] && [ $2 = $4 ]"#;
    sandbox.call(["jobstamp", "--", "sh", "-c", look]).returns(0);
}

/// C45.
#[test]
fn too_few_descriptors_cost_the_memory_and_no_result() {
    let mut uncached = 0;
    for most in 3..24 {
        let sandbox = Sandbox::new();
        sandbox.write("file", "");
        // The loader itself needs a few.
        let done = sandbox.shell(&format!("ulimit -n {most}; exec jobstamp -- ls file gone"));
        if most >= 5 {
            let done = done.prints("file\n").says("gone").returns(2);
            uncached += u32::from(done.stamps().is_empty());
        }
    }
    assert!(uncached > 0, "some were too few to store anything");
}

/// C45.
#[test]
fn a_limit_on_file_sizes_costs_the_memory_and_no_result() {
    let sandbox = Sandbox::new();
    let expected = sandbox.shell("seq 100000").output.stdout;
    for _ in 0..2 {
        let done = sandbox
            .shell("ulimit -f 8; exec jobstamp -- tallied seq 100000")
            .ran()
            .prints(&expected)
            .returns(0);
        done.says("jobstamp: warning: ").says("not cached");
    }
    // The command itself meets the limit as it would without us.
    for how in ["", "jobstamp --"] {
        let line = format!("ulimit -f 8; exec {how} sh -c 'exec head -c 100000 /dev/zero > big'");
        sandbox.shell(&line).returns(128 + 25);
    }
}

#[test]
fn make_hands_its_jobserver_through() {
    let sandbox = Sandbox::new();
    // Make gives its standard input to one job at a time, and a broken pipe to the others: two kinds of input.
    let makefile =
        "all: one two\none two:\n\t+@jobstamp --stdin none -- $(MAKE) --no-print-directory -f sub.mk $@-sub\n";
    sandbox.write("Makefile", makefile);
    sandbox.write(
        "sub.mk",
        "%-sub: %-a %-b\n\t@echo made $@\n%-a:\n\t@tallied true\n%-b:\n\t@tallied true\n",
    );
    for expected in [4, 0] {
        let done = sandbox
            .shell("make -j3 | sort")
            .prints("made one-sub\nmade two-sub\n")
            .ran_times(expected);
        done.complains("");
    }
}
