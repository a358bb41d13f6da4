//! `jobstamp manual`: the manual pages, in the language that man(1) reads (man(7)).

use std::fmt::Write as _;

use jobstamps::Shown;

use crate::arguments::Told;
use crate::definitions::{Command, Definition, GENERAL, Group, PAGES, Page, Topic, VARIABLES, Value, all};
use crate::help::synopsis;
use crate::options::{Subcommand, Usage};

/// How long a line of the source is.
const WIDTH: usize = 78;

/// What lies where, if nobody says otherwise.
const FILES: &[(&str, &str)] = &[
    (
        "~/.config/jobstamps/config.toml",
        "What counts where neither an option nor a variable says so (`XDG_CONFIG_HOME` may name another directory). Nothing is \
         read from the current directory.",
    ),
    (
        "~/.config/jobstamps/key",
        "The secret that Python's stamps are tagged with.",
    ),
    (
        "/tmp/jobstamps-UID/jobstamps-v1",
        "The stamps, and what was counted (`TMPDIR` may name another directory than `/tmp`).",
    ),
];

/// Returns the page that was asked for, or the names of all.
///
/// # Errors
/// There is no such page.
#[cold]
#[inline(never)]
pub fn manual(told: &Told) -> Result<String, Usage> {
    if told.has("--names") {
        return Ok(PAGES.iter().map(|page| name(page) + "\n").collect());
    }
    let asked = told.operands().first();
    let found = PAGES.iter().find(|page| match asked {
        Some(asked) => *asked == *page.name || *asked == *name(page),
        None => page.name.is_empty(),
    });
    match (found, asked) {
        (Some(page), _) => Ok(text(page)),
        (None, asked) => {
            let asked = asked.map(|word| Shown::bytes(word.as_encoded_bytes()).to_string());
            let asked = asked.unwrap_or_default();
            Err(Usage::Other(format!("there is no manual page for `{asked}`")))
        }
    }
}

/// Returns what the page of a subcommand is called.
fn name(page: &Page) -> String {
    if page.name.is_empty() {
        "jobstamp".to_owned()
    } else {
        format!("jobstamp-{}", page.name)
    }
}

fn text(page: &Page) -> String {
    let mut text = Roff(String::new());
    let version = env!("CARGO_PKG_VERSION");
    // Without a date: what is true of a version is true on all days.
    text.line(&format!(
        ".TH {} 1 \"\" \"jobstamp {version}\" \"User Commands\"",
        name(page).to_ascii_uppercase()
    ));
    // No hyphens and no adjusted lines: what is typed is to be read as it is.
    text.line(".nh");
    text.line(".ad l");
    text.section("Name");
    text.words(&format!("{} \u{2014} {}", name(page), page.summary));
    text.section("Synopsis");
    text.synopsis(page);
    text.section("Description");
    text.paragraphs(page.text);
    if page.subcommand == Subcommand::Run {
        text.subcommands();
    }
    text.section("Options");
    text.options(page);
    text.section("Examples");
    text.examples(page);
    text.section("Environment");
    text.variables(page);
    if page.subcommand == Subcommand::Run {
        text.files();
    }
    text.section("Exit status");
    for (code, meaning) in page.exits {
        text.entry(&format!("\\fB{}\\fR", escaped(code)), meaning);
    }
    text.section("See also");
    text.see_also(page);
    text.0
}

/// A page under way.
struct Roff(String);

impl Roff {
    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    fn section(&mut self, title: &str) {
        self.line(&format!(".SH {}", title.to_ascii_uppercase()));
    }

