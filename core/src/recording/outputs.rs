//! Whose the outputs of a job are: of two jobs that write the same file, only the last has left it as it is.
//!
//! A file that is a dependency of the job too does not count: how the job left it is in its fingerprint, and two formatters
//! of one file need not undo each other's stamps. Nor does a directory: several jobs may fill one.

use std::io;
use std::path::PathBuf;

use super::Warning;
use crate::disk::{self, Kind};
use crate::fingerprint::Names;
use crate::job::{Declared, Job, JobKey};
use crate::stamp::TagKey;
use crate::store::{Makers, Record, Store};

/// Who had made each output when the run began.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outputs {
    made: Vec<(Declared, Record)>,
}

impl Outputs {
    /// Looks up who made the outputs of `job`.
    pub(crate) fn of(job: &Job, store: &Store) -> Self {
        let read = Names::of(&job.dependencies);
        let outputs = job.outputs.iter().filter(|output| !read.may_hold(output.path()));
        Self {
            made: outputs
                .map(|output| (output.clone(), store.makers(output.path())))
                .collect(),
        }
    }

    /// Returns the first output that another job than `key` made last.
    pub(crate) fn first_of_another(&self, key: &JobKey) -> Option<PathBuf> {
        self.of_others(key)
            .next()
            .map(|(output, _)| output.given().to_path_buf())
    }

    /// Forgets what other jobs than `key` are remembered to have left where this one is about to write. Returns what to say
    /// of an output that two jobs make in turns.
    ///
    /// # Errors
    /// The store is read-only.
    pub(crate) fn take_over(
        &self,
        key: &JobKey,
        store: &Store,
        tag_key: Option<&TagKey>,
    ) -> io::Result<Option<Warning>> {
        let mut in_turns = None;
        // Whose they are cannot be read any more: nobody's stamp may speak of them.
        for (output, _) in self.made.iter().filter(|(_, record)| *record == Record::Damaged) {
            store.forget_output_of_all(output.path(), tag_key)?;
        }
        for (output, makers) in self.of_others(key) {
            store.forget_output(&makers.last, output.path(), tag_key)?;
            if makers.before == Some(*key) {
                in_turns.get_or_insert_with(|| Warning::MadeInTurns(output.given().to_path_buf()));
            }
        }
        Ok(in_turns)
    }

    /// Writes down that `key` made them. Where another job has done so since the run began, nobody knows whose they are.
    ///
    /// # Errors
    /// What forbids to remember the run.
    pub(crate) fn settle(&self, key: &JobKey, store: &Store, tag_key: Option<&TagKey>) -> Result<(), Warning> {
        for (output, at_start) in &self.made {
            let record = store.makers(output.path());
            if record == Record::Damaged && *at_start != Record::Damaged {
                return Err(Warning::MadeMeanwhile(output.given().to_path_buf()));
            }
            let now = record.makers();
            if let Some(other) =
                now.filter(|now| now.last != *key && Some(now.last) != at_start.makers().map(|makers| makers.last))
            {
                let _ = store.forget_output(&other.last, output.path(), tag_key);
                return Err(Warning::MadeMeanwhile(output.given().to_path_buf()));
            }
            // Twice: what fails but once must not leave it unsaid whose file this is.
            let look = disk::look(output.path()).or_else(|_| disk::look(output.path()));
            let is_file = matches!(look, Ok(Some(look)) if look.kind == Kind::File);
            if is_file && now.is_none_or(|now| now.last != *key) {
                let makers = Makers {
                    last: *key,
                    before: now.map(|now| now.last),
                };
                let noted = store.note_makers(output.path(), makers);
                noted.map_err(|error| Warning::NotKept(error.line()))?;
            }
        }
        Ok(())
    }

    fn of_others(&self, key: &JobKey) -> impl Iterator<Item = (&Declared, Makers)> {
        let made = self
            .made
            .iter()
            .filter_map(|(output, record)| Some((output, record.makers()?)));
        made.filter(move |(_, makers)| makers.last != *key)
    }
}
