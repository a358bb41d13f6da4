//! What can be asked for on the command line.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use jobstamps::job::ToolCheck;
use jobstamps::settings::Settings;

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
    /// `report`.
    Report,
    /// `list`.
    List,
    /// `show`.
    Show,
    /// `forget`.
    Forget,
    /// `sweep`.
    Sweep,
    /// `path`.
    Path,
    /// `stats`.
    Stats,
    /// `doctor`.
    Doctor,
    /// `config`.
    Config,
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
    pub tool_check: Option<ToolCheck>,
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
    /// `--force`.
    pub force: bool,
    /// `--ttl`.
    pub ttl: Option<Duration>,
    /// `--stale`.
    pub stale: Option<Duration>,
    /// `--scope`.
    pub scope: Option<OsString>,
    /// `--warm`.
    pub warm: bool,
    /// `--verify`.
    pub verify: bool,
}

impl Options {
    /// Lets `settings` say what was not said here.
    pub fn complete(&mut self, settings: &Settings) {
        let is_on = |switch| switch == Some(true);
        self.use_hashes |= is_on(settings.use_hashes);
        self.paranoid |= is_on(settings.paranoid);
        self.tool_check = self.tool_check.or(settings.tool_check);
        // What is named twice counts once.
        self.variables.extend_from_slice(&settings.env);
        self.discard_failures |= is_on(settings.discard_failures);
        self.most_output = self.most_output.or(settings.max_output);
        self.hide_arguments |= settings.record_arguments == Some(false);
        self.no_wait |= settings.wait == Some(false);
        self.explain |= is_on(settings.explain);
        self.quiet |= is_on(settings.quiet);
        self.strict |= is_on(settings.strict);
        self.force |= is_on(settings.force);
        self.ttl = self.ttl.or(settings.ttl);
        self.stale = self.stale.or(settings.stale);
        self.scope = self.scope.take().or_else(|| settings.scope.clone());
        self.warm |= is_on(settings.warm);
        self.verify |= is_on(settings.verify);
    }
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
    /// There is no such option, shown without control characters.
    Unknown(String),
    /// Anything else, in words.
    Other(String),
}

impl Usage {
    /// The exit code that says so.
    pub fn code(&self) -> u8 {
        match self {
            Self::NoDivider => 1,
            Self::NoCommand | Self::Unknown(_) | Self::Other(_) => 2,
        }
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // 0.0.20's own words: programs look for them.
            Self::NoDivider => formatter.write_str("Must specify command after '--'."),
            Self::NoCommand => formatter.write_str("jobstamp: no command after '--'"),
            Self::Unknown(option) => write!(formatter, "jobstamp: unknown option `{option}`"),
            Self::Other(what) => write!(formatter, "jobstamp: {what}"),
        }
    }
}
