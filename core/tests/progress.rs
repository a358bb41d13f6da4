//! Who watches is told of what takes long, and of nothing else.
//!
//! A process has one watcher, so these tests have a process of their own; and each of them does what no other does.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // Builds what is looked at.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use jobstamps::job::Declared;
use jobstamps::progress::{BYTES, FILES, Progress, watch};
use jobstamps::{Cache, Job, Lookup, Time, disk};

/// What was told, of which path: how much was done, of how much.
type Told = Vec<(PathBuf, u64, Option<u64>)>;

static TOLD: Mutex<Told> = Mutex::new(Vec::new());

fn told() -> MutexGuard<'static, Told> {
    TOLD.lock().unwrap_or_else(PoisonError::into_inner)
}

fn note(progress: &Progress) {
    let (path, done, of) = match *progress {
        Progress::Hashing { path, done, size } => (path, done, Some(size)),
        Progress::Looking { path, done, of } => (path, done as u64, of.map(|of| of as u64)),
        Progress::Tending { what, done, of } => (Path::new(what), done as u64, Some(of as u64)),
    };
    told().push((path.to_path_buf(), done, of));
}

/// Does `work` in a directory of its own; returns what was told of paths in it.
fn told_while(work: impl FnOnce(&Path)) -> Vec<(u64, Option<u64>)> {
    watch(note);
    let directory = tempfile::tempdir().unwrap();
    work(directory.path());
    let told = told();
    let here = told.iter().filter(|(path, ..)| path.starts_with(directory.path()));
    here.map(|(_, done, of)| (*done, *of)).collect()
}

/// A cache to whose clock nothing is young: so nothing is hashed.
fn cache(directory: &Path) -> Cache {
    let clock = || Time {
        seconds: Time::from(SystemTime::now()).seconds + 10,
        nanoseconds: 0,
    };
    Cache::open(&directory.join("stamps"), clock, None)
}

/// Looks a job up that has to run.
fn look_up(directory: &Path, dependencies: Vec<Declared>) {
    let job = Job {
        dependencies,
        ..Job::call("tests:progress", "")
    };
    assert!(matches!(cache(directory).lookup(&job, None), Lookup::Stale(_)));
}

#[test]
fn a_large_file_is_told_of_once_for_each_eight_megabytes_and_a_small_one_never() {
    for (size, times) in [(BYTES - 1, 0), (3 * BYTES, 3), (3 * BYTES + 1, 3)] {
        let told = told_while(|directory| {
            let path = directory.join("large");
            File::create(&path).unwrap().set_len(size).unwrap();
            disk::hash(&path).unwrap();
        });
        assert!(
            told.iter().all(|(done, of)| *done <= size && *of == Some(size)),
            "{told:?}"
        );
        assert_eq!(told.len(), times, "{size}");
    }
}

#[test]
fn many_dependencies_are_told_of_once_for_each_thousand_and_few_never() {
    for (count, times) in [(FILES - 1, 0), (2 * FILES + 1, 2)] {
        let told = told_while(|directory| {
            // What is missing is looked at like anything else.
            let names = (0..count).map(|number| format!("file-{number}"));
            look_up(directory, names.map(|name| Declared::new(name, directory)).collect());
        });
        let expected: Vec<_> = (1..=times)
            .map(|time| ((time * FILES) as u64, Some(count as u64)))
            .collect();
        assert_eq!(told, expected);
    }
}

#[test]
fn a_large_directory_is_told_of_while_it_is_walked_and_a_small_one_is_not() {
    // All that is met adds up, the directories themselves too.
    for (count, expected) in [(FILES - 2, 0), (FILES - 1, 1), (2 * FILES - 1, 2)] {
        let told = told_while(|directory| {
            fs::create_dir(directory.join("tree")).unwrap();
            for number in 0..count {
                File::create(directory.join(format!("tree/{number}"))).unwrap();
            }
            look_up(directory, vec![Declared::new("tree", directory)]);
        });
        assert!(told.iter().all(|(_, of)| of.is_none()), "{told:?}");
        assert_eq!(told.len(), expected, "{count}");
    }
}

#[test]
fn a_large_store_is_told_of_part_by_part_and_a_small_one_never() {
    let directory = tempfile::tempdir().unwrap();
    let job = Job::call("tests:progress", "a store");
    let parts_told = || {
        watch(note);
        cache(directory.path()).stats().unwrap();
        told()
            .extract_if(.., |(path, ..)| path == Path::new("measuring"))
            .count()
    };
    let (recording, _) = cache(directory.path()).record(&job);
    assert!(recording.save_value("").stored);
    assert_eq!(parts_told(), 0);
    let shard = cache(directory.path()).stamp_path(&job).parent().unwrap().to_owned();
    for number in 0..FILES {
        File::create(shard.join(format!("x{number}"))).unwrap();
    }
    // Those behind the one in which the files lie.
    let number = u8::from_str_radix(shard.file_name().unwrap().to_str().unwrap(), 16).unwrap();
    assert_eq!(parts_told(), usize::from(u8::MAX - number));
}
