//! Large parts of an outcome: files beside the stamp, checked before the first byte is delivered.

use std::fs;
use std::path::{Path, PathBuf};

use super::world::{World, clock, set_modified, when_the_clock_is_read};
use jobstamps::{Cache, Job, Lookup, Method};

const LARGE: usize = 100_000;

fn job() -> Job {
    Job::call("tests:blob", "")
}

/// Stores a large value of `job`.
fn store(world: &World, job: &Job, byte: u8) {
    let (recording, _) = world.cache().record(job);
    assert!(recording.save_value(vec![byte; LARGE]).stored);
}

fn value(world: &World, job: &Job) -> Option<Vec<u8>> {
    match world.cache().lookup(job, None) {
        Lookup::Fresh(mut hit) => Some(hit.replay.read_value().unwrap()),
        Lookup::Stale(stale) => {
            let stamp = world.stamp();
            assert_eq!(
                stale.reason.to_string(),
                format!("parts of its stamp `{}` are gone or damaged", stamp.display())
            );
            assert_eq!(stale.warnings.len(), 1);
            assert_eq!(world.reasons(job), [stale.reason.to_string()]);
            None
        }
        Lookup::ReadsInput => unreachable!(),
    }
}

fn blob(world: &World) -> PathBuf {
    let stamp = world.stamp();
    world.files().into_iter().find(|file| *file != stamp).unwrap()
}

#[test]
fn what_is_larger_than_64_kib_lies_beside_the_stamp_and_comes_back() {
    let world = World::new();
    let (recording, _) = world.cache().record(&job());
    assert!(recording.save_value(vec![1; 64 * 1024]).stored);
    assert_eq!(world.files().len(), 1);
    let (recording, _) = world.cache().record(&job());
    assert!(recording.save_value(vec![1; 64 * 1024 + 1]).stored);
    assert_eq!(world.files().len(), 2);
    assert_eq!(value(&world, &job()), Some(vec![1; 64 * 1024 + 1]));
}

/// A miss, never half a replay; and the next run puts all in order.
#[test]
fn a_blob_that_is_gone_or_wrong_is_a_miss() {
    let spoil: &[&dyn Fn(&Path)] = &[
        &|path| fs::remove_file(path).unwrap(),
        &|path| fs::write(path, vec![1; LARGE - 1]).unwrap(),
        &|path| fs::write(path, vec![1; LARGE + 1]).unwrap(),
        &|path| fs::write(path, vec![2; LARGE]).unwrap(),
        &|path| {
            let before = path.metadata().unwrap().modified().unwrap();
            fs::write(path, vec![2; LARGE]).unwrap();
            set_modified(path, before);
        },
        &|path| {
            fs::remove_file(path).unwrap();
            fs::create_dir(path).unwrap();
        },
    ];
    for spoil in spoil {
        let world = World::new();
        store(&world, &job(), 1);
        world.next_tick();
        spoil(&blob(&world));
        assert_eq!(value(&world, &job()), None);
        store(&world, &job(), 3);
        assert_eq!(value(&world, &job()), Some(vec![3; LARGE]));
    }
}

#[cfg(unix)]
#[test]
fn a_blob_that_became_a_link_or_a_fifo_is_a_miss_and_does_not_hang() {
    let world = World::new();
    store(&world, &job(), 1);
    let path = blob(&world);
    let aside = world.path("aside");
    fs::rename(&path, &aside).unwrap();
    std::os::unix::fs::symlink(&aside, &path).unwrap();
    assert_eq!(value(&world, &job()), None);
    fs::remove_file(&path).unwrap();
    assert!(super::world::command("mkfifo", &[path.to_str().unwrap()]));
    assert_eq!(value(&world, &job()), None);
}

/// S22: as after `cp -r` or a checkout.
#[test]
fn a_blob_with_other_times_is_read_through_and_believed() {
    let world = World::new();
    store(&world, &job(), 1);
    let path = blob(&world);
    let bytes = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    fs::write(&path, bytes).unwrap();
    assert_eq!(value(&world, &job()), Some(vec![1; LARGE]));
}

#[test]
fn a_reader_keeps_what_it_has_open() {
    let world = World::new();
    store(&world, &job(), 1);
    let Lookup::Fresh(mut hit) = world.cache().lookup(&job(), None) else {
        panic!()
    };
    fs::remove_dir_all(world.root()).unwrap();
    assert_eq!(hit.replay.read_value().unwrap(), vec![1; LARGE]);
    hit.settle();
}

#[test]
fn the_blob_of_a_replaced_run_goes_with_it() {
    let world = World::new();
    for byte in 0..5 {
        store(&world, &job(), byte);
        assert_eq!(world.files().len(), 2, "{:?}", world.files());
    }
    assert_eq!(value(&world, &job()), Some(vec![4; LARGE]));
}

#[test]
fn the_blob_of_a_variant_that_is_pushed_out_goes_with_it() {
    let world = World::new();
    let job = world.job(&["in"]).by(Method::Hash);
    for number in 0..12 {
        world.write("in", format!("content {number}")).age("in", 100);
        store(&world, &job, number);
    }
    assert_eq!(world.files().len(), 1 + 8);
}

#[test]
fn equal_blobs_of_two_variants_are_kept_apart() {
    let world = World::new();
    let job = world.job(&["in"]).by(Method::Hash);
    for content in ["one", "two"] {
        world.write("in", content).age("in", 100);
        store(&world, &job, 1);
    }
    assert_eq!(world.files().len(), 3);
    // The first variant goes, its twin stays.
    world.write("in", "one").age("in", 100);
    store(&world, &job, 2);
    assert_eq!(value(&world, &job), Some(vec![2; LARGE]));
    world.write("in", "two").age("in", 100);
    assert_eq!(value(&world, &job), Some(vec![1; LARGE]));
}

/// Who replaces a stamp removes its blobs: whoever has just read the old one reads the new one.
#[test]
fn a_stamp_that_is_replaced_while_it_is_read_is_no_miss_and_not_worth_a_word() {
    let world = World::new();
    let job = Job {
        expires: Some(std::time::Duration::from_secs(3600)),
        ..job()
    };
    store(&world, &job, 1);
    let (stamps, again) = (world.stamps(), job.clone());
    // Its age is asked for between the reading of a stamp and the opening of its blobs.
    when_the_clock_is_read(1, move || {
        let (recording, _) = Cache::open(&stamps, clock, None).record(&again);
        assert!(recording.save_value(vec![2; LARGE]).stored);
    });
    match world.cache().lookup(&job, None) {
        Lookup::Fresh(mut hit) => assert_eq!(hit.replay.read_value().unwrap(), vec![2; LARGE]),
        other => panic!("{other:?}"),
    }
}
