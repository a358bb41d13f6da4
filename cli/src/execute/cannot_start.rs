//! Why a command could not be started, and the exit code that says so.

use std::fmt;
use std::io;
#[cfg(windows)]
use std::path::Path;
use std::path::PathBuf;

use jobstamps::Shown;

/// Why a command could not be started.
#[derive(Debug)]
pub enum CannotStart {
    /// There is no such file.
    NotFound,
    /// The interpreter that the file names in its first line cannot be executed.
    BadInterpreter {
        /// The interpreter.
        interpreter: PathBuf,
        /// What the system said about it.
        error: io::Error,
    },
    /// The file is a directory.
    IsDirectory,
    /// The file is there and cannot be executed, or not with these arguments.
    NotExecutable(io::Error),
    /// We could not do our own part: no process, no pipe.
    OurPart(io::Error),
}

impl CannotStart {
    /// The exit code that says so: 127 not found, 126 found and not executed, 125 our own fault.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::NotFound => 127,
            Self::BadInterpreter { error, .. } if error.kind() == io::ErrorKind::NotFound => 127,
            Self::BadInterpreter { .. } | Self::IsDirectory | Self::NotExecutable(_) => 126,
            Self::OurPart(_) => 125,
        }
    }

    /// Says that our own part failed before there was a child.
    #[cfg(unix)]
    #[must_use]
    pub fn prepare(error: impl Into<io::Error>) -> Self {
        Self::OurPart(error.into())
    }
}

impl fmt::Display for CannotStart {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => formatter.write_str("command not found"),
            Self::BadInterpreter { interpreter, error } => {
                write!(
                    formatter,
                    "bad interpreter `{}`: {}",
                    Shown::path(interpreter),
                    reason(error)
                )
            }
            Self::IsDirectory => formatter.write_str("Is a directory"),
            Self::NotExecutable(error) => formatter.write_str(&reason(error)),
            Self::OurPart(error) => write!(formatter, "cannot start a process: {}", reason(error)),
        }
    }
}

impl std::error::Error for CannotStart {}

/// The system's words without the number that std adds: they are what shells say.
fn reason(error: &io::Error) -> String {
    let mut text = error.to_string();
    if let Some(number) = text.find(" (os error ") {
        text.truncate(number);
    }
    text
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;

    use rustix::fs::{Access, FileType, Mode, OFlags, access, open, stat};
    use rustix::io::Errno;

    use super::super::spawn::Failure;
    use super::{CannotStart, PathBuf, io};

    impl CannotStart {
        /// Finds out why `program` did not start.
        #[must_use]
        pub fn of(program: &Path, failure: Failure) -> Self {
            let error = match failure {
                Failure::Fork(error) => return Self::OurPart(io::Error::from(error)),
                Failure::Exec(error) => error,
            };
            match error {
                // The system blames the file for what its interpreter lacks; only a look can tell.
                Errno::NOENT | Errno::ACCESS | Errno::NOTDIR | Errno::LOOP | Errno::NAMETOOLONG => {}
                _ => return Self::NotExecutable(io::Error::from(error)),
            }
            match stat(program) {
                Err(Errno::NOENT) => return Self::NotFound,
                Ok(found) if FileType::from_raw_mode(found.st_mode).is_dir() => return Self::IsDirectory,
                _ => {}
            }
            match interpreter_of(program) {
                Some(interpreter) if access(program, Access::EXEC_OK).is_ok() => Self::BadInterpreter {
                    interpreter,
                    error: io::Error::from(error),
                },
                _ => Self::NotExecutable(io::Error::from(error)),
            }
        }
    }

    /// Returns the interpreter that a script names in its first line.
    fn interpreter_of(program: &Path) -> Option<PathBuf> {
        let script = open(
            program,
            OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC,
            Mode::empty(),
        )
        .ok()?;
        // As much as Linux looks at.
        let mut start = [0; 256];
        let count = rustix::io::read(&script, &mut start).ok()?;
        let line = start[..count]
            .strip_prefix(b"#!")?
            .split(|&byte| byte == b'\n')
            .next()?;
        let word = line.trim_ascii_start().split(|byte| b" \t".contains(byte)).next()?;
        Some(PathBuf::from(OsStr::from_bytes(word)))
    }
}

#[cfg(windows)]
impl CannotStart {
    /// Finds out why `program` did not start.
    #[must_use]
    pub fn of(program: &Path, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            _ if program.is_dir() => Self::IsDirectory,
            _ => Self::NotExecutable(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_and_the_words_are_those_of_a_shell() {
        let not_found = || io::Error::from_raw_os_error(2);
        let denied = || io::Error::from_raw_os_error(13);
        let bad = |error| CannotStart::BadInterpreter {
            interpreter: PathBuf::from("/no/python"),
            error,
        };
        for (cause, code, words) in [
            (CannotStart::NotFound, 127, "command not found"),
            (
                bad(not_found()),
                127,
                "bad interpreter `/no/python`: No such file or directory",
            ),
            (bad(denied()), 126, "bad interpreter `/no/python`: Permission denied"),
            (CannotStart::IsDirectory, 126, "Is a directory"),
            (CannotStart::NotExecutable(denied()), 126, "Permission denied"),
            (
                CannotStart::NotExecutable(io::Error::from_raw_os_error(7)),
                126,
                "Argument list too long",
            ),
            (
                CannotStart::OurPart(denied()),
                125,
                "cannot start a process: Permission denied",
            ),
        ] {
            assert_eq!((cause.code(), cause.to_string().as_str()), (code, words));
        }
    }
}
