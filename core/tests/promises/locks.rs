//! Equal jobs at the same time run once: the kernel's lock says who runs.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use super::world::{World, clock, elsewhere, is_elsewhere};
use jobstamps::job::{Code, CodePart};
use jobstamps::store::{Rights, Store};
use jobstamps::{Cache, Digest, Holder, Job, Lookup, Patience, Reason, Recording, Warning};

fn job() -> Job {
    Job::call("tests:locks", "")
}

fn claim(directory: &std::path::Path) -> Result<Rights, Holder> {
    Store::make(directory).unwrap().shard(&job().key()).unwrap().claim()
}

fn lock_file(world: &World) -> Option<std::path::PathBuf> {
    world
        .files()
        .into_iter()
        .find(|path| path.extension().is_some_and(|extension| extension == "lock"))
}

/// Looks the job up; `waiting` is asked while another runs it.
fn look_up(world: &World, waiting: &mut dyn FnMut(Holder) -> Patience) -> Lookup {
    world.cache().lookup(&job(), Some(waiting))
}

fn recording(world: &World) -> Recording {
    match look_up(world, &mut |_| panic!("nobody else runs it")) {
        Lookup::Stale(stale) => stale.recording,
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_forces_waits_for_the_other_and_runs_all_the_same() {
    let world = World::new();
    let mut first = Some(recording(&world));
    let mut asked = 0;
    let stale = world.cache().force(
        &job(),
        Some(&mut |_| {
            asked += 1;
            if asked == 2 {
                assert!(first.take().unwrap().save_value("first").stored);
            }
            Patience::Wait
        }),
    );
    assert_eq!((asked, stale.reason), (2, Reason::Forced));
    assert!(
        claim(&world.stamps()).is_err(),
        "who forces holds the job as a miss does"
    );
    assert!(stale.recording.save_value("second").stored);
    let Lookup::Fresh(mut hit) = look_up(&world, &mut |_| panic!("nobody runs it")) else {
        panic!("what was forced is remembered")
    };
    assert_eq!(hit.replay.read_value().unwrap(), b"second");
}

#[test]
fn a_hit_knows_its_age_and_what_comes_from_the_future_is_as_old_as_can_be() {
    let world = World::new();
    world.turn_clock(0);
    assert!(recording(&world).save_value("").stored);
    for (seconds, age, expected) in [
        (0, 0, true),
        (0, 3600, false),
        (3600, 7200, false),
        (7200, 7200, true),
        (9000, 7200, true),
        (-3600, u64::MAX, true),
    ] {
        world.turn_clock(seconds);
        for hit in [world.cache().peek(&job()), world.cache().glance(&job())] {
            let hit = hit.expect("it is fresh");
            let is_old = hit.is_as_old_as(Duration::from_secs(age));
            assert_eq!(is_old, expected, "{age} s after {seconds} s");
        }
    }
}

#[test]
fn whoever_waits_is_told_for_whom_and_since_when_and_gets_what_the_other_stored() {
    let world = World::new();
    let mut first = Some(recording(&world));
    let lock = fs::File::open(lock_file(&world).unwrap()).unwrap();
    let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(12 * 3600);
    lock.set_modified(noon).unwrap();
    let mut holders = Vec::new();
    let looked = look_up(&world, &mut |holder| {
        holders.push(holder);
        if holders.len() == 3 {
            assert!(first.take().unwrap().save_value("first").stored);
        }
        Patience::Wait
    });
    let Lookup::Fresh(mut hit) = looked else {
        panic!("{looked:?}")
    };
    assert_eq!(hit.replay.read_value().unwrap(), b"first");
    let ours = Holder {
        process: Some(std::process::id()),
        since: Some(noon.into()),
    };
    assert_eq!(holders, [ours; 3]);
    assert_eq!(lock_file(&world), None, "a lock file goes with its lock");
}

/// C36.
#[test]
fn whoever_waits_runs_if_the_other_stored_nothing() {
    let world = World::new();
    let mut first = Some(recording(&world));
    let looked = look_up(&world, &mut |_| {
        drop(first.take());
        Patience::Wait
    });
    let Lookup::Stale(stale) = looked else { panic!() };
    assert!(stale.recording.save_value("second").stored);
}

#[test]
fn whoever_does_not_wait_runs_beside_and_may_store_too() {
    let world = World::new();
    let first = recording(&world);
    let Lookup::Stale(second) = look_up(&world, &mut |_| Patience::Run) else {
        panic!()
    };
    assert!(second.recording.save_value("second").stored);
    assert!(first.save_value("first").stored);
}

#[test]
fn whoever_stops_holding_others_may_still_store() {
    let world = World::new();
    let mut first = recording(&world);
    first.stop_holding_others();
    let second = recording(&world);
    assert!(first.save_value("first").stored);
    drop(second);
}

/// C35.
#[test]
fn sixteen_equal_jobs_at_once_run_once() {
    let world = World::new();
    let (runs, barrier, stamps) = (AtomicU32::new(0), Barrier::new(16), world.stamps());
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                barrier.wait();
                let mut wait = |_| {
                    std::thread::yield_now();
                    Patience::Wait
                };
                match Cache::open(&stamps, clock, None).lookup(&job(), Some(&mut wait)) {
                    Lookup::Fresh(mut hit) => assert_eq!(hit.replay.read_value().unwrap(), b"once"),
                    Lookup::Stale(stale) => {
                        runs.fetch_add(1, Ordering::Relaxed);
                        assert!(stale.recording.save_value("once").stored);
                    }
                    Lookup::ReadsInput => unreachable!(),
                }
            });
        }
    });
    assert_eq!(runs.into_inner(), 1);
}

