//! A checkup tells facts of a store, whatever it is like, and leaves it as it is.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use jobstamps::disk::Call;
use jobstamps::disk::failpoints::{Fault, FileSystem, Plan, When, on, under};
use jobstamps::store::{Checkup, Depth, Oddity, Place, State};
use jobstamps::{Cache, Digest, Finish, Limits, Lookup};

use super::world::{World, amount, clock};

const EIO: i32 = 5;
const ENOLCK: i32 = 37;
const EOPNOTSUPP: i32 = 95;

fn place(world: &World, tag_key: Option<[u8; 32]>) -> Place {
    Place {
        directory: world.stamps(),
        clock,
        tag_key,
    }
}

fn checkup(world: &World) -> Checkup {
    Checkup::of(&place(world, None), Depth::Everything, &Limits::default())
}

/// The oddities that were seen, and how often each.
fn odd(checkup: &Checkup) -> Vec<(Oddity, u64)> {
    let contents = checkup.contents.as_ref().expect("it is a store of ours");
    contents
        .oddities
        .iter()
        .map(|(oddity, seen)| (*oddity, seen.count))
        .collect()
}

/// A world in which a small value and a large one are remembered.
fn remembering() -> World {
    let world = World::young();
    world.run(&world.job(&[])).ran().stored();
    let Lookup::Stale(stale) = world.cache().lookup(&world.job(&["large"]), None) else {
        panic!("it is fresh");
    };
    assert!(stale.recording.save_value(vec![7; 100_000]).stored);
    world
}

/// All files of the store but the hints, by their contents.
fn everything(world: &World) -> Vec<(PathBuf, Digest)> {
    let read = |path: PathBuf| (path.clone(), Digest::of(&fs::read(path).unwrap_or_default()));
    let root = fs::read_dir(world.root()).unwrap().map(|entry| entry.unwrap().path());
    let all = world.files().into_iter().chain(root);
    let mut all: Vec<_> = all.filter(|path| !path.ends_with("sizes")).map(read).collect();
    all.sort_by(|one, other| one.0.cmp(&other.0));
    all
}

#[test]
fn of_a_good_store_it_tells_how_much_there_is_and_nothing_odd() {
    let world = remembering();
    let before = everything(&world);
    let told = checkup(&world);
    assert_eq!(told.state, State::Ours { mode: 0o700 });
    assert_eq!(odd(&told), []);
    let contents = told.contents.unwrap();
    assert_eq!((contents.jobs, contents.stamps, contents.held.len()), (1, 2, 0));
    assert!((100_000..110_000).contains(&contents.bytes), "{}", contents.bytes);
    assert_eq!(told.abilities.unwrap().write, Ok(()));
    assert_eq!(everything(&world), before);
}

#[test]
fn where_there_is_no_store_it_makes_none() {
    let world = World::young();
    let told = checkup(&world);
    assert!(
        matches!(
            told.state,
            State::Absent {
                can_be_made: Ok(()),
                ..
            }
        ),
        "{:?}",
        told.state
    );
    assert!(told.contents.is_none() && told.abilities.is_none());
    assert!(!world.stamps().exists());
}

/// S01, S04.
#[test]
fn every_cut_and_every_flipped_bit_of_a_stamp_is_seen() {
    let world = World::young();
    world.run(&world.job(&[])).ran().stored();
    let path = world.stamp();
    let whole = fs::read(&path).unwrap();
    let step = usize::try_from(amount(7, 1)).unwrap();
    for at in (0..whole.len()).step_by(step) {
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << (at % 8);
        for bytes in [&flipped[..], &whole[..at], &[&whole[..at], &[0xff; 64]].concat()] {
            fs::write(&path, bytes).unwrap();
            assert_eq!(odd(&checkup(&world)), [(Oddity::Damaged, 1)], "at {at}");
        }
    }
}

#[test]
fn a_stamp_with_a_tag_is_checked_with_the_key_and_told_apart_without_it() {
    let world = World::young();
    let key = Some([7; 32]);
    let Lookup::Stale(stale) = Cache::open(&world.stamps(), clock, key).lookup(&world.job(&[]), None) else {
        panic!("it is fresh");
    };
    let value = Finish::Value {
        pieces: vec![b"pickled".to_vec()],
        pickled: true,
    };
    assert!(stale.recording.save(value).stored);
    for (key, expected) in [
        (key, &[][..]),
        (None, &[(Oddity::Unchecked, 1)]),
        (Some([8; 32]), &[(Oddity::OtherKey, 1)]),
    ] {
        let told = Checkup::of(&place(&world, key), Depth::Stamps, &Limits::default());
        assert_eq!(odd(&told), expected);
    }
}

