//! What the command inherits: exactly what we did, and nothing of ours.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use rustix::process::Signal;

use crate::sandbox::{Did, Sandbox};
use crate::signals::ends;

/// How each signal is inherited.
#[derive(Clone, Copy, Debug)]
struct Signals {
    ignored: Choice,
    blocked: Choice,
}

/// Some of all signals.
type Choice = fn(i32) -> bool;

impl Signals {
    /// Lets `command` begin with them.
    fn of(self, command: &mut Command) {
        let set = move || {
            // SAFETY: plain system calls, which may be made between fork and exec; the set is initialised first.
            unsafe {
                let mut mask = std::mem::zeroed();
                libc::sigemptyset(&raw mut mask);
                for signal in 1..=libc::SIGRTMAX() {
                    if (self.ignored)(signal) {
                        libc::signal(signal, libc::SIG_IGN);
                    }
                    if (self.blocked)(signal) {
                        libc::sigaddset(&raw mut mask, signal);
                    }
                }
                libc::sigprocmask(libc::SIG_SETMASK, &raw const mask, std::ptr::null_mut());
            }
            Ok(())
        };
        // SAFETY: as above.
        unsafe { command.pre_exec(set) };
    }
}

/// C46, C45.
#[test]
fn each_signal_is_ignored_blocked_or_neither_as_it_was() {
    let look = ["grep", "-E", "^Sig(Blk|Ign|Cgt):", "/proc/self/status"];
    let cases: [(Choice, Choice); 10] = [
        (|_| false, |_| false),
        (|_| true, |_| false),
        (|_| false, |_| true),
        (|_| true, |_| true),
        (|signal| signal % 2 == 0, |signal| signal % 3 == 0),
        (|signal| signal % 2 == 1, |signal| signal % 3 == 1),
        // Those that we handle or ignore ourselves.
        (|signal| signal == libc::SIGPIPE, |_| false),
        (|signal| signal == libc::SIGXFSZ, |_| false),
        (|signal| signal == libc::SIGCHLD, |signal| signal == libc::SIGCHLD),
        (|signal| signal == libc::SIGHUP, |signal| signal == libc::SIGTERM),
    ];
    for (number, (ignored, blocked)) in cases.into_iter().enumerate() {
        let signals = Signals { ignored, blocked };
        let sandbox = Sandbox::new();
        let call = |words: &[&str]| {
            let mut command = sandbox.command(words);
            signals.of(&mut command);
            sandbox.start(command).done()
        };
        let plain = call(&look).output.stdout;
        // Not through `tallied`: shells have their own ways with signals.
        let done = call(&[&["jobstamp", "--"], &look[..]].concat());
        assert!(done.output.stdout == plain, "case {number}: {done}");
        done.complains("").returns(0);
        assert_eq!(sandbox.stamps().len(), 1);
    }
}

/// C46. Nobody hears of a run, however it ends, whom it does not concern.
#[test]
fn what_was_ignored_or_blocked_when_we_began_disturbs_nobody() {
    let cases: [(Choice, Choice); 2] = [(|_| true, |_| false), (|_| false, |_| true)];
    for (ignored, blocked) in cases {
        let sandbox = Sandbox::new();
        let (up, go) = (sandbox.gate("up"), sandbox.gate("go"));
        let mut command = sandbox.command(&[
            "jobstamp",
            "--",
            "tallied",
            "sh",
            "-c",
            "echo up > up; read x < go; echo out",
        ]);
        Signals { ignored, blocked }.of(&mut command);
        let running = sandbox.start(command);
        up.line();
        for signal in [Signal::HUP, Signal::INT, Signal::QUIT, Signal::TERM, Signal::PIPE] {
            running.signal(signal);
        }
        go.open();
        running.done().ran().prints("out\n").complains("").returns(0);
        assert_eq!(sandbox.stamps().len(), 1);
    }
}

/// The shell text that tells which descriptors the command has.
const LOOK: &str = "sh -c 'ls -1 /proc/$$/fd'";

