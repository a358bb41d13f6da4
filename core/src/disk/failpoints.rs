//! Faults on demand: what a test wants the system to answer.
//!
//! A plan holds for one thread, so that tests stay side by side. Every question that this module asks of the system is
//! counted; the plan says which of them fail, and how. The way `SQLite` is tested: let the first fail, the second, the third,
//! until a run comes through untouched.

use std::cell::Cell;

use super::Call;

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The system refuses, with this number, and does nothing.
    Refusal(i32),
    /// The process is killed, as with SIGKILL, before the system does anything.
    Death,
}

/// When it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// To the question of this number, the first being 1.
    Once(u32),
    /// To it and all that follow.
    From(u32),
}

/// What is to happen, when, and to which questions; only these are counted.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// What.
    pub fault: Fault,
    /// When.
    pub when: When,
    /// To which.
    pub to: fn(Call) -> bool,
}

#[derive(Clone, Copy)]
struct Running {
    plan: Plan,
    asked: u32,
}

thread_local! {
    static RUNNING: Cell<Option<Running>> = const { Cell::new(None) };
    static FILE_SYSTEM: Cell<Option<FileSystem>> = const { Cell::new(None) };
}

/// Does `what` under `plan`; returns what came of it, and how many questions were counted.
pub fn under<R>(plan: Plan, what: impl FnOnce() -> R) -> (R, u32) {
    RUNNING.set(Some(Running { plan, asked: 0 }));
    let _over = Over(|| RUNNING.set(None));
    let result = what();
    let asked = RUNNING.get().map_or(0, |running| running.asked);
    (result, asked)
}

/// A file system as others have it.
#[derive(Clone, Copy, Debug)]
pub struct FileSystem {
    /// The number that statfs(2) tells.
    pub kind: u64,
    /// By which number it refuses what it does not know.
    pub refuses: fn(Call) -> Option<i32>,
}

/// Does `what` while every file system seems to be this one.
pub fn on<R>(file_system: FileSystem, what: impl FnOnce() -> R) -> R {
    FILE_SYSTEM.set(Some(file_system));
    let _over = Over(|| FILE_SYSTEM.set(None));
    what()
}

/// Ends what is planned, even if it panicked.
struct Over(fn());

impl Drop for Over {
    fn drop(&mut self) {
        self.0();
    }
}

/// Returns what the system is to answer to `call`.
pub(super) fn fault(call: Call) -> Option<i32> {
    planned(call).or_else(|| FILE_SYSTEM.get().and_then(|file_system| (file_system.refuses)(call)))
}

fn planned(call: Call) -> Option<i32> {
    let mut running = RUNNING.get().filter(|running| (running.plan.to)(call))?;
    running.asked += 1;
    RUNNING.set(Some(running));
    let happens = match running.plan.when {
        When::Once(number) => running.asked == number,
        When::From(number) => running.asked >= number,
    };
    match running.plan.fault {
        _ if !happens => None,
        Fault::Refusal(errno) => Some(errno),
        Fault::Death => {
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
            unreachable!("nobody survives that")
        }
    }
}

/// Returns the kind of file system that a test wants to see.
pub(super) fn file_system() -> Option<u64> {
    FILE_SYSTEM.get().map(|file_system| file_system.kind)
}
