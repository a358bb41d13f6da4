//! O10. Two jobs that write the same file: what is replayed must be what lies there.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use jobstamps::job::Invocation;
use jobstamps::store::{Limits, Store};
use jobstamps::{Cache, Finish, Job, Lookup, Warning};

use super::world::{World, clock, set_modified};

const NO_STAMP: &str = "it has no stamp yet";

/// Returns the job `name` with what it reads and writes.
fn job(world: &World, name: &str, dependencies: &[&str], outputs: &[&str]) -> Job {
    let mut job = world.making(dependencies, outputs);
    if let Invocation::Call(call) = &mut job.invocation {
        call.arguments = name.into();
    }
    job
}

/// Runs or replays `job`; if it runs, it writes its name to `output`. Returns whether it ran.
fn build(world: &World, job: &Job, output: &str) -> bool {
    let Invocation::Call(call) = &job.invocation else {
        unreachable!()
    };
    let done = world.run_while(job, || fs::write(world.path(output), &call.arguments).unwrap());
    done.reason.is_some()
}

fn records(world: &World) -> Vec<PathBuf> {
    let mut files = world.files();
    files.retain(|file| file.extension() == Some(OsStr::new("maker")));
    files
}

#[test]
fn whoever_writes_a_file_makes_the_other_that_wrote_it_stale() {
    let world = World::new();
    let [fast, slow] = ["-O2", "-O0"].map(|name| job(&world, name, &[], &["a.o"]));
    for (job, ran, left) in [
        (&fast, true, "-O2"),
        (&fast, false, "-O2"),
        (&slow, true, "-O0"),
        (&slow, false, "-O0"),
        (&fast, true, "-O2"),
        (&fast, false, "-O2"),
        (&slow, true, "-O0"),
    ] {
        assert_eq!(build(&world, job, "a.o"), ran);
        assert_eq!(fs::read_to_string(world.path("a.o")).unwrap(), left);
    }
    assert_eq!(world.reasons(&fast), ["another job made the output `a.o` last"]);
    assert_eq!(records(&world).len(), 1);
}

#[test]
fn that_two_take_turns_is_said_when_the_first_comes_back() {
    let world = World::new();
    let [one, other] = ["one", "other"].map(|name| job(&world, name, &[], &["a.o"]));
    world.write("a.o", "");
    assert_eq!(world.run(&one).warnings, []);
    assert_eq!(world.run(&other).warnings, []);
    assert_eq!(world.run(&one).warnings, [Warning::MadeInTurns("a.o".into())]);
}

#[test]
fn a_job_with_two_outputs_goes_with_either_of_them() {
    let world = World::new();
    let both = job(&world, "both", &[], &["a", "b"]);
    let second = job(&world, "second", &[], &["b"]);
    let third = job(&world, "third", &[], &["c"]);
    world.write("a", "").write("b", "").write("c", "");
    for job in [&both, &third, &second] {
        world.run(job).ran();
    }
    assert_eq!(world.reasons(&both), ["another job made the output `b` last"]);
    world.run(&third).replayed();
    world.run(&second).replayed();
}

#[test]
fn formatters_of_one_file_do_not_undo_each_other() {
    let world = World::new();
    for dependency in ["a.py", "*.py", "**/*.py", "{a,b}.py"] {
        let [one, other] = ["sort", "wrap"].map(|name| job(&world, name, &[dependency], &["a.py"]));
        world.write("a.py", dependency);
        world.run(&one).ran();
        world.run(&other).ran();
        world.run(&one).replayed();
        world.run(&other).replayed();
    }
    assert!(records(&world).is_empty());
}

#[test]
fn what_a_dependency_only_looks_like_or_lies_above_is_no_formatters_file() {
    let world = World::new();
    world.write("src/x", "");
    for (number, dependency) in ["src", "src/*", "src/**", "**", "src/**/*", "other/**/*.o", ".*"]
        .into_iter()
        .enumerate()
    {
        let output = format!("src/made/{number}.o");
        world.write(&output, "");
        let [one, other] = ["-O2", "-O0"].map(|name| job(&world, name, &[dependency], &[&output]));
        assert!(build(&world, &one, &output), "{dependency}");
        assert!(build(&world, &other, &output), "{dependency}");
        assert!(build(&world, &one, &output), "{dependency}");
        assert_eq!(fs::read_to_string(world.path(&output)).unwrap(), "-O2");
    }
}

#[test]
#[cfg(unix)]
fn one_file_is_one_file_whatever_way_leads_to_it() {
    let world = World::new();
    world.write("sub/deep/x", "").make("made");
    world.link("link", "made");
    let ways = ["made/a", "sub/../made/a", "link/a", "./link/../made/a"];
    let jobs = ways.map(|way| (way, job(&world, way, &[], &[way])));
    for _ in 0..2 {
        for (way, job) in &jobs {
            assert!(build(&world, job, way), "{way}");
            assert!(!build(&world, job, way), "{way}");
        }
    }
    assert_eq!(records(&world).len(), 1);
}

