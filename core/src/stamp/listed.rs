//! The dependencies of a stamp as they lie in its bytes: a hit reads each, compares it, and keeps none of them.

use super::format::{BESIDES, pass_fingerprint, read_fingerprint, read_path};
use crate::encoding::Decoder;
use crate::fingerprint::Fingerprint;

/// So many lie in one stretch.
const STRETCH: usize = 128;

/// The dependencies of a stamp, in stretches that can be read apart.
#[derive(Default)]
pub(crate) struct Listed<'a> {
    /// In their order.
    pub(crate) stretches: Vec<Stretch<'a>>,
    /// Whether any of them is a directory or a pattern.
    pub(crate) has_trees: bool,
}

/// Some dependencies that lie one behind the other.
#[derive(Clone)]
pub(crate) struct Stretch<'a> {
    /// Which number the next has among all.
    next: usize,
    /// How many are left.
    left: usize,
    /// The path before the next, which that may share its beginning with.
    path: Vec<u8>,
    decoder: Decoder<'a>,
}

impl<'a> Listed<'a> {
    /// Reads past all of them, and shows `visit` each path; `None` where they are not of the form.
    pub(super) fn read(decoder: &mut Decoder<'a>, visit: &mut dyn FnMut(&[u8])) -> Option<Self> {
        let count = decoder.length(BESIDES)?;
        let mut listed = Self {
            stretches: Vec::with_capacity(count.div_ceil(STRETCH)),
            has_trees: false,
        };
        let mut all = Stretch {
            next: 0,
            left: count,
            path: Vec::new(),
            decoder: *decoder,
        };
        while all.left > 0 {
            if all.next.is_multiple_of(STRETCH) {
                let left = all.left.min(STRETCH);
                listed.stretches.push(Stretch { left, ..all.clone() });
            }
            all.pass_path()?;
            listed.has_trees |= pass_fingerprint(&mut all.decoder)?;
            visit(&all.path);
        }
        *decoder = all.decoder;
        Some(listed)
    }
}

impl Listed<'_> {
    /// Reads how dependency `number` looked.
    pub(crate) fn read_one(&self, number: usize) -> Option<Fingerprint> {
        let mut stretch = self.stretches.get(number / STRETCH)?.clone();
        while stretch.next < number {
            stretch.read()?;
        }
        stretch.read().map(|(_, _, fingerprint)| fingerprint)
    }
}

impl Stretch<'_> {
    /// Returns whether there is another.
    pub(crate) fn is_at_end(&self) -> bool {
        self.left == 0
    }

    /// Reads the next: its number among all, its path and how it looked. `None` where there is none, or it is not of the form.
    pub(crate) fn read(&mut self) -> Option<(usize, &[u8], Fingerprint)> {
        self.pass_path()?;
        let fingerprint = read_fingerprint(&mut self.decoder)?;
        Some((self.next - 1, &self.path, fingerprint))
    }

    /// Reads the path of the next.
    fn pass_path(&mut self) -> Option<()> {
        self.left = self.left.checked_sub(1)?;
        self.next += 1;
        read_path(&mut self.path, &mut self.decoder)
    }
}

#[cfg(test)]
mod tests {
    use super::super::format::{decode, decode_hot, encode};
    use super::super::{Condition, Outcome, Stamp};
    use super::*;
    use crate::digest::Digest;
    use crate::disk::{Kind, Look, Time};
    use crate::fingerprint::{Entries, FileRecord, Kept, TreeRecord};
    use crate::job::JobKey;
    use std::path::PathBuf;

