//! `jobstamp path`.

use super::{Command, Example, Group, Operands, Page, Topic, shared};
use crate::options::Subcommand;

pub(super) const PAGE: Page = Page {
    subcommand: Subcommand::Path,
    name: "path",
    topic: Topic::Store,
    summary: "prints where the store is, or the stamps of a command",
    forms: &["[OPTIONS]", "[OPTIONS] -- COMMAND [ARG ...]"],
    command: Command::Optional,
    operands: Operands::None,
    text: &[
        "Prints the directory that all stamps are in, inside the one that --stamp-directory names; or the file that the \
         stamps of COMMAND are in. It need not be there yet, and is not made.",
        "All in that directory is the store's own: it may be copied as a whole, and removed at any time.",
    ],
    groups: &[Group {
        title: "Options",
        options: &[shared::DIRECTORY, shared::JSON],
    }],
    examples: &[
        Example {
            purpose: "how much is there on the disk",
            line: "du -sh \"$(jobstamp path)\"",
        },
        Example {
            purpose: "begin anew",
            line: "rm -rf \"$(jobstamp path)\"",
        },
    ],
    exits: &[
        ("0", "it is printed"),
        ("127, 126", "there is no such command, as for the run"),
        ("125", "it cannot be told which job it is"),
        ("2", "the command line cannot be understood"),
    ],
};
