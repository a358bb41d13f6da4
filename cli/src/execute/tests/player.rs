//! A process that stands for jobstamp.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::os::fd::{AsRawFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use jobstamps::{Digest, Stream};
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, kill_process, kill_process_group, waitpid};

use super::super::signals::{Disposition, die_of, set_disposition};
use super::super::{Event, Inherited, Input, Launch, Outputs, run};

/// Where the player reports; far from what tests and commands use.
const REPORT: RawFd = 200;

/// The descriptor on which a command waits.
const GATE: RawFd = 8;

/// The descriptor on which a command tells how far it is.
const BELL: RawFd = 9;

/// What a standard descriptor of the player is.
pub enum Given {
    /// Closed.
    Closed,
    /// This.
    Open(OwnedFd),
    /// For output: a pipe that the test reads.
    Pipe,
}

impl<T: Into<OwnedFd>> From<T> for Given {
    fn from(descriptor: T) -> Self {
        Self::Open(descriptor.into())
    }
}

/// A process that stands for jobstamp, before it starts.
pub struct Player {
    program: PathBuf,
    arguments: Vec<OsString>,
    input: Given,
    out: Given,
    err: Given,
    outputs: Outputs,
    make_input: Box<dyn FnOnce() -> Input>,
    prepare: Box<dyn FnOnce()>,
}

/// Returns a player that runs a shell script.
pub fn shell(script: &str) -> Player {
    Player::new("/bin/sh", ["sh", "-c", script])
}

pub fn digest(bytes: &[u8]) -> Digest {
    Digest::of(bytes)
}

impl Player {
    /// Runs `program` with all of `arguments`, its own name first.
    pub fn new<T: AsRef<OsStr>>(program: impl Into<PathBuf>, arguments: impl IntoIterator<Item = T>) -> Self {
        let null = File::options().read(true).open("/dev/null").unwrap();
        Self {
            program: program.into(),
            arguments: arguments
                .into_iter()
                .map(|argument| argument.as_ref().to_owned())
                .collect(),
            input: Given::from(null),
            out: Given::Pipe,
            err: Given::Pipe,
            outputs: Outputs::Apart,
            make_input: Box::new(|| Input::Inherit),
            prepare: Box::new(|| ()),
        }
    }

    /// Sets standard input, and how it is handed on.
    pub fn input(mut self, given: impl Into<Given>, make_input: impl FnOnce() -> Input + 'static) -> Self {
        self.input = given.into();
        self.make_input = Box::new(make_input);
        self
    }

    pub fn closed_input(mut self) -> Self {
        self.input = Given::Closed;
        self
    }

    /// Sets standard output.
    pub fn out(mut self, given: impl Into<Given>) -> Self {
        self.out = given.into();
        self
    }

    pub fn closed_out(mut self) -> Self {
        self.out = Given::Closed;
        self
    }

    pub fn closed_err(mut self) -> Self {
        self.err = Given::Closed;
        self
    }

    /// Sets standard error.
    pub fn err(mut self, given: impl Into<Given>) -> Self {
        self.err = given.into();
        self
    }

    pub fn joined(mut self) -> Self {
        self.outputs = Outputs::Joined;
        self
    }

    /// Does something in the player before jobstamp's part begins.
    pub fn prepare(mut self, prepare: impl FnOnce() + 'static) -> Self {
        self.prepare = Box::new(prepare);
        self
    }

    /// Starts it.
    pub fn start(self) -> Playing {
        let (report, report_writer) = pipe().unwrap();
        let (gate_reader, gate) = pipe().unwrap();
        let (bell, bell_writer) = pipe().unwrap();
        let (out, out_given) = self.out.with_reader();
        let (err, err_given) = self.err.with_reader();
        let standard = [self.input.into_open(), out_given, err_given];

        // SAFETY: the child of this many-threaded process only goes on with this thread; the C library keeps its
        // allocator usable.
        let child = unsafe { libc::fork() };
        assert!(child >= 0);
        if child == 0 {
            let played = catch_unwind(AssertUnwindSafe(|| {
                become_player(
                    &standard,
                    [
                        gate_reader.as_raw_fd(),
                        bell_writer.as_raw_fd(),
                        report_writer.as_raw_fd(),
                    ],
                );
                (self.prepare)();
                play(&self.program, &self.arguments, self.outputs, self.make_input);
            }));
            // SAFETY: ends the player without the test harness's exit functions.
            unsafe { libc::_exit(if played.is_ok() { 0 } else { 101 }) }
        }
        Playing {
            pid: Pid::from_raw(child).unwrap(),
            out,
            err,
            report,
            gate: Some(gate),
            bell,
        }
    }

