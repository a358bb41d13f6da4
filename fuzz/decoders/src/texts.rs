//! Decoders of what is small: names, patterns, first lines, process tables, runs.

use std::ffi::OsStr;
use std::hint::black_box;

use jobstamps::disk::os_string;
use jobstamps::encoding::Decoder;
use jobstamps::ledger::{Counts, Entries, Grain, merged};
use jobstamps::stamp::{Runs, RunsWriter};
use jobstamps::{Shown, fuzzing};

use crate::memory::bounded;

/// Reads values one after the other, as `bytes` themselves say: the first half names the forms, the second holds them.
///
/// # Panics
/// A value is longer than what is left.
pub fn encoding(bytes: &[u8]) {
    bounded(bytes, || {
        let (forms, values) = bytes.split_at(bytes.len() / 2);
        let mut decoder = Decoder::new(values);
        for form in forms {
            let read = match form % 8 {
                0 => decoder.tag().map(|_| 1),
                1 => decoder.count().map(|_| 8),
                2 => decoder.number().map(|_| 1),
                3 => decoder.length(usize::from(*form)),
                4 => decoder.bytes().map(<[u8]>::len),
                5 => decoder.optional().map(|bytes| bytes.map_or(0, <[u8]>::len)),
                6 => decoder.array::<32>().map(|bytes| bytes.len()),
                _ => decoder.take(usize::from(*form)).map(<[u8]>::len),
            };
            assert!(read.is_none_or(|length| length <= values.len()));
        }
        black_box(decoder.is_at_end());
    });
}

/// Reads runs; what can be read is written as it was, but for neighbours on one stream and runs of nothing.
///
/// # Panics
/// They are others then.
pub fn tape(bytes: &[u8]) {
    bounded(bytes, || {
        let read = |bytes: &[u8]| {
            let mut runs = Runs::default();
            let read: Result<Vec<_>, _> = bytes.iter().map(|byte| runs.byte(*byte)).collect();
            read.ok().map(|read| read.into_iter().flatten().collect::<Vec<_>>())
        };
        let Some(runs) = read(bytes) else { return };
        let total = runs.iter().try_fold(0_u64, |sum, (_, length)| sum.checked_add(*length));
        if total.is_none_or(|total| total > u64::MAX >> 1) {
            return;
        }
        let (mut writer, mut written) = (RunsWriter::default(), Vec::new());
        for (stream, length) in runs.iter().filter(|(_, length)| *length > 0) {
            writer.add(*stream, *length, &mut written);
        }
        writer.finish(&mut written);
        let again = read(&written).unwrap_or_default();
        let said = |runs: &[_], stream| -> u64 { runs.iter().filter(|(one, _)| *one == stream).map(|(_, n)| n).sum() };
        for stream in [jobstamps::Stream::Out, jobstamps::Stream::Err] {
            assert_eq!(said(&runs, stream), said(&again, stream));
        }
        assert!(again.windows(2).all(|two| two[0].0 != two[1].0));
    });
}

/// Reads the table of a directory's entries, and compares it with another: those before and after the middle.
///
/// # Panics
/// A table differs from itself.
pub fn tree_table(bytes: &[u8]) {
    bounded(bytes, || {
        let (was, now) = bytes.split_at(bytes.len() / 2);
        assert_eq!(fuzzing::first_difference(bytes, bytes), None);
        assert_eq!(
            fuzzing::first_difference(was, now).is_some(),
            fuzzing::first_difference(now, was).is_some()
        );
    });
}

/// Compares a name with a part of a pattern, which a NUL byte divides.
///
/// # Panics
/// A name does not fit itself, its meaning taken from every character.
pub fn pattern(bytes: &[u8]) {
    bounded(bytes, || {
        let middle = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        let (pattern, name) = (&bytes[..middle], &bytes[bytes.len().min(middle + 1)..]);
        let text = |bytes: &[u8]| os_string(bytes).unwrap_or_default();
        let fits = |pattern: &[u8]| fuzzing::fits(&text(pattern), &text(name));
        black_box(fits(pattern));
        let mut escaped = Vec::new();
        for byte in name {
            if byte.is_ascii_punctuation() && *byte != b'.' {
                escaped.push(b'\\');
            }
            escaped.push(*byte);
        }
        assert!(fits(&escaped));
        assert!(!fits(&[&escaped[..], b"?"].concat()));
        assert_eq!(fits(b"*"), name.first() != Some(&b'.'));
    });
}

/// Reads the first bytes of a program.
pub fn program(bytes: &[u8]) {
    bounded(bytes, || {
        black_box(fuzzing::starts(bytes));
        black_box(fuzzing::starts(&[b"#!", bytes].concat()));
        black_box(fuzzing::starts(&[b"#!/usr/bin/env ", bytes].concat()));
    });
}

/// Reads what other processes leave for us: the holder of a lock, the parent in a process table.
///
/// # Panics
/// The name that a process gave itself hides its parent.
pub fn process(bytes: &[u8]) {
    bounded(bytes, || {
        black_box(fuzzing::holder_in(bytes));
        #[cfg(unix)]
        {
            black_box(fuzzing::parent_in(bytes));
            let stat = [b"7 (", bytes, b") S 42 7 7 0 -1 4194560"].concat();
            assert_eq!(fuzzing::parent_in(&stat), Some(42));
        }
    });
}

/// Reads names in a shard.
///
/// # Panics
/// A key has another name than it was read from.
pub fn names(bytes: &[u8]) {
    bounded(bytes, || {
        let text = String::from_utf8_lossy(bytes);
        let (ours, key) = fuzzing::named_in_shard(0xa5, &text);
        if let Some(key) = key {
            assert!(ours);
            assert_eq!(key.hex(), format!("a5{text}"));
        }
    });
}

/// Reads who made an output: as it is, and behind a right checksum.
///
/// # Panics
/// What can be read is written as something else.
pub fn makers(bytes: &[u8]) {
    bounded(bytes, || {
        if let Some(written) = fuzzing::makers(bytes) {
            assert_eq!(written, bytes);
        }
        if let Some(keys) = bytes.get(..80) {
            let sealed = [keys, &jobstamps::checksum(keys)].concat();
            assert_eq!(fuzzing::makers(&sealed), Some(sealed));
        }
    });
}

/// Reads what was counted, and merges it.
///
/// # Panics
/// What is merged comes to something else.
pub fn ledger(bytes: &[u8]) {
    bounded(bytes, || {
        let mut sealed = vec![0xa7, bytes.len().min(255).to_le_bytes()[0]];
        sealed.extend(&bytes[..bytes.len().min(255)]);
        sealed.extend(&jobstamps::checksum(&sealed)[..4]);
        for bytes in [bytes, &sealed] {
            let total = |bytes: &[u8]| {
                let mut counts = Counts::default();
                Entries::of(bytes).for_each(|entry| counts.add(&entry));
                counts.total
            };
            assert_eq!(total(&merged(bytes, Grain::Hour)), total(bytes));
        }
    });
}

/// Shows bytes to people.
///
/// # Panics
/// They could steer a terminal, begin a new line, or turn the direction of the rest of it.
pub fn shown(bytes: &[u8]) {
    bounded(bytes, || {
        let text = Shown::bytes(bytes).to_string();
        let steers = |c: char| {
            c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        assert!(!text.contains(steers), "{text:?}");
        black_box(Shown::path(OsStr::new(&text).as_ref()).to_string());
    });
}
