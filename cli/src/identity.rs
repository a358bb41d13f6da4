//! Which job it is: from words, surroundings and standard input to a [`Job`].

use std::env::split_paths;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use jobstamps::disk::{self, Kind};
use jobstamps::fingerprint::search;
use jobstamps::job::{Command, Declared, Input, Invocation, Program};
use jobstamps::{Digest, Job, Method};

use crate::execute::Outputs;
use crate::lists;
use crate::options::Options;
use crate::surroundings::Surroundings;
use crate::variables::value;

/// Variables that change what nearly every program prints.
const RENDERING: [&str; 10] = [
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LC_MESSAGES",
    "TZ",
    "SOURCE_DATE_EPOCH",
    "NO_COLOR",
    "FORCE_COLOR",
    "CLICOLOR",
    "CLICOLOR_FORCE",
];

/// Why a program cannot be run.
#[derive(Debug, PartialEq, Eq)]
pub enum NoProgram {
    /// There is none of that name: 127.
    NotFound,
    /// It is there and may not be executed: 126.
    NotExecutable,
    /// It is a directory: 126.
    Directory,
}

impl NoProgram {
    /// The exit code that a shell has for it, and its words.
    pub fn code(&self) -> (u8, &'static str) {
        match self {
            Self::NotFound => (127, "command not found"),
            Self::NotExecutable => (126, "Permission denied"),
            Self::Directory => (126, "Is a directory"),
        }
    }
}

/// Returns the path of the program that `name` means: a path if it has a slash, else what the directories of PATH have.
pub fn find(name: &OsStr, surroundings: &Surroundings) -> Result<PathBuf, NoProgram> {
    let is_path = name
        .as_encoded_bytes()
        .iter()
        .any(|byte| std::path::is_separator(char::from(*byte)));
    if !is_path {
        if let Some(found) = Some(name)
            .filter(|name| !name.is_empty())
            .and_then(|name| search(name, Some(&surroundings.search)))
        {
            return Ok(surroundings.absolute(&found));
        }
        // As execvp(3): what is there and may not be executed is told apart from what is not there.
        let there = |path: PathBuf| matches!(disk::look(&path), Ok(Some(look)) if look.kind == Kind::File);
        let denied = !name.is_empty() && split_paths(&surroundings.search).any(|directory| there(directory.join(name)));
        return Err(if denied {
            NoProgram::NotExecutable
        } else {
            NoProgram::NotFound
        });
    }
    let path = surroundings.absolute(Path::new(name));
    if disk::is_executable(&path) {
        return Ok(path);
    }
    Err(match disk::look(&path) {
        Ok(Some(look)) if look.kind == Kind::Directory => NoProgram::Directory,
        Ok(None) => NoProgram::NotFound,
        Ok(Some(_)) | Err(_) => NoProgram::NotExecutable,
    })
}

/// Returns the job that `options` ask for, with `input` and `outputs`.
///
/// # Errors
/// A list of dependencies cannot be read; one line that says why.
pub fn job(
    options: &Options,
    surroundings: &Surroundings,
    program: &Path,
    input: Input,
    outputs: Outputs,
) -> Result<Job, String> {
    let base = surroundings.directory.clone().unwrap_or_default();
    let mut dependencies: Vec<Declared> = options
        .dependencies
        .iter()
        .map(|path| Declared::pattern(path, &base))
        .collect();
    for source in &options.dependencies_from {
        // A program wrote the list: its names are names, not patterns.
        lists::read(source, options.null, |path| {
            dependencies.push(Declared::new(path, &base));
        })?;
    }
    let names = RENDERING
        .iter()
        .map(OsString::from)
        .chain(other_name_of_directory(options, surroundings))
        .chain(options.variables.iter().cloned());
    let command = Command {
        arguments: options.command.clone(),
        program: program.to_path_buf(),
        directory: if options.no_directory {
            None
        } else {
            surroundings.directory.clone()
        },
        variables: names
            .map(|name| (value(&name).map(|value| Digest::of(value.as_encoded_bytes())), name))
            .map(|(value, name)| (name, value))
            .collect(),
        input,
        joined: outputs == Outputs::Joined,
    };
    Ok(Job {
        program: Some(Program {
            path: program.to_path_buf(),
            search: Some(surroundings.search.clone()),
            check: options.tool_check.unwrap_or_default(),
        }),
        dependencies,
        outputs: options.outputs.iter().map(|path| Declared::new(path, &base)).collect(),
        method: match options {
            Options { paranoid: true, .. } => Method::Paranoid,
            Options { use_hashes: true, .. } => Method::Hash,
            _ if surroundings.always_hashes => Method::Hash,
            _ => Method::Mtime,
        },
        one_file_system: options.one_file_system,
        expires: options.ttl,
        scope: options.scope.clone(),
        only_success: options.discard_failures,
        record_arguments: !options.hide_arguments,
        ..Job::new(Invocation::Command(command))
    })
}

/// Returns the same job with another input.
pub fn with_input(mut job: Job, input: Input) -> Job {
    if let Invocation::Command(command) = &mut job.invocation {
        command.input = input;
    }
    job
}

/// Returns `PWD` if it holds another name of the working directory: shells and compilers print that one.
fn other_name_of_directory(options: &Options, surroundings: &Surroundings) -> Option<OsString> {
    let directory = surroundings.directory.as_deref().filter(|_| !options.no_directory)?;
    let named = PathBuf::from(value("PWD")?);
    if named == directory || !named.is_absolute() {
        return None;
    }
    let place = |path: &Path| disk::look(path).ok().flatten().map(|look| (look.inode, look.device));
    (place(&named)? == place(directory)?).then(|| "PWD".into())
}
