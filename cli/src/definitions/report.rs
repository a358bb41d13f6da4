//! `jobstamp report`.

use super::{Command, Definition, Example, Group, Kind, Operands, Page, Topic, Value, shared};
use crate::options::Subcommand;

pub(super) const PAGE: Page = Page {
    subcommand: Subcommand::Report,
    name: "report",
    topic: Topic::Sight,
    summary: "makes a page for the browser: what was saved, by what, and why jobs ran",
    forms: &["[OPTIONS]"],
    command: Command::Never,
    operands: Operands::None,
    text: &[
        "Makes one HTML page: how much time replays saved, day by day; what was replayed and what ran, by program; why jobs \
         ran; which stamps saved most and which are largest. Its tables can be sorted. The page is all in one file and loads \
         nothing: it can be kept, sent, or published by continuous integration.",
        "A new file is yours alone, since the page shows command lines; one that is there keeps its mode. Without -o the \
         page goes to standard output, unless that is a terminal.",
    ],
    groups: &[Group {
        title: "Options",
        options: &[
            Definition::new(
                "--output",
                Value::One(Kind::File),
                "write the page there (-: standard output)",
            )
            .short("-o"),
            Definition::new(
                "--since",
                Value::One(Kind::Duration),
                "only what was counted in the last DURATION (90m, 7d, 4w), in whole days",
            ),
            shared::DIRECTORY,
        ],
    }],
    examples: &[
        Example {
            purpose: "all that is known",
            line: "jobstamp report -o report.html",
        },
        Example {
            purpose: "the last four weeks, shown at once",
            line: "jobstamp report --since 4w -o report.html && xdg-open report.html",
        },
        Example {
            purpose: "for others to read, in continuous integration",
            line: "jobstamp report --since 1d > public/jobstamps.html",
        },
    ],
    exits: &[
        ("0", "the page is written"),
        ("125", "the store cannot be read, or the page not be written"),
        ("2", "the command line cannot be understood"),
    ],
};
