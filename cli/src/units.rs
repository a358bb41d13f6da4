//! Amounts and moments as people say them: in whole sentences, and short in the columns of tables.

use jobstamps::Time;

const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1_000 * MILLISECOND;

/// Returns `number` with its thousands apart.
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut said = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            said.push(',');
        }
        said.push(digit);
    }
    said
}

/// Returns `number` of something, of which one is `one` and more are `more`.
pub fn of(count: u64, one: &str, more: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { more })
}

/// Returns a number of bytes, in the unit that suits it.
pub fn bytes(bytes: u64) -> String {
    larger(bytes).unwrap_or_else(|| of(bytes, "byte", "bytes"))
}

/// As [`bytes`], short.
pub fn size(bytes: u64) -> String {
    larger(bytes).unwrap_or_else(|| format!("{} B", number(bytes)))
}

/// Returns a number of bytes in a larger unit, if there are so many.
fn larger(bytes: u64) -> Option<String> {
    const UNITS: [(&str, u32); 4] = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];
    for (unit, shift) in UNITS {
        let whole = bytes >> shift;
        if whole >= 10 {
            return Some(format!("{} {unit}", number(whole)));
        }
        if whole > 0 {
            let tenths = (bytes >> (shift - 10)) % 1024 * 10 / 1024;
            return Some(format!("{whole}.{tenths} {unit}"));
        }
    }
    None
}

/// Returns a span of time, in the unit that suits it.
pub fn seconds(seconds: u64) -> String {
    match seconds {
        0..120 => of(seconds, "second", "seconds"),
        120..7200 => of(seconds / 60, "minute", "minutes"),
        7200..172_800 => of(seconds / 3600, "hour", "hours"),
        _ => of(seconds / 86_400, "day", "days"),
    }
}

/// Returns how long something took, short: two digits or more, and never more than it was.
pub fn duration(nanoseconds: u64) -> String {
    let tenths = |unit: u64, name: &str| {
        let (whole, tenth) = (nanoseconds / unit, nanoseconds % unit * 10 / unit);
        if whole < 10 {
            format!("{whole}.{tenth} {name}")
        } else {
            format!("{whole} {name}")
        }
    };
    let seconds = nanoseconds / SECOND;
    match seconds {
        0 => tenths(MILLISECOND, "ms"),
        1..60 => tenths(SECOND, "s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
        _ => format!("{} d {} h", number(seconds / 86_400), seconds / 3600 % 24),
    }
}

/// Returns how long ago something was, short.
pub fn age(seconds: u64) -> String {
    match seconds {
        0 => "now".to_owned(),
        1..60 => format!("{seconds} s ago"),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..86_400 => format!("{} h ago", seconds / 3600),
        _ => format!("{} d ago", number(seconds / 86_400)),
    }
}

/// Returns the moment as RFC 3339 has it, in UTC and to the second.
pub fn moment(time: Time) -> String {
    let (days, second) = (time.seconds.div_euclid(86_400), time.seconds.rem_euclid(86_400));
    let (year, month, day) = date(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Returns the date of so many days after 1970-01-01.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
fn date(days: i64) -> (i64, i64, i64) {
    // Years that begin in March: the day that not every year has is their last.
    let days = days.saturating_add(719_468);
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_said_as_people_say_them() {
        for (said, expected) in [
            (number(0), "0"),
            (number(999), "999"),
            (number(1000), "1,000"),
            (number(1_234_567), "1,234,567"),
            (bytes(0), "0 bytes"),
            (bytes(1), "1 byte"),
            (bytes(1023), "1,023 bytes"),
            (bytes(1024), "1.0 KiB"),
            (bytes(1536), "1.5 KiB"),
            (bytes(10 << 20), "10 MiB"),
            (bytes((5 << 30) + (5 << 29)), "7.5 GiB"),
            (bytes(u64::MAX), "16,777,215 TiB"),
            (seconds(1), "1 second"),
            (seconds(119), "119 seconds"),
            (seconds(7199), "119 minutes"),
            (seconds(172_800), "2 days"),
        ] {
            assert_eq!(said, expected);
        }
    }

    #[test]
    fn in_tables_amounts_are_short() {
        for (said, expected) in [
            (size(0), "0 B"),
            (size(1023), "1,023 B"),
            (size(1536), "1.5 KiB"),
            (duration(0), "0.0 ms"),
            (duration(999_999), "0.9 ms"),
            (duration(12_345_678), "12 ms"),
            (duration(999_999_999), "999 ms"),
            (duration(1_250_000_000), "1.2 s"),
            (duration(59_999_999_999), "59 s"),
            (duration(65 * SECOND), "1 min 5 s"),
            (duration(7_500 * SECOND), "2 h 5 min"),
            (duration(100_000 * SECOND), "1 d 3 h"),
            (duration(u64::MAX), "213,503 d 23 h"),
            (age(0), "now"),
            (age(59), "59 s ago"),
            (age(60), "1 min ago"),
            (age(7_199), "1 h ago"),
            (age(86_400), "1 d ago"),
            (age(u64::MAX), "213,503,982,334,601 d ago"),
        ] {
            assert_eq!(said, expected);
        }
    }

    #[test]
    fn moments_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (-62_167_219_200, "0000-01-01T00:00:00Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] {
            let time = Time {
                seconds,
                nanoseconds: 999_999_999,
            };
            assert_eq!(moment(time), expected, "{seconds}");
        }
        for seconds in [i64::MIN, i64::MAX] {
            let time = Time {
                seconds,
                nanoseconds: 0,
            };
            assert!(moment(time).ends_with('Z'), "{seconds}");
        }
    }
}
