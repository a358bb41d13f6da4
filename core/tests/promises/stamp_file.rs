//! The file that holds a job's stamps: read back exactly, or not at all.

use jobstamps::encoding::Encoder;
use jobstamps::job::JobKey;
use jobstamps::stamp::{Cold, Entering, Outcome, Piece, Stamp, StampFile};
use jobstamps::{Job, checksum};
use proptest::prelude::*;

use super::arbitrary;
use super::golden;

const KEY: [u8; 32] = [7; 32];

fn key() -> JobKey {
    Job::call("tests:stamp_file", "").key()
}

/// Adds `stamp` in place of those of its variant.
fn add(file: &mut StampFile, stamp: &Stamp, cold: Option<&Cold>, tag_key: Option<&[u8; 32]>) -> Option<Vec<Stamp>> {
    let entering = Entering {
        stamp,
        cold,
        replaces: &|old| old.variant() == stamp.variant(),
    };
    file.add(&key(), entering, tag_key)
}

/// Returns the bytes of a file of `stamps`, the newest last.
fn file(stamps: &[Stamp]) -> Vec<u8> {
    let mut file = StampFile::default();
    for stamp in stamps {
        add(&mut file, stamp, Some(&golden::cold_of_function()), Some(&KEY)).unwrap();
    }
    file.encode(&key())
}

fn read_cold(bytes: &[u8]) -> Vec<Option<Cold>> {
    StampFile::parse(&key(), bytes).cold(&key(), Some(&KEY))
}

fn read(bytes: &[u8]) -> Vec<Stamp> {
    StampFile::parse(&key(), bytes).stamps(&key(), Some(&KEY))
}

/// Two stamps with something of everything in them.
fn two() -> [Stamp; 2] {
    [golden::value(), golden::exit()]
}

/// Returns `stamp` under other circumstances: another variant.
fn variant(stamp: &Stamp, number: u64) -> Stamp {
    let mut stamp = stamp.clone();
    stamp.outputs = vec![format!("/out/{number}").into()];
    stamp
}

fn pickled(stamp: &Stamp) -> Stamp {
    let outcome = Outcome::Value {
        pieces: vec![Piece::Inline(b"cos\nsystem\n".to_vec())],
        pickled: true,
    };
    Stamp {
        outcome,
        ..stamp.clone()
    }
}

proptest! {
    #[test]
    fn any_stamp_is_read_back_as_it_was(stamp in arbitrary::stamp()) {
        prop_assert_eq!(read(&file(std::slice::from_ref(&stamp))), vec![stamp]);
    }

    #[test]
    fn any_cold_section_is_read_back_as_it_was(cold in arbitrary::cold()) {
        let mut file = StampFile::default();
        add(&mut file, &two()[0], Some(&cold), None).unwrap();
        prop_assert_eq!(read_cold(&file.encode(&key())), vec![Some(cold)]);
    }

    #[test]
    fn any_bytes_are_a_stamp_file_or_not_but_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert_eq!(read(&bytes), vec![]);
        // Behind a good head too.
        let whole = file(&two());
        let spliced = [&whole[..64.min(whole.len())], &bytes].concat();
        prop_assert_eq!(read(&spliced), vec![]);
    }
}

/// S01.
#[test]
fn a_file_cut_short_anywhere_holds_no_stamp() {
    let whole = file(&two());
    assert_eq!(read(&whole).len(), 2);
    for length in 0..whole.len() {
        assert_eq!(read(&whole[..length]), [], "cut at {length}");
    }
}

/// S01.
#[test]
fn a_file_with_any_one_bit_flipped_gives_no_wrong_stamp() {
    let whole = file(&two());
    let (stamps, cold) = (read(&whole), read_cold(&whole));
    for bit in 0..whole.len() * 8 {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let (left, left_cold) = (read(&flipped), read_cold(&flipped));
        let whole_ones = left_cold.iter().flatten().count();
        assert!(left.len() + whole_ones < 4, "bit {bit} is under no seal");
        assert!(
            left.iter().all(|stamp| stamps.contains(stamp))
                && left_cold.iter().flatten().all(|left| cold[0].as_ref() == Some(left)),
            "bit {bit} makes a wrong stamp"
        );
    }
}

