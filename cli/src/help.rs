//! The help texts, laid out from the definitions.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use crate::definitions::{Command, Definition, GENERAL, PAGES, Page, Topic, VARIABLES, Value, all, page};
use crate::options::Subcommand;
use crate::paint::{Paint, Style};
use crate::screen::Screen;

/// How wide a text is that is not for a terminal.
const WIDTH: usize = 80;
/// Lines that are longer are hard to read, and shorter ones hold no words.
const WIDTHS: RangeInclusive<usize> = 40..=100;
/// How far names are set in.
const MARGIN: usize = 2;
/// Names up to this length have what they mean on their line.
const NAMES: usize = 27;
/// Where there is less than this, what a name means stands below it.
const NARROW: usize = 64;

/// Returns what `--help` prints, in lines that fit where words allow it.
pub fn text(subcommand: Subcommand, screen: Screen) -> String {
    let page = page(subcommand);
    let mut text = Layout {
        text: String::new(),
        width: screen.width.unwrap_or(WIDTH).clamp(*WIDTHS.start(), *WIDTHS.end()),
        paint: screen.paint,
    };
    text.usage(page);
    for paragraph in page.text {
        text.blank();
        text.wrap(paragraph, 0, 0);
    }
    if subcommand == Subcommand::Run {
        text.subcommands();
    }
    if page.command == Command::Optional {
        text.blank();
        text.wrap(
            "Before a COMMAND, the options of its run are understood too: `jobstamp --help` lists them.",
            0,
            0,
        );
    }
    let general = (subcommand != Subcommand::Run).then_some(&GENERAL);
    for group in page.groups.iter().chain(general) {
        text.title(group.title);
        for option in group.options {
            text.entry(&label(option), option.help);
        }
    }
    text.title("Examples");
    for example in page.examples {
        text.wrap(example.purpose, MARGIN, MARGIN);
        let _ = writeln!(text.text, "    {}", example.line);
    }
    if subcommand == Subcommand::Run {
        text.variables();
    }
    text.title("Exit codes");
    for (code, meaning) in page.exits {
        text.row(code, meaning, 12);
    }
    text.text
}

/// Returns how an option is written, with what follows it: `-q, --quiet`, `--env NAME`.
pub fn label(option: &Definition) -> String {
    let short = option.short.map_or_else(String::new, |short| format!("{short}, "));
    let value = match option.value {
        Value::None => String::new(),
        Value::One(kind) => format!(" {}", kind.placeholder()),
        Value::Many(kind) => format!(" [{} ...]", kind.placeholder()),
    };
    format!("{short}{}{value}", option.name)
}

/// A text under way.
struct Layout {
    text: String,
    width: usize,
    paint: Paint,
}

impl Layout {
    fn usage(&mut self, page: &Page) {
        let mut forms: Vec<String> = page.forms.iter().map(|form| synopsis(page, form)).collect();
        if page.subcommand == Subcommand::Run {
            forms.push("jobstamp SUBCOMMAND [OPTIONS] ...".to_owned());
        }
        for (number, form) in forms.iter().enumerate() {
            let before = if number == 0 { "usage: " } else { "       " };
            let _ = writeln!(self.text, "{before}{form}");
        }
    }

    fn subcommands(&mut self) {
        self.title("Subcommands, as the very first word");
        for topic in Topic::ALL {
            let mut pages = PAGES.iter().filter(|page| page.topic == topic).peekable();
            if pages.peek().is_some() {
                let _ = writeln!(self.text, "  {}:", topic.title());
            }
            for page in pages {
                self.row(&format!("  {}", page.name), page.summary, 15);
            }
        }
        self.blank();
        self.wrap("`jobstamp SUBCOMMAND --help` tells more of each.", 0, 0);
    }

