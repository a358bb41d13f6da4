//! Where stamps live: a directory of the user's own, read and written without ever following a link.
//!
//! The files are the truth: there is no index and no daemon. What is damaged, or could have been written by another
//! user, is as good as absent.

mod layout;
mod found;
mod local;
mod place;
mod shard;
mod spool;
mod shards;
mod measure;
mod sizes;
mod orphan;
mod remove;
mod plan;
mod tidy;
mod sweep;
mod forget;
mod maker;
mod survey;
mod ledger;
mod checkup;

pub use checkup::{Checkup, Contents, Depth, Held, LinkOnTheWay, Oddity, Sighting, State};
pub use found::Found;
#[cfg(feature = "fuzzing")]
pub(crate) use layout::{Named, key, named};
pub use local::{Sides, Store};
pub(crate) use maker::{Makers, Record};
pub use measure::Stats;
pub use place::Place;
pub use plan::Limits;
pub(crate) use shard::Unreadable;
pub use shard::{Rights, Shard};
pub use spool::{Spool, Spooled};
pub use survey::Survey;
