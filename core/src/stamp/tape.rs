//! What a command said, on which stream, in which order.

use super::Piece;

/// One of the two streams a command writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Standard output, file descriptor 1.
    Out,
    /// Standard error, file descriptor 2.
    Err,
}

/// All that a command said: the bytes of both streams in the order they came, and the runs that tell them apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tape {
    /// The bytes.
    pub bytes: Piece,
    /// The runs: each a number in LEB128, its lowest bit the stream (0 output, 1 error), the others the length.
    pub runs: Piece,
}

/// Writes runs, joining neighbours on the same stream.
#[derive(Clone, Debug, Default)]
pub struct RunsWriter {
    stream: Option<Stream>,
    length: u64,
}

impl RunsWriter {
    /// Notes `length` more bytes on `stream`; hands the run that they end, if they end one, to `out` as bytes.
    pub fn add(&mut self, stream: Stream, length: u64, out: &mut Vec<u8>) {
        if self.stream != Some(stream) {
            self.finish(out);
            self.stream = Some(stream);
        }
        self.length += length;
    }

    /// Ends the last run.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        if let (Some(stream), 1..) = (self.stream, self.length) {
            let mut number = u128::from(self.length) << 1 | u128::from(stream == Stream::Err);
            // LEB128: seven bits a byte, least significant first, the high bit on all but the last.
            while number >= 0x80 {
                out.push(low_byte(number) | 0x80);
                number >>= 7;
            }
            out.push(low_byte(number));
        }
        self.length = 0;
    }
}

fn low_byte(number: u128) -> u8 {
    number.to_le_bytes()[0]
}

/// A number has more bits than any length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlong;

/// Reads runs from bytes that may come piece by piece.
#[derive(Clone, Debug, Default)]
pub struct Runs {
    number: u128,
    shift: u32,
}

impl Runs {
    /// Takes the next byte; returns the run that it ends, if it ends one.
    ///
    /// # Errors
    /// The number has more bits than any length.
    pub fn byte(&mut self, byte: u8) -> Result<Option<(Stream, u64)>, Overlong> {
        if self.shift > 63 {
            return Err(Overlong);
        }
        self.number |= u128::from(byte & 0x7f) << self.shift;
        self.shift += 7;
        if byte & 0x80 != 0 {
            return Ok(None);
        }
        let number = std::mem::take(self).number;
        let stream = if number & 1 == 0 { Stream::Out } else { Stream::Err };
        u64::try_from(number >> 1)
            .map(|length| Some((stream, length)))
            .map_err(|_| Overlong)
    }

    /// Returns whether no run is half read.
    #[must_use]
    pub fn is_between_runs(&self) -> bool {
        self.shift == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_read_as_they_were_written_and_neighbours_are_one() {
        use Stream::{Err, Out};
        for (said, runs) in [
            (vec![], vec![]),
            (vec![(Out, 0)], vec![]),
            (
                vec![(Out, 1), (Out, 2), (Err, 5), (Out, 0), (Err, 1)],
                vec![(Out, 3), (Err, 5), (Err, 1)],
            ),
            (
                vec![(Err, 63), (Out, 64), (Err, u64::MAX >> 1)],
                vec![(Err, 63), (Out, 64), (Err, u64::MAX >> 1)],
            ),
        ] {
            let (mut writer, mut bytes) = (RunsWriter::default(), Vec::new());
            for (stream, length) in said {
                writer.add(stream, length, &mut bytes);
            }
            writer.finish(&mut bytes);
            let mut reader = Runs::default();
            let read: Vec<_> = bytes.iter().filter_map(|byte| reader.byte(*byte).unwrap()).collect();
            assert_eq!(read, runs);
            assert!(reader.is_between_runs());
        }
    }

    #[test]
    fn an_endless_number_is_refused() {
        let mut reader = Runs::default();
        assert!((0..20).any(|_| reader.byte(0x80).is_err()));
    }
}
