//! What can happen, as values that print themselves and can be left out one by one.

use jobstamps::Method;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::shadow::{Change, change};

/// What befalls the store.
#[derive(Clone, Debug)]
pub enum Blow {
    FlipBit(Index, Index),
    CutShort(Index, Index),
    LoseSideFiles,
    LoseFolder(Index),
    LoseAll,
    ReadOnly,
    Writable,
}

/// What standard input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    Null,
    /// A file, under `--stdin none`.
    Refused,
    File,
    Pipe,
    /// A pipe, under `--stdin key`.
    Key,
}

/// What makes a job of its own of it.
#[derive(Clone, Debug)]
pub struct Which {
    pub kind: usize,
    pub input: Input,
    /// The directory under its other name.
    pub alias: bool,
    /// Both outputs in one.
    pub joined: bool,
}

impl Which {
    /// Whether both have the same stamps.
    pub fn is_the_same_job(&self, other: &Self) -> bool {
        let of_nothing = |which: &Self| match which.input {
            // Both are no input at all.
            Input::Refused => Input::Null,
            input => input,
        };
        let parts = |which: &Self| (which.kind, of_nothing(which), which.alias, which.joined);
        parts(self) == parts(other)
    }
}

/// How it is asked for.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools)] // Each is a switch of the command line.
pub struct How {
    pub method: Method,
    pub discard_failures: bool,
    pub disabled: bool,
    /// The list in another order, with repetitions and detours.
    pub shuffled: bool,
    /// One dependency more.
    pub more: bool,
    /// Which standard input it gets.
    pub input: usize,
}

/// When it meets its test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before it looks at anything.
    Early,
    /// After it looked at all.
    Late,
}

/// One step. The first number chooses among the jobs of the case.
#[derive(Clone, Debug)]
pub enum Step {
    Change(Change),
    Clock(i64),
    Blow(Blow),
    Run(usize, How),
    /// So many times at once.
    Together(usize, How, usize),
    /// In its middle something changes; then so many others begin; then it goes on, or we are killed.
    Amid {
        number: usize,
        how: How,
        moment: Moment,
        change: Option<Change>,
        others: usize,
        killed: bool,
    },
}

/// A world and what happens in it.
#[derive(Clone, Debug)]
pub struct Case {
    /// Whether the clock is right, so that all is young; else changes wait for the file system's clock to tick.
    pub young: bool,
    pub jobs: Vec<Which>,
    pub steps: Vec<Step>,
}

/// Any case of a length that suits.
pub fn case(kinds: usize) -> impl Strategy<Value = Case> {
    any::<bool>().prop_flat_map(move |young| {
        let jobs = prop::collection::vec(which(kinds), 1..3);
        let steps = prop::collection::vec(step(young), 1..60);
        (jobs, steps).prop_map(move |(jobs, steps)| Case { young, jobs, steps })
    })
}

fn which(kinds: usize) -> impl Strategy<Value = Which> {
    let input = prop_oneof![
        5 => Just(Input::Null),
        1 => select(&[Input::Refused, Input::File, Input::Pipe, Input::Key][..]),
    ];
    (0..kinds, input, prop::bool::weighted(0.1), prop::bool::weighted(0.1)).prop_map(|(kind, input, alias, joined)| {
        Which {
            kind,
            input,
            alias,
            joined,
        }
    })
}

fn how() -> impl Strategy<Value = How> {
    let method = select(
        &[
            Method::Mtime,
            Method::Mtime,
            Method::Hash,
            Method::Hash,
            Method::Paranoid,
        ][..],
    );
    let seldom = || prop::bool::weighted(0.08);
    (
        method,
        seldom(),
        prop::bool::weighted(0.03),
        seldom(),
        seldom(),
        0..2_usize,
    )
        .prop_map(|(method, discard_failures, disabled, shuffled, more, input)| How {
            method,
            discard_failures,
            disabled,
            shuffled,
            more,
            input,
        })
}

fn blow() -> impl Strategy<Value = Blow> {
    let index = any::<Index>;
    prop_oneof![
        3 => (index(), index()).prop_map(|(file, bit)| Blow::FlipBit(file, bit)),
        1 => (index(), index()).prop_map(|(file, length)| Blow::CutShort(file, length)),
        2 => Just(Blow::LoseSideFiles),
        1 => index().prop_map(Blow::LoseFolder),
        1 => Just(Blow::LoseAll),
        1 => Just(Blow::ReadOnly),
        2 => Just(Blow::Writable),
    ]
}

fn step(young: bool) -> impl Strategy<Value = Step> {
    let clock = select(if young {
        &[0, -5, -3600][..]
    } else {
        &[100, 50, 4000, 100_000][..]
    });
    let which = 0..2_usize;
    let moment = select(&[Moment::Early, Moment::Late][..]);
    let amid = (
        which.clone(),
        how(),
        moment,
        prop::option::weighted(0.8, change()),
        0..3_usize,
        prop::bool::weighted(0.3),
    );
    prop_oneof![
        40 => change().prop_map(Step::Change),
        2 => clock.prop_map(Step::Clock),
        3 => blow().prop_map(Step::Blow),
        50 => (which.clone(), how()).prop_map(|(which, how)| Step::Run(which, how)),
        3 => (which, how(), 2..4_usize).prop_map(|(which, how, count)| Step::Together(which, how, count)),
        8 => amid.prop_map(|(number, how, moment, change, others, killed)| Step::Amid {
            number,
            how,
            moment,
            change,
            others,
            killed,
        }),
    ]
}
