//! Decides whether a stamp still speaks for its job.
//!
//! A stamp is fresh when running the job again could change nothing we can see: its program and code are what they were,
//! every dependency looks as it did when the job last started, and every output is still there. Otherwise it is stale,
//! and we can say why.
//!
//! Not seen: files the job reads but does not declare, the network. This module does no I/O: callers hand it a way to
//! look ([`World`]).

use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::Shown;
use crate::fingerprint::{Change, Comparison, Fingerprint, ProgramFile};
use crate::job::{Declared, Input, Invocation, Job, PipeState};
use crate::stamp::{Condition, Outcome, Stamp};

/// Why a job has to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It never ran, or its stamp is gone; where the stamp would be.
    NoStamp(PathBuf),
    /// There is a stamp, but it is damaged or not ours; where.
    Damaged(PathBuf),
    /// No stamp can be read at all; why.
    NoStore(String),
    /// The stamp's large parts are gone or damaged; where the stamp is.
    OutcomeLost(PathBuf),
    /// The stamp is of another input.
    Input,
    /// The remembered run failed, and only success counts; its exit code.
    Failed(u8),
    /// The program, or an interpreter of it, changed.
    Program(PathBuf, Change),
    /// The function changed; its name.
    Function(String),
    /// An output is not there.
    OutputMissing(PathBuf),
    /// The stamp knows nothing of this output.
    OutputAdded(PathBuf),
    /// The stamp knows of an output that is no longer declared.
    OutputRemoved(PathBuf),
    /// A dependency changed.
    Dependency(PathBuf, Change),
    /// The stamp knows nothing of this dependency.
    DependencyAdded(PathBuf),
    /// The stamp knows of a dependency that is no longer declared.
    DependencyRemoved(PathBuf),
}

impl Reason {
    /// Returns whether it is a difference between the lists of files, not in the files.
    #[must_use]
    pub fn is_about_lists(&self) -> bool {
        matches!(
            self,
            Self::OutputAdded(_) | Self::OutputRemoved(_) | Self::DependencyAdded(_) | Self::DependencyRemoved(_)
        )
    }

    /// Returns the path that the reason is about, spelled as its caller did where it is declared.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::NoStamp(path)
            | Self::Damaged(path)
            | Self::OutcomeLost(path)
            | Self::Program(path, _)
            | Self::OutputMissing(path)
            | Self::OutputAdded(path)
            | Self::OutputRemoved(path)
            | Self::Dependency(path, _)
            | Self::DependencyAdded(path)
            | Self::DependencyRemoved(path) => Some(path),
            Self::NoStore(_) | Self::Input | Self::Failed(_) | Self::Function(_) => None,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = Shown::path(self.path().unwrap_or(Path::new("")));
        match self {
            Self::NoStamp(_) => formatter.write_str("it has no stamp yet"),
            Self::Damaged(_) => write!(formatter, "its stamp `{shown}` is damaged"),
            Self::NoStore(why) => write!(formatter, "stamps cannot be used: {why}"),
            Self::OutcomeLost(_) => write!(formatter, "parts of its stamp `{shown}` are gone or damaged"),
            Self::Input => formatter.write_str("its standard input is another"),
            Self::Failed(code) => write!(formatter, "its last run returned {code}"),
            Self::Program(_, change) => write!(formatter, "the program `{shown}` changed: {change}"),
            Self::Function(name) => write!(formatter, "the function `{}` changed", Shown::bytes(name.as_bytes())),
            Self::OutputMissing(_) => write!(formatter, "the output `{shown}` is missing"),
            Self::OutputAdded(_) => write!(formatter, "the output `{shown}` was added"),
            Self::OutputRemoved(_) => write!(formatter, "the output `{shown}` was removed from the list"),
            Self::Dependency(_, Change::Missing) => write!(formatter, "the dependency `{shown}` is missing"),
            Self::Dependency(_, change) => write!(formatter, "the dependency `{shown}` changed: {change}"),
            Self::DependencyAdded(_) => write!(formatter, "the dependency `{shown}` was added"),
            Self::DependencyRemoved(_) => write!(formatter, "the dependency `{shown}` was removed from the list"),
        }
    }
}

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
    let mut judgement = Judgement {
        extent,
        reasons: Vec::new(),
        renewed: Vec::new(),
    };
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
        if stamp.code.as_ref().map(|code| code.digest) != job.code.as_ref().map(|code| code.digest) {
            let name = job.code.as_ref().map(|code| code.name.clone()).unwrap_or_default();
            self.stale(Reason::Function(name))?;
        }
        if job.program.is_some()
            && let Some((path, change)) = (world.program)(&stamp.program)
        {
            self.stale(Reason::Program(path, change))?;
        }
        Some(())
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
        for dependency in &job.dependencies {
            let given = || dependency.given().to_path_buf();
            let Some(index) = find(&stamp.dependencies, dependency.path(), |(path, _)| path) else {
                self.stale(Reason::DependencyAdded(given()))?;
                continue;
            };
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
pub fn in_order(one: &Path, other: &Path) -> std::cmp::Ordering {
    one.as_os_str()
        .as_encoded_bytes()
        .cmp(other.as_os_str().as_encoded_bytes())
}

fn find<T>(sorted: &[T], path: &Path, path_of: impl Fn(&T) -> &PathBuf) -> Option<usize> {
    sorted.binary_search_by(|item| in_order(path_of(item), path)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Digest;
    use crate::job::Code;
    use crate::stamp::Story;

    fn stamp(dependencies: &[&str], outputs: &[&str]) -> Stamp {
        Stamp {
            program: Vec::new(),
            code: Some(Code {
                name: "lint".into(),
                digest: Digest::of(b"1"),
            }),
            dependencies: dependencies
                .iter()
                .map(|path| (path.into(), Fingerprint::Missing))
                .collect(),
            outputs: outputs.iter().map(PathBuf::from).collect(),
            condition: Condition::Any,
            outcome: Outcome::ReadsInput,
            story: Story::default(),
        }
    }

    fn job(dependencies: &[&str], outputs: &[&str]) -> Job {
        let mut job = Job::call("lint", "");
        job.code = Some(Code {
            name: "lint".into(),
            digest: Digest::of(b"1"),
        });
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
        job.code = Some(Code {
            name: "lint".into(),
            digest: Digest::of(b"2"),
        });
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
