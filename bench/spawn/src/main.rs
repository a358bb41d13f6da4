//! Measures how long commands take from spawn to reaped.
//!
//! `spawn ROUNDS COMMAND [ARGUMENT...] --- COMMAND [ARGUMENT...] --- ...` runs all commands once in each round, each round
//! beginning with another one: what slows the machine down for a moment slows them all, so that ratios can be trusted. The
//! argument `{}` becomes the number of the round, for jobs that must be new each time. Prints one line of nanoseconds for
//! each command, in the order given. A program of its own, and not Python, because Python takes longer to start a process
//! than the process takes to run.

#![allow(clippy::disallowed_methods, reason = "spawns the commands that it measures")]

use std::error::Error;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Rounds that warm caches up and are not reported.
const WARM_UP: usize = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (rounds, arguments) = arguments
        .split_first()
        .ok_or("usage: spawn ROUNDS COMMAND... --- COMMAND...")?;
    let rounds: usize = rounds.parse()?;
    let commands: Vec<&[String]> = arguments.split(|argument| argument == "---").collect();

    let mut times = vec![Vec::with_capacity(rounds); commands.len()];
    for round in 0..WARM_UP + rounds {
        for turn in 0..commands.len() {
            let which = (round + turn) % commands.len();
            let time = time(commands[which], round)?;
            if round >= WARM_UP {
                times[which].push(time.as_nanos().to_string());
            }
        }
    }
    for times in times {
        println!("{}", times.join(" "));
    }
    Ok(())
}

fn time(command: &[String], round: usize) -> Result<Duration, Box<dyn Error>> {
    let (program, arguments) = command.split_first().ok_or("an empty command")?;
    let mut command = Command::new(program);
    command.args(
        arguments
            .iter()
            .map(|argument| argument.replace("{}", &round.to_string())),
    );
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit());
    let start = Instant::now();
    let status = command.spawn()?.wait()?;
    let time = start.elapsed();
    if status.success() {
        Ok(time)
    } else {
        Err(format!("{program}: {status}").into())
    }
}
