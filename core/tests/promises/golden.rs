//! Files that were written once must be readable for ever, and the same stamps must give the same bytes.

use std::path::{Path, PathBuf};

use jobstamps::disk::{Kind, Look, Time};
use jobstamps::fingerprint::{Entries, FileRecord, Fingerprint, Kept, ProgramFile, TreeRecord};
use jobstamps::job::{CodePart, Input, JobKey, Parameter};
use jobstamps::stamp::{Blob, CodeRecord, Cold, Condition, Entering, Outcome, Piece, Stamp, StampFile, Story, Tape};
use jobstamps::{Digest, Job};

const KEY: [u8; 32] = [42; 32];

/// A command's stamp, with something of everything in it.
pub fn exit() -> Stamp {
    Stamp {
        program: vec![
            ProgramFile {
                path: "/usr/bin/lint".into(),
                searched: None,
                record: record(None, false),
            },
            ProgramFile {
                path: "/usr/bin/python3".into(),
                searched: Some("python3".into()),
                record: record(None, false),
            },
        ],
        code: None,
        dependencies: vec![
            ("/w/a.py".into(), Fingerprint::File(record(Some("print(1)"), true))),
            ("/w/gone".into(), Fingerprint::Missing),
            ("/w/src".into(), Fingerprint::Tree(tree(None))),
        ],
        outputs: vec!["/w/report".into()],
        condition: Condition::Offset(17),
        started: Time {
            seconds: 1_700_000_000,
            nanoseconds: 5,
        },
        took: 1_234_567,
        outcome: Outcome::Exit {
            code: 3,
            tape: Tape {
                bytes: Piece::Blob(Blob {
                    number: 0x0123_4567_89ab_cdef,
                    length: 100_000,
                    digest: Digest::of(b"blob"),
                    look: look(100_000),
                    boot: [9; 16],
                }),
                runs: Piece::Inline(vec![0x0a, 0x07]),
            },
        },
    }
}

/// A function's stamp.
pub fn value() -> Stamp {
    Stamp {
        program: Vec::new(),
        code: Some(CodeRecord {
            name: "m:f".into(),
            digests: vec![Digest::of(b"code"), Digest::of(b"lazy code")],
            left_out: vec!["global m.COUNT".into()],
        }),
        dependencies: vec![
            ("/w/*.py".into(), Fingerprint::Tree(tree(Some(Digest::of(b"contents"))))),
            ("/w/link".into(), {
                let links = Some(Digest::of(b"links"));
                Fingerprint::File(FileRecord {
                    links,
                    ..record(None, false)
                })
            }),
        ],
        outputs: Vec::new(),
        condition: Condition::Any,
        started: Time {
            seconds: -1,
            nanoseconds: 0,
        },
        took: 0,
        outcome: Outcome::Value {
            pieces: vec![Piece::Inline(b"value".to_vec()), Piece::Inline(Vec::new())],
            pickled: false,
        },
    }
}

/// What no hit needs of a command's stamp.
fn cold_of_command() -> Cold {
    Cold {
        parts: Vec::new(),
        story: Story {
            arguments: vec!["lint".into(), "-v".into(), "".into()],
            program: Some("/usr/bin/lint".into()),
            directory: Some("/w".into()),
            variables: vec![("LANG".into(), None), ("TZ".into(), Some(Digest::of(b"UTC")))],
            input: Some(Input::File {
                digest: Digest::of(b"input"),
                offset: 17,
            }),
            joined: true,
            scope: Some("main".into()),
            parameters: Vec::new(),
        },
    }
}

/// What no hit needs of a function's stamp.
pub fn cold_of_function() -> Cold {
    let part = |name: &str| CodePart {
        name: name.into(),
        digest: Digest::of(name.as_bytes()),
    };
    let parameter = |name: &str, text: Option<&str>| Parameter {
        name: name.into(),
        digest: Digest::of(name.as_bytes()),
        text: text.map(str::to_owned),
    };
    Cold {
        parts: vec![part("function m:f"), part("global m.COUNT")],
        story: Story {
            arguments: vec!["m:f".into()],
            parameters: vec![parameter("n", Some("3")), parameter("text", None)],
            ..Story::default()
        },
    }
}

/// A stamp whose value could run code, and one that says that the job reads its input.
fn others() -> [Stamp; 2] {
    let pickled = Outcome::Value {
        pieces: vec![Piece::Inline(b"\x80\x05N.".to_vec())],
        pickled: true,
    };
    let bare = |outcome, condition| Stamp {
        program: Vec::new(),
        code: None,
        dependencies: Vec::new(),
        outputs: Vec::new(),
        condition,
        started: Time::default(),
        took: 1,
        outcome,
    };
    [
        bare(pickled, Condition::Idle),
        bare(Outcome::ReadsInput, Condition::Empty),
    ]
}

fn look(size: u64) -> Look {
    Look {
        kind: Kind::File,
        size,
        modified: Time {
            seconds: 1_600_000_000,
            nanoseconds: 1,
        },
        changed: Time {
            seconds: 1_600_000_000,
            nanoseconds: 2,
        },
        inode: 3,
        device: 4,
        mode: 0o755,
        links: 1,
        owner: 1000,
    }
}

fn record(content: Option<&str>, young: bool) -> FileRecord {
    FileRecord {
        look: look(8),
        links: None,
        digest: content.map(|content| Digest::of(content.as_bytes())),
        young,
    }
}

fn tree(content: Option<Digest>) -> TreeRecord {
    let kept = Entries::Kept(Kept {
        number: 1,
        length: 2,
        digest: Digest::of(b"entries"),
    });
    TreeRecord {
        looked: Time {
            seconds: 1_650_000_000,
            nanoseconds: 0,
        },
        young: content.is_none(),
        pattern: content.is_some(),
        looks: Digest::of(b"looks"),
        entries: if content.is_some() { kept } else { Entries::Dropped },
        content,
    }
}

fn key() -> JobKey {
    Job::call("golden", b"1".to_vec()).key()
}

/// All of them, the newest last.
fn stamps() -> [Stamp; 4] {
    let [pickled, reader] = others();
    [exit(), value(), pickled, reader]
}

/// What no hit needs of them.
fn cold() -> [Cold; 4] {
    [cold_of_command(), cold_of_function(), Cold::default(), Cold::default()]
}

fn encoded() -> Vec<u8> {
    let mut file = StampFile::default();
    for (stamp, cold) in stamps().iter().zip(&cold()) {
        let entering = Entering {
            stamp,
            cold: Some(cold),
            replaces: &|_| false,
        };
        file.add(&key(), entering, Some(&KEY)).unwrap();
    }
    file.encode(&key())
}

fn golden(version: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(format!("stamp-file-{version}.bin"))
}

#[test]
fn a_stamp_file_of_version_1_is_read_for_ever() {
    let bytes = std::fs::read(golden("v1")).unwrap();
    let (mut newest_first, mut cold) = (stamps(), cold().map(Some));
    newest_first.reverse();
    cold.reverse();
    let file = StampFile::parse(&key(), &bytes);
    assert_eq!(file.stamps(&key(), Some(&KEY)), newest_first);
    assert_eq!(file.cold(&key(), Some(&KEY)), cold);
}

#[test]
fn the_bytes_of_version_1_never_change() {
    let path = golden("v1");
    let bytes = encoded();
    if std::fs::read(&path).unwrap_or_default() != bytes {
        let written = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stamp-file.bin");
        std::fs::write(&written, bytes).unwrap();
        panic!(
            "a change of format needs a new version; these bytes are now in {}, not as {}",
            written.display(),
            path.display()
        );
    }
}
