//! A dependency that changes while the job runs: the job may have read either, so nothing is remembered.

use super::world::{Change, METHODS, World};
use jobstamps::Method;

fn disturbed(name: &str) -> Vec<String> {
    vec![format!("the dependency `{name}` changed while the job ran; not cached")]
}

/// D01, D02.
#[test]
fn a_change_during_the_run_leaves_no_stamp_under_any_method() {
    let changes: &[Change] = &[
        &|world| world.write("in", "other bytes"),
        &|world| world.write("in", "BYTES"),
        &|world| world.forge("in", "BYTES"),
        &|world| world.remove("in"),
        &|world| world.remove("in").write("in/a", ""),
        &|world| world.write("new", "bytes").age("new", 100).rename("new", "in"),
        &|world| world.age("in", 50),
        // Rewritten with the bytes it had: the job may have read what was there between.
        &|world| world.write("in", "other").write("in", "bytes"),
    ];
    for method in METHODS {
        for (number, change) in changes.iter().enumerate() {
            let world = World::new();
            world.write("in", "bytes").age("in", 100).next_tick();
            let job = world.job(&["in"]).by(method);
            let did = world.run_while(&job, || change(&world)).ran().not_stored();
            assert_eq!(did.words(), disturbed("in"), "change {number} under {method:?}");
            world.run(&job).ran();
        }
    }
}

#[test]
fn a_young_file_changed_during_the_run_without_a_trace_leaves_no_stamp() {
    for method in METHODS {
        let world = World::young();
        world.write("in", "one");
        let modified = world.path("in").metadata().unwrap().modified().unwrap();
        let job = world.job(&["in"]).by(method);
        let change = || world.write("in", "two").modified("in", modified);
        assert_eq!(
            world.run_while(&job, change).ran().not_stored().words(),
            disturbed("in")
        );
    }
}

/// D09.
#[test]
fn a_missing_dependency_that_the_run_makes_leaves_no_stamp() {
    for method in METHODS {
        let world = World::new();
        let job = world.job(&["in"]).by(method);
        let did = world.run_while(&job, || world.write("in", "")).ran().not_stored();
        assert_eq!(did.words(), disturbed("in"));
    }
}

#[cfg(unix)]
#[test]
fn permissions_and_links_are_watched_too() {
    for method in METHODS {
        let world = World::new();
        world
            .write("in", "bytes")
            .write("target", "bytes")
            .link("link", "in")
            .next_tick();
        let job = world.job(&["in"]).by(method);
        world.run_while(&job, || world.mode("in", 0o755)).ran().not_stored();
        let job = world.job(&["link"]).by(method);
        let did = world
            .run_while(&job, || world.link("link", "target"))
            .ran()
            .not_stored();
        assert_eq!(did.words(), disturbed("link"));
    }
}

#[test]
fn a_change_in_a_directory_during_the_run_leaves_no_stamp() {
    // Each with the first path that differs, where the looks can tell.
    let changes: &[(&str, Change)] = &[
        ("d/deep/a", &|world| world.write("d/deep/a", "longer bytes")),
        ("d/new", &|world| world.write("d/new", "")),
        ("d/deep", &|world| world.remove("d/deep")),
        ("", &|world| world.write("d/deep/a", "other").write("d/deep/a", "bytes")),
        ("", &|world| world.remove("d").write("d", "")),
    ];
    for method in METHODS {
        for (first, change) in changes {
            for dependency in ["d", "d/**"] {
                let world = World::new();
                world.write("d/deep/a", "bytes").age("d/deep/a", 100).next_tick();
                let job = world.job(&[dependency]).by(method);
                let did = world.run_while(&job, || change(&world)).ran().not_stored();
                let words = world.short(&did.words()[0]);
                let start = format!("the dependency `{dependency}` changed while the job ran");
                assert!(words.starts_with(&start) && words.ends_with("; not cached"), "{words}");
                assert!(
                    first.is_empty() || words.contains(&format!("`{first}` in it differs")),
                    "{words}"
                );
            }
        }
    }
}

