//! `jobstamp manual`.

use super::{Command, Definition, Example, Group, Kind, Operands, Page, Topic, Value};
use crate::options::Subcommand;

pub(super) const PAGE: Page = Page {
    subcommand: Subcommand::Manual,
    name: "manual",
    topic: Topic::Setup,
    summary: "prints a manual page, for man to lay out",
    forms: &["[SUBCOMMAND]", "--names"],
    command: Command::Never,
    operands: Operands::One(Kind::Subcommand),
    text: &[
        "Prints the manual page of a subcommand, or that of jobstamp itself, as man reads it. Packages and `make install` \
         bring the pages along, for `man jobstamp` and `man jobstamp-why`.",
    ],
    groups: &[Group {
        title: "Options",
        options: &[Definition::new(
            "--names",
            Value::None,
            "the names of all pages, one a line, and no page",
        )],
    }],
    examples: &[
        Example {
            purpose: "a page where none is installed",
            line: "jobstamp manual why | man -l -",
        },
        Example {
            purpose: "as HTML",
            line: "jobstamp manual | mandoc -T html > jobstamp.html",
        },
    ],
    exits: &[
        ("0", "it is printed"),
        ("1", "it could not be printed"),
        ("2", "there is no such page"),
    ],
};
