//! What the file system of the store is, what it can do, what room it has, and whether its clock is ours.

use jobstamps::Shown;
use jobstamps::disk::{Ground, Time, Tries};
use jobstamps::store::State;

use super::{Facts, Finding, note, ok, problem};
use crate::units;

/// With less room than this it is as good as full.
const FULL: u64 = 1 << 20;
/// With less than this it soon will be.
const NEARLY_FULL: u64 = 100 << 20;
/// The same for files.
const FEW_FILES: u64 = 1000;
/// A file that was changed less than this before a look is read again (`freshness.md`): clocks have to agree as well as that.
const SLACK: u64 = 2;

pub(super) fn findings(facts: &Facts) -> Vec<Finding> {
    let checkup = &facts.checkup;
    // What is not used needs no further advice.
    if matches!(checkup.state, State::Refused { .. }) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let name = match &checkup.ground {
        Ok(ground) => {
            found.extend(kind(ground));
            found.extend(room(ground));
            ground.name.unwrap_or("not known by name")
        }
        Err(why) => {
            found.push(ok("file system", format!("unknown: {why}")));
            "unknown"
        }
    };
    let is_read_only = checkup.ground.as_ref().is_ok_and(|ground| ground.read_only);
    let mut praise = name.to_owned();
    match checkup
        .abilities
        .as_ref()
        .map(|abilities| (&abilities.write, &abilities.tried))
    {
        Some((Err(why), _)) if !is_read_only => found.push(problem(
            "file system",
            format!(
                "nothing can be written in `{}`: {why}; hits are served, and nothing new is remembered",
                Shown::path(&checkup.root)
            ),
            "Make room, or see that you may write there; or name another directory",
        )),
        Some((_, Some(tries))) => {
            found.extend(lacking(tries));
            found.extend(clock(&tries.times));
            praise += "; it can do all that is asked of it";
        }
        _ => {}
    }
    if !found.iter().any(|finding| finding.topic == "file system") {
        found.insert(0, ok("file system", praise));
    }
    found
}

fn kind(ground: &Ground) -> Vec<Finding> {
    let name = ground.name.unwrap_or("unknown");
    let mut found = Vec::new();
    if ground.read_only {
        found.push(problem(
            "file system",
            format!("{name}, read-only: hits are served, and nothing new is remembered"),
            "Name another directory, unless that is meant",
        ));
    }
    if ground.far {
        found.push(note(
            "file system",
            format!("{name}: another machine, or a process, stands behind it, and every hit waits for it"),
            "A directory on a disk of this machine is faster: JOBSTAMPS_DIRECTORY",
        ));
    }
    if ground.in_memory {
        found.push(note(
            "file system",
            format!("{name}: it lies in memory, so a reboot empties it"),
            "To keep stamps longer: export JOBSTAMPS_DIRECTORY=~/.cache/jobstamps",
        ));
    }
    found
}

fn room(ground: &Ground) -> Option<Finding> {
    if ground.read_only {
        return None;
    }
    let files = ground.free_files.unwrap_or(u64::MAX);
    let bytes = units::bytes(ground.free_bytes);
    let what = match ground.free_files {
        Some(files) => format!(
            "{bytes} free, and room for {}",
            units::of(files, "more file", "more files")
        ),
        None => format!("{bytes} free"),
    };
    Some(if ground.free_bytes < FULL || files == 0 {
        problem(
            "room",
            format!("full: {what}; nothing new can be remembered"),
            "Make room, or name another directory",
        )
    } else if ground.free_bytes < NEARLY_FULL || files < FEW_FILES {
        note("room", format!("nearly full: {what}"), "Make room")
    } else {
        ok("room", what)
    })
}

/// Says what it cannot do. Elsewhere than on Linux nobody knows nameless files and exchanged names, and nobody misses them.
fn lacking(tries: &Tries) -> Vec<Finding> {
    let on_linux = |tried: &Result<(), String>| tried.clone().err().filter(|_| cfg!(target_os = "linux"));
    let mut found = Vec::new();
    if let Err(why) = &tries.lock {
        found.push(note(
            "file system",
            format!("locks do not work here ({why}), so equal jobs at the same time all run"),
            "Name a directory on a disk of this machine, if that matters: JOBSTAMPS_DIRECTORY",
        ));
    }
    if let Some(why) = on_linux(&tries.nameless) {
        found.push(note(
            "file system",
            format!(
                "files without a name cannot be made here ({why}), so a run that is killed may leave one with a name"
            ),
            "Nothing to do: it is swept later",
        ));
    }
    if let Some(why) = on_linux(&tries.exchange) {
        found.push(note(
            "file system",
            format!("two files cannot exchange their names here ({why}), so writing a stamp anew may take longer"),
            "Nothing to do",
        ));
    }
    found
}

fn clock([before, written, after]: &[Time; 3]) -> Option<Finding> {
    let (behind, ahead) = (before.seconds_since(*written), written.seconds_since(*after));
    if behind <= SLACK && ahead <= SLACK {
        return None;
    }
    let by = if ahead > 0 {
        format!("{} in the future", units::seconds(ahead))
    } else {
        format!("{} ago", units::seconds(behind))
    };
    Some(problem(
        "clock",
        format!(
            "a file that is written now gets a time {by}, so a file that has just changed may pass for an old one, and an \
             edit right after it may not be seen"
        ),
        "Set the clocks right; until then, use --paranoid",
    ))
}
