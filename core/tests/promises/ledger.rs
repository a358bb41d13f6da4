//! What was counted: every time once, whoever counts at the same time, and never at a job's cost.

use std::fs;
use std::path::PathBuf;

use jobstamps::ledger::{Cause, Counts, Day, Entries, Entry, What};
use jobstamps::{Cache, Job, Limits, disk};

use super::world::{World, clock};

const DAY: i64 = 24 * 3600;

fn entry(what: What, seconds: i64) -> Entry<'static> {
    Entry {
        what,
        seconds,
        times: 1,
        nanoseconds: 1_000_000,
        job: *b"12345678",
        name: b"cc",
        detail: b"",
    }
}

fn hit(seconds: i64) -> Entry<'static> {
    entry(What::Hit, seconds)
}

/// A world with a store.
fn world() -> World {
    let world = World::new();
    world.run(&Job::call("tests:ledger", "")).ran().stored();
    world
}

fn now() -> i64 {
    clock().seconds
}

fn counts(world: &World) -> Counts {
    world.cache().ledger(None).unwrap()
}

/// The files in which something is counted.
fn files(world: &World) -> Vec<String> {
    let names = fs::read_dir(world.root()).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.contains("20")).collect();
    names.retain(|name| name.starts_with("ledger-") || name.starts_with("counts-"));
    names.sort_unstable();
    names
}

fn path(world: &World, kind: &str, seconds: i64) -> PathBuf {
    world.root().join(format!("{kind}-{}", Day::of(seconds)))
}

#[test]
fn what_is_counted_is_told_and_no_store_is_made_for_it() {
    let (world, now) = (World::new(), now());
    world.cache().count(&[hit(now)]);
    assert!(!world.stamps().exists());
    assert_eq!(counts(&world), Counts::default());
    world.run(&Job::call("tests:ledger", "")).ran().stored();
    // Opened before there was a store.
    let early = world.cache();
    early.count(&[]);
    early.count(&[hit(now), entry(What::Miss(Cause::NoStamp), now)]);
    let counts = counts(&world);
    assert_eq!(
        (counts.total.hits, counts.total.misses, counts.total.saved),
        (1, 1, 1_000_000)
    );
    assert_eq!(files(&world), [format!("ledger-{}", Day::of(now))]);
}

#[test]
fn all_who_count_at_the_same_time_are_counted() {
    let world = world();
    let seconds = now();
    let caches: Vec<Cache> = (0..8).map(|_| world.cache()).collect();
    std::thread::scope(|scope| {
        for cache in &caches {
            scope.spawn(|| (0..250).for_each(|_| cache.count(&[hit(seconds)])));
        }
    });
    assert_eq!(counts(&world).total.hits, 2000);
}

#[test]
fn days_that_are_over_are_merged_and_come_to_the_same() {
    let world = world();
    let now = now();
    for seconds in [now - 3 * DAY, now - 3 * DAY + 1, now - DAY - 1000, now] {
        for _ in 0..10 {
            world
                .cache()
                .count(&[hit(seconds), entry(What::Miss(Cause::Dependency), seconds)]);
        }
    }
    let before = counts(&world);
    assert_eq!(before.total.hits, 40);
    assert!(files(&world).iter().all(|name| name.starts_with("ledger-")));
    for _ in 0..2 {
        world.cache().sweep(&Limits::default()).unwrap();
        assert_eq!(counts(&world), before);
    }
    let merged = files(&world).iter().filter(|name| name.starts_with("counts-")).count();
    assert_eq!(
        (merged, files(&world).len()),
        (before.days.len() - 1, before.days.len())
    );
}