/// C47.
#[test]
fn the_command_gets_the_descriptors_we_inherited_and_none_of_ours() {
    let many = "3< file 4< file 5< file 6< file 7< file 8< file 9< file";
    for (inherited, input, output) in [
        ("", "", ""),
        ("5< file 7> other", "", ""),
        ("5< file 7> other", "<&-", ""),
        ("5< file 7> other", "< file", ""),
        ("5< file 7> other", "", "2>&1"),
        ("5< file 7> other", "", "> out"),
        (many, "", ""),
    ] {
        let sandbox = Sandbox::new();
        sandbox.write("file", "");
        let line = |how: &str| format!("exec {inherited}; {how} {LOOK} {input} {output}; cat out 2>/dev/null");
        // Its shell may leave a descriptor to the command, if we inherited many.
        let plain = sandbox.shell(&line("tallied")).output.stdout;
        for did in [Did::Run, Did::Replay] {
            sandbox.shell(&line("jobstamp -- tallied")).did(did).prints(&plain);
        }
    }
}

/// C47. Many of them, and in the places where ours would be.
#[test]
fn the_command_gets_all_descriptors_that_we_inherited_where_they_were() {
    let sandbox = Sandbox::new();
    let look = "ls -l /proc/$$/fd; exit 3";
    let call = |words: &[&str]| {
        let mut command = sandbox.command(words);
        command.stdin(any_file(&sandbox));
        // SAFETY: plain system calls, which may be made between fork and exec.
        unsafe {
            command.pre_exec(|| {
                for number in 3..=20 {
                    libc::dup2(0, number);
                }
                Ok(())
            });
        }
        let done = sandbox.start(command).done().returns(3);
        let listed = String::from_utf8_lossy(&done.output.stdout).into_owned();
        // `... 7 -> /some/file`, but for the standard ones, which are pipes of ours.
        let number_and_file = |line: &str| {
            let (before, file) = line.split_once(" -> ")?;
            let number: u32 = before.rsplit(' ').next()?.parse().ok()?;
            (number > 2).then(|| (number, file.to_owned()))
        };
        listed.lines().filter_map(number_and_file).collect::<Vec<_>>()
    };
    let plain = call(&["sh", "-c", look]);
    assert!(plain.len() >= 18, "{plain:?}");
    assert_eq!(call(&["jobstamp", "--stdin", "none", "--", "sh", "-c", look]), plain);
    assert_eq!(call(&["jobstamp", "--", "sh", "-c", look]), plain);
    assert_eq!(sandbox.stamps().len(), 2);
}

/// Opens a file that any descriptor may stand for.
fn any_file(sandbox: &Sandbox) -> std::fs::File {
    sandbox.write("any", "");
    std::fs::File::open(sandbox.path("any")).unwrap()
}

/// C47. Whatever we had to open to find out that the command has to run.
#[test]
fn nothing_that_we_opened_on_the_way_reaches_the_command() {
    for (what, before, call) in [
        ("a pipe", "", "echo x | jobstamp -- tallied"),
        ("much input", "", "seq 100000 | jobstamp --stdin key -- tallied"),
        (
            "dependencies",
            "mkdir d; echo 1 > d/f",
            "jobstamp --dependencies d 'd/*' d/f gone -- tallied",
        ),
        (
            "hashed dependencies",
            "mkdir d; echo 1 > d/f",
            "jobstamp --use-hashes --dependencies d 'd/*' d/f -- tallied",
        ),
        (
            "a stale stamp",
            "echo 1 > in; jobstamp --dependencies in -- tallied LOOK > /dev/null; echo 2 > in",
            "jobstamp --dependencies in -- tallied",
        ),
        (
            "a damaged stamp",
            r#"jobstamp -- tallied LOOK > /dev/null; for f in "$JOBSTAMPS_DIRECTORY"/*/*/??????????*; do echo x > "$f"; done"#,
            "jobstamp --quiet -- tallied",
        ),
        (
            "no store",
            r#"echo > "$JOBSTAMPS_DIRECTORY""#,
            "jobstamp --quiet -- tallied",
        ),
        ("no waiting", "", "jobstamp --no-wait -- tallied"),
        (
            "a list",
            "echo f > list; echo > f",
            "jobstamp --dependencies-from list -- tallied",
        ),
        (
            "a list on standard input",
            "echo f > list; echo > f",
            "jobstamp --dependencies-from - -- tallied < list",
        ),
        ("explaining", "", "JOBSTAMPS_DEBUG=1 jobstamp -- tallied"),
        ("disabled", "", "JOBSTAMPS_DISABLED=1 jobstamp -- tallied"),
    ] {
        let sandbox = Sandbox::new();
        sandbox.arrange(&before.replace("LOOK", LOOK));
        let (call, rest) = call.split_once(" <").unwrap_or((call, ""));
        let rest = if rest.is_empty() { "" } else { "< list" };
        let plain = sandbox.shell(&format!("{LOOK} {rest}")).output.stdout;
        let done = sandbox.shell(&format!("{call} {LOOK} {rest}")).ran();
        assert!(done.output.stdout == plain, "{what}: {done}");
    }
}

