//! Amounts as people say them.

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
    const UNITS: [(&str, u32); 4] = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];
    for (unit, shift) in UNITS {
        let whole = bytes >> shift;
        if whole >= 10 {
            return format!("{} {unit}", number(whole));
        }
        if whole > 0 {
            let tenths = (bytes >> (shift - 10)) % 1024 * 10 / 1024;
            return format!("{whole}.{tenths} {unit}");
        }
    }
    of(bytes, "byte", "bytes")
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
}
