//! Sizes and durations as people write them: `500K`, `1h30m`.
//!
//! The same words on the command line, in variables, in the configuration file and in Python. Read strictly: whoever
//! writes `10` for a time may have meant minutes, and is asked rather than guessed at.

use std::fmt::Write as _;
use std::time::Duration;

/// What sizes look like, for messages.
pub const SIZES: &str = "500K, 20M or 1G";
/// What durations look like, for messages.
pub const DURATIONS: &str = "90s, 1h30m, 7d or 2w";

/// The units of a duration in milliseconds, the longest first.
const UNITS: [(&str, u64); 6] = [
    ("w", 7 * 24 * 3_600_000),
    ("d", 24 * 3_600_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Reads a number of bytes: digits, then nothing, `K`, `M`, `G` or `T` (powers of 1024). `None` if it is none, or more
/// than 64 bits hold.
#[must_use]
pub fn size(text: &str) -> Option<u64> {
    let (digits, shift) = match text.char_indices().next_back()? {
        (at, 'K') => (&text[..at], 10),
        (at, 'M') => (&text[..at], 20),
        (at, 'G') => (&text[..at], 30),
        (at, 'T') => (&text[..at], 40),
        _ => (text, 0),
    };
    number(digits)?.checked_mul(1 << shift)
}

/// Reads a duration: numbers, each with its unit (`w`, `d`, `h`, `m`, `s`, `ms`), the longest unit first and none twice.
/// A lone `0` needs no unit. `None` if it is none, or longer than 64 bits of milliseconds.
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut rest = text;
    let mut units = UNITS.iter();
    let mut sum = 0_u64;
    loop {
        let end = rest.find(|character: char| !character.is_ascii_digit())?;
        let (digits, behind) = rest.split_at(end);
        let end = behind
            .find(|character: char| character.is_ascii_digit())
            .unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(end);
        // Only those that are shorter than the one before are left.
        let (_, milliseconds) = units.find(|(name, _)| *name == unit)?;
        sum = sum.checked_add(number(digits)?.checked_mul(*milliseconds)?)?;
        if behind.is_empty() {
            return Some(Duration::from_millis(sum));
        }
        rest = behind;
    }
}

/// Returns a number of bytes as [`size`] reads it.
#[must_use]
pub fn written_size(bytes: u64) -> String {
    for (unit, shift) in [("T", 40), ("G", 30), ("M", 20), ("K", 10)] {
        if bytes > 0 && bytes.is_multiple_of(1 << shift) {
            return format!("{}{unit}", bytes >> shift);
        }
    }
    bytes.to_string()
}

/// Returns a duration as [`duration`] reads it; what is less than a millisecond is left out.
#[must_use]
pub fn written_duration(duration: Duration) -> String {
    let mut rest = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let mut text = String::new();
    // People count days, not weeks.
    for (unit, milliseconds) in &UNITS[1..] {
        if rest >= *milliseconds {
            // A text takes whatever is written to it.
            let _ = write!(text, "{}{unit}", rest / milliseconds);
            rest %= milliseconds;
        }
    }
    if text.is_empty() { "0".to_owned() } else { text }
}

fn number(digits: &str) -> Option<u64> {
    let are_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| are_digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_digits_and_perhaps_a_unit() {
        for (text, bytes) in [
            ("0", Some(0)),
            ("7", Some(7)),
            ("2K", Some(2048)),
            ("500M", Some(500 << 20)),
            ("1G", Some(1 << 30)),
            ("3T", Some(3 << 40)),
            ("18446744073709551615", Some(u64::MAX)),
        ] {
            assert_eq!(size(text), bytes, "{text}");
        }
        for text in [
            "",
            "-1",
            "+1",
            "1.5G",
            "G",
            "1g",
            "1 G",
            "1GB",
            "99999999999999999999",
            "99999999T",
            "1\u{e9}",
        ] {
            assert_eq!(size(text), None, "{text}");
        }
    }

    #[test]
    fn durations_are_numbers_with_units_the_longest_first() {
        for (text, milliseconds) in [
            ("0", 0),
            ("0s", 0),
            ("90s", 90_000),
            ("250ms", 250),
            ("1h30m", 5_400_000),
            ("7d", 604_800_000),
            ("2w", 1_209_600_000),
            ("1w2d3h4m5s6ms", 788_645_006),
            ("1m1ms", 60_001),
        ] {
            assert_eq!(duration(text), Some(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in [
            "",
            "10",
            "s",
            "-1s",
            "+1s",
            "1.5h",
            "1 h",
            "1h 30m",
            "30m1h",
            "1h1h",
            "1y",
            "1h30",
            "1S",
            "1\u{e9}",
            "99999999999999999999s",
            "18446744073709551615s",
            "18446744073709551615ms1w",
        ] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for (bytes, text) in [
            (0, "0"),
            (1023, "1023"),
            (1024, "1K"),
            (5 << 30, "5G"),
            (1536, "1536"),
            (u64::MAX, "18446744073709551615"),
        ] {
            assert_eq!(written_size(bytes), text);
            assert_eq!(size(text), Some(bytes));
        }
        for (milliseconds, text) in [
            (0, "0"),
            (1, "1ms"),
            (90_000, "1m30s"),
            (5_400_000, "1h30m"),
            (60 * 24 * 3_600_000, "60d"),
            (u64::MAX, "213503982334d14h25m51s615ms"),
        ] {
            let span = Duration::from_millis(milliseconds);
            assert_eq!(written_duration(span), text);
            assert_eq!(duration(text), Some(span));
        }
    }
}
