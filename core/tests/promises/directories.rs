//! Directory dependencies: all that lies in them counts, at any depth.

use super::world::{Change, METHODS, World};
use jobstamps::Method::{self, Hash, Mtime};

/// Returns a world with a directory `d` that has files at two depths.
fn world() -> World {
    let world = World::new();
    for name in ["d/a", "d/b", "d/deep/er/c", "d/.hidden"] {
        world.write(name, "bytes").age(name, 100);
    }
    world.make("d/empty");
    world
}

/// Runs a job that depends on `d`, changes the world, and tells why the job would run again.
fn after(method: Method, change: Change) -> Vec<String> {
    let world = world();
    let job = world.job(&["d"]).by(method);
    world.run(&job).ran().stored();
    world.run(&job).replayed();
    world.next_tick();
    change(&world);
    let reasons: Vec<String> = world.reasons(&job).iter().map(|reason| world.short(reason)).collect();
    let did = world.run(&job);
    assert_eq!(
        did.reason.is_some(),
        !reasons.is_empty(),
        "`why` says what look-up does"
    );
    world.run(&job).replayed();
    reasons
}

fn differs(name: &str) -> Vec<String> {
    vec![format!("the dependency `d` changed: `{name}` in it differs")]
}

/// D11.
#[test]
fn whatever_happens_in_a_directory_is_seen_and_named() {
    let changes: &[(&str, Change)] = &[
        ("d/a", &|world| world.write("d/a", "other")),
        ("d/deep/er/c", &|world| world.write("d/deep/er/c", "other")),
        ("d/deep/er/new", &|world| world.write("d/deep/er/new", "")),
        ("d/deep/er/c", &|world| world.remove("d/deep/er/c")),
        ("d/empty", &|world| world.remove("d/empty")),
        ("d/another", &|world| world.make("d/another")),
        ("d/.hidden", &|world| world.write("d/.hidden", "other")),
        ("d/a", &|world| world.rename("d/a", "d/z")),
        ("d/a", &|world| {
            world
                .rename("d/a", "t")
                .rename("d/b", "d/a")
                .rename("t", "d/b")
                .write("d/a", "BYTES")
        }),
        ("d/b", &|world| world.forge("d/b", "BYTES")),
        ("d/a", &|world| world.remove("d/a").write("d/a/inside", "")),
    ];
    for method in METHODS {
        for (name, change) in changes {
            assert_eq!(after(method, change), differs(name), "{method:?}");
        }
    }
}

#[cfg(unix)]
#[test]
fn executable_bits_and_links_in_a_directory_count() {
    for method in METHODS {
        assert_eq!(after(method, &|world| world.mode("d/a", 0o755)), differs("d/a"));
        assert_eq!(after(method, &|world| world.link("d/l", "a")), differs("d/l"));
    }
}

#[test]
fn touching_counts_by_times_and_not_by_content() {
    let touch: Change = &|world| world.age("d/a", 50);
    assert_eq!(after(Mtime, touch), differs("d/a"));
    assert_eq!(after(Hash, touch), [""; 0]);
    assert_eq!(after(Method::Paranoid, touch), [""; 0]);
}

#[test]
fn the_times_of_directories_themselves_do_not_count() {
    let come_and_go: Change = &|world| world.write("d/deep/new", "").remove("d/deep/new");
    for method in METHODS {
        assert_eq!(after(method, come_and_go), [""; 0], "{method:?}");
    }
}

#[test]
fn a_young_entry_edited_without_a_trace_is_seen() {
    for method in METHODS {
        let world = World::young();
        world.write("d/a", "one");
        let before = world.path("d/a").metadata().unwrap().modified().unwrap();
        let job = world.job(&["d"]).by(method);
        world.run(&job).ran().stored();
        world.write("d/a", "two").modified("d/a", before);
        assert!(world.run(&job).ran().why().contains("differs"), "{method:?}");
    }
}

