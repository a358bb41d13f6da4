//! The options of a job: of a run, and of all that asks about one.

use super::{Definition, Group, Kind, Value, count, shared};

/// How many there are.
pub(super) const COUNT: usize = count(GROUPS);

/// The options.
pub(super) const GROUPS: &[Group] = &[READ, FOUND, KEPT, SAID];

const READ: Group = Group {
    title: "What the job reads and writes",
    options: &[
        Definition::new(
            "--dependencies",
            Value::Many(Kind::Path),
            "files, directories (with all below them) or quoted patterns such as 'src/**/*.py': the command runs again \
             when one of them changes",
        )
        .old(),
        Definition::new(
            "--dependencies-from",
            Value::One(Kind::File),
            "more of them, one a line (-: from standard input)",
        ),
        Definition::new("--null", Value::None, "names in FILE end with a NUL byte, not a line").short("-0"),
        Definition::new(
            "--output-files",
            Value::Many(Kind::Path),
            "files the command writes: it runs again when one of them is missing",
        )
        .old(),
        Definition::new(
            "--stdin",
            Value::One(Kind::Choice(&["auto", "key", "none"])),
            "auto: standard input counts if the command reads it; key: all of it counts; none: the command gets none",
        ),
        Definition::new(
            "--env",
            Value::One(Kind::Variable),
            "a variable that counts (may be repeated)",
        ),
        Definition::new("--no-cwd", Value::None, "the working directory does not count"),
    ],
};

const FOUND: Group = Group {
    title: "How changes are found",
    options: &[
        Definition::new("--use-hashes", Value::None, "by content, not by size and times")
            .variable("JOBSTAMPS_ALWAYS_USE_HASHES")
            .old(),
        Definition::new("--paranoid", Value::None, "by content, read again every time"),
        Definition::new(
            "--tool-check",
            Value::One(Kind::Choice(&["stat", "content", "none"])),
            "how the program itself is compared",
        ),
        Definition::new(
            "--one-file-system",
            Value::None,
            "directories stop at other file systems",
        ),
    ],
};

const KEPT: Group = Group {
    title: "What is kept",
    options: &[
        shared::DIRECTORY,
        Definition::new("--discard-failures", Value::None, "only runs that return 0"),
        Definition::new(
            "--max-output",
            Value::One(Kind::Size),
            "only runs that print at most SIZE (500K, 20M, 1G)",
        ),
        Definition::new("--no-record-arguments", Value::None, "do not write the arguments down"),
    ],
};

const SAID: Group = Group {
    title: "What is said",
    options: &[
        Definition::new(
            "--explain",
            Value::None,
            "say why the command ran, or what was replayed",
        )
        .variable("JOBSTAMPS_DEBUG"),
        Definition::new("--quiet", Value::None, "no warnings").short("-q"),
        Definition::new("--strict", Value::None, "return 125 if there was anything to warn of"),
        Definition::new("--no-wait", Value::None, "do not wait for an equal job that runs now"),
        shared::HELP,
        shared::VERSION,
    ],
};
