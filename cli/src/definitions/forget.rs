//! `jobstamp forget`.

use super::{Command, Definition, Example, Group, Kind, Operands, Page, Topic, Value, shared};
use crate::options::Subcommand;

pub(super) const PAGE: Page = Page {
    subcommand: Subcommand::Forget,
    name: "forget",
    topic: Topic::Job,
    summary: "forgets a job, so that it runs again",
    forms: &[
        "[OPTIONS] KEY ...",
        "[OPTIONS] -- COMMAND [ARG ...]",
        "[OPTIONS] --dependency PATH",
        "[OPTIONS] --all",
    ],
    command: Command::Optional,
    operands: Operands::Many(Kind::Key),
    text: &[
        "Removes the stamps of jobs: those whose keys are named, of which four digits do where no other begins so; that of a \
         command, with the options and from the directory of its run; all that depend on a file; or all there are.",
        "Jobs that run meanwhile are not disturbed: a run that has not ended will leave its stamp all the same. What was \
         counted, which `jobstamp stats` tells, stays.",
    ],
    groups: &[Group {
        title: "Options",
        options: &[
            Definition::new(
                "--dependency",
                Value::One(Kind::Path),
                "all that depend on PATH: on this file, on a directory or a pattern that it lies in, or on it as their \
                 program (may be repeated)",
            ),
            Definition::new("--all", Value::None, "every job"),
            shared::DIRECTORY,
            shared::JSON,
        ],
    }],
    examples: &[
        Example {
            purpose: "let a command run again",
            line: "jobstamp forget -- make test",
        },
        Example {
            purpose: "all that a compiler made which was replaced and kept its times",
            line: "jobstamp forget --dependency /opt/sdk/bin/cc",
        },
        Example {
            purpose: "all there is",
            line: "jobstamp forget --all",
        },
    ],
    exits: &[
        ("0", "something was forgotten"),
        ("1", "there was nothing of that kind"),
        ("127, 126", "there is no such command, as for the run"),
        ("125", "the store cannot be used"),
        ("2", "the command line cannot be understood, or several keys begin so"),
    ],
};