/// S12. What is behind the file system is told, whichever it is.
#[test]
fn a_file_system_that_another_machine_stands_behind_is_told_by_name() {
    let world = remembering();
    for (kind, name, far, in_memory) in [
        (0x6969, "nfs", true, false),
        (0xff53_4d42, "cifs", true, false),
        (0x6573_5546, "fuse", true, false),
        (0x0102_1997, "9p", true, false),
        (0x794c_7630, "overlay", false, false),
        (0x0102_1994, "tmpfs", false, true),
        (0xf15f, "ecryptfs", false, false),
    ] {
        let ground = on(
            FileSystem {
                kind,
                refuses: |_| None,
            },
            || checkup(&world).ground.unwrap(),
        );
        assert_eq!(
            (ground.name, ground.far, ground.in_memory),
            (Some(name), far, in_memory)
        );
    }
}

/// S12.
#[test]
fn what_a_file_system_refuses_is_told_and_the_rest_is_tried_all_the_same() {
    let world = remembering();
    let without = |call: fn(Call) -> bool, errno| {
        let plan = Plan {
            fault: Fault::Refusal(errno),
            when: When::From(1),
            to: call,
        };
        let tried = under(plan, || checkup(&world)).0.abilities.unwrap().tried.unwrap();
        [tried.lock.is_ok(), tried.nameless.is_ok(), tried.exchange.is_ok()]
    };
    assert_eq!(without(|_| false, EIO), [true, true, true]);
    assert_eq!(without(|call| call == Call::Lock, ENOLCK), [false, true, true]);
    assert_eq!(
        without(|call| call == Call::CreateNameless, EOPNOTSUPP),
        [true, false, true]
    );
    assert_eq!(without(|call| call == Call::Exchange, EOPNOTSUPP), [true, true, false]);
    assert_eq!(odd(&checkup(&world)), [], "nothing is left of what was tried");
}

/// S05, S06, S08. Whatever fails, once or from then on, it comes to an end, and the store is as good as before.
#[test]
fn whatever_fails_a_checkup_comes_to_an_end_and_harms_nothing() {
    let world = remembering();
    let before = everything(&world);
    for when in [When::Once as fn(u32) -> When, When::From] {
        let mut number = 1;
        loop {
            let plan = Plan {
                fault: Fault::Refusal(EIO),
                when: when(number),
                to: |_| true,
            };
            let (_, asked) = under(plan, || checkup(&world));
            if asked < number {
                break;
            }
            number += 1;
        }
        assert!(number > 30, "{number}");
    }
    // What could not be removed is litter like any other: a sweep knows it.
    world.turn_clock(7200);
    let no_limits = Limits {
        bytes: u64::MAX,
        age: u64::MAX,
    };
    world.cache().sweep(&no_limits).unwrap();
    assert_eq!(everything(&world), before);
}

/// D06, S26.
#[test]
fn no_clock_is_too_strange_for_it() {
    let world = remembering();
    for seconds in [-100, -3600, -10_000_000_000, i64::MIN / 2, 3600, i64::MAX / 2] {
        world.turn_clock(seconds);
        let told = checkup(&world);
        let expected = if seconds < 0 { &[(Oddity::Future, 1)][..] } else { &[] };
        let seen: Vec<_> = odd(&told)
            .into_iter()
            .filter(|(oddity, _)| *oddity == Oddity::Future)
            .collect();
        assert_eq!(seen, expected, "{seconds}");
        let [before, written, after] = told.abilities.unwrap().tried.unwrap().times;
        assert!(before <= after && !written.is_within(99, before), "{seconds}");
    }
}

#[test]
fn a_damaged_record_of_who_made_an_output_is_seen() {
    let world = World::young();
    world.write("out", "1");
    world.run(&world.making(&[], &["out"])).ran().stored();
    assert_eq!(odd(&checkup(&world)), []);
    let files = world.files();
    let is_record = |path: &&PathBuf| path.extension().is_some_and(|extension| extension == "maker");
    fs::write(files.iter().find(is_record).unwrap(), "1").unwrap();
    assert_eq!(odd(&checkup(&world)), [(Oddity::Damaged, 1)]);
}

/// X03.
#[test]
fn a_large_value_that_all_may_write_makes_its_stamp_incomplete() {
    let world = remembering();
    let large = world
        .files()
        .into_iter()
        .max_by_key(|path| path.metadata().unwrap().len())
        .unwrap();
    fs::set_permissions(large, fs::Permissions::from_mode(0o666)).unwrap();
    assert_eq!(odd(&checkup(&world)), [(Oddity::Loose, 1), (Oddity::Incomplete, 1)]);
}
