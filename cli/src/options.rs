//! What can be asked for on the command line.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use jobstamps::job::ToolCheck;

use crate::arguments::Told;

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Request {
    /// Print the help text of a subcommand.
    Help(Subcommand),
    /// Print the version.
    Version,
    /// Run or replay a command.
    Run(Options),
    /// Say why the command would run.
    Why(Options),
    /// Run the command again and compare.
    Verify(Options),
    /// Do what one of the other subcommands does.
    Manage(Told),
}

/// What the very first word asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subcommand {
    /// Nothing of its own: run or replay.
    Run,
    /// `why`.
    Why,
    /// `verify`.
    Verify,
    /// `doctor`.
    Doctor,
    /// `completions`.
    Completions,
    /// `manual`.
    Manual,
}

/// How a command is to be run or replayed.
#[derive(Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // Each is a switch of the command line.
pub struct Options {
    /// The command with its arguments.
    pub command: Vec<OsString>,
    /// `--dependencies`.
    pub dependencies: Vec<OsString>,
    /// `--dependencies-from`.
    pub dependencies_from: Vec<PathBuf>,
    /// `--null`: those lists end each name with a NUL byte.
    pub null: bool,
    /// `--output-files`.
    pub outputs: Vec<OsString>,
    /// `--stamp-directory`.
    pub directory: Option<PathBuf>,
    /// `--use-hashes`.
    pub use_hashes: bool,
    /// `--paranoid`.
    pub paranoid: bool,
    /// `--one-file-system`.
    pub one_file_system: bool,
    /// `--tool-check`.
    pub tool_check: ToolCheck,
    /// `--stdin`.
    pub stdin: Stdin,
    /// `--env`.
    pub variables: Vec<OsString>,
    /// `--no-cwd`.
    pub no_directory: bool,
    /// `--discard-failures`.
    pub discard_failures: bool,
    /// `--max-output`.
    pub most_output: Option<u64>,
    /// `--no-record-arguments`.
    pub hide_arguments: bool,
    /// `--no-wait`.
    pub no_wait: bool,
    /// `--explain`.
    pub explain: bool,
    /// `--quiet`.
    pub quiet: bool,
    /// `--strict`.
    pub strict: bool,
}

/// What standard input has to do with the job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stdin {
    /// What the command makes of it.
    #[default]
    Auto,
    /// All of it belongs to the job.
    Key,
    /// The command gets none.
    None,
}

/// Why a command line cannot be understood.
#[derive(Debug, PartialEq, Eq)]
pub enum Usage {
    /// There is no `--`.
    NoDivider,
    /// There is nothing after it.
    NoCommand,
    /// Anything else, in words.
    Other(String),
}

impl Usage {
    /// The exit code that says so.
    pub fn code(&self) -> u8 {
        match self {
            Self::NoDivider => 1,
            Self::NoCommand | Self::Other(_) => 2,
        }
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // 0.0.20's own words: programs look for them.
            Self::NoDivider => formatter.write_str("Must specify command after '--'."),
            Self::NoCommand => formatter.write_str("jobstamp: no command after '--'"),
            Self::Other(what) => write!(formatter, "jobstamp: {what}"),
        }
    }
}
