//! What happens to a stamp when one file that it depends on changes.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use super::world::{Change, METHODS, World, when_the_clock_is_read};
use jobstamps::Method::{Hash, Mtime, Paranoid};
use jobstamps::{Lookup, Method};

/// What a change does to a stamp.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Then {
    Stale,
    Fresh,
}
use Then::{Fresh, Stale};

/// Runs a job that depends on `in`, changes the world, and looks what became of the stamp.
#[track_caller]
fn after(change: Change, under_mtime: Then, under_hash: Then) {
    for (method, expected) in METHODS.into_iter().zip([under_mtime, under_hash, under_hash]) {
        let world = World::new();
        world.write("in", "bytes").age("in", 100);
        let job = world.job(&["in"]).by(method);
        world.run(&job).ran().stored();
        world.run(&job).replayed();
        world.next_tick();
        change(&world);
        let reasons = world.reasons(&job);
        let did = world.run(&job);
        let actual = if did.reason.is_some() { Stale } else { Fresh };
        assert_eq!(actual, expected, "{method:?}");
        // What `why` says is what look-up does.
        assert_eq!(reasons.first(), did.reason.map(|reason| reason.to_string()).as_ref());
    }
}

#[test]
fn nothing_changed() {
    after(&|world| world, Fresh, Fresh);
}

#[test]
fn edited() {
    after(&|world| world.write("in", "other bytes"), Stale, Stale);
}

/// D07.
#[test]
fn touched_with_the_same_bytes() {
    after(&|world| world.age("in", 50), Stale, Fresh);
    after(&|world| world.write("in", "bytes"), Stale, Fresh);
}

/// D05.
#[test]
fn replaced_by_an_older_file() {
    after(
        &|world| world.write("old", "older").age("old", 1000).rename("old", "in"),
        Stale,
        Stale,
    );
    after(
        &|world| world.write("old", "bytes").age("old", 1000).rename("old", "in"),
        Stale,
        Fresh,
    );
}

/// D03.
#[test]
fn rewritten_with_the_same_size_under_the_same_modification_time() {
    after(&|world| world.forge("in", "BYTES"), Stale, Stale);
}

#[test]
fn replaced_by_a_file_of_the_same_size_and_modification_time() {
    fn replace<'a>(world: &'a World, content: &str) -> &'a World {
        let modified = world.path("in").metadata().unwrap().modified().unwrap();
        world
            .write("new", content)
            .modified("new", modified)
            .rename("new", "in")
    }
    after(&|world| replace(world, "BYTES"), Stale, Stale);
    after(&|world| replace(world, "bytes"), Stale, Fresh);
}

/// D18.
#[cfg(unix)]
#[test]
fn made_executable() {
    after(&|world| world.mode("in", 0o755), Stale, Stale);
}

/// D06.
#[test]
fn modified_in_the_future() {
    let tomorrow = SystemTime::now() + Duration::from_secs(24 * 3600);
    after(&|world| world.modified("in", tomorrow), Stale, Fresh);
}

/// D08, D09.
#[test]
fn removed_stays_stale_and_comes_back() {
    for method in METHODS {
        let world = World::new();
        world.write("in", "bytes").age("in", 100);
        let job = world.job(&["in"]).by(method);
        world.run(&job).ran().stored();
        world.remove("in");
        for _ in 0..2 {
            let did = world.run(&job).ran().stored();
            assert_eq!(did.why(), "the dependency `in` is missing");
        }
        world.write("in", "bytes").age("in", 100);
        let did = world.run(&job);
        // By content it is what it was before it went.
        assert_eq!(did.reason.is_some(), method == Mtime, "{method:?}");
        world.run(&job).replayed();
    }
}

#[test]
fn a_file_that_appears_is_named_as_such() {
    let world = World::new();
    let job = world.job(&["in"]);
    world.run(&job).ran().stored();
    world.write("in", "");
    assert_eq!(world.reasons(&job), ["the dependency `in` changed: it was missing"]);
}

#[test]
fn a_file_that_became_a_directory_is_stale_under_every_method() {
    for method in METHODS {
        let world = World::new();
        world.write("in", "bytes");
        let job = world.job(&["in"]).by(method);
        world.run(&job).ran().stored();
        world.remove("in").write("in/side", "");
        assert_eq!(
            world.run(&job).ran().why(),
            "the dependency `in` changed: it is a directory now"
        );
    }
}

