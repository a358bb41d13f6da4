//! A moment, as file systems and clocks tell it.

/// Seconds and nanoseconds since 1970 (before it, seconds are negative).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time {
    /// Whole seconds.
    pub seconds: i64,
    /// Nanoseconds into the second, below 1,000,000,000.
    pub nanoseconds: u32,
}

/// Tells the time. Callers own the clock, so that a test can turn it.
pub type Clock = fn() -> Time;

impl Time {
    /// Returns whether `other` lies at most `seconds` before or after this moment.
    #[must_use]
    pub fn is_within(self, seconds: u64, other: Self) -> bool {
        let distance = self.nanos().abs_diff(other.nanos());
        distance <= u128::from(seconds) * 1_000_000_000
    }

    /// Returns the whole seconds from `earlier` to this moment, 0 if it lies in the future.
    #[must_use]
    pub fn seconds_since(self, earlier: Self) -> u64 {
        u64::try_from(self.seconds.saturating_sub(earlier.seconds)).unwrap_or(0)
    }

    /// Returns the nanoseconds from `earlier` to this moment, 0 if it lies in the future.
    #[must_use]
    pub fn nanoseconds_since(self, earlier: Self) -> u64 {
        u64::try_from(self.nanos().saturating_sub(earlier.nanos()).max(0)).unwrap_or(u64::MAX)
    }

    fn nanos(self) -> i128 {
        i128::from(self.seconds) * 1_000_000_000 + i128::from(self.nanoseconds)
    }
}

impl From<std::time::SystemTime> for Time {
    fn from(time: std::time::SystemTime) -> Self {
        match time.duration_since(std::time::UNIX_EPOCH) {
            Ok(after) => Self {
                seconds: i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
                nanoseconds: after.subsec_nanos(),
            },
            Err(error) => {
                let before = error.duration();
                let seconds = i64::try_from(before.as_secs()).unwrap_or(i64::MAX);
                match before.subsec_nanos() {
                    0 => Self {
                        seconds: -seconds,
                        nanoseconds: 0,
                    },
                    nanoseconds => Self {
                        seconds: -seconds - 1,
                        nanoseconds: 1_000_000_000 - nanoseconds,
                    },
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn moments_before_1970_and_at_the_ends_of_time_are_moments() {
        let before = Time::from(UNIX_EPOCH - Duration::from_millis(1500));
        assert_eq!(
            before,
            Time {
                seconds: -2,
                nanoseconds: 500_000_000
            }
        );
        let (first, last) = (
            Time {
                seconds: i64::MIN,
                nanoseconds: 0,
            },
            Time {
                seconds: i64::MAX,
                nanoseconds: 0,
            },
        );
        assert!(!first.is_within(2, last));
        assert_eq!(first.seconds_since(last), 0);
        assert_eq!(last.seconds_since(first), u64::try_from(i64::MAX).unwrap());
    }

    #[test]
    fn within_two_seconds_holds_on_both_sides_and_at_the_edge() {
        let now = Time {
            seconds: 100,
            nanoseconds: 0,
        };
        for (seconds, nanoseconds, within) in [(98, 0, true), (97, 999_999_999, false), (102, 0, true), (102, 1, false)]
        {
            assert_eq!(now.is_within(2, Time { seconds, nanoseconds }), within);
        }
    }
}
