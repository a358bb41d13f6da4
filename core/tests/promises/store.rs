//! Where stamps live: made when need be, used while it can be, never in the way of the job.

use std::fs;

use super::world::{World, clock};
use jobstamps::store::Store;
use jobstamps::{Cache, Error, Job, Lookup};

fn job() -> Job {
    Job::call("tests:store", "")
}

#[test]
fn nothing_is_made_until_a_job_runs() {
    let world = World::new();
    let cache = world.cache();
    assert!(cache.problem().is_none());
    assert!(cache.reasons(&job()).is_some());
    assert!(!world.stamps().exists());
}

#[test]
fn the_directory_is_made_however_deep_and_all_of_ours_is_in_one_folder() {
    let world = World::new();
    let deep = world.path("a/b/c");
    let cache = Cache::open(&deep, clock, None);
    let Lookup::Stale(stale) = cache.lookup(&job(), None) else {
        panic!()
    };
    assert_eq!(stale.warnings, []);
    assert!(stale.recording.save_value("x").stored);
    let names: Vec<_> = fs::read_dir(&deep)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["jobstamps-v1"]);
    for mark in ["CACHEDIR.TAG", ".gitignore"] {
        assert!(deep.join("jobstamps-v1").join(mark).exists(), "{mark}");
    }
}

#[test]
fn a_cache_that_was_opened_before_the_store_was_made_finds_what_others_put_there() {
    let world = World::new();
    let early = world.cache();
    assert!(!early.is_current());
    world.run(&job()).ran().stored();
    assert!(matches!(early.lookup(&job(), None), Lookup::Fresh(_)));
}

/// S11.
#[test]
fn a_directory_that_is_a_file_is_said_in_the_words_of_0_0_20() {
    let world = World::new();
    fs::write(world.stamps(), "a file").unwrap();
    let cache = world.cache();
    assert!(matches!(cache.problem(), Some(Error::NotADirectory(path)) if *path == world.stamps()));
    let words = format!("{} exists and is not a directory.", world.stamps().display());
    assert_eq!(cache.problem().unwrap().to_string(), words);
    assert_eq!(world.reasons(&job()), [format!("stamps cannot be used: {words}")]);
    let did = world.run(&job()).ran().not_stored();
    assert_eq!(did.words(), [format!("{}; not cached", words.trim_end_matches('.'))]);
    assert_eq!(fs::read_to_string(world.stamps()).unwrap(), "a file");
}

/// S11.
#[test]
fn a_directory_that_cannot_be_made_runs_the_job_unstored_with_one_warning() {
    let world = World::new();
    world.write("file", "");
    let mut directories = vec![world.path("file/below"), world.path("file/far/below")];
    #[cfg(unix)]
    {
        world.link("dangling", "nowhere/at/all");
        directories.push(world.path("dangling"));
    }
    for directory in directories {
        let Lookup::Stale(stale) = Cache::open(&directory, clock, None).lookup(&job(), None) else {
            panic!()
        };
        assert_eq!(stale.warnings.len(), 1, "{:?}", stale.warnings);
        assert!(!stale.recording.can_be_kept());
        let saved = stale.recording.save_value("x");
        assert!(!saved.stored && saved.warnings.is_empty(), "it was said once");
    }
}

/// S11, C33.
#[test]
fn a_store_that_is_removed_during_the_run_is_made_again() {
    let world = World::new();
    world.run(&job()).ran().stored();
    world.write("in", "");
    let job = world.job(&["in"]);
    let removed = || fs::remove_dir_all(world.stamps()).unwrap();
    world.run_while(&job, removed).ran().stored();
    world.run(&job).replayed();
}

/// S11.
#[test]
fn a_store_that_became_a_file_during_the_run_costs_no_result() {
    let world = World::new();
    let job = world.job(&[]);
    let replaced = || {
        fs::remove_dir_all(world.stamps()).unwrap();
        fs::write(world.stamps(), "").unwrap();
    };
    let did = world.run_while(&job, replaced).ran().not_stored();
    assert_eq!(did.warnings.len(), 1, "{:?}", did.words());
}

/// S11: by somebody who has other plans with it.
#[cfg(unix)]
#[test]
fn a_store_that_somebody_else_made_again_during_the_run_is_not_used() {
    let world = World::new();
    let job = world.job(&[]);
    let replaced = || {
        fs::remove_dir_all(world.root()).unwrap();
        fs::create_dir(world.root()).unwrap();
        super::world::chmod(&world.root(), 0o777);
    };
    let did = world.run_while(&job, replaced).ran().not_stored();
    assert!(
        matches!(&did.words()[..], [warning] if warning.contains("writable by all")),
        "{:?}",
        did.words()
    );
    assert_eq!(fs::read_dir(world.root()).unwrap().count(), 0);
}

