//! A process that has read a stamp believes it again, until anything tells that it is no longer what it was.

use std::fs;
use std::time::Duration;

use jobstamps::job::{Code, CodePart};
use jobstamps::{Cache, Digest, Job};

use super::world::{World, clock};

/// Returns what a glance at `job` replays, if it tells anything.
fn glance(cache: &Cache, job: &Job) -> Option<Vec<u8>> {
    let mut hit = cache.glance(job)?;
    Some(hit.replay.read_value().unwrap())
}

/// Returns a cache that remembers the stamp of `job`, and the value.
fn warm(world: &World, job: &Job) -> (Cache, Vec<u8>) {
    let value = world.run(job).ran().stored().value;
    let cache = world.cache();
    for _ in 0..4 {
        assert_eq!(glance(&cache, job).as_ref(), Some(&value));
    }
    (cache, value)
}

#[test]
fn what_happens_to_the_file_of_a_stamp_that_was_read_is_seen() {
    type Damage<'a> = (&'a str, &'a dyn Fn(&World));
    let damages: [Damage; 5] = [
        ("removed", &|world| fs::remove_file(world.stamp()).unwrap()),
        ("emptied", &|world| fs::write(world.stamp(), "").unwrap()),
        ("damaged in place", &|world| {
            let mut bytes = fs::read(world.stamp()).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(world.stamp(), bytes).unwrap();
        }),
        ("replaced by a directory", &|world| {
            let stamp = world.stamp();
            fs::remove_file(&stamp).unwrap();
            fs::create_dir(stamp).unwrap();
        }),
        ("replaced with all the store", &|world| {
            fs::remove_dir_all(world.root()).unwrap();
        }),
    ];
    for world in [World::new, World::young] {
        for (what, damage) in &damages {
            let world = world();
            let job = world.job(&[]);
            let (cache, _) = warm(&world, &job);
            damage(&world);
            assert_eq!(glance(&cache, &job), None, "{what}");
            assert_eq!(glance(&cache, &job), None, "{what}");
        }
    }
}

#[test]
fn a_new_stamp_takes_the_place_of_the_one_that_was_read() {
    for world in [World::new, World::young] {
        let world = world();
        let job = world.job(&[]);
        let (cache, old) = warm(&world, &job);
        let (recording, _) = world.cache().record(&job);
        assert!(recording.save_value("newer").stored);
        assert_ne!(old, b"newer");
        for _ in 0..4 {
            assert_eq!(glance(&cache, &job).unwrap(), b"newer");
        }
        assert_eq!(world.cache().forget(&job).unwrap(), 1);
        assert_eq!(glance(&cache, &job), None);
    }
}

#[test]
fn a_stamp_that_was_read_is_judged_anew_each_time() {
    let world = World::new();
    world.write("in", "one").age("in", 100).write("out", "");
    let mut job = world.making(&["in"], &["out"]);
    job.expires = Some(Duration::from_secs(1000));
    let (cache, value) = warm(&world, &job);

    world.turn_clock(2000);
    assert_eq!(glance(&cache, &job), None, "it has expired");
    world.turn_clock(10);
    world.remove("out");
    assert_eq!(glance(&cache, &job), None, "its output is gone");
    world.write("out", "");
    assert_eq!(glance(&cache, &job), Some(value));
    let part = CodePart {
        name: "function f".to_owned(),
        digest: Digest::of(b"edited"),
    };
    let mut edited = job.clone();
    edited.code = Some(Code::of("f", vec![part]));
    assert_eq!(glance(&cache, &edited), None, "its code is another");
    world.write("in", "other");
    assert_eq!(glance(&cache, &job), None, "its dependency changed");
}

#[test]
fn a_stamp_that_anybody_could_have_made_is_not_believed_because_it_was_read_before() {
    let world = World::new();
    let plain = world.job(&[]);
    let (cache, value) = warm(&world, &plain);
    let mut signed = plain.clone();
    signed.signed = true;
    assert_eq!(glance(&cache, &signed), None);
    assert_eq!(glance(&cache, &plain), Some(value));
}

#[test]
fn more_jobs_than_it_remembers_are_all_told() {
    let world = World::new();
    let job = |number: u32| Job::call("tests:memory", number.to_le_bytes());
    let value = |number: u32| format!("{number} {}", "x".repeat(10_000)).into_bytes();
    // Three times what is remembered at most.
    let count = 3 * (8 << 20) / 10_512;
    for number in 0..count {
        let (recording, _) = world.cache().record(&job(number));
        assert!(recording.save_value(value(number)).stored);
    }
    let cache = Cache::open(&world.stamps(), clock, None);
    for _ in 0..3 {
        for number in 0..count {
            assert_eq!(glance(&cache, &job(number)), Some(value(number)), "{number}");
        }
    }
}
