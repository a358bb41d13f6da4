//! Signals that come while the command runs.

use std::fs::File;
use std::io::Write;
use std::os::fd::{FromRawFd, OwnedFd};

use rustix::process::Signal;

use super::super::Input;
use super::super::signals::{Disposition, set_disposition};
use super::shell;

#[test]
fn a_request_sent_to_us_reaches_the_command_and_we_die_of_it_after_it() {
    for (signal, name) in [
        (Signal::INT, "INT"),
        (Signal::TERM, "TERM"),
        (Signal::HUP, "HUP"),
        (Signal::QUIT, "QUIT"),
    ] {
        let script = format!("trap 'echo bye; exit 3' {name}; echo ready >&9; while :; do :; done");
        let mut playing = shell(&script).start();
        playing.wait_for_bell();
        playing.signal(signal);
        let report = playing.finish();
        report
            .delivered(b"bye\n")
            .says("how: Code(3)")
            .says(&format!("interrupted: Some({})", signal.as_raw()));
        assert_eq!(report.status.terminating_signal(), Some(signal.as_raw()));
    }
}

#[test]
fn a_second_request_is_forwarded_too() {
    let script = "trap 'trap \"exit 4\" TERM; echo one >&9' TERM; echo ready >&9; while :; do :; done";
    let mut playing = shell(script).start();
    playing.wait_for_bell();
    playing.signal(Signal::TERM);
    assert_eq!(playing.wait_for_bell(), "one");
    playing.signal(Signal::TERM);
    playing.finish().says("how: Code(4)").says("interrupted: Some(15)");
}

#[test]
fn nothing_is_awaited_from_processes_left_behind_once_we_were_asked_to_end() {
    // The one left behind holds the pipe and waits at the gate, which never opens.
    let script = "sh -c 'echo left >&9; read gate <&8' & trap 'echo bye; exit 0' TERM; while :; do :; done";
    let mut playing = shell(script).start();
    playing.wait_for_bell();
    playing.signal(Signal::TERM);
    let status = playing.wait_for_status();
    assert_eq!(status.terminating_signal(), Some(15));
    playing.open_gate();
}

#[test]
fn a_request_that_was_ignored_when_we_started_stays_ignored() {
    let ignore = || {
        set_disposition(libc::SIGHUP, Disposition::ignore());
    };
    let mut playing = shell("echo ready >&9; read gate <&8; exit 6").prepare(ignore).start();
    playing.wait_for_bell();
    playing.signal(Signal::HUP);
    playing.open_gate();
    playing.finish().says("how: Code(6)").says("interrupted: None");
}

#[test]
fn killing_us_takes_the_command_along() {
    let mut playing = shell("echo ready >&9; read gate <&8; echo survived >&9").start();
    playing.wait_for_bell();
    playing.signal(Signal::KILL);
    playing.wait_for_status();
    // The bell is silent for good only when the command is gone too.
    assert_eq!(playing.finish_bell(), "");
}

#[test]
fn stopping_and_continuing_the_process_group_harms_nothing() {
    let own_group = || {
        // SAFETY: a plain system call.
        unsafe { libc::setpgid(0, 0) };
    };
    let mut playing = shell("echo ready >&9; read gate <&8; echo done")
        .prepare(own_group)
        .start();
    playing.wait_for_bell();
    playing.signal_group(Signal::STOP);
    assert!(playing.wait_for_stop());
    playing.open_gate();
    playing.signal_group(Signal::CONT);
    playing
        .finish()
        .delivered(b"done\n")
        .says("how: Code(0)")
        .says("interrupted: None");
}

/// Makes the player the leader of a session whose terminal is standard input, as a login does.
fn take_the_terminal() {
    // SAFETY: plain system calls.
    unsafe {
        assert!(libc::setsid() > 0);
        assert_eq!(libc::ioctl(0, libc::TIOCSCTTY, 0), 0);
    }
}

#[test]
fn a_key_of_the_terminal_reaches_the_command_once() {
    let (mut keyboard, screen) = terminal();
    let script = "trap 'count=x$count' INT; echo ready >&9; until [ \"$count\" ]; do :; done; echo counted >&9
        read gate <&8; echo $count";
    let mut playing = shell(script)
        .input(screen, || Input::Terminal)
        .prepare(take_the_terminal)
        .start();
    playing.wait_for_bell();
    keyboard.write_all(b"\x03").unwrap();
    assert_eq!(playing.wait_for_bell(), "counted");
    playing.open_gate();
    playing
        .finish()
        .delivered(b"x\n")
        .says("interrupted: Some(2)")
        .says("read: Some(false)");
}

#[test]
fn reading_the_terminal_is_noticed() {
    let (mut keyboard, screen) = terminal();
    let player = shell("read line; echo $line")
        .input(screen, || Input::Terminal)
        .prepare(take_the_terminal);
    keyboard.write_all(b"word\n").unwrap();
    player.play().delivered(b"word\n").says("read: Some(true)");
}

/// Makes a terminal: the end that a user sits at, the end that a program has.
fn terminal() -> (File, OwnedFd) {
    let (mut keyboard, mut screen) = (-1, -1);
    let nothing = std::ptr::null_mut();
    // SAFETY: the call fills in two descriptors, which are ours alone, and is told nothing else.
    unsafe {
        assert_eq!(
            libc::openpty(
                &raw mut keyboard,
                &raw mut screen,
                nothing,
                nothing.cast(),
                nothing.cast()
            ),
            0
        );
        (File::from_raw_fd(keyboard), OwnedFd::from_raw_fd(screen))
    }
}
