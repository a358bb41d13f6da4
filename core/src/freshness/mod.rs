//! Decides whether a stamp still speaks for its job.
//!
//! A stamp is fresh when running the job again could change nothing we can see: its program and code are what they were,
//! every dependency looks as it did when the job last started, and every output is still there. Otherwise it is stale,
//! and we can say why.
//!
//! Not seen: files the job reads but does not declare, the network. This module does no I/O: callers hand it a way to
//! look ([`World`]).

mod reason;
mod contrast;

pub use contrast::{Contrast, Kin, Setting, contrasts, distance, is_near, least_distance};
pub use reason::Reason;

use std::path::{Path, PathBuf};

use crate::disk::Time;
use crate::encoding::compare;
use crate::fingerprint::{Change, Comparison, Fingerprint, ProgramFile};
use crate::job::{CodePart, Declared, Input, Invocation, Job, PipeState};
use crate::stamp::{Condition, Outcome, Stamp};

/// Compares the files of a program with their records; returns the first that changed, and how.
pub type LookAtProgram<'a> = dyn FnMut(&[ProgramFile]) -> Option<(PathBuf, Change)> + 'a;

/// How to look at the world.
pub struct World<'a> {
    /// Returns the first file of the recorded program that changed.
    pub program: &'a mut LookAtProgram<'a>,
    /// Compares a dependency with its record.
    pub dependency: &'a mut dyn FnMut(&Declared, &Fingerprint) -> Comparison,
    /// Returns whether an output is there.
    pub output: &'a mut dyn FnMut(&Declared) -> bool,
    /// Brings back the parts of the recorded code, if they are known.
    pub parts: &'a mut dyn FnMut() -> Option<Vec<CodePart>>,
    /// Tells the time.
    pub clock: &'a mut dyn FnMut() -> Time,
}

/// How many reasons are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The first is enough to know that the job has to run.
    First,
    /// All of them, for people.
    All,
}

/// Whether a stamp speaks for its job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It does. These of its dependencies (by index) have a newer record that is cheaper to compare.
    Fresh(Vec<(usize, Fingerprint)>),
    /// It does not; at least one reason, in the order of the job's own lists.
    Stale(Vec<Reason>),
}

/// Decides whether `stamp` still speaks for `job`.
#[must_use]
pub fn judge(stamp: &Stamp, job: &Job, world: &mut World, extent: Extent) -> Verdict {
    let mut judgement = Judgement::begun(extent);
    // The first reason is the one that people and `out_of_date` are told, so the order is part of the promise.
    let _ = judgement
        .circumstances(stamp, job, world)
        .and_then(|()| judgement.outputs(stamp, job, world))
        .and_then(|()| judgement.dependencies(stamp, job, world));
    if judgement.reasons.is_empty() {
        Verdict::Fresh(judgement.renewed)
    } else {
        Verdict::Stale(judgement.reasons)
    }
}

/// Decides as [`judge`] does of all but the dependencies: where these are compared elsewhere.
pub(crate) fn judge_all_else(stamp: &Stamp, job: &Job, world: &mut World, extent: Extent) -> Vec<Reason> {
    let mut judgement = Judgement::begun(extent);
    let _ = judgement
        .circumstances(stamp, job, world)
        .and_then(|()| judgement.outputs(stamp, job, world));
    judgement.reasons
}

/// Returns whether a stamp of `condition` can speak for what stands in the job's pipe now.
fn fits(condition: Condition, job: &Job) -> bool {
    let Invocation::Command(command) = &job.invocation else {
        return true;
    };
    match (condition, command.input) {
        (Condition::Empty, Input::Pipe(state)) => state == PipeState::Empty,
        (Condition::Idle, Input::Pipe(state)) => state == PipeState::Idle,
        _ => true,
    }
}

struct Judgement {
    extent: Extent,
    reasons: Vec<Reason>,
    renewed: Vec<(usize, Fingerprint)>,
}

impl Judgement {
    fn begun(extent: Extent) -> Self {
        Self {
            extent,
            reasons: Vec::new(),
            renewed: Vec::new(),
        }
    }

    /// Notes `reason`; `None` ends the judgement.
    fn stale(&mut self, reason: Reason) -> Option<()> {
        self.reasons.push(reason);
        (self.extent == Extent::All).then_some(())
    }

    fn circumstances(&mut self, stamp: &Stamp, job: &Job, world: &mut World) -> Option<()> {
        if !fits(stamp.condition, job) {
            self.stale(Reason::Input)?;
        }
        if let Outcome::Exit { code: code @ 1.., .. } = stamp.outcome
            && job.only_success
        {
            self.stale(Reason::Failed(code))?;
        }
        self.code(stamp, job, world)?;
        if job.program.is_some()
            && let Some((path, change)) = (world.program)(&stamp.program)
        {
            self.stale(Reason::Program(path, change))?;
        }
        if let Some(limit) = job.expires {
            let now = (world.clock)();
            // A stamp from the future is of another clock: nobody knows how old it is.
            let counts = now >= stamp.started && u128::from(now.nanoseconds_since(stamp.started)) < limit.as_nanos();
            if !counts {
                self.stale(Reason::Expired)?;
            }
        }
        Some(())
    }

