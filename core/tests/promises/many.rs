//! So many dependencies that several threads compare them: what is said is what one would say.

use super::world::World;
use jobstamps::{Job, Method};

/// On both sides of the number from which on there is more than one thread.
const COUNTS: [usize; 2] = [128, 641];

fn names(count: usize) -> Vec<String> {
    (0..count)
        .map(|number| format!("d{:02}/f{number:04}", number / 40))
        .collect()
}

fn job(world: &World, names: &[String]) -> Job {
    world.job(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

fn world(names: &[String]) -> World {
    let world = World::in_memory();
    for name in names {
        world.write(name, name);
    }
    world
}

#[test]
fn many_dependencies_are_fresh_in_any_order_and_given_twice() {
    for count in COUNTS {
        let mut names = names(count);
        let world = world(&names);
        let value = world.run(&job(&world, &names)).ran().stored().value;
        for _ in 0..3 {
            assert_eq!(world.run(&job(&world, &names)).replayed().value, value);
            names.reverse();
            names.rotate_left(count / 3);
            names.push(names[1].clone());
        }
    }
}

#[test]
fn of_many_the_first_that_changed_in_the_callers_order_is_named() {
    for count in COUNTS {
        let mut names = names(count);
        let world = world(&names);
        let mut size = 100;
        for changed in [
            [0, count - 1],
            [count / 2, count / 2 + 1],
            [count - 1, count - 1],
            [count / 3, 0],
        ] {
            for method in [Method::Mtime, Method::Hash] {
                world.run(&job(&world, &names).by(method)).ran().stored();
                let mut change = || {
                    for number in changed {
                        size += 1;
                        world.write(&names[number], "x".repeat(size));
                    }
                };
                change();
                let first = names[changed[0].min(changed[1])].clone();
                let reasons = world.cache().reasons(&job(&world, &names).by(method)).unwrap();
                let why = world.run(&job(&world, &names).by(method)).ran().stored().why();
                assert!(why.contains(&format!("`{first}` changed")), "{why}");
                assert_eq!(why, reasons[0].to_string());
                assert_eq!(reasons.len(), if changed[0] == changed[1] { 1 } else { 2 });
                change();
                names.reverse();
            }
        }
    }
}

#[test]
fn of_many_one_that_is_added_removed_or_gone_is_told() {
    for count in COUNTS {
        let names = names(count);
        let world = world(&names);
        world.run(&job(&world, &names)).ran().stored();
        let why = |names: &[String]| world.cache().reasons(&job(&world, names)).unwrap()[0].to_string();
        world.write("new", "");
        for at in [0, count / 2, count] {
            let mut more = names.clone();
            more.insert(at, "new".to_owned());
            assert_eq!(why(&more), "the dependency `new` was added");
            let mut fewer = names.clone();
            let gone = fewer.remove(at.min(count - 1));
            assert!(why(&fewer).ends_with("was removed from the list") && why(&fewer).contains(&gone));
        }
        world.remove(&names[count - 2]);
        assert!(why(&names).contains(&format!("`{}`", names[count - 2])));
    }
}

#[test]
fn there_and_back_again_with_many_replays_each_variant_under_hashes() {
    let names = names(700);
    let world = world(&names);
    let job = job(&world, &names).by(Method::Hash);
    let mut values = Vec::new();
    for number in 0..6 {
        world.write(&names[100 * number], "another");
        values.push(world.run(&job).ran().stored().value);
        world.write(&names[100 * number], &names[100 * number]);
    }
    for number in [5, 0, 3, 1, 4, 2] {
        world.write(&names[100 * number], "another");
        assert_eq!(world.run(&job).replayed().value, values[number]);
        world.write(&names[100 * number], &names[100 * number]);
    }
    world.run(&job).ran();
}

#[test]
fn asked_for_all_reasons_what_else_changed_hides_no_dependency() {
    for count in [1, 128, 641] {
        let names = names(count);
        let world = world(&names);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let job = world.making(&names, &["out"]);
        world.run_while(&job, || {
            world.write("out", "");
        });
        assert_eq!(world.reasons(&job), Vec::<String>::new());
        world.remove("out").write(names[count - 1], "another");
        let reasons = world.reasons(&job);
        assert_eq!(reasons.len(), 2, "{reasons:?}");
        assert_eq!(reasons[0], "the output `out` is missing");
        assert!(reasons[1].contains(names[count - 1]), "{reasons:?}");
    }
}

#[test]
fn each_of_many_that_were_touched_has_its_own_record_refreshed() {
    for count in COUNTS {
        let names = names(count);
        let world = world(&names);
        let job = job(&world, &names).by(Method::Hash);
        for name in &names {
            world.age(name, 100);
        }
        world.run(&job).ran().stored();
        for name in names.iter().step_by(3) {
            world.age(name, 50);
        }
        for _ in 0..3 {
            world.run(&job).replayed();
        }
    }
}
