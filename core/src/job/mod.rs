//! What is to be run, and all that is declared about it.
//!
//! A job is a value: making one looks at nothing and runs nothing. What the job *is* (its [`Invocation`]) makes its
//! [`JobKey`]; what it *declares* (dependencies, outputs) is compared with what a stamp recorded.

mod code;
mod declared;
mod invocation;
mod key;

pub use code::{Code, CodePart};
pub use declared::Declared;
pub use invocation::{Call, Command, Input, Invocation, Parameter, PipeState};
pub use key::JobKey;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How files are compared with what a stamp recorded of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// By what the system tells of them: size, modification and change time, type and executable bit.
    #[default]
    Mtime,
    /// By content; a recorded digest is trusted while nothing that the system tells has changed.
    Hash,
    /// By content, read again every time.
    Paranoid,
}

impl Method {
    /// Returns whether contents decide.
    #[must_use]
    pub fn is_by_content(self) -> bool {
        self != Self::Mtime
    }
}

/// How the program of a command is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ToolCheck {
    /// By what the system tells of it.
    #[default]
    Stat,
    /// By content, where what the system tells has changed.
    Content,
    /// Not at all; its path is part of the key all the same.
    None,
}

/// The program of a command: an implicit dependency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Where it was found; absolute.
    pub path: PathBuf,
    /// The value of `PATH`, by which `env NAME` in a `#!` line finds its program.
    pub search: Option<OsString>,
    /// How it is compared.
    pub check: ToolCheck,
}

/// A command or a function call, with the files it declares.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // Each is a switch that the caller sets by its name.
pub struct Job {
    /// What it is; this makes the key.
    pub invocation: Invocation,
    /// What tells it from equal jobs of others, if its caller says so; part of the key.
    pub scope: Option<OsString>,
    /// The program that a command starts.
    pub program: Option<Program>,
    /// The code that a call runs.
    pub code: Option<Code>,
    /// The files it reads, in the caller's order and spelling.
    pub dependencies: Vec<Declared>,
    /// The files it writes, in the caller's order and spelling.
    pub outputs: Vec<Declared>,
    /// How dependencies are compared.
    pub method: Method,
    /// Whether directories below a dependency that lie on another file system are left out.
    pub one_file_system: bool,
    /// How long a run counts, from its start on; for ever if nothing is said.
    pub expires: Option<Duration>,
    /// Whether only a run that returned 0 counts.
    pub only_success: bool,
    /// Whether reading its value could run code, so that only a stamp signed with the user's own key is believed.
    pub signed: bool,
    /// Whether the arguments are written down for people to read; values of variables never are.
    pub record_arguments: bool,
}

impl Job {
    /// Makes a job that declares no files.
    #[must_use]
    pub fn new(invocation: Invocation) -> Self {
        Self {
            invocation,
            scope: None,
            program: None,
            code: None,
            dependencies: Vec::new(),
            outputs: Vec::new(),
            method: Method::default(),
            one_file_system: false,
            expires: None,
            only_success: false,
            signed: false,
            record_arguments: true,
        }
    }

    /// Makes the job of calling `function` with `arguments`, which are bytes that tell these arguments from all others.
    #[must_use]
    pub fn call(function: impl Into<String>, arguments: impl Into<Vec<u8>>) -> Self {
        Self::new(Invocation::Call(Call {
            function: function.into(),
            arguments: arguments.into(),
        }))
    }

    /// Makes the job of running `command`, compared by its program too.
    #[must_use]
    pub fn command(command: Command) -> Self {
        let program = Program {
            path: command.program.clone(),
            search: None,
            check: ToolCheck::Stat,
        };
        Self {
            program: Some(program),
            ..Self::new(Invocation::Command(command))
        }
    }

    /// Adds a file or directory that the job reads.
    #[must_use]
    pub fn depends_on(mut self, path: impl AsRef<Path>) -> Self {
        self.dependencies.push(Declared::absolute(path));
        self
    }

    /// Adds a file that the job writes.
    #[must_use]
    pub fn makes(mut self, path: impl AsRef<Path>) -> Self {
        self.outputs.push(Declared::absolute(path));
        self
    }

    /// Compares dependencies by `method`.
    #[must_use]
    pub fn by(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// Returns the key that the job's stamps are filed under.
    #[must_use]
    pub fn key(&self) -> JobKey {
        JobKey::of(&self.invocation, self.scope.as_deref())
    }
}
