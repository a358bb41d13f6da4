//! How large each shard was when it was last measured, and what was written there since: so that a run need not look
//! at all that lies in its shard to know whether the store is over its limits.
//!
//! Only a hint, written in place and without a lock. Half written, lost or wrong, it is right again once the shards have
//! been measured; and nothing goes because of what was only added up.

use std::ffi::OsStr;

use super::layout::{SHARDS, SIZES};
use super::local::Store;
use super::measure::Group;
use crate::disk::{Hint, Time};

/// Three numbers for each shard.
const WIDTH: usize = 3 * 8;

/// The sizes of all shards, as far as they are known.
#[derive(Debug)]
pub(super) struct Sizes {
    hint: Option<Hint>,
    /// As they lie in the file: each run adds to one of them, and looks at the others once.
    bytes: Vec<u8>,
}

/// The size of one shard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Size {
    /// Bytes in it when it was measured.
    measured: u64,
    /// Bytes written there since, whatever they took the place of.
    since: u64,
    /// When it was measured, in seconds; 0 if never.
    at: i64,
}

impl Sizes {
    /// Reads what is known of `store`.
    pub(super) fn of(store: &Store) -> Self {
        let hint = store.root().open_hint(OsStr::new(SIZES)).ok();
        let bytes = hint.as_ref().and_then(|hint| hint.read(SHARDS * WIDTH).ok());
        let mut bytes = bytes.unwrap_or_default();
        bytes.resize(SHARDS * WIDTH, 0);
        Self { hint, bytes }
    }

    fn shard(&self, number: u8) -> Size {
        Size::decode(&self.bytes[usize::from(number) * WIDTH..])
    }

    fn shards(&self) -> impl Iterator<Item = (u8, Size)> {
        (0..=u8::MAX).zip(self.bytes.chunks_exact(WIDTH).map(Size::decode))
    }

    /// Returns whether shard `number` was measured within the last `seconds` before `now`.
    pub(super) fn is_known(&self, number: u8, now: Time, seconds: u64) -> bool {
        let at = self.shard(number).at;
        // One from the future says nothing: a clock was set back, or the hint is damaged.
        at > 0 && at <= now.seconds && now.seconds.abs_diff(at) < seconds
    }

    /// Returns how many bytes there are at the most, counting all that was written.
    pub(super) fn most(&self) -> u64 {
        let all = self.shards().flat_map(|(_, shard)| [shard.measured, shard.since]);
        all.fold(0, u64::saturating_add)
    }

    /// Returns how many bytes there were in all shards but `number` when they were measured. None are counted if they are more
    /// than the `space` there is: a damaged hint must not let stamps go that may stay.
    pub(super) fn elsewhere(&self, number: u8, space: u64) -> u64 {
        let others = self.shards().filter(|(other, _)| *other != number);
        let bytes = others.fold(0, |sum, (_, shard)| shard.measured.saturating_add(sum));
        if bytes <= space { bytes } else { 0 }
    }

    /// Returns the shards that were written to since they were measured, those first where it was most.
    pub(super) fn grown(&self) -> Vec<u8> {
        let mut grown: Vec<(u8, Size)> = self.shards().filter(|(_, shard)| shard.since > 0).collect();
        grown.sort_by_key(|(_, shard)| std::cmp::Reverse(shard.since));
        grown.into_iter().map(|(number, _)| number).collect()
    }

    /// Notes that `bytes` were written in shard `number`.
    pub(super) fn add(&mut self, number: u8, bytes: u64) {
        let known = self.shard(number);
        let since = known.since.saturating_add(bytes);
        self.put(number, Size { since, ..known });
    }

    /// Notes the size of shard `number`, measured just now.
    pub(super) fn measured(&mut self, number: u8, bytes: u64, now: Time) {
        let size = Size {
            measured: bytes,
            since: 0,
            at: now.seconds,
        };
        self.put(number, size);
    }

    fn put(&mut self, number: u8, size: Size) {
        let (from, bytes) = (usize::from(number) * WIDTH, size.encode());
        let place = &mut self.bytes[from..from + WIDTH];
        if *place == bytes {
            return;
        }
        place.copy_from_slice(&bytes);
        if let Some(hint) = &self.hint {
            let _ = hint.write(&bytes, from as u64);
        }
    }
}

impl Size {
    fn encode(self) -> [u8; WIDTH] {
        let mut bytes = [0; WIDTH];
        let numbers = [self.measured, self.since, self.at.cast_unsigned()];
        for (bytes, number) in bytes.chunks_exact_mut(8).zip(numbers) {
            bytes.copy_from_slice(&number.to_le_bytes());
        }
        bytes
    }

    /// Reads the first `WIDTH` of `bytes`.
    fn decode(bytes: &[u8]) -> Self {
        let number = |from: usize| bytes[from..from + 8].try_into().map_or(0, u64::from_le_bytes);
        Self {
            measured: number(0),
            since: number(8),
            at: number(16).cast_signed(),
        }
    }
}

/// Returns how many bytes `groups` have.
pub(super) fn all_bytes(groups: &[Group]) -> u64 {
    groups.iter().map(Group::bytes).fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Time {
        Time {
            seconds,
            nanoseconds: 0,
        }
    }

    fn sizes() -> Sizes {
        Sizes {
            hint: None,
            bytes: vec![0; SHARDS * WIDTH],
        }
    }

    #[test]
    fn what_was_measured_is_known_for_a_while_and_never_in_the_future() {
        let mut sizes = sizes();
        assert!(!sizes.is_known(7, at(1000), 100));
        sizes.measured(7, 10, at(1000));
        for (now, known) in [(999, false), (1000, true), (1099, true), (1100, false)] {
            assert_eq!(sizes.is_known(7, at(now), 100), known, "{now}");
        }
        assert!(!sizes.is_known(8, at(1000), 100));
        sizes.bytes.fill(0xff);
        assert!(!sizes.is_known(7, at(1000), 100));
    }

    #[test]
    fn what_was_written_counts_until_it_is_measured() {
        let mut sizes = sizes();
        sizes.measured(1, 100, at(1));
        sizes.add(1, 5);
        sizes.add(2, 7);
        sizes.add(2, 7);
        assert_eq!((sizes.most(), sizes.elsewhere(2, 1000)), (119, 100));
        assert_eq!(sizes.grown(), [2, 1]);
        sizes.measured(2, 3, at(2));
        assert_eq!((sizes.most(), sizes.elsewhere(1, 1000)), (108, 3));
        assert_eq!(sizes.elsewhere(1, 2), 0, "more than there is room for");
        assert_eq!(sizes.grown(), [1]);
    }

    #[test]
    fn a_size_is_read_as_it_was_written() {
        let size = Size {
            measured: 1,
            since: u64::MAX,
            at: 1 << 33,
        };
        assert_eq!(Size::decode(&size.encode()), size);
    }
}
