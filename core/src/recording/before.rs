//! How the world looked before the job ran, and whether it still does afterwards.

use super::{Outputs, Warning};
use crate::error::Error;
use crate::fingerprint::{Conditions, Fingerprint, PathSet, ProgramFile};
use crate::freshness::sorted;
use crate::job::{Declared, Job};
use crate::progress;

/// How the world looked before the job ran.
#[derive(Clone, Debug)]
pub(crate) struct Before {
    pub(super) program: Vec<ProgramFile>,
    /// A set, sorted by path.
    pub(super) dependencies: Vec<(Declared, Fingerprint)>,
    /// Who had made its outputs.
    pub(crate) outputs: Outputs,
}

impl Before {
    /// Looks at all that `job` depends on.
    pub(crate) fn take(job: &Job, conditions: &Conditions) -> Result<Self, Error> {
        let program = match &job.program {
            Some(program) => ProgramFile::take(program, conditions)?,
            None => Vec::new(),
        };
        let written = Written::of(job);
        let listed = sorted(&job.dependencies);
        let count = listed.len();
        let take = |(number, one): (usize, Declared)| {
            let conditions = Conditions {
                roots_left_out: written.may_hold(&one),
                ..*conditions
            };
            let fingerprint = Fingerprint::take(&one, &conditions)?;
            progress::looked(one.path(), number, count);
            Ok((one, fingerprint))
        };
        Ok(Self {
            program,
            dependencies: listed.into_iter().enumerate().map(take).collect::<Result<_, Error>>()?,
            outputs: Outputs::default(),
        })
    }

    /// Returns a warning for each pattern of `job` that matches nothing: nearly always a slip of the pen.
    pub(crate) fn matching_nothing(&self, job: &Job) -> impl Iterator<Item = Warning> {
        let written = Written::of(job);
        let nothing = move |(declared, fingerprint): &&(Declared, Fingerprint)| {
            fingerprint.is_empty_pattern() && !written.may_hold(declared)
        };
        self.dependencies
            .iter()
            .filter(nothing)
            .map(|(declared, _)| Warning::MatchesNothing(declared.given().to_path_buf()))
    }

    /// Looks again; returns what may be recorded, or what forbids it.
    pub(super) fn confirm(self, job: &Job, conditions: &Conditions) -> Result<Self, Warning> {
        if let Some(program) = &job.program
            && let Some((path, _)) = ProgramFile::compare(&self.program, program)
        {
            return Err(Warning::ProgramDisturbed(path));
        }
        let cannot = |error: Error| Warning::NotVouched(error.line());
        let written = Written::of(job);
        let count = self.dependencies.len();
        let mut dependencies = Vec::with_capacity(count);
        for (declared, before) in self.dependencies {
            let rewritten = written.may_hold(&declared);
            // A formatter writes what it reads: what it left is what the next run would find. Taken before the others are
            // looked at again, so that nothing that changes in between is recorded.
            let after = if rewritten {
                Some(Fingerprint::take(&declared, conditions).map_err(cannot)?)
            } else {
                None
            };
            let guard = Conditions {
                roots_left_out: rewritten,
                ..*conditions
            };
            if !written.0.contains(declared.path()) && !before.is_undisturbed(&declared, &guard).map_err(cannot)? {
                let first = before.first_difference(&declared, &guard);
                return Err(Warning::Disturbed(declared.given().to_path_buf(), first));
            }
            progress::looked(declared.path(), dependencies.len(), count);
            dependencies.push((declared, after.unwrap_or(before)));
        }
        Ok(Self {
            program: self.program,
            dependencies,
            outputs: self.outputs,
        })
    }
}

/// The paths of a job's outputs: looked through once for each dependency, many would take the product of both.
struct Written<'a>(PathSet<'a>);

impl<'a> Written<'a> {
    fn of(job: &'a Job) -> Self {
        Self(job.outputs.iter().map(Declared::path).collect())
    }

    /// Returns whether `dependency` is an output too, or a pattern that may match one.
    fn may_hold(&self, dependency: &Declared) -> bool {
        !self.0.is_empty() && (dependency.is_pattern() || self.0.contains(dependency.path()))
    }
}
