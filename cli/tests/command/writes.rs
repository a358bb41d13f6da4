//! What is behind our output: full, slow, not to be waited for, disturbed by signals. Every byte arrives, or its loss is said.

use std::fs::File;
use std::io::{Read as _, pipe};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::thread;

use rustix::fs::{Mode, OFlags, fcntl_getfl, fcntl_setfl, open};
use rustix::net::sockopt::set_socket_send_buffer_size;
use rustix::pipe::fcntl_setpipe_size;
use rustix::process::{PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

use crate::sandbox::{Did, Sandbox, amount};

/// A pair of ends, the first to read from.
type Ends = fn() -> (File, OwnedFd);

/// A pipe that holds a single page.
fn small_pipe() -> (File, OwnedFd) {
    let (reader, writer) = pipe().unwrap();
    fcntl_setpipe_size(&writer, 4096).unwrap();
    (OwnedFd::from(reader).into(), writer.into())
}

/// A socket that takes little at a time.
fn socket() -> (File, OwnedFd) {
    let (reader, writer) = UnixStream::pair().unwrap();
    set_socket_send_buffer_size(&writer, 4096).unwrap();
    (OwnedFd::from(reader).into(), writer.into())
}

/// A terminal that passes all bytes on as they are.
fn terminal() -> (File, OwnedFd) {
    let reader = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&reader).unwrap();
    unlockpt(&reader).unwrap();
    let name = ptsname(&reader, Vec::new()).unwrap();
    let writer = open(
        name.as_c_str(),
        OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC,
        Mode::empty(),
    )
    .unwrap();
    let mut manners = tcgetattr(&writer).unwrap();
    manners.make_raw();
    tcsetattr(&writer, OptionalActions::Now, &manners).unwrap();
    (reader.into(), writer)
}

/// Reads to the end in pieces that no writer wrote.
fn gather(mut reader: File) -> Vec<u8> {
    let mut all = Vec::new();
    let mut piece = [0; 777];
    loop {
        // A terminal's end is an error.
        match reader.read(&mut piece) {
            Ok(0) | Err(_) => return all,
            Ok(count) => all.extend_from_slice(&piece[..count]),
        }
    }
}

/// C28.
#[test]
fn whatever_takes_little_at_a_time_and_does_not_wait_gets_every_byte() {
    let expected = Sandbox::new().shell("seq 40000").output.stdout.clone();
    for (what, ends) in [("pipe", small_pipe as Ends), ("socket", socket), ("terminal", terminal)] {
        for flags in [OFlags::empty(), OFlags::NONBLOCK] {
            // Two streams stay two on a terminal, and their order is not exact.
            for joined in [false, true].into_iter().filter(|joined| !joined || what != "terminal") {
                let sandbox = Sandbox::new();
                let job = if joined {
                    "seq 20000; seq 20001 40000 >&2"
                } else {
                    "seq 40000"
                };
                for did in [Did::Run, Did::Replay] {
                    let (reader, writer) = ends();
                    fcntl_setfl(&writer, fcntl_getfl(&writer).unwrap() | flags).unwrap();
                    let mut command = sandbox.command(&["jobstamp", "--", "tallied", "sh", "-c", job]);
                    let again = writer.try_clone().unwrap();
                    command.stdout(writer);
                    let gathered = thread::spawn(move || gather(reader));
                    let done = if joined {
                        command.stderr(again);
                        sandbox.start_alone(command).done()
                    } else {
                        drop(again);
                        sandbox.start_with_its_own_output(command).done().complains("")
                    };
                    done.did(did).returns(0);
                    let got = gathered.join().unwrap();
                    assert!(
                        got == expected,
                        "{what} {flags:?} joined {joined} {did:?}: {} bytes",
                        got.len()
                    );
                }
            }
        }
    }
}

