//! Measures how long commands take from spawn to reaped, in turns.
//!
//! `spawn HOW ROUNDS WARM_UP COMMAND [ARGUMENT...] --- COMMAND [ARGUMENT...] --- ...` runs all commands once in each round,
//! each round beginning with another one: what slows the machine down for a moment slows them all, so that ratios can be
//! trusted. The argument `{}` becomes the number of the round, for jobs that must be new each time. `HOW`:
//!
//! - `null`: standard output is `/dev/null`;
//! - `pipe`: it is a pipe, which is read to its end;
//! - `lines`: it is a pipe too, its lines are moments as `job` says them, and the times are how much later each was read;
//! - a number: so many of the command are started at once, and the time is that of them all.
//!
//! Prints a line of JSON for each command, in the order given: `nanoseconds`; `peak`, the most KiB that one of its processes
//! held; `faults`, the fewest page faults that one took; and under a number `ends`, the moments at which the processes of a
//! round had ended. A program of its own, and not
//! Python, because Python takes longer to start a process than the process takes to run.

mod child;

use std::error::Error;
use std::io;

use child::{Child, Output};

/// Of one command.
struct Measured {
    nanoseconds: Vec<i128>,
    ends: Vec<Vec<i128>>,
    peak: i64,
    faults: i64,
}

impl Measured {
    fn nothing() -> Self {
        Self {
            nanoseconds: Vec::new(),
            ends: Vec::new(),
            peak: 0,
            faults: i64::MAX,
        }
    }
}

/// What is done with a command in its turn.
#[derive(Clone, Copy)]
enum How {
    One(Output),
    Together(usize),
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [how, rounds, warm_up, commands @ ..] = &arguments[..] else {
        return Err("usage: spawn null|pipe|lines|NUMBER ROUNDS WARM_UP COMMAND... --- COMMAND...".into());
    };
    let how = match &how[..] {
        "null" => How::One(Output::Null),
        "pipe" => How::One(Output::Pipe),
        "lines" => How::One(Output::Lines),
        number => How::Together(number.parse()?),
    };
    let (rounds, warm_up): (usize, usize) = (rounds.parse()?, warm_up.parse()?);
    let commands: Vec<&[String]> = commands.split(|argument| argument == "---").collect();

    let mut all: Vec<Measured> = commands.iter().map(|_| Measured::nothing()).collect();
    for round in 0..warm_up + rounds {
        for turn in 0..commands.len() {
            let which = (round + turn) % commands.len();
            let mut unreported = Measured::nothing();
            let measured = if round < warm_up {
                &mut unreported
            } else {
                &mut all[which]
            };
            take_turn(commands[which], round, how, measured)
                .map_err(|error| format!("{:?}: {error}", commands[which]))?;
        }
    }
    for Measured {
        nanoseconds,
        ends,
        peak,
        faults,
    } in all
    {
        println!(r#"{{"nanoseconds": {nanoseconds:?}, "ends": {ends:?}, "peak": {peak}, "faults": {faults}}}"#);
    }
    Ok(())
}

fn take_turn(command: &[String], round: usize, how: How, measured: &mut Measured) -> io::Result<()> {
    let count = if let How::Together(count) = how { count } else { 1 };
    let output = if let How::One(output) = how {
        output
    } else {
        Output::Null
    };
    let words: Vec<String> = command
        .iter()
        .map(|word| word.replace("{}", &round.to_string()))
        .collect();

    let start = child::now();
    let started: Vec<Child> = (0..count)
        .map(|_| Child::start(&words, output))
        .collect::<io::Result<_>>()?;
    let mut ends = Vec::with_capacity(count);
    for child in started {
        if let Some(late) = child.listen(output)? {
            measured.nanoseconds.extend(late);
        }
    }
    for _ in 0..count {
        let taken = child::reap()?;
        measured.peak = measured.peak.max(taken.peak);
        measured.faults = measured.faults.min(taken.faults);
        ends.push(child::now());
    }
    match how {
        How::One(Output::Lines) => {}
        How::One(_) => measured.nanoseconds.push(ends[0] - start),
        How::Together(_) => {
            measured.nanoseconds.push(ends[count - 1] - start);
            measured.ends.push(ends);
        }
    }
    Ok(())
}
