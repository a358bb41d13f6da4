//! Forgetting because somebody says so, and what is left.

use jobstamps::job::Code;
use jobstamps::{Cache, Job, Limits, Stats};

use super::world::{World, clock};

fn call(function: &str, arguments: &str) -> Job {
    Job {
        code: Some(Code::of(function, Vec::new())),
        ..Job::call(function, arguments)
    }
}

fn store(cache: &Cache, job: &Job) {
    let (recording, _) = cache.record(job);
    assert!(recording.save_value(vec![1; 100_000]).stored);
}

#[test]
fn a_job_is_forgotten_with_all_its_variants_and_blobs_and_no_other() {
    let world = World::new();
    let cache = world.cache();
    let job = world.job(&["a"]);
    for content in ["one", "two"] {
        world.write("a", content);
        store(&cache, &job.clone().by(jobstamps::Method::Hash));
    }
    store(&cache, &call("f", "1"));
    assert_eq!(cache.forget(&job).unwrap(), 2);
    assert_eq!(world.reasons(&job), ["it has no stamp yet"]);
    assert_eq!(world.reasons(&call("f", "1")), [""; 0]);
    assert_eq!(world.files().len(), 2, "{:?}", world.files());
    assert_eq!(cache.forget(&job).unwrap(), 0);
}

#[test]
fn a_function_is_forgotten_whatever_its_arguments_and_no_other() {
    let world = World::new();
    let cache = world.cache();
    for arguments in 0..20 {
        store(&cache, &call("f", &arguments.to_string()));
    }
    store(&cache, &call("g", "0"));
    store(&cache, &world.job(&[]));
    assert_eq!(cache.forget_function("f").unwrap(), 20);
    assert_eq!(world.files().len(), 4, "{:?}", world.files());
    assert_eq!(world.reasons(&call("g", "0")), [""; 0]);
    assert_eq!(cache.forget_function("f").unwrap(), 0);
}

#[test]
fn stamps_under_another_key_are_left_alone() {
    let world = World::new();
    let job = Job {
        signed: true,
        ..call("f", "")
    };
    let open = |key| Cache::open(&world.stamps(), clock, Some(key));
    let (recording, _) = open([1; 32]).record(&job);
    let finish = jobstamps::Finish::Value {
        pieces: vec![vec![1]],
        pickled: true,
    };
    assert!(recording.save(finish).stored);
    assert_eq!(open([2; 32]).forget_function("f").unwrap(), 0);
    assert_eq!(open([2; 32]).forget(&job).unwrap(), 0);
    assert_eq!(open([1; 32]).forget_function("f").unwrap(), 1);
}

#[test]
fn what_is_kept_is_counted_and_what_is_swept_is_gone() {
    let world = World::new();
    let cache = world.cache();
    assert_eq!(cache.stats().unwrap(), Stats::default());
    assert!(!world.stamps().exists(), "asking makes no directory");
    for arguments in ["1", "2", "3"] {
        store(&cache, &call("f", arguments));
    }
    let stats = cache.stats().unwrap();
    assert_eq!(stats.stamps, 3);
    let bytes: u64 = world.files().iter().map(|file| file.metadata().unwrap().len()).sum();
    assert_eq!(stats.bytes, bytes);
    let limits = Limits {
        bytes: bytes - 1,
        age: u64::MAX,
    };
    let swept = cache.sweep(&limits).unwrap();
    assert_eq!(swept.stamps, 1);
    let left = cache.stats().unwrap();
    assert_eq!((left.stamps, left.bytes + swept.bytes), (2, bytes));
}

/// Whatever can be read of it, and whoever has just used it.
#[test]
fn when_all_is_forgotten_nothing_is_left() {
    let world = World::new();
    let cache = world.cache();
    assert_eq!(cache.forget_all().unwrap(), Stats::default());
    assert!(!world.stamps().exists(), "asking makes no directory");
    for number in 0..40 {
        store(&cache, &call("f", &number.to_string()));
    }
    let (recording, _) = cache.record(&call("g", ""));
    assert!(recording.save_value("small").stored);
    std::fs::write(cache.stamp_path(&call("g", "")), "damaged").unwrap();
    let before = cache.stats().unwrap();
    assert_eq!((before.stamps, cache.forget_all().unwrap()), (41, before));
    let left: Vec<_> = world
        .files()
        .into_iter()
        .filter(|path| !path.ends_with(".lock"))
        .collect();
    assert_eq!(left, Vec::<std::path::PathBuf>::new());
    assert_eq!(world.reasons(&call("f", "0")), ["it has no stamp yet"]);
    store(&cache, &call("f", "0"));
    assert_eq!(world.reasons(&call("f", "0")), [""; 0]);
}

#[test]
fn what_would_go_is_told_before_and_nothing_goes() {
    let world = World::new();
    let cache = world.cache();
    for number in 0..20 {
        store(&cache, &call("f", &number.to_string()));
    }
    let all = cache.stats().unwrap();
    // Their sizes differ by a byte or two: enough for ten of them, whichever these are.
    let (old, half) = (u64::MAX, all.bytes / 2 + 50_000);
    for (bytes, age, stamps) in [(u64::MAX, old, 0), (half, old, 10), (0, old, 20)] {
        let limits = Limits { bytes, age };
        let told = cache.excess(&limits).unwrap();
        assert_eq!((told.stamps, cache.stats().unwrap()), (stamps, all));
    }
    let limits = Limits { bytes: half, age: old };
    let told = cache.excess(&limits).unwrap();
    assert_eq!(told, cache.sweep(&limits).unwrap());
}

#[test]
fn a_place_that_cannot_be_used_is_an_error() {
    let world = World::new();
    std::fs::write(world.stamps(), "").unwrap();
    let cache = world.cache();
    assert!(cache.forget(&call("f", "")).is_err());
    assert!(cache.forget_function("f").is_err());
    assert!(cache.stats().is_err());
    assert!(cache.sweep(&Limits::default()).is_err());
    assert!(cache.excess(&Limits::default()).is_err());
    assert!(cache.forget_all().is_err());
    assert!(cache.survey(&|_| ()).is_err());
    assert!(cache.keys("00", 1).is_err());
}
