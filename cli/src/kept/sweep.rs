//! `jobstamp sweep`: lets old stamps go.

use jobstamps::{Limits, Stats};

use super::{DONE, Desk, print, refused};
use crate::arguments::Told;
use crate::json::Object;
use crate::units;

/// What a sweep came to.
struct Swept {
    gone: Stats,
    left: Stats,
    is_dry: bool,
}

/// Lets old stamps go, or says which would; returns the exit code.
#[cold]
#[inline(never)]
pub fn sweep(told: &Told) -> u8 {
    let desk = Desk::open(told);
    let limits = limits(told, &desk);
    let is_dry = told.has("--dry-run");
    let cache = &desk.cache;
    let gone = if is_dry {
        cache.excess(&limits)
    } else {
        cache.sweep(&limits)
    };
    let swept = gone.and_then(|gone| {
        let stats = cache.stats()?;
        // What would go is still there.
        let staying = if is_dry { gone } else { Stats::default() };
        let left = Stats {
            stamps: stats.stamps.saturating_sub(staying.stamps),
            bytes: stats.bytes.saturating_sub(staying.bytes),
        };
        Ok(Swept { gone, left, is_dry })
    });
    match swept {
        Ok(swept) if told.has("--json") => print(swept.object()),
        Ok(swept) => print(swept.text()),
        Err(error) => return refused(&error),
    }
    DONE
}

/// Returns what was said here, or else is set for all runs.
fn limits(told: &Told, desk: &Desk) -> Limits {
    let set = desk.surroundings.settings.limits();
    Limits {
        bytes: told.size("--max-size").unwrap_or(set.bytes),
        age: told.duration("--max-age").map_or(set.age, |age| age.as_secs()),
    }
}

impl Swept {
    fn object(&self) -> String {
        let stats = |stats: Stats| Object::new().value("jobs", stats.stamps).value("bytes", stats.bytes);
        let object = Object::new()
            .value("dry_run", self.is_dry)
            .value("gone", stats(self.gone))
            .value("left", stats(self.left));
        format!("{object}\n")
    }

    fn text(&self) -> String {
        let said = |stats: Stats| {
            let jobs = units::of(stats.stamps, "job", "jobs");
            format!("{jobs}, {}", units::bytes(stats.bytes))
        };
        let (gone, left) = (self.gone, said(self.left));
        match (self.is_dry, gone == Stats::default()) {
            (false, true) => format!("Nothing had to go; {left} are kept.\n"),
            (true, true) => format!("Nothing would have to go; {left} are kept.\n"),
            (false, false) => format!("Swept {}; {left} are left.\n", said(gone)),
            (true, false) => format!("Would sweep {}; {left} would be left.\n", said(gone)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_and_what_is_left_is_said_in_a_line() {
        let some = |stamps, bytes| Stats { stamps, bytes };
        for (gone, is_dry, expected) in [
            (some(0, 0), false, "Nothing had to go; 7 jobs, 2.0 KiB are kept.\n"),
            (
                some(0, 0),
                true,
                "Nothing would have to go; 7 jobs, 2.0 KiB are kept.\n",
            ),
            (some(1, 10), false, "Swept 1 job, 10 bytes; 7 jobs, 2.0 KiB are left.\n"),
            (
                some(1234, 10 << 20),
                true,
                "Would sweep 1,234 jobs, 10 MiB; 7 jobs, 2.0 KiB would be left.\n",
            ),
        ] {
            let left = some(7, 2048);
            assert_eq!(Swept { gone, left, is_dry }.text(), expected);
        }
    }
}
