//! Counting what became of a command: it was replayed, it ran and is remembered, it ran and is not.

use jobstamps::ledger::{Cause, Entry, What, name_of};
use jobstamps::{Cache, Hit, Job, Reason};

use super::running::Kept;
use super::{Purpose, Session};
use crate::surroundings::now;

/// Why a command runs, as it is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Because {
    cause: Cause,
    detail: Vec<u8>,
}

impl Because {
    #[cold]
    pub(super) fn of(reason: &Reason) -> Self {
        let (cause, detail) = Cause::of(reason);
        Self { cause, detail }
    }
}

impl Session<'_> {
    /// Does what a hit leaves for later, and counts it.
    pub(super) fn settle(&self, hit: Hit, cache: &Cache) {
        let entry = hit.entry(self.name(), now().seconds);
        hit.settle();
        if self.surroundings.settings.counts() {
            cache.count(&[entry]);
        }
    }

    /// Counts the run of `job` that has just ended.
    #[cold]
    #[inline(never)]
    pub(super) fn count_run(&self, kept: &Kept, job: &Job, cache: &Cache) {
        if matches!(self.purpose, Purpose::Verify | Purpose::Compare) || !self.surroundings.settings.counts() {
            return;
        }
        let (what, detail) = match (kept, &self.because) {
            (Kept::Stored, Some(because)) => (What::Miss(because.cause), because.detail.as_slice()),
            // It was fresh, and ran to be compared.
            (Kept::Stored, None) => (What::Miss(Cause::Forced), &b""[..]),
            (Kept::Disturbed, _) => (What::Unkept(Cause::Disturbed), &b""[..]),
            (Kept::No(why), _) => (What::Unkept(Cause::Unfit), why.as_bytes()),
        };
        let entry = Entry {
            what,
            seconds: now().seconds,
            times: 1,
            nanoseconds: self.took,
            job: job.key().beginning(),
            name: self.name(),
            detail,
        };
        cache.count(&[entry]);
    }

    /// Returns the name under which the command is counted.
    fn name(&self) -> &[u8] {
        name_of(self.options.command[0].as_encoded_bytes())
    }
}