/// S26.
#[test]
fn at_any_time_stamps_are_kept_found_and_swept() {
    // Before 1970, in it, after 2038 and at the ends of time.
    const YEAR: i64 = 366 * 24 * 3600;
    for ahead in [i64::MIN, -100 * YEAR, -56 * YEAR, 20 * YEAR, 500 * YEAR, i64::MAX] {
        let world = World::new();
        world.write("in", "bytes").age("in", 100);
        world.turn_clock(ahead);
        world.run(&world.job(&["in"])).ran().stored();
        for job in [world.job(&["in"]), world.job(&["in"]).by(jobstamps::Method::Hash)] {
            world.run(&job);
            world.run(&job).replayed();
            world.cache().tidy(&job, &jobstamps::Limits::default());
            world.run(&job).replayed();
        }
        world.cache().sweep(&jobstamps::Limits::default()).unwrap();
        world.run(&world.job(&["in"]));
        world.run(&world.job(&["in"])).replayed();
    }
}

#[test]
fn an_open_store_that_was_removed_or_replaced_is_not_current() {
    let world = World::new();
    world.run(&job()).ran().stored();
    let cache = world.cache();
    assert!(cache.is_current());
    fs::remove_dir_all(world.root()).unwrap();
    assert!(!cache.is_current());
}

#[test]
fn nothing_is_left_behind_by_a_run_that_could_not_be_stored() {
    let world = World::new();
    Store::make(&world.stamps()).unwrap();
    world.write("in", "bytes").next_tick();
    let job = world.job(&["in"]);
    let (mut recording, _) = world.cache().record(&job);
    recording.say(jobstamps::Stream::Out, &vec![0; 1 << 20]);
    world.write("in", "BYTES");
    assert!(!recording.save_exit(0).stored);
    assert_eq!(world.files(), [""; 0].map(std::path::PathBuf::from));
}

/// S22.
#[cfg(unix)]
#[test]
fn a_store_that_was_copied_serves_its_stamps() {
    let world = World::new();
    let signed = Job {
        signed: true,
        ..Job::call("tests:store", "signed")
    };
    let key = Some([7; 32]);
    for job in [job(), signed.clone()] {
        let (recording, _) = Cache::open(&world.stamps(), clock, key).record(&job);
        let finish = jobstamps::Finish::Value {
            pieces: vec![vec![1; 100_000]],
            pickled: job.signed,
        };
        assert!(recording.save(finish).stored);
    }
    // With its times, and without.
    for (number, how) in ["-a", "-r"].into_iter().enumerate() {
        let copy = world.path(&format!("copy{number}"));
        let (from, to) = (world.stamps(), copy.clone());
        assert!(super::world::command(
            "cp",
            &[how, from.to_str().unwrap(), to.to_str().unwrap()]
        ));
        let is_fresh = |key, job: &Job| matches!(Cache::open(&copy, clock, key).lookup(job, None), Lookup::Fresh(_));
        assert!(is_fresh(key, &job()) && is_fresh(key, &signed));
        assert!(!is_fresh(Some([8; 32]), &signed), "another user's");
        let day = jobstamps::Limits {
            bytes: u64::MAX,
            age: 24 * 3600,
        };
        let swept = Cache::open(&copy, clock, key).sweep(&day).unwrap();
        assert_eq!(swept.stamps, 0, "they count as used now");
    }
}

#[cfg(unix)]
mod read_only {
    use super::super::world::{World, chmod, unprivileged};
    use super::{fs, job};

    fn lock_up(world: &World, mode: u32) {
        for entry in fs::read_dir(world.root()).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                chmod(&entry, mode);
            }
        }
        chmod(&world.root(), mode);
    }

    /// S07.
    #[test]
    fn a_read_only_store_serves_hits_and_runs_misses_unstored() {
        let name = "store::read_only::a_read_only_store_serves_hits_and_runs_misses_unstored";
        unprivileged(name, |world| {
            world.write("in", "bytes").age("in", 100);
            let hit = world.job(&["in"]).by(jobstamps::Method::Hash);
            world.run(&hit).ran().stored();
            lock_up(world, 0o500);
            world.run(&hit).replayed();
            // Even one that would like to refresh its record.
            world.age("in", 50);
            world.run(&hit).replayed();
            for miss in [job(), world.job(&["in", "other"])] {
                let did = world.run(&miss).ran().not_stored();
                assert_eq!(did.warnings.len(), 1, "{:?}", did.words());
                assert!(did.words()[0].contains("Permission denied"), "{:?}", did.words());
            }
            lock_up(world, 0o700);
        });
    }

    /// S05: the old stamp is intact, nothing is left behind.
    #[test]
    fn a_stamp_that_cannot_be_replaced_stays() {
        let name = "store::read_only::a_stamp_that_cannot_be_replaced_stays";
        unprivileged(name, |world| {
            world.write("in", "one").age("in", 100);
            let job = world.job(&["in"]).by(jobstamps::Method::Hash);
            world.run(&job).ran().stored();
            lock_up(world, 0o500);
            world.write("in", "two").age("in", 100);
            world.run(&job).ran().not_stored();
            world.write("in", "one").age("in", 100);
            world.run(&job).replayed();
            lock_up(world, 0o700);
            assert_eq!(world.files().len(), 1);
        });
    }
}
