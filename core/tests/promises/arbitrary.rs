//! Any stamp there could be.

use std::ffi::OsString;
use std::path::PathBuf;

use jobstamps::Digest;
use jobstamps::disk::{Kind, Look, Time};
use jobstamps::fingerprint::{Entries, FileRecord, Fingerprint, Kept, ProgramFile, TreeRecord};
use jobstamps::job::{CodePart, Input, Parameter, PipeState};
use jobstamps::stamp::{Blob, CodeRecord, Cold, Condition, Outcome, Piece, Stamp, Story, Tape};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

pub fn stamp() -> impl Strategy<Value = Stamp> {
    let circumstances = (
        vec(program_file(), 0..3),
        option::of(code()),
        vec((path(), fingerprint()), 0..4),
        vec(path(), 0..3),
        condition(),
    );
    (circumstances, time(), any::<u64>(), outcome()).prop_map(
        |((program, code, dependencies, outputs, condition), started, took, outcome)| Stamp {
            program,
            code,
            dependencies,
            outputs,
            condition,
            started,
            took,
            outcome,
        },
    )
}

pub fn cold() -> impl Strategy<Value = Cold> {
    let part = (".*", digest()).prop_map(|(name, digest)| CodePart { name, digest });
    (vec(part, 0..4), story()).prop_map(|(parts, story)| Cold { parts, story })
}

fn code() -> impl Strategy<Value = CodeRecord> {
    (".*", vec(digest(), 0..3), vec(".*", 0..3)).prop_map(|(name, digests, left_out)| CodeRecord {
        name,
        digests,
        left_out,
    })
}

pub fn name() -> impl Strategy<Value = OsString> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt as _;
        vec(any::<u8>(), 0..20).prop_map(OsString::from_vec)
    }
    #[cfg(not(unix))]
    ".*".prop_map(OsString::from)
}

fn path() -> impl Strategy<Value = PathBuf> {
    name().prop_map(PathBuf::from)
}

pub fn digest() -> impl Strategy<Value = Digest> {
    any::<[u8; 32]>().prop_map(Digest)
}

fn time() -> impl Strategy<Value = Time> {
    (any::<i64>(), any::<u32>()).prop_map(|(seconds, nanoseconds)| Time { seconds, nanoseconds })
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        Just(Kind::File),
        Just(Kind::Directory),
        Just(Kind::Link),
        Just(Kind::Fifo),
        Just(Kind::Socket),
        Just(Kind::Device)
    ]
}

fn look() -> impl Strategy<Value = Look> {
    let numbers = (
        any::<u64>(),
        any::<u64>(),
        any::<u64>(),
        any::<u64>(),
        any::<u32>(),
        any::<u32>(),
    );
    (kind(), time(), time(), numbers).prop_map(
        |(kind, modified, changed, (size, inode, device, links, mode, owner))| Look {
            kind,
            size,
            modified,
            changed,
            inode,
            device,
            mode,
            links,
            owner,
        },
    )
}

fn record() -> impl Strategy<Value = FileRecord> {
    (look(), option::of(digest()), option::of(digest()), any::<bool>()).prop_map(|(look, links, digest, young)| {
        FileRecord {
            look,
            links,
            digest,
            young,
        }
    })
}

fn program_file() -> impl Strategy<Value = ProgramFile> {
    (path(), option::of(name()), record()).prop_map(|(path, searched, record)| ProgramFile { path, searched, record })
}

fn fingerprint() -> impl Strategy<Value = Fingerprint> {
    prop_oneof![
        Just(Fingerprint::Missing),
        record().prop_map(Fingerprint::File),
        tree().prop_map(Fingerprint::Tree)
    ]
}

fn tree() -> impl Strategy<Value = TreeRecord> {
    let kept = (any::<u64>(), any::<u64>(), digest());
    let entries = prop_oneof![
        Just(Entries::Dropped),
        kept.prop_map(|(number, length, digest)| Entries::Kept(Kept { number, length, digest }))
    ];
    (
        time(),
        any::<bool>(),
        any::<bool>(),
        digest(),
        option::of(digest()),
        entries,
    )
        .prop_map(|(looked, young, pattern, looks, content, entries)| TreeRecord {
            looked,
            young,
            pattern,
            looks,
            content,
            entries,
        })
}

fn condition() -> impl Strategy<Value = Condition> {
    prop_oneof![
        Just(Condition::Any),
        Just(Condition::Empty),
        Just(Condition::Idle),
        any::<u64>().prop_map(Condition::Offset)
    ]
}

fn piece() -> impl Strategy<Value = Piece> {
    let blob = (any::<u64>(), any::<u64>(), digest(), look(), any::<[u8; 16]>());
    prop_oneof![
        vec(any::<u8>(), 0..100).prop_map(Piece::Inline),
        blob.prop_map(|(number, length, digest, look, boot)| Piece::Blob(Blob {
            number,
            length,
            digest,
            look,
            boot
        }))
    ]
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        (any::<u8>(), piece(), piece()).prop_map(|(code, bytes, runs)| Outcome::Exit {
            code,
            tape: Tape { bytes, runs }
        }),
        vec(piece(), 0..4).prop_map(|pieces| Outcome::Value { pieces, pickled: false }),
        Just(Outcome::ReadsInput)
    ]
}

fn story() -> impl Strategy<Value = Story> {
    let variables = vec((name(), option::of(digest())), 0..3);
    let parameter =
        (".*", digest(), option::of(".*")).prop_map(|(name, digest, text)| Parameter { name, digest, text });
    let command = (vec(name(), 0..4), option::of(path()), option::of(path()), variables);
    let rest = (
        option::of(input()),
        any::<bool>(),
        option::of(name()),
        vec(parameter, 0..3),
    );
    (command, rest).prop_map(
        |((arguments, program, directory, variables), (input, joined, scope, parameters))| Story {
            arguments,
            program,
            directory,
            variables,
            input,
            joined,
            scope,
            parameters,
        },
    )
}

fn input() -> impl Strategy<Value = Input> {
    prop_oneof![
        Just(Input::Closed),
        Just(Input::Nothing),
        Just(Input::Terminal),
        (digest(), any::<u64>()).prop_map(|(digest, offset)| Input::File { digest, offset }),
        Just(Input::Pipe(PipeState::Data)),
        digest().prop_map(Input::Bytes),
        digest().prop_map(Input::Whole),
    ]
}
