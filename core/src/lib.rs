//! Remembers what an idempotent job did, and replays it while nothing the job depends on has changed.

mod digest;
pub mod encoding;
mod error;
pub mod disk;
pub mod job;
pub mod fingerprint;
mod stamp;

pub use digest::{Digest, Hasher, checksum};
pub use stamp::Stream;
