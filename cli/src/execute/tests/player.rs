//! A process that stands for jobstamp.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{PipeReader, Write, pipe};
use std::os::fd::{AsRawFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use jobstamps::{Digest, Stream};

use super::super::signals::{Disposition, die_of, set_disposition};
use super::super::{Event, Inherited, Input, Launch, Outputs, run};
use super::playing::{Playing, Report};

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
        Playing::new(child, [out, err], report, gate, bell)
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
        libc::syscall(libc::SYS_close_range, 3, 299, 0);
        libc::dup2(gate, GATE);
        libc::dup2(bell, BELL);
        libc::dup3(report, REPORT, libc::O_CLOEXEC);
        libc::syscall(libc::SYS_close_range, 300, libc::c_uint::MAX, 0);
    }
    heed_signals();
}

/// Undoes what the tests themselves inherited: under nohup(1), or in the background of a script, some signals are ignored.
pub fn heed_signals() {
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
        onward: super::super::Onward::Ours,
    };
    let ended = run(launch, &mut |event| match event {
        Event::Output(stream, bytes) => recorded[usize::from(stream == Stream::Err)].extend_from_slice(bytes),
        Event::Started => {}
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
