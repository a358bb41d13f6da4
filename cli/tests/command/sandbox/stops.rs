//! A call that is stopped in the midst of what it does, so that the world can change under it: strace(1) stops it.

use std::collections::HashMap;
use std::fs;
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};

use super::{Done, Sandbox, skip};

/// A system call of the command, by its name and how many of that name came before, and whether only calls about some
/// path count.
#[derive(Clone, Copy, Debug)]
pub struct Point<'a> {
    /// The name.
    pub name: &'a str,
    /// How many of it came before.
    pub before: usize,
    /// If it stops again after each so many.
    pub every: Option<usize>,
    /// The path.
    pub path: Option<&'a str>,
}

/// Whether there is strace(1); if not, says visibly what is left out.
pub fn has_strace(what: &str) -> bool {
    let version = Command::new("strace").arg("-V").output();
    let has = version.is_ok_and(|output| output.status.success());
    if !has {
        skip(what, "no strace");
    }
    has
}

impl Sandbox {
    /// Does the `words`; returns the calls about the file `name` that were made: the name of each, and how many of that name
    /// came before.
    #[track_caller]
    pub fn calls_about(&self, name: &str, words: &[&str]) -> Vec<(String, usize)> {
        let path = self.path(name);
        let strace = ["strace", "-qq", "-o", "all", "-P", path.to_str().unwrap()];
        self.call([&strace, words].concat());
        let all = String::from_utf8(self.read("all")).unwrap();
        let mut counts = HashMap::<&str, usize>::new();
        let mut calls = Vec::new();
        for name in all.lines().filter_map(|line| Some(line.split_once('(')?.0)) {
            let before = counts.entry(name).or_default();
            // Nobody asks what closing a file that was read comes to.
            if !["close", "fcntl", "fcntl64"].contains(&name) && !name.starts_with("---") {
                calls.push((name.to_owned(), *before));
            }
            *before += 1;
        }
        calls
    }

    /// Does the `words` (`jobstamp` and what follows), is stopped at each call that `point` names, and does `meanwhile` there.
    /// Returns how often that was, too.
    #[track_caller]
    pub fn stopped(&self, point: Point, words: &[&str], mut meanwhile: impl FnMut()) -> (Done<'_>, usize) {
        let trace = self.gate("trace");
        let mut strace = vec![
            "strace".to_owned(),
            "-q".to_owned(),
            "-o".to_owned(),
            "trace".to_owned(),
        ];
        if let Some(path) = point.path {
            strace.extend(["-P".to_owned(), path.to_owned()]);
        }
        let every = point.every.map_or(String::new(), |every| format!("+{every}"));
        let when = format!("inject={}:signal=SIGSTOP:when={}{every}", point.name, point.before + 1);
        strace.extend(["-e".to_owned(), format!("trace={}", point.name), "-e".to_owned(), when]);
        strace.extend(words.iter().map(|word| (*word).to_owned()));
        let running = self.start(self.command(&strace));
        let mut stops = 0;
        loop {
            let line = trace.line();
            if line.starts_with("--- stopped by SIGSTOP") {
                meanwhile();
                stops += 1;
                let children = format!("/proc/{0}/task/{0}/children", running.pid().as_raw_nonzero());
                let child = fs::read_to_string(children).unwrap();
                kill_process(Pid::from_raw(child.trim().parse().unwrap()).unwrap(), Signal::CONT).unwrap();
            } else if line.starts_with("+++ ") {
                break;
            }
        }
        fs::remove_file(self.path("trace")).unwrap();
        (running.done(), stops)
    }
}
