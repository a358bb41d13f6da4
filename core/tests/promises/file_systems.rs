//! File systems that lack what others have, as they answer: stamps are whole all the same, nothing waits, nothing is left.
#![cfg(target_os = "linux")]

use std::fs;

use jobstamps::disk::failpoints::{Fault, FileSystem, When, on};
use jobstamps::disk::{Call, Folder};

use super::faults::{act, aftermath, plan, untouched};
use super::scenes::SCENES;
use super::world::{World, amount};

// See errno(3).
const EPERM: i32 = 1;
const ENOENT: i32 = 2;
const EIO: i32 = 5;
const EACCES: i32 = 13;
const EINVAL: i32 = 22;
const ENOLCK: i32 = 37;
const ENOSYS: i32 = 38;
const EOPNOTSUPP: i32 = 95;

/// How others answer, by what statfs(2) tells of them. See statfs(2), and `fs/` of Linux.
const OTHERS: [(&str, FileSystem); 11] = [
    (
        "nfs",
        FileSystem {
            kind: 0x6969,
            refuses: |call| match call {
                Call::CreateNameless | Call::OpenFromMemory | Call::ReadFromMemory => Some(EOPNOTSUPP),
                Call::Exchange => Some(EINVAL),
                Call::Lock => Some(ENOLCK),
                _ => None,
            },
        },
    ),
    (
        "cifs",
        FileSystem {
            kind: 0xff53_4d42,
            refuses: |call| match call {
                Call::CreateNameless | Call::Name | Call::ReadFromMemory => Some(EOPNOTSUPP),
                Call::Exchange => Some(EINVAL),
                Call::Lock => Some(EACCES),
                _ => None,
            },
        },
    ),
    (
        "fuse",
        FileSystem {
            kind: 0x6573_5546,
            refuses: |call| match call {
                Call::CreateNameless | Call::ReadFromMemory => Some(EOPNOTSUPP),
                Call::Exchange | Call::Lock => Some(ENOSYS),
                Call::Name => Some(EPERM),
                _ => None,
            },
        },
    ),
    (
        "9p",
        FileSystem {
            kind: 0x0102_1997,
            refuses: |call| match call {
                Call::CreateNameless | Call::Lock | Call::Name => Some(EOPNOTSUPP),
                Call::Exchange => Some(EINVAL),
                _ => None,
            },
        },
    ),
    (
        "overlay",
        FileSystem {
            kind: 0x794c_7630,
            refuses: |call| match call {
                Call::CreateNameless => Some(EOPNOTSUPP),
                Call::Exchange => Some(EINVAL),
                _ => None,
            },
        },
    ),
    (
        "fat",
        FileSystem {
            kind: 0x4d44,
            refuses: |call| match call {
                Call::CreateNameless => Some(EOPNOTSUPP),
                Call::Exchange => Some(EINVAL),
                Call::Name => Some(EPERM),
                _ => None,
            },
        },
    ),
    (
        "a kernel without openat2",
        FileSystem {
            kind: 0xef53,
            refuses: |call| match call {
                Call::OpenInside | Call::CreateInside | Call::OpenFromMemory | Call::ReadFromMemory => Some(ENOSYS),
                _ => None,
            },
        },
    ),
    (
        "a sandbox without openat2 and statfs",
        FileSystem {
            kind: 0xef53,
            refuses: |call| match call {
                Call::OpenInside | Call::CreateInside | Call::OpenFromMemory | Call::Space | Call::FileSystem => {
                    Some(EPERM)
                }
                _ => None,
            },
        },
    ),
    (
        "no /proc",
        FileSystem {
            kind: 0xef53,
            refuses: |call| match call {
                Call::Name => Some(ENOENT),
                _ => None,
            },
        },
    ),
    (
        "times that cannot be set",
        FileSystem {
            kind: 0xef53,
            refuses: |call| match call {
                Call::Touch | Call::Shorten => Some(EPERM),
                _ => None,
            },
        },
    ),
    (
        "locks that nobody knows",
        FileSystem {
            kind: 0xef53,
            refuses: |call| match call {
                Call::Lock => Some(EINVAL),
                _ => None,
            },
        },
    ),
];

/// S12.
#[test]
fn what_a_file_system_lacks_costs_no_stamp() {
    for scene in &SCENES {
        let files = untouched(scene).1;
        for (name, other) in OTHERS {
            let case = format!("{}, {name}", scene.name);
            eprintln!("{case}");
            on(other, || {
                let world = World::in_memory();
                let (told, _) = act(&world, scene, plan(Fault::Death, When::Once(u32::MAX)));
                for told in told {
                    assert!(told.stored && told.warnings.is_empty(), "{case}: {told:?}");
                }
                assert_eq!(aftermath(&world, scene), files, "{case}: {:?}", world.files());
            });
        }
    }
}

/// S08, S12: there, unpublished files have names, which a death leaves behind: one at most, and it is swept.
#[test]
fn where_all_files_have_names_a_fault_leaves_one_at_most() {
    let (_, nfs) = OTHERS[0];
    for (scene, first) in SCENES.iter().zip((1..=5).cycle()) {
        let (asked, files) = untouched(scene);
        let mut at = amount(first, 1);
        while at <= asked + 20 {
            for when in [When::Once(at), When::From(at)] {
                eprintln!("{}, {when:?}", scene.name);
                on(nfs, || {
                    let world = World::in_memory();
                    act(&world, scene, plan(Fault::Refusal(EIO), when));
                    assert_eq!(aftermath(&world, scene), files, "{:?}", world.files());
                });
            }
            at += amount(8 + at / 10, 1);
        }
    }
}

/// X04.
#[test]
fn what_is_begun_in_a_directory_ends_there_whatever_is_put_in_its_place() {
    for (name, file_system) in OTHERS {
        let world = World::new();
        world.make("store").make("other");
        let open = |name| Folder::open(&world.path(name)).unwrap();
        let names = |name: &str| {
            let entries = fs::read_dir(world.path(name)).unwrap();
            entries
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect::<Vec<_>>()
        };
        on(file_system, || {
            let (folder, other) = (open("store"), open("other"));
            let [mut kept, mut moved, dropped] = ["kept", "moved", "dropped"].map(|name| folder.begin(name).unwrap());
            world.rename("store", "aside").make("store");
            // What an attacker would have in their place.
            for decoy in names("aside") {
                world.write(&format!("store/{decoy}"), "theirs");
            }
            let decoys = names("store");
            folder.name(&mut kept, "kept".as_ref()).unwrap();
            other.name(&mut moved, "moved".as_ref()).unwrap();
            drop(dropped);
            assert_eq!(names("aside"), ["kept"], "{name}");
            assert_eq!(names("other"), ["moved"], "{name}");
            assert_eq!(names("store"), decoys, "{name}");
        });
    }
}
