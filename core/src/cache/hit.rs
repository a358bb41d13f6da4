//! A fresh stamp, and what is written once it has been delivered.

use std::io;
use std::path::PathBuf;

use crate::disk;
use crate::job::JobKey;
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
    settling: Settling,
}

/// What a hit may write once it has been delivered.
#[derive(Debug)]
struct Settling {
    place: Place,
    key: JobKey,
    found: Found,
    /// The stamp as it is, and as it should be.
    renewed: Option<(Stamp, Stamp)>,
}

impl Hit {
    pub(super) fn new(
        place: Place,
        key: JobKey,
        replay: Replay,
        found: Found,
        renewed: Option<(Stamp, Stamp)>,
    ) -> Self {
        Self {
            replay,
            settling: Settling {
                place,
                key,
                found,
                renewed,
            },
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
        renewed.is_some() || (place.clock)().seconds_since(found.file().1.modified) > DAY
    }

    /// Writes what makes the next hit cheaper, once this one has been delivered: a refreshed record, and once a day the
    /// stamp's last use. What cannot be written is left.
    pub fn settle(self) {
        let _ = self.settling.write();
    }
}

impl Settling {
    fn write(self) -> io::Result<()> {
        let (file, look) = self.found.file();
        let Some((was, mut renewed)) = self.renewed else {
            if (self.place.clock)().seconds_since(look.modified) > DAY {
                disk::touch(file)?;
            }
            return Ok(());
        };
        let shard = self.place.writable(&self.key).map_err(io::Error::other)?;
        shard.renew(&was, &mut renewed, look, self.place.tag_key.as_ref())
    }
}
