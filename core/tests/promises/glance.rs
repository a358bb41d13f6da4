//! A glance tells a hit that the kernel's memory can tell, and leaves all else to who may wait.

use jobstamps::{Cache, Job, Method};

use super::world::World;

/// Returns what a glance at `job` replays, if it tells anything.
fn glance(cache: &Cache, job: &Job) -> Option<Vec<u8>> {
    let mut hit = cache.glance(job)?;
    Some(hit.replay.read_value().unwrap())
}

#[test]
fn a_hit_whose_files_are_as_they_were_is_told_and_a_miss_is_not() {
    for method in [Method::Mtime, Method::Hash] {
        let world = World::new();
        world.write("a", "one").write("b", "two").age("a", 100).age("b", 100);
        let job = world.job(&["a", "b"]).by(method);
        assert_eq!(glance(&world.cache(), &job), None, "there is no store");
        let value = world.run(&job).ran().stored().value;
        assert_eq!(glance(&world.cache(), &job), Some(value));
        world.write("b", "other");
        assert_eq!(glance(&world.cache(), &job), None, "it is stale");
    }
}

#[test]
fn a_large_value_is_told_without_being_read() {
    let world = World::new();
    let job = Job::call("tests:glance", "large");
    let (recording, _) = world.cache().record(&job);
    assert!(recording.save_value(vec![7; 200_000]).stored);
    assert_eq!(glance(&world.cache(), &job), Some(vec![7; 200_000]));
    // Its times are others: somebody has to read it, and that takes long.
    let blob = world.files().into_iter().find(|file| *file != world.stamp()).unwrap();
    super::world::set_modified(&blob, std::time::SystemTime::UNIX_EPOCH);
    assert_eq!(glance(&world.cache(), &job), None);
}

#[test]
fn what_has_to_be_read_or_walked_is_left_to_who_may_wait() {
    let world = World::young();
    world.write("in", "bytes").write("d/a", "a");
    let young = world.job(&["in"]);
    let value = world.run(&young).ran().stored().value;
    assert_eq!(glance(&world.cache(), &young), None, "it is young");
    world.turn_clock(10);
    world.run(&young).replayed();
    assert_eq!(glance(&world.cache(), &young), Some(value), "its record was renewed");

    let directory = world.job(&["d"]);
    world.run(&directory).ran().stored();
    assert_eq!(glance(&world.cache(), &directory), None);

    let paranoid = world.job(&["in"]).by(Method::Paranoid);
    world.run(&paranoid).replayed();
    assert_eq!(glance(&world.cache(), &paranoid), None);

    let many: Vec<String> = (0..65).map(|number| format!("many/{number}")).collect();
    for name in &many {
        world.write(name, "").age(name, 100);
    }
    let names: Vec<&str> = many.iter().map(String::as_str).collect();
    for (count, told) in [(64, true), (65, false)] {
        let job = world.job(&names[..count]);
        world.run(&job).ran().stored();
        assert_eq!(glance(&world.cache(), &job).is_some(), told, "{count} dependencies");
    }
}

/// What is not in memory makes a glance say nothing; a look-up waits for it.
#[cfg(target_os = "linux")]
#[test]
fn what_is_on_the_disk_alone_is_left_to_who_may_wait() {
    let world = World::new();
    let job = world.job(&[]);
    let value = world.run(&job).ran().stored().value;
    let file = std::fs::File::open(world.stamp()).unwrap();
    file.sync_all().unwrap();
    rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
    match glance(&world.cache(), &job) {
        None => {}
        Some(told) => {
            assert_eq!(told, value);
            println!("SKIPPED: the file is in memory still");
        }
    }
    assert_eq!(world.run(&job).replayed().value, value);
    assert_eq!(glance(&world.cache(), &job), Some(value), "it is in memory now");
}

#[test]
fn whether_settling_writes_is_known_before() {
    let world = World::young();
    world.write("in", "bytes");
    let job = world.job(&["in"]);
    world.run(&job).ran().stored();
    for (ahead, writes) in [(0, false), (10, true), (10, false)] {
        world.turn_clock(ahead);
        let hit = world.cache().peek(&job).unwrap();
        assert_eq!(hit.settling_writes(), writes, "{ahead} s ahead");
        hit.settle();
    }
    world.turn_clock(2 * 24 * 3600);
    assert!(
        world.cache().peek(&job).unwrap().settling_writes(),
        "its last use is noted once a day"
    );
}