/// D04: within one tick of the file system's clock, nothing that the system tells shows the second edit.
#[test]
fn a_young_file_edited_without_a_trace_is_stale_under_every_method() {
    // A file of the future is young too: whoever tells its times has another clock.
    for (method, ahead) in METHODS.into_iter().flat_map(|method| [(method, 0), (method, -100)]) {
        let world = World::young();
        world.turn_clock(ahead);
        world.write("in", "one");
        let job = world.job(&["in"]).by(method);
        world.run(&job).ran().stored();
        // Made as if within one tick: the record says exactly what the system tells of the second file.
        world.write("in", "two");
        pretend_unchanged(&world, &job);
        assert_eq!(
            world.run(&job).ran().why(),
            "the dependency `in` changed: its content differs",
            "{method:?}"
        );
    }
}

/// Rewrites the stamp of `job`, so that it records the looks that its dependencies have now.
fn pretend_unchanged(world: &World, job: &jobstamps::Job) {
    use jobstamps::fingerprint::Fingerprint;
    use jobstamps::stamp::StampFile;
    let path = world.stamp();
    let key = job.key();
    let mut stamps = StampFile::parse(&key, &std::fs::read(&path).unwrap()).stamps(&key, None);
    let stamp = &mut stamps[0];
    for (path, fingerprint) in &mut stamp.dependencies {
        let Fingerprint::File(record) = fingerprint else {
            panic!("{fingerprint:?}")
        };
        assert!(record.young);
        record.look = jobstamps::disk::look(path).unwrap().unwrap();
    }
    let mut file = StampFile::default();
    file.add(&key, alone(stamp), None).unwrap();
    std::fs::write(path, file.encode(&key)).unwrap();
}

#[test]
fn the_first_hit_that_finds_a_file_no_longer_young_refreshes_the_record() {
    for method in [Mtime, Hash] {
        let world = World::young();
        world.write("in", "bytes");
        let job = world.job(&["in"]).by(method);
        world.run(&job).ran().stored();
        let young = std::fs::read(world.stamp()).unwrap();
        world.run(&job).replayed();
        assert_eq!(
            std::fs::read(world.stamp()).unwrap(),
            young,
            "while it is young nothing is written"
        );
        world.turn_clock(10);
        world.run(&job).replayed();
        let refreshed = std::fs::read(world.stamp()).unwrap();
        assert_ne!(refreshed, young);
        world.run(&job).replayed();
        assert_eq!(std::fs::read(world.stamp()).unwrap(), refreshed, "once is enough");
    }
}

/// The file changes between two looks of one look-up, wherever that is.
#[test]
fn a_record_is_never_refreshed_with_what_the_job_has_not_seen() {
    for (method, dependency) in METHODS.into_iter().flat_map(|method| [(method, "d/in"), (method, "d")]) {
        for call in 1..8 {
            let world = World::young();
            world.write("d/in", "one");
            let job = world.job(&[dependency]).by(method);
            world.run(&job).ran().stored();
            world.next_tick().turn_clock(10);
            let (path, changed) = (world.path("d/in"), Rc::new(Cell::new(false)));
            let has_changed = Rc::clone(&changed);
            when_the_clock_is_read(call, move || changed.set(std::fs::write(path, "two").is_ok()));
            if let Lookup::Fresh(hit) = world.cache().lookup(&job, None) {
                hit.settle();
            }
            if has_changed.get() {
                assert_ne!(
                    world.reasons(&job).len(),
                    0,
                    "{dependency} under {method:?}, call {call}"
                );
            }
        }
    }
}

#[test]
fn touching_refreshes_the_record_under_hash_so_that_the_file_is_not_read_again() {
    let world = World::new();
    world.write("in", "bytes").age("in", 100);
    let job = world.job(&["in"]).by(Hash);
    world.run(&job).ran().stored();
    world.age("in", 50);
    let before = std::fs::read(world.stamp()).unwrap();
    world.run(&job).replayed();
    let refreshed = std::fs::read(world.stamp()).unwrap();
    assert_ne!(before, refreshed);
    world.run(&job).replayed();
    assert_eq!(std::fs::read(world.stamp()).unwrap(), refreshed);
}

