//! What a report tells: numbers and names, not yet in words.

use jobstamps::ledger::{Day, Tally};

/// What a report tells.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// The directory that holds the stamps.
    pub store: String,
    /// When they were gathered, in seconds since 1970.
    pub made: i64,
    /// Whether the user has turned counting off.
    pub is_off: bool,
    /// Each day of the time it tells of, the first first: days on which nothing happened too.
    pub days: Vec<(Day, Tally)>,
    /// What came of all jobs on these days.
    pub total: Tally,
    /// The same of each program and function.
    pub programs: Vec<(String, Tally)>,
    /// How many programs and functions there are besides.
    pub other_programs: u64,
    /// Why jobs ran, the most frequent first.
    pub causes: Vec<Causes>,
    /// Why runs are not remembered, the most frequent first.
    pub unkept: Vec<Causes>,
    /// How many jobs are remembered now.
    pub jobs: u64,
    /// How much room they take.
    pub bytes: u64,
    /// Those that saved most time.
    pub valuable: Vec<Kept>,
    /// Those that take most room.
    pub largest: Vec<Kept>,
}

/// How often there was one cause.
#[derive(Clone, Debug, Default)]
pub struct Causes {
    /// As in "a dependency changed".
    pub words: &'static str,
    /// In all.
    pub times: u64,
    /// What it was about most often, and how often.
    pub details: Vec<(String, u64)>,
}

/// A job that is remembered.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// The command with its arguments, or the function.
    pub job: String,
    /// The directory it ran in; empty for one that runs anywhere.
    pub directory: String,
    /// The first digits of its key.
    pub key: String,
    /// How often it was replayed.
    pub hits: u64,
    /// How many nanoseconds that saved.
    pub saved: u64,
    /// How much room its stamps take.
    pub bytes: u64,
    /// When it was last used, in seconds since 1970; to the day.
    pub used: i64,
}

/// Returns what two tallies come to.
pub fn and(one: &Tally, other: &Tally) -> Tally {
    Tally {
        hits: one.hits.saturating_add(other.hits),
        misses: one.misses.saturating_add(other.misses),
        unkept: one.unkept.saturating_add(other.unkept),
        saved: one.saved.saturating_add(other.saved),
        taken: one.taken.saturating_add(other.taken),
        last: one.last.max(other.last),
    }
}

/// Returns how many percent of the jobs were replayed: 100 only if all were, 0 only if none was.
pub fn percent(tally: &Tally) -> u64 {
    let times = u128::from(tally.hits) + u128::from(tally.runs());
    let rounded = (u128::from(tally.hits) * 200 + times).checked_div(times * 2);
    match (tally.hits, tally.runs()) {
        (0, _) => 0,
        (_, 0) => 100,
        _ => rounded
            .and_then(|percent| u64::try_from(percent).ok())
            .unwrap_or(0)
            .clamp(1, 99),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_says_all_only_of_all_and_none_only_of_none() {
        for (hits, misses, expected) in [
            (0, 0, 0),
            (0, 5, 0),
            (5, 0, 100),
            (1, 1, 50),
            (2, 1, 67),
            (1, 1_000_000, 1),
            (1_000_000, 1, 99),
            (u64::MAX, u64::MAX, 50),
        ] {
            let tally = Tally {
                hits,
                misses,
                ..Tally::default()
            };
            assert_eq!(percent(&tally), expected, "{hits} {misses}");
        }
    }
}
