//! Every question to the system is refused, once and from then on, and the process is killed before each: the job's result
//! is delivered, the next run is right, and nothing lies about that would not be swept.
#![cfg(target_os = "linux")]

use std::collections::HashSet;

use jobstamps::disk::failpoints::{Fault, Plan, When, under};
use jobstamps::{Limits, Warning};

use super::scenes::{SCENES, Scene};
use super::tasks::Told;
use super::world::{World, amount};

/// EIO, ENOSPC, EDQUOT, EACCES, EROFS, EMFILE, ENOLCK: see errno(3). And EINTR, which is another story.
const REFUSALS: [i32; 7] = [5, 28, 122, 13, 30, 24, 37];
const EINTR: i32 = 4;

pub fn plan(fault: Fault, when: When) -> Plan {
    Plan {
        fault,
        when,
        to: |_| true,
    }
}

/// Acts the scene under `plan`; returns what was told, and how many questions were asked.
pub fn act(world: &World, scene: &Scene, plan: Plan) -> (Vec<Told>, u32) {
    // Asked once a process: not to be missed in a part of the runs alone.
    let _ = jobstamps::disk::boot();
    (scene.ready)(world);
    let (told, asked) = under(plan, || (scene.act)(world));
    for told in &told {
        assert!(
            told.stored || !told.warnings.is_empty(),
            "not stored, and not a word of it"
        );
        let words: HashSet<String> = told.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(words.len(), told.warnings.len(), "said twice: {:?}", told.warnings);
        let not_kept = told.warnings.iter().filter(|one| matches!(one, Warning::NotKept(_)));
        assert!(not_kept.count() <= 1, "{:?}", told.warnings);
    }
    (told, asked)
}

/// Looks whether all is in order after a scene; returns how many files are there in the end.
pub fn aftermath(world: &World, scene: &Scene) -> usize {
    let temporary = |path: &&std::path::PathBuf| path.file_name().unwrap().to_string_lossy().starts_with(".tmp-");
    assert!(
        world.files().iter().filter(temporary).count() <= 1,
        "{:?}",
        world.files()
    );
    (scene.kept)(world);
    for task in (scene.tasks)(world) {
        let told = task.perform(world);
        let is_known = |warning: &Warning| matches!(warning, Warning::MadeInTurns(_));
        assert!(
            told.stored && told.warnings.iter().all(is_known),
            "the next run: {told:?}"
        );
        assert!(task.perform(world).replayed, "and the one after it");
    }
    // Where there are no locks, a day has to do.
    world.turn_clock(2 * 24 * 3600);
    let all = Limits {
        bytes: u64::MAX,
        age: u64::MAX,
    };
    world.cache().sweep(&all).unwrap();
    world.turn_clock(10);
    for task in (scene.tasks)(world) {
        assert!(task.perform(world).replayed, "swept too much");
    }
    world.files().len()
}

/// Acts the scene without a fault; returns how many questions were asked, and how many files are there in the end.
pub fn untouched(scene: &Scene) -> (u32, usize) {
    let world = World::in_memory();
    let (_, asked) = act(&world, scene, plan(Fault::Death, When::Once(u32::MAX)));
    (asked, aftermath(&world, scene))
}

/// Returns the question after this one. A sweep asks the same again and again: the short way goes past most of that.
fn next(number: u32) -> u32 {
    number + 1 + amount(number / 50, 0)
}

/// Acts all scenes, with this fault at their first question, the second, and so on until a scene is left untouched.
fn at_every_question(faults: &[Fault], when: fn(u32) -> When) {
    for scene in &SCENES {
        let files = untouched(scene).1;
        let (mut number, mut asked) = (0, u32::MAX);
        while number <= asked {
            number = next(number);
            for step in 0..amount(1, 8) {
                let fault = faults[(number + step) as usize % faults.len()];
                eprintln!("{}, {fault:?}, {:?}", scene.name, when(number));
                let world = World::in_memory();
                asked = act(&world, scene, plan(fault, when(number))).1;
                assert_eq!(aftermath(&world, scene), files, "{:?}", world.files());
            }
        }
    }
}

/// S05, S06, S07.
#[test]
fn whatever_is_refused_once_the_result_is_delivered_and_the_next_run_is_right() {
    at_every_question(&REFUSALS.map(Fault::Refusal), When::Once);
}

/// S05, S06, S07.
#[test]
fn whatever_is_refused_from_some_moment_on_the_result_is_delivered_and_the_next_run_is_right() {
    let faults = [&REFUSALS[..], &[EINTR]].concat();
    at_every_question(&faults.into_iter().map(Fault::Refusal).collect::<Vec<_>>(), When::From);
}

/// S05, S06: a signal that comes in between is no reason for anything.
#[test]
fn whatever_a_signal_interrupts_is_asked_again() {
    for scene in &SCENES {
        let (asked, files) = untouched(scene);
        let mut number = 1;
        while number <= asked {
            let world = World::in_memory();
            let (told, _) = act(&world, scene, plan(Fault::Refusal(EINTR), When::Once(number)));
            for told in told {
                assert!(told.stored && told.warnings.is_empty(), "{told:?}");
            }
            assert_eq!(aftermath(&world, scene), files);
            number = next(number) + amount(4, 0);
        }
    }
}
