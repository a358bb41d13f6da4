//! Does the steps with the real command.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::process::Output;

use rustix::process::{Pid, Signal, kill_process};

use super::calls::{Call, ours, ours_that_meets};
use super::kinds::JOBS;
use super::steps::{Case, How, Input, Moment, Step, Which};
use super::verdict::{Stored, bounds, code};
use crate::sandbox::{Gate, Sandbox};
use crate::shadow::{Change, Detail, Expected, Fitness, Shadow, Snapshot};

/// What went wrong, if anything did.
pub type Checked = Result<(), String>;

/// What was done to the store.
pub(super) struct State {
    /// Anything, so that there may be warnings.
    pub is_troubled: bool,
    pub is_read_only: bool,
    /// Whether it surely tells who made what.
    pub knows_makers: bool,
}

/// A world in which the steps of one case happen.
pub struct Machine<'a> {
    pub(super) case: &'a Case,
    pub(super) sandbox: &'a Sandbox,
    /// Of the jobs, by their keys.
    pub(super) shadows: HashMap<(usize, Option<usize>), Shadow>,
    meet: Gate,
    word: Gate,
    /// What happened, for people.
    pub log: Vec<String>,
    pub(super) state: State,
    /// Whether any file made a job say much, so that outputs lie in side files.
    pub(super) says_much: bool,
    /// What the last job to make a file left there, and its number.
    pub(super) made: HashMap<&'static str, (usize, Vec<u8>)>,
}

impl<'a> Machine<'a> {
    /// Furnishes the world.
    pub fn new(case: &'a Case, sandbox: &'a Sandbox) -> Self {
        for name in ["d/a", "d/b", "d/e/c", "x.c", "more"] {
            sandbox.write(name, "one");
        }
        symlink("d/b", sandbox.path("l")).unwrap();
        symlink(sandbox.path(""), sandbox.beside("alias")).unwrap();
        let (meet, word) = (sandbox.gate("meet"), sandbox.gate("word"));
        Self {
            case,
            sandbox,
            shadows: HashMap::new(),
            meet,
            word,
            log: Vec::new(),
            state: State {
                is_troubled: false,
                is_read_only: false,
                knows_makers: true,
            },
            says_much: false,
            made: HashMap::new(),
        }
    }

    /// Takes one step.
    pub fn take(&mut self, step: &Step) -> Checked {
        match step {
            Step::Change(change) => self.change(change),
            Step::Clock(ahead) => drop(self.sandbox.clock(*ahead)),
            Step::Blow(blow) => self.strike(blow),
            Step::Run(number, how) => return self.together(self.call(*number, *how), 1),
            Step::Together(number, how, count) => return self.together(self.call(*number, *how), *count),
            Step::Amid {
                number,
                how,
                moment,
                change,
                others,
                killed,
            } => {
                let call = self.call(*number, *how);
                let others = if self.waits(call) { *others } else { 0 };
                // Who edits what the job rewrites, after it did, is taken for the job.
                let is_taken_for_it = call.kind.rewrites() && *moment == Moment::Late;
                let change = change.as_ref().filter(|_| !is_taken_for_it);
                return self.amid(call, *moment, change, others, *killed);
            }
        }
        Ok(())
    }

