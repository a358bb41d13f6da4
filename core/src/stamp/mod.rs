//! What we remember of a run.
mod tape;
pub use tape::Stream;
