//! `jobstamp list`.

use super::{Command, Definition, Example, Group, Kind, Operands, Page, Topic, Value, shared};
use crate::options::Subcommand;

pub(super) const PAGE: Page = Page {
    subcommand: Subcommand::List,
    name: "list",
    topic: Topic::Sight,
    summary: "lists the jobs that are remembered",
    forms: &["[OPTIONS]"],
    command: Command::Never,
    operands: Operands::None,
    text: &[
        "Prints a line for each job that is remembered: the beginning of its key, when it last ran and how long that took, \
         its size, how often it was replayed and how much time that saved, its command or call, and its working directory. \
         On a terminal, what does not fit is cut or left out.",
    ],
    groups: &[
        Group {
            title: "Which jobs",
            options: &[
                Definition::new(
                    "--program",
                    Value::One(Kind::Program),
                    "of this program or function: its name, or its whole path",
                ),
                Definition::new(
                    "--directory",
                    Value::One(Kind::Directory),
                    "that ran in this directory, or below it",
                ),
                Definition::new(
                    "--older",
                    Value::One(Kind::Duration),
                    "whose last run is so long ago, or longer (90s, 1h30m, 7d, 2w)",
                ),
                Definition::new(
                    "--newer",
                    Value::One(Kind::Duration),
                    "whose last run is so long ago, or less",
                ),
            ],
        },
        Group {
            title: "How",
            options: &[
                Definition::new(
                    "--sort",
                    Value::One(Kind::Choice(&["newest", "oldest", "largest", "saved"])),
                    "newest: by the last run; oldest: unused for longest, which a sweep lets go first; largest: by size; \
                     saved: by the time that hits saved (else newest)",
                ),
                Definition::new("--limit", Value::One(Kind::Number), "no more than so many (else 20)"),
                Definition::new("--all", Value::None, "all of them"),
                shared::DIRECTORY,
                shared::JSON,
            ],
        },
    ],
    examples: &[
        Example {
            purpose: "what ran last",
            line: "jobstamp list",
        },
        Example {
            purpose: "what takes most room",
            line: "jobstamp list --sort largest --limit 5",
        },
        Example {
            purpose: "what the compiler did for this project today",
            line: "jobstamp list --program cc --directory . --newer 1d",
        },
        Example {
            purpose: "for a program: the keys of all that failed",
            line: "jobstamp list --all --json | jq -r '.jobs[] | select(.exit > 0).key'",
        },
    ],
    exits: &[
        ("0", "it is printed"),
        ("125", "the store cannot be used"),
        ("2", "the command line cannot be understood"),
    ],
};