    fn fingerprint(number: u64) -> Fingerprint {
        let time = |nanoseconds| Time {
            seconds: number.cast_signed() * 1_000_000,
            nanoseconds,
        };
        let digest = Digest::of(&number.to_le_bytes());
        match number % 7 {
            0 => Fingerprint::Missing,
            1 => Fingerprint::Tree(TreeRecord {
                looked: time(1),
                young: false,
                pattern: true,
                looks: digest,
                content: Some(digest),
                entries: Entries::Kept(Kept {
                    number,
                    length: 1,
                    digest,
                }),
            }),
            _ => Fingerprint::File(FileRecord {
                look: Look {
                    kind: Kind::File,
                    size: number << (number % 60),
                    modified: time(999_999_999),
                    changed: time(0),
                    inode: u64::MAX - number,
                    device: 1,
                    mode: 0o644,
                    links: 1,
                    owner: 0,
                },
                links: number.is_multiple_of(2).then_some(digest),
                digest: number.is_multiple_of(3).then_some(digest),
                young: number.is_multiple_of(5),
            }),
        }
    }

    fn stamp(count: u64) -> Stamp {
        Stamp {
            program: Vec::new(),
            code: None,
            dependencies: (0..count)
                .map(|number| {
                    (
                        format!("/w/d{:02}/f{number:04}", number / 9).into(),
                        fingerprint(number),
                    )
                })
                .collect(),
            outputs: Vec::new(),
            condition: Condition::Any,
            started: Time::default(),
            took: 0,
            outcome: Outcome::ReadsInput,
        }
    }

    /// Reads all dependencies in their place, the stretches one by one from the last to the first.
    fn read_in_place(key: &JobKey, bytes: &[u8]) -> Option<(Vec<(PathBuf, Fingerprint)>, bool)> {
        let mut shown = Vec::new();
        let (_, listed) = decode_hot(key, bytes, &mut |path| shown.push(path.to_vec()))?;
        let mut all = vec![None; shown.len()];
        for stretch in listed.stretches.iter().rev() {
            let mut stretch = stretch.clone();
            while !stretch.is_at_end() {
                let (number, path, fingerprint) = stretch.read()?;
                assert_eq!(path, shown[number]);
                assert!(
                    all[number]
                        .replace((crate::disk::os_string(path)?.into(), fingerprint))
                        .is_none()
                );
            }
        }
        for (number, one) in all.iter().enumerate().step_by(37) {
            assert_eq!(listed.read_one(number), one.clone().map(|(_, fingerprint)| fingerprint));
        }
        Some((all.into_iter().collect::<Option<_>>()?, listed.has_trees))
    }

    fn as_a_whole(key: &JobKey, bytes: &[u8]) -> Option<(Vec<(PathBuf, Fingerprint)>, bool)> {
        let dependencies = decode(key, bytes)?.dependencies;
        let has_trees = dependencies.iter().any(|(_, one)| matches!(one, Fingerprint::Tree(_)));
        Some((dependencies, has_trees))
    }

    #[test]
    fn read_in_place_they_are_what_they_are_in_the_stamp_as_a_whole() {
        let key = JobKey::from_bytes([7; 32]);
        for count in [0, 1, 2, 127, 128, 129, 256, 700] {
            let stamp = stamp(count);
            let bytes = encode(&key, &stamp);
            assert_eq!(as_a_whole(&key, &bytes).unwrap().0, stamp.dependencies);
            assert_eq!(read_in_place(&key, &bytes), as_a_whole(&key, &bytes));
        }
    }

    #[test]
    fn whatever_is_damaged_is_refused_in_place_as_it_is_as_a_whole() {
        let key = JobKey::from_bytes([7; 32]);
        for count in [16, 140] {
            let bytes = encode(&key, &stamp(count));
            for at in 32..bytes.len() {
                for damage in [1, 0x80, 0xff] {
                    if count > 16 && (at + damage) % 41 > 0 {
                        continue;
                    }
                    let mut damaged = bytes.clone();
                    damaged[at] ^= u8::try_from(damage).unwrap();
                    assert_eq!(
                        read_in_place(&key, &damaged),
                        as_a_whole(&key, &damaged),
                        "{at} {damage}"
                    );
                }
            }
        }
    }
}
