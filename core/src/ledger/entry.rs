//! One line of the ledger, as bytes and back.
//!
//! Many processes write behind one another without a lock, so an entry is known by itself: it begins with a mark and its
//! length, and ends with a checksum. Where half of one was written, what follows is found again.

use super::Cause;
use crate::digest::checksum;
use crate::encoding::{Decoder, Encoder};

/// How an entry begins.
const MARK: u8 = 0xa7;
/// The mark and the length before it, the checksum after it.
const AROUND: usize = 2 + 4;
/// So many bytes of a name, and of a detail, are kept: their ends, which tell more than their beginnings.
const MOST_OF_NAME: usize = 40;
const MOST_OF_DETAIL: usize = 120;

/// What is counted: one time, or several of the same kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// What happened.
    pub what: What,
    /// When, in seconds since 1970; the last time, of several.
    pub seconds: i64,
    /// How often.
    pub times: u64,
    /// How many nanoseconds that saved, for hits: the run that is remembered took so long. For runs: how long they took.
    pub nanoseconds: u64,
    /// The first bytes of the job's key; zeros where jobs were counted together.
    pub job: [u8; 8],
    /// What people call the job: the last part of the program's path, or the name of the function. No more than its last
    /// 40 bytes are kept.
    pub name: &'a [u8],
    /// What the cause is about, such as the dependency that changed. No more than its last 120 bytes are kept.
    pub detail: &'a [u8],
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// The job was replayed.
    Hit,
    /// It ran, and is remembered.
    Miss(Cause),
    /// It ran, and is not remembered.
    Unkept(Cause),
}

impl Entry<'_> {
    /// Writes it behind `bytes`.
    pub fn encode(&self, bytes: &mut Vec<u8>) {
        let (what, cause) = match self.what {
            What::Hit => (b'h', 0),
            What::Miss(cause) => (b'm', cause.letter()),
            What::Unkept(cause) => (b'u', cause.letter()),
        };
        let seconds = u64::try_from(self.seconds).unwrap_or_default();
        let mut encoder = Encoder::with_capacity(64);
        encoder.tag(what).tag(cause);
        for number in [seconds, self.times, self.nanoseconds] {
            encoder.number(number);
        }
        encoder.raw(&self.job);
        for text in [end(self.name, MOST_OF_NAME), end(self.detail, MOST_OF_DETAIL)] {
            encoder.number(text.len()).raw(text);
        }
        let text = encoder.encoded();
        let from = bytes.len();
        // At most 2 + 3 * 10 + 8 + 2 + 160 bytes.
        bytes.extend([MARK, text.len().to_le_bytes()[0]]);
        bytes.extend(text);
        let sum = checksum(&bytes[from..]);
        bytes.extend(&sum[..4]);
    }
}

/// Returns the name under which a command is counted that is called by `name`: the last part of a path. A function is counted
/// under its own name.
#[must_use]
pub fn name_of(name: &[u8]) -> &[u8] {
    let is_separator = |byte: &u8| std::path::is_separator(char::from(*byte));
    let from = name.iter().rposition(is_separator).map_or(0, |last| last + 1);
    end(&name[from..], MOST_OF_NAME)
}

/// Returns the last `most` of `bytes`, without the rest of a character that was cut.
fn end(bytes: &[u8], most: usize) -> &[u8] {
    if bytes.len() <= most {
        return bytes;
    }
    let kept = &bytes[bytes.len() - most..];
    let is_rest = |byte: &&u8| **byte & 0xc0 == 0x80;
    &kept[kept.iter().take(3).take_while(is_rest).count()..]
}

/// Reads entries one after the other, and passes over what is none.
#[derive(Clone, Debug)]
pub struct Entries<'a>(&'a [u8]);

impl<'a> Entries<'a> {
    /// Reads `bytes` from the start.
    #[must_use]
    pub fn of(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        while !self.0.is_empty() {
            if let Some((entry, rest)) = first(self.0) {
                self.0 = rest;
                return Some(entry);
            }
            let next = self.0[1..].iter().position(|byte| *byte == MARK);
            self.0 = next.map_or(&[], |next| &self.0[1 + next..]);
        }
        None
    }
}

