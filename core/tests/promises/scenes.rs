//! What people do, one scene each: what the faults of other tests come into.

use std::fs;
use std::time::{Duration, SystemTime};

use jobstamps::disk::read_key;
use jobstamps::job::{Declared, Input, PipeState};
use jobstamps::ledger::{Entry, What};
use jobstamps::{Limits, Lookup, Patience, Stats};

use super::tasks::{MUCH, Task, Told, reader};
use super::world::{World, clock, set_modified};

const DAY: u64 = 24 * 3600;

/// What somebody does.
pub struct Scene {
    pub name: &'static str,
    /// Makes the world ready.
    pub ready: fn(&World),
    /// Does it: this meets the faults.
    pub act: fn(&World) -> Vec<Told>,
    /// What must be right afterwards, whatever came in between.
    pub tasks: fn(&World) -> Vec<Task>,
    /// Looks whether all is there that must not be lost.
    pub kept: fn(&World),
}

pub fn small(world: &World) -> Task {
    Task::new(world, "small", &["in"], &["in"])
}

pub fn large(world: &World) -> Task {
    Task::new(world, "large", &["in"], &["in"]).large()
}

pub fn tree(world: &World) -> Task {
    Task::new(world, "tree", &["d/a", "d/e/b"], &["d"])
}

pub fn making(world: &World) -> Task {
    let mut task = Task::new(world, "making", &["in"], &["in"]).large();
    task.job.outputs = vec![Declared::new("out", &world.path(""))];
    task
}

fn rival(world: &World) -> Task {
    let mut task = Task::new(world, "rival", &["d/a"], &["d/a"]);
    task.job.outputs = making(world).job.outputs;
    task
}

fn reading(world: &World) -> Task {
    Task {
        job: reader(world, Input::Pipe(PipeState::Data)),
        sources: vec!["in"],
        size: MUCH,
        input: Some("read "),
    }
}

/// One of several, last used so many days ago as its number says.
pub fn numbered(world: &World, number: usize) -> Task {
    const NAMES: [&str; 6] = ["0", "1", "2", "3", "4", "5"];
    Task::new(world, NAMES[number], &["in"], &["in"]).large()
}

pub fn write(world: &World) {
    world.write("in", "old ").age("in", 100);
    world
        .write("d/a", "a")
        .write("d/e/b", "b")
        .age("d/a", 100)
        .age("d/e/b", 100);
}

fn edit(world: &World) {
    world.write("in", "new and other ").age("in", 50);
}

fn nothing(_world: &World) {}

/// The stamp of the run before the edit speaks again once the edit is undone.
fn old_is_kept(world: &World) {
    world.write("in", "old ").age("in", 100);
    large(world).is_replayed(world);
    edit(world);
}

pub fn sweep_ready(world: &World) {
    write(world);
    for number in 0..6 {
        numbered(world, number).was_stored(world);
        let used = SystemTime::now() - Duration::from_secs(number as u64 * DAY + 60);
        set_modified(&world.cache().stamp_path(&numbered(world, number).job), used);
    }
}

pub fn sweep(world: &World) -> Result<Stats, jobstamps::Error> {
    world.cache().sweep(&Limits {
        bytes: u64::MAX,
        age: 3 * DAY,
    })
}

pub fn young_are_kept(world: &World) {
    for number in 0..3 {
        numbered(world, number).is_replayed(world);
    }
}

fn forget(world: &World) -> Vec<Told> {
    let _ = world.cache().forget(&large(world).job);
    let _ = world.cache().forget_function("tests:scene");
    let _ = world.cache().stats();
    Vec::new()
}

fn glance(world: &World) -> Vec<Told> {
    let cache = world.cache();
    for _ in 0..3 {
        if let Some(mut hit) = cache.glance(&large(world).job) {
            let value = hit.replay.read_value();
            assert!(value.is_err() || value.unwrap() == large(world).truth(world));
            hit.settle();
        }
    }
    Vec::new()
}

fn ask_for_reasons(world: &World) -> Vec<Told> {
    let reasons = world.cache().reasons(&large(world).job).unwrap();
    assert!(!reasons.is_empty(), "its dependency has changed");
    assert!(world.cache().peek(&large(world).job).is_none());
    Vec::new()
}

fn key(world: &World) -> Vec<Told> {
    if let Ok(made) = read_key(&world.path(".config/jobstamps/key")) {
        assert_eq!(read_key(&world.path(".config/jobstamps/key")).unwrap_or(made), made);
    }
    Vec::new()
}

fn key_is_whole(world: &World) {
    let path = world.path(".config/jobstamps/key");
    let made = read_key(&path).unwrap();
    assert_eq!(fs::read(&path).unwrap(), made);
    let beside = fs::read_dir(path.parent().unwrap()).unwrap().count();
    assert_eq!(beside, 1, "nothing is left beside it");
}

/// A hit so many days ago.
fn hit(days: i64) -> Entry<'static> {
    Entry {
        what: What::Hit,
        seconds: clock().seconds - days * 24 * 3600,
        times: 1,
        nanoseconds: 1,
        job: [1; 8],
        name: b"cc",
        detail: b"",
    }
}

