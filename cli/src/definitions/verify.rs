//! `jobstamp verify`.

use super::{Command, Example, Operands, Page, Topic};
use crate::options::Subcommand;

pub(super) const PAGE: Page = Page {
    subcommand: Subcommand::Verify,
    name: "verify",
    topic: Topic::Job,
    summary: "runs the command again and compares: is it fit to be replayed?",
    forms: &["[OPTIONS] -- COMMAND [ARG ...]"],
    command: Command::Required,
    operands: Operands::None,
    text: &[
        "Runs COMMAND although it could be replayed, and compares what it does with what is remembered: exit code, both \
         output streams, and the files that it declares as outputs. What differs first is shown. A command that has no \
         fresh stamp is run twice. The options are those of a run: `jobstamp --help` lists them.",
        "A command that did the same again stays remembered. One that did not is forgotten: it should not be replayed.",
    ],
    groups: &[],
    examples: &[
        Example {
            purpose: "a linter: does it say the same twice?",
            line: "jobstamp verify --dependencies src -- eslint src",
        },
        Example {
            purpose: "a compiler: does it write the same twice?",
            line: "jobstamp verify --dependencies a.c --output-files a.o -- cc -c a.c",
        },
        Example {
            purpose: "something that cannot be replayed",
            line: "jobstamp verify -- date +%N || echo 'not fit to be replayed'",
        },
    ],
    exits: &[
        ("0", "it did the same again, whatever code it returned"),
        ("1", "it did not"),
        ("128 + n", "signal n ended jobstamp"),
        ("127", "there is no such command"),
        ("126", "it cannot be executed"),
        ("125", "nothing could be compared"),
        ("2", "the command line cannot be understood"),
    ],
};