#[test]
fn a_stamp_with_digests_serves_both_methods_and_one_without_only_its_own() {
    let world = World::new();
    world.write("in", "bytes").age("in", 100);
    world.run(&world.job(&["in"]).by(Mtime)).ran().stored();
    let did = world.run(&world.job(&["in"]).by(Hash)).ran();
    assert_eq!(did.why(), "the dependency `in` changed: only its times were recorded");
    for method in METHODS {
        world.run(&world.job(&["in"]).by(method)).replayed();
    }
}

#[test]
fn paranoid_sees_what_no_stat_field_shows() {
    let world = World::new();
    world.write("in", "one").age("in", 100);
    let hash = world.job(&["in"]).by(Hash);
    world.run(&hash).ran().stored();
    // As a memory map into a dirty page would: other bytes, and the record says what the system tells of them.
    world.write("in", "two").age("in", 100);
    rewrite_look(&world, &hash);
    world.run(&hash).replayed();
    world.run(&world.job(&["in"]).by(Paranoid)).ran();
}

/// As the only stamp of its job.
fn alone(stamp: &jobstamps::stamp::Stamp) -> jobstamps::stamp::Entering<'_> {
    jobstamps::stamp::Entering {
        stamp,
        cold: None,
        replaces: &|_| false,
    }
}

fn rewrite_look(world: &World, job: &jobstamps::Job) {
    use jobstamps::fingerprint::Fingerprint;
    use jobstamps::stamp::StampFile;
    let key = job.key();
    let mut stamps = StampFile::parse(&key, &std::fs::read(world.stamp()).unwrap()).stamps(&key, None);
    let (path, Fingerprint::File(record)) = &mut stamps[0].dependencies[0] else {
        panic!()
    };
    record.look = jobstamps::disk::look(path).unwrap().unwrap();
    let mut file = StampFile::default();
    file.add(&key, alone(&stamps[0]), None).unwrap();
    std::fs::write(world.stamp(), file.encode(&key)).unwrap();
}

/// D19.
#[cfg(unix)]
#[test]
fn names_are_bytes() {
    use jobstamps::job::Declared;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let world = World::new();
    let long = [b'n'; 255];
    for name in [
        &b"new\nline"[..],
        b"\xff\xfe",
        b"-leading",
        b"caf\xc3\xa9",
        b"cafe\xcc\x81",
        &long,
    ] {
        let name = OsStr::from_bytes(name);
        std::fs::write(world.path("").join(name), "one").unwrap();
        let mut job = world.job(&[]);
        job.dependencies = vec![Declared::new(name, &world.path(""))];
        world.run(&job).ran().stored();
        world.run(&job).replayed();
        std::fs::write(world.path("").join(name), "other").unwrap();
        world.run(&job).ran();
    }
}

/// D21.
#[test]
fn dependencies_are_a_set() {
    let world = World::new();
    world.write("a", "").write("b", "");
    world.run(&world.job(&["a", "b"])).ran().stored();
    for same in [&["b", "a"][..], &["a", "b", "a"], &["./b", ".//a"]] {
        world.run(&world.job(same)).replayed();
    }
}

#[test]
fn a_dependency_or_output_added_or_removed_reruns_and_is_named() {
    let world = World::new();
    world.write("a", "").write("b", "").write("o", "").write("p", "");
    world.run(&world.making(&["a"], &["o"])).ran().stored();
    for (dependencies, outputs, reason) in [
        (&["a", "b"][..], &["o"][..], "the dependency `b` was added"),
        (&["a"], &["o", "p"], "the output `p` was added"),
    ] {
        assert_eq!(world.reasons(&world.making(dependencies, outputs)), [reason]);
    }
    let removed = |what: &str, name| format!("the {what} `{}` was removed from the list", world.path(name).display());
    assert_eq!(world.reasons(&world.making(&[], &["o"])), [removed("dependency", "a")]);
    assert_eq!(world.reasons(&world.making(&["a"], &[])), [removed("output", "o")]);
}

#[test]
fn a_look_up_that_hits_takes_no_lock_and_writes_nothing() {
    let world = World::new();
    world.write("in", "bytes").age("in", 100);
    let job = world.job(&["in"]).by(Method::Hash);
    world.run(&job).ran().stored();
    let files = || {
        let mut seen = Vec::new();
        for path in world.files() {
            seen.push((path.clone(), jobstamps::disk::look(&path).unwrap()));
        }
        seen
    };
    let before = files();
    let Lookup::Fresh(hit) = world.cache().lookup(&job, None) else {
        panic!()
    };
    hit.settle();
    assert_eq!(files(), before);
}