/// All scenes.
pub const SCENES: [Scene; 19] = [
    Scene {
        name: "a miss",
        ready: write,
        act: |world| vec![small(world).perform(world)],
        tasks: |world| vec![small(world)],
        kept: nothing,
    },
    Scene {
        name: "a miss of much",
        ready: write,
        act: |world| vec![large(world).perform(world)],
        tasks: |world| vec![large(world)],
        kept: nothing,
    },
    Scene {
        name: "a miss that depends on a directory",
        ready: write,
        act: |world| vec![tree(world).perform(world)],
        tasks: |world| vec![tree(world)],
        kept: nothing,
    },
    Scene {
        name: "a hit",
        ready: |world| {
            write(world);
            small(world).was_stored(world);
        },
        act: |world| vec![small(world).perform(world)],
        tasks: |world| vec![small(world)],
        kept: |world| small(world).is_replayed(world),
    },
    Scene {
        name: "a hit of much, which depends on a directory",
        ready: |world| {
            write(world);
            tree(world).large().was_stored(world);
        },
        act: |world| vec![tree(world).large().perform(world)],
        tasks: |world| vec![tree(world).large()],
        kept: |world| tree(world).large().is_replayed(world),
    },
    Scene {
        name: "a run over an old stamp",
        ready: |world| {
            write(world);
            large(world).was_stored(world);
            edit(world);
        },
        act: |world| vec![large(world).perform(world)],
        tasks: |world| vec![large(world)],
        kept: old_is_kept,
    },
    Scene {
        name: "a run in the place of an old one",
        ready: |world| {
            write(world);
            tree(world).large().was_stored(world);
        },
        act: |world| vec![tree(world).large().record(world)],
        tasks: |world| vec![tree(world).large()],
        kept: nothing,
    },
    Scene {
        name: "a run that makes a file",
        ready: |world| {
            write(world);
            making(world).was_stored(world);
            edit(world);
        },
        act: |world| vec![making(world).perform(world)],
        tasks: |world| vec![making(world)],
        kept: nothing,
    },
    Scene {
        name: "a run that makes the file of another job",
        ready: |world| {
            write(world);
            making(world).was_stored(world);
        },
        act: |world| {
            let told = rival(world).perform(world);
            if !told.stored {
                // Whose it is could not be written down; that it is gone is seen.
                let _ = fs::remove_file(world.path("out"));
            }
            vec![told]
        },
        tasks: |world| vec![making(world)],
        kept: nothing,
    },
    Scene {
        name: "a hit that refreshes a record",
        ready: |world| {
            world.turn_clock(0);
            world.write("in", "young ");
            large(world).was_stored(world);
            world.turn_clock(10);
        },
        act: |world| vec![large(world).perform(world)],
        tasks: |world| vec![large(world)],
        kept: |world| large(world).is_replayed(world),
    },
    Scene {
        name: "a hit that refreshes the record of a directory",
        ready: |world| {
            world.turn_clock(0);
            world.write("d/a", "young ").write("d/e/b", "young ");
            tree(world).was_stored(world);
            world.turn_clock(10);
        },
        act: |world| vec![tree(world).perform(world)],
        tasks: |world| vec![tree(world)],
        kept: |world| tree(world).is_replayed(world),
    },
    Scene {
        name: "the first hit of a day, of a job that makes a file",
        ready: |world| {
            write(world);
            making(world).was_stored(world);
            set_modified(&world.stamp(), SystemTime::now() - Duration::from_secs(2 * DAY));
        },
        act: |world| vec![making(world).perform(world)],
        tasks: |world| vec![making(world)],
        kept: |world| making(world).is_replayed(world),
    },
    Scene {
        name: "waiting for another",
        ready: write,
        act: |world| {
            let mut other = Some(world.cache().lookup(&large(world).job, Some(&mut |_| Patience::Run)));
            let told = large(world).perform_while_waiting(world, &mut |_| {
                if let Some(Lookup::Stale(stale)) = other.take() {
                    let _ = stale.recording.save_value(large(world).truth(world));
                }
                Patience::Wait
            });
            vec![told]
        },
        tasks: |world| vec![large(world)],
        kept: nothing,
    },
    Scene {
        name: "a run that reads its input, and a hit on that",
        ready: write,
        act: |world| vec![reading(world).perform(world), reading(world).perform(world)],
        tasks: |world| vec![reading(world)],
        kept: nothing,
    },
    Scene {
        name: "a sweep",
        ready: sweep_ready,
        act: |world| {
            let _ = sweep(world);
            Vec::new()
        },
        tasks: |world| vec![numbered(world, 0), numbered(world, 5)],
        kept: |world| {
            // What was left to do is done by the next one.
            sweep(world).unwrap();
            young_are_kept(world);
            let stamps = world
                .files()
                .iter()
                .filter(|path| path.file_name().unwrap().len() == 62)
                .count();
            assert_eq!(stamps, 3, "{:?}", world.files());
        },
    },
    Scene {
        name: "counting, and putting a day into short",
        ready: |world| {
            sweep_ready(world);
            world.cache().count(&[hit(3)]);
        },
        act: |world| {
            world.cache().count(&[hit(0)]);
            let _ = sweep(world);
            Vec::new()
        },
        tasks: |world| vec![numbered(world, 0)],
        kept: |world| {
            young_are_kept(world);
            let hits = world.cache().ledger(None).unwrap().total.hits;
            assert!(hits <= 2, "{hits}: what is counted is counted once");
            sweep(world).unwrap();
            assert_eq!(world.cache().ledger(None).unwrap().total.hits, hits);
        },
    },
    Scene {
        name: "forgetting",
        ready: |world| {
            write(world);
            for task in [large(world), tree(world)] {
                task.was_stored(world);
            }
        },
        act: forget,
        tasks: |world| vec![large(world), tree(world)],
        kept: nothing,
    },
    Scene {
        name: "glances, and asking why",
        ready: |world| {
            write(world);
            large(world).was_stored(world);
        },
        act: |world| {
            glance(world);
            edit(world);
            ask_for_reasons(world)
        },
        tasks: |world| vec![large(world)],
        kept: old_is_kept,
    },
    Scene {
        name: "making the user's key",
        ready: |world| {
            write(world);
            world.make(".config");
        },
        act: key,
        tasks: |world| vec![small(world)],
        kept: key_is_whole,
    },
];
