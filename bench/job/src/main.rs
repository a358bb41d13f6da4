//! A command that says or does just what a measurement needs.
//!
//! - `job lines COUNT MICROSECONDS [ANYTHING]`: says lines with a pause before each; a line is the moment at which it was said.
//! - `job bytes COUNT [ANYTHING]`: says that many bytes, as fast as somebody takes them.
//! - `job run MILLISECONDS TALLY`: takes its time, then adds a line to the file `TALLY`: the moment at which it ended.
//!
//! `ANYTHING` makes it another job. A moment is nanoseconds of the clock that all processes share.

#![allow(clippy::disallowed_methods, reason = "plays the part of other programs")]

use std::error::Error;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::thread;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["lines", count, pause, ..] => lines(count.parse()?, Duration::from_micros(pause.parse()?))?,
        ["bytes", count, ..] => bytes(count.parse()?)?,
        ["run", time, tally] => {
            thread::sleep(Duration::from_millis(time.parse()?));
            let mut file = OpenOptions::new().create(true).append(true).open(tally)?;
            file.write_all(format!("{}\n", now()).as_bytes())?;
        }
        _ => {
            return Err(
                "usage: job lines COUNT MICROSECONDS [ANYTHING] | bytes COUNT [ANYTHING] | run MILLISECONDS TALLY"
                    .into(),
            );
        }
    }
    Ok(())
}

fn lines(count: usize, pause: Duration) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for _ in 0..count {
        thread::sleep(pause);
        writeln!(out, "{}", now())?;
    }
    Ok(())
}

fn bytes(mut count: usize) -> io::Result<()> {
    let block = vec![b'.'; 64 << 10];
    let mut out = io::stdout().lock();
    while count > 0 {
        let part = count.min(block.len());
        out.write_all(&block[..part])?;
        count -= part;
    }
    out.flush()
}

fn now() -> i128 {
    let now = clock_gettime(ClockId::Monotonic);
    i128::from(now.tv_sec) * 1_000_000_000 + i128::from(now.tv_nsec)
}
