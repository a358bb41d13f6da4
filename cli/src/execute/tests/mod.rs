//! Real commands under real descriptors and signals.
//!
//! Each test forks a [`Player`]: a process that stands for jobstamp, with standard descriptors, signals and open files as
//! the test says, and that runs one command. Nobody sleeps: a command waits for a byte on descriptor 8 (the gate), and
//! says on descriptor 9 (the bell) how far it is.

mod playing;
mod player;
mod output;
mod input;
mod starting;
mod inheritance;
mod interruption;

use player::{Player, digest, shell};
