//! All that is remembered of one job, in words.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use jobstamps::disk::Time;
use jobstamps::fingerprint::Fingerprint;
use jobstamps::job::Input;
use jobstamps::ledger::Tally;
use jobstamps::stamp::{Condition, Outcome, Stamp, Story};
use jobstamps::store::Found;
use jobstamps::{Cache, Digest, Error, Shown};

use super::remembered::DIGITS;
use super::streams::Said;
use crate::naming;
use crate::paint::Style;
use crate::screen::Screen;
use crate::units;

/// So many dependencies of a stamp are told in words.
const MOST_TOLD: usize = 20;
/// Where what is told of something begins.
const INDENT: usize = 12;

/// All that is remembered of one job.
pub(super) struct Detail {
    pub(super) key: String,
    /// Where its stamps are.
    pub(super) path: PathBuf,
    /// With its side files.
    pub(super) bytes: u64,
    pub(super) used: Time,
    pub(super) story: Story,
    pub(super) tally: Tally,
    /// The newest first; nothing for one that cannot be read.
    pub(super) stamps: Vec<Option<Told>>,
}

/// A stamp, and what its command said.
pub(super) struct Told {
    pub(super) stamp: Stamp,
    /// Nothing for a call, and where it is gone.
    pub(super) said: Option<Said>,
    /// The names of the parts of its code.
    pub(super) parts: Vec<String>,
}

impl Detail {
    /// Reads all that `found` has.
    ///
    /// # Errors
    /// The store cannot be used.
    pub(super) fn of(cache: &Cache, found: &Found) -> Result<Self, Error> {
        let counts = cache.ledger(None)?;
        let tally = counts.jobs.get(&found.key().beginning()).copied().unwrap_or_default();
        let stamps = cache.stamps(found).into_iter().enumerate();
        let told = |(number, stamp): (usize, Option<Stamp>)| {
            let stamp = stamp?;
            let replay = cache.recall(found.key(), stamp.clone()).ok().flatten();
            let replay = replay.filter(jobstamps::Replay::is_of_command);
            let parts = found.cold(number).map(|cold| cold.parts).unwrap_or_default();
            Some(Told {
                said: replay.and_then(|replay| Said::of(&replay).ok()),
                parts: parts.into_iter().map(|part| part.name).collect(),
                stamp,
            })
        };
        Ok(Self {
            key: found.key().hex(),
            path: cache.stamp_path_of(found.key()),
            bytes: found.size(),
            used: found.used(),
            story: found.story(0).unwrap_or_default(),
            tally,
            stamps: stamps.map(told).collect(),
        })
    }

    /// Returns it in words.
    pub(super) fn text(&self, screen: &Screen, now: Time) -> String {
        let mut page = Page {
            text: String::new(),
            screen,
            now,
        };
        self.job(&mut page);
        let count = self.stamps.len();
        for (number, told) in self.stamps.iter().enumerate() {
            if count > 1 {
                let _ = writeln!(page.text, "\nStamp {} of {count}:", number + 1);
            } else {
                page.text.push('\n');
            }
            match told {
                Some(told) => told.stamp(&mut page),
                None => page.line(
                    "",
                    "it is damaged, or signed with another key: `jobstamp doctor` tells more",
                ),
            }
        }
        page.text
    }

    fn job(&self, page: &mut Page) {
        let story = &self.story;
        page.line("key", page.screen.paint.text(Style::Name, &self.key));
        let job = naming::job(story).unwrap_or_else(|| "(arguments not written down)".to_owned());
        page.line(
            if story.is_of_call() { "call" } else { "command" },
            page.screen.paint.text(Style::Strong, &job),
        );
        if let Some(program) = &story.program {
            page.line("program", Shown::path(program));
        }
        if let Some(directory) = &story.directory {
            page.line("directory", Shown::path(directory));
        }
        if let Some(input) = &story.input {
            page.line("input", self::input(input));
        }
        if story.joined {
            page.line("streams", "standard output and standard error went to one place");
        }
        if let Some(scope) = &story.scope {
            page.line("scope", Shown::bytes(scope.as_encoded_bytes()));
        }
        page.list(
            "variables",
            story.variables.iter().filter_map(|(name, value)| {
                let value = value.as_ref()?;
                let name = Shown::bytes(name.as_encoded_bytes());
                Some(format!("{name}, whose value has the digest {}", short(value)))
            }),
        );
        page.line("used", page.moment(self.used));
        if self.tally.times() > 0 {
            page.line("counted", counted(&self.tally));
        }
        page.line("size", units::bytes(self.bytes));
        page.line("file", Shown::path(&self.path));
    }
}