    /// Starts it, and waits for its end while reading all it says.
    pub fn play(self) -> Report {
        self.start().finish()
    }
}

impl Given {
    fn into_open(self) -> Option<OwnedFd> {
        match self {
            Self::Open(descriptor) => Some(descriptor),
            Self::Closed | Self::Pipe => None,
        }
    }

    fn with_reader(self) -> (Option<PipeReader>, Option<OwnedFd>) {
        match self {
            Self::Pipe => {
                let (reader, writer) = pipe().unwrap();
                (Some(reader), Some(writer.into()))
            }
            given => (None, given.into_open()),
        }
    }
}

/// A player at work.
pub struct Playing {
    pid: Pid,
    pub out: Option<PipeReader>,
    pub err: Option<PipeReader>,
    report: PipeReader,
    gate: Option<PipeWriter>,
    bell: PipeReader,
}

/// What came of it.
#[derive(Debug)]
pub struct Report {
    /// How the player itself ended.
    pub status: WaitStatus,
    /// All that arrived on its standard output.
    pub out: Vec<u8>,
    /// All that arrived on its standard error.
    pub err: Vec<u8>,
    /// All that was recorded of the command's standard output.
    pub recorded_out: Vec<u8>,
    /// All that was recorded of the command's standard error.
    pub recorded_err: Vec<u8>,
    /// What it says about how the command ended, as debug text.
    pub ended: String,
    /// All that the command rang and nobody heard.
    pub rung: String,
}

impl Playing {
    /// Lets the command through the gate once.
    pub fn open_gate(&mut self) {
        self.gate.as_mut().unwrap().write_all(b"\n").unwrap();
    }

    /// Waits until the command has rung a line, and returns it.
    pub fn wait_for_bell(&mut self) -> String {
        let mut line = Vec::new();
        let mut byte = [0];
        while byte != *b"\n" {
            assert_eq!(self.bell.read(&mut byte).unwrap(), 1, "the player ended after {line:?}");
            line.push(byte[0]);
        }
        String::from_utf8(line).unwrap().trim_end().to_owned()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).unwrap();
    }

    /// Sends a signal to its whole process group.
    pub fn signal_group(&self, signal: Signal) {
        kill_process_group(self.pid, signal).unwrap();
    }

    /// Waits until it stops; false if it ended instead.
    pub fn wait_for_stop(&self) -> bool {
        waitpid(Some(self.pid), WaitOptions::UNTRACED)
            .unwrap()
            .unwrap()
            .1
            .stopped()
    }

    /// Waits for its own end, whoever still holds its pipes.
    pub fn wait_for_status(&self) -> WaitStatus {
        waitpid(Some(self.pid), WaitOptions::empty()).unwrap().unwrap().1
    }

    /// Reads what the command rings until nobody is left who could.
    pub fn finish_bell(self) -> String {
        String::from_utf8(read_all(Some(self.bell))()).unwrap()
    }

    /// Waits for its end while reading all it says.
    pub fn finish(mut self) -> Report {
        drop(self.gate.take());
        // All at once: a player must never wait for us to read another stream first.
        let out = std::thread::spawn(read_all(self.out.take()));
        let err = std::thread::spawn(read_all(self.err.take()));
        let mut text = read_all(Some(self.report))();
        let (_, status) = waitpid(Some(self.pid), WaitOptions::empty()).unwrap().unwrap();
        let rung = String::from_utf8(read_all(Some(self.bell))()).unwrap();
        let mut next = || {
            if text.len() < 8 {
                return Vec::new();
            }
            let length = usize::from_ne_bytes(text[..8].try_into().unwrap());
            let field = text[8..8 + length].to_vec();
            text.drain(..8 + length);
            field
        };
        Report {
            recorded_out: next(),
            recorded_err: next(),
            ended: String::from_utf8(next()).unwrap(),
            out: out.join().unwrap(),
            err: err.join().unwrap(),
            status,
            rung,
        }
    }
}

