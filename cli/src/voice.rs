//! Words out: all that we say ourselves, on standard error, one line each.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::io::{self, Write as _};

use crate::progress;

/// Says what people should know, each thing once.
#[derive(Debug, Default)]
pub struct Voice {
    quiet: bool,
    warned: BTreeSet<String>,
}

impl Voice {
    /// `quiet` keeps warnings to itself.
    pub fn new(quiet: bool) -> Self {
        Self {
            quiet,
            warned: BTreeSet::new(),
        }
    }

    /// Says that something is not as it should be, though the job's own result is untouched.
    pub fn warn(&mut self, what: impl Display) {
        let what = what.to_string();
        if !self.warned.contains(&what) {
            if !self.quiet {
                say(format_args!("warning: {what}"));
            }
            self.warned.insert(what);
        }
    }

    /// Returns whether anything was warned of, said or not.
    pub fn has_warned(&self) -> bool {
        !self.warned.is_empty()
    }
}

/// Says one line.
pub fn say(what: impl Display) {
    progress::erase();
    // In one write, so that lines of several processes do not mix. Nobody can be told if it fails.
    let _ = io::stderr().write_all(format!("jobstamp: {what}\n").as_bytes());
}

/// Gives advice on the line before.
pub fn hint(what: impl Display) {
    progress::erase();
    let _ = io::stderr().write_all(format!("hint: {what}\n").as_bytes());
}
