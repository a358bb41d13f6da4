//! Values as bytes, and back.
//!
//! Each value has its tag or length before it, so that different sequences of values never give the same bytes, and
//! reading never believes a length that the bytes do not bear out.

/// Writes values so that different sequences of values never give the same bytes: each has its length or tag before it.
#[derive(Clone, Debug, Default)]
pub struct Encoder(Vec<u8>);

impl Encoder {
    /// Starts with room for `bytes` bytes.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// Writes which of several forms follows.
    pub fn tag(&mut self, tag: u8) -> &mut Self {
        self.0.push(tag);
        self
    }

    /// Writes a number as 8 bytes, least significant first.
    ///
    /// # Panics
    /// Never on machines of at most 64 bits.
    pub fn count(&mut self, count: impl TryInto<u64>) -> &mut Self {
        let Ok(count) = count.try_into() else {
            unreachable!("a count has at most 64 bits")
        };
        self.0.extend_from_slice(&count.to_le_bytes());
        self
    }

    /// Writes a number in as few bytes as it takes: LEB128, seven bits a byte, the least significant first.
    ///
    /// # Panics
    /// As [`Encoder::count`].
    pub fn number(&mut self, number: impl TryInto<u64>) -> &mut Self {
        let Ok(mut number) = number.try_into() else {
            unreachable!("a number has at most 64 bits")
        };
        while number > 0x7f {
            self.0.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.0.push(number.to_le_bytes()[0]);
        self
    }

    /// Writes `bytes` as they are, where their length is known.
    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// Writes `bytes` after their length.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.count(bytes.len());
        self.0.extend_from_slice(bytes);
        self
    }

    /// Writes whether there are bytes, and the bytes.
    pub fn optional(&mut self, bytes: Option<&[u8]>) -> &mut Self {
        match bytes {
            None => self.tag(0),
            Some(bytes) => self.tag(1).bytes(bytes),
        }
    }

    /// Returns what was written.
    #[must_use]
    pub fn encoded(&self) -> &[u8] {
        &self.0
    }

    /// Forgets what was written, and keeps the memory.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Gives the bytes away.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// Reads back what an [`Encoder`] wrote. Every method returns `None` where the bytes are not of that form.
#[derive(Clone, Copy, Debug)]
pub struct Decoder<'a>(&'a [u8]);

impl<'a> Decoder<'a> {
    /// Reads `bytes` from the start.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Takes the next `length` bytes.
    pub fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// Reads which of several forms follows.
    pub fn tag(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    /// Reads a number of 8 bytes.
    pub fn count(&mut self) -> Option<u64> {
        self.take(8)?.try_into().ok().map(u64::from_le_bytes)
    }

    /// Reads a number in as few bytes as it takes.
    #[inline]
    pub fn number(&mut self) -> Option<u64> {
        // Most take one byte.
        match self.0 {
            [byte @ ..0x80, rest @ ..] => {
                self.0 = rest;
                Some(u64::from(*byte))
            }
            _ => self.long_number(),
        }
    }

    fn long_number(&mut self) -> Option<u64> {
        const ENDS: u64 = 0x8080_8080_8080_8080;
        // Eight bytes at once: up to the first without the bit that says that more follow, then seven bits of each are moved
        // together, two and two.
        if let Some(bytes) = self.0.first_chunk() {
            let bytes = u64::from_le_bytes(*bytes);
            let ends = !bytes & ENDS;
            if ends != 0 {
                let bits = bytes & (ends ^ (ends - 1)) & !ENDS;
                let bits = (bits & 0x007f_007f_007f_007f) | ((bits & 0x7f00_7f00_7f00_7f00) >> 1);
                let bits = (bits & 0x0000_3fff_0000_3fff) | ((bits & 0x3fff_0000_3fff_0000) >> 2);
                self.0 = &self.0[ends.trailing_zeros() as usize / 8 + 1..];
                return Some((bits & 0x0fff_ffff) | ((bits & 0x0fff_ffff_0000_0000) >> 4));
            }
        }
        self.longest_number()
    }

    #[cold]
    fn longest_number(&mut self) -> Option<u64> {
        let mut number = 0;
        for (index, byte) in self.0.iter().enumerate().take(10) {
            let bits = u64::from(byte & 0x7f);
            // The tenth byte holds the last of 64 bits.
            if index == 9 && bits > 1 {
                return None;
            }
            number |= bits << (7 * index);
            if byte & 0x80 == 0 {
                self.0 = &self.0[index + 1..];
                return Some(number);
            }
        }
        None
    }

    /// Passes over `count` numbers, at least one, of as few bytes as they take.
    pub(crate) fn pass_numbers(&mut self, count: usize) -> Option<()> {
        let mut left = count;
        let length = self.0.iter().position(|byte| {
            left -= usize::from(*byte < 0x80);
            left == 0
        })?;
        self.take(length + 1).map(drop)
    }

    /// Reads how many values follow, each at least `smallest` bytes long: a number that the bytes cannot hold is no
    /// reason to set memory aside.
    pub fn length(&mut self, smallest: usize) -> Option<usize> {
        let count = usize::try_from(self.count()?).ok()?;
        (count.checked_mul(smallest.max(1))? <= self.0.len()).then_some(count)
    }

    /// Reads bytes after their length.
    pub fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.length(1)?;
        self.take(length)
    }

