//! Remembers what an idempotent job did, and replays it while nothing the job depends on has changed.

mod digest;
pub mod encoding;
mod error;
pub mod disk;
pub mod job;
pub mod fingerprint;
pub mod stamp;
pub mod freshness;
pub mod store;
mod replay;
mod recording;
mod cache;

pub use cache::{Cache, Hit, Lookup, Patience, Stale, Waiting};
pub use digest::{Digest, Hasher, checksum};
pub use error::{Error, Shown};
pub use freshness::Reason;
pub use job::{Job, Method};
pub use recording::{Finish, InputUse, Recording, Saved, Warning};
pub use replay::{Part, Replay, Span};
pub use stamp::Stream;
pub use store::Limits;
