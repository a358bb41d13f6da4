//! Counts calls, for the ledger of their store: how often they were answered and made, and how long that took.
//!
//! Hits are gathered, since a write costs more than a hit. What was gathered is written with the next call that is made, with
//! a hit when it has grown old or much, and when the process ends. A process that is killed takes it along.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jobstamps::ledger::{Cause, Entry, What};
use jobstamps::{Cache, Hit, Reason, Recording};
use pyo3::exceptions::PyOSError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::notice::guarded;
use crate::prepared::Prepared;
use crate::surroundings::{Opened, all_open, now};

/// Once in so many hits it is asked what time it is.
const ROUND: u64 = 16;
/// So old may it grow, in seconds: less than the ledger waits for late entries of a day.
const OLD: i64 = 60;
/// Hits of so many different calls are much.
const MUCH: usize = 256;

/// Hits that were not written down yet.
#[derive(Debug, Default)]
pub(crate) struct Gathered(Mutex<Hits>);

#[derive(Debug, Default)]
struct Hits {
    calls: Calls,
    /// How many there were.
    count: u64,
    /// When the first of them was, and what time it was when that was last asked for, in seconds since 1970.
    since: i64,
    seconds: i64,
    /// In which generation of processes: a child of a fork leaves those of its parent to it.
    generation: u32,
}

/// By the first bytes of the calls' keys, which are spread as well as any hash.
type Calls = HashMap<u64, Call, BuildHasherDefault<Spread>>;

#[derive(Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn write(&mut self, _: &[u8]) {
        unreachable!("only numbers are hashed");
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The hits of one call.
#[derive(Debug)]
struct Call {
    name: Box<str>,
    times: u64,
    saved: u64,
    last: i64,
}

/// How many forks lie between this process and the first one; 0 before anything was counted here.
static GENERATION: AtomicU32 = AtomicU32::new(1);
/// The generation in which the end of the process was last thought of.
static WATCHED: AtomicU32 = AtomicU32::new(0);

/// Leaves what was gathered to the parent.
pub(crate) fn forked() {
    GENERATION.fetch_add(1, Relaxed);
}

/// The right to keep what a call returns, and what it is counted as.
pub(crate) struct Right {
    pub(crate) recording: Recording,
    cause: (Cause, Vec<u8>),
    began: Instant,
}

impl Right {
    /// The right to keep what a call returns that is made for a reason.
    pub(crate) fn of(recording: Recording, reason: &Reason) -> Self {
        Self {
            recording,
            cause: Cause::of(reason),
            began: Instant::now(),
        }
    }

    /// Divides it into the recording, and what a call is counted as.
    pub(crate) fn divided(self) -> (Recording, Run) {
        let run = Run {
            cause: self.cause,
            began: self.began,
        };
        (self.recording, run)
    }
}

/// A call that was made.
pub(crate) struct Run {
    cause: (Cause, Vec<u8>),
    began: Instant,
}

impl Gathered {
    fn hits(&self) -> MutexGuard<'_, Hits> {
        // Held while the GIL is held and no Python code runs, so that a fork cannot find it taken.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a hit; tells whether it is time to write.
    fn add(&self, job: [u8; 8], name: &str, saved: u64) -> bool {
        let generation = GENERATION.load(Relaxed);
        let mut hits = self.hits();
        if hits.generation != generation {
            *hits = Hits {
                generation,
                ..Hits::default()
            };
        }
        let is_first = hits.calls.is_empty();
        if is_first || hits.count.is_multiple_of(ROUND) {
            hits.seconds = now().seconds;
        }
        if is_first {
            hits.since = hits.seconds;
        }
        hits.count += 1;
        let last = hits.seconds;
        let key = u64::from_le_bytes(job);
        if let Some(call) = hits.calls.get_mut(&key) {
            call.times += 1;
            call.saved = call.saved.saturating_add(saved);
            call.last = last;
        } else {
            let call = Call {
                name: name.into(),
                times: 1,
                saved,
                last,
            };
            hits.calls.insert(key, call);
        }
        hits.calls.len() >= MUCH || !(0..OLD).contains(&(last - hits.since))
    }

    /// Takes all that was gathered in this process.
    fn take(&self) -> Calls {
        let mut hits = self.hits();
        let calls = std::mem::take(&mut hits.calls);
        if hits.generation == GENERATION.load(Relaxed) {
            calls
        } else {
            Calls::default()
        }
    }
}

