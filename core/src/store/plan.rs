//! What goes, decided apart from its going: pure.

use std::ffi::OsStr;

use super::measure::{Group, LITTER_AGE};
use crate::disk::Time;

/// What may stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes in all; besides, never more than a tenth of the file system.
    pub bytes: u64,
    /// Seconds since the last use.
    pub age: u64,
}

impl Default for Limits {
    /// 5 GiB and 60 days.
    fn default() -> Self {
        Self {
            bytes: 5 << 30,
            age: 60 * 24 * 3600,
        }
    }
}

/// What is to be reached, and what must not go for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aim<'a> {
    /// How many bytes there are too many.
    pub(super) excess: u64,
    /// For how many seconds what stays may have been unused.
    pub(super) age: u64,
    /// When the sweep began.
    pub(super) began: Time,
    /// When all had been measured. Later than that is the future, from which a clock was set back.
    pub(super) measured: Time,
    /// The name of a stamp file that stays.
    pub(super) spared: Option<&'a OsStr>,
}

/// Decides which of `groups` go: those not used for too long, then the longest unused until enough bytes are freed. What was
/// used since the sweep began stays; a last use in the future counts as now.
pub(super) fn plan(groups: &[Group], aim: &Aim) -> Vec<usize> {
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by_key(|index| groups[*index].used().min(aim.measured));
    let (mut freed, mut going) = (0, Vec::new());
    for index in order {
        let group = &groups[index];
        let idle = aim.began.seconds_since(group.used());
        // Side files without their stamp are litter, or about to get it.
        let goes = if group.stamp.is_some() {
            idle > aim.age || freed < aim.excess
        } else {
            idle > LITTER_AGE
        };
        let is_new = aim.began < group.used() && group.used() <= aim.measured;
        if goes && !is_new && Some(group.name.as_os_str()) != aim.spared {
            freed = group.bytes().saturating_add(freed);
            going.push(index);
        }
    }
    going
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::{Kind, Look};

    fn at(seconds: i64) -> Time {
        Time {
            seconds,
            nanoseconds: 0,
        }
    }

    fn look(size: u64, used: i64) -> Look {
        Look {
            kind: Kind::File,
            size,
            modified: at(used),
            changed: at(used),
            inode: 0,
            device: 0,
            mode: 0,
            links: 1,
            owner: 0,
        }
    }

    fn group(name: &str, bytes: u64, used: i64) -> Group {
        Group {
            name: name.into(),
            stamp: Some(look(bytes, used)),
            sides: Vec::new(),
        }
    }

    fn aim(excess: u64, age: u64) -> Aim<'static> {
        Aim {
            excess,
            age,
            began: at(100),
            measured: at(100),
            spared: None,
        }
    }

    #[track_caller]
    fn goes(groups: &[Group], aim: &Aim, going: &[&str]) {
        let names: Vec<_> = plan(groups, aim)
            .iter()
            .map(|index| groups[*index].name.to_str().unwrap())
            .collect();
        assert_eq!(names, going, "{aim:?}");
    }

    #[test]
    fn what_is_unused_for_too_long_goes_then_the_longest_unused_while_there_is_too_much() {
        let groups = [
            group("new", 10, 99),
            group("old", 10, 10),
            group("older", 10, 5),
            group("future", 10, 500),
        ];
        for (excess, age, spared, going) in [
            (0, 1000, None, &[][..]),
            (0, 90, None, &["older"]),
            (1, 1000, None, &["older"]),
            (10, 1000, None, &["older"]),
            (11, 1000, None, &["older", "old"]),
            (15, 1000, Some("older"), &["old", "new"]),
            (1000, 1000, Some("new"), &["older", "old", "future"]),
            (u64::MAX, 1000, None, &["older", "old", "new", "future"]),
        ] {
            let spared = spared.map(OsStr::new);
            goes(
                &groups,
                &Aim {
                    spared,
                    ..aim(excess, age)
                },
                going,
            );
        }
    }

    /// S15.
    #[test]
    fn what_is_used_while_all_is_measured_stays() {
        let groups = [
            group("before", 10, 99),
            group("meanwhile", 10, 105),
            group("future", 10, 500),
        ];
        let aim = Aim {
            measured: at(110),
            ..aim(u64::MAX, 1000)
        };
        goes(&groups, &aim, &["before", "future"]);
    }

    #[test]
    fn side_files_without_a_stamp_are_left_to_a_running_process_for_an_hour() {
        let orphan = |used| Group {
            name: "orphan".into(),
            stamp: None,
            sides: vec![("side".into(), look(1, used))],
        };
        let aim = |excess, age| Aim {
            began: at(10_000),
            measured: at(10_000),
            ..aim(excess, age)
        };
        goes(&[orphan(9_000)], &aim(u64::MAX, 0), &[]);
        goes(&[orphan(6_000)], &aim(0, u64::MAX), &["orphan"]);
    }
}
