//! What standard input is, and what a run proves about the command's use of it.
//!
//! Input that a command reads belongs to its job, input that it leaves alone does not, and nobody says beforehand which
//! it is. A regular file can be looked at in passing; a pipe cannot: whatever we take from it, the next reader misses.
//! So a pipe is never read ahead before the command is known to read it. A relay shows the command what the pipe
//! holds without taking it, takes what the command took, and the run then proves a [`Use`]. Even a known reader's input
//! stays where it is while that can be, in [`Sight`].
//!
//! The decisions are pure and stand first: [`Kind::of`] the facts about a descriptor, [`Use::of`] the facts about a
//! run.
#![cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, reason = "without watchable pipes some states never come up")
)]

mod kind;
mod proof;
mod ahead;
mod sight;
#[cfg(unix)]
mod look;
#[cfg(unix)]
mod file;
#[cfg(unix)]
mod terminal;
#[cfg(unix)]
mod feed;
#[cfg(target_os = "linux")]
mod relay;
#[cfg(unix)]
mod watched;
#[cfg(windows)]
mod windows;

pub use ahead::{Patience, Spooled, read_ahead};
#[cfg(unix)]
pub use file::{FileInput, offset, set_offset};
use kind::{Facts, Shape};
pub use kind::{Kind, PipeState};
#[cfg(target_os = "linux")]
use proof::Seen;
pub use proof::Use;
pub use sight::Sight;
#[cfg(unix)]
pub(crate) use watched::{Supply, Watched};
#[cfg(windows)]
pub use windows::{FileInput, offset, set_offset};
