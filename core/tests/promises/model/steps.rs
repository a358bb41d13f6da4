//! What can happen, as values that print themselves and can be left out one by one.

use jobstamps::Method;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::shadow::{Change, change};

/// What the job depends on and makes, as it may be declared. It edits what it both depends on and makes.
pub const LISTS: [(&[&str], &str); 9] = [
    (&["d/a", "l", "d", "*.c"], ""),
    (&["d/a"], ""),
    (&["l"], ""),
    (&["d"], ""),
    (&["d/*", "*.c"], ""),
    (&["d/a", "*.c"], "made"),
    (&["d"], "d/made"),
    (&["*.c"], "y.c"),
    (&["x.c"], "x.c"),
];

/// How the job is asked for.
#[derive(Clone, Copy, Debug)]
pub struct How {
    pub list: usize,
    pub method: Method,
    /// By a process that has asked before, or by one that has just begun.
    pub old_process: bool,
    /// At a glance first.
    pub glances: bool,
}

/// What can happen.
#[derive(Clone, Debug)]
pub enum Step {
    Change(Change),
    /// An edit of which the system tells nothing.
    Smuggle(&'static str, &'static str),
    Clock(i64),
    Run(How),
    /// The job is looked up; if it has to run, it runs until `End`.
    Begin(How),
    /// Ends the run that is open; it may leave nothing.
    End(bool),
    FlipBit(Index, Index),
    CutShort(Index, Index),
    LoseSideFiles,
    LoseAll,
    Forget,
    Sweep(u64),
}

/// Any steps. The jobs of a case are a few of all, so that they meet again.
pub fn steps(young: bool) -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(0..LISTS.len(), 1..4)
        .prop_flat_map(move |lists| prop::collection::vec(step(young, lists), 1..60))
}

fn step(young: bool, lists: Vec<usize>) -> impl Strategy<Value = Step> {
    let method = select(
        &[
            Method::Mtime,
            Method::Mtime,
            Method::Hash,
            Method::Hash,
            Method::Paranoid,
        ][..],
    );
    let how =
        (select(lists), method, any::<bool>(), any::<bool>()).prop_map(|(list, method, old_process, glances)| How {
            list,
            method,
            old_process,
            glances,
        });
    let clock = select(if young {
        &[-100, -3600][..]
    } else {
        &[10, 100, 4000, 100_000][..]
    });
    let index = any::<Index>;
    prop_oneof![
        60 => change().prop_map(Step::Change),
        50 => (select(&["d/a", "d/a", "x.c"][..]), select(&["one", "two", "six"][..]))
            .prop_map(|(name, content)| Step::Smuggle(name, content)),
        3 => clock.prop_map(Step::Clock),
        80 => how.clone().prop_map(Step::Run),
        12 => how.prop_map(Step::Begin),
        12 => prop::bool::weighted(0.8).prop_map(Step::End),
        2 => (index(), index()).prop_map(|(file, bit)| Step::FlipBit(file, bit)),
        1 => (index(), index()).prop_map(|(file, length)| Step::CutShort(file, length)),
        2 => Just(Step::LoseSideFiles),
        1 => Just(Step::LoseAll),
        1 => Just(Step::Forget),
        3 => select(&[0, 1000, u64::MAX][..]).prop_map(Step::Sweep),
    ]
}
