//! The program that a command starts is a dependency that nobody has to declare.
#![cfg(unix)]

use std::path::PathBuf;

use super::world::{Change, World, clock};
use jobstamps::job::{Command, Input, Program, ToolCheck};
use jobstamps::{Cache, Finish, InputUse, Job, Lookup};

/// Returns the job of running the program `name` of `world`, which finds others in `bin` and `other`.
fn job(world: &World, name: &str, check: ToolCheck) -> Job {
    let path = world.path(name);
    let mut job = Job::command(Command {
        arguments: vec![name.into()],
        program: path.clone(),
        directory: None,
        variables: Vec::new(),
        input: Input::Nothing,
        joined: false,
    });
    let search = std::env::join_paths([world.path("first"), world.path("bin")]).unwrap();
    job.program = Some(Program {
        path,
        search: Some(search),
        check,
    });
    job
}

/// Runs or replays `job`; returns why it ran.
fn run(world: &World, job: &Job) -> Option<String> {
    match Cache::open(&world.stamps(), clock, None).lookup(job, None) {
        Lookup::Stale(stale) => {
            let saved = stale.recording.save(Finish::Exit {
                code: 0,
                input: InputUse::Known,
            });
            assert!(saved.stored, "{:?}", saved.warnings);
            Some(world.short(&stale.reason.to_string()))
        }
        Lookup::Fresh(hit) => {
            hit.settle();
            None
        }
        Lookup::ReadsInput => panic!("it has no input"),
    }
}

fn script(world: &World, name: &str, first_line: &str) -> PathBuf {
    world
        .write(name, format!("{first_line}\nscript\n"))
        .age(name, 100)
        .mode(name, 0o755);
    world.path(name)
}

/// Returns why the command `tool` of `world` runs again after `change`.
fn after<R>(world: &World, check: ToolCheck, change: impl FnOnce() -> R) -> Option<String> {
    let job = job(world, "tool", check);
    assert!(run(world, &job).is_some());
    assert_eq!(run(world, &job), None);
    world.next_tick();
    change();
    run(world, &job)
}

/// As [`after`], for a tool that is a script.
fn after_change(check: ToolCheck, change: Change) -> Option<String> {
    let world = World::new();
    script(&world, "tool", "#!/bin/sh");
    after(&world, check, || change(&world))
}

#[test]
fn an_edited_script_runs_again() {
    let why = after_change(ToolCheck::Stat, &|world| world.write("tool", "#!/bin/sh\nother\n"));
    assert_eq!(
        why.unwrap(),
        "the program `tool` changed: its size was 17 bytes and is 16"
    );
}

#[test]
fn an_edited_interpreter_runs_again() {
    let world = World::new();
    let interpreter = script(&world, "interpreter", "#!/bin/sh");
    script(&world, "tool", &format!("#! {} -x", interpreter.display()));
    let why = after(&world, ToolCheck::Stat, || world.write("interpreter", "#!/bin/sh\n"));
    assert!(why.unwrap().starts_with("the program `interpreter` changed"));
}

#[test]
fn the_program_behind_env_counts_wherever_it_is_found() {
    let world = World::new();
    script(&world, "bin/thing", "#!/bin/sh");
    script(&world, "tool", "#!/usr/bin/env -S thing --flag");
    let why = after(&world, ToolCheck::Stat, || world.write("bin/thing", "#!/bin/sh\n"));
    assert!(why.unwrap().starts_with("the program `bin/thing` changed"));
    // Another of the same name, nearer on PATH.
    let job = job(&world, "tool", ToolCheck::Stat);
    script(&world, "first/thing", "#!/bin/sh");
    assert_eq!(
        run(&world, &job).unwrap(),
        "the program `bin/thing` changed: it is found at `first/thing` now"
    );
}

#[test]
fn a_program_that_env_cannot_find_or_that_we_cannot_tell_leaves_no_stamp() {
    for first_line in [
        "#!/usr/bin/env thing",
        "#!/usr/bin/env -S -u FOO sh",
        "#!/usr/bin/env -S PATH=/x sh",
    ] {
        let world = World::new();
        script(&world, "tool", first_line);
        let job = job(&world, "tool", ToolCheck::Stat);
        for _ in 0..2 {
            match Cache::open(&world.stamps(), clock, None).lookup(&job, None) {
                Lookup::Stale(stale) => {
                    let words: Vec<String> = stale.warnings.iter().map(ToString::to_string).collect();
                    let line = "cannot tell which program the first line of `tool` starts; not cached";
                    assert_eq!(
                        words.iter().map(|word| world.short(word)).collect::<Vec<_>>(),
                        [line],
                        "{first_line}"
                    );
                    assert!(
                        !stale
                            .recording
                            .save(Finish::Exit {
                                code: 127,
                                input: InputUse::Known
                            })
                            .stored
                    );
                }
                _ => panic!("{first_line}: it was replayed"),
            }
        }
    }
}

