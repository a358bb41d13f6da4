//! A large file, hashed by several threads.
//!
//! BLAKE3 is a tree: parts of the file are hashed apart, each at its own place, and put together. They are read, not
//! mapped: a file that is cut short under a map kills who looks at it.

use std::fs::File;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::read::{PIECE, fill};
use super::{Wait, system};
use crate::crew;
use crate::digest::{Branch, Digest, Hasher};
use crate::progress::Hashing;

/// From so many bytes on a second thread saves more than it costs.
pub(super) const GIANT: u64 = 8 << 20;
/// The smallest part that one thread takes at a time: a power of two, as is each that it is doubled to.
const PART: u64 = 1 << 20;
/// A file is divided into at most so many parts: 32 bytes are kept of each.
const MOST_PARTS: u64 = 4096;

/// Returns the digest of a file of `size` bytes, which is larger than one part; `None` if it has not exactly so many, or
/// cannot be read: then whoever reads it from its start to its end finds out what it is.
#[cold]
#[inline(never)]
pub(super) fn hash(file: &File, size: u64, path: &Path) -> Option<Digest> {
    hash_with(crew::size(), file, size, &Hashing::begin(path, size))
}

fn hash_with(threads: usize, file: &File, size: u64, progress: &Hashing) -> Option<Digest> {
    let part = size.div_ceil(MOST_PARTS).next_power_of_two().max(PART);
    let count = size.div_ceil(part);
    let branches = Mutex::new(vec![None; usize::try_from(count).ok()?]);
    let next = AtomicU64::new(0);
    crew::work(threads, &|| {
        let mut piece = vec![0; PIECE];
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return;
            }
            let start = number * part;
            let range = start..size.min(start + part);
            let Some(branch) = branch(file, range.clone(), &mut piece) else {
                // There is no digest: nobody need take another part.
                next.store(count, Ordering::Relaxed);
                return;
            };
            if let (Ok(mut branches), Ok(number)) = (branches.lock(), usize::try_from(number)) {
                branches[number] = Some(branch);
            }
            progress.add(range.end - range.start);
        }
    });
    let branches: Vec<Branch> = branches.into_inner().ok()?.into_iter().collect::<Option<_>>()?;
    // One that has grown is another file.
    let is_at_end = matches!(system::read_at(file, &mut [0], size, Wait::Allowed), Ok(0));
    is_at_end.then(|| Digest::of_branches(&branches))
}

/// Hashes the bytes of `range`, read into `piece` one after the other.
fn branch(file: &File, range: std::ops::Range<u64>, piece: &mut [u8]) -> Option<Branch> {
    let mut hasher = Hasher::at(range.start);
    let mut offset = range.start;
    while offset < range.end {
        let length = usize::try_from(range.end - offset).map_or(piece.len(), |rest| rest.min(piece.len()));
        fill(file, &mut piece[..length], offset, Wait::Allowed).ok()?;
        hasher.update(&piece[..length]);
        offset += length as u64;
    }
    Some(hasher.branch())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unwatched(size: u64) -> Hashing<'static> {
        Hashing::begin(Path::new(""), size)
    }

    #[test]
    fn however_many_threads_hash_a_file_its_digest_is_the_same() {
        let mut file = tempfile::tempfile().unwrap();
        let sizes = [1, 2, 3, 4, 5, 7, 8].map(|parts| parts * PART);
        let sizes = sizes
            .into_iter()
            .flat_map(|size| [size + 1, size + 1025, size + PART - 1, size + PART]);
        let bytes: Vec<u8> = (0..9 * PART).map(|number| (number % 251) as u8).collect();
        std::io::Write::write_all(&mut file, &bytes).unwrap();
        let mut sizes: Vec<u64> = sizes.collect();
        sizes.sort_unstable();
        for size in sizes.into_iter().rev() {
            file.set_len(size).unwrap();
            let expected = Digest::of(&bytes[..usize::try_from(size).unwrap()]);
            for threads in [1, 2, 3] {
                assert_eq!(
                    hash_with(threads, &file, size, &unwatched(size)),
                    Some(expected),
                    "{size} {threads}"
                );
            }
        }
    }

    #[test]
    fn a_file_that_is_cut_short_or_grows_has_no_digest_by_its_old_size() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(3 * PART).unwrap();
        for size in [3 * PART - 1, 3 * PART + 1, 6 * PART, 100 * PART] {
            assert_eq!(hash_with(2, &file, size, &unwatched(size)), None, "{size}");
        }
        assert!(hash_with(2, &file, 3 * PART, &unwatched(3 * PART)).is_some());
    }
}
