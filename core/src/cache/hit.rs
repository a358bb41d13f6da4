//! A fresh stamp, and what is written once it has been delivered.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::disk::{self, Look, Time};
use crate::job::JobKey;
use crate::ledger::{Entry, What};
use crate::replay::Replay;
use crate::stamp::Stamp;
use crate::store::{Found, Place, Store};

/// A stamp's last use is noted at most this often, in seconds.
const DAY: u64 = 24 * 3600;

/// A fresh stamp.
#[derive(Debug)]
pub struct Hit {
    /// What the job did, ready to happen again.
    pub replay: Replay,
    /// The run that is remembered.
    pub run: Run,
    settling: Settling,
}

/// A run that is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// When it began.
    pub started: Time,
    /// How long it took, in nanoseconds: so much does a hit save.
    pub took: u64,
}

/// What a hit may write once it has been delivered.
#[derive(Debug)]
pub(super) struct Settling {
    place: Arc<Place>,
    key: JobKey,
    /// The stamp's file; nothing for a stamp that was not read anew.
    found: Option<Found>,
    /// What is to be written for it.
    renewed: Option<Box<Renewed>>,
}

/// A stamp as it is, and with records that are cheaper to compare. Few hits have it, and all carry it: hence its box.
#[derive(Debug)]
pub(super) struct Renewed {
    pub was: Stamp,
    pub now: Stamp,
}

impl Run {
    pub(super) fn of(stamp: &Stamp) -> Self {
        Self {
            started: stamp.started,
            took: stamp.took,
        }
    }
}

impl Hit {
    pub(super) fn new(replay: Replay, run: Run, settling: Settling) -> Self {
        Self { replay, run, settling }
    }

    /// The hit of a stamp that was read before; nothing is to be written.
    pub(super) fn of_memory(place: Arc<Place>, key: JobKey, replay: Replay, run: Run) -> Self {
        let settling = Settling {
            place,
            key,
            found: None,
            renewed: None,
        };
        Self::new(replay, run, settling)
    }

    /// Returns whether the remembered run began `age` ago or earlier; or in the future, of which nobody knows how old it is.
    #[must_use]
    pub fn is_as_old_as(&self, age: Duration) -> bool {
        let now = (self.settling.place.clock)();
        now < self.run.started || u128::from(now.nanoseconds_since(self.run.started)) >= age.as_nanos()
    }

    /// Returns how the stamp's file looked when it was read.
    pub(super) fn look(&self) -> Option<Look> {
        self.settling.found.as_ref().map(|found| *found.file().1)
    }

    /// Returns whether a stamp whose file looks like this was not used for so long that its use has to be noted.
    pub(super) fn is_to_be_touched(place: &Place, look: &Look) -> bool {
        (place.clock)().seconds_since(look.modified) > DAY
    }

    /// Returns what to count this hit as, of the job that people call `name`, at `seconds` since 1970.
    #[must_use]
    pub fn entry<'a>(&self, name: &'a [u8], seconds: i64) -> Entry<'a> {
        Entry {
            what: What::Hit,
            seconds,
            times: 1,
            nanoseconds: self.run.took,
            job: self.settling.key.beginning(),
            name,
            detail: b"",
        }
    }

    /// Returns where the stamp is.
    #[must_use]
    pub fn stamp(&self) -> PathBuf {
        Store::stamp_path(&self.settling.place.directory, &self.settling.key)
    }

    /// Returns whether [`Hit::settle`] will write: then it takes as long as a write.
    #[must_use]
    pub fn settling_writes(&self) -> bool {
        let Settling {
            place, found, renewed, ..
        } = &self.settling;
        let is_to_be_touched = |found: &Found| Self::is_to_be_touched(place, found.file().1);
        renewed.is_some() || found.as_ref().is_some_and(is_to_be_touched)
    }

    /// Writes what makes the next hit cheaper, once this one has been delivered: a refreshed record, and once a day the
    /// stamp's last use. What cannot be written is left.
    pub fn settle(self) {
        self.settling.settle();
    }
}

impl Settling {
    pub(super) fn of(place: Arc<Place>, key: JobKey, found: Found, renewed: Option<Box<Renewed>>) -> Self {
        Self {
            place,
            key,
            found: Some(found),
            renewed,
        }
    }

    pub(super) fn settle(self) {
        let _ = self.write();
    }

    fn write(self) -> io::Result<()> {
        let Some(found) = &self.found else { return Ok(()) };
        let (file, look) = found.file();
        let Some(renewed) = self.renewed else {
            if Hit::is_to_be_touched(&self.place, look) {
                disk::touch(file)?;
                self.keep_makers(found);
            }
            return Ok(());
        };
        let shard = self.place.writable(&self.key).map_err(io::Error::other)?;
        let Renewed { was, mut now } = *renewed;
        shard.renew(&was, &mut now, look, self.place.tag_key.as_ref())
    }

    /// Who made the outputs is to be known for as long as a stamp speaks of them, also where something removes what nobody
    /// has touched for days, as in the directory for temporary files.
    #[cold]
    #[inline(never)]
    fn keep_makers(&self, found: &Found) {
        let Ok(Some(store)) = Store::open(&self.place.directory) else {
            return;
        };
        let stamps = found.stamps(self.place.tag_key.as_ref(), false).flatten();
        for output in stamps.flat_map(|stamp| stamp.outputs) {
            store.touch_makers(&output);
        }
    }
}
