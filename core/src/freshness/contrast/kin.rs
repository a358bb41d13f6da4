//! Which jobs could be near each other: told by the first bytes of a story, so that nobody reads the rest of all others.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::disk;
use crate::stamp::Story;

/// The jobs that could be near one: those of a program, or a function, of the same name.
#[derive(Debug)]
pub struct Kin<'a> {
    called: Option<&'a OsStr>,
    program: Option<&'a OsStr>,
}

impl<'a> Kin<'a> {
    /// Returns those that could be near the job that `story` tells of.
    #[must_use]
    pub fn of(story: &'a Story) -> Self {
        Self {
            called: story.arguments.first().map(OsString::as_os_str),
            program: story.program.as_deref().and_then(Path::file_name),
        }
    }

    /// Returns whether a job is among them that is called by this name (its first argument, or the function's name) and has
    /// this program, if it has one.
    #[must_use]
    pub fn has(&self, called: Option<&[u8]>, program: Option<&[u8]>) -> bool {
        match (self.program, program) {
            (Some(name), Some(program)) => {
                let program = disk::os_string(program);
                program.is_some_and(|program| Path::new(&program).file_name() == Some(name))
            }
            (None, None) => called.is_some() && self.called.map(OsStr::as_encoded_bytes) == called,
            _ => false,
        }
    }
}
