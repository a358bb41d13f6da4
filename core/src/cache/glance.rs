//! A look-up for callers who hold others up meanwhile: it takes a few microseconds, or says nothing.

use super::consult::{Consultation, Consulted};
use super::hit::Run;
use super::memory::{Memory, Remembered};
use super::{Cache, Hit};
use crate::disk::Wait;
use crate::freshness::Extent;
use crate::job::{Job, JobKey, Method};
use crate::store::Store;

/// Up to so many files are looked at in a glance.
const FEW: usize = 64;

impl Cache {
    /// Returns the replay of `job` if it need not run and this can be told in a few microseconds: from at most 64 files
    /// that nobody has to read, out of the kernel's memory, with no other machine to ask. For callers who hold others up
    /// meanwhile. `None`: look it up, and let the others go on.
    ///
    /// A stamp that this process has read before is not read again while its file looks the same.
    #[must_use]
    pub fn glance(&self, job: &Job) -> Option<Hit> {
        let Ok(Some(store)) = &self.store else { return None };
        if job.dependencies.len() + job.outputs.len() > FEW || job.program.is_some() || store.is_far() {
            return None;
        }
        let key = job.key();
        let memory = self.memory.get_or_init(Memory::new);
        if job.method != Method::Paranoid
            && let Some(remembered) = memory.recall(&key)
        {
            if let Some(hit) = self.again(job, key, store, &remembered) {
                return Some(hit);
            }
            memory.forget(&key);
        }
        let mut kept = None;
        let keep = memory.note(&key).then_some(&mut kept);
        let mut warnings = Vec::new();
        let mut consultation = Consultation::new(self, job, key, Extent::First, Wait::Never, &mut warnings);
        let Consulted::Fresh(hit) = consultation.ask_and_keep(store, keep) else {
            return None;
        };
        if let (Some(stamp), Some(look)) = (kept, hit.look()) {
            let remembered = Remembered {
                look,
                signed: job.signed,
                stamp,
            };
            memory.keep(key, remembered, (self.place.clock)());
        }
        Some(hit)
    }

    /// Returns the replay of a stamp that was read before, if its file looks the same and it still speaks for the job.
    fn again(&self, job: &Job, key: JobKey, store: &Store, remembered: &Remembered) -> Option<Hit> {
        if job.signed && !remembered.signed {
            return None;
        }
        // One that was not used for a day is read, so that its use is noted.
        if store.look_at_stamp(&key).ok()?? != remembered.look || Hit::is_to_be_touched(&self.place, &remembered.look) {
            return None;
        }
        let mut warnings = Vec::new();
        let mut consultation = Consultation::new(self, job, key, Extent::First, Wait::Never, &mut warnings);
        let replay = consultation.replay_again(&remembered.stamp, store)?;
        Some(Hit::of_memory(
            self.place.clone(),
            key,
            replay,
            Run::of(&remembered.stamp),
        ))
    }
}