/// Reads the entry that `bytes` begin with; returns it with what follows.
fn first(bytes: &[u8]) -> Option<(Entry<'_>, &[u8])> {
    let [MARK, length, ..] = *bytes else { return None };
    let (whole, rest) = bytes.split_at_checked(usize::from(length) + AROUND)?;
    let (text, sum) = whole.split_at(whole.len() - 4);
    (checksum(text)[..4] == *sum).then_some(())?;
    let decoder = &mut Decoder::new(&text[2..]);
    let (what, cause) = (decoder.tag()?, Cause::of_letter(decoder.tag()?));
    let what = match what {
        b'h' => What::Hit,
        b'm' => What::Miss(cause),
        b'u' => What::Unkept(cause),
        _ => return None,
    };
    let seconds = i64::try_from(decoder.number()?).ok()?;
    let (times, nanoseconds, job) = (decoder.number()?, decoder.number()?, decoder.array()?);
    let mut bytes = || {
        decoder
            .number()
            .and_then(|length| decoder.take(usize::try_from(length).ok()?))
    };
    let (name, detail) = (bytes()?, bytes()?);
    let entry = Entry {
        what,
        seconds,
        times,
        nanoseconds,
        job,
        name,
        detail,
    };
    decoder.is_at_end().then_some((entry, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &[u8]) -> Entry<'_> {
        Entry {
            what: What::Miss(Cause::Dependency),
            seconds: 1_793_404_800,
            times: 1,
            nanoseconds: 1_500_000_000,
            job: *b"12345678",
            name,
            detail: b"src/main.c",
        }
    }

    fn encoded(entries: &[Entry]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for entry in entries {
            entry.encode(&mut bytes);
        }
        bytes
    }

    #[test]
    fn entries_are_read_as_they_were_written() {
        let hit = Entry {
            what: What::Hit,
            detail: b"",
            ..entry(b"cc")
        };
        let many = Entry {
            times: u64::MAX,
            nanoseconds: u64::MAX,
            seconds: i64::MAX,
            what: What::Unkept(Cause::Unfit),
            ..hit
        };
        let all = [entry(b"cc"), hit, entry(b""), many];
        assert_eq!(Entries::of(&encoded(&all)).collect::<Vec<_>>(), all);
        assert!(encoded(&[hit]).len() <= 36, "{}", encoded(&[hit]).len());
    }

    #[test]
    fn of_long_names_the_end_is_kept_and_no_half_character() {
        let long = "å".repeat(200);
        let cut = format!("{long}x");
        let all = encoded(&[Entry {
            name: long.as_bytes(),
            detail: cut.as_bytes(),
            ..entry(b"")
        }]);
        let read = Entries::of(&all).next().unwrap();
        assert_eq!(read.name, "å".repeat(20).as_bytes());
        assert_eq!(read.detail, format!("{}x", "å".repeat(59)).as_bytes());
    }

    #[test]
    fn what_is_no_entry_is_passed_over_and_the_next_one_found() {
        let (one, two) = (encoded(&[entry(b"one")]), encoded(&[entry(b"two")]));
        let names = |bytes: &[u8]| Entries::of(bytes).map(|entry| entry.name.to_vec()).collect::<Vec<_>>();
        for cut in 0..one.len() {
            // Half of one: its writer died, or the disk was full.
            assert_eq!(names(&[&one[..cut], &two[..]].concat()), [b"two"], "{cut}");
            let mut damaged = [&one[..], &two[..]].concat();
            damaged[cut] ^= 1;
            assert_eq!(names(&damaged), [b"two"], "{cut}");
            assert_eq!(names(&[&two[..], &one[..cut]].concat()), [b"two"], "{cut}");
        }
        assert_eq!(names(&[&one[..], &[MARK; 300], &two[..]].concat()), [b"one", b"two"]);
    }
}
