//! What is remembered of a job, in a nutshell.

use jobstamps::disk::Time;
use jobstamps::job::JobKey;
use jobstamps::ledger::Tally;
use jobstamps::stamp::{Outcome, Stamp, Story};
use jobstamps::store::Found;
use jobstamps::{Cache, Shown};

use crate::json::Object;
use crate::naming;
use crate::units;

/// So many digits of a key are shown: enough to tell it from a million others.
pub(super) const DIGITS: usize = 12;

/// What is remembered of a job, in a nutshell.
#[derive(Clone, Debug)]
pub(super) struct Remembered {
    pub(super) key: JobKey,
    /// How many stamps it has.
    pub(super) stamps: usize,
    /// With its side files.
    pub(super) bytes: u64,
    /// To the day.
    pub(super) used: Time,
    /// When its newest run started; nothing if that cannot be read.
    pub(super) ran: Option<Time>,
    /// How long that took, in nanoseconds.
    pub(super) took: Option<u64>,
    /// What it returned, if it is a command.
    pub(super) code: Option<u8>,
    /// The program of a command.
    program: Option<String>,
    pub(super) story: Story,
    pub(super) hits: u64,
    /// In nanoseconds.
    pub(super) saved: u64,
}

impl Remembered {
    /// Reads the newest stamp in `found`; nothing if all it says is that the job reads its input.
    pub(super) fn of(found: &Found, cache: &Cache, tally: &Tally) -> Option<Self> {
        let stamp = cache.newest(found);
        if matches!(&stamp, Some(stamp) if stamp.outcome == Outcome::ReadsInput) {
            return None;
        }
        let code = stamp.as_ref().and_then(|stamp| match stamp.outcome {
            Outcome::Exit { code, .. } => Some(code),
            _ => None,
        });
        let mut story = found.story(0).unwrap_or_default();
        // Not told in a nutshell, and more than half of it.
        story.variables = Vec::new();
        Some(Self {
            key: *found.key(),
            stamps: found.count(),
            bytes: found.size(),
            used: found.used(),
            ran: stamp.as_ref().map(|stamp| stamp.started),
            took: stamp.as_ref().map(|stamp| stamp.took),
            code,
            program: stamp.as_ref().and_then(program),
            story,
            hits: tally.hits,
            saved: tally.saved,
        })
    }

    /// Returns the beginning of its key.
    pub(super) fn digits(&self) -> String {
        self.key.hex()[..DIGITS].to_owned()
    }

    /// Returns what people are shown of it: its command or its call.
    pub(super) fn words(&self) -> String {
        let hidden = || match &self.program {
            Some(program) => format!("{program} (arguments not written down)"),
            None => "not written down".to_owned(),
        };
        naming::job(&self.story).unwrap_or_else(hidden)
    }

    /// Returns its working directory.
    pub(super) fn directory(&self) -> String {
        let directory = self.story.directory.as_deref();
        directory.map_or_else(String::new, |path| Shown::path(path).to_string())
    }

    /// Returns whether it is of the program or function that is called `name`: as it was called, or without its directory or
    /// module.
    pub(super) fn is_of(&self, name: &[u8]) -> bool {
        let called = self.story.arguments.first().map(|word| word.as_encoded_bytes());
        let path = self
            .story
            .program
            .as_ref()
            .map(|path| path.as_os_str().as_encoded_bytes());
        let known = self.program.as_deref().map(str::as_bytes);
        let is_it = |one: &[u8]| {
            let last = one.rsplit(|byte| matches!(byte, b'/' | b':' | b'.')).next();
            let file = one.rsplit(|byte| *byte == b'/').next();
            one == name || file == Some(name) || (self.story.is_of_call() && last == Some(name))
        };
        [called, path, known].into_iter().flatten().any(is_it)
    }

    /// Returns it for programs.
    pub(super) fn object(&self) -> Object {
        let directory = self.story.directory.as_deref().map(Shown::path);
        let object = Object::new()
            .text("key", self.key.hex())
            .text("job", self.words())
            .text_or_null("directory", directory)
            .text_or_null("ran", self.ran.map(units::moment))
            .text("used", units::moment(self.used));
        match self.took {
            Some(took) => object.seconds("seconds", took),
            None => object.value_or_null("seconds", None::<u64>),
        }
        .value_or_null("exit", self.code)
        .value("bytes", self.bytes)
        .value("stamps", self.stamps)
        .value("hits", self.hits)
        .seconds("saved_seconds", self.saved)
    }
}

/// Returns the name of the program of `stamp`.
fn program(stamp: &Stamp) -> Option<String> {
    let path = &stamp.program.first()?.path;
    Some(Shown::bytes(path.file_name()?.as_encoded_bytes()).to_string())
}
