//! Keys and job control: what a shell on a terminal does to us and to the command.

use std::os::unix::process::ExitStatusExt as _;

use rustix::process::{Pid, Signal, kill_process};

use crate::sandbox::Sandbox;
use crate::signals::leaves_nothing;

/// C15.
#[test]
fn control_c_ends_the_command_and_us_and_leaves_what_was_printed_and_nothing_else() {
    for (key, shown, number) in [("\x03", "^C", libc::SIGINT), ("\x1c", "^\\", libc::SIGQUIT)] {
        let sandbox = Sandbox::new();
        let _never = sandbox.gate("never");
        // More than fits into a stamp, so that there is something to be removed.
        let job = "seq 20000; echo ready; read x < never; echo more";
        let printed = (1..=20_000).map(|n| format!("{n}\r\n")).collect::<Vec<_>>().concat();
        // Again: nobody holds the lock any more.
        for runs in [1, 2] {
            let line = format!("ulimit -c 0; exec jobstamp -- tallied sh -c '{job}'");
            let mut terminal = sandbox.on_terminal(&line);
            terminal.shows("ready").types(key);
            let (status, screen) = terminal.done();
            assert_eq!(status.signal(), Some(number));
            assert!(
                screen == format!("{printed}ready\r\n{shown}"),
                "{}",
                &screen[screen.len() - 100..]
            );
            assert_eq!(sandbox.runs(), runs);
            leaves_nothing(&sandbox);
        }
    }
}

/// C15.
#[test]
fn a_command_that_handles_control_c_is_waited_for_and_we_die_of_it_after_it() {
    let sandbox = Sandbox::new();
    let job = "trap \"echo caught; exit 0\" INT; echo ready; while :; do :; done";
    for _ in 0..2 {
        let mut terminal = sandbox.on_terminal(&format!("exec jobstamp -- tallied sh -c '{job}'"));
        terminal.shows("ready").types("\x03");
        let (status, screen) = terminal.done();
        assert_eq!(status.signal(), Some(libc::SIGINT));
        assert_eq!(screen, "ready\r\n^Ccaught\r\n");
    }
    assert_eq!(sandbox.runs(), 2);
    leaves_nothing(&sandbox);
}

/// C15. Keys alone never kill it, however often they are hit.
#[test]
fn a_command_that_ignores_control_c_goes_on_to_its_end() {
    let sandbox = Sandbox::new();
    sandbox.in_haste();
    let go = sandbox.gate("go");
    let job = "trap \"\" INT; echo ready; read x < go; echo end; exit 7";
    let mut terminal = sandbox.on_terminal(&format!("exec jobstamp -- tallied sh -c '{job}'"));
    terminal
        .shows("ready")
        .types("\x03")
        .shows("^C")
        .types("\x03")
        .shows("^C^C");
    go.open();
    let (status, screen) = terminal.done();
    assert_eq!(status.signal(), Some(libc::SIGINT));
    assert!(screen.ends_with("end\r\n"), "{screen}");
    leaves_nothing(&sandbox);
}

/// C15, C37.
#[test]
fn control_c_ends_who_waits_and_leaves_who_runs_alone() {
    let sandbox = Sandbox::new();
    sandbox.in_haste();
    let (up, go) = (sandbox.gate("up"), sandbox.gate("go"));
    let line = "exec jobstamp -- tallied sh -c 'echo up > up; read x < go; echo out'";
    let mut command = sandbox.command(&["sh", "-c", line]);
    // The same kind of input as on the terminal, where both would be two jobs.
    command.arg("sh").stdin(std::process::Stdio::null());
    let leader = sandbox.start(command);
    up.line();
    let mut waiter = sandbox.on_terminal(&format!("{line} < /dev/null"));
    waiter.shows("waiting for process").types("\x03");
    assert_eq!(waiter.done().0.signal(), Some(libc::SIGINT));
    go.open();
    leader.done().ran().prints("out\n").returns(0);
    assert_eq!(sandbox.stamps().len(), 1);
}

