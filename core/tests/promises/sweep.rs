//! Letting old stamps go.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::world::{World, clock, set_modified};
use jobstamps::store::{Limits, Stats, Store};
use jobstamps::{Job, Lookup};

const ALL: Limits = Limits {
    bytes: u64::MAX,
    age: u64::MAX,
};
const DAY: u64 = 24 * 3600;

fn job(number: u32) -> Job {
    Job::call("tests:sweep", number.to_string())
}

/// Stores `size` bytes as the value of a job that was last used `days` ago.
fn store(world: &World, number: u32, size: usize, days: u64) {
    let (recording, _) = world.cache().record(&job(number));
    assert!(recording.save_value(vec![1; size]).stored);
    let used = SystemTime::now() - Duration::from_secs(days * DAY);
    set_modified(&world.cache().stamp_path(&job(number)), used);
}

fn sweep(world: &World, limits: Limits) -> Stats {
    Store::open(&world.stamps())
        .unwrap()
        .unwrap()
        .sweep(&limits, clock, None)
        .unwrap()
}

/// Returns which of the first jobs are still there, whole.
fn left(world: &World, count: u32) -> Vec<u32> {
    let is_left = |number: &u32| matches!(world.cache().lookup(&job(*number), None), Lookup::Fresh(_));
    (0..count).filter(is_left).collect()
}

#[test]
fn what_was_not_used_for_too_long_goes_with_its_blobs() {
    let world = World::new();
    for (number, days) in [(0, 70), (1, 50), (2, 61), (3, 0)] {
        store(&world, number, 100_000, days);
    }
    let swept = sweep(&world, Limits { age: 60 * DAY, ..ALL });
    assert_eq!(swept.stamps, 2);
    assert!(swept.bytes > 200_000, "{swept:?}");
    assert_eq!(left(&world, 4), [1, 3]);
    assert_eq!(world.files().len(), 4, "{:?}", world.files());
}

/// Whatever shard they are in.
#[test]
fn while_there_is_too_much_the_longest_unused_go() {
    let world = World::new();
    for number in 0..20 {
        store(&world, number, 100_000, u64::from((number * 7) % 20));
    }
    let limits = Limits {
        bytes: 1_050_000,
        ..ALL
    };
    assert_eq!(sweep(&world, limits).stamps, 10);
    let young: Vec<u32> = (0..20).filter(|number| (number * 7) % 20 < 10).collect();
    assert_eq!(left(&world, 20), young);
    assert_eq!(sweep(&world, limits), Stats::default(), "once is enough");
}

#[test]
fn a_hit_counts_as_use_once_a_day() {
    let world = World::new();
    store(&world, 0, 10, 50);
    let used = || world.stamp().metadata().unwrap().modified().unwrap();
    let before = used();
    let hit = || match world.cache().lookup(&job(0), None) {
        Lookup::Fresh(hit) => hit.settle(),
        other => panic!("{other:?}"),
    };
    hit();
    let after = used();
    assert!(after > before);
    hit();
    assert_eq!(used(), after);
}

#[test]
fn tidying_after_a_run_spares_what_was_just_written() {
    let world = World::new();
    world.stop_clock();
    store(&world, 0, 100_000, 99);
    world.cache().tidy(&job(0), &Limits { bytes: 0, age: 0 });
    assert_eq!(left(&world, 1), [0]);
}

#[test]
fn tidying_looks_at_one_shard_and_knows_the_size_of_the_others() {
    let world = World::new();
    world.stop_clock();
    // Two jobs of one shard, and one of another.
    let shard = |number: u32| job(number).key().hex()[..2].to_owned();
    let same = (1..10_000).find(|number| shard(*number) == shard(0)).unwrap();
    let other = (1..10_000).find(|number| shard(*number) != shard(0)).unwrap();
    for number in [other, same, 0] {
        store(&world, number, 100_000, u64::from(number));
        world.cache().tidy(&job(number), &ALL);
    }
    world.cache().tidy(&job(0), &Limits { bytes: 250_000, ..ALL });
    let is_left = |number| matches!(world.cache().lookup(&job(number), None), Lookup::Fresh(_));
    assert!(is_left(0) && is_left(other) && !is_left(same));
}