    fn variables(&mut self) {
        self.title("Variables (empty: as if not set)");
        let beginning = "JOBSTAMPS_";
        for (name, help) in VARIABLES {
            self.row(name, help, 30);
        }
        let named_alike = |option: &Definition| {
            let rest = option.variable?.strip_prefix(beginning)?;
            let spelled = option.name.trim_start_matches('-').to_uppercase().replace('-', "_");
            (rest == spelled).then_some(rest)
        };
        let others = all().filter(|option| named_alike(option).is_none());
        for (name, option) in others.filter_map(|option| Some((option.variable?, option.name))) {
            self.row(name, &format!("as {option}"), 30);
        }
        // Those that have a line of their own say more there.
        let is_told = |option: &&Definition| VARIABLES.iter().any(|(name, _)| option.variable == Some(*name));
        let untold = all().filter(|option| !is_told(option));
        let twins: Vec<&str> = untold.filter_map(named_alike).collect();
        let twins = format!(
            "These options have a variable of their name, such as {beginning}TTL=1h (of a switch, 1 or 0): {}. What you want for \
             all jobs may stand in a file of your own: `jobstamp config` tells where.",
            twins.join(", ")
        );
        self.wrap(&twins, MARGIN, MARGIN);
    }

    fn blank(&mut self) {
        self.text.push('\n');
    }

    fn title(&mut self, title: &str) {
        let title = self.paint.text(Style::Strong, title);
        let _ = writeln!(self.text, "\n{title}:");
    }

    fn entry(&mut self, name: &str, help: &str) {
        self.row(name, help, NAMES);
    }

    /// Writes what `name` means beside it, or below it where there is no room.
    fn row(&mut self, name: &str, help: &str, column: usize) {
        let shown = name.trim_start();
        let _ = write!(self.text, "{:1$}", "", MARGIN + name.len() - shown.len());
        self.text.push_str(&self.paint.text(Style::Name, shown));
        let narrow = self.width < NARROW && column > 20;
        let indent = if narrow { 6 } else { MARGIN + column };
        let used = MARGIN + name.chars().count();
        if narrow || used + 2 > indent {
            self.blank();
            self.wrap(help, indent, indent);
        } else {
            let _ = write!(self.text, "{:1$}", "", indent - used);
            self.wrap(help, 0, indent);
        }
    }

    /// Writes words line by line: `first` blanks before the first line, and all lines are as wide as if each had `indent`.
    fn wrap(&mut self, words: &str, first: usize, indent: usize) {
        let _ = write!(self.text, "{:1$}", "", first);
        let mut column = indent;
        for (number, word) in words.split(' ').enumerate() {
            let length = word.chars().count();
            if number > 0 && column + 1 + length > self.width {
                let _ = write!(self.text, "\n{:1$}", "", indent);
                column = indent;
            } else if number > 0 {
                self.text.push(' ');
                column += 1;
            }
            self.text.push_str(word);
            column += length;
        }
        self.blank();
    }
}

/// Returns one way to say a subcommand: `jobstamp why [OPTIONS] -- COMMAND`.
pub fn synopsis(page: &Page, form: &str) -> String {
    let words = ["jobstamp", page.name, form]
        .into_iter()
        .filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid_out(width: usize) -> Layout {
        Layout {
            text: String::new(),
            width,
            paint: Paint::default(),
        }
    }

    #[test]
    fn what_a_name_means_stands_beside_it_or_below_where_there_is_no_room() {
        for (width, name, expected) in [
            (
                40,
                "--name",
                "  --name  what it does, and what it does\n          not do\n",
            ),
            (
                40,
                "--long-name",
                "  --long-name\n          what it does, and what it does\n          not do\n",
            ),
            (
                30,
                "--name",
                "  --name  what it does, and\n          what it does not do\n",
            ),
        ] {
            let mut layout = laid_out(width);
            layout.row(name, "what it does, and what it does not do", 8);
            assert_eq!(layout.text, expected, "{width} {name}");
        }
        let mut narrow = laid_out(40);
        narrow.row("--name", "what it does", NAMES);
        assert_eq!(narrow.text, "  --name\n      what it does\n");
    }

    #[test]
    fn all_that_has_blanks_is_broken_where_the_terminal_ends() {
        for width in [40, 50, 64, 80, 100, 200] {
            let most = width.min(*WIDTHS.end());
            for page in PAGES {
                let screen = Screen {
                    width: Some(width),
                    ..Screen::default()
                };
                let help = text(page.subcommand, screen);
                // What is typed is never broken.
                let is_typed = |line: &str| line.contains("jobstamp") || line.trim_start().starts_with('-');
                for line in help.lines().filter(|line| !is_typed(line)) {
                    assert!(line.chars().count() <= most, "{width}: {line}");
                }
            }
        }
    }
}
