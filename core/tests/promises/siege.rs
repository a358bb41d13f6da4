//! Sweeping and forgetting beside others who read and write.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use jobstamps::store::Store;
use jobstamps::{Cache, Job, Limits, Lookup, Warning};

use super::scenes::{large, numbered, small, tree, write};
use super::world::{World, amount, clock, elsewhere, is_elsewhere, set_modified};

const NOTHING: Limits = Limits {
    bytes: 0,
    age: u64::MAX,
};

/// S15: whoever reads, reads to the end; whoever writes, has written; nobody is told of damage.
#[test]
fn sixteen_processes_read_and_write_beside_sweeps() {
    let name = "siege::sixteen_processes_read_and_write_beside_sweeps";
    if is_elsewhere(name) {
        let world = World::within(std::env::var_os("JOBSTAMPS_TEST_DIRECTORY").unwrap().as_ref());
        for round in 0..amount(10, 1000) as usize {
            for number in 0..6 {
                let told = numbered(&world, (number + round) % 6).perform(&world);
                assert!(told.stored && told.warnings.is_empty(), "{told:?}");
            }
        }
        return;
    }
    let world = World::in_memory();
    write(&world);
    small(&world).was_stored(&world);
    let start = |_| {
        elsewhere(name, &[])
            .env("JOBSTAMPS_TEST_DIRECTORY", world.directory())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap()
    };
    let mut processes: Vec<_> = (0..16).map(start).collect();
    let mut swept = 0;
    processes.retain_mut(|process| {
        loop {
            swept += world.cache().sweep(&NOTHING).unwrap().stamps;
            if let Some(status) = process.try_wait().unwrap() {
                assert!(status.success());
                return false;
            }
        }
    });
    assert!(swept > 0);
    for number in 0..6 {
        numbered(&world, number).perform(&world);
        numbered(&world, number).is_replayed(&world);
    }
}

/// S16: each goes once, and not one more than has to.
#[test]
fn sweeps_at_the_same_time_let_go_what_one_would() {
    let world = World::in_memory();
    let job = |number: u32| Job::call("tests:siege", number.to_string());
    let now = std::time::SystemTime::now();
    for number in 0..40 {
        let (recording, _) = world.cache().record(&job(number));
        assert!(recording.save_value(vec![1; 10_000]).stored);
        let used = now - std::time::Duration::from_secs(u64::from(number) * 60);
        set_modified(&world.cache().stamp_path(&job(number)), used);
    }
    let all = world.cache().stats().unwrap().bytes;
    let limits = Limits {
        bytes: all / 2,
        age: u64::MAX,
    };
    let stamps = world.stamps();
    let swept: u64 = std::thread::scope(|scope| {
        let sweep = || {
            let store = Store::open(&stamps).unwrap().unwrap();
            store.sweep(&limits, clock, None).unwrap().stamps
        };
        let sweeps: Vec<_> = (0..4).map(|_| scope.spawn(sweep)).collect();
        sweeps.into_iter().map(|sweep| sweep.join().unwrap()).sum()
    });
    assert_eq!(swept, 20, "each is counted once");
    let is_left = |number: &u32| matches!(world.cache().lookup(&job(*number), None), Lookup::Fresh(_));
    assert_eq!((0..40).filter(is_left).collect::<Vec<_>>(), (0..20).collect::<Vec<_>>());
}

/// S24: the lock under which the stamps of a shard are rewritten.
#[test]
fn who_deletes_the_lock_of_those_that_write_costs_a_run_and_tears_nothing() {
    let world = World::in_memory();
    write(&world);
    small(&world).was_stored(&world);
    let lock = world.stamp().with_file_name(".lock");
    let (is_over, directory) = (AtomicBool::new(false), world.directory().to_path_buf());
    std::thread::scope(|scope| {
        let run = || {
            let world = World::within(&directory);
            for _ in 0..amount(50, 5000) {
                let told = small(&world).record(&world);
                assert!(told.stored && told.warnings.is_empty(), "{told:?}");
                small(&world).is_replayed(&world);
            }
        };
        let runs: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let _ = fs::remove_file(&lock);
            }
        });
        let ended: Vec<_> = runs.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        is_over.store(true, Ordering::Relaxed);
        assert!(ended.iter().all(Result::is_ok));
    });
    small(&world).is_replayed(&world);
}

/// S17: stamp by stamp, function by function, and all of it with the store.
#[test]
fn who_runs_while_all_is_forgotten_finishes_and_delivers() {
    let world = World::in_memory();
    write(&world);
    let (is_over, directory) = (AtomicBool::new(false), world.directory().to_path_buf());
    std::thread::scope(|scope| {
        let run = || {
            let world = World::within(&directory);
            for _ in 0..amount(60, 5000) {
                for task in [small(&world), large(&world), tree(&world)] {
                    let told = task.perform(&world);
                    let is_known = |warning: &Warning| matches!(warning, Warning::NotKept(_) | Warning::Damaged(_));
                    assert!(told.warnings.iter().all(is_known), "{told:?}");
                }
            }
        };
        let runs: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
        scope.spawn(|| {
            let cache = || Cache::open(&directory.join("stamps"), clock, None);
            while !is_over.load(Ordering::Relaxed) {
                let world = World::within(&directory);
                let _ = cache().forget(&large(&world).job);
                let _ = cache().forget_function("tests:scene");
                let _ = cache().forget_all();
                let _ = fs::remove_dir_all(directory.join("stamps"));
            }
        });
        let ended: Vec<_> = runs.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        is_over.store(true, Ordering::Relaxed);
        assert!(ended.iter().all(Result::is_ok));
    });
    small(&world).perform(&world);
    small(&world).is_replayed(&world);
}
