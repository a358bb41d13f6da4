//! Killed before any question to the system, by the kernel and for good: the next run is right, and at most one temporary file
//! is left, which is swept.
#![cfg(target_os = "linux")]

use std::os::unix::process::ExitStatusExt as _;

use jobstamps::disk::failpoints::{Fault, When, under};

use super::faults::{aftermath, plan, untouched};
use super::scenes::SCENES;
use super::world::{World, amount, elsewhere, is_elsewhere};

const SIGKILL: i32 = 9;

/// S08. In the short way few are killed: to the disk, a death is what `faults` has: no from some question on, to all.
#[test]
fn killed_at_any_question_the_next_run_is_right() {
    let name = "kills::killed_at_any_question_the_next_run_is_right";
    if is_elsewhere(name) {
        let [scene, number] = ["JOBSTAMPS_TEST_SCENE", "JOBSTAMPS_TEST_NUMBER"].map(|variable| {
            let text = std::env::var(variable).unwrap();
            text.parse::<u32>().unwrap()
        });
        let world = World::within(std::env::var_os("JOBSTAMPS_TEST_DIRECTORY").unwrap().as_ref());
        let _ = jobstamps::disk::boot();
        under(plan(Fault::Death, When::Once(number)), || {
            (SCENES[scene as usize].act)(&world)
        });
        return;
    }
    for (index, scene) in SCENES.iter().enumerate() {
        let (asked, files) = untouched(scene);
        let mut number = 1;
        while number <= asked {
            let world = World::in_memory();
            (scene.ready)(&world);
            let died = elsewhere(name, &[])
                .env("JOBSTAMPS_TEST_SCENE", index.to_string())
                .env("JOBSTAMPS_TEST_NUMBER", number.to_string())
                .env("JOBSTAMPS_TEST_DIRECTORY", world.directory())
                .output()
                .unwrap();
            assert_eq!(
                died.status.signal(),
                Some(SIGKILL),
                "{}, {number}: {died:?}",
                scene.name
            );
            assert_eq!(aftermath(&world, scene), files, "{}, {number}", scene.name);
            number += amount(1 + asked / 6, 1);
        }
    }
}
