//! Whose the outputs of a job are: of two jobs that write the same file, only the last has left it as it is.
//!
//! A file that is a dependency of the job too does not count: how the job left it is in its fingerprint, and two formatters
//! of one file need not undo each other's stamps. Nor does a directory: several jobs may fill one.

use std::io;
use std::path::PathBuf;

use super::Warning;
use crate::disk::{self, Kind};
use crate::error::Error;
use crate::fingerprint::Names;
use crate::job::{Declared, Job, JobKey};
use crate::stamp::TagKey;
use crate::store::{Makers, Record, Store};

/// Who had made each output when the run began.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outputs {
    made: Vec<Made>,
}

/// One output.
#[derive(Clone, Debug)]
struct Made {
    output: Declared,
    /// The same path for all who name the file, whatever way they take to it.
    place: PathBuf,
    /// Who had made it.
    record: Record,
}

/// Outputs that were written down as those of a job.
#[derive(Debug)]
pub(super) struct Settled {
    outputs: Outputs,
    key: JobKey,
    store: Store,
    tag_key: Option<TagKey>,
}

impl Outputs {
    /// Looks up who made the outputs of `job`.
    pub(crate) fn of(job: &Job, store: &Store) -> Self {
        let read = Names::of(&job.dependencies);
        let outputs = job.outputs.iter().filter(|output| !read.may_hold(output.path()));
        let made = |output: &Declared| {
            let place = disk::settled(output.path());
            Made {
                output: output.clone(),
                record: store.makers(&place),
                place,
            }
        };
        Self {
            made: outputs.map(made).collect(),
        }
    }

    /// Returns the first output that another job than `key` made last.
    pub(crate) fn first_of_another(&self, key: &JobKey) -> Option<PathBuf> {
        self.of_others(key)
            .next()
            .map(|(made, _)| made.output.given().to_path_buf())
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
        for made in self.made.iter().filter(|made| made.record == Record::Damaged) {
            store.forget_output_of_all(&made.place, tag_key)?;
        }
        for (made, makers) in self.of_others(key) {
            store.forget_output(&makers.last, &made.place, tag_key)?;
            if makers.before == Some(*key) {
                in_turns.get_or_insert_with(|| Warning::MadeInTurns(made.output.given().to_path_buf()));
            }
        }
        Ok(in_turns)
    }

    /// Writes down that `key` made them. Where another job has done so since the run began, nobody knows whose they are.
    ///
    /// # Errors
    /// What forbids to remember the run.
    pub(super) fn settle(self, key: JobKey, store: Store, tag_key: Option<TagKey>) -> Result<Settled, Warning> {
        let not_kept = |error: Error| Warning::NotKept(error.line());
        let mut meanwhile = None;
        for Made { output, place, record } in &self.made {
            let until_now = if is_file(output) {
                store.note_maker(place, &key).map_err(not_kept)?
            } else {
                store.makers(place)
            };
            let is_lost = until_now == Record::Damaged && *record != Record::Damaged;
            let now = until_now.makers();
            if is_lost || Makers::has_another_since(record.makers(), now, &key) {
                meanwhile.get_or_insert_with(|| Warning::MadeMeanwhile(output.given().to_path_buf()));
            }
            // Once more: when this run began, the other may have been about to write its stamp.
            if let Some(other) = now.filter(|now| now.last != key) {
                let forgotten = store.forget_output(&other.last, place, tag_key.as_ref());
                forgotten.map_err(|source| {
                    not_kept(Error::Io {
                        intent: "forget another run in",
                        path: place.clone(),
                        source,
                    })
                })?;
            }
        }
        meanwhile.map_or(
            Ok(Settled {
                outputs: self,
                key,
                store,
                tag_key,
            }),
            Err,
        )
    }

    fn of_others(&self, key: &JobKey) -> impl Iterator<Item = (&Made, Makers)> {
        let made = self.made.iter().filter_map(|made| Some((made, made.record.makers()?)));
        made.filter(move |(_, makers)| makers.last != *key)
    }
}

impl Settled {
    /// Looks whether they are still ours, now that the stamp is there; if not, it goes again.
    ///
    /// Each that makes a file writes itself down, has the stamp of the one before it go, writes its own stamp, and looks
    /// here. So, in whatever order two do this, the one that wrote itself down first leaves no stamp.
    ///
    /// # Errors
    /// They are not.
    pub(super) fn confirm(&self) -> Result<(), Warning> {
        let mut files = self.outputs.made.iter().filter(|made| is_file(&made.output));
        let is_lost = |made: &&Made| {
            let makers = self.store.makers(&made.place).makers();
            makers.is_none_or(|makers| makers.last != self.key)
        };
        let Some(lost) = files.find(is_lost) else { return Ok(()) };
        let _ = self.store.forget_output(&self.key, &lost.place, self.tag_key.as_ref());
        Err(Warning::MadeMeanwhile(lost.output.given().to_path_buf()))
    }
}

