//! Compares what a command says now with what it is remembered to have said.
//!
//! Each stream by itself: how two pipes mixed on the way here says nothing of the command. (Where both streams were one,
//! there is only one, and its order is exact.) Memory stays constant: the remembered tape is read along.

use std::io;

use super::{Part, Ready, Replay};
use crate::stamp::{Runs, Stream};

/// Bytes of a line that are kept on either side of a difference.
const MOST: usize = 100;
/// Bytes read from the tape at a time.
const PIECE: usize = 64 * 1024;

/// Where two streams differ first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// On which stream.
    pub stream: Stream,
    /// How many bytes are equal before it.
    pub offset: u64,
    /// In which line it is, from 1.
    pub line: u64,
    /// That line as it is remembered; nothing where the stream had ended.
    pub remembered: Option<Excerpt>,
    /// That line as it is now; nothing where the stream has ended.
    pub now: Option<Excerpt>,
}

/// The part of a line around a difference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// Its bytes, with those that end the line only if the other has none there.
    pub bytes: Vec<u8>,
    /// Whether the line begins before it.
    pub begins_before: bool,
    /// Whether the line goes on behind it.
    pub goes_on: bool,
}

/// A comparison that goes on while the command runs.
#[derive(Debug)]
pub struct Comparison {
    bytes: Part,
    runs: Part,
    out: Track,
    err: Track,
    trouble: Option<io::Error>,
}

impl Replay {
    /// Begins to compare what a command says with this.
    #[must_use]
    pub fn compare(self) -> Comparison {
        let (bytes, runs) = match self.outcome {
            Ready::Exit { bytes, runs, .. } => (bytes, runs),
            Ready::Value(_) => (Part::Bytes(Vec::new()), Part::Bytes(Vec::new())),
        };
        Comparison {
            bytes,
            runs,
            out: Track::of(Stream::Out),
            err: Track::of(Stream::Err),
            trouble: None,
        }
    }
}

impl Comparison {
    /// Takes what the command says now on `stream`. Never fails: what cannot be compared is told at the end.
    pub fn say(&mut self, stream: Stream, bytes: &[u8]) {
        let track = match stream {
            Stream::Out => &mut self.out,
            Stream::Err => &mut self.err,
        };
        if self.trouble.is_none() {
            self.trouble = track.say(bytes, &self.bytes, &self.runs).err();
        }
    }

    /// Returns the first difference on each stream, now that the command has said all.
    ///
    /// # Errors
    /// What is remembered could not be read to its end.
    pub fn finish(mut self) -> io::Result<Vec<Difference>> {
        if let Some(trouble) = self.trouble {
            return Err(trouble);
        }
        let mut differences = Vec::new();
        for track in [&mut self.out, &mut self.err] {
            differences.extend(track.finish(&self.bytes, &self.runs)?);
        }
        Ok(differences)
    }
}

/// One stream of the tape, and how far the command has said the same.
#[derive(Debug)]
struct Track {
    stream: Stream,
    tape: Reader,
    offset: u64,
    line: u64,
    /// The line so far, equal on both sides.
    before: Excerpt,
    /// What the command says from the first difference to the end of that line.
    now: Option<Excerpt>,
}

impl Track {
    fn of(stream: Stream) -> Self {
        Self {
            stream,
            tape: Reader::of(stream),
            offset: 0,
            line: 1,
            before: Excerpt::default(),
            now: None,
        }
    }

    fn say(&mut self, mut bytes: &[u8], tape: &Part, runs: &Part) -> io::Result<()> {
        while !bytes.is_empty() {
            if let Some(now) = &mut self.now {
                now.extend(bytes);
                return Ok(());
            }
            let remembered = self.tape.next(tape, runs)?;
            let equal = remembered
                .iter()
                .zip(bytes)
                .take_while(|(one, other)| one == other)
                .count();
            if equal == 0 {
                self.now = Some(self.before.clone());
                continue;
            }
            self.advance(&bytes[..equal]);
            self.tape.take(equal);
            bytes = &bytes[equal..];
        }
        Ok(())
    }

