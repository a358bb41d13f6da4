//! Why a job has to run.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::Shown;
use crate::fingerprint::Change;
use crate::stamp::CodeChange;

/// Why a job has to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It never ran, or its stamp is gone; where the stamp would be.
    NoStamp(PathBuf),
    /// Another job has made this output since.
    MadeByAnother(PathBuf),
    /// There is a stamp, but it is damaged or not ours; where.
    Damaged(PathBuf),
    /// No stamp can be read at all; why.
    NoStore(String),
    /// The stamp's large parts are gone or damaged; where the stamp is.
    OutcomeLost(PathBuf),
    /// The stamp is of another input.
    Input,
    /// The remembered run failed, and only success counts; its exit code.
    Failed(u8),
    /// The program, or an interpreter of it, changed.
    Program(PathBuf, Change),
    /// The code of a function changed.
    Code {
        /// The function's name.
        function: String,
        /// The part that changed, if it is known.
        part: Option<CodeChange>,
    },
    /// Its stamp is older than the job lets one count.
    Expired,
    /// It was to run whatever is remembered of it.
    Forced,
    /// An output is not there.
    OutputMissing(PathBuf),
    /// The stamp knows nothing of this output.
    OutputAdded(PathBuf),
    /// The stamp knows of an output that is no longer declared.
    OutputRemoved(PathBuf),
    /// A dependency changed.
    Dependency(PathBuf, Change),
    /// The stamp knows nothing of this dependency.
    DependencyAdded(PathBuf),
    /// The stamp knows of a dependency that is no longer declared.
    DependencyRemoved(PathBuf),
}

impl Reason {
    /// Returns whether it is a difference between the lists of files, not in the files.
    #[must_use]
    pub fn is_about_lists(&self) -> bool {
        matches!(
            self,
            Self::OutputAdded(_) | Self::OutputRemoved(_) | Self::DependencyAdded(_) | Self::DependencyRemoved(_)
        )
    }

    /// Returns the path that the reason is about, spelled as its caller did where it is declared.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::NoStamp(path)
            | Self::Damaged(path)
            | Self::OutcomeLost(path)
            | Self::Program(path, _)
            | Self::OutputMissing(path)
            | Self::OutputAdded(path)
            | Self::OutputRemoved(path)
            | Self::MadeByAnother(path)
            | Self::Dependency(path, _)
            | Self::DependencyAdded(path)
            | Self::DependencyRemoved(path) => Some(path),
            Self::NoStore(_) | Self::Input | Self::Failed(_) | Self::Code { .. } | Self::Expired | Self::Forced => None,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = Shown::path(self.path().unwrap_or(Path::new("")));
        match self {
            Self::NoStamp(_) => formatter.write_str("it has no stamp yet"),
            Self::MadeByAnother(_) => write!(formatter, "another job made the output `{shown}` last"),
            Self::Damaged(_) => write!(formatter, "its stamp `{shown}` is damaged"),
            Self::NoStore(why) => write!(formatter, "stamps cannot be used: {why}"),
            Self::OutcomeLost(_) => write!(formatter, "parts of its stamp `{shown}` are gone or damaged"),
            Self::Input => formatter.write_str("its standard input is another"),
            Self::Failed(code) => write!(formatter, "its last run returned {code}"),
            Self::Program(_, change) => write!(formatter, "the program `{shown}` changed: {change}"),
            Self::Code { part: Some(part), .. } => write!(formatter, "{part}"),
            Self::Code { function, .. } => {
                write!(
                    formatter,
                    "the function `{}` changed",
                    Shown::bytes(function.as_bytes())
                )
            }
            Self::Expired => formatter.write_str("its stamp has expired"),
            Self::Forced => formatter.write_str("it was forced"),
            Self::OutputMissing(_) => write!(formatter, "the output `{shown}` is missing"),
            Self::OutputAdded(_) => write!(formatter, "the output `{shown}` was added"),
            Self::OutputRemoved(_) => write!(formatter, "the output `{shown}` was removed from the list"),
            Self::Dependency(_, Change::Missing) => write!(formatter, "the dependency `{shown}` is missing"),
            Self::Dependency(_, change) => write!(formatter, "the dependency `{shown}` changed: {change}"),
            Self::DependencyAdded(_) => write!(formatter, "the dependency `{shown}` was added"),
            Self::DependencyRemoved(_) => write!(formatter, "the dependency `{shown}` was removed from the list"),
        }
    }
}
