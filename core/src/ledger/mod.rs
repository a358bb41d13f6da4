//! What a store was good for: how often a job was replayed and how often it ran, why, and how long that took.
//!
//! An [`Entry`] is written for each time, behind those of the same day; [`Counts`] is what many of them come to. It is a
//! count and no account: an entry may be lost, where a machine dies or a disk is full, and nothing but figures depends on
//! it. Pure: where entries are kept is the store's business.

mod day;
mod cause;
mod entry;
mod counts;
mod merge;

pub use cause::Cause;
pub use counts::{Causes, Counts, Tally};
pub use day::Day;
pub use entry::{Entries, Entry, What, name_of};
pub use merge::{Grain, merged};
