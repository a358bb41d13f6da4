//! The world as stamps are judged by it.

use std::path::Path;

use super::consult::Consultation;
use super::dependencies::{Compared, Ordered};
use crate::disk::{self, Nearby};
use crate::fingerprint::{Conditions, Fingerprint, Kept, ProgramFile};
use crate::freshness::{Extent, Reason, Verdict, World, judge, judge_all_else};
use crate::job::{CodePart, Declared};
use crate::stamp::{Listed, Stamp};
use crate::store::Store;

/// A stamp, as it was read.
pub(super) enum Read<'a> {
    /// With all its dependencies.
    Whole(&'a Stamp),
    /// With its dependencies still in its bytes, which are the job's.
    Hot(&'a Stamp, &'a Listed<'a>, &'a Ordered<'a>),
}

impl Read<'_> {
    /// Returns whether a dependency is a directory or a pattern.
    fn has_trees(&self) -> bool {
        match self {
            Self::Whole(stamp) => {
                let mut dependencies = stamp.dependencies.iter();
                dependencies.any(|(_, fingerprint)| matches!(fingerprint, Fingerprint::Tree(_)))
            }
            Self::Hot(_, listed, _) => listed.has_trees,
        }
    }
}

impl Consultation<'_> {
    /// Decides whether a stamp speaks for the job. `None`: it does not, and only the whole of it can tell why.
    pub(super) fn judge(
        &self,
        read: &Read,
        store: &Store,
        parts: &mut dyn FnMut() -> Option<Vec<CodePart>>,
    ) -> Option<Verdict> {
        let sides = self.sides(store);
        let kept = |kept: &Kept| {
            let (file, look) = sides.open(kept.number).ok()?;
            disk::read_from_start(&file, usize::try_from(look.size.min(kept.length)).ok()?, self.wait).ok()
        };
        let (job, place) = (self.job, &self.cache.place);
        // Only what is below a directory can be left out.
        let left_out = if read.has_trees() {
            place.left_out(job)
        } else {
            Vec::new()
        };
        let conditions = Conditions {
            wait: self.wait,
            ..place.conditions(job, &left_out, &kept)
        };
        let mut nearby = Nearby::default();
        let mut coming = job.dependencies.iter();
        let mut world = World {
            program: &mut |recorded| ProgramFile::compare(recorded, job.program.as_ref()?),
            dependency: &mut |dependency, recorded| {
                // They are judged in their order, but for some that are passed over.
                let found = coming.find(|one| std::ptr::eq(*one, dependency));
                let later = coming.as_slice().get(Nearby::AHEAD - 1).map(Declared::path);
                let mut look = |path: &Path| match found {
                    Some(dependency) => nearby.look_at_link(dependency.path(), later),
                    None => disk::look_at_link(path),
                };
                recorded.compare(dependency, &mut look, &conditions)
            },
            // A dangling link is no output: the next step would not find the file.
            output: &mut |output| matches!(disk::look(output.path()), Ok(Some(_))),
            parts,
            clock: &mut || (place.clock)(),
        };
        match read {
            Read::Whole(stamp) => Some(judge(stamp, job, &mut world, self.extent)),
            Read::Hot(stamp, listed, ordered) => {
                let reasons = judge_all_else(stamp, job, &mut world, self.extent);
                self.judge_listed(reasons, listed, ordered, &conditions)
            }
        }
    }

    /// Decides by the dependencies, where all else has given `reasons`.
    fn judge_listed(
        &self,
        reasons: Vec<Reason>,
        listed: &Listed,
        ordered: &Ordered,
        conditions: &Conditions,
    ) -> Option<Verdict> {
        if !reasons.is_empty() {
            return (self.extent == Extent::First).then_some(Verdict::Stale(reasons));
        }
        match ordered.compare(listed, conditions) {
            Compared::Same(renewed) => Some(Verdict::Fresh(renewed)),
            // The first in the order of paths need not be the first in the caller's, which people are promised.
            Compared::Different(number, change) if self.extent == Extent::First && ordered.is_as_declared() => {
                let given = ordered.get(number)?.given().to_path_buf();
                Some(Verdict::Stale(vec![Reason::Dependency(given, change)]))
            }
            Compared::Different(..) => None,
        }
    }
}
