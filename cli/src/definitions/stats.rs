//! `jobstamp stats`.

use super::{Command, Definition, Example, Group, Kind, Operands, Page, Topic, Value, shared};
use crate::options::Subcommand;

pub(super) const PAGE: Page = Page {
    subcommand: Subcommand::Stats,
    name: "stats",
    topic: Topic::Sight,
    summary: "tells how often jobs were replayed and ran, and what that saved",
    forms: &["[OPTIONS]"],
    command: Command::Never,
    operands: Operands::None,
    text: &[
        "Tells how often jobs were replayed and how often they ran, how long that took and how much time it saved: in all, \
         by day, by program or function, and why jobs ran. A replayed job saves as long as the run took that is \
         remembered.",
        "What is counted lies in the store, for some 400 days: for each time the job's name, why it ran, and how long that \
         took. Of days that are over nothing finer is known than the day. Nothing is counted on file systems of other \
         machines, nor where JOBSTAMPS_COUNT is 0; and what cannot be written, as on a full disk, is not counted.",
    ],
    groups: &[Group {
        title: "Options",
        options: &[
            shared::DIRECTORY,
            Definition::new(
                "--since",
                Value::One(Kind::Duration),
                "only what happened so long ago or later",
            ),
            Definition::new(
                "--limit",
                Value::One(Kind::Number),
                "so many rows in each table: 10, if nothing is said; 0 for all",
            ),
            shared::JSON,
        ],
    }],
    examples: &[
        Example {
            purpose: "what did the cache do this week?",
            line: "jobstamp stats --since 7d",
        },
        Example {
            purpose: "every program that was ever counted",
            line: "jobstamp stats --limit 0",
        },
        Example {
            purpose: "hours saved, for a program",
            line: "jobstamp stats --json | jq '.saved_seconds / 3600'",
        },
    ],
    exits: &[
        ("0", "it was told, even if there is nothing to tell"),
        ("2", "the command line cannot be understood"),
        ("125", "the store cannot be used"),
    ],
};
