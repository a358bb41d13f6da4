//! No subcommand: run or replay.

use super::{Command, Example, Operands, Page, Topic, job};
use crate::options::Subcommand;

pub(super) const PAGE: Page = Page {
    subcommand: Subcommand::Run,
    name: "",
    topic: Topic::Run,
    summary: "runs a command once, and replays it while nothing it depends on has changed",
    forms: &["[OPTIONS] -- COMMAND [ARG ...]"],
    command: Command::Required,
    operands: Operands::None,
    text: &[
        "Runs COMMAND once, and from then on prints what it printed and returns what it returned while nothing it depends \
         on has changed.",
    ],
    groups: job::GROUPS,
    examples: &[
        Example {
            purpose: "a linter, run again only when its sources have changed",
            line: "jobstamp --dependencies src -- eslint src",
        },
        Example {
            purpose: "a compiler, run again too when what it made is gone",
            line: "jobstamp --dependencies a.c --output-files a.o -- cc -c a.c",
        },
        Example {
            purpose: "by content: after a fresh checkout, or in continuous integration",
            line: "jobstamp --use-hashes --dependencies 'docs/**/*.md' -- make book",
        },
        Example {
            purpose: "whatever another program lists",
            line: "git ls-files -z | jobstamp -0 --dependencies-from - -- ./check-all",
        },
        Example {
            purpose: "what comes from elsewhere: it counts for an hour",
            line: "jobstamp --ttl 1h -- gh pr list",
        },
        Example {
            purpose: "a filter: what it reads belongs to the job",
            line: "cat words | jobstamp -- sort -u",
        },
    ],
    exits: &[
        ("128 + n", "signal n killed it"),
        ("127", "there is no such command"),
        ("126", "it cannot be executed"),
        ("125", "jobstamp could not do its part"),
        ("2", "the command line cannot be understood"),
        ("1", "it has no `--`"),
        ("any other", "the command's own, whether it ran or was replayed"),
    ],
};
