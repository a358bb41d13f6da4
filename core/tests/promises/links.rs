//! Symbolic links as dependencies: text and target both count.
#![cfg(unix)]

use super::world::{METHODS, World};

/// D13.
#[test]
fn a_link_led_elsewhere_is_stale_though_the_bytes_are_the_same() {
    for method in METHODS {
        let world = World::new();
        world.write("one", "same").write("two", "same").link("in", "one");
        let job = world.job(&["in"]).by(method);
        world.run(&job).ran().stored();
        world.run(&job).replayed();
        world.link("in", "two");
        assert_eq!(
            world.run(&job).ran().why(),
            "the dependency `in` changed: its link leads elsewhere"
        );
    }
}

#[test]
fn the_target_of_a_link_counts() {
    for method in METHODS {
        let world = World::new();
        world.write("one", "bytes").link("in", "one");
        let job = world.job(&["in"]).by(method);
        world.run(&job).ran().stored();
        world.write("one", "other bytes");
        world.run(&job).ran().stored();
        world.run(&job).replayed();
    }
}

#[test]
fn every_link_of_a_chain_counts() {
    for method in METHODS {
        let world = World::new();
        world
            .write("d/one", "same")
            .write("d/two", "same")
            .link("d/middle", "one")
            .link("in", "d/middle");
        let job = world.job(&["in"]).by(method);
        world.run(&job).ran().stored();
        world.link("d/middle", "two");
        assert_eq!(
            world.run(&job).ran().why(),
            "the dependency `in` changed: its link leads elsewhere"
        );
    }
}

#[test]
fn a_link_that_became_a_file_of_the_same_bytes_is_stale() {
    for method in METHODS {
        let world = World::new();
        world.write("one", "same").link("in", "one");
        let job = world.job(&["in"]).by(method);
        world.run(&job).ran().stored();
        world.remove("in").write("in", "same");
        world.run(&job).ran();
    }
}

#[test]
fn a_dangling_link_is_a_missing_dependency() {
    for method in METHODS {
        let world = World::new();
        world.link("in", "nowhere");
        let job = world.job(&["in"]).by(method);
        world.run(&job).ran().stored();
        assert_eq!(world.run(&job).ran().why(), "the dependency `in` is missing");
        world.write("nowhere", "");
        assert_eq!(
            world.run(&job).ran().why(),
            "the dependency `in` changed: it was missing"
        );
        world.run(&job).replayed();
    }
}

/// D10, D13.
#[test]
fn a_loop_of_links_runs_unstored_and_says_so() {
    for method in METHODS {
        let world = World::new();
        world.link("in", "other").link("other", "in");
        for _ in 0..2 {
            let did = world.run(&world.job(&["in"]).by(method)).ran().not_stored();
            assert!(did.words()[0].contains("cannot look at"), "{:?}", did.words());
        }
    }
}

#[test]
fn a_link_to_a_directory_is_that_directory_and_its_text_counts() {
    for method in METHODS {
        let world = World::new();
        world.write("one/a", "same").write("two/a", "same").link("in", "one");
        let job = world.job(&["in"]).by(method);
        world.run(&job).ran().stored();
        world.write("one/a", "other");
        world.run(&job).ran().stored();
        world.write("one/b", "");
        world.run(&job).ran().stored();
        world.run(&job).replayed();
        world.link("in", "two");
        world.run(&job).ran();
    }
}

#[test]
fn a_matched_link_led_to_another_file_changes_the_set_though_the_bytes_are_the_same() {
    for method in METHODS {
        for link in ["l.py", "between"] {
            let world = World::new();
            world.write("one", "same").write("two", "same").link("between", "one");
            world.link("l.py", "between");
            let job = world.job(&["*.py"]).by(method);
            world.run(&job).ran().stored();
            world.run(&job).replayed();
            world.link(link, "two");
            world.run(&job).ran();
        }
    }
}