#[test]
fn a_day_is_not_counted_twice_wherever_its_merging_ends() {
    let world = world();
    let seconds = now() - 3 * DAY;
    world.cache().count(&[hit(seconds)]);
    let before = fs::read(path(&world, "ledger", seconds)).unwrap();
    world.cache().sweep(&Limits::default()).unwrap();
    // It died between its two steps.
    fs::write(path(&world, "ledger", seconds), &before).unwrap();
    assert_eq!(counts(&world).total.hits, 1);
    world.cache().sweep(&Limits::default()).unwrap();
    assert_eq!(counts(&world).total.hits, 1);
}

#[test]
fn what_is_older_than_a_year_and_more_goes_and_only_what_is_asked_for_is_told() {
    let world = world();
    let now = now();
    for days in [0, 1, 10, 390, 410] {
        world.cache().count(&[hit(now - days * DAY)]);
    }
    assert_eq!(world.cache().ledger(Some(now - 10 * DAY)).unwrap().total.hits, 3);
    world.cache().sweep(&Limits::default()).unwrap();
    world.cache().sweep(&Limits::default()).unwrap();
    assert_eq!(counts(&world).total.hits, 4);
    // Of what is merged the day is known.
    assert_eq!(world.cache().ledger(Some(now - 10 * DAY)).unwrap().total.hits, 3);
    assert_eq!(world.cache().ledger(Some(now + 1)).unwrap().total.hits, 0);
}

#[test]
fn a_day_with_very_much_is_merged_by_a_run_and_never_by_a_hit() {
    let world = world();
    let now = now();
    let mut bytes = Vec::new();
    hit(now).encode(&mut bytes);
    let many = (17 << 20) / bytes.len();
    fs::write(path(&world, "ledger", now), bytes.repeat(many)).unwrap();
    world.cache().count(&[hit(now)]);
    assert_eq!(counts(&world).total.hits, many as u64);
    world.cache().count(&[entry(What::Miss(Cause::Input), now)]);
    assert_eq!(
        (counts(&world).total.hits, counts(&world).total.misses),
        (many as u64, 1)
    );
    assert!(fs::metadata(path(&world, "ledger", now)).unwrap().len() < 1000);
    // And when the store is tidied.
    fs::write(path(&world, "ledger", now), bytes.repeat(many / 2)).unwrap();
    world.cache().tidy(&Job::call("tests:ledger", ""), &Limits::default());
    assert_eq!(counts(&world).total.hits, (many / 2) as u64);
    assert!(fs::metadata(path(&world, "ledger", now)).unwrap().len() < 1000);
}

#[test]
fn damage_costs_what_is_damaged_and_no_more() {
    let world = world();
    let now = now();
    world.cache().count(&[hit(now)]);
    let file = path(&world, "ledger", now);
    let one = fs::read(&file).unwrap();
    fs::write(&file, [&one[..], &one[..7], b"\xa7\xff\0\0", &one[..]].concat()).unwrap();
    world.cache().count(&[hit(now)]);
    assert_eq!(counts(&world).total.hits, 3);
    let read = fs::read(&file).unwrap();
    assert_eq!(Entries::of(&read).count(), 3);
}

/// S9.
#[cfg(unix)]
#[test]
fn nothing_is_written_where_the_name_leads_elsewhere() {
    let (world, now) = (world(), now());
    let file = path(&world, "ledger", now);
    world.write("precious", "mine");
    let precious = world.path("precious");
    std::os::unix::fs::symlink(&precious, &file).unwrap();
    world.cache().count(&[hit(now)]);
    fs::remove_file(&file).unwrap();
    fs::hard_link(&precious, &file).unwrap();
    world.cache().count(&[hit(now)]);
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    world.cache().count(&[hit(now)]);
    assert_eq!(fs::read_to_string(&precious).unwrap(), "mine");
    assert_eq!(counts(&world), Counts::default());
    fs::remove_dir(&file).unwrap();
    super::world::chmod(&world.root(), 0o500);
    world.cache().count(&[hit(now)]);
    super::world::chmod(&world.root(), 0o700);
    if disk::user() != Some(0) {
        assert_eq!(counts(&world), Counts::default());
    }
}
