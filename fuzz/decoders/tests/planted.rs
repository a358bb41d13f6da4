//! Stamps made to harm whoever reads them, behind right seals.

use decoders::memory::{bounded, most};
use decoders::seal::{Part, sealed};
use decoders::{job, planted_file};
use jobstamps::encoding::Encoder;
use jobstamps::stamp::StampFile;

/// Returns the file of a stamp without a tag, which holds the job's key and `hot`.
fn file(hot: &[u8]) -> Vec<u8> {
    let key = job().key();
    let hot = [key.as_bytes(), hot].concat();
    sealed(
        &key,
        &[Part {
            hot: &hot,
            cold: &[],
            tag_key: None,
        }],
    )
}

/// Returns how many stamps can be read in `file`, by nobody who takes more memory than the file allows.
fn stamps(file: &[u8]) -> usize {
    let key = job().key();
    let mut stamps = 0;
    bounded(file, || stamps = StampFile::parse(&key, file).stamps(&key, None).len());
    stamps
}

/// The beginning of a stamp: no program, no code, then `dependencies`, which say themselves how many they are.
fn with_dependencies(dependencies: &[u8]) -> Vec<u8> {
    let mut encoder = Encoder::default();
    encoder.count(0_u64).tag(0).raw(dependencies);
    // No outputs, any input, when and how long it ran, and that it reads its input.
    encoder.count(0_u64).tag(b'a');
    encoder.count(0_u64).count(0_u64).count(0_u64).tag(b'r');
    encoder.into_bytes()
}

/// S04: a number is believed only as far as the bytes bear it out.
#[test]
fn a_count_or_length_beyond_the_file_is_no_stamp_and_takes_no_memory() {
    assert_eq!(stamps(&file(&with_dependencies(&0_u64.to_le_bytes()))), 1);
    let whole = with_dependencies(&0_u64.to_le_bytes());
    for number in [1, 1 << 20, 1 << 32, 1 << 62, 1 << 63, u64::MAX] {
        for at in 0..whole.len() - 8 {
            let mut hot = whole.clone();
            hot[at..at + 8].copy_from_slice(&number.to_le_bytes());
            let file = file(&hot);
            stamps(&file);
            planted_file(&file, file.len() as u64);
        }
    }
}

/// S04: the head's own numbers, under a right checksum.
#[test]
fn a_head_that_claims_more_than_there_is_is_no_stamp_file() {
    let key = job().key();
    let good = file(&with_dependencies(&0_u64.to_le_bytes()));
    for number in [0, 2, 9, 1 << 32, 1 << 63, u64::MAX] {
        // Number of stamps, length of the file; offset, length and length of the cold section of the first.
        for at in [40, 48, 72, 80, 128] {
            let mut bytes = good.clone();
            bytes[at..at + 8].copy_from_slice(&u64::to_le_bytes(number));
            if bytes == good {
                continue;
            }
            let sum = jobstamps::checksum(&[&bytes[..56], &bytes[72..152]].concat());
            bytes[56..72].copy_from_slice(&sum);
            bounded(&bytes, || {
                assert!(StampFile::parse(&key, &bytes).is_empty(), "{number} at {at}");
            });
            planted_file(&bytes, bytes.len() as u64);
            planted_file(&bytes, number.min(1 << 40));
        }
    }
}

/// S04: three bytes a dependency, each of them a path of a megabyte once more.
#[test]
fn paths_that_share_nearly_all_of_a_long_one_are_no_stamp() {
    const MANY: u64 = 100_000;
    for long in [1 << 20, 4096] {
        let mut encoder = Encoder::default();
        encoder
            .count(MANY)
            .number(0_u64)
            .number(long)
            .raw(&vec![b'/'; long])
            .tag(b'm');
        for _ in 1..MANY {
            encoder.number(long).number(0_u64).tag(b'm');
        }
        assert_eq!(stamps(&file(&with_dependencies(encoder.encoded()))), 0);
    }
}

/// S04: a file without blocks can have any size, and its one stamp may claim all of it.
#[test]
fn a_file_of_a_terabyte_without_blocks_is_no_stamp_file() {
    const HUGE: u64 = 1 << 40;
    let key = job().key();
    let mut bytes = file(&[]);
    bytes[48..56].copy_from_slice(&HUGE.to_le_bytes());
    bytes[80..88].copy_from_slice(&(HUGE - 152).to_le_bytes());
    let sum = jobstamps::checksum(&[&bytes[..56], &bytes[72..152]].concat());
    bytes[56..72].copy_from_slice(&sum);
    let ((), memory) = most(|| planted_file(&bytes, HUGE));
    assert!(memory < 1 << 20, "{memory}");
    assert!(StampFile::parse(&key, &bytes).is_empty());
}

/// X14: a million dependencies are read in memory that their number explains.
#[test]
fn many_dependencies_are_read_in_memory_in_proportion() {
    let with = |many: u32| {
        let mut encoder = Encoder::default();
        encoder.count(many);
        for number in 0..many {
            let path = format!("/home/somebody/project/source/{number:010}");
            encoder.number(0_u64).number(path.len()).raw(path.as_bytes()).tag(b'm');
        }
        let file = file(&with_dependencies(encoder.encoded()));
        let (read, memory) = most(|| stamps(&file));
        assert_eq!(read, 1);
        memory
    };
    let (few, many) = (with(10_000), with(100_000));
    assert!(many < few * 15, "{few} {many}");
}
