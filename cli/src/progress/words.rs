//! What is said of work that takes long: one line, as wide as the terminal lets it be; a function of values.

use std::path::Path;

use jobstamps::progress::{FILES, Progress};
use jobstamps::{Holder, Shown, Time};
use unicode_width::UnicodeWidthStr as _;

use crate::screen::Screen;
use crate::table::{Cut, cut};
use crate::units;

/// So many cells has a bar.
const BAR: u64 = 20;
/// With fewer columns there is none.
const WORTH_A_BAR: usize = 60;
/// With fewer cells left for it, a path is not shown.
const SHORTEST_PATH: usize = 10;

/// Returns a line that says how far something has come.
pub fn of(progress: &Progress, screen: &Screen) -> String {
    let (words, path) = match *progress {
        Progress::Hashing { path, done, size } => {
            let share = share(done, size, screen);
            (format!("hashing{share} of {}", units::bytes(size)), Some(path))
        }
        // One of many small directories: how far this one has come tells nothing.
        Progress::Looking { path, done, of: None } if done < FILES => ("looking at files".to_owned(), Some(path)),
        Progress::Looking { path, done, of: None } => {
            (format!("looking at {} files", units::number(done as u64)), Some(path))
        }
        Progress::Looking {
            path,
            done,
            of: Some(of),
        } => {
            let of = of as u64;
            let share = share(done as u64, of, screen);
            (format!("looking{share} of {} files", units::number(of)), Some(path))
        }
        Progress::Tending { what, done, of } => {
            let share = share(done as u64, of as u64, screen);
            (format!("{what}{share} of the store"), None)
        }
    };
    fitted(&words, path, screen)
}

/// Returns a line that says for whom we wait, in full if there is room.
pub fn waiting(holder: Holder, now: Time, screen: &Screen) -> String {
    let long = for_whom(holder, now);
    if "jobstamp: ".len() + long.width() <= room(screen) {
        return fitted(&long, None, screen);
    }
    let who = holder
        .process
        .map_or("another process".to_owned(), |id| format!("process {id}"));
    let short = match seconds(holder, now) {
        Some(seconds) if seconds > 0 => {
            let age = units::age(seconds);
            format!("waiting for {who}, {} so far", age.trim_end_matches(" ago"))
        }
        _ => format!("waiting for {who}"),
    };
    fitted(&short, None, screen)
}

/// Returns for whom we wait, and since when that one is at it.
pub fn for_whom(holder: Holder, now: Time) -> String {
    let who = holder
        .process
        .map_or("another process".to_owned(), |id| format!("process {id}"));
    match seconds(holder, now) {
        Some(seconds) => format!(
            "waiting for {who}, which began the same job {} ago",
            units::seconds(seconds)
        ),
        None => format!("waiting for {who}, which runs the same job"),
    }
}

/// Returns for how long it has been at it. Of a clock that was set back meanwhile nobody can tell.
fn seconds(holder: Holder, now: Time) -> Option<u64> {
    let since = holder.since.filter(|since| *since <= now)?;
    Some(now.nanoseconds_since(since) / 1_000_000_000)
}

/// Puts `words` behind our name, with as much of the end of `path` as there is room for.
fn fitted(words: &str, path: Option<&Path>, screen: &Screen) -> String {
    let room = room(screen);
    let words = format!("jobstamp: {words}");
    let left = room.saturating_sub(words.width() + 2);
    match path {
        Some(path) if left >= SHORTEST_PATH => {
            let path = cut(&Shown::path(path).to_string(), left, Cut::Before, screen.unicode);
            format!("{words}  {path}")
        }
        _ => cut(&words, room, Cut::Behind, screen.unicode),
    }
}

/// How many cells a line may have. The last column stays free: where something is written there, some terminals begin another line.
fn room(screen: &Screen) -> usize {
    screen.width.unwrap_or(80).saturating_sub(1)
}