    fn call(&self, number: usize, how: How) -> Call<'a> {
        let number = number % self.case.jobs.len();
        let which = &self.case.jobs[number];
        let kind = &JOBS[which.kind];
        let same = |other: &Which| other.is_the_same_job(which);
        let number = self.case.jobs.iter().position(same).unwrap_or(number);
        Call {
            number,
            which,
            kind,
            how,
        }
    }

    /// Whether equal jobs wait for each other. While nobody knows who reads a pipe, nobody does.
    fn waits(&self, call: Call) -> bool {
        !call.kind.formats() && call.which.input != Input::Pipe && !self.state.is_read_only && !call.how.disabled
    }

    fn change(&mut self, change: &Change) {
        self.says_much |= format!("{change:?}").contains("big");
        if !self.case.young {
            self.next_tick();
        }
        if let Err(error) = change.happen(&self.sandbox.path("")) {
            self.log.push(format!("  {error}"));
        }
    }

    /// Waits, by looking, until the file system's clock has moved.
    fn next_tick(&self) {
        let probe = self.sandbox.beside("probe");
        let changed = || {
            fs::write(&probe, "").unwrap();
            let metadata = fs::metadata(&probe).unwrap();
            (metadata.ctime(), metadata.ctime_nsec())
        };
        let before = changed();
        while changed() == before {}
    }

    /// Runs or replays the job so many times at once.
    fn together(&mut self, call: Call, count: usize) -> Checked {
        let count = if call.kind.formats() { 1 } else { count };
        let sandbox = self.sandbox;
        let (before, guard) = (self.look(call), self.guard(call));
        let expected = self.expected(call, &before);
        let ran = self.sandbox.runs();
        let running: Vec<_> = (0..count).map(|_| sandbox.start(ours(self.sandbox, call))).collect();
        let outputs: Vec<Output> = running.into_iter().map(|one| one.done().output).collect();
        let ran = self.sandbox.runs() - ran;
        self.log.push(format!("  to {expected:?}: {ran} of {count} ran"));
        let mut stored = self.stored(call, &before, &guard, code(&outputs[0]));
        if count > 1 && !self.waits(call) {
            stored = stored.min(Stored::Perhaps);
        }
        bounds(expected, stored, count).holds(ran)?;
        self.note(call, &before, ran > 0, code(&outputs[0]), stored);
        if self.edits_itself(call, &guard) {
            return Ok(());
        }
        self.compare(call, &outputs, "", ran == 0 || stored == Stored::Surely)
    }

    /// Whether the job edited what it depends on, which was as in `guard`, where it is not meant to: then it would say
    /// something else each time. Its output may be a second name of that.
    fn edits_itself(&self, call: Call, guard: &Snapshot) -> bool {
        !call.kind.formats() && !guard.agrees(&self.guard(call), Detail::Content)
    }

    /// Runs the job, which meets us: then something changes, others begin, and it goes on or we are killed.
    fn amid(&mut self, call: Call, moment: Moment, change: Option<&Change>, others: usize, killed: bool) -> Checked {
        let sandbox = self.sandbox;
        let (before, guard) = (self.look(call), self.guard(call));
        let expected = self.expected(call, &before);
        let mut command = ours_that_meets(self.sandbox, call);
        if moment == Moment::Late {
            command.env("LATE", "1");
        }
        let ran = self.sandbox.runs();
        let leader = sandbox.start(command);
        let line = self.meet.line();
        if line == "over" {
            self.log.push(format!("  to {expected:?}: replayed"));
            bounds(expected, Stored::Surely, 1).holds(0)?;
            self.note(call, &before, false, 0, Stored::Never);
            return self.compare(call, &[leader.done().output], "", true);
        }
        bounds(expected, Stored::Surely, 1).holds(1)?;
        self.begin(call);
        if let Some(change) = change {
            self.change(change);
        }
        let is_torn = !guard.agrees(&self.guard(call), Detail::Times);
        let (now, guard_now) = (self.look(call), self.guard(call));
        let is_unmade = moment == Moment::Late && !self.is_made(call);
        let waiting: Vec<_> = (0..others).map(|_| sandbox.start(ours(self.sandbox, call))).collect();
        if killed {
            kill_process(Pid::from_raw(line.parse().unwrap()).unwrap(), Signal::KILL).unwrap();
        } else {
            self.word.say(if is_torn { "torn" } else { "whole" });
        }
        let of_leader = leader.done().output;
        let of_others: Vec<Output> = waiting.into_iter().map(|one| one.done().output).collect();
        assert_eq!(self.meet.line(), "over");
        let ran = self.sandbox.runs() - ran - 1;
        let stored = match self.stored(call, &before, &guard, code(&of_leader)) {
            _ if killed || is_torn => Stored::Never,
            stored => stored,
        };
        self.log.push(format!(
            "  to {expected:?}: met, torn {is_torn}, {stored:?} stored; {ran} of {others} others ran"
        ));
        if !killed {
            self.note(call, &before, true, code(&of_leader), stored);
        }
        if moment == Moment::Late && change.is_some() {
            // It may be what was changed.
            self.made.remove(call.kind.output);
        }
        if self.edits_itself(call, &guard_now) {
            return Ok(());
        }
        if let Some(first) = of_others.first() {
            let code = code(first);
            // Nobody looks at what the leader makes before it has ended.
            let now = if killed { now.clone() } else { self.look(call) };
            let expected = if stored == Stored::Perhaps || is_unmade {
                Expected::Either
            } else {
                self.expected(call, &now)
            };
            let mut stored = self.stored(call, &now, &self.guard(call), code);
            if !guard_now.agrees(&self.guard(call), Detail::Times) {
                // Its output is a second name of what it depends on.
                stored = stored.min(Stored::Perhaps);
            }
            bounds(expected, stored, others).holds(ran)?;
            self.note(call, &now, ran > 0, code, stored);
            self.compare(call, &of_others, "", false)?;
        }
        let saw_another_world = moment == Moment::Late && (is_torn || now.fitness() != Fitness::Fit);
        if killed || saw_another_world {
            return Ok(());
        }
        let first = if is_torn { "torn\n" } else { "" };
        self.compare(call, &[of_leader], first, stored == Stored::Surely)
    }
}