/// S01.
#[test]
fn damage_where_no_hit_looks_spoils_no_stamp() {
    let whole = file(&two());
    let length = golden_cold_length();
    for at in [whole.len() - 1, whole.len() - 2 * length] {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        assert_eq!(read(&damaged), read(&whole));
        assert_eq!(read_cold(&damaged).iter().flatten().count(), 1);
    }
}

/// Returns how long the cold section of each stamp of [`file`] is.
fn golden_cold_length() -> usize {
    let with = file(&two()[..1]);
    let mut without = StampFile::default();
    add(&mut without, &two()[0], None, None).unwrap();
    with.len() - without.encode(&key()).len()
}

/// S01.
#[test]
fn zeros_trailing_bytes_and_two_files_in_one_are_no_stamp_file() {
    let whole = file(&two());
    for bytes in [
        vec![],
        vec![0; whole.len()],
        [&whole[..], b"\0"].concat(),
        [&whole[..], &whole[..]].concat(),
    ] {
        assert_eq!(read(&bytes), []);
    }
}

/// S02.
#[test]
fn a_file_under_another_jobs_name_is_not_believed() {
    let other = Job::call("tests:other", "").key();
    let bytes = file(&two());
    assert_eq!(StampFile::parse(&other, &bytes).stamps(&other, Some(&KEY)), []);
}

/// S02: even with the head of the right job around them.
#[test]
fn a_stamp_of_another_job_is_not_believed() {
    let other = Job::call("tests:other", "").key();
    let mut foreign = StampFile::default();
    let entering = Entering {
        stamp: &two()[0],
        cold: None,
        replaces: &|_| false,
    };
    foreign.add(&other, entering, None).unwrap();
    assert_eq!(read(&foreign.encode(&key())), []);
}

/// S03: a newer format has another directory, and its magic is not ours.
#[test]
fn a_file_of_another_version_holds_no_stamp() {
    for version in [0, 2, 255] {
        let mut bytes = file(&two());
        bytes[7] = version;
        assert_eq!(read(&reseal_head(bytes, 2)), []);
    }
}

/// S04.
#[test]
fn numbers_that_the_bytes_do_not_bear_out_are_no_reason_to_set_memory_aside() {
    for huge in [9, 1 << 32, 1 << 63, u64::MAX] {
        for at in [40, 48] {
            let mut bytes = file(&two());
            bytes[at..at + 8].copy_from_slice(&huge.to_le_bytes());
            assert_eq!(read(&reseal_head(bytes, 2)), []);
        }
        for at in [72, 80] {
            let mut bytes = file(&two());
            bytes[at..at + 8].copy_from_slice(&huge.to_le_bytes());
            assert_eq!(read(&reseal_head(bytes, 2)), []);
        }
        // And inside a stamp, under a good seal.
        let mut body = Encoder::default();
        body.count(huge);
        let body = [&key().as_bytes()[..], body.encoded()].concat();
        assert_eq!(read(&sealed(&body)), []);
    }
}

/// Makes the checksum of the head of a file with `count` stamps right again.
fn reseal_head(mut bytes: Vec<u8>, count: usize) -> Vec<u8> {
    let sum = checksum(&[&bytes[..56], &bytes[72..72 + count * 80]].concat());
    bytes[56..72].copy_from_slice(&sum);
    bytes
}

/// Makes a file of one stamp whose bytes are `body`, without a cold section.
fn sealed(body: &[u8]) -> Vec<u8> {
    let mut bytes = [&b"jobstmp\x01"[..], key().as_bytes()].concat();
    let length = 152 + body.len() as u64;
    for number in [1, length] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes.extend_from_slice(&[0; 16]);
    for number in [152, body.len() as u64, 0] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes.extend_from_slice(&checksum(body));
    bytes.extend_from_slice(&[0; 24]);
    bytes.extend_from_slice(&checksum(b""));
    bytes.extend_from_slice(body);
    reseal_head(bytes, 1)
}

