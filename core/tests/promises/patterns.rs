//! Patterns as dependencies: the set of what they match counts.

use super::world::{Change, METHODS, World};

fn world() -> World {
    let world = World::new();
    for name in [
        "src/a.py",
        "src/b.py",
        "src/deep/c.py",
        "src/.hidden.py",
        "src/.git/d.py",
        "src/a.txt",
        "a.py",
    ] {
        world.write(name, "bytes").age(name, 100);
    }
    world
}

/// Returns whether a job that depends on `pattern` is stale after `change`.
fn is_stale(pattern: &str, change: Change) -> bool {
    let verdicts = METHODS.map(|method| {
        let world = world();
        let job = world.job(&[pattern]).by(method);
        world.run(&job).ran().stored();
        world.run(&job).replayed();
        world.next_tick();
        change(&world);
        world.run(&job).reason.is_some()
    });
    assert!(verdicts.iter().all(|verdict| *verdict == verdicts[0]), "{verdicts:?}");
    verdicts[0]
}

#[test]
fn what_a_pattern_matches_counts_and_nothing_else() {
    for (pattern, file, stale) in [
        ("src/*.py", "src/a.py", true),
        ("src/*.py", "src/new.py", true),
        ("src/*.py", "src/a.txt", false),
        ("src/*.py", "src/deep/c.py", false),
        ("src/*.py", "a.py", false),
        ("src/**/*.py", "src/a.py", true),
        ("src/**/*.py", "src/deep/c.py", true),
        ("src/**/*.py", "src/deep/er/new.py", true),
        ("src/**/*.py", "src/.hidden.py", false),
        ("src/**/*.py", "src/.git/d.py", false),
        ("src/.*.py", "src/.hidden.py", true),
        ("src/[ab].py", "src/b.py", true),
        ("src/[!a].py", "src/a.py", false),
        ("src/?.py", "src/xx.py", false),
        ("*/a.py", "src/a.py", true),
        ("*/a.py", "a.py", false),
        ("**/a.py", "a.py", true),
    ] {
        let edited = is_stale(pattern, &|world| world.write(file, "other"));
        assert_eq!(edited, stale, "{pattern} after {file} was written");
    }
}

#[test]
fn a_file_that_goes_leaves_the_set() {
    assert!(is_stale("src/*.py", &|world| world.remove("src/a.py")));
    assert!(!is_stale("src/*.py", &|world| world.remove("src/a.txt")));
    assert!(is_stale("src/*.py", &|world| world.rename("src/a.py", "src/z.py")));
}

#[test]
fn no_match_is_an_empty_set_and_no_missing_dependency() {
    assert!(!is_stale("none/*.py", &|world| world));
    assert!(!is_stale("src/*.rs", &|world| world));
    assert!(is_stale("src/*.rs", &|world| world.write("src/new.rs", "")));
}

#[test]
fn a_path_that_exists_under_its_literal_name_is_that_path() {
    let world = World::new();
    world.write("[a].txt", "").write("a.txt", "");
    let job = world.job(&["[a].txt"]);
    world.run(&job).ran().stored();
    world.write("a.txt", "other");
    world.run(&job).replayed();
    world.write("[a].txt", "other");
    world.run(&job).ran().stored();
    // Gone, the name is a pattern: what it stands for has changed.
    world.remove("[a].txt");
    world.run(&job).ran();
    world.run(&job).replayed();
}

#[test]
fn a_pattern_names_what_changed() {
    let world = world();
    let job = world.job(&["src/*.py"]);
    world.run(&job).ran().stored();
    world.write("src/b.py", "other");
    let path = world.path("src/b.py");
    let expected = format!("the dependency `src/*.py` changed: `{}` in it differs", path.display());
    assert_eq!(world.reasons(&job), [expected]);
}

#[test]
fn a_pattern_that_matches_nothing_is_worth_a_word_and_no_more() {
    let world = World::new();
    let job = world.job(&["src/**/*.{js,ts}"]);
    let did = world.run(&job).ran().stored();
    assert_eq!(did.words(), ["the pattern `src/**/*.{js,ts}` matches nothing"]);
    world.run(&job).replayed();
    world.write("src/a/b.ts", "");
    assert!(world.run(&job).ran().stored().warnings.is_empty());
}
