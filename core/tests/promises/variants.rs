//! A job keeps its last variants: going back to where one was hits again.

use super::world::World;
use jobstamps::Method;
use jobstamps::job::Code;

#[test]
fn there_and_back_again_replays_the_first_under_hashes_and_reruns_under_mtime() {
    for (method, replays) in [(Method::Hash, true), (Method::Paranoid, true), (Method::Mtime, false)] {
        let world = World::new();
        let job = world.job(&["in"]).by(method);
        world.write("in", "aaa").age("in", 100);
        let first = world.run(&job).ran().stored().value;
        world.write("in", "bbb").age("in", 90);
        let second = world.run(&job).ran().stored().value;
        world.next_tick().write("in", "aaa").age("in", 80);
        let did = world.run(&job);
        assert_eq!(did.reason.is_none(), replays, "{method:?}");
        if replays {
            assert_eq!(did.value, first);
            world.write("in", "bbb").age("in", 70);
            assert_eq!(world.run(&job).replayed().value, second);
        }
    }
}

#[test]
fn a_directory_there_and_back_again_replays_under_hashes() {
    let world = World::new();
    let job = world.job(&["d"]).by(Method::Hash);
    world.write("d/a", "aaa").age("d/a", 100);
    let first = world.run(&job).ran().stored().value;
    world.write("d/b", "").age("d/b", 90);
    world.run(&job).ran().stored();
    world.remove("d/b");
    assert_eq!(world.run(&job).replayed().value, first);
}

#[test]
fn eight_variants_are_kept_and_the_ninth_pushes_out_the_oldest() {
    let world = World::new();
    let job = world.job(&["in"]).by(Method::Hash);
    let content = |number: u32| format!("content {number}");
    for number in 0..9 {
        world.write("in", content(number)).age("in", 100);
        world.run(&job).ran().stored();
    }
    for number in 1..9 {
        world.write("in", content(number)).age("in", 100);
        world.run(&job).replayed();
    }
    world.write("in", content(0)).age("in", 100);
    world.run(&job).ran();
}

/// Two callers of one job that declare different files do not push each other out.
#[test]
fn different_lists_keep_their_own_variants() {
    let world = World::new();
    world.write("a", "").write("b", "");
    let jobs = [world.job(&["a"]), world.job(&["a", "b"]), world.job(&[])];
    let values: Vec<_> = jobs.iter().map(|job| world.run(job).ran().stored().value).collect();
    for (job, value) in jobs.iter().zip(&values) {
        assert_eq!(&world.run(job).replayed().value, value);
    }
    world.write("b", "other");
    assert_eq!(
        world.run(&jobs[1]).ran().why(),
        "the dependency `b` changed: its size was 0 bytes and is 5"
    );
    for index in [0, 2] {
        world.run(&jobs[index]).replayed();
    }
}

#[test]
fn all_reasons_are_told_and_the_first_is_what_look_up_says() {
    let world = World::new();
    world.write("a", "").write("b", "").write("o", "");
    let job = world.making(&["b", "a", "gone"], &["o"]);
    world.run(&job).ran().stored();
    world.write("a", "other").remove("b").remove("o");
    let mut job = world.making(&["b", "a", "gone", "new"], &["o"]);
    job.code = Some(Code::of("lint", Vec::new()));
    let reasons = world.reasons(&job);
    assert_eq!(
        reasons,
        [
            "the function `lint` changed",
            "the output `o` is missing",
            "the dependency `b` is missing",
            "the dependency `a` changed: its size was 0 bytes and is 5",
            "the dependency `gone` is missing",
            "the dependency `new` was added",
        ]
    );
    assert_eq!(world.run(&job).ran().why(), reasons[0]);
}

#[test]
fn asking_why_writes_nothing() {
    let world = World::new();
    let job = world.job(&["in"]);
    assert_eq!(world.reasons(&job), ["it has no stamp yet"]);
    assert!(!world.stamps().exists());
}
