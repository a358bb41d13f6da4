//! Holds what the command did against what was expected, and against the job without us.

use std::fs;
use std::ops::RangeInclusive;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Output;

use super::calls::{Call, plain};
use super::kinds::JOBS;
use super::machine::{Checked, Machine};
use crate::shadow::{Asked, Detail, Expected, Fitness, Snapshot, View};

/// Whether a run is remembered, so that it can be replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stored {
    Never,
    Perhaps,
    Surely,
}

/// So many runs are right.
pub struct Bounds(RangeInclusive<usize>);

/// Tells how often a job may run that is asked for `count` times at once.
pub fn bounds(expected: Expected, stored: Stored, count: usize) -> Bounds {
    Bounds(match (expected, stored) {
        (Expected::Replay, _) => 0..=0,
        (Expected::Either, _) => 0..=count,
        (Expected::Run, Stored::Surely) => 1..=1,
        (Expected::Run, Stored::Perhaps) => 1..=count,
        (Expected::Run, Stored::Never) => count..=count,
    })
}

impl Bounds {
    /// Whether `ran` is right.
    pub fn holds(self, ran: u64) -> Checked {
        if self.0.contains(&usize::try_from(ran).unwrap()) {
            return Ok(());
        }
        Err(format!("it ran {ran} times, and {:?} would have been right", self.0))
    }
}

/// As a shell has it.
pub fn code(output: &Output) -> i32 {
    let status = output.status;
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap())
}