impl Report {
    /// Fails unless the report says `words` about how the command ended.
    #[track_caller]
    pub fn says(&self, words: &str) -> &Self {
        assert!(self.ended.contains(words), "{words} is not in {}", self.ended);
        self
    }

    /// Fails unless this arrived, and was recorded, on standard output.
    #[track_caller]
    pub fn delivered(&self, out: &[u8]) -> &Self {
        assert_eq!(
            self.out.escape_ascii().to_string(),
            out.escape_ascii().to_string(),
            "{}",
            self.ended
        );
        assert_eq!(
            self.recorded_out.escape_ascii().to_string(),
            out.escape_ascii().to_string()
        );
        self
    }
}

fn read_all(source: Option<PipeReader>) -> impl FnOnce() -> Vec<u8> {
    move || {
        let mut all = Vec::new();
        source.map(|mut source| source.read_to_end(&mut all).unwrap());
        all
    }
}

/// Turns the forked child into a process as a shell would start it: given descriptors, no others, signals by default.
fn become_player(standard: &[Option<OwnedFd>; 3], [gate, bell, report]: [RawFd; 3]) {
    // SAFETY: plain system calls; whatever the numbers below 300 were, this process no longer needs them.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        // A test that hangs fails.
        libc::alarm(60);
        let high = |descriptor: RawFd| libc::fcntl(descriptor, libc::F_DUPFD, 300);
        let standard = standard
            .each_ref()
            .map(|given| given.as_ref().map(|open| high(open.as_raw_fd())));
        let [gate, bell, report] = [gate, bell, report].map(high);
        for (number, given) in (0..).zip(standard) {
            libc::close(number);
            if let Some(given) = given {
                libc::dup2(given, number);
            }
        }
        libc::close_range(3, 299, 0);
        libc::dup2(gate, GATE);
        libc::dup2(bell, BELL);
        libc::dup3(report, REPORT, libc::O_CLOEXEC);
        libc::close_range(300, libc::c_uint::MAX, 0);
        for signal in [
            libc::SIGPIPE,
            libc::SIGINT,
            libc::SIGHUP,
            libc::SIGQUIT,
            libc::SIGTERM,
            libc::SIGCHLD,
        ] {
            set_disposition(signal, Disposition::default_action());
        }
    }
}

fn play(program: &std::path::Path, arguments: &[OsString], outputs: Outputs, make_input: Box<dyn FnOnce() -> Input>) {
    // SAFETY: the descriptor was opened for this.
    let mut report = unsafe { File::from_raw_fd(REPORT) };
    let inherited = Inherited::capture();
    let mut recorded = [Vec::new(), Vec::new()];
    let mut stalls = 0;
    let launch = Launch {
        program,
        arguments,
        inherited: &inherited,
        outputs,
        input: make_input(),
    };
    let ended = run(launch, &mut |event| match event {
        Event::Output(stream, bytes) => recorded[usize::from(stream == Stream::Err)].extend_from_slice(bytes),
        Event::Stalled => {
            stalls += 1;
            ring("stalled\n");
        }
    });
    let code = match &ended {
        Ok(ended) => ended.how.code(),
        Err(error) => error.code(),
    };
    let text = match &ended {
        Ok(ended) => format!("{ended:?} stalls: {stalls}"),
        Err(error) => format!("{error}; exit code {code}"),
    };
    for field in [&recorded[0][..], &recorded[1][..], text.as_bytes()] {
        report.write_all(&field.len().to_ne_bytes()).unwrap();
        report.write_all(field).unwrap();
    }
    if let Ok(ended) = ended
        && let Some(signal) = ended.interrupted
    {
        die_of(signal);
    }
    std::mem::forget(report);
    // SAFETY: ends the player without the test harness's exit functions.
    unsafe { libc::_exit(i32::from(code)) }
}

fn ring(words: &str) {
    // SAFETY: the bell is open in every player, and is not closed here.
    let mut bell = unsafe { File::from_raw_fd(BELL) };
    bell.write_all(words.as_bytes()).unwrap();
    let _ = bell.into_raw_fd();
}