    /// Writes words as they are read; what stands between backticks is what is typed.
    fn words(&mut self, words: &str) {
        let mut said = String::new();
        for (number, part) in words.split('`').enumerate() {
            let part = escaped(part);
            // A text takes whatever is written to it.
            let _ = if number % 2 == 0 {
                write!(said, "{part}")
            } else {
                write!(said, "\\fB{part}\\fR")
            };
        }
        // Lines as editors like them; man breaks its own.
        let mut line = String::new();
        for word in said.split(' ') {
            if !line.is_empty() && line.len() + 1 + word.len() > WIDTH {
                self.guarded(&line);
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line += word;
        }
        self.guarded(&line);
    }

    /// Writes a line of text: one that begins with a full stop would be an instruction.
    fn guarded(&mut self, line: &str) {
        let guard = if line.starts_with(['.', '\'']) { "\\&" } else { "" };
        self.line(&format!("{guard}{line}"));
    }

    fn paragraphs(&mut self, paragraphs: &[&str]) {
        for (number, paragraph) in paragraphs.iter().enumerate() {
            if number > 0 {
                self.line(".PP");
            }
            self.words(paragraph);
        }
    }

    fn synopsis(&mut self, page: &Page) {
        for (number, form) in page.forms.iter().enumerate() {
            if number > 0 {
                self.line(".br");
            }
            self.line(&format!(
                "\\fB{}\\fR {}",
                escaped(&synopsis(page, "")),
                placeholders(form)
            ));
        }
        if page.subcommand == Subcommand::Run {
            self.line(".br");
            self.line("\\fBjobstamp\\fR \\fISUBCOMMAND\\fR ...");
        }
    }

    fn subcommands(&mut self) {
        self.section("Subcommands");
        self.words("A subcommand is that only as the very first word; each has a page of its own.");
        for topic in Topic::ALL {
            let mut pages = PAGES.iter().filter(|page| page.topic == topic).peekable();
            if pages.peek().is_some() {
                self.line(&format!(".SS {}", topic.title()));
            }
            for page in pages {
                self.entry(&format!("\\fB{}\\fR(1)", escaped(&name(page))), page.summary);
            }
        }
    }

    fn options(&mut self, page: &Page) {
        if page.command != Command::Never && page.subcommand != Subcommand::Run {
            self.words("The options of a run, which `jobstamp`(1) tells, are understood before a COMMAND.");
        }
        let general = (page.subcommand != Subcommand::Run).then_some(&GENERAL);
        for Group { title, options } in page.groups.iter().chain(general) {
            if *title != "Options" {
                self.line(&format!(".SS {}", escaped(title)));
            }
            for option in *options {
                self.entry(&written(option), option.help);
            }
        }
    }

    fn examples(&mut self, page: &Page) {
        for (number, example) in page.examples.iter().enumerate() {
            if number > 0 {
                self.line(".PP");
            }
            let colon = if example.purpose.ends_with('?') { "" } else { ":" };
            self.words(&format!("{}{colon}", capital(example.purpose)));
            self.line(".PP");
            self.line(".RS 4");
            self.line(".nf");
            self.line(&format!("\\&{}", escaped(example.line)));
            self.line(".fi");
            self.line(".RE");
        }
    }

    fn variables(&mut self, page: &Page) {
        let is_main = page.subcommand == Subcommand::Run;
        if is_main {
            self.words("What is empty is as if it were not set; a switch is 1 or 0.");
            for (name, help) in VARIABLES {
                self.entry(&format!("\\fB{name}\\fR"), help);
            }
        }
        let mut any = false;
        for option in all().filter(|option| page.options().any(|own| own.name == option.name)) {
            if let Some(variable) = option.variable.filter(|_| is_main || !option.is_of_a_job()) {
                any = true;
                self.entry(&format!("\\fB{variable}\\fR"), &format!("As `{}`.", option.name));
            }
        }
        if !is_main {
            if any {
                self.line(".PP");
            }
            self.words("`jobstamp`(1) tells of the variables that concern all of jobstamp.");
        }
    }

    fn files(&mut self) {
        self.section("Files");
        for (path, help) in FILES {
            self.entry(&format!("\\fI{}\\fR", escaped(path)), help);
        }
    }

    fn entry(&mut self, tag: &str, words: &str) {
        self.line(".TP");
        self.line(tag);
        if !words.is_empty() {
            self.words(words);
        }
    }

    fn see_also(&mut self, page: &Page) {
        let others = PAGES.iter().filter(|other| other.subcommand != page.subcommand);
        let names: Vec<String> = others
            .map(|other| format!("\\fB{}\\fR(1)", escaped(&name(other))))
            .collect();
        self.line(&names.join(",\n"));
    }
}

/// Returns an option as it is written, in bold, with what follows it in italics.
fn written(option: &Definition) -> String {
    let short = option
        .short
        .map(|short| format!("\\fB{}\\fR, ", escaped(short)))
        .unwrap_or_default();
    let value = match option.value {
        Value::None => String::new(),
        Value::One(kind) => format!(" {}", placeholders(&kind.placeholder())),
        Value::Many(kind) => format!(" [{} ...]", placeholders(&kind.placeholder())),
    };
    format!("{short}\\fB{}\\fR{value}", escaped(option.name))
}

/// Returns words of which those in capital letters stand for others, which italics tell.
fn placeholders(words: &str) -> String {
    let mut said = String::new();
    for part in words.split_inclusive(|letter: char| !letter.is_ascii_uppercase() && letter != '-') {
        let end = part
            .trim_end_matches(|letter: char| !letter.is_ascii_uppercase() && letter != '-')
            .len();
        let (word, behind) = part.split_at(end);
        if word.chars().any(|letter| letter.is_ascii_uppercase()) {
            let _ = write!(said, "\\fI{word}\\fR");
        } else {
            said += &escaped(word);
        }
        said += &escaped(behind);
    }
    said
}

fn escaped(text: &str) -> String {
    let mut said = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' => said.push_str("\\e"),
            // Otherwise a hyphen, and what is copied from the page does not work.
            '-' | '\u{2014}' => said.push_str("\\-"),
            '\'' => said.push_str("\\(aq"),
            '`' => said.push_str("\\(ga"),
            '~' => said.push_str("\\(ti"),
            '^' => said.push_str("\\(ha"),
            '"' => said.push_str("\\(dq"),
            other => said.push(other),
        }
    }
    said
}

fn capital(text: &str) -> String {
    // All of it is ASCII, and the tables of all other letters would be 24 KiB of the program.
    let (first, rest) = text.split_at(1);
    first.to_ascii_uppercase() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_an_instruction_is_a_word() {
        for (words, expected) in [
            ("plain words", "plain words\n"),
            ("say `-0 x` here", "say \\fB\\-0 x\\fR here\n"),
            (".ad it", "\\&.ad it\n"),
            ("'quoted' \\ ~^\"", "\\(aqquoted\\(aq \\e \\(ti\\(ha\\(dq\n"),
        ] {
            let mut page = Roff(String::new());
            page.words(words);
            assert_eq!(page.0, expected, "{words}");
        }
    }

    #[test]
    fn what_stands_for_something_else_is_set_in_italics() {
        for (words, expected) in [
            ("FILE", "\\fIFILE\\fR"),
            ("auto|key", "auto|key"),
            (
                "[OPTIONS] -- COMMAND [ARG ...]",
                "[\\fIOPTIONS\\fR] \\-\\- \\fICOMMAND\\fR [\\fIARG\\fR ...]",
            ),
            ("--dependency PATH", "\\-\\-dependency \\fIPATH\\fR"),
        ] {
            assert_eq!(placeholders(words), expected, "{words}");
        }
    }
}
