//! The program that a command starts: the file itself and every program that the kernel starts in its stead.
//!
//! A script names its interpreter in its first line, and `#!/usr/bin/env NAME` names one more, found on `PATH`. All of
//! them count, so an upgraded linter runs again. Source: execve(2), "Interpreter scripts"; env(1), `-S`.
//!
//! Not seen: what the program loads or imports, and what a version manager's shim chooses.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::{Change, Conditions, FileRecord, is_young, present};
use crate::disk::{self, Clock};
use crate::error::Error;
use crate::job::{Program, ToolCheck};

/// The kernel gives up after this many scripts that interpret scripts.
const DEEPEST: usize = 5;

/// One of the files that make up a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramFile {
    /// Where it is.
    pub path: PathBuf,
    /// The name it was searched for on `PATH`, if it was.
    pub searched: Option<OsString>,
    /// How it looked.
    pub record: FileRecord,
}

impl ProgramFile {
    /// Records all files that make up `program`, itself first.
    ///
    /// # Errors
    /// The program cannot be looked at, then nobody can run it either; or its first line starts nobody knows what
    /// ([`Error::Opaque`]).
    #[cold]
    pub fn take(program: &Program, conditions: &Conditions) -> Result<Vec<Self>, Error> {
        let mut files = Vec::new();
        if program.check == ToolCheck::None {
            return Ok(files);
        }
        let mut next = vec![(program.path.clone(), None)];
        while let Some((path, searched)) = next.pop() {
            let before = (conditions.clock)();
            let Some((links, look)) = present(&path)? else { continue };
            // A program that may be executed but not read is known by what the system tells alone.
            let counts = program.check == ToolCheck::Content || is_young(&look, before);
            let record = match counts.then(|| disk::hash(&path)) {
                Some(Ok((digest, look))) => FileRecord {
                    look,
                    links,
                    digest: Some(digest),
                    young: is_young(&look, before),
                },
                _ => FileRecord {
                    look,
                    links,
                    digest: None,
                    young: false,
                },
            };
            if files.len() < DEEPEST {
                next.extend(interpreters(&path, program.search.as_deref())?);
            }
            files.push(Self { path, searched, record });
        }
        Ok(files)
    }

    /// Returns `recorded`, which speaks for the program as it is, with records that are cheaper to compare: of files that
    /// were young and are not any more. Nothing if there are none.
    #[must_use]
    pub fn renewed(recorded: &[Self], clock: Clock) -> Option<Vec<Self>> {
        if !recorded.iter().any(|file| file.record.young) {
            return None;
        }
        let mut renewed = recorded.to_vec();
        for file in renewed.iter_mut().filter(|file| file.record.young) {
            if let Ok(Some((links, look))) = present(&file.path) {
                file.record.young = is_young(&look, clock()) || !file.record.is_of(&look, links);
            }
        }
        (renewed != recorded).then_some(renewed)
    }

    /// Compares `recorded` with what `program` is made of now; returns the path of the first file that changed, and how.
    #[must_use]
    pub fn compare(recorded: &[Self], program: &Program) -> Option<(PathBuf, Change)> {
        if program.check == ToolCheck::None {
            return None;
        }
        let Some(first) = recorded.first() else {
            return Some((program.path.clone(), Change::Undigested));
        };
        // The first line of an unchanged script is unchanged: its interpreter need not be looked for again.
        debug_assert_eq!(first.path, program.path, "the path is in the key");
        for file in recorded {
            if let Some(name) = &file.searched {
                match search(name, program.search.as_deref()) {
                    Some(found) if found == file.path => {}
                    Some(found) => return Some((file.path.clone(), Change::Found(found))),
                    None => return Some((file.path.clone(), Change::Missing)),
                }
            }
            let change = match present(&file.path) {
                Ok(Some((links, look))) => {
                    file.record
                        .compare_program(&file.path, links, &look, program.check == ToolCheck::Content)
                }
                Ok(None) => Some(Change::Missing),
                Err(error) => Some(Change::Unreadable(error.line())),
            };
            if let Some(change) = change {
                return Some((file.path.clone(), change));
            }
        }
        None
    }
}

