//! The options of a job: of a run, and of all that asks about one.

use super::{Definition, Group, Kind, Value, count, shared};

/// How many there are.
pub(super) const COUNT: usize = count(GROUPS);

/// The options.
pub(super) const GROUPS: &[Group] = &[READ, FOUND, WHEN, KEPT, SAID];

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
        )
        .variable("JOBSTAMPS_ENV"),
        Definition::new("--no-cwd", Value::None, "the working directory does not count"),
    ],
};

const FOUND: Group = Group {
    title: "How changes are found",
    options: &[
        Definition::new("--use-hashes", Value::None, "by content, not by size and times")
            .variable("JOBSTAMPS_USE_HASHES")
            .old(),
        Definition::new("--paranoid", Value::None, "by content, read again every time").variable("JOBSTAMPS_PARANOID"),
        Definition::new(
            "--tool-check",
            Value::One(Kind::Choice(&["stat", "content", "none"])),
            "how the program itself is compared",
        )
        .variable("JOBSTAMPS_TOOL_CHECK"),
        Definition::new(
            "--one-file-system",
            Value::None,
            "directories stop at other file systems",
        ),
    ],
};

const WHEN: Group = Group {
    title: "When it runs",
    options: &[
        Definition::new(
            "--ttl",
            Value::One(Kind::Duration),
            "a run counts for that long (90s, 1h30m, 7d), then the command runs again",
        )
        .variable("JOBSTAMPS_TTL"),
        Definition::new(
            "--stale",
            Value::One(Kind::Duration),
            "what is older than that is still replayed at once, and made anew in the background",
        )
        .variable("JOBSTAMPS_STALE"),
        Definition::new(
            "--force",
            Value::None,
            "run it although it could be replayed, and remember that run instead",
        )
        .variable("JOBSTAMPS_FORCE"),
        Definition::new(
            "--verify",
            Value::None,
            "as --force, and warn if it does not do the same again",
        )
        .variable("JOBSTAMPS_VERIFY"),
        Definition::new(
            "--warm",
            Value::None,
            "print nothing that the command prints: only see to it that it is remembered",
        )
        .variable("JOBSTAMPS_WARM"),
    ],
};

const KEPT: Group = Group {
    title: "What is kept",
    options: &[
        shared::DIRECTORY,
        Definition::new("--discard-failures", Value::None, "only runs that return 0")
            .variable("JOBSTAMPS_DISCARD_FAILURES"),
        Definition::new(
            "--max-output",
            Value::One(Kind::Size),
            "only runs that print at most SIZE (500K, 20M, 1G)",
        )
        .variable("JOBSTAMPS_MAX_OUTPUT"),
        Definition::new("--no-record-arguments", Value::None, "do not write the arguments down"),
        Definition::new(
            "--scope",
            Value::One(Kind::Word("NAME")),
            "what is remembered in the scope NAME speaks for no other scope",
        )
        .variable("JOBSTAMPS_SCOPE"),
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
        .variable("JOBSTAMPS_EXPLAIN"),
        Definition::new("--quiet", Value::None, "no warnings")
            .short("-q")
            .variable("JOBSTAMPS_QUIET"),
        Definition::new("--strict", Value::None, "return 125 if there was anything to warn of")
            .variable("JOBSTAMPS_STRICT"),
        Definition::new("--no-wait", Value::None, "do not wait for an equal job that runs now"),
        shared::HELP,
        shared::VERSION,
    ],
};
