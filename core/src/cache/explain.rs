//! Every reason why a job would run, with how it was then and how it is now.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;

use super::Cache;
use super::consult::{Consultation, Consulted, Teller};
use crate::digest::Digest;
use crate::disk::{self, Time, Wait};
use crate::fingerprint::{Change, Content, Fingerprint, Kept, Seen, ThenAndNow};
use crate::freshness::{Extent, Reason, in_order};
use crate::job::{CodePart, Declared, Job};
use crate::store::{Sides, Store};

/// Why a job would run.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// Every reason; none if it would be replayed.
    pub reasons: Vec<Explained>,
    /// When the run started that the reasons compare with.
    pub ran: Option<Time>,
}

/// A reason, with how that looked which it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// Why.
    pub reason: Reason,
    /// How it looked when the job last ran, and how it looks now, where there is something to be told.
    pub views: Option<ThenAndNow>,
}

impl Cache {
    /// Returns all reasons why `job` would run, as [`Cache::reasons`] does, and of each how it was and how it is.
    ///
    /// `None` if the job reads its standard input: then ask again with the input's digest. Runs nothing, writes nothing,
    /// makes no directory. Reads files again whose content has changed.
    #[must_use]
    #[cold]
    pub fn explain(&self, job: &Job) -> Option<Explanation> {
        let mut warnings = Vec::new();
        let mut consultation = Consultation::new(self, job, job.key(), Extent::All, Wait::Allowed, &mut warnings);
        let reasons = match consultation.answer() {
            Consulted::Fresh(_) => Vec::new(),
            Consulted::ReadsInput(_) => return None,
            Consulted::Stale(reasons) => self.explained(job, reasons),
        };
        let teller = consultation.teller.as_deref();
        let views = Views::of(self, job, teller);
        let explain = |reason: Reason| Explained {
            views: views.of_reason(&reason),
            reason,
        };
        Some(Explanation {
            reasons: reasons.into_iter().map(explain).collect(),
            ran: teller.map(|teller| teller.stamp.started),
        })
    }
}

/// Looks at what reasons are about.
struct Views<'a> {
    cache: &'a Cache,
    job: &'a Job,
    teller: Option<&'a Teller>,
    /// Dependencies as the caller spelled them, by which reasons name them.
    given: BTreeMap<&'a OsStr, &'a Declared>,
}

impl<'a> Views<'a> {
    fn of(cache: &'a Cache, job: &'a Job, teller: Option<&'a Teller>) -> Self {
        Self {
            cache,
            job,
            teller,
            given: job
                .dependencies
                .iter()
                .map(|one| (one.given().as_os_str(), one))
                .collect(),
        }
    }

    fn of_reason(&self, reason: &Reason) -> Option<ThenAndNow> {
        let teller = self.teller?;
        match reason {
            Reason::Dependency(given, change) => {
                let declared = self.given.get(given.as_os_str())?;
                let listed = &teller.stamp.dependencies;
                let at = listed
                    .binary_search_by(|(path, _)| in_order(path, declared.path()))
                    .ok()?;
                self.of_dependency(declared, &listed[at].1, change)
            }
            Reason::Program(path, change) => {
                let file = teller.stamp.program.iter().find(|file| file.path == *path)?;
                Some(then_and_now(
                    Seen::of(&file.record.look, file.record.digest),
                    path,
                    change,
                ))
            }
            Reason::Code { part: Some(change), .. } => {
                let digest = |parts: &[CodePart]| Seen {
                    digest: digest_of(parts, change.part()),
                    ..Seen::default()
                };
                Some(ThenAndNow {
                    then: digest(&teller.cold.parts),
                    now: digest(&self.job.code.as_ref()?.parts),
                })
            }
            _ => None,
        }
    }

    fn of_dependency(&self, declared: &Declared, was: &Fingerprint, change: &Change) -> Option<ThenAndNow> {
        if let Change::Entries(Some(path)) = change {
            let then = self.entry(was, path)?;
            return Some(ThenAndNow {
                then,
                now: Seen::link_now(path, wanted(then.digest, change)),
            });
        }
        Some(then_and_now(Seen::recorded(was)?, declared.path(), change))
    }

    /// Tells how an entry of a directory looked then.
    fn entry(&self, was: &Fingerprint, path: &Path) -> Option<Seen> {
        let store = Store::open(&self.cache.place.directory).ok()??;
        let key = self.job.key();
        let sides = Sides {
            store: &store,
            key: &key,
            wait: Wait::Allowed,
        };
        let kept = |kept: &Kept| {
            let (file, look) = sides.open(kept.number).ok()?;
            let length = usize::try_from(look.size.min(kept.length)).ok()?;
            disk::read_from_start(&file, length, Wait::Allowed).ok()
        };
        was.entry(path, &self.cache.place.conditions(self.job, &[], &kept))
    }
}

fn then_and_now(then: Seen, path: &Path, change: &Change) -> ThenAndNow {
    ThenAndNow {
        then,
        now: Seen::now(path, wanted(then.digest, change)),
    }
}

/// Returns whether a content is wanted, beside one whose digest is or is not known.
fn wanted(then: Option<Digest>, change: &Change) -> Content {
    match (then, change) {
        (None, _) => Content::Unwanted,
        (Some(_), Change::Content) => Content::Read,
        _ => Content::Wanted,
    }
}

fn digest_of(parts: &[CodePart], name: &str) -> Option<Digest> {
    let at = parts.binary_search_by(|part| part.name.as_str().cmp(name)).ok()?;
    Some(parts[at].digest)
}
