//! No decoder panics, takes memory beyond its input, or reads what is not there, whatever the bytes.
//!
//! The same functions run under libFuzzer for as long as one likes: `make fuzz`.
#![allow(clippy::disallowed_methods, reason = "asks the environment how long to run")]

use decoders::{ALL, Decoder, seeds};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestRunner};

/// How often something random is tried: `long` when `JOBSTAMPS_SOAK` is set, else `short`.
fn amount(short: u32, long: u32) -> u32 {
    if std::env::var_os("JOBSTAMPS_SOAK").is_some() {
        long
    } else {
        short
    }
}

/// A change of some bytes.
#[derive(Clone, Debug)]
enum Edit {
    Byte(Index, u8),
    Number(Index, u64),
    Cut(Index),
    Twice(Index, Index),
    Between(Index, Vec<u8>),
}

impl Edit {
    fn any() -> impl Strategy<Value = Self> {
        let numbers = select(vec![
            0,
            1,
            2,
            0x7f,
            0x80,
            1 << 16,
            1 << 31,
            1 << 32,
            1 << 62,
            1 << 63,
            u64::MAX,
        ]);
        prop_oneof![
            4 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Self::Byte(at, byte)),
            2 => (any::<Index>(), numbers).prop_map(|(at, number)| Self::Number(at, number)),
            1 => any::<Index>().prop_map(Self::Cut),
            1 => (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Self::Twice(from, to)),
            1 => (any::<Index>(), vec(any::<u8>(), 1..40)).prop_map(|(at, bytes)| Self::Between(at, bytes)),
        ]
    }

    fn apply(&self, bytes: &mut Vec<u8>) {
        let at = |index: &Index| index.index(bytes.len() + 1);
        match self {
            Self::Byte(index, byte) if !bytes.is_empty() => {
                let at = index.index(bytes.len());
                bytes[at] = *byte;
            }
            Self::Byte(..) => {}
            Self::Number(index, number) => {
                let at = at(index);
                let end = bytes.len().min(at + 8);
                bytes[at..end].copy_from_slice(&number.to_le_bytes()[..end - at]);
            }
            Self::Cut(index) => bytes.truncate(at(index)),
            Self::Twice(from, to) => {
                let (from, to) = (at(from), at(to));
                let part = bytes[from.min(to)..from.max(to)].to_vec();
                bytes.splice(from..from, part);
            }
            Self::Between(index, more) => {
                let at = at(index);
                bytes.splice(at..at, more.iter().copied());
            }
        }
    }
}

/// Hands `decoder` bytes of all kinds, and edited `seeds`.
fn attack(name: &str, decoder: Decoder, seeds: Vec<Vec<u8>>, cases: u32) {
    let edited = (select(seeds), vec(Edit::any(), 0..4)).prop_map(|(mut bytes, edits)| {
        for edit in edits {
            edit.apply(&mut bytes);
        }
        bytes
    });
    let plain = select(&b"*?[]{}()!^,\\-./=#\"' \t\n\r\x1b\0\xff\xc3\xa9aeK0159"[..]);
    let bytes = prop_oneof![
        2 => edited,
        1 => vec(any::<u8>(), 0..400),
        1 => vec(plain, 0..60),
    ];
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    });
    let tried = runner.run(&bytes, |bytes| {
        decoder(&bytes);
        Ok(())
    });
    if let Err(failure) = tried {
        panic!("{name}: {failure}");
    }
}

/// S04, X10, X15: what is behind a right seal is believed no more than what is not.
#[test]
fn no_decoder_panics_or_takes_memory_beyond_its_input() {
    let (mut files, divided): (Vec<_>, Vec<_>) = seeds().into_iter().unzip();
    files.push(include_bytes!("../../../core/tests/golden/stamp-file-v1.bin").to_vec());
    let plain: Vec<Vec<u8>> = [
        &b"--dependencies\0a\0b\0--max-output=20M\0--\0lint\0a"[..],
        b"why\0--use-hashes\0--env\0A\0--stdin=key\0--tool-check\0none\0--\0c",
        b"a b\nc\xff\n\n-d\n",
        b"*.{js,t[!a-z]}\0a.js",
        b"#!/usr/bin/env -S A=1 python3 -u\nprint()\n",
        b"4711 (a) b) S 42 7 7 0 -1",
        b"\0\x01\x20",
        b"\xe2\x80\xae\xe2\x80\xa8\x1b[31m",
        b"ttl = \"1h30m\"\nmax-size = 1_000\nenv = [\"CC\"]\nquiet = true\n[scope]\n",
        b"/stamps\x0020G\x0060d\x001h30m\x00ms\x00main\x00CC, A\x00true",
    ]
    .map(<[u8]>::to_vec)
    .to_vec();
    for (name, decoder) in ALL {
        let (seeds, cases) = match name {
            "stamp_file" => (&files, amount(1000, 3_000_000)),
            "sealed_stamp" => (&divided, amount(1000, 3_000_000)),
            "planted_stamp" => (&divided, amount(150, 100_000)),
            _ => (&plain, amount(500, 1_000_000)),
        };
        attack(name, decoder, seeds.clone(), cases);
    }
}

/// What the above begins with is what it is meant to be: each seed is a stamp, and is still one behind other seals.
#[test]
fn the_seeds_are_stamps() {
    use jobstamps::stamp::StampFile;
    let key = decoders::job().key();
    for (file, divided) in seeds() {
        let file = StampFile::parse(&key, &file);
        assert_eq!(file.stamps(&key, Some(&decoders::TAG_KEY)).len(), 1);
        assert!(file.cold(&key, Some(&decoders::TAG_KEY)).iter().all(Option::is_some));
        decoders::sealed_stamp(&divided);
    }
}

#[test]
fn each_decoder_is_a_target_of_the_fuzzer_too() {
    let targets = concat!(env!("CARGO_MANIFEST_DIR"), "/../targets");
    let mut names: Vec<String> = std::fs::read_dir(targets)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    assert_eq!(names, ALL.map(|(name, _)| name));
}