/// Whoever runs a job pays for what lies in its shard once an hour, or where there is too much.
#[test]
fn an_ordinary_run_looks_at_no_other_stamp() {
    let world = World::new();
    world.stop_clock();
    let shard = |number: u32| job(number).key().hex()[..2].to_owned();
    let mut same = (1..100_000).filter(|number| shard(*number) == shard(0));
    let mut run = |limits: &Limits| {
        let number = same.next().unwrap();
        let (recording, _) = world.cache().record(&job(number));
        let saved = recording.save_value(vec![1; 100_000]);
        assert!(saved.stored && saved.written > 100_000 && saved.written < 110_000);
        world.cache().tidy_if_due(&job(number), &saved, limits);
        number
    };
    let month = Limits { age: 30 * DAY, ..ALL };
    let is_left = |number| matches!(world.cache().lookup(&job(number), None), Lookup::Fresh(_));
    let first = run(&month);
    store(&world, 0, 10, 31);
    let second = run(&month);
    assert!(is_left(0), "what is there was measured a moment ago");
    world.turn_clock(3700);
    run(&month);
    assert!(!is_left(0), "what is there was not measured for an hour");
    assert!(is_left(first) && is_left(second));
    let last = run(&Limits {
        bytes: 150_000,
        ..month
    });
    assert!(
        is_left(last) && !is_left(first) && !is_left(second),
        "there is too much"
    );
}

/// What was only written, and never measured, may have taken the place of something.
#[test]
fn what_was_written_over_and_over_lets_no_stamp_go() {
    let world = World::new();
    world.stop_clock();
    store(&world, 0, 100_000, 1);
    let limits = Limits { bytes: 250_000, ..ALL };
    for _ in 0..10 {
        let (recording, _) = world.cache().record(&job(1));
        let saved = recording.save_value(vec![1; 100_000]);
        world.cache().tidy_if_due(&job(1), &saved, &limits);
    }
    let (recording, _) = world.cache().record(&job(2));
    let saved = recording.save_value(vec![1; 10_000]);
    world.cache().tidy_if_due(&job(2), &saved, &limits);
    assert_eq!(left(&world, 3), [0, 1, 2]);
}

/// S10.
#[test]
fn litter_goes_after_an_hour_and_not_before() {
    let world = World::new();
    store(&world, 0, 10, 0);
    let shard = world.stamp().parent().unwrap().to_path_buf();
    for number in 0..1000 {
        fs::write(shard.join(format!(".tmp-{number}-side-0")), "litter").unwrap();
    }
    let orphan = format!("{}-0123456789abcdef", "0".repeat(62));
    fs::write(shard.join(&orphan), "side file of nobody").unwrap();
    sweep(&world, ALL);
    assert_eq!(world.files().len(), 1002, "it may belong to a running process");
    world.turn_clock(3700);
    sweep(&world, ALL);
    assert_eq!(world.files(), [world.stamp()]);
    assert_eq!(left(&world, 1), [0]);
}

/// S10, S24.
#[test]
fn a_lock_that_is_held_is_not_swept_and_one_that_nobody_holds_is() {
    let world = World::new();
    let shard = |number| Store::make(&world.stamps()).unwrap().shard(&job(number).key()).unwrap();
    let held = shard(0).claim().unwrap();
    let path: PathBuf = world.files()[0].clone();
    let abandoned = path.with_file_name(format!("{}.lock", "0".repeat(62)));
    fs::write(&abandoned, "1").unwrap();
    world.turn_clock(3700);
    sweep(&world, ALL);
    assert_eq!(world.files(), std::slice::from_ref(&path));
    assert!(shard(0).claim().is_err());
    drop(held);
}

#[test]
fn what_is_not_ours_in_a_shard_is_left_alone() {
    let world = World::new();
    store(&world, 0, 10, 99);
    let foreign = world.stamp().with_file_name("notes");
    fs::write(&foreign, "").unwrap();
    world.turn_clock(3700);
    sweep(&world, Limits { bytes: 0, age: 0 });
    assert_eq!(world.files(), [foreign]);
}

/// S19: the sizes are a hint, and the files are the truth.
#[test]
fn wrong_sizes_let_no_stamp_go_that_may_stay() {
    for wrong in [
        vec![0xff; 6144],
        vec![0x7f; 6144],
        vec![0xff; 2048],
        vec![1; 7],
        Vec::new(),
        vec![0xff; 9000],
    ] {
        let world = World::new();
        world.stop_clock();
        store(&world, 0, 10, 0);
        store(&world, 1, 10, 1);
        fs::write(world.root().join("sizes"), &wrong).unwrap();
        let limits = Limits::default();
        assert_eq!(sweep(&world, limits).stamps, 0);
        fs::write(world.root().join("sizes"), &wrong).unwrap();
        let shard = job(0).key().hex()[..2].to_owned();
        let same = (2..10_000)
            .find(|number| job(*number).key().hex()[..2] == shard)
            .unwrap();
        store(&world, same, 10, 0);
        world.cache().tidy(&job(same), &limits);
        assert_eq!(left(&world, 2), [0, 1], "{} bytes of {:?}", wrong.len(), wrong.first());
    }
}