/// C16.
#[test]
fn a_terminal_that_hangs_up_ends_the_command_and_us() {
    let sandbox = Sandbox::new();
    let up = sandbox.gate("up");
    let job = "trap \"echo gone > up; exit 0\" HUP; echo ready; while :; do :; done";
    let mut terminal = sandbox.on_terminal(&format!("exec jobstamp -- tallied sh -c '{job}'"));
    terminal.shows("ready");
    assert_eq!(terminal.hangs_up().signal(), Some(libc::SIGHUP));
    assert_eq!(up.line(), "gone");
    leaves_nothing(&sandbox);
}

/// C18.
#[test]
fn a_stopped_command_can_be_continued() {
    for how in ["fg", "bg; wait"] {
        let sandbox = Sandbox::new();
        let gate = sandbox.gate("go");
        let job = "tallied sh -c 'echo ready; read x < go; echo end; exit 3'";
        let line = format!("set -m; jobstamp -- {job}; echo stopped; {how} %1; echo code $?");
        let mut terminal = sandbox.on_terminal(&line);
        terminal.shows("ready").types("\x1a").shows("stopped");
        gate.open();
        terminal.shows("end").shows("code 3");
        terminal.done();
        assert_eq!(sandbox.stamps().len(), 1, "{how}");
    }
}

/// C18.
#[test]
fn a_command_in_the_background_that_reads_the_terminal_stops_until_it_is_in_the_foreground() {
    let sandbox = Sandbox::new();
    let job = "tallied sh -c 'read x; echo got $x'";
    let until_it_stops = "while jobs > jobs; grep -q Running jobs; do :; done; cat jobs";
    let line = format!("set -m; jobstamp -- {job} & {until_it_stops}; fg; echo code $?");
    let mut terminal = sandbox.on_terminal(&line);
    terminal
        .shows("Stopped")
        .types("words\n")
        .shows("got words")
        .shows("code 0");
    terminal.done();
    assert_eq!((sandbox.runs(), sandbox.stamps().len()), (1, 0));
}

/// C18.
#[test]
fn a_window_that_changes_its_size_is_noticed_by_the_command_alone() {
    let sandbox = Sandbox::new();
    let job = "trap \"stty size > size; echo resized\" WINCH; echo ready; until [ -e size ]; do :; done; echo end";
    sandbox.write("job", job);
    let mut terminal = sandbox.on_terminal("exec jobstamp -- tallied sh job");
    terminal.shows("ready").resizes(70).shows("resized");
    assert!(terminal.done().0.success());
    assert_eq!(sandbox.read("size"), b"24 70\n");
}

/// C18.
#[test]
fn who_is_stopped_alone_goes_on_where_it_was() {
    let sandbox = Sandbox::new();
    let (up, go) = (sandbox.gate("up"), sandbox.gate("go"));
    let expected = sandbox.shell("seq 20000; seq 20000").output.stdout;
    let job = "seq 20000; echo $$ > up; read x < go; seq 20000; exit 5";
    let words = ["jobstamp", "--", "tallied", "sh", "-c", job];
    let running = sandbox.start(sandbox.command(&words));
    let command = Pid::from_raw(up.line().parse().unwrap()).unwrap();
    // We; the command; both, in either order.
    let us = running.pid();
    for stopped in [&[us][..], &[command], &[us, command]] {
        for (signal, pids) in [(Signal::STOP, stopped), (Signal::CONT, stopped)] {
            for &pid in pids {
                kill_process(pid, signal).unwrap();
            }
        }
    }
    kill_process(command, Signal::STOP).unwrap();
    kill_process(us, Signal::TSTP).unwrap();
    go.open();
    kill_process(us, Signal::CONT).unwrap();
    kill_process(command, Signal::CONT).unwrap();
    running.done().ran().prints(&expected).complains("").returns(5);
    sandbox
        .start(sandbox.command(&words))
        .done()
        .replayed()
        .prints(&expected)
        .returns(5);
}
