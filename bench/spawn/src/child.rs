//! A process that is measured: started, listened to, reaped.

#![allow(clippy::disallowed_methods, reason = "spawns the commands that it measures")]

use std::io::{self, Read};
use std::process::{ChildStdout, Command, Stdio};

/// What becomes of the standard output of a command.
#[derive(Clone, Copy, PartialEq)]
pub enum Output {
    /// Nobody has it.
    Null,
    /// It is read to its end.
    Pipe,
    /// Each line of it is a moment.
    Lines,
}

/// One that was started.
pub struct Child {
    output: Option<ChildStdout>,
}

impl Child {
    /// Starts a command. With nothing but its streams to be set, the standard library does that by `posix_spawn`.
    pub fn start(words: &[String], output: Output) -> io::Result<Self> {
        let (program, arguments) = words.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(if output == Output::Null {
                Stdio::null()
            } else {
                Stdio::piped()
            })
            .stderr(Stdio::inherit())
            .spawn()?;
        Ok(Self {
            output: child.stdout.take(),
        })
    }

    /// Reads what it says to the end; of lines that are moments, returns how many nanoseconds later each was read.
    pub fn listen(self, output: Output) -> io::Result<Option<Vec<i128>>> {
        let Some(mut pipe) = self.output else {
            return Ok(None);
        };
        let (mut block, mut line, mut late) = (vec![0; 128 << 10], Vec::new(), Vec::new());
        loop {
            let length = pipe.read(&mut block)?;
            if length == 0 {
                return Ok((output == Output::Lines).then_some(late));
            }
            if output == Output::Lines {
                let read = now();
                for &byte in &block[..length] {
                    if byte == b'\n' {
                        late.push(read - moment(&line)?);
                        line.clear();
                    } else {
                        line.push(byte);
                    }
                }
            }
        }
    }
}

fn moment(line: &[u8]) -> io::Result<i128> {
    let text = str::from_utf8(line).map_err(io::Error::other)?;
    text.parse().map_err(io::Error::other)
}

/// What one took of the machine.
pub struct Taken {
    /// KiB of memory at most.
    pub peak: i64,
    /// Page faults that took no device.
    pub faults: i64,
}

/// Waits for any child to end. One that fails ends the measurement.
pub fn reap() -> io::Result<Taken> {
    let mut status = 0;
    // SAFETY: plain numbers, for which all zeroes are a value.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: both live until the call returns.
    if unsafe { libc::wait4(-1, &raw mut status, 0, &raw mut usage) } < 0 {
        return Err(io::Error::last_os_error());
    }
    if status == 0 {
        Ok(Taken {
            peak: usage.ru_maxrss,
            faults: usage.ru_minflt,
        })
    } else {
        Err(io::Error::other(format!("failed with status {status:#x}")))
    }
}

/// Returns the time of the clock that all processes share.
pub fn now() -> i128 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: it lives until the call returns.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    i128::from(now.tv_sec) * 1_000_000_000 + i128::from(now.tv_nsec)
}
