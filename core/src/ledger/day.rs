//! A day of the calendar, in Greenwich.

use std::fmt;

const SECONDS: i64 = 24 * 3600;
/// What has four digits: later and earlier days are taken for the last and the first of these.
const FIRST: i64 = -719_528;
const LAST: i64 = 2_932_896;

/// A day in UTC, of the years 0000 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i64);

impl Day {
    /// Returns the day in which `seconds` since 1970 lie.
    #[must_use]
    pub fn of(seconds: i64) -> Self {
        Self(seconds.div_euclid(SECONDS).clamp(FIRST, LAST))
    }

    /// Returns its first second.
    #[must_use]
    pub fn starts(self) -> i64 {
        self.0 * SECONDS
    }

    /// Returns the day so many days later.
    #[must_use]
    pub fn later(self, days: i64) -> Self {
        Self(self.0.saturating_add(days).clamp(FIRST, LAST))
    }

    /// Returns how many days lie between `earlier` and this one.
    #[must_use]
    pub fn days_since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// Reads what [`Day::text`] wrote.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let is_digit = |at: &usize| bytes[*at].is_ascii_digit();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' || ![0, 1, 2, 3, 5, 6, 8, 9].iter().all(is_digit) {
            return None;
        }
        let (year, month, day) = (
            text[..4].parse().ok()?,
            text[5..7].parse().ok()?,
            text[8..].parse().ok()?,
        );
        let read = Self::of_date(year, month, day);
        // The thirtieth of February is another day.
        (read.date() == (year, month, day)).then_some(read)
    }

    /// Returns it as in `2026-11-23`, as ISO 8601 has it.
    #[must_use]
    pub fn text(self) -> [u8; 10] {
        let (year, month, day) = self.date();
        let mut text = *b"0000-00-00";
        // By hand: a hit is counted in the file of this name.
        for (from, digits, mut number) in [(0, 4, year), (5, 2, month), (8, 2, day)] {
            for place in (from..from + digits).rev() {
                text[place] = b'0' + number.rem_euclid(10).to_le_bytes()[0];
                number /= 10;
            }
        }
        text
    }

    /// Returns the day of the week, Monday being 0.
    #[must_use]
    pub fn weekday(self) -> usize {
        // The first of January 1970 was a Thursday.
        usize::try_from((self.0 + 3).rem_euclid(7)).unwrap_or_default()
    }

    /// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
    fn date(self) -> (i64, i64, i64) {
        let days = self.0 + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 {
            from_march + 3
        } else {
            from_march - 9
        };
        (year_of_era + era * 400 + i64::from(month <= 2), month, day)
    }

    /// Source: as above, `days_from_civil`.
    fn of_date(year: i64, month: i64, day: i64) -> Self {
        let year = year - i64::from(month <= 2);
        let era = year.div_euclid(400);
        let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
        let year_of_era = year.rem_euclid(400);
        let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
        Self(era * 146_097 + of_era - 719_468)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&String::from_utf8_lossy(&self.text()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (seconds, text, weekday) in [
            (0, "1970-01-01", 3),
            (-1, "1969-12-31", 2),
            (SECONDS - 1, "1970-01-01", 3),
            (951_782_400, "2000-02-29", 1),
            (1_793_404_800, "2026-10-31", 5),
            (4_107_542_400, "2100-03-01", 0),
            (i64::MIN, "0000-01-01", 5),
            (i64::MAX, "9999-12-31", 4),
        ] {
            let day = Day::of(seconds);
            assert_eq!((day.to_string().as_str(), day.weekday()), (text, weekday), "{seconds}");
            assert_eq!(Day::read(text), Some(day));
        }
    }

    #[test]
    fn one_day_follows_the_other() {
        let mut day = Day::of(-SECONDS * 200_000);
        for _ in 0..400_000 {
            let next = day.later(1);
            assert_eq!((next.days_since(day), next.starts() - day.starts()), (1, SECONDS));
            assert_eq!(Day::read(&next.to_string()), Some(next));
            assert!(next.text() > day.text());
            day = next;
        }
    }

    #[test]
    fn what_is_no_day_is_none() {
        for text in [
            "",
            "2026-11-2",
            "2026-11-231",
            "2026/11/23",
            "2026-02-30",
            "2026-13-01",
            "2026-00-10",
            "-026-01-01",
            "2026-1-011",
            "٢026-1-1",
        ] {
            assert_eq!(Day::read(text), None, "{text}");
        }
    }
}