#[test]
fn what_comes_and_goes_in_a_directory_during_the_run_does_not_matter() {
    for method in METHODS {
        let world = World::new();
        world.write("d/a", "bytes");
        let job = world.job(&["d"]).by(method);
        world
            .run_while(&job, || world.write("d/scratch", "").remove("d/scratch"))
            .ran()
            .stored();
        world.run(&job).replayed();
    }
}

/// C32, O11.
#[test]
fn a_formatter_is_remembered_as_it_left_the_file() {
    for method in METHODS {
        let world = World::new();
        world.write("in", "  bytes  ");
        let job = world.making(&["in"], &["in"]).by(method);
        world.run_while(&job, || world.write("in", "bytes")).ran().stored();
        world.run(&job).replayed();
        world.write("in", "  bytes");
        world.run_while(&job, || world.write("in", "bytes")).ran().stored();
        world.run(&job).replayed();
    }
}

#[test]
fn the_fingerprint_is_taken_before_the_job_starts() {
    // The file changes after the look-up that found no stamp: the job read the old or the new one, nobody knows.
    for method in METHODS {
        let world = World::young();
        world.write("in", "old");
        let job = world.job(&["in"]).by(method);
        world.run_while(&job, || world.write("in", "new")).ran().not_stored();
        world.run(&job).ran().stored();
        world.run(&job).replayed();
    }
}

/// C32, O11: a formatter that is given a directory, or a pattern.
#[test]
fn an_edit_of_what_is_both_dependency_and_output_is_seen_whatever_form_it_is_declared_in() {
    for method in METHODS {
        for (dependency, output) in [("d", "d"), ("d/*", "d/a"), ("d/a", "d/a")] {
            let world = World::new();
            world.write("d/a", "ugly").age("d/a", 100);
            let job = world.making(&[dependency], &[output]).by(method);
            let did = world
                .run_while(&job, || world.write("d/a", "pretty").age("d/a", 90))
                .ran()
                .stored();
            assert!(did.warnings.is_empty(), "{:?}", did.words());
            world.run(&job).replayed();
            world.next_tick().write("d/a", "edited");
            world.run(&job).ran().stored();
        }
    }
}

#[test]
fn what_a_pattern_matches_beside_an_output_is_guarded_still() {
    for method in METHODS {
        let world = World::new();
        world
            .write("d/a", "ugly")
            .write("d/b", "other")
            .age("d/b", 100)
            .next_tick();
        let job = world.making(&["d/*"], &["d/a"]).by(method);
        let did = world
            .run_while(&job, || world.write("d/b", "changed"))
            .ran()
            .not_stored();
        assert_eq!(
            world.short(&did.words()[0]),
            "the dependency `d/*` changed while the job ran: `d/b` in it differs; not cached"
        );
    }
}

/// Going back to an earlier state of the dependencies does not bring the earlier outputs back.
#[test]
fn a_run_that_writes_a_file_forgets_the_runs_that_wrote_it_before() {
    let world = World::new();
    world.write("in", "one").age("in", 100);
    let job = world.making(&["in"], &["out"]).by(Method::Hash);
    world
        .run_while(&job, || world.write("out", "made of one"))
        .ran()
        .stored();
    world.run(&job).replayed();
    world.write("in", "two").age("in", 90);
    world
        .run_while(&job, || world.write("out", "made of two"))
        .ran()
        .stored();
    world.write("in", "one").age("in", 80);
    world
        .run_while(&job, || world.write("out", "made of one"))
        .ran()
        .stored();
    // Even a run that leaves no stamp has written, or half written, the file.
    world.write("in", "two").age("in", 70);
    drop(world.cache().lookup(&job, None));
    world.write("in", "one").age("in", 60);
    world.run(&job).ran();
}

#[test]
fn a_run_without_outputs_forgets_nothing() {
    let world = World::new();
    for (content, ran) in [("one", true), ("two", true), ("one", false), ("two", false)] {
        world.write("in", content).age("in", 100);
        let did = world.run(&world.job(&["in"]).by(Method::Hash));
        assert_eq!(did.reason.is_some(), ran, "{content}");
    }
}