    fn advance(&mut self, equal: &[u8]) {
        self.offset += equal.len() as u64;
        let mut of_line = equal;
        if let Some(end) = equal.iter().rposition(|byte| *byte == b'\n') {
            self.line += equal.split(|byte| *byte == b'\n').count() as u64 - 1;
            self.before = Excerpt::default();
            of_line = &equal[end + 1..];
        }
        let before = &mut self.before;
        before.bytes.extend_from_slice(of_line);
        if let Some(over) = before.bytes.len().checked_sub(MOST).filter(|over| *over > 0) {
            before.bytes.drain(..over);
            before.begins_before = true;
        }
    }

    fn finish(&mut self, tape: &Part, runs: &Part) -> io::Result<Option<Difference>> {
        let mut remembered = self.before.clone();
        loop {
            let bytes = self.tape.next(tape, runs)?;
            if bytes.is_empty() || remembered.is_full(&self.before) {
                break;
            }
            remembered.extend(bytes);
            let count = bytes.len();
            self.tape.take(count);
        }
        if self.now.is_none() && remembered == self.before {
            return Ok(None);
        }
        let mut now = self.now.take().unwrap_or_else(|| self.before.clone());
        // The end of the line says nothing where both have it.
        if remembered.bytes.ends_with(b"\n") && now.bytes.ends_with(b"\n") {
            remembered.bytes.pop();
            now.bytes.pop();
        }
        let shown = |excerpt: Excerpt, was_said: bool| Some(excerpt).filter(|_| was_said);
        let (had, has) = (remembered != self.before, now != self.before);
        let is_line_begun = !self.before.bytes.is_empty();
        Ok(Some(Difference {
            stream: self.stream,
            offset: self.offset,
            line: self.line,
            remembered: shown(remembered, had || is_line_begun),
            now: shown(now, has || is_line_begun),
        }))
    }
}

impl Excerpt {
    /// Adds `bytes` up to the end of the line, as far as they are shown.
    fn extend(&mut self, bytes: &[u8]) {
        if self.goes_on || self.bytes.ends_with(b"\n") {
            return;
        }
        let end = bytes
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(bytes.len(), |end| end + 1);
        let room = (2 * MOST).saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(&bytes[..end.min(room)]);
        self.goes_on = end > room;
    }

    /// Returns whether nothing more is shown of the line that begins like `before`.
    fn is_full(&self, before: &Self) -> bool {
        self != before && (self.goes_on || self.bytes.ends_with(b"\n"))
    }
}

/// Reads one stream of a tape from its start to its end.
#[derive(Debug)]
struct Reader {
    stream: Stream,
    /// How far the runs are read, and where on the tape the next one begins.
    runs_read: u64,
    next_run: u64,
    runs: Runs,
    run_bytes: (Vec<u8>, usize),
    /// What is left of a run on our stream: where, how long.
    run: (u64, u64),
    piece: (Vec<u8>, usize),
}

impl Reader {
    fn of(stream: Stream) -> Self {
        Self {
            stream,
            runs_read: 0,
            next_run: 0,
            runs: Runs::default(),
            run_bytes: Default::default(),
            run: (0, 0),
            piece: Default::default(),
        }
    }

    /// Returns the next bytes, without taking them; none at the end.
    fn next(&mut self, tape: &Part, runs: &Part) -> io::Result<&[u8]> {
        if self.piece.1 == self.piece.0.len() {
            while self.run.1 == 0 && self.next_run_of_ours(runs)? {}
            let (offset, length) = self.run;
            let count = usize::try_from(length).unwrap_or(PIECE).min(PIECE);
            self.piece.0.resize(count, 0);
            self.piece.1 = 0;
            tape.fill(&mut self.piece.0, offset)?;
            self.run = (offset + count as u64, length - count as u64);
        }
        Ok(&self.piece.0[self.piece.1..])
    }

    /// Takes bytes that [`Reader::next`] returned.
    fn take(&mut self, count: usize) {
        self.piece.1 += count;
    }

