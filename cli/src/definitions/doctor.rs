//! `jobstamp doctor`.

use super::{Command, Definition, Example, Group, Operands, Page, Topic, Value, shared};
use crate::options::Subcommand;

pub(super) const PAGE: Page = Page {
    subcommand: Subcommand::Doctor,
    name: "doctor",
    topic: Topic::Store,
    summary: "looks at the store, and says what to do",
    forms: &["[OPTIONS]"],
    command: Command::Never,
    operands: Operands::None,
    text: &[
        "Looks at the store and prints one line for each thing that was looked at: what is so, where, and what to do. `ok` \
         is as it should be; a `note` is worth knowing, though all works; a `problem` keeps jobs from being remembered, or \
         is damage, or somebody else's hand. Nothing is changed but for two small files that are made and removed again; \
         nothing of another user is read.",
    ],
    groups: &[Group {
        title: "Options",
        options: &[
            shared::DIRECTORY,
            Definition::new("--deep", Value::None, "read large outputs through too"),
            shared::JSON,
        ],
    }],
    examples: &[
        Example {
            purpose: "is all well?",
            line: "jobstamp doctor",
        },
        Example {
            purpose: "another store, from top to bottom",
            line: "jobstamp doctor --deep --stamp-directory /mnt/stamps",
        },
        Example {
            purpose: "for a program",
            line: "jobstamp doctor --json | jq -r '.findings[] | select(.level != \"ok\").what'",
        },
    ],
    exits: &[
        ("0", "no problem"),
        ("1", "at least one problem"),
        ("2", "the command line cannot be understood"),
    ],
};