/// C47.
#[test]
fn nothing_that_we_opened_on_the_way_reaches_a_command_that_reads() {
    let sandbox = Sandbox::new();
    let job = "sh -c 'cat > /dev/null; ls /proc/$$/fd'";
    let plain = sandbox.shell(&format!("echo x | {job}")).output.stdout;
    // Nothing is known; it is known to read; it reads more than memory is to hold.
    for input in ["echo x", "echo y", "seq 100000"] {
        let line = format!("{input} | jobstamp -- tallied {job}");
        sandbox.shell(&line).ran().prints(&plain);
    }
}

/// C47. On a terminal we watch whether it is read.
#[test]
fn nothing_that_we_opened_on_the_way_reaches_a_command_on_a_terminal() {
    let sandbox = Sandbox::new();
    let plain = sandbox.on_terminal(LOOK).done().1;
    for _ in 0..2 {
        assert_eq!(
            sandbox.on_terminal(&format!("jobstamp -- tallied {LOOK}")).done().1,
            plain
        );
    }
}

/// C47. Who waited for the lock and got it has opened the stamp twice.
#[test]
fn nothing_that_we_opened_on_the_way_reaches_a_command_that_waited_for_its_turn() {
    let sandbox = Sandbox::new();
    let (up, go) = (sandbox.gate("up"), sandbox.gate("go"));
    sandbox.in_haste();
    let job = "sh -c 'echo $$ > up; read x < go; ls /proc/$$/fd'";
    let plain = sandbox.begin(job);
    up.line();
    go.open();
    let plain = plain.done().output.stdout;
    let line = format!("exec jobstamp -- tallied {job}");
    let leader = sandbox.begin(&line);
    let child = up.line();
    let said = sandbox.gate("said");
    let waiter = sandbox.begin(&format!("{line} 2> said"));
    said.line();
    leader.signal(Signal::KILL);
    leader.done().died_of(9);
    // Before the gate is opened: who is dying may still go through it.
    ends(&child);
    up.line();
    go.open();
    waiter.done().prints(plain).returns(0);
}

/// C26.
#[test]
fn closed_streams_are_closed_for_the_command_and_nothing_of_ours_lands_on_them() {
    // What it sees, and how writing to them fails.
    let look = r#"for n in 0 1 2; do test -e /proc/$$/fd/$n && seen="$seen $n"; done
        echo out; out=$?; echo err >&2; err=$?; echo "$seen, $out, $err" > seen; exit 6"#;
    for combination in 0..8 {
        let closed: String = ["<&- ", ">&- ", "2>&- "]
            .into_iter()
            .enumerate()
            .filter(|(number, _)| combination & (1 << number) != 0)
            .map(|(_, text)| text)
            .collect();
        let output_is_open = combination & 0b110 == 0;
        let sandbox = Sandbox::new();
        sandbox.write("look", look);
        let plain = sandbox.shell(&format!("sh look {closed}")).returns(6).output.clone();
        let seen = sandbox.read("seen");
        let line = format!("jobstamp -- tallied sh look {closed}");
        // Each time: what the command had to swallow is not known, so no recording of it could answer anybody else.
        for did in [Did::Run, if output_is_open { Did::Replay } else { Did::Run }] {
            sandbox
                .shell(&line)
                .did(did)
                .prints(&plain.stdout)
                .says(std::str::from_utf8(&plain.stderr).unwrap())
                .returns(6);
            assert_eq!(sandbox.read("seen"), seen, "{closed}");
        }
        // Were one of our files there, it would have been written into.
        let open = "jobstamp -- tallied sh look";
        for did in [if combination == 0 { Did::Replay } else { Did::Run }, Did::Replay] {
            sandbox
                .shell(open)
                .did(did)
                .prints("out\n")
                .complains("err\n")
                .returns(6);
        }
        sandbox.shell(&line).returns(6);
    }
}