impl Told {
    fn stamp(&self, page: &mut Page) {
        let stamp = &self.stamp;
        let took = units::duration(stamp.took);
        page.line("ran", format!("{}; it took {took}", page.moment(stamp.started)));
        match &stamp.outcome {
            Outcome::Exit { code, .. } => {
                let style = if *code == 0 { Style::Good } else { Style::Notable };
                page.line("returned", page.screen.paint.text(style, &code.to_string()));
                page.line("said", said(self.said.as_ref()));
            }
            Outcome::Value { pieces, pickled } => {
                let bytes = pieces
                    .iter()
                    .fold(0_u64, |sum, piece| sum.saturating_add(piece.length()));
                let how = if *pickled { "pickled" } else { "plain" };
                page.line("value", format!("{}, {how}", units::bytes(bytes)));
            }
            Outcome::ReadsInput => page.line(
                "input",
                "it reads its standard input: there is a job for each that it read",
            ),
        }
        if let Some(condition) = condition(stamp.condition) {
            page.line("only for", condition);
        }
        page.list(
            "program",
            stamp.program.iter().map(|file| Shown::path(&file.path).to_string()),
        );
        if !self.parts.is_empty() {
            let parts = units::of(self.parts.len() as u64, "part", "parts");
            page.line("code", format!("{parts}, in all that it reaches"));
        }
        page.list(
            "depends on",
            stamp
                .dependencies
                .iter()
                .map(|(path, fingerprint)| dependency(path, fingerprint)),
        );
        page.list("writes", stamp.outputs.iter().map(|path| Shown::path(path).to_string()));
    }
}

/// A text under way: names on the left, what is told of them on the right.
struct Page<'a> {
    text: String,
    screen: &'a Screen,
    now: Time,
}

impl Page<'_> {
    fn line(&mut self, name: &str, what: impl std::fmt::Display) {
        let blanks = " ".repeat(INDENT.saturating_sub(name.len()));
        let name = self.screen.paint.text(Style::Faint, name);
        // A text takes whatever is written to it.
        let _ = writeln!(self.text, "{name}{blanks}{what}");
    }

    fn list(&mut self, name: &str, all: impl Iterator<Item = String>) {
        let all: Vec<String> = all.collect();
        for (number, what) in all.iter().take(MOST_TOLD).enumerate() {
            self.line(if number == 0 { name } else { "" }, what);
        }
        if let Some(more) = all.len().checked_sub(MOST_TOLD).filter(|more| *more > 0) {
            self.line(
                "",
                format_args!("and {} more: --json tells all", units::number(more as u64)),
            );
        }
    }

    fn moment(&self, time: Time) -> String {
        format!("{}, {}", units::moment(time), units::age(self.now.seconds_since(time)))
    }
}

fn dependency(path: &Path, fingerprint: &Fingerprint) -> String {
    let path = Shown::path(path);
    match fingerprint {
        Fingerprint::Missing => format!("{path}, which was missing"),
        Fingerprint::File(file) => format!("{path}, {}", units::bytes(file.look.size)),
        Fingerprint::Tree(tree) if tree.pattern => format!("{path}, a pattern"),
        Fingerprint::Tree(_) => format!("{path}, a directory"),
    }
}

/// Returns what standard input was.
pub(super) fn input(input: &Input) -> String {
    match input {
        Input::Closed => "closed".to_owned(),
        Input::Nothing => "nothing".to_owned(),
        Input::Terminal => "a terminal".to_owned(),
        Input::Pipe(_) => "a pipe".to_owned(),
        Input::File { digest, offset: 0 } => format!("a file with the digest {}", short(digest)),
        Input::File { digest, offset } => {
            format!(
                "a file with the digest {}, from byte {} on",
                short(digest),
                units::number(*offset)
            )
        }
        Input::Bytes(digest) | Input::Whole(digest) => format!("bytes with the digest {}", short(digest)),
    }
}

/// Returns for which inputs a stamp speaks, if not for all that its key allows.
pub(super) fn condition(condition: Condition) -> Option<&'static str> {
    match condition {
        Condition::Any | Condition::Offset(_) => None,
        Condition::Empty => Some("a pipe that has ended without a byte"),
        Condition::Idle => Some("a pipe that has no byte yet"),
    }
}

fn said(said: Option<&Said>) -> String {
    let Some(Said { out, err }) = said else {
        return "what it said is gone, or damaged".to_owned();
    };
    match (*out, *err) {
        (0, 0) => "nothing".to_owned(),
        (out, 0) => units::bytes(out),
        (0, err) => format!("{} on standard error", units::bytes(err)),
        (out, err) => format!("{}, and {} on standard error", units::bytes(out), units::bytes(err)),
    }
}

fn counted(tally: &Tally) -> String {
    let runs = units::of(tally.runs(), "run", "runs");
    match tally.hits {
        0 => format!("{runs}, no hit"),
        hits => {
            let hits = units::of(hits, "hit", "hits");
            format!("{runs}, {hits}, which saved {}", units::duration(tally.saved))
        }
    }
}

fn short(digest: &Digest) -> String {
    digest.hex()[..DIGITS].to_owned()
}
