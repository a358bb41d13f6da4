//! The hash of some bytes.
//!
//! BLAKE3 names jobs and contents ([`Digest`]): nobody can make two that collide. XXH3 only notices accidents in our own
//! files ([`checksum`]): it needs neither set-up nor CPU detection, which matters on the path of a hit.

use std::fmt;

use blake3::hazmat::{ChainingValue, HasherExt as _, Mode, merge_subtrees_non_root, merge_subtrees_root};
use blake3::platform::Platform;

/// Bytes in a chunk, the leaf of BLAKE3's tree. This and the constants below: the BLAKE3 paper, section 2.
const CHUNK: usize = 1024;
const IV: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];
const CHUNK_START: u8 = 1;
const CHUNK_END: u8 = 2;
const ROOT: u8 = 8;

/// The BLAKE3 hash of some bytes, 32 bytes long.
///
/// Source: <https://github.com/BLAKE3-team/BLAKE3-specs>.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Returns the digest of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        if bytes.len() <= CHUNK {
            return Self::of_chunk(bytes);
        }
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// Hashes at most one chunk, which needs no tree of chunks.
    ///
    /// The crate's own way asks the processor for its features first: three instructions that trap on virtual machines,
    /// some 15 us, which is a tenth of a whole hit. Hidden from the crate's documentation, hence its exact version.
    fn of_chunk(bytes: &[u8]) -> Self {
        let mut state = IV;
        let last = bytes.len().div_ceil(64).max(1) - 1;
        for index in 0..=last {
            let part = &bytes[index * 64..bytes.len().min(index * 64 + 64)];
            let mut block = [0; 64];
            block[..part.len()].copy_from_slice(part);
            let start = if index == 0 { CHUNK_START } else { 0 };
            let end = if index == last { CHUNK_END | ROOT } else { 0 };
            #[allow(clippy::cast_possible_truncation)] // At most 64.
            let length = part.len() as u8;
            Platform::Portable.compress_in_place(&mut state, &block, length, 0, start | end);
        }
        let mut digest = [0; 32];
        for (bytes, word) in digest.chunks_exact_mut(4).zip(state) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        Self(digest)
    }

    /// Returns the digest of `bytes` under a secret `key`: only a holder of the key can make it.
    #[must_use]
    pub fn keyed(key: &[u8; 32], bytes: &[u8]) -> Self {
        Self(*blake3::keyed_hash(key, bytes).as_bytes())
    }

    /// Returns the digest of the bytes whose parts are `branches`, in their order: at least two, all of one length that is
    /// a power of two and no less than a chunk, but for the last, which may be shorter.
    #[cold]
    pub(crate) fn of_branches(branches: &[Branch]) -> Self {
        let (left, right) = branches.split_at(Branch::on_the_left(branches));
        Self(*merge_subtrees_root(&Branch::joined(left), &Branch::joined(right), Mode::Hash).as_bytes())
    }

    /// Returns the digest as 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn hex(&self) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = String::with_capacity(64);
        for byte in self.0 {
            text.push(char::from(DIGITS[usize::from(byte >> 4)]));
            text.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
        text
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.hex())
    }
}

/// Makes a [`Digest`] of bytes that come piece by piece.
#[derive(Clone, Debug, Default)]
pub struct Hasher(blake3::Hasher);

impl Hasher {
    /// Starts with no bytes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts at `offset` of some bytes, to hash a part of them: see [`Digest::of_branches`].
    #[cold]
    pub(crate) fn at(offset: u64) -> Self {
        let mut hasher = Self::new();
        hasher.0.set_input_offset(offset);
        hasher
    }

    /// Returns the hash of the part that was added.
    #[cold]
    pub(crate) fn branch(&self) -> Branch {
        Branch(self.0.finalize_non_root())
    }

    /// Adds `bytes`; how they are cut into pieces makes no difference.
    pub fn update(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update(bytes);
        self
    }

    /// Returns the digest of all bytes so far.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest(*self.0.finalize().as_bytes())
    }
}

/// The hash of a part of some bytes at its place among them, of which [`Digest::of_branches`] makes a digest.
#[derive(Clone, Copy)]
pub(crate) struct Branch(ChainingValue);

impl Branch {
    /// Returns how many of `branches` lie left of the root: the most that are a power of two and leave one.
    fn on_the_left(branches: &[Self]) -> usize {
        branches.len().next_power_of_two() / 2
    }

    fn joined(branches: &[Self]) -> ChainingValue {
        if let [one] = branches {
            return one.0;
        }
        let (left, right) = branches.split_at(Self::on_the_left(branches));
        merge_subtrees_non_root(&Self::joined(left), &Self::joined(right), Mode::Hash)
    }
}

/// Returns the XXH3 checksum of `bytes`, 128 bits, least significant byte first.
///
/// It notices accidents, not malice. Source: <https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md>.
#[must_use]
pub fn checksum(bytes: &[u8]) -> [u8; 16] {
    xxhash_rust::xxh3::xxh3_128(bytes).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_pieces_is_the_digest_of_the_whole() {
        let bytes: Vec<u8> = (0..5000).map(|n| u8::try_from(n % 251).unwrap()).collect();
        for cut in [0, 1, 64, 1023, 1024, 1025, 4999, 5000] {
            let mut hasher = Hasher::new();
            hasher.update(&bytes[..cut]).update(&bytes[cut..]);
            assert_eq!(hasher.digest(), Digest::of(&bytes), "cut at {cut}");
        }
    }

    #[test]
    fn short_and_long_ways_are_one_function() {
        let bytes: Vec<u8> = (0..2 * CHUNK).map(|n| u8::try_from(n % 251).unwrap()).collect();
        for length in (0..=CHUNK + 70).chain([2 * CHUNK]) {
            let expected = Digest(*blake3::hash(&bytes[..length]).as_bytes());
            assert_eq!(Digest::of(&bytes[..length]), expected, "{length} bytes");
        }
    }

    #[test]
    fn the_algorithms_are_the_published_ones() {
        assert_eq!(
            Digest::of(b"").hex(),
            "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
        );
        assert_eq!(
            checksum(b""),
            0x99aa_06d3_0147_98d8_6001_c324_468d_497f_u128.to_le_bytes()
        );
    }
}
