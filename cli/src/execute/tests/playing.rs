//! A player at work, and what came of it.

use std::io::{PipeReader, PipeWriter, Read, Write};

use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, kill_process, kill_process_group, waitpid};

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
    /// Takes over a process that was just started, and our ends of its pipes.
    pub fn new(
        child: i32,
        outputs: [Option<PipeReader>; 2],
        report: PipeReader,
        gate: PipeWriter,
        bell: PipeReader,
    ) -> Self {
        let [out, err] = outputs;
        Self {
            pid: Pid::from_raw(child).unwrap(),
            out,
            err,
            report,
            gate: Some(gate),
            bell,
        }
    }

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
