//! How many days a column of a chart stands for, and what days are called.

use jobstamps::ledger::{Day, Tally};

use super::figures::and;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
/// More columns than these, and they stand for more than a day, or more than a week.
const MOST_COLUMNS: usize = 92;

/// How many days a column stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// One.
    Day,
    /// Monday to Sunday.
    Week,
    /// As the calendar has it.
    Month,
}

impl Span {
    /// Returns the shortest that leaves no more columns than can be told apart, with what came of jobs for each column; the
    /// first and the last may have fewer days.
    pub fn columns(days: &[(Day, Tally)]) -> (Self, Vec<(Day, Tally)>) {
        let span = match days.len() {
            0..=MOST_COLUMNS => Self::Day,
            days if days / 7 <= MOST_COLUMNS => Self::Week,
            _ => Self::Month,
        };
        let mut columns: Vec<(Day, Tally)> = Vec::new();
        for (day, tally) in days {
            match columns.last_mut() {
                Some((first, sum)) if span.holds(*first, *day) => *sum = and(sum, tally),
                _ => columns.push((*day, *tally)),
            }
        }
        (span, columns)
    }

    /// Returns whether `day` is in the span that `first` is the first known day of.
    fn holds(self, first: Day, day: Day) -> bool {
        match self {
            Self::Day => day == first,
            Self::Week => day.days_since(first) < 7 && day.weekday() >= first.weekday(),
            Self::Month => day.text()[..7] == first.text()[..7],
        }
    }

    /// Returns the word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// Names the span that begins on `day`, as in `week of 23 Nov 2026`.
    pub fn name(self, day: Day) -> String {
        match self {
            Self::Day => in_words(day),
            Self::Week => format!("week of {}", in_words(day)),
            Self::Month => month_of_year(day),
        }
    }
}

/// Returns a day as people write it, as in `3 Nov 2026`.
pub fn in_words(day: Day) -> String {
    let text = day.to_string();
    format!("{} {}", text[8..].trim_start_matches('0'), month_of_year(day))
}

fn month_of_year(day: Day) -> String {
    let text = day.to_string();
    let month: usize = text[5..7].parse().unwrap_or(1);
    format!("{} {}", MONTHS[month.clamp(1, 12) - 1], &text[..4])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_named_as_people_name_them() {
        for (day, words) in [
            ("1970-01-01", "1 Jan 1970"),
            ("2026-11-23", "23 Nov 2026"),
            ("2028-02-29", "29 Feb 2028"),
        ] {
            assert_eq!(Day::read(day).map(in_words).as_deref(), Some(words));
        }
    }

    #[test]
    fn columns_stand_for_so_many_days_that_they_can_be_told_apart_and_lose_no_job() {
        let one = Tally {
            hits: 1,
            ..Tally::default()
        };
        for (days, span, columns, first, second) in [
            (0, Span::Day, 0, None, None),
            (7, Span::Day, 7, Some("1 Jan 1970"), Some("2 Jan 1970")),
            (92, Span::Day, 92, Some("1 Jan 1970"), Some("2 Jan 1970")),
            (
                93,
                Span::Week,
                14,
                Some("week of 1 Jan 1970"),
                Some("week of 5 Jan 1970"),
            ),
            (3650, Span::Month, 120, Some("Jan 1970"), Some("Feb 1970")),
        ] {
            let all: Vec<_> = (0..days).map(|day| (Day::of(0).later(day), one)).collect();
            let (found, made) = Span::columns(&all);
            let name = |column: usize| made.get(column).map(|(day, _)| found.name(*day));
            assert_eq!((found, made.len()), (span, columns), "{days}");
            assert_eq!((name(0).as_deref(), name(1).as_deref()), (first, second));
            assert_eq!(made.iter().map(|(_, tally)| tally.hits).sum::<u64>(), all.len() as u64);
        }
    }
}