    /// Goes on to the next run, ours or not; false at the end.
    fn next_run_of_ours(&mut self, runs: &Part) -> io::Result<bool> {
        loop {
            let (bytes, at) = &mut self.run_bytes;
            if *at == bytes.len() {
                let left = runs.length() - self.runs_read;
                let count = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
                if count == 0 {
                    return Ok(false);
                }
                bytes.resize(count, 0);
                *at = 0;
                runs.fill(bytes, self.runs_read)?;
                self.runs_read += count as u64;
            }
            let byte = bytes[*at];
            *at += 1;
            let run = self.runs.byte(byte);
            if let Some((stream, length)) = run.map_err(|_| io::Error::from(io::ErrorKind::InvalidData))? {
                if stream == self.stream {
                    self.run = (self.next_run, length);
                }
                self.next_run += length;
                return Ok(true);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stamp::RunsWriter;
    use Stream::{Err, Out};

    type Said<'a> = &'a [(Stream, &'a [u8])];

    fn remembered(said: Said) -> Replay {
        let (mut writer, mut runs, mut tape) = (RunsWriter::default(), Vec::new(), Vec::new());
        for (stream, bytes) in said {
            writer.add(*stream, bytes.len() as u64, &mut runs);
            tape.extend_from_slice(bytes);
        }
        writer.finish(&mut runs);
        let (bytes, runs) = (Part::Bytes(tape), Part::Bytes(runs));
        Replay {
            outcome: Ready::Exit { code: 0, bytes, runs },
            offset: None,
        }
    }

    /// The differences, each as "stream offset:line `then` `now`", however the words come now.
    fn compared(then: Said, now: Said) -> Vec<String> {
        let mut all: Vec<Vec<String>> = Vec::new();
        for piece in [1, 3, usize::MAX] {
            let mut comparison = remembered(then).compare();
            for (stream, bytes) in now {
                for part in bytes.chunks(piece) {
                    comparison.say(*stream, part);
                }
            }
            let shown = |excerpt: Option<Excerpt>| {
                excerpt.map_or("-".to_owned(), |excerpt| format!("`{}`", excerpt.bytes.escape_ascii()))
            };
            let said = comparison.finish().unwrap().into_iter().map(|one| {
                let Difference {
                    stream,
                    offset,
                    line,
                    remembered,
                    now,
                } = one;
                format!("{stream:?} {offset}:{line} {} {}", shown(remembered), shown(now))
            });
            all.push(said.collect());
        }
        assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "{all:?}");
        all.remove(0)
    }

    #[test]
    fn equal_streams_do_not_differ_however_they_were_mixed() {
        let one: Said = &[(Out, b"a\nb"), (Err, b"x"), (Out, b"c\n")];
        let other: Said = &[(Err, b"x"), (Out, b"a\n"), (Out, b"bc\n")];
        assert_eq!(compared(one, other), [""; 0]);
        assert_eq!(compared(&[], &[]), [""; 0]);
    }

    #[test]
    fn the_first_difference_of_a_stream_is_told_with_its_line() {
        for (then, now, expected) in [
            (&b"a\nb\nc\n"[..], &b"a\nX\nc\n"[..], "Out 2:2 `b` `X`"),
            (b"time 12:30\n", b"time 12:31\n", "Out 9:1 `time 12:30` `time 12:31`"),
            (b"a\n", b"a\nb\n", "Out 2:2 - `b\\n`"),
            (b"a\nb\n", b"a\n", "Out 2:2 `b\\n` -"),
            (b"", b"a", "Out 0:1 - `a`"),
            (b"a\n", b"a", "Out 1:1 `a\\n` `a`"),
            (b"ab", b"abc", "Out 2:1 `ab` `abc`"),
            (b"a\n\nb", b"a\nb", "Out 2:2 `\\n` `b`"),
        ] {
            assert_eq!(compared(&[(Out, then)], &[(Out, now)]), [expected], "{then:?} {now:?}");
        }
        let both = compared(&[(Out, b"1"), (Err, b"2")], &[(Out, b"3"), (Err, b"4")]);
        assert_eq!(both, ["Out 0:1 `1` `3`", "Err 0:1 `2` `4`"]);
        assert_eq!(compared(&[(Out, b"1")], &[(Err, b"1")]).len(), 2);
    }

    #[test]
    fn long_lines_and_long_streams_take_little_memory() {
        let mut long = vec![b'x'; 300_000];
        long.push(b'\n');
        let mut other = long.clone();
        other[200_000] = b'y';
        let mut comparison = remembered(&[(Out, &long)]).compare();
        for part in other.chunks(1000) {
            comparison.say(Out, part);
        }
        let difference = comparison.finish().unwrap().remove(0);
        assert_eq!((difference.offset, difference.line), (200_000, 1));
        let now = difference.now.unwrap();
        assert_eq!((now.bytes.len(), now.bytes[MOST]), (2 * MOST, b'y'));
        assert!(now.begins_before && now.goes_on);
    }
}
