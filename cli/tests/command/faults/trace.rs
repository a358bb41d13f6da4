//! What strace(1) saw: which call is which, and which of them are about the store.

use std::collections::HashMap;

/// One system call.
#[derive(Clone, Debug)]
pub struct Call {
    /// Its name.
    pub name: String,
    /// The how manieth of its name it is, from 1 on.
    pub number: usize,
    /// The line that tells of it.
    pub line: String,
}

/// Calls that say something about memory, processes, signals or who we are, and cannot fail because of the store.
const NOT_THE_STORES: [&str; 18] = [
    "arch_prctl",
    "brk",
    "clock_nanosleep",
    "clone",
    "execve",
    "exit_group",
    "getpid",
    "getrandom",
    "getegid",
    "geteuid",
    "getgid",
    "getuid",
    "kill",
    "mmap",
    "mprotect",
    "munmap",
    "ppoll",
    "wait4",
];

/// Calls that move the command's own bytes where their descriptor is a pipe or a standard stream.
const MOVES: [&str; 8] = ["read", "write", "splice", "tee", "recvfrom", "close", "fstat", "ioctl"];

impl Call {
    /// Whether the store, or a file that counts, is what it is about: then its failure costs nobody a result.
    pub fn is_about_files(&self) -> bool {
        // Only builds for tests ask so, before they close something.
        let is_check = self.line.contains(", F_GETFD)");
        if is_check || NOT_THE_STORES.contains(&self.name.as_str()) || self.name.starts_with("rt_") {
            return false;
        }
        let first = self.line.split_once('(').map_or("", |(_, rest)| rest);
        let is_stream = ["0<", "1<", "2<"].iter().any(|number| first.starts_with(number))
            || first
                .split([',', ')'])
                .next()
                .is_some_and(|word| word.contains("<pipe:"));
        // The only copy of what was on standard input is read back.
        let is_input = self.name == "pread64" && first.split(',').next().is_some_and(|word| word.contains("deleted"));
        !(is_input || is_stream && MOVES.contains(&self.name.as_str()))
    }

    /// What it looks like, in whatever world.
    pub fn shape(&self) -> String {
        let is_word = |c: char| !c.is_ascii_digit() && !matches!(c, 'a'..='f');
        self.line.chars().filter(|c| is_word(*c)).collect()
    }
}

/// Returns all calls in `trace`, in their order.
pub fn calls(trace: &str) -> Vec<Call> {
    let mut counts = HashMap::<&str, usize>::new();
    let is_name = |name: &str| name.chars().all(|c| c.is_alphanumeric() || c == '_');
    trace
        .lines()
        .filter_map(|line| Some((line.split_once('(')?.0, line)))
        .filter(|(name, _)| is_name(name))
        .map(|(name, line)| {
            let number = counts.entry(name).or_default();
            *number += 1;
            Call {
                name: name.to_owned(),
                number: *number,
                line: line.to_owned(),
            }
        })
        .collect()
}

/// Returns the calls from the first one about the store on: those before are the loader's.
pub fn calls_with_a_store(trace: &str) -> Vec<Call> {
    let mut all = calls(trace);
    let begin = all.iter().position(|call| call.line.contains("/store/jobstamps-v1"));
    all.split_off(begin.unwrap_or_else(|| panic!("no store in:\n{trace}")))
}

/// Returns the calls in `trace` that were made to fail.
pub fn failed(trace: &str) -> Vec<Call> {
    let mut all = calls(trace);
    all.retain(|call| call.line.ends_with("(INJECTED)"));
    all
}
