//! The remembered job that is most like one that is not remembered.

use std::cmp::Reverse;
use std::sync::{Mutex, PoisonError};

use super::Cache;
use crate::disk::{Time, Wait};
use crate::freshness::{Contrast, Kin, contrasts, distance, is_near, least_distance};
use crate::job::{Input, Job, JobKey, Parameter};
use crate::stamp::{Opening, Story};
use crate::store::{Found, Store};

/// The remembered job that is most like another.
#[derive(Clone, Debug)]
pub struct Nearest {
    /// What it is filed under.
    pub key: JobKey,
    /// What is told of it.
    pub story: Story,
    /// In what the other differs from it: at least one thing.
    pub contrasts: Vec<Contrast>,
    /// When it ran, if its stamp can be read.
    pub ran: Option<Time>,
}

/// One that was found: how far it is, when it was last used, what it is filed under. The least is the nearest, and of equally
/// near ones the last used.
type Rank = (u64, Reverse<Time>, JobKey);

impl Cache {
    /// Returns the remembered job that is most like `job`, a call of it with these `parameters`: of the same program or function,
    /// and with at least half of its arguments, or all but one. Nothing where there is none, or none may be told of.
    ///
    /// Looks through the whole store; runs nothing, writes nothing.
    #[must_use]
    #[cold]
    pub fn nearest(&self, job: &Job, parameters: &[Parameter]) -> Option<Nearest> {
        let now = Story::of(job, parameters);
        let kin = Kin::of(&now);
        let best: Mutex<Option<(Rank, Nearest)>> = Mutex::new(None);
        let best_now = || best.lock().unwrap_or_else(PoisonError::into_inner);
        let visit = |found: &Found| {
            let rank_at = |distance| (distance, Reverse(found.used()), *found.key());
            let is_nearer = |rank: Rank| best_now().as_ref().is_none_or(|(best, _)| rank < *best);
            let could_be_nearer = |opening: &Opening| {
                kin.has(opening.arguments().next(), opening.program)
                    && is_nearer(rank_at(least_distance(&now, opening.arguments())))
            };
            // All stamps of a job have one story, but where it was not to be told.
            let Some(story) = found.story_if(0, &could_be_nearer) else {
                return;
            };
            let contrasts = contrasts(&story, &now);
            if !is_near(&now, &contrasts) || contrasts.iter().any(is_of_reader) {
                return;
            }
            let rank = rank_at(distance(&contrasts));
            let mut best = best_now();
            if best.as_ref().is_none_or(|(best, _)| rank < *best) {
                let nearest = Nearest {
                    key: *found.key(),
                    story,
                    contrasts,
                    ran: None,
                };
                *best = Some((rank, nearest));
            }
        };
        // What could not be read may hold one that is nearer: it is told all the same.
        let _ = self.survey(&visit);
        let (_, mut nearest) = best_now().take()?;
        nearest.ran = self.started(&nearest.key);
        Some(nearest)
    }

    /// Returns when the newest run of a job started.
    fn started(&self, key: &JobKey) -> Option<Time> {
        let store = Store::open(&self.place.directory).ok()??;
        let found = store.find(key, Wait::Allowed).ok()??;
        let newest = found.stamps(self.place.tag_key.as_ref(), false).next()?;
        newest.ok().map(|stamp| stamp.started)
    }
}

/// Returns whether the other stamp only says that its job reads its input: those with what it read tell more.
fn is_of_reader(contrast: &Contrast) -> bool {
    matches!(
        contrast,
        Contrast::Input {
            then: Input::Pipe(_),
            now: Input::Bytes(_)
        }
    )
}