/// C28. Signals that nobody handles, and stops, interrupt whatever waits; so do those that we handle ourselves.
#[test]
fn a_storm_of_signals_changes_no_byte() {
    const PATTERN: &[u8] = b"0123456789\n";
    let most = amount(20_000_000, 1 << 30);
    let sandbox = Sandbox::new();
    for did in [Did::Run, Did::Replay] {
        let (mut reader, writer) = pipe().unwrap();
        let mut command: Command = sandbox.command(&["sh", "-c"]);
        let job = format!("yes 0123456789 | head -c {most}");
        command.arg(format!("trap '' ALRM; exec jobstamp -- tallied sh -c '{job}'"));
        command.stdout(writer);
        let running = sandbox.start_with_its_own_output(command);
        let process = pidfd_open(running.pid(), PidfdFlags::empty()).unwrap();
        let mut buffer = vec![0; 64 * 1024];
        let mut got = 0;
        loop {
            // One after the other, between any two reads.
            for signal in [Signal::CHILD, Signal::WINCH, Signal::STOP, Signal::CONT] {
                let _ = pidfd_send_signal(&process, signal);
            }
            if got > 0 {
                // Its default, until the shell has come to ignore it, is an end.
                let _ = pidfd_send_signal(&process, Signal::ALARM);
            }
            let count = reader.read(&mut buffer).unwrap();
            if count == 0 {
                break;
            }
            let start = got % PATTERN.len();
            let expected = PATTERN.iter().cycle().skip(start).take(count);
            assert!(
                buffer[..count].iter().eq(expected),
                "{did:?}, within {count} bytes from {got}"
            );
            got += count;
        }
        assert_eq!(got, most, "{did:?}");
        running.done().did(did).complains("").returns(0);
    }
}

/// C27.
#[test]
fn a_full_disk_behind_our_output_is_reported_and_the_stamp_is_good() {
    const FULL: &str = "jobstamp: write error: No space left on device\n";
    let sandbox = Sandbox::new();
    for (job, redirection, code, out, err) in [
        ("echo out", "> /dev/full", 125, "", FULL),
        ("echo out; exit 3", "> /dev/full", 3, "", FULL),
        ("echo out; echo err >&2", "2> /dev/full", 125, "out\n", ""),
        ("echo out; echo err >&2; exit 3", "2> /dev/full", 3, "out\n", ""),
        ("echo out; echo err >&2; :", "> /dev/full 2> /dev/full", 125, "", ""),
        ("echo out; echo err >&2; exit 4", "> /dev/full 2> /dev/full", 4, "", ""),
        ("echo out; echo err >&2; true", "> /dev/full 2>&1", 125, "", ""),
        // Whom it does not concern.
        ("echo out; echo err >&2; : :", "2> /dev/null", 0, "out\n", ""),
        ("echo err >&2", "> /dev/full", 0, "", "err\n"),
        // More than one write, and a stamp with a blob.
        ("seq 30000", "> /dev/full", 125, "", FULL),
    ] {
        let line = format!("jobstamp -- tallied sh -c '{job}'");
        for did in [Did::Run, Did::Replay] {
            let done = sandbox.shell(&format!("{line} {redirection}")).did(did);
            done.prints(out).complains(err).returns(code);
        }
        let plain = sandbox.shell(&format!("sh -c '{job}'")).output.clone();
        sandbox
            .shell(&line)
            .replayed()
            .prints(&plain.stdout)
            .complains(&plain.stderr);
    }
}

/// C27, C45. A file that may grow no more is a full disk.
#[test]
fn an_output_file_that_reaches_its_limit_is_reported() {
    let sandbox = Sandbox::new();
    let line = "jobstamp --quiet -- tallied sh -c 'seq 10000; exit $0'";
    for (code, expected) in [(0, 125), (3, 3)] {
        sandbox.shell(&format!("{line} {code}")).ran();
        for did in [Did::Replay, Did::Replay] {
            let done = sandbox
                .shell(&format!("ulimit -f 4; exec {line} {code} > out"))
                .did(did);
            done.complains("jobstamp: write error: File too large\n")
                .returns(expected);
        }
        let done = sandbox
            .shell(&format!("ulimit -f 4; exec {line} {code} more > out"))
            .ran();
        done.complains("jobstamp: write error: File too large\n")
            .returns(expected);
    }
}