#[test]
fn the_first_hit_that_finds_nothing_young_any_more_refreshes_the_record() {
    for method in [Mtime, Hash] {
        let world = World::young();
        world.write("d/a", "bytes");
        let job = world.job(&["d"]).by(method);
        world.run(&job).ran().stored();
        let young = std::fs::read(world.stamp()).unwrap();
        world.run(&job).replayed();
        assert_eq!(std::fs::read(world.stamp()).unwrap(), young);
        world.turn_clock(10);
        world.run(&job).replayed();
        let refreshed = std::fs::read(world.stamp()).unwrap();
        assert_ne!(refreshed, young);
        world.run(&job).replayed();
        assert_eq!(std::fs::read(world.stamp()).unwrap(), refreshed);
        assert_eq!(world.files().len(), 2, "one stamp, one table: {:?}", world.files());
        world.write("d/a", "BYTES");
        world.run(&job).ran();
    }
}

#[test]
fn a_directory_whose_table_is_lost_is_compared_all_the_same() {
    for method in METHODS {
        let world = world();
        let job = world.job(&["d"]).by(method);
        world.run(&job).ran().stored();
        let table = world.files().into_iter().find(|file| *file != world.stamp()).unwrap();
        std::fs::remove_file(table).unwrap();
        world.run(&job).replayed();
        world.write("d/a", "other");
        assert!(world.run(&job).ran().stored().why().contains("differs"));
        world.run(&job).replayed();
    }
}

#[test]
fn the_jobs_own_outputs_and_the_store_in_a_directory_are_left_out() {
    for method in METHODS {
        let world = world();
        world.write("d/out", "").write("d/outs/x", "");
        let job = world.making(&["d"], &["d/out", "d/outs"]).by(method);
        world
            .run_while(&job, || world.write("d/out", "made").write("d/outs/x", "made"))
            .ran()
            .stored();
        world.run(&job).replayed();
        world.write("d/out", "by hand").write("d/outs/y", "by hand");
        world.run(&job).replayed();
        world.write("d/other", "");
        world.run(&job).ran();
    }
    // The store itself, in the directory that the job depends on.
    for method in METHODS {
        let world = World::new();
        std::fs::create_dir(world.stamps()).unwrap();
        let mut job = world.job(&[]).by(method);
        job = job.depends_on(world.stamps());
        world.run(&job).ran().stored();
        world.run(&job).replayed();
        std::fs::write(world.stamps().join("own"), "").unwrap();
        world.run(&job).ran();
    }
}

/// D12.
#[cfg(unix)]
#[test]
fn links_inside_are_not_followed_so_that_a_loop_ends() {
    for method in METHODS {
        let world = world();
        world
            .write("elsewhere", "one")
            .link("d/loop", ".")
            .link("d/out", "../elsewhere")
            .link("d/gone", "nowhere");
        let job = world.job(&["d"]).by(method);
        world.run(&job).ran().stored();
        world.write("elsewhere", "another");
        world.run(&job).replayed();
        world.link("d/out", "../w/elsewhere");
        world.run(&job).ran();
    }
}

#[test]
fn running_again_under_the_same_circumstances_keeps_one_variant() {
    for method in METHODS {
        let world = world();
        let job = world.making(&["d"], &["never"]).by(method);
        for _ in 0..4 {
            world.run(&job).ran().stored();
        }
        assert_eq!(
            world.files().len(),
            2,
            "one stamp file and one table under {method:?}: {:?}",
            world.files()
        );
    }
}

/// What is told of so many fits into no piece that is hashed at once.
#[test]
fn a_change_is_seen_wherever_it_is_in_a_large_directory() {
    for method in [Mtime, Hash] {
        let world = World::in_memory();
        let name = |number: usize| format!("d/{}/{number:04}", number / 400);
        for number in 0..800 {
            world.write(&name(number), "bytes");
        }
        let job = world.job(&["d"]).by(method);
        world.run(&job).ran().stored();
        for number in [0, 400, 799] {
            world.next_tick().write(&name(number), "edits");
            let name = name(number).replacen("d/", "", 1);
            let why = world.run(&job).ran().stored().why();
            assert!(why.contains(&name), "{why} {name}");
            world.run(&job).replayed();
        }
    }
}
