//! `jobstamp config`.

use super::{Command, Example, Group, Operands, Page, Topic, shared};
use crate::options::Subcommand;

pub(super) const PAGE: Page = Page {
    subcommand: Subcommand::Config,
    name: "config",
    topic: Topic::Setup,
    summary: "shows what is set for all jobs, and where",
    forms: &["[OPTIONS]"],
    command: Command::Never,
    operands: Operands::None,
    text: &[
        "Shows every setting, its value, and who says so: a variable of the environment, the configuration file, or nobody, so \
         that the default holds. An option of a run goes before a variable, and that before the file. Values are written as \
         they may be said: max-size as JOBSTAMPS_MAX_SIZE=20G, or in the file as max-size = \"20G\".",
        "The configuration file is jobstamps/config.toml in XDG_CONFIG_HOME, else in ~/.config. Nothing is ever read from the \
         working directory or a checkout. The file has to be yours (or root's), and not writable by all. What cannot be \
         understood is told here, and at every run.",
    ],
    groups: &[Group {
        title: "Options",
        options: &[shared::JSON],
    }],
    examples: &[
        Example {
            purpose: "what holds here",
            line: "jobstamp config",
        },
        Example {
            purpose: "what would hold with another variable",
            line: "JOBSTAMPS_TTL=7d jobstamp config",
        },
        Example {
            purpose: "what is not as it is everywhere, for a program",
            line: "jobstamp config --json | jq -r '.settings[] | select(.from != []).name'",
        },
    ],
    exits: &[
        ("0", "all of it can be understood"),
        ("1", "some of it cannot, and is not set"),
        ("2", "the command line cannot be understood"),
    ],
};
