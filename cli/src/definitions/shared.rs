//! Options that several subcommands share.

use super::{Definition, Group, Kind, Value};

/// Understood by every subcommand.
pub const GENERAL: Group = Group {
    title: "General",
    options: &[HELP, VERSION],
};

/// Where stamps are kept.
pub(super) const DIRECTORY: Definition = Definition::new(
    "--stamp-directory",
    Value::One(Kind::Directory),
    "where stamps are kept (else JOBSTAMPS_DIRECTORY, else your own directory among the temporary files)",
)
.variable("JOBSTAMPS_DIRECTORY")
.old();

/// For programs.
pub(super) const JSON: Definition = Definition::new(
    "--json",
    Value::None,
    "for programs: one object on one line; docs/json.md tells its fields",
);

pub(super) const HELP: Definition = Definition::new("--help", Value::None, "print the help text")
    .short("-h")
    .old();

pub(super) const VERSION: Definition = Definition::new("--version", Value::None, "print the version").short("-V");
