//! What a command said, on which stream, in which order.

/// One of the two streams a command writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Standard output, file descriptor 1.
    Out,
    /// Standard error, file descriptor 2.
    Err,
}
