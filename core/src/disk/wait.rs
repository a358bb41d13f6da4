//! Whether a call may wait: for a device, for another machine.

/// Whether a call may wait for a device or for another machine.
///
/// Where it may not, what the kernel cannot answer from memory is [`std::io::ErrorKind::WouldBlock`]; on systems that
/// cannot tell, the call waits all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// It may.
    Allowed,
    /// It comes back at once.
    Never,
}
