//! Fills a store as so many runs would, through the crate's public doors; tells how long its upkeep takes.
//!
//! - `fill stamps DIRECTORY FROM TO THREADS`: remembers the jobs `echo FROM` to `echo TO`, the last not included.
//! - `fill stats DIRECTORY` measures the store; prints stamps, bytes, nanoseconds, how many bytes were read for it, and the most KiB
//!   that this process held.
//! - `fill survey DIRECTORY` reads every stamp, cold section and all; prints the same.
//! - `fill sweep DIRECTORY BYTES` lets go what is too much; prints the same of what went.

#![allow(clippy::disallowed_methods, reason = "asks the system what it read")]

use std::error::Error;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Instant, SystemTime};

use jobstamps::job::Command;
use jobstamps::store::{Limits, Stats};
use jobstamps::{Cache, Job, Lookup, Stream};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["stamps", directory, from, to, threads] => {
            fill(Path::new(directory), from.parse()?, to.parse()?, threads.parse()?);
        }
        ["stats", directory] => tell(|| cache(Path::new(directory)).stats())?,
        ["survey", directory] => tell(|| survey(&cache(Path::new(directory))))?,
        ["sweep", directory, bytes] => {
            let limits = Limits {
                bytes: bytes.parse()?,
                ..Limits::default()
            };
            tell(|| cache(Path::new(directory)).sweep(&limits))?;
        }
        _ => {
            return Err(
                "usage: fill stamps DIRECTORY FROM TO THREADS | stats DIRECTORY | survey DIRECTORY | sweep DIRECTORY BYTES".into(),
            );
        }
    }
    Ok(())
}

fn cache(directory: &Path) -> Cache {
    Cache::open(directory, || SystemTime::now().into(), None)
}

fn fill(directory: &Path, from: usize, to: usize, threads: usize) {
    thread::scope(|scope| {
        for first in from..(from + threads).min(to) {
            scope.spawn(move || {
                let cache = cache(directory);
                for number in (first..to).step_by(threads) {
                    remember(&cache, number);
                }
            });
        }
    });
}

/// Remembers what `echo` said, had it been asked to say `number`.
fn remember(cache: &Cache, number: usize) {
    let job = Job::command(Command::new("/bin/echo", [number.to_string()]));
    if let Lookup::Stale(stale) = cache.lookup(&job, None) {
        let mut recording = stale.recording;
        recording.say(Stream::Out, format!("{number}\n").as_bytes());
        let warnings = recording.save_exit(0).warnings;
        assert!(warnings.is_empty(), "{}", warnings[0]);
    }
}

fn survey(cache: &Cache) -> Result<Stats, jobstamps::Error> {
    let (stamps, bytes) = (AtomicU64::new(0), AtomicU64::new(0));
    cache.survey(&|found| {
        for (number, stamp) in found.stamps(None, false).enumerate() {
            assert!(stamp.is_ok() && found.cold(number).is_some());
            stamps.fetch_add(1, Ordering::Relaxed);
        }
        bytes.fetch_add(found.file().1.size, Ordering::Relaxed);
    })?;
    Ok(Stats {
        stamps: stamps.into_inner(),
        bytes: bytes.into_inner(),
    })
}

fn tell<E: Error + 'static>(measured: impl FnOnce() -> Result<Stats, E>) -> Result<(), Box<dyn Error>> {
    let before = bytes_read();
    let start = Instant::now();
    let stats = measured()?;
    let (time, read) = (start.elapsed().as_nanos(), bytes_read() - before);
    let peak = told("/proc/self/status", "VmHWM:");
    println!("{} {} {time} {read} {peak}", stats.stamps, stats.bytes);
    Ok(())
}

/// Returns how many bytes this process has read.
fn bytes_read() -> u64 {
    told("/proc/self/io", "rchar:")
}

/// Returns the number behind `label` in a file of the system, 0 where it does not tell.
fn told(file: &str, label: &str) -> u64 {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let rest = text.lines().find_map(|line| line.strip_prefix(label));
    let number = rest.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    number.unwrap_or_default()
}