impl Machine<'_> {
    /// How all that the job depends on looks now.
    pub(super) fn look(&self, call: Call) -> Snapshot {
        self.see(call, false)
    }

    /// The same without what it makes itself.
    pub(super) fn guard(&self, call: Call) -> Snapshot {
        self.see(call, true)
    }

    fn see(&self, call: Call, everywhere: bool) -> Snapshot {
        let view = View {
            directory: &self.sandbox.path(""),
            left_out: call.kind.outputs(),
            everywhere,
        };
        Snapshot::take(call.kind.dependencies, view)
    }

    /// What the job has to do.
    pub(super) fn expected(&self, call: Call, now: &Snapshot) -> Expected {
        if call.how.disabled || !self.is_made(call) {
            return Expected::Run;
        }
        let shadow = self.shadows.get(&call.key());
        shadow.map_or(Expected::Run, |shadow| {
            shadow.expected(asked(call, &call.variant()), now)
        })
    }

    /// Whether its outputs are there.
    pub(super) fn is_made(&self, call: Call) -> bool {
        call.kind
            .outputs()
            .iter()
            .all(|output| fs::metadata(self.sandbox.path(output)).is_ok())
    }

    /// Whether a run that ended with `code` is remembered; `before` and `guard` are how the world looked when it began.
    pub(super) fn stored(&self, call: Call, before: &Snapshot, guard: &Snapshot, code: i32) -> Stored {
        let now = self.guard(call);
        let is_refused = self.state.is_read_only || call.how.disabled || (call.how.discard_failures && code != 0);
        // What it edits itself may have been missing when it began.
        let is_unfit = before.fitness() == Fitness::Unfit || self.look(call).fitness() != Fitness::Fit;
        if is_refused || is_unfit || !guard.agrees(&now, Detail::Times) {
            Stored::Never
        } else if !guard.agrees(&now, Detail::All) || !self.is_made(call) {
            Stored::Perhaps
        } else {
            Stored::Surely
        }
    }

    /// A run begins: what it will write is no longer what an earlier run left, of this job or of another.
    pub(super) fn begin(&mut self, call: Call) {
        if call.kind.outputs().is_empty() || call.how.disabled {
            return;
        }
        // Nobody counts as the maker of a directory.
        self.state.knows_makers &= !self.sandbox.path(call.kind.output).is_dir();
        let key = call.key();
        self.shadows.entry(key).or_default();
        for ((number, input), shadow) in &mut self.shadows {
            let kind = &JOBS[self.case.jobs[*number].kind];
            let writes_the_same = kind.output == call.kind.output && !call.kind.reads_its_output();
            if (*number, *input) != key && !writes_the_same {
                continue;
            }
            if self.state.is_read_only || ((*number, *input) != key && !self.state.knows_makers) {
                shadow.doubt();
            } else {
                shadow.forget(|_| true);
            }
        }
    }

    /// Notes that the job was replayed, or ran and ended with `code`.
    pub(super) fn note(&mut self, call: Call, before: &Snapshot, ran: bool, code: i32, stored: Stored) {
        if ran {
            self.begin(call);
            self.made.remove(call.kind.output);
            if let Some(bytes) = read(&self.sandbox.path(call.kind.output)) {
                self.made.insert(call.kind.output, (call.number, bytes));
            }
        }
        let after = self.look(call);
        let variant = call.variant();
        let asked = asked(call, &variant);
        let shadow = self.shadows.entry(call.key()).or_default();
        if !ran {
            shadow.replayed(asked, before);
        } else if stored != Stored::Never || after.fitness() == Fitness::Missing {
            shadow.ran(asked, after, code != 0, stored == Stored::Surely);
        }
    }

    /// Holds what was said and returned against what the job says and returns without us. Where all `is_calm`, there is no
    /// word of ours between it.
    pub(super) fn compare(&mut self, call: Call, outputs: &[Output], first: &str, is_calm: bool) -> Checked {
        let now = self.look(call);
        let plain = self.sandbox.start(plain(self.sandbox, call)).done().output;
        if !now.agrees(&self.look(call), Detail::Content) {
            return Err(format!("without a cache it would have edited what was\n{}", now.text()));
        }
        // Of two jobs that write the same file, one line says so.
        let is_alone = self.shadows.len() == 1 || call.kind.output.is_empty();
        let is_calm = is_calm && is_alone && !self.state.is_troubled && outputs.len() == 1 && !now.matches_nothing;
        for output in outputs {
            let expected = [first.as_bytes(), &plain.stdout].concat();
            let said = if is_calm {
                output.stderr.clone()
            } else {
                without_warnings(&output.stderr)
            };
            let stdout = if is_calm {
                output.stdout.clone()
            } else {
                without_warnings(&output.stdout)
            };
            for (what, said, expected) in [("stdout", &stdout, &expected), ("stderr", &said, &plain.stderr)] {
                if said != expected {
                    let (said, expected) = (shown(said), shown(expected));
                    return Err(format!("on {what}:\n{said}\nand without a cache:\n{expected}"));
                }
            }
            if code(output) != code(&plain) {
                return Err(format!("code {}, and without a cache {}", code(output), code(&plain)));
            }
        }
        self.compare_made(call)
    }

    /// What lies there as the job's output is what it would make, if nobody else wrote it.
    fn compare_made(&self, call: Call) -> Checked {
        let path = self.sandbox.path(call.kind.output);
        let Some((number, bytes)) = self.made.get(call.kind.output) else {
            return Ok(());
        };
        let is_its_own = *number == call.number && read(&path).is_some_and(|now| now == *bytes);
        let plain = fs::read(self.sandbox.beside("plain")).unwrap_or_default();
        if is_its_own && !self.state.is_read_only && self.state.knows_makers && !call.kind.formats() && plain != *bytes
        {
            return Err(format!(
                "it made:\n{}\nand without a cache:\n{}",
                shown(bytes),
                shown(&plain)
            ));
        }
        Ok(())
    }
}

/// Reads a file, and no fifo: who opens one waits.
fn read(path: &Path) -> Option<Vec<u8>> {
    path.is_file().then(|| fs::read(path).ok()).flatten()
}

fn asked<'a>(call: Call, variant: &'a str) -> Asked<'a> {
    Asked {
        method: call.how.method,
        variant,
        only_success: call.how.discard_failures,
    }
}

fn without_warnings(bytes: &[u8]) -> Vec<u8> {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    lines
        .filter(|line| !line.starts_with(b"jobstamp: "))
        .flatten()
        .copied()
        .collect()
}

fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    if text.len() < 1000 {
        text.into_owned()
    } else {
        format!("{} bytes", text.len())
    }
}
