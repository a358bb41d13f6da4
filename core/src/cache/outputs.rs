//! How the declared outputs of a job look, by content: once before it runs again, once after it.

use super::Cache;
use crate::disk;
use crate::error::Error;
use crate::fingerprint::{Change, Comparison, Conditions, Fingerprint};
use crate::job::{Declared, Job, Method};

/// How the declared outputs of a job looked at one moment.
#[derive(Debug)]
pub struct OutputsThen {
    job: Job,
    looks: Vec<(Declared, Result<Fingerprint, Error>)>,
}

impl OutputsThen {
    /// Returns the outputs that cannot be compared, and why: a device, something that may not be read.
    pub fn incomparable(&self) -> impl Iterator<Item = (&Declared, &Error)> {
        let looks = self.looks.iter();
        looks.filter_map(|(output, look)| Some((output, look.as_ref().err()?)))
    }
}

impl Cache {
    /// Looks at the declared outputs of `job`, and reads them all.
    #[must_use]
    #[cold]
    pub fn look_at_outputs(&self, job: &Job) -> OutputsThen {
        let job = Job {
            method: Method::Hash,
            ..job.clone()
        };
        let look = |output: &Declared| Fingerprint::take(output, &self.conditions_of_outputs(&job));
        OutputsThen {
            looks: job
                .outputs
                .iter()
                .map(|output| (output.clone(), look(output)))
                .collect(),
            job,
        }
    }

    /// Returns the outputs that are not as they were `then`, and how they differ.
    #[must_use]
    #[cold]
    pub fn changed_outputs(&self, then: &OutputsThen) -> Vec<(Declared, Change)> {
        let conditions = self.conditions_of_outputs(&then.job);
        let change = |output: &Declared, was: &Result<Fingerprint, Error>| {
            let was = was.as_ref().ok()?;
            match was.compare(output, &mut disk::look_at_link, &conditions) {
                Comparison::Same | Comparison::Renewed(_) => None,
                Comparison::Different(Change::Entries(_)) => {
                    Some(Change::Entries(was.first_difference(output, &conditions)))
                }
                Comparison::Different(change) => Some(change),
            }
        };
        let changed = then
            .looks
            .iter()
            .filter_map(|(output, was)| Some((output.clone(), change(output, was)?)));
        changed.collect()
    }

    fn conditions_of_outputs<'a>(&self, job: &Job) -> Conditions<'a> {
        self.place.conditions(job, &[], &|_| None)
    }
}