/// Variants that are stored at the same moment: one may be lost, none is torn.
#[test]
fn many_that_store_at_once_leave_a_whole_file() {
    let world = World::new();
    let (barrier, stamps) = (Barrier::new(8), world.stamps());
    let variant = |number: u8| Job {
        code: Some(Code::of(
            "f",
            vec![CodePart {
                name: "function f".into(),
                digest: Digest::of(&[number]),
            }],
        )),
        ..job()
    };
    std::thread::scope(|scope| {
        for number in 0..8 {
            let (barrier, stamps) = (&barrier, &stamps);
            scope.spawn(move || {
                barrier.wait();
                for _ in 0..20 {
                    let (recording, _) = Cache::open(stamps, clock, None).record(&variant(number));
                    assert!(recording.save_value(vec![number; 70_000]).stored);
                    if let Lookup::Fresh(mut hit) = Cache::open(stamps, clock, None).lookup(&variant(number), None) {
                        assert_eq!(hit.replay.read_value().unwrap(), vec![number; 70_000]);
                    }
                }
            });
        }
    });
    let mut kept = 0;
    for number in 0..8 {
        match world.cache().lookup(&variant(number), None) {
            Lookup::Fresh(mut hit) => {
                assert_eq!(hit.replay.read_value().unwrap(), vec![number; 70_000]);
                kept += 1;
            }
            Lookup::Stale(stale) => assert_eq!(stale.warnings, []),
            Lookup::ReadsInput => unreachable!(),
        }
    }
    assert!(kept >= 1);
}

/// C37. The kernel lets go of what a killed process held.
#[test]
fn the_lock_of_a_killed_process_is_free() {
    let name = "locks::the_lock_of_a_killed_process_is_free";
    if is_elsewhere(name) {
        let directory = std::env::var_os("JOBSTAMPS_TEST_DIRECTORY").unwrap();
        let _rights = claim(directory.as_ref()).unwrap();
        println!("held");
        // Until we are killed, or whoever started us is gone.
        let _ = std::io::stdin().read_line(&mut String::new());
        return;
    }
    let world = World::new();
    let mut holder = elsewhere(name, &[])
        .env("JOBSTAMPS_TEST_DIRECTORY", world.stamps())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(holder.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().ends_with("held")));
    let claimed = claim(&world.stamps());
    assert_eq!(claimed.err().and_then(|holder| holder.process), Some(holder.id()));
    holder.kill().unwrap();
    holder.wait().unwrap();
    assert!(lock_file(&world).is_some(), "its file is there still");
    assert!(claim(&world.stamps()).is_ok());
}

/// S24.
#[test]
fn a_lock_file_that_is_deleted_while_held_costs_a_run_and_no_more() {
    let world = World::new();
    let first = claim(&world.stamps()).unwrap();
    fs::remove_file(lock_file(&world).unwrap()).unwrap();
    let second = claim(&world.stamps()).unwrap();
    drop(first);
    // The file that the first one would remove is the second one's now.
    assert!(claim(&world.stamps()).is_err(), "two hold the lock");
    drop(second);
    assert!(claim(&world.stamps()).is_ok());
}

#[test]
fn who_has_other_things_to_do_is_told_at_once_that_the_job_runs() {
    let world = World::new();
    let held = claim(&world.stamps()).unwrap();
    let busy = world.cache().try_lookup(&job()).unwrap_err();
    assert_eq!(busy.holder.process, Some(std::process::id()));
    assert!(world.cache().peek(&job()).is_none());
    drop(held);
    let Ok(Lookup::Stale(stale)) = world.cache().try_lookup(&job()) else {
        panic!("nobody runs it")
    };
    assert!(world.cache().try_lookup(&job()).is_err(), "now this one does");
    assert!(stale.recording.save_value("x").stored);
    assert!(matches!(world.cache().try_lookup(&job()), Ok(Lookup::Fresh(_))));
    assert_eq!(world.cache().peek(&job()).unwrap().replay.read_value().unwrap(), b"x");
}

/// C34.
#[cfg(target_os = "linux")]
#[test]
fn a_job_that_is_started_by_itself_runs_uncached_instead_of_waiting_for_ever() {
    let world = World::new();
    let _held = claim(&world.stamps()).unwrap();
    fs::write(
        lock_file(&world).unwrap(),
        std::os::unix::process::parent_id().to_string(),
    )
    .unwrap();
    let Lookup::Stale(stale) = look_up(&world, &mut |_| panic!("it would wait for itself")) else {
        panic!()
    };
    assert_eq!(stale.warnings, [Warning::Recursion]);
    assert!(!stale.recording.can_be_kept());
    assert!(!stale.recording.save_value("x").stored);
}

#[test]
fn what_is_no_process_in_a_lock_file_is_nobody() {
    let world = World::new();
    let _held = claim(&world.stamps()).unwrap();
    for text in ["", "x", "-1", "99999999999999999999", "\0\0\0"] {
        fs::write(lock_file(&world).unwrap(), text).unwrap();
        let mut holders = Vec::new();
        let _ = look_up(&world, &mut |holder| {
            holders.push(holder.process);
            Patience::Run
        });
        assert_eq!(holders, [None], "{text:?}");
    }
}