#[test]
fn a_link_led_to_another_program_runs_again() {
    let world = World::new();
    script(&world, "v1", "#!/bin/sh");
    script(&world, "v2", "#!/bin/sh");
    world.link("tool", "v1");
    let why = after(&world, ToolCheck::Stat, || world.link("tool", "v2"));
    assert!(why.unwrap().starts_with("the program `tool` changed"));
}

#[test]
fn a_program_replaced_under_its_old_times_and_size_runs_again() {
    let why = after_change(ToolCheck::Stat, &|world| world.forge("tool", "#!/bin/sh\nSCRIPT\n"));
    assert!(why.is_some());
}

#[test]
fn a_tool_checked_by_content_may_be_touched_but_not_edited() {
    let touch: Change = &|world| world.age("tool", 50);
    let edit: Change = &|world| world.write("tool", "#!/bin/sh\nSCRIPT\n").age("tool", 50);
    assert_eq!(after_change(ToolCheck::Content, touch), None);
    assert_eq!(
        after_change(ToolCheck::Content, edit).unwrap(),
        "the program `tool` changed: its content differs"
    );
    let touched = after_change(ToolCheck::Stat, touch).unwrap();
    assert_eq!(touched, "the program `tool` changed: its modification time differs");
}

#[test]
fn a_tool_that_is_not_checked_may_be_anything() {
    assert_eq!(
        after_change(ToolCheck::None, &|world| world.write("tool", "other")),
        None
    );
    assert_eq!(after_change(ToolCheck::None, &|world| world.remove("tool")), None);
}

#[test]
fn a_young_tool_edited_without_a_trace_runs_again_and_is_not_read_for_ever() {
    let world = World::young();
    world.write("tool", "#!/bin/sh\none\n").mode("tool", 0o755);
    let job = job(&world, "tool", ToolCheck::Stat);
    assert!(run(&world, &job).is_some());
    assert_eq!(run(&world, &job), None);
    let modified = world.path("tool").metadata().unwrap().modified().unwrap();
    world.write("tool", "#!/bin/sh\ntwo\n").modified("tool", modified);
    assert!(run(&world, &job).is_some());
    // The first hit that finds it no longer young refreshes the record, and once is enough.
    let stamp = || std::fs::read(world.stamp()).unwrap();
    let young = stamp();
    assert_eq!(run(&world, &job), None);
    assert!(stamp() == young);
    world.turn_clock(10);
    assert_eq!(run(&world, &job), None);
    let refreshed = stamp();
    assert!(refreshed != young);
    assert_eq!(run(&world, &job), None);
    assert!(stamp() == refreshed);
    assert!(after_edit(&world, &job));
}

fn after_edit(world: &World, job: &Job) -> bool {
    world.next_tick().forge("tool", "#!/bin/sh\nTWO\n");
    run(world, job).is_some()
}

/// C05.
#[test]
fn a_script_without_a_first_line_is_the_shells() {
    let world = World::new();
    script(&world, "tool", "echo");
    let job = job(&world, "tool", ToolCheck::Stat);
    let Lookup::Stale(stale) = world.cache().lookup(&job, None) else {
        panic!()
    };
    assert!(format!("{:?}", stale.recording).contains("/bin/sh"));
}

/// C04.
#[test]
fn interpreters_that_interpret_each_other_end() {
    let world = World::new();
    let path = world.path("tool");
    script(&world, "tool", &format!("#!{}", path.display()));
    assert_eq!(after(&world, ToolCheck::Stat, || {}), None);
}

#[test]
fn a_program_that_changes_while_it_runs_leaves_no_stamp() {
    let world = World::new();
    script(&world, "tool", "#!/bin/sh");
    let job = job(&world, "tool", ToolCheck::Stat);
    let Lookup::Stale(stale) = world.cache().lookup(&job, None) else {
        panic!()
    };
    world.next_tick().write("tool", "#!/bin/sh\nSCRIPT\n");
    let saved = stale.recording.save(Finish::Exit {
        code: 0,
        input: InputUse::Known,
    });
    assert!(!saved.stored);
    let why = saved.warnings[0].to_string();
    assert_eq!(
        why,
        format!(
            "the program `{}` changed while it ran; not cached",
            world.path("tool").display()
        )
    );
}
