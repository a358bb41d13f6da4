//! What questions about a job need of its standard input, and leave nothing behind for.

use std::fs::File;
use std::io;

use jobstamps::job::Input;
use jobstamps::{Cache, Job};

use crate::identity;
use crate::stdin::{self, Sight};

/// Returns the job with all of its standard input; nothing if that cannot be read whole.
pub fn whole_input(cache: &Cache, job: &Job) -> Option<Job> {
    let digest = match Sight::of_standard_input(stdin::Patience::KNOWN_READER.hastened()) {
        Sight::Whole(input) => Some(input.digest),
        Sight::Paused => None,
        Sight::TooMuch => {
            stdin::read_ahead(stdin::Patience::KNOWN_READER.hastened(), &mut || scratch(cache, job)).digest()
        }
    };
    digest.map(|digest| identity::with_input(job.clone(), Input::Bytes(digest)))
}

/// Makes a file without a name where there is a store already: asking makes none.
pub fn scratch(cache: &Cache, job: &Job) -> io::Result<File> {
    if cache.is_current() {
        cache.scratch(job)
    } else {
        Err(io::ErrorKind::NotFound.into())
    }
}
