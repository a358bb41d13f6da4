//! The code of a function is a dependency like a file: it is what it was, or the part that changed is named.

use std::fs;

use jobstamps::job::{Code, CodePart};
use jobstamps::{Digest, Finish, Job};

use super::world::World;

/// Returns the code of `lint`, whose parts are their names and what stands for their form.
fn code(parts: &[(&str, &str)]) -> Code {
    let part = |(name, form): &(&str, &str)| CodePart {
        name: (*name).to_owned(),
        digest: Digest::of(form.as_bytes()),
    };
    Code::of("lint", parts.iter().map(part).collect())
}

fn job(world: &World, parts: &[(&str, &str)]) -> Job {
    Job {
        code: Some(code(parts)),
        ..world.job(&[])
    }
}

const ONE: &[(&str, &str)] = &[("function lint", "1"), ("global RULES", "1")];
const TWO: &[(&str, &str)] = &[("function lint", "1"), ("global RULES", "2")];

#[test]
fn code_edited_back_hits_again() {
    let world = World::new();
    let first = world.run(&job(&world, ONE)).ran().stored().value;
    assert_eq!(
        world.run(&job(&world, TWO)).ran().stored().why(),
        "the global `RULES` changed"
    );
    assert_eq!(world.run(&job(&world, ONE)).replayed().value, first);
}

#[test]
fn without_its_parts_the_function_is_named() {
    let world = World::new();
    world.run(&job(&world, ONE)).ran().stored();
    let stamp = world.stamp();
    let mut bytes = fs::read(&stamp).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(stamp, bytes).unwrap();
    world.run(&job(&world, ONE)).replayed();
    assert_eq!(world.run(&job(&world, TWO)).ran().why(), "the function `lint` changed");
}

/// Stores a run of `parts`, of which those named `left_out` turned out to be state.
fn store(world: &World, parts: &[(&str, &str)], left_out: &[&str], also: &[Digest]) {
    let (mut recording, _) = world.cache().record(&job(world, parts));
    recording.code_after(left_out.iter().map(|name| (*name).to_owned()).collect(), also.to_vec());
    assert!(
        recording
            .save(Finish::Value {
                pieces: vec![vec![0]],
                pickled: false
            })
            .stored
    );
}

#[test]
fn state_is_left_out_and_the_rest_still_counts() {
    let world = World::new();
    assert_eq!(world.cache().state(&job(&world, ONE)), [""; 0]);
    store(&world, ONE, &["global RULES"], &[]);
    world.run(&job(&world, TWO)).replayed();
    assert_eq!(world.cache().state(&job(&world, TWO)), ["global RULES"]);
    world.run(&job(&world, &ONE[..1])).replayed();
    let edited = job(&world, &[("function lint", "2"), ("global RULES", "2")]);
    assert_eq!(world.cache().state(&edited), [""; 0]);
    assert_eq!(world.run(&edited).ran().why(), "the function `lint` changed");
}

#[test]
fn a_digest_that_was_met_after_the_run_counts_as_unchanged() {
    let world = World::new();
    store(&world, ONE, &[], &[code(TWO).digest]);
    world.run(&job(&world, ONE)).replayed();
    world.run(&job(&world, TWO)).replayed();
}

#[test]
fn a_run_of_the_same_code_replaces_the_stamp_whatever_turned_out_to_be_state() {
    let world = World::new();
    let size = || world.stamp().metadata().unwrap().len();
    store(&world, ONE, &["global RULES"], &[]);
    let one = size();
    store(&world, TWO, &["global RULES"], &[]);
    assert_eq!(size(), one, "it stands beside the old one");
    store(&world, TWO, &[], &[]);
    assert!(size() < one);
    store(&world, ONE, &[], &[]);
    assert!(size() > one, "other code has a stamp of its own");
}
