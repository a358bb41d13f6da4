//! What the dead leave, and what only looks like it.
#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::path::PathBuf;

use jobstamps::disk::Call;
use jobstamps::disk::failpoints::{FileSystem, on};
use jobstamps::{Cache, Limits, Lookup};

use super::scenes::{small, write};
use super::world::{World, amount, clock};

const ALL: Limits = Limits {
    bytes: u64::MAX,
    age: u64::MAX,
};

/// One that has no nameless files.
const OVERLAY: FileSystem = FileSystem {
    kind: 0x794c_7630,
    refuses: |call| (call == Call::CreateNameless).then_some(95),
};

/// S10: whose number is in the name says nothing; who holds the file does.
#[test]
fn ten_thousand_temporary_files_go_after_an_hour_but_for_those_that_somebody_holds() {
    let world = World::in_memory();
    write(&world);
    small(&world).was_stored(&world);
    let stamp = world.stamp();
    let temporary = |process: u32, number: u32| stamp.with_file_name(format!(".tmp-{process}-side-{number}"));
    let (ours, dead, first) = (std::process::id(), 4_194_303, 1);
    for number in 0..amount(10_000, 100_000) {
        fs::write(temporary([ours, dead, first][number as usize % 3], number), "").unwrap();
    }
    let held: Vec<(PathBuf, File)> = [ours, dead, first]
        .into_iter()
        .map(|process| {
            let path = temporary(process, 1_000_000);
            let file = File::create(&path).unwrap();
            file.lock().unwrap();
            (path, file)
        })
        .collect();
    world.turn_clock(3500);
    world.cache().sweep(&ALL).unwrap();
    assert!(world.files().len() > 10_000, "they may belong to a running process");
    world.turn_clock(3700);
    world.cache().sweep(&ALL).unwrap();
    let mut left: Vec<PathBuf> = held.iter().map(|(path, _)| path.clone()).collect();
    left.push(stamp.clone());
    left.sort();
    assert_eq!(world.files(), left);
    for (_, file) in held {
        // Closing it is not enough while a process that another test starts has a copy.
        file.unlock().unwrap();
    }
    world.cache().sweep(&ALL).unwrap();
    assert_eq!(world.files(), [stamp]);
    small(&world).is_replayed(&world);
}

/// S10: of a run that says nothing for hours.
#[test]
fn the_temporary_file_of_a_running_job_is_not_swept() {
    on(OVERLAY, || {
        let world = World::in_memory();
        write(&world);
        let job = small(&world).job;
        let (mut recording, _) = world.cache().record(&job);
        recording.keep(&vec![7; 200_000]);
        assert_eq!(world.files().len(), 1, "what it has said so far: {:?}", world.files());
        world.turn_clock(100 * 3600);
        world.cache().sweep(&ALL).unwrap();
        world.turn_clock(10);
        assert!(recording.save_value([]).stored);
        match Cache::open(&world.stamps(), clock, None).lookup(&job, None) {
            Lookup::Fresh(mut hit) => assert_eq!(hit.replay.read_value().unwrap(), vec![7; 200_000]),
            other => panic!("{other:?}"),
        }
    });
}
