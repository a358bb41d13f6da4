//! `jobstamp show`.

use super::{Command, Definition, Example, Group, Kind, Operands, Page, Topic, Value, shared};
use crate::options::Subcommand;

pub(super) const PAGE: Page = Page {
    subcommand: Subcommand::Show,
    name: "show",
    topic: Topic::Job,
    summary: "shows all that is remembered of a job",
    forms: &["[OPTIONS] KEY", "[OPTIONS] -- COMMAND [ARG ...]"],
    command: Command::Optional,
    operands: Operands::One(Kind::Key),
    text: &[
        "Prints what a job is and what its stamps tell: when it ran and how long that took, what it returned and said, what \
         it depends on, what it writes. The job is named by its key, of which four digits do where no other begins so, or by \
         its command, with the options and from the directory of its run.",
        "Whether anything has changed since does not matter: `jobstamp why` tells that.",
    ],
    groups: &[Group {
        title: "Options",
        options: &[
            Definition::new(
                "--stdout",
                Value::None,
                "only what the command said on its standard output, byte for byte",
            ),
            Definition::new(
                "--stderr",
                Value::None,
                "only what it said on its standard error; with --stdout both, in the order in which they came",
            ),
            shared::DIRECTORY,
            shared::JSON,
        ],
    }],
    examples: &[
        Example {
            purpose: "all of a job that `jobstamp list` names",
            line: "jobstamp show 3fa2c1d0",
        },
        Example {
            purpose: "what the last build complained of",
            line: "jobstamp show --stderr -- make all | less",
        },
        Example {
            purpose: "for a program: all that it depends on",
            line: "jobstamp show --json 3fa2 | jq -r '.stamps[0].dependencies[].path'",
        },
    ],
    exits: &[
        ("0", "it is printed"),
        ("1", "nothing is remembered of it"),
        ("127, 126", "there is no such command, as for the run"),
        ("125", "the store cannot be used"),
        ("2", "the command line cannot be understood, or several keys begin so"),
    ],
};
