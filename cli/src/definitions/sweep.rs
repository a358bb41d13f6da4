//! `jobstamp sweep`.

use super::{Command, Definition, Example, Group, Kind, Operands, Page, Topic, Value, shared};
use crate::options::Subcommand;

pub(super) const PAGE: Page = Page {
    subcommand: Subcommand::Sweep,
    name: "sweep",
    topic: Topic::Store,
    summary: "lets the stamps go that were not used for longest",
    forms: &["[OPTIONS]"],
    command: Command::Never,
    operands: Operands::None,
    text: &[
        "Lets stamps go: those that were not used for too long, then the longest unused until no more is left than may be. \
         What killed processes left goes too. Jobs that run meanwhile are not disturbed.",
        "Runs do the same by and by, as much of it as nobody feels; this does it at once.",
    ],
    groups: &[Group {
        title: "Options",
        options: &[
            Definition::new(
                "--max-size",
                Value::One(Kind::Size),
                "how much may stay (500K, 20M, 1G; else 5G), and never more than a tenth of the file system",
            )
            .variable("JOBSTAMPS_MAX_SIZE"),
            Definition::new(
                "--max-age",
                Value::One(Kind::Duration),
                "for how long a stamp may stay unused (12h, 7d, 2w; else 60d)",
            )
            .variable("JOBSTAMPS_MAX_AGE"),
            Definition::new("--dry-run", Value::None, "only say what would go"),
            shared::DIRECTORY,
            shared::JSON,
        ],
    }],
    examples: &[
        Example {
            purpose: "make room now",
            line: "jobstamp sweep --max-size 500M",
        },
        Example {
            purpose: "what was not used for two weeks, and nothing is removed yet",
            line: "jobstamp sweep --max-age 2w --dry-run",
        },
    ],
    exits: &[
        ("0", "what had to go is gone"),
        (
            "125",
            "the store cannot be used, or a part of it; what could go is gone",
        ),
        ("2", "the command line cannot be understood"),
    ],
};
