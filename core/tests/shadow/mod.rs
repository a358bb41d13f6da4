//! A shadow of the store: which runs were remembered, and so what may be replayed and what must be.
//!
//! It knows the promises of docs/manual.md and nothing of how they are kept, and serves the models of the crate and of
//! the command. Where a promise leaves open what happens, so does the shadow: [`Expected::Either`].

mod change;
mod play;
mod snapshot;

pub use change::{Change, change};
pub use play::play_until;
pub use snapshot::{Detail, Fitness, Snapshot, View};

use jobstamps::Method;

/// So many runs of a job are remembered.
const VARIANTS: usize = 8;

/// What a job has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Running it again would be needless.
    Replay,
    /// Replaying it would be wrong.
    Run,
    /// Nobody promised anything.
    Either,
}

/// How a job is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub method: Method,
    /// What chooses among its runs beside the world: lists of files, standard input.
    pub variant: &'a str,
    /// Whether failures do not count.
    pub only_success: bool,
}

/// What was remembered of the runs of one job, the last one first.
#[derive(Debug, Default)]
pub struct Shadow(Vec<Run>);

#[derive(Debug)]
struct Run {
    /// How the world was; and as it may have been noted later, when it was found to have other times only.
    worlds: Vec<Snapshot>,
    variant: String,
    digests: bool,
    failed: bool,
    certain: bool,
}

impl Shadow {
    /// Tells what is expected of a job in the world as it is `now`.
    pub fn expected(&self, asked: Asked, now: &Snapshot) -> Expected {
        if now.fitness() != Fitness::Fit {
            return Expected::Run;
        }
        let of_all = self
            .0
            .iter()
            .enumerate()
            .map(|(number, run)| match run.expected(asked, now) {
                Expected::Replay if number >= VARIANTS => Expected::Either,
                expected => expected,
            });
        of_all.fold(Expected::Run, |one, other| match (one, other) {
            (Expected::Replay, _) | (_, Expected::Replay) => Expected::Replay,
            (Expected::Either, _) | (_, Expected::Either) => Expected::Either,
            _ => Expected::Run,
        })
    }

    /// Notes a run in `world` that was remembered, `certain`ly or perhaps.
    pub fn ran(&mut self, asked: Asked, world: Snapshot, failed: bool, certain: bool) {
        let run = Run {
            worlds: vec![world],
            variant: asked.variant.to_owned(),
            digests: asked.method.is_by_content(),
            failed,
            certain,
        };
        self.0.insert(0, run);
    }

    /// Notes a replay: times that differed may have been noted.
    pub fn replayed(&mut self, asked: Asked, now: &Snapshot) {
        for run in self.0.iter_mut().filter(|run| run.variant == asked.variant) {
            let world = &run.worlds[0];
            if world.agrees(now, Detail::Content) && !world.agrees(now, Detail::Files) {
                run.worlds.push(now.clone());
            }
        }
    }

    /// What is remembered may be lost or not.
    pub fn doubt(&mut self) {
        for run in &mut self.0 {
            run.certain = false;
        }
    }

    /// The runs are lost whose variant `goes`.
    pub fn forget(&mut self, goes: impl Fn(&str) -> bool) {
        self.0.retain(|run| !goes(&run.variant));
    }
}

impl Run {
    fn expected(&self, asked: Asked, now: &Snapshot) -> Expected {
        let agrees = |detail| move |world: &Snapshot| world.agrees(now, detail);
        if self.variant != asked.variant || (self.failed && asked.only_success) {
            return Expected::Run;
        }
        let (may, must) = if asked.method.is_by_content() {
            let content = self.worlds.iter().all(agrees(Detail::Content));
            // A young file's digest is there under either method.
            (content, content && self.digests)
        } else {
            let may = self.worlds.iter().any(agrees(Detail::Times));
            (may, self.worlds.iter().all(agrees(Detail::Files)))
        };
        match (may, must && self.certain) {
            (_, true) => Expected::Replay,
            (true, _) => Expected::Either,
            _ => Expected::Run,
        }
    }
}