impl Prepared {
    /// Counts a hit.
    pub(crate) fn count_hit(&self, py: Python<'_>, hit: &Hit) {
        if !self.wishes.counts {
            return;
        }
        let Entry { job, nanoseconds, .. } = hit.entry(b"", 0);
        if WATCHED.load(Relaxed) != GENERATION.load(Relaxed) {
            watch_the_end(py);
        }
        if self.opened.gathered.add(job, self.name(), nanoseconds) {
            write(py, &self.opened, None);
        }
    }

    /// Counts a call that was made; `unkept` says why its value is not kept, if it is not.
    pub(crate) fn count_run(&self, py: Python<'_>, run: Run, unkept: Option<(Cause, &str)>) {
        if !self.wishes.counts {
            return;
        }
        let (cause, about) = run.cause;
        let (what, detail) = match unkept {
            None => (What::Miss(cause), &about[..]),
            Some((cause, why)) => (What::Unkept(cause), why.as_bytes()),
        };
        let entry = Entry {
            what,
            seconds: now().seconds,
            times: 1,
            nanoseconds: nanoseconds(run.began.elapsed()),
            job: self.job.key().beginning(),
            name: self.name().as_bytes(),
            detail,
        };
        write(py, &self.opened, Some(entry));
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Writes what was gathered of a store, and one entry more. What cannot be written is not counted.
pub(crate) fn write(py: Python<'_>, opened: &Opened, more: Option<Entry>) {
    let gathered = opened.gathered.take();
    let earliest = now().seconds - OLD;
    let mut entries: Vec<Entry> = gathered
        .iter()
        .map(|(job, call)| Entry {
            what: What::Hit,
            // A process may sleep for days, and the ledger of a day that is over takes no more.
            seconds: call.last.max(earliest),
            times: call.times,
            nanoseconds: call.saved,
            job: job.to_le_bytes(),
            name: call.name.as_bytes(),
            detail: b"",
        })
        .collect();
    // They go to the day of the last of them.
    entries.sort_by_key(|entry| entry.seconds);
    entries.extend(more);
    if !entries.is_empty() {
        // A fault of ours here is nobody's business.
        let _ = py.detach(|| guarded(|| opened.cache.count(&entries)));
    }
}

/// Has Python tell us when this process ends.
#[cold]
fn watch_the_end(py: Python<'_>) {
    let is_first = WATCHED.swap(GENERATION.load(Relaxed), Relaxed) == 0;
    let _ = try_to_watch_the_end(py, is_first);
}

fn try_to_watch_the_end(py: Python<'_>, is_first: bool) -> PyResult<()> {
    let write_all = wrap_pyfunction!(write_all, py)?;
    if is_first {
        // A child of a fork has it from its parent.
        py.import(intern!(py, "atexit"))?
            .call_method1(intern!(py, "register"), (&write_all,))?;
    }
    // Its workers end in a way of their own.
    let modules = py.import(intern!(py, "sys"))?.getattr(intern!(py, "modules"))?;
    if let Ok(workers) = modules.get_item(intern!(py, "multiprocessing.util")) {
        let keywords = PyDict::new(py);
        keywords.set_item(intern!(py, "exitpriority"), 0)?;
        workers.call_method(intern!(py, "Finalize"), (py.None(), write_all), Some(&keywords))?;
    }
    Ok(())
}

/// Writes what was gathered of all stores.
#[pyfunction]
fn write_all(py: Python<'_>) {
    for opened in all_open() {
        write(py, &opened, None);
    }
}

/// Returns what is counted in the store in `directory`, for tests: by the names of functions, hits, misses, calls that are not
/// remembered, seconds saved and taken; and how often there was each cause.
#[pyfunction]
#[allow(clippy::type_complexity, clippy::needless_pass_by_value)] // A tuple, for tests only; as pyo3 passes paths.
pub(crate) fn counted(directory: PathBuf) -> PyResult<(Vec<(String, Times, f64, f64)>, Vec<(String, u64)>)> {
    let wrong = |error: jobstamps::Error| PyOSError::new_err(error.to_string());
    let counts = Cache::open(&directory, now, None).ledger(None).map_err(wrong)?;
    let seconds = |nanoseconds: u64| Duration::from_nanos(nanoseconds).as_secs_f64();
    let rows = counts.names.iter().map(|(name, tally)| {
        let name = String::from_utf8_lossy(name).into_owned();
        let times = (tally.hits, tally.misses, tally.unkept);
        (name, times, seconds(tally.saved), seconds(tally.taken))
    });
    let causes = counts.misses.iter().chain(&counts.unkept);
    let causes = causes.map(|(cause, causes)| (cause.word().to_owned(), causes.times));
    Ok((rows.collect(), causes.collect()))
}

type Times = (u64, u64, u64);