/// Returns how much is done, as a bar where there is room for one, and in hundredths.
fn share(done: u64, of: u64, screen: &Screen) -> String {
    let hundredths = u128::from(done.min(of)) * 100 / u128::from(of.max(1));
    let hundredths = u64::try_from(hundredths).unwrap_or(100);
    if room(screen) < WORTH_A_BAR {
        return format!(" {hundredths} %");
    }
    let full = usize::try_from(hundredths * BAR / 100).unwrap_or(0);
    let rest = usize::try_from(BAR).unwrap_or(0).saturating_sub(full);
    let (done, to_come) = if screen.unicode { ("━", "─") } else { ("#", "-") };
    format!("  {}{}  {hundredths:>3} %", done.repeat(full), to_come.repeat(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screen(width: usize, unicode: bool) -> Screen {
        Screen {
            width: Some(width),
            unicode,
            ..Screen::default()
        }
    }

    #[test]
    fn work_is_told_of_in_a_line_that_fits_the_terminal() {
        let path = Path::new("/home/somebody/project/data/a model.bin");
        let hashing = |done, size| Progress::Hashing { path, done, size };
        let looking = |done, of| Progress::Looking { path, done, of };
        let sweeping = Progress::Tending {
            what: "sweeping",
            done: 64,
            of: 256,
        };
        for (progress, width, unicode, expected) in [
            (
                hashing(3 << 30, 4 << 30),
                120,
                true,
                "jobstamp: hashing  ━━━━━━━━━━━━━━━─────   75 % of 4.0 GiB  /home/somebody/project/data/a model.bin",
            ),
            (
                hashing(3 << 30, 4 << 30),
                80,
                true,
                "jobstamp: hashing  ━━━━━━━━━━━━━━━─────   75 % of 4.0 GiB  …ct/data/a model.bin",
            ),
            (
                hashing(3 << 30, 4 << 30),
                80,
                false,
                "jobstamp: hashing  ###############-----   75 % of 4.0 GiB  ..t/data/a model.bin",
            ),
            (
                hashing(3 << 30, 4 << 30),
                50,
                true,
                "jobstamp: hashing 75 % of 4.0 GiB  …a/a model.bin",
            ),
            (hashing(0, 0), 40, true, "jobstamp: hashing 0 % of 0 bytes"),
            (
                looking(412_672, None),
                70,
                true,
                "jobstamp: looking at 412,672 files  …omebody/project/data/a model.bin",
            ),
            (
                looking(12, None),
                80,
                true,
                "jobstamp: looking at files  /home/somebody/project/data/a model.bin",
            ),
            (
                looking(50_176, Some(100_000)),
                50,
                true,
                "jobstamp: looking 50 % of 100,000 files",
            ),
            (
                sweeping,
                80,
                true,
                "jobstamp: sweeping  ━━━━━───────────────   25 % of the store",
            ),
            (sweeping, 20, false, "jobstamp: sweepin.."),
            (sweeping, 0, true, ""),
        ] {
            let line = of(&progress, &screen(width, unicode));
            assert!(line.width() <= width.saturating_sub(1), "{line}");
            if width > 0 {
                assert_eq!(line, expected);
            }
        }
    }

    #[test]
    fn who_waits_is_told_for_whom_and_since_when() {
        let at = |seconds| Time {
            seconds,
            nanoseconds: 0,
        };
        let holder = |process, since: Option<i64>| Holder {
            process,
            since: since.map(at),
        };
        for (holder, width, expected) in [
            (
                holder(Some(4711), Some(88)),
                80,
                "jobstamp: waiting for process 4711, which began the same job 12 seconds ago",
            ),
            (
                holder(Some(4711), Some(88)),
                50,
                "jobstamp: waiting for process 4711, 12 s so far",
            ),
            (
                holder(None, Some(101)),
                80,
                "jobstamp: waiting for another process, which runs the same job",
            ),
            (holder(None, None), 50, "jobstamp: waiting for another process"),
        ] {
            assert_eq!(waiting(holder, at(100), &screen(width, true)), expected);
        }
    }
}
