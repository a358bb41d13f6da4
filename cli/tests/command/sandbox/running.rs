//! A call that has not ended yet.

use std::io::Read as _;
use std::process::{Child, Command, Output};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};

use super::{Done, FOREVER, Sandbox};

/// A call that has not ended yet. Its output is gathered meanwhile.
#[must_use]
pub struct Running<'a> {
    sandbox: &'a Sandbox,
    call: String,
    runs_before: u64,
    pid: Pid,
    output: Receiver<Output>,
}

impl<'a> Running<'a> {
    pub(super) fn new(sandbox: &'a Sandbox, mut command: Command) -> Self {
        let runs_before = sandbox.runs();
        let call = format!("{command:?}");
        let child = command.spawn().unwrap_or_else(|error| panic!("{call}: {error}"));
        // What it was given is the child's alone from here on: a pipe must have no end in our hands.
        drop(command);
        let pid = Pid::from_child(&child);
        let (sender, output) = channel();
        thread::spawn(move || sender.send(gather(child)));
        Self {
            sandbox,
            call,
            runs_before,
            pid,
            output,
        }
    }

    /// The process id.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) -> &Self {
        kill_process(self.pid, signal).unwrap();
        self
    }

    /// Waits for its end, which is the end of its output too.
    #[track_caller]
    pub fn done(self) -> Done<'a> {
        let Ok(output) = self.output.recv_timeout(FOREVER) else {
            let _ = kill_process(self.pid, Signal::KILL);
            panic!("does not end: {}", self.call);
        };
        Done {
            sandbox: self.sandbox,
            call: self.call,
            output,
            runs: self.sandbox.runs() - self.runs_before,
        }
    }
}

fn gather(mut child: Child) -> Output {
    let mut stderr = child.stderr.take();
    let errors = thread::spawn(move || {
        let mut bytes = Vec::new();
        stderr.as_mut().map(|stream| stream.read_to_end(&mut bytes));
        bytes
    });
    let mut stdout = Vec::new();
    child.stdout.take().map(|mut stream| stream.read_to_end(&mut stdout));
    Output {
        stdout,
        stderr: errors.join().unwrap(),
        status: child.wait().unwrap(),
    }
}
