//! `jobstamp why`.

use super::{Command, Example, Group, Operands, Page, Topic, shared};
use crate::options::Subcommand;

pub(super) const PAGE: Page = Page {
    subcommand: Subcommand::Why,
    name: "why",
    topic: Topic::Job,
    summary: "tells what has changed, and runs nothing",
    forms: &["[OPTIONS] -- COMMAND [ARG ...]"],
    command: Command::Required,
    operands: Operands::None,
    text: &[
        "Prints a line for each reason why COMMAND would run, and below it, set in, how that was when it last ran and how it \
         is now. Nothing is run. Say the same options, and from the same directory, as for the run: `jobstamp --help` lists \
         them.",
        "Of a command that has no stamp it tells in what it differs from the remembered one that is most like it.",
    ],
    groups: &[Group {
        title: "Options",
        options: &[shared::JSON],
    }],
    examples: &[
        Example {
            purpose: "what has changed since the last run",
            line: "jobstamp why --dependencies src -- eslint src",
        },
        Example {
            purpose: "only whether anything has",
            line: "jobstamp why -- make test >/dev/null && echo 'it would be replayed'",
        },
        Example {
            purpose: "for a program",
            line: "jobstamp why --json -- eslint src | jq -r '.reasons[].path'",
        },
    ],
    exits: &[
        ("0", "it would be replayed"),
        ("1", "it would run"),
        ("127, 126", "as for the run"),
        ("125", "jobstamp could not do its part"),
        ("2", "the command line cannot be understood"),
    ],
};
