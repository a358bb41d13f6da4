//! One page that tells what the cache did: gathered (`gather`) as numbers and names (`figures`), and put into words and
//! pictures (`page`), each a function of values.

mod calendar;
mod chart;
mod figures;
mod gather;
mod html;
mod page;
mod table;
mod tables;
mod timeline;

use std::ffi::OsStr;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use jobstamps::ledger::Tally;
use jobstamps::{Cache, Error, Shown, disk};

use crate::arguments::Told;
use crate::progress;
use crate::surroundings::{Surroundings, now};
use crate::units::{duration, number, of};
use crate::voice::{hint, say};

/// The page is written.
const WRITTEN: u8 = 0;
/// Nobody said where to.
const NOWHERE: u8 = 2;
/// It could not be made or written.
const FAILED: u8 = 125;

/// Makes the page and writes it; returns the exit code.
#[cold]
#[inline(never)]
pub fn report(told: &Told) -> u8 {
    let file = told.one("--output").filter(|file| *file != OsStr::new("-"));
    if told.one("--output").is_none() && io::stdout().is_terminal() {
        say("a page is nothing for a terminal");
        hint("`jobstamp report -o report.html` writes it to a file");
        return NOWHERE;
    }
    let surroundings = Surroundings::look();
    let directory = surroundings.stamp_directory(told.directory().as_deref());
    let now = now().seconds;
    let since = told.duration("--since");
    let since = since.map(|ago| now.saturating_sub(i64::try_from(ago.as_secs()).unwrap_or(i64::MAX)));
    let cache = Cache::open(&directory, crate::surroundings::now, None);
    let written = gather::gather(&cache, since, now).and_then(|figures| {
        let figures = figures::Figures {
            store: Shown::path(&directory).to_string(),
            is_off: !surroundings.settings.counts(),
            ..figures
        };
        progress::erase();
        write(page::page(&figures).as_bytes(), file.map(Path::new))?;
        Ok(figures.total)
    });
    match written {
        Ok(total) => {
            if let Some(file) = file {
                // Whoever stopped reading knows enough.
                let _ = writeln!(io::stdout(), "{}", done(Path::new(file), &total));
            }
            WRITTEN
        }
        Err(error) => {
            say(error.line());
            FAILED
        }
    }
}

fn write(page: &[u8], file: Option<&Path>) -> Result<(), Error> {
    match file {
        Some(file) => disk::write(file, page),
        None => io::stdout()
            .write_all(page)
            .and_then(|()| io::stdout().flush())
            .map_err(|source| Error::Io {
                intent: "write to",
                path: "standard output".into(),
                source,
            }),
    }
}

fn done(file: &Path, total: &Tally) -> String {
    let file = Shown::path(file);
    match total.times() {
        0 => format!("{file}: nothing was counted yet"),
        times => format!(
            "{file}: {} saved, {} of {} replayed",
            duration(total.saved),
            number(total.hits),
            of(times, "job", "jobs")
        ),
    }
}
