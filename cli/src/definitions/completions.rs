//! `jobstamp completions`.

use super::{Command, Example, Kind, Operands, Page, Topic};
use crate::options::Subcommand;

pub(super) const PAGE: Page = Page {
    subcommand: Subcommand::Completions,
    name: "completions",
    topic: Topic::Setup,
    summary: "prints what bash, zsh or fish needs to complete command lines",
    forms: &["bash|zsh|fish"],
    command: Command::Never,
    operands: Operands::One(Kind::Choice(&["bash", "zsh", "fish"])),
    text: &[
        "Prints a script by which the shell completes the subcommands, options and values of jobstamp, and behind `--` \
         whatever it completes for that command itself.",
        "Packages and `make install` bring the scripts along where the shells look for them. Elsewhere, such as in a virtual \
         environment, one line in the shell's own start-up file does.",
    ],
    groups: &[],
    examples: &[
        Example {
            purpose: "bash: in ~/.bashrc",
            line: "eval \"$(jobstamp completions bash)\"",
        },
        Example {
            purpose: "zsh: in ~/.zshrc, behind compinit",
            line: "source <(jobstamp completions zsh)",
        },
        Example {
            purpose: "fish: once",
            line: "jobstamp completions fish > ~/.config/fish/completions/jobstamp.fish",
        },
    ],
    exits: &[
        ("0", "it is printed"),
        ("1", "it could not be printed"),
        ("2", "the command line cannot be understood"),
    ],
};
