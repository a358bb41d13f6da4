//! `jobstamp why`.

use super::{Command, Example, Operands, Page, Topic};
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
        "Prints one line for each reason why COMMAND would run, and runs nothing. Say the same options, and from the same \
         directory, as for the run: `jobstamp --help` lists them.",
    ],
    groups: &[],
    examples: &[
        Example {
            purpose: "what has changed since the last run",
            line: "jobstamp why --dependencies src -- eslint src",
        },
        Example {
            purpose: "only whether anything has",
            line: "jobstamp why -- make test >/dev/null && echo 'it would be replayed'",
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
