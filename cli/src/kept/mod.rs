//! What is kept: listed, shown, forgotten, swept.
//!
//! Each looks at the store as it is now, and none waits for a job that runs. What is in it is of this user alone; but names of
//! files and arguments are anybody's, so they are shown without what could steer a terminal.

mod chosen;
mod remembered;
mod rows;
mod list;
mod detail;
mod fields;
mod streams;
mod show;
mod forget;
mod sweep;
mod path;

use std::fmt::Display;
use std::io::{self, Write as _};

use jobstamps::{Cache, Error};

use crate::arguments::Told;
use crate::doctor::tag_key;
use crate::progress;
use crate::screen::Screen;
use crate::surroundings::{Surroundings, now};
use crate::voice::say;

pub use forget::forget;
pub use list::list;
pub use path::path;
pub use show::show;
pub use sweep::sweep;

/// It is done.
const DONE: u8 = 0;
/// There was nothing of that kind.
const NOTHING: u8 = 1;
/// What was said cannot be understood.
const USAGE: u8 = 2;
/// The store cannot be used.
const OUR_FAULT: u8 = 125;

/// A store, and who asks about it.
struct Desk {
    surroundings: Surroundings,
    cache: Cache,
}

impl Desk {
    /// Opens the store that is meant.
    fn open(told: &Told) -> Self {
        let surroundings = Surroundings::look();
        let directory = surroundings.stamp_directory(told.directory().as_deref());
        Self {
            cache: Cache::open(&directory, now, tag_key()),
            surroundings,
        }
    }

    /// Looks at what people read on.
    fn screen(&self) -> Screen {
        Screen::stdout(self.surroundings.wish())
    }
}

/// Says what is wrong with the store; returns the exit code.
fn refused(error: &Error) -> u8 {
    say(error.line());
    OUR_FAULT
}

/// Prints `text`. Whoever stopped reading knows enough.
fn print(text: impl Display) {
    progress::erase();
    let _ = write!(io::stdout(), "{text}");
}
