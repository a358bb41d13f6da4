//! Every system call about the store fails, once or from then on, or is the last one.
//!
//! Which call is which comes from a look at a run without a fault. What failed in truth is read in the trace of the run
//! itself, since how much of its output a command says at once is up to the scheduler.

use std::collections::HashSet;

use super::has_strace;
use super::scene::{SCENES, Scene};
use super::trace::{Call, calls_with_a_store, failed};
use crate::sandbox::{Done, Sandbox, is_soak};

pub const ERRORS: [&str; 8] = [
    "EIO", "ENOSPC", "EDQUOT", "EACCES", "EROFS", "EMFILE", "EINTR", "ENOLCK",
];

/// What is done to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It fails.
    Once(&'static str),
    /// It fails, and so do all later ones of its name.
    Always(&'static str),
    /// It is the last one.
    Kill,
}

impl Fault {
    /// Whether the system could do this. What strace lets fail is not done, but a close(2) that fails has closed all the same:
    /// a pipe that stayed open would have no end, and whoever waits for that hangs.
    pub fn can_happen_to(self, call: &Call) -> bool {
        call.name != "close" || self == Self::Kill
    }

    /// Returns the words for strace(1) that do this to `call`, which is one of `calls`.
    pub fn inject(self, call: &Call, calls: &[Call]) -> String {
        let Call { name, number, .. } = call;
        match self {
            Self::Once(error) => format!("inject={name}:error={error}:when={number}"),
            Self::Always(error) => {
                // What moves the command's own bytes is left alone.
                let is_other = |one: &&Call| one.name == *name && one.number > *number && !one.is_about_files();
                let most = calls.iter().find(is_other).map_or(60_000, |stream| stream.number - 1);
                // An interrupted call is made again; one that is interrupted for ever, for ever.
                let last = if error == "EINTR" { most.min(number + 4) } else { most };
                format!("inject={name}:error={error}:when={number}..{last}")
            }
            Self::Kill => format!("inject={name}:signal=SIGKILL:when={number}"),
        }
    }
}

/// What a scene comes to without a fault.
struct Plain {
    calls: Vec<Call>,
    expected: Vec<u8>,
    /// Side files in the store, once the line was run three times.
    sides: usize,
}

impl Plain {
    fn of(scene: &Scene) -> Self {
        let sandbox = scene.world();
        let expected = under_strace(&sandbox, scene.line, None).returns(3).output.stdout;
        let calls = calls_with_a_store(&trace(&sandbox));
        sandbox.shell(scene.line).replayed().prints(&expected).returns(3);
        sandbox.shell(scene.line).replayed();
        let sides = Left::of(&sandbox).sides;
        Self { calls, expected, sides }
    }

    fn is_result(&self, done: &Done) -> bool {
        done.output.stdout == self.expected && done.output.status.code() == Some(3)
    }
}

/// What lies in a store beside stamps.
#[derive(Debug)]
struct Left {
    temporary: usize,
    locks: usize,
    sides: usize,
}

impl Left {
    fn of(sandbox: &Sandbox) -> Self {
        let files = sandbox.files_of_the_store();
        let names = files.iter().map(|path| path.file_name().unwrap().to_str().unwrap());
        let count = |is: fn(&str) -> bool| names.clone().filter(|name| is(name)).count();
        Self {
            temporary: count(|name| name.starts_with(".tmp-")),
            locks: count(|name| name.len() == 62 + 5),
            sides: count(|name| name.len() == 62 + 17),
        }
    }
}

fn under_strace<'a>(sandbox: &'a Sandbox, line: &str, inject: Option<&str>) -> Done<'a> {
    let option = inject.map(|inject| format!("-e {inject} ")).unwrap_or_default();
    sandbox.shell(&line.replace("jobstamp ", &format!("strace -y -qq -o ../trace {option}jobstamp ")))
}

fn trace(sandbox: &Sandbox) -> String {
    String::from_utf8_lossy(&sandbox.read("../trace")).into_owned()
}