fn is_file(output: &Declared) -> bool {
    // Twice: what fails but once must not leave it unsaid whose file this is.
    match disk::look(output.path()).or_else(|_| disk::look(output.path())) {
        Ok(look) => look.is_some_and(|look| look.kind == Kind::File),
        Err(_) => true,
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)] // The files of a test.
mod tests {
    use super::*;
    use crate::disk::Time;
    use crate::stamp::{Cold, Condition, Outcome, Piece, Stamp};

    const STEPS: u32 = 5;

    /// A job on its way, step by step.
    struct Running<'a> {
        key: JobKey,
        output: &'a Declared,
        steps: u32,
        before: Option<Outputs>,
        settled: Option<Settled>,
    }

    impl<'a> Running<'a> {
        fn of(name: &str, output: &'a Declared) -> Self {
            Self {
                key: JobKey::from_bytes(crate::Digest::of(name.as_bytes()).0),
                output,
                steps: 0,
                before: None,
                settled: None,
            }
        }

        fn step(&mut self, store: &Store, directory: &std::path::Path) {
            match self.steps {
                0 => {
                    let before = Outputs {
                        made: vec![Made {
                            output: self.output.clone(),
                            place: self.output.path().to_path_buf(),
                            record: store.makers(self.output.path()),
                        }],
                    };
                    store.forget_output(&self.key, self.output.path(), None).unwrap();
                    before.take_over(&self.key, store, None).unwrap();
                    self.before = Some(before);
                }
                1 => std::fs::write(self.output.path(), self.key.as_bytes()).unwrap(),
                2 => {
                    let store = Store::make(directory).unwrap();
                    self.settled = self.before.take().unwrap().settle(self.key, store, None).ok();
                }
                3 if self.settled.is_some() => {
                    let stamp = Stamp {
                        program: Vec::new(),
                        code: None,
                        dependencies: Vec::new(),
                        outputs: vec![self.output.path().to_path_buf()],
                        condition: Condition::Any,
                        started: Time::default(),
                        took: 0,
                        outcome: Outcome::Value {
                            pieces: vec![Piece::Inline(Vec::new())],
                            pickled: false,
                        },
                    };
                    let shard = store.shard(&self.key).unwrap();
                    shard.put(&stamp, &Cold::default(), None, None).unwrap();
                }
                4 => {
                    if let Some(settled) = self.settled.take() {
                        let _ = settled.confirm();
                    }
                }
                _ => {}
            }
            self.steps += 1;
        }
    }

    /// O10. Every order in which two jobs that write one file can take their steps, whoever made it before.
    #[test]
    fn in_whatever_order_two_jobs_make_one_file_a_stamp_speaks_of_what_is_there() {
        let world = tempfile::tempdir().unwrap();
        let directory = world.path();
        let store = Store::make(directory).unwrap();
        let orders = (0..1_u32 << (2 * STEPS)).filter(|order| order.count_ones() == STEPS);
        for (order, earlier) in orders.flat_map(|order| [(order, &[][..]), (order, &[0]), (order, &[1, 0])]) {
            let case = format!("{order:b}-{}", earlier.len());
            let output = Declared::absolute(directory.join(&case));
            let job = |number: usize| Running::of(&format!("{case} {number}"), &output);
            for &number in earlier {
                let mut job = job(number);
                (0..STEPS).for_each(|_| job.step(&store, directory));
            }
            let mut jobs = [0, 1].map(job);
            for at in 0..2 * STEPS {
                jobs[(order >> at & 1) as usize].step(&store, directory);
            }
            let left = std::fs::read(output.path()).unwrap();
            let remembered = jobs.map(|job| (job.key, store.look_at_stamp(&job.key).unwrap().is_some()));
            for (key, _) in remembered.iter().filter(|(_, remembered)| *remembered) {
                assert_eq!(left, key.as_bytes(), "{case}");
            }
            if [0b11111, 0b11111 << STEPS].contains(&order) {
                assert!(remembered.iter().any(|(_, remembered)| *remembered), "{case}");
            }
        }
    }
}
