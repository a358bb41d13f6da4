//! What is remembered, seen and forgotten without its job at hand.

use jobstamps::{Cache, Job, Limits, Method, Stats};

use super::world::{World, clock};

fn store(world: &World, job: &Job, value: &[u8]) {
    let (recording, _) = world.cache().record(job);
    assert!(recording.save_value(value.to_vec()).stored);
}

fn named(name: &str, world: &World, dependencies: &[&str]) -> Job {
    let job = world.job(dependencies);
    Job {
        dependencies: job.dependencies,
        ..Job::call(name, "")
    }
}

#[test]
fn what_a_job_did_is_recalled_whatever_has_changed_since() {
    let world = World::new();
    world.write("in", "old");
    let job = world.job(&["in"]).by(Method::Hash);
    assert!(world.cache().find(&job.key()).unwrap().is_none());
    for (text, value) in [("old", vec![1; 100_000]), ("new", b"2".to_vec())] {
        world.write("in", text);
        store(&world, &job, &value);
    }
    world.remove("in");
    let cache = world.cache();
    let found = cache.find(&job.key()).unwrap().unwrap();
    let recalled = cache.stamps(&found).into_iter().map(|stamp| {
        let replay = cache.recall(&job.key(), stamp.unwrap()).unwrap();
        replay.unwrap().read_value().unwrap()
    });
    assert_eq!(recalled.collect::<Vec<_>>(), [b"2".to_vec(), vec![1; 100_000]]);
}

#[test]
fn a_value_that_could_run_code_is_recalled_only_under_the_users_own_key() {
    let world = World::new();
    let open = |key| Cache::open(&world.stamps(), clock, key);
    let (recording, _) = open(Some([1; 32])).record(&Job::call("f", ""));
    let finish = jobstamps::Finish::Value {
        pieces: vec![vec![1]],
        pickled: true,
    };
    assert!(recording.save(finish).stored);
    let key = Job::call("f", "").key();
    for (tag_key, known) in [(None, false), (Some([2; 32]), false), (Some([1; 32]), true)] {
        let cache = open(tag_key);
        let found = cache.find(&key).unwrap().unwrap();
        assert_eq!(cache.stamps(&found)[0].is_some(), known, "{tag_key:?}");
    }
    // Whose it is is a question for those who read it: what lies in the own store can always go.
    assert_eq!(open(None).forget_key(&key).unwrap().stamps, 1);
}

#[test]
fn a_job_is_forgotten_by_its_key_and_no_other_is() {
    let world = World::new();
    assert_eq!(
        world.cache().forget_key(&world.job(&[]).key()).unwrap(),
        Stats::default()
    );
    assert!(!world.stamps().exists(), "asking makes no directory");
    for name in ["f", "g"] {
        store(&world, &Job::call(name, ""), &vec![1; 100_000]);
    }
    let all = world.cache().stats().unwrap();
    let gone = world.cache().forget_key(&Job::call("f", "").key()).unwrap();
    assert_eq!((gone.stamps, gone.bytes * 2), (1, all.bytes));
    assert_eq!(world.reasons(&Job::call("f", "")), ["it has no stamp yet"]);
    assert_eq!(world.reasons(&Job::call("g", "")), [""; 0]);
}

#[test]
fn who_depends_on_a_file_is_forgotten_by_whatever_name_it_is_held() {
    for (path, gone) in [
        ("src/a.c", &["file", "tree", "pattern"][..]),
        ("src/b.h", &["tree"]),
        ("src", &["tree"]),
        ("gone", &["missing"]),
        ("sr", &[]),
        ("other", &[]),
    ] {
        let world = World::new();
        world.write("src/a.c", "a").write("src/b.h", "b").write("other", "o");
        let jobs = [
            named("file", &world, &["src/a.c"]),
            named("tree", &world, &["src"]),
            named("pattern", &world, &["s*/*.c"]),
            named("missing", &world, &["gone"]),
            named("none", &world, &[]),
        ];
        for job in &jobs {
            store(&world, job, b"value");
        }
        let forgotten = world.cache().forget_dependents(&world.path(path)).unwrap();
        let is_gone = |job: &&Job| world.cache().find(&job.key()).unwrap().is_none();
        let left: Vec<_> = jobs.iter().filter(is_gone).map(Job::key).collect();
        let expected = jobs.iter().zip(["file", "tree", "pattern", "missing", "none"]);
        let expected: Vec<_> = expected
            .filter(|(_, name)| gone.contains(name))
            .map(|(job, _)| job.key())
            .collect();
        assert_eq!(left, expected, "{path}");
        assert_eq!(forgotten, gone.len() as u64, "{path}");
    }
}

#[test]
fn what_is_forgotten_is_not_counted_any_more() {
    let world = World::new();
    for number in 0..30 {
        store(&world, &Job::call("f", number.to_string()), &vec![1; 100_000]);
    }
    let key = Job::call("f", "7").key();
    world.cache().forget_key(&key).unwrap();
    let left = world.cache().stats().unwrap();
    let limits = Limits {
        bytes: left.bytes,
        age: u64::MAX,
    };
    assert_eq!(world.cache().sweep(&limits).unwrap(), Stats::default());
}