/// Returns the path of the program `name` as execvp(3) would find it in the directories of `search`.
///
/// The current directory is searched only where `search` names it. A file that may not be executed is passed over.
#[must_use]
pub fn search(name: &OsStr, search: Option<&OsStr>) -> Option<PathBuf> {
    std::env::split_paths(search?)
        .map(|mut path| {
            path.push(name);
            path
        })
        .find(|path| disk::is_executable(path))
}

/// Returns the programs that the kernel, or execvp(3), starts in the stead of the file `path`, and the names they were
/// searched for.
fn interpreters(path: &Path, path_variable: Option<&OsStr>) -> Result<Vec<(PathBuf, Option<OsString>)>, Error> {
    let Ok(head) = disk::head(path) else {
        return Ok(Vec::new());
    };
    let opaque = || Error::Opaque(path.to_path_buf());
    Ok(match Start::of(&head).ok_or_else(opaque)? {
        Start::Itself => Vec::new(),
        Start::By(interpreter) => vec![(interpreter, None)],
        Start::ByEnv(env, name) => {
            let behind_env = if Path::new(&name).components().count() == 1 {
                (search(&name, path_variable).ok_or_else(opaque)?, Some(name))
            } else {
                (PathBuf::from(name), None)
            };
            vec![(env, None), behind_env]
        }
    })
}

/// What the first bytes of a program say of who runs it.
#[derive(Debug)]
pub(crate) enum Start {
    /// The kernel.
    Itself,
    /// This program.
    By(PathBuf),
    /// The program of this name, or at this path, which that `env` starts.
    ByEnv(PathBuf, OsString),
}

impl Start {
    /// Reads the first bytes of a program; `None` if they start nobody knows what.
    pub(crate) fn of(head: &[u8]) -> Option<Self> {
        let Some(line) = head.strip_prefix(b"#!") else {
            // Without a magic number the kernel refuses and execvp falls back on the shell.
            let is_text = cfg!(unix) && !head.is_empty() && !head.contains(&0);
            return Some(if is_text {
                Self::By("/bin/sh".into())
            } else {
                Self::Itself
            });
        };
        let line = line
            .split(|byte| *byte == b'\n')
            .next()
            .unwrap_or_default()
            .trim_ascii();
        let blank = line
            .iter()
            .position(|byte| matches!(byte, b' ' | b'\t'))
            .unwrap_or(line.len());
        let interpreter = disk::os_string(&line[..blank]).map(PathBuf::from)?;
        if interpreter.file_name() != Some(OsStr::new("env")) {
            return Some(Self::By(interpreter));
        }
        let name = name_after_env(&line[blank..]).and_then(disk::os_string)?;
        Some(Self::ByEnv(interpreter, name))
    }
}

/// Returns the program that `env ARGUMENT` starts, past `-S` and assignments; `None` where that takes more to know: other
/// options, another `PATH`, quotes.
fn name_after_env(argument: &[u8]) -> Option<&[u8]> {
    let mut words = argument
        .split(|byte| matches!(byte, b' ' | b'\t'))
        .filter(|word| !word.is_empty());
    let mut word = words.next()?;
    match word.strip_prefix(b"-S") {
        Some(b"") => word = words.next()?,
        Some(rest) => word = rest,
        None => {}
    }
    while word.contains(&b'=') && !word.starts_with(b"PATH=") {
        word = words.next()?;
    }
    let is_plain = !word.starts_with(b"-") && !word.iter().any(|byte| b"=\"'\\$#".contains(byte));
    is_plain.then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_behind_env_is_found_in_its_argument_or_not_guessed() {
        for (argument, name) in [
            ("python3", Some("python3")),
            ("-S python3 -u", Some("python3")),
            ("-Spython3 -u", Some("python3")),
            ("-S A=1 B=2 node --flag", Some("node")),
            ("/x/tool", Some("/x/tool")),
            ("", None),
            ("-S", None),
            ("-i python3", None),
            ("-S -u FOO python3", None),
            ("-S PATH=/x python3", None),
            ("-S \"a b\"", None),
            ("-S ${HOME}/x", None),
        ] {
            assert_eq!(
                name_after_env(argument.as_bytes()),
                name.map(str::as_bytes),
                "{argument:?}"
            );
        }
    }
}