    fn code(&mut self, stamp: &Stamp, job: &Job, world: &mut World) -> Option<()> {
        let (record, code) = match (&stamp.code, &job.code) {
            (None, None) => return Some(()),
            (Some(record), Some(code)) if record.speaks_for(code) => return Some(()),
            (record, code) => (record, code),
        };
        let part = match (record, code) {
            (Some(record), Some(code)) => (world.parts)().and_then(|parts| record.difference(&parts, code)),
            _ => None,
        };
        let name = code.as_ref().map(|code| &code.name);
        let function = name.or(record.as_ref().map(|record| &record.name)).cloned();
        self.stale(Reason::Code {
            function: function.unwrap_or_default(),
            part,
        })
    }

    fn outputs(&mut self, stamp: &Stamp, job: &Job, world: &mut World) -> Option<()> {
        let mut left = vec![true; stamp.outputs.len()];
        for output in &job.outputs {
            match find(&stamp.outputs, output.path(), |path| path) {
                Some(index) => left[index] = false,
                None => self.stale(Reason::OutputAdded(output.given().to_path_buf()))?,
            }
            if !(world.output)(output) {
                self.stale(Reason::OutputMissing(output.given().to_path_buf()))?;
            }
        }
        for (path, _) in stamp.outputs.iter().zip(left).filter(|(_, left)| *left) {
            self.stale(Reason::OutputRemoved(path.clone()))?;
        }
        Some(())
    }

    fn dependencies(&mut self, stamp: &Stamp, job: &Job, world: &mut World) -> Option<()> {
        let mut left = vec![true; stamp.dependencies.len()];
        let mut next = 0;
        for dependency in &job.dependencies {
            let given = || dependency.given().to_path_buf();
            // Nearly always they come in the order of the last time.
            let is_next = stamp
                .dependencies
                .get(next)
                .is_some_and(|(path, _)| path.as_os_str() == dependency.path().as_os_str());
            let found = is_next.then_some(next);
            let found = found.or_else(|| find(&stamp.dependencies, dependency.path(), |(path, _)| path));
            let Some(index) = found else {
                self.stale(Reason::DependencyAdded(given()))?;
                continue;
            };
            next = index + 1;
            // Given twice, it is looked at once.
            if !std::mem::replace(&mut left[index], false) {
                continue;
            }
            match (world.dependency)(dependency, &stamp.dependencies[index].1) {
                Comparison::Same => {}
                Comparison::Renewed(fingerprint) => self.renewed.push((index, fingerprint)),
                Comparison::Different(change) => self.stale(Reason::Dependency(given(), change))?,
            }
        }
        for ((path, _), _) in stamp.dependencies.iter().zip(left).filter(|(_, left)| *left) {
            self.stale(Reason::DependencyRemoved(path.clone()))?;
        }
        Some(())
    }
}

/// Orders paths by their bytes, as the lists of a stamp are.
#[must_use]
#[inline(never)] // Each place that sorts would have it many times over.
pub fn in_order(one: &Path, other: &Path) -> std::cmp::Ordering {
    compare(one.as_os_str().as_encoded_bytes(), other.as_os_str().as_encoded_bytes())
}

/// Returns `declared` in order of their paths, the first of each.
#[cold]
#[inline(never)]
pub(crate) fn sorted(declared: &[Declared]) -> Vec<Declared> {
    let mut sorted = declared.to_vec();
    sorted.sort_by(|one, other| in_order(one.path(), other.path()));
    sorted.dedup_by(|one, other| one.path() == other.path());
    sorted
}