/// Does `fault` to `call`, and looks what came of it. Returns what is wrong with that.
fn suffer(scene: &Scene, plain: &Plain, call: &Call, fault: Fault) -> Option<String> {
    let sandbox = scene.world();
    let before = Left::of(&sandbox);
    let inject = fault.inject(call, &plain.calls);
    let done = under_strace(&sandbox, scene.line, Some(&inject));
    let suffered = failed(&trace(&sandbox));
    let wrong = |done: &Done, what: &str| {
        let calls: Vec<_> = suffered.iter().map(|call| call.line.as_str()).collect();
        Some(format!(
            "{}, {inject}: {what}\n{}\n{done}",
            scene.name,
            calls.join("\n")
        ))
    };
    if fault != Fault::Kill && suffered.iter().all(Call::is_about_files) {
        let words = String::from_utf8_lossy(&done.output.stderr).into_owned();
        let are_warnings = words.lines().all(|line| line.starts_with("jobstamp: warning: "));
        // One for each cause.
        let most = if matches!(fault, Fault::Once(_)) { 1 } else { 4 };
        if !plain.is_result(&done) || !are_warnings || words.lines().count() > most {
            return wrong(&done, "not the result, with one warning at most");
        }
    }
    // What cannot be read whenever it is tried is replaced.
    let is_unreadable = matches!(fault, Fault::Always(_)) && ["openat2", "fstat", "pread64"].contains(&&*call.name);
    if scene.has_older_stamp() && !is_unreadable {
        let older = sandbox.write("in", "1").shell(scene.line);
        if !plain.is_result(&older) || older.runs > 0 {
            return wrong(&older, "the older stamp is lost");
        }
        sandbox.write("in", "2");
    }
    for _ in 0..2 {
        let next = sandbox.shell(scene.line);
        if !plain.is_result(&next) || !next.output.stderr.is_empty() {
            return wrong(&next, "the next run is not right");
        }
    }
    let later = sandbox.shell(scene.line);
    if !plain.is_result(&later) || later.runs > 0 {
        return wrong(&later, "not remembered from the next run on");
    }
    let left = Left::of(&sandbox);
    // Two belong to each temporary file that lay there before.
    let orphans = left.sides.saturating_sub(plain.sides + 2 * before.temporary);
    if left.temporary > 1 + before.temporary || orphans > 1 {
        return wrong(&later, &format!("{left:?} left behind"));
    }
    if left.temporary + left.locks + orphans == 0 {
        return None;
    }
    // An hour later a run sweeps it.
    sandbox.clock(300_000).write("in", "3");
    let sweeping = sandbox.shell(scene.line);
    let left = Left::of(&sandbox);
    // A reader's first lock lies elsewhere than its stamps: who comes by there sweeps it.
    let locks = if scene.line.contains(" | ") { 0 } else { left.locks };
    let is_swept = left.temporary + locks == 0 && left.sides <= plain.sides + 1;
    if is_swept {
        None
    } else {
        wrong(&sweeping, &format!("{left:?} not swept"))
    }
}

/// Does to the calls of all scenes what `faults` says of the how manieth one; a short test leaves out what looks as a call
/// that was tried already.
fn sweep(what: &str, faults: impl Fn(usize) -> Vec<Fault>) {
    if !has_strace(what) {
        return;
    }
    let (mut tried, mut count, mut wrong) = (HashSet::new(), 0, Vec::new());
    for scene in &SCENES {
        let plain = Plain::of(scene);
        for call in plain.calls.iter().filter(|call| call.is_about_files()) {
            let is_new = tried.insert(call.shape());
            if is_new || is_soak() {
                let mut faults = faults(tried.len());
                faults.retain(|fault| fault.can_happen_to(call));
                count += faults.len();
                wrong.extend(faults.iter().filter_map(|fault| suffer(scene, &plain, call, *fault)));
            }
        }
    }
    println!("{what}: {count} faults, {} wrong", wrong.len());
    assert!(count > 100 && wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// S05, S06, S07, S08, S12.
#[test]
fn whatever_call_fails_the_result_is_delivered_and_the_next_run_is_right() {
    let once = ERRORS.iter().map(|error| Fault::Once(error));
    let all: Vec<Fault> = once.chain(ERRORS.iter().map(|error| Fault::Always(error))).collect();
    sweep("failing calls", |index| {
        // Five has no divisor in common with all there are: so each comes up as often as any other.
        if is_soak() {
            all.clone()
        } else {
            vec![all[index * 5 % all.len()]]
        }
    });
}

/// S08.
#[test]
fn killed_at_any_call_it_leaves_a_store_that_serves_and_is_swept() {
    sweep("kills at calls", |_| vec![Fault::Kill]);
}