    /// Reads whether there are bytes, and the bytes.
    #[allow(clippy::option_option)] // The outer tells whether it was read, the inner is what was read.
    pub fn optional(&mut self) -> Option<Option<&'a [u8]>> {
        match self.tag()? {
            0 => Some(None),
            1 => self.bytes().map(Some),
            _ => None,
        }
    }

    /// Reads exactly `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    /// Returns whether all has been read.
    #[must_use]
    pub fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }
}

/// Returns whether `one` and `other` are the same bytes. For paths: the C library of the command compares byte by byte.
#[must_use]
pub(crate) fn is_alike(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && first_difference(one, other) == one.len()
}

/// Orders `one` and `other` by their bytes. For paths and names, most of which begin alike.
pub(crate) fn compare(one: &[u8], other: &[u8]) -> std::cmp::Ordering {
    let start = first_difference(one, other);
    one.get(start).cmp(&other.get(start))
}

/// Returns how many bytes `one` and `other` begin with that are the same.
#[must_use]
pub(crate) fn first_difference(one: &[u8], other: &[u8]) -> usize {
    let ((ones, _), (others, _)) = (one.as_chunks::<8>(), other.as_chunks::<8>());
    let is_same = |(one, other): &(&[u8; 8], &[u8; 8])| u64::from_ne_bytes(**one) == u64::from_ne_bytes(**other);
    let start = 8 * ones.iter().zip(others).take_while(is_same).count();
    let rest = one[start..].iter().zip(&other[start..]);
    start + rest.take_while(|(one, other)| one == other).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_back_and_nothing_else() {
        let mut encoder = Encoder::default();
        encoder
            .tag(7)
            .count(9_u64)
            .bytes(b"abc")
            .optional(None)
            .optional(Some(b""));
        let mut decoder = Decoder::new(encoder.encoded());
        assert_eq!(decoder.tag(), Some(7));
        assert_eq!(decoder.count(), Some(9));
        assert_eq!(decoder.bytes(), Some(&b"abc"[..]));
        assert_eq!(decoder.optional(), Some(None));
        assert_eq!(decoder.optional(), Some(Some(&b""[..])));
        assert!(decoder.is_at_end());
        assert_eq!(decoder.tag(), None);
    }

    #[test]
    fn numbers_are_short_and_none_is_longer_than_64_bits() {
        for (number, length) in [
            (0, 1),
            (0x7f, 1),
            (0x80, 2),
            (0x3fff, 2),
            (1 << 32, 5),
            (u64::MAX >> 1, 9),
            (u64::MAX, 10),
        ] {
            let mut encoder = Encoder::default();
            encoder.number(number).tag(7);
            assert_eq!(encoder.encoded().len(), length + 1);
            let mut decoder = Decoder::new(encoder.encoded());
            assert_eq!((decoder.number(), decoder.tag()), (Some(number), Some(7)));
            encoder.raw(&[7; 8]);
            let mut decoder = Decoder::new(encoder.encoded());
            assert_eq!((decoder.number(), decoder.tag()), (Some(number), Some(7)));
            let mut decoder = Decoder::new(encoder.encoded());
            assert_eq!((decoder.pass_numbers(1), decoder.tag()), (Some(()), Some(7)));
            assert_eq!((decoder.pass_numbers(8), decoder.is_at_end()), (Some(()), true));
            assert_eq!(decoder.pass_numbers(1), None);
            assert_eq!(Decoder::new(&encoder.encoded()[..length - 1]).number(), None);
        }
        for bytes in [
            &[0xff; 10][..],
            &[0x80; 11],
            b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",
        ] {
            assert_eq!(Decoder::new(bytes).number(), None);
        }
    }

    #[test]
    fn the_first_difference_is_found_wherever_it_is() {
        let bytes: Vec<u8> = (0..40).collect();
        for length in 0..bytes.len() {
            for other in 0..bytes.len() {
                let mut changed = bytes[..other].to_vec();
                assert_eq!(first_difference(&bytes[..length], &changed), length.min(other));
                assert_eq!(is_alike(&bytes[..length], &changed), length == other);
                if let Some(byte) = changed.get_mut(length) {
                    *byte ^= 1;
                    assert_eq!(first_difference(&bytes, &changed), length);
                    assert!(!is_alike(&bytes[..other], &changed));
                }
            }
        }
    }

    #[test]
    fn a_length_that_the_bytes_do_not_bear_out_is_not_believed() {
        for length in [4_u64, 1 << 32, 1 << 63, u64::MAX] {
            let mut encoder = Encoder::default();
            encoder.count(length);
            let bytes = [encoder.encoded(), b"abc"].concat();
            assert_eq!(Decoder::new(&bytes).bytes(), None);
            assert_eq!(Decoder::new(&bytes).length(1), None);
            assert_eq!(Decoder::new(&bytes).length(usize::MAX), None);
        }
    }
}