fn find<T>(sorted: &[T], path: &Path, path_of: impl Fn(&T) -> &PathBuf) -> Option<usize> {
    sorted.binary_search_by(|item| in_order(path_of(item), path)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Digest;
    use crate::job::Code;
    use crate::stamp::CodeRecord;
    use std::time::Duration;

    fn code(form: &str) -> Code {
        let part = CodePart {
            name: "function lint".into(),
            digest: Digest::of(form.as_bytes()),
        };
        Code::of("lint", vec![part])
    }

    fn stamp(dependencies: &[&str], outputs: &[&str]) -> Stamp {
        Stamp {
            program: Vec::new(),
            code: Some(CodeRecord::of(&code("1"), Vec::new(), Vec::new())),
            dependencies: dependencies
                .iter()
                .map(|path| (path.into(), Fingerprint::Missing))
                .collect(),
            outputs: outputs.iter().map(PathBuf::from).collect(),
            condition: Condition::Any,
            started: Time::default(),
            took: 0,
            outcome: Outcome::ReadsInput,
        }
    }

    fn job(dependencies: &[&str], outputs: &[&str]) -> Job {
        let mut job = Job::call("lint", "");
        job.code = Some(code("1"));
        let directory = Path::new("/w");
        job.dependencies = dependencies
            .iter()
            .map(|given| Declared::new(given, directory))
            .collect();
        job.outputs = outputs.iter().map(|given| Declared::new(given, directory)).collect();
        job
    }

    /// Judges in a world where all is as it was but for `changed`.
    fn reasons(stamp: &Stamp, job: &Job, changed: &[&str], extent: Extent) -> Vec<String> {
        let mut world = World {
            program: &mut |_| None,
            dependency: &mut |declared, _| {
                if changed.contains(&declared.given().to_str().unwrap()) {
                    Comparison::Different(Change::Content)
                } else {
                    Comparison::Same
                }
            },
            output: &mut |declared| !changed.contains(&declared.given().to_str().unwrap()),
            parts: &mut || Some(code("1").parts.to_vec()),
            clock: &mut || at(100),
        };
        match judge(stamp, job, &mut world, extent) {
            Verdict::Fresh(_) => Vec::new(),
            Verdict::Stale(reasons) => reasons.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn a_stamp_is_fresh_while_nothing_differs_whatever_the_order_of_the_lists() {
        let stamp = stamp(&["/w/a", "/w/b"], &["/w/o"]);
        for dependencies in [&["a", "b"][..], &["b", "a"], &["/w/b", "./a", "b"]] {
            assert_eq!(
                reasons(&stamp, &job(dependencies, &["o"]), &[], Extent::All),
                Vec::<String>::new()
            );
        }
    }

    #[test]
    fn reasons_come_in_the_order_people_are_promised_and_in_the_callers_words() {
        let stamp = stamp(&["/w/a", "/w/b", "/w/gone"], &["/w/o", "/w/old"]);
        let mut job = job(&["b", "./a", "new"], &["o", "more"]);
        job.code = Some(code("2"));
        let all = reasons(&stamp, &job, &["b", "./a", "o"], Extent::All);
        assert_eq!(
            all,
            [
                "the function `lint` changed",
                "the output `o` is missing",
                "the output `more` was added",
                "the output `/w/old` was removed from the list",
                "the dependency `b` changed: its content differs",
                "the dependency `./a` changed: its content differs",
                "the dependency `new` was added",
                "the dependency `/w/gone` was removed from the list",
            ]
        );
        assert_eq!(reasons(&stamp, &job, &["b"], Extent::First), all[..1]);
    }

    fn at(seconds: i64) -> Time {
        Time {
            seconds,
            nanoseconds: 0,
        }
    }

    #[test]
    fn a_stamp_expires_when_it_is_as_old_as_the_job_says_or_from_the_future() {
        for (started, limit, fresh) in [
            (90, None, true),
            (90, Some(11), true),
            (90, Some(10), false),
            (100, Some(1), true),
            (100, Some(0), false),
            (101, Some(1000), false),
            (101, None, true),
            (0, Some(u64::MAX), true),
        ] {
            let job = Job {
                expires: limit.map(Duration::from_secs),
                ..job(&[], &[])
            };
            let stamp = Stamp {
                started: at(started),
                took: 0,
                ..stamp(&[], &[])
            };
            let expected: &[&str] = if fresh { &[] } else { &["its stamp has expired"] };
            assert_eq!(reasons(&stamp, &job, &[], Extent::All), expected, "{started} {limit:?}");
        }
    }

    #[test]
    fn a_stamp_of_an_empty_or_idle_pipe_speaks_for_no_other() {
        use PipeState::{Data, Empty, Idle};
        for (condition, fitting) in [
            (Condition::Any, &[Data, Empty, Idle][..]),
            (Condition::Empty, &[Empty]),
            (Condition::Idle, &[Idle]),
        ] {
            for state in [Data, Empty, Idle] {
                let mut command = crate::job::Command {
                    arguments: Vec::new(),
                    program: "/bin/x".into(),
                    directory: None,
                    variables: Vec::new(),
                    input: Input::Pipe(state),
                    joined: false,
                };
                command.arguments.push("x".into());
                let job = Job {
                    program: None,
                    ..Job::command(command)
                };
                let mut stamp = Stamp {
                    code: None,
                    ..stamp(&[], &[])
                };
                stamp.condition = condition;
                assert_eq!(
                    reasons(&stamp, &job, &[], Extent::All).is_empty(),
                    fitting.contains(&state)
                );
            }
        }
    }
}
