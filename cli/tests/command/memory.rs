//! However much goes through us, it takes little memory: that of the process itself, as the system counted it at its highest.

use std::fs;
use std::io::{Read as _, pipe};
use std::process::Command;

use rustix::process::Pid;

use crate::sandbox::{Did, Done, Sandbox, amount};

/// What is promised: no more than so much above what a job of no size takes.
const MOST: u64 = 32 * 1024 * 1024;

/// A job that says what its parent, which is us, has needed until then, and some more.
const OWN_PEAK: &str = "grep VmHWM /proc/$PPID/status; seq 100000";

/// Returns what a job has said that is [`OWN_PEAK`], in bytes.
fn peak_said(done: &Done) -> u64 {
    let said = String::from_utf8_lossy(&done.output.stdout);
    kibibytes(said.lines().next().unwrap()) * 1024
}

/// Returns the most memory that a process had up to now, in bytes.
fn peak(process: Pid) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", process.as_raw_nonzero())).unwrap();
    kibibytes(status.lines().find(|line| line.starts_with("VmHWM:")).unwrap()) * 1024
}

/// Returns the number in `VmHWM:  1234 kB`.
fn kibibytes(line: &str) -> u64 {
    line.trim_start_matches("VmHWM:")
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap()
}

/// Does `command`, which says at least `least` bytes, and looks at it when all but the last of them have come: it cannot have ended.
#[track_caller]
fn measured(sandbox: &Sandbox, mut command: Command, least: u64) -> (Done<'_>, u64) {
    let (mut reader, writer) = pipe().unwrap();
    command.stdout(writer);
    let running = sandbox.start_with_its_own_output(command);
    let mut sink = std::io::sink();
    let most = std::io::copy(&mut reader.by_ref().take(least - 100_000), &mut sink).unwrap();
    let peak = peak(running.pid());
    let rest = std::io::copy(&mut reader, &mut sink).unwrap();
    assert!(most + rest >= least, "{most} + {rest} bytes came");
    (running.done(), peak)
}

/// C22, C23.
#[test]
fn much_output_takes_little_memory_on_run_and_on_hit() {
    let much = amount(64 << 20, 1 << 30) as u64;
    let lines = amount(50_000, 5_000_000);
    for (job, least) in [
        (format!("head -c {much} /dev/zero"), much),
        // Of two streams in turn, the turns are kept too.
        (
            format!("n=0; while [ $n -lt {lines} ]; do echo $n; echo $n >&2; n=$((n+1)); done"),
            6 * lines as u64 - 100_000,
        ),
    ] {
        let sandbox = Sandbox::new();
        // Compared with itself, too.
        for (words, did) in [("", Did::Run), ("", Did::Replay), ("verify", Did::Run)] {
            let mut command = sandbox.command(&["sh", "-c"]);
            command.arg(format!("exec jobstamp {words} -- tallied sh -c '{job}' 2> /dev/null"));
            let (done, peak) = measured(&sandbox, command, least);
            assert!(peak < MOST, "{job}, {words} {did:?}: {peak} bytes");
            done.did(did).returns(0);
        }
    }
}

/// C22, C29.
#[test]
fn much_input_takes_little_memory() {
    let much = amount(16 << 20, 1 << 30) as u64;
    let sandbox = Sandbox::new();
    for (options, input) in [
        // Relayed to a command of which nothing is known; read ahead, from the second time on; read ahead in any case.
        ("", "a pipe"),
        ("", "a pipe"),
        ("", "a pipe"),
        ("--stdin key", "a pipe"),
        ("--stdin key", "a pipe"),
        ("", "a file"),
        ("", "a file"),
    ] {
        let mut command = sandbox.command(&["sh", "-c"]);
        let call = format!("jobstamp {options} -- tallied cat");
        command.arg(match input {
            "a file" => format!("head -c {much} /dev/zero > in; exec {call} < in"),
            // The last command of a pipeline that the shell becomes.
            _ => format!("mkfifo fifo 2>&-; head -c {much} /dev/zero > fifo & exec {call} < fifo"),
        });
        let (done, peak) = measured(&sandbox, command, much);
        assert!(peak < MOST, "{input} {options}: {peak} bytes in {done}");
        done.complains("").returns(0);
    }
    assert!(sandbox.runs() < 7);
}

/// D15.
#[test]
fn a_huge_dependency_takes_little_memory() {
    let size = amount(256 << 20, 10 << 30) as u64;
    let sandbox = Sandbox::new();
    sandbox.write("in", "");
    let file = fs::File::options().write(true).open(sandbox.path("in")).unwrap();
    file.set_len(size).unwrap();
    let words = [
        "jobstamp",
        "--use-hashes",
        "--dependencies",
        "in",
        "--",
        "tallied",
        "sh",
        "-c",
        OWN_PEAK,
    ];
    // It was hashed before the job starts.
    let done = sandbox.call(words).ran();
    let peak = peak_said(&done);
    assert!(peak < MOST, "{peak} bytes");
    // Touched, it is hashed again before the replay.
    let (done, peak) = measured(&sandbox, done.age("in", 5).last_call(), 500_000);
    assert!(peak < MOST, "{peak} bytes on a hit");
    done.replayed().returns(0);
}

/// D12. All names of one directory at a time, and what is kept of the files up to a limit, are in memory.
#[test]
fn a_directory_of_many_files_takes_a_bounded_amount_of_memory() {
    const BOUND: u64 = 256 << 20;
    let files = amount(5_000, 200_000);
    let sandbox = Sandbox::new();
    sandbox.arrange(&format!(
        "mkdir d; cd d; seq -f '%.0f.a-name-of-some-length' {files} | xargs touch"
    ));
    for method in ["--dependencies", "--use-hashes"] {
        let words = [
            "jobstamp",
            method,
            "--dependencies",
            "d",
            "--",
            "tallied",
            "sh",
            "-c",
            OWN_PEAK,
        ];
        let done = sandbox.call(words).ran();
        let first = peak_said(&done);
        let (done, second) = measured(&sandbox, done.last_call(), 500_000);
        done.replayed().returns(0);
        assert!(first.max(second) < BOUND, "{method}: {first} bytes, {second} on a hit");
    }
}