#[test]
fn files_made_by_hand_are_files_like_ours() {
    let mut file = StampFile::default();
    add(&mut file, &two()[0], None, None).unwrap();
    let bytes = file.encode(&key());
    assert_eq!(sealed(&bytes[152..]), bytes);
}

/// X05.
#[test]
fn a_stamp_that_could_run_code_is_read_only_under_the_users_own_key() {
    let stamp = pickled(&two()[0]);
    let mut file = StampFile::default();
    assert_eq!(
        add(&mut file, &stamp, None, None),
        None,
        "it cannot be written without a key"
    );
    assert_eq!(file, StampFile::default());
    add(&mut file, &stamp, None, Some(&KEY)).unwrap();
    let file = StampFile::parse(&key(), &file.encode(&key()));
    assert_eq!(file.stamps(&key(), Some(&KEY)), [stamp]);
    assert_eq!(file.stamps(&key(), Some(&[8; 32])), []);
    assert_eq!(file.stamps(&key(), None), []);
}

/// X05: a checksum anybody can make.
#[test]
fn a_planted_stamp_that_could_run_code_is_refused_however_whole_it_is() {
    let mut file = StampFile::default();
    add(&mut file, &pickled(&two()[0]), None, Some(&KEY)).unwrap();
    let body = file.encode(&key())[152..].to_vec();
    let planted = sealed(&body);
    for tag_key in [None, Some(&KEY)] {
        assert_eq!(StampFile::parse(&key(), &planted).stamps(&key(), tag_key), []);
    }
}

#[test]
fn a_job_keeps_its_last_eight_variants_newest_first() {
    let stamps: Vec<Stamp> = (0..11).map(|number| variant(&two()[0], number)).collect();
    let kept = read(&file(&stamps));
    let expected: Vec<Stamp> = stamps.iter().rev().take(8).cloned().collect();
    assert_eq!(kept, expected);
}

#[test]
fn a_new_run_of_a_variant_takes_the_place_of_the_old_and_tells_which_went() {
    let [first, second] = [variant(&two()[0], 1), variant(&two()[0], 2)];
    let mut again = first.clone();
    again.started.seconds = 99;
    assert_eq!(
        again.variant(),
        first.variant(),
        "what came of a run is not what tells it from others"
    );
    let mut file = StampFile::default();
    add(&mut file, &first, None, None).unwrap();
    add(&mut file, &second, None, None).unwrap();
    assert_eq!(add(&mut file, &again, None, None), Some(vec![first]));
    assert_eq!(file.stamps(&key(), None), [again, second]);
}

#[test]
fn a_stamp_that_is_renewed_keeps_its_cold_section_and_a_new_one_has_its_own() {
    let cold = golden::cold_of_function();
    let mut file = StampFile::default();
    add(&mut file, &two()[0], Some(&cold), None).unwrap();
    add(&mut file, &two()[0], None, None).unwrap();
    assert_eq!(file.cold(&key(), None), [Some(cold)]);
    add(&mut file, &two()[0], Some(&Cold::default()), None).unwrap();
    assert_eq!(file.cold(&key(), None), [Some(Cold::default())]);
}

#[test]
fn old_variants_go_when_the_file_would_grow_too_large() {
    let large = |number| {
        let outcome = Outcome::Value {
            pieces: vec![Piece::Inline(vec![0; 6 << 20])],
            pickled: false,
        };
        Stamp {
            outcome,
            ..variant(&two()[0], number)
        }
    };
    let stamps: Vec<Stamp> = (0..5).map(large).collect();
    let bytes = file(&stamps);
    assert!(bytes.len() < 24 << 20);
    assert_eq!(read(&bytes)[0], stamps[4]);
}