/// S19: whatever has the name of the hint is left, and not needed.
#[cfg(unix)]
#[test]
fn where_there_can_be_no_sizes_limits_are_kept_all_the_same() {
    let stand_in: [&dyn Fn(&std::path::Path); 4] = [
        &|path| fs::create_dir(path).unwrap(),
        &|path| std::os::unix::fs::symlink("nowhere", path).unwrap(),
        &|path| std::os::unix::fs::symlink("CACHEDIR.TAG", path).unwrap(),
        &|path| assert!(super::world::command("mkfifo", &[path.to_str().unwrap()])),
    ];
    for stand_in in stand_in {
        let world = World::new();
        world.stop_clock();
        store(&world, 0, 10, 1);
        store(&world, 1, 10, 70);
        let sizes = world.root().join("sizes");
        let _ = fs::remove_file(&sizes);
        stand_in(&sizes);
        let kind = sizes.symlink_metadata().unwrap().file_type();
        world.cache().tidy(&job(0), &Limits::default());
        assert_eq!(sweep(&world, Limits::default()).stamps, 1);
        assert_eq!(left(&world, 2), [0]);
        assert_eq!(sizes.symlink_metadata().unwrap().file_type(), kind);
        assert!(
            fs::read(world.root().join("CACHEDIR.TAG"))
                .unwrap()
                .starts_with(b"Signature")
        );
    }
}

/// S15.
#[test]
fn a_reader_keeps_what_is_swept_under_it() {
    let world = World::new();
    store(&world, 0, 1_000_000, 99);
    let Lookup::Fresh(mut hit) = world.cache().lookup(&job(0), None) else {
        panic!()
    };
    sweep(&world, Limits { bytes: 0, age: 0 });
    assert_eq!(world.files().len(), 0);
    assert_eq!(hit.replay.read_value().unwrap(), vec![1; 1_000_000]);
    hit.settle();
}

/// S16.
#[test]
fn sweeps_at_the_same_time_keep_to_the_limits_and_do_not_fail() {
    let world = World::new();
    for number in 0..40 {
        store(&world, number, 10_000, u64::from(number));
    }
    let stamps = world.stamps();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let store = Store::open(&stamps).unwrap().unwrap();
                store
                    .sweep(
                        &Limits {
                            age: 20 * DAY + 1000,
                            ..ALL
                        },
                        clock,
                        None,
                    )
                    .unwrap();
            });
        }
    });
    assert_eq!(left(&world, 40), (0..=20).collect::<Vec<_>>());
}

/// S16: a last use in the future counts as now.
#[test]
fn a_clock_that_was_set_back_lets_nothing_go() {
    let world = World::new();
    store(&world, 0, 10, 0);
    world.turn_clock(-100 * i64::try_from(DAY).unwrap());
    assert_eq!(sweep(&world, Limits { age: DAY, ..ALL }), Stats::default());
}

/// S08. What a process left that died between writing a part of an outcome and its stamp.
#[test]
fn a_side_file_that_no_stamp_of_its_job_names_goes_after_an_hour() {
    let world = World::new();
    world.stop_clock();
    store(&world, 0, 100_000, 0);
    let stamp = world.stamp();
    let orphan = stamp.with_file_name(format!("{}-0123456789abcdef", stamp.file_name().unwrap().display()));
    fs::write(&orphan, "orphan").unwrap();
    world.cache().tidy(&job(0), &ALL);
    assert!(orphan.exists(), "its stamp may be written yet");
    world.turn_clock(3700);
    // Not while one stamp cannot be read: it could be the one that names it.
    let whole = fs::read(&stamp).unwrap();
    let mut damaged = whole.clone();
    damaged[72 + 80] ^= 1;
    fs::write(&stamp, damaged).unwrap();
    world.cache().tidy(&job(0), &ALL);
    assert_eq!(world.files().len(), 3);
    fs::write(&stamp, whole).unwrap();
    world.cache().tidy(&job(0), &ALL);
    assert!(!orphan.exists());
    assert_eq!(left(&world, 1), [0]);
}