/// A command knows no user's key, and meets a value that is sealed with one.
#[test]
fn what_only_another_can_read_is_forgotten_too() {
    let world = World::new();
    let [mut one, other] = ["one", "other"].map(|name| job(&world, name, &[], &["a"]));
    one.signed = true;
    world.write("a", "");
    let cache = Cache::open(&world.stamps(), clock, Some([7; 32]));
    let (recording, _) = cache.record(&one);
    let value = Finish::Value {
        pieces: vec![b"pickle".to_vec()],
        pickled: true,
    };
    assert!(recording.save(value).stored);
    assert!(matches!(cache.lookup(&one, None), Lookup::Fresh(_)));
    world.run(&other).ran();
    assert!(matches!(cache.lookup(&one, None), Lookup::Stale(_)));
}

#[test]
fn several_jobs_may_fill_one_directory() {
    let world = World::new();
    world.make("dist");
    let [one, other] = ["scripts", "styles"].map(|name| job(&world, name, &[], &["dist"]));
    for job in [&one, &other] {
        world.run(job).ran();
    }
    for job in [&one, &other] {
        world.run(job).replayed();
    }
}

#[test]
fn of_two_that_write_one_file_at_the_same_time_none_is_remembered() {
    let world = World::new();
    let [one, other] = ["one", "other"].map(|name| job(&world, name, &[], &["a"]));
    let done = world.run_while(&one, || assert!(build(&world, &other, "a")));
    let done = done.not_stored();
    assert_eq!(
        done.words(),
        ["the output `a` was made by another job while this one ran; not cached"]
    );
    assert!(build(&world, &other, "a"));
}

#[test]
fn an_output_that_was_never_made_takes_nothing_from_anybody() {
    let world = World::new();
    let [one, other] = ["one", "other"].map(|name| job(&world, name, &[], &["a"]));
    world.run(&one).ran();
    world.run(&other).ran();
    assert!(records(&world).is_empty());
    assert_eq!(world.reasons(&one)[0], "the output `a` is missing");
}

#[test]
fn a_record_that_is_damaged_is_as_good_as_none() {
    let world = World::new();
    let job = job(&world, "one", &[], &["a"]);
    build(&world, &job, "a");
    let [record] = records(&world).try_into().unwrap();
    let whole = fs::read(&record).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        for bytes in [bytes, whole[..at].to_vec()] {
            fs::write(&record, bytes).unwrap();
            world.run(&job).replayed();
            world.cache().forget(&job).unwrap();
            assert_eq!(world.reasons(&job), [NO_STAMP]);
            assert!(build(&world, &job, "a"));
            assert_eq!(fs::read(&record).unwrap(), whole, "written anew");
        }
    }
}

#[test]
fn of_two_that_write_one_file_the_first_is_stale_though_the_record_of_it_is_damaged() {
    let world = World::new();
    let [one, other, third] = ["one", "other", "third"].map(|name| job(&world, name, &[], &["a"]));
    let elsewhere = job(&world, "elsewhere", &[], &["b"]);
    build(&world, &elsewhere, "b");
    build(&world, &one, "a");
    let names_it = |file: &PathBuf| fs::read(file).unwrap().starts_with(one.key().as_bytes());
    let record = records(&world).into_iter().find(names_it).unwrap();
    let whole = fs::read(&record).unwrap();
    let cut = |length: usize| whole[..length].to_vec();
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        bytes
    };
    for damaged in [
        cut(0),
        cut(79),
        flipped(0),
        flipped(40),
        flipped(70),
        [&whole[..], b"x"].concat(),
    ] {
        assert!(!build(&world, &one, "a"));
        fs::write(&record, damaged).unwrap();
        assert!(build(&world, &other, "a"));
        assert!(!build(&world, &elsewhere, "b"));
        assert!(build(&world, &one, "a"));
    }
    // Nor can it be told where something else lies in its place.
    fs::remove_file(&record).unwrap();
    fs::create_dir(&record).unwrap();
    build(&world, &third, "a");
    assert!(build(&world, &one, "a"));
}

#[test]
fn a_record_is_touched_with_the_stamp_so_that_nothing_that_removes_old_files_takes_it_alone() {
    let world = World::new();
    let job = job(&world, "one", &[], &["a"]);
    build(&world, &job, "a");
    let [record] = records(&world).try_into().unwrap();
    let days_ago = SystemTime::now() - Duration::from_secs(9 * 24 * 3600);
    for file in [&record, &world.stamp()] {
        set_modified(file, days_ago);
    }
    assert!(!build(&world, &job, "a"));
    for file in [&record, &world.stamp()] {
        assert!(fs::metadata(file).unwrap().modified().unwrap() > days_ago + Duration::from_secs(24 * 3600));
    }
}

#[test]
fn a_record_goes_with_the_stamp_it_tells_of_and_not_before() {
    let world = World::new();
    let [one, other] = ["one", "other"].map(|name| job(&world, name, &[], &["a"]));
    let sweep = || {
        let store = Store::open(&world.stamps()).unwrap().unwrap();
        store.sweep(&Limits::default(), clock, None).unwrap();
        records(&world).len()
    };
    build(&world, &one, "a");
    world.turn_clock(2 * 3600);
    assert_eq!(sweep(), 1);
    assert!(build(&world, &other, "a"));
    assert!(build(&world, &one, "a"));
    world.cache().forget(&one).unwrap();
    assert_eq!(sweep(), 0);
}
