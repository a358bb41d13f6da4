//! Pipes of ours: never inherited by the child.

use std::os::fd::OwnedFd;

use rustix::io::Errno;

/// Whether reading from and writing to a new pipe may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocking {
    /// Both ends wait, as a child expects.
    Both,
    /// The writing end does not wait.
    ReadOnly,
    /// Neither end waits.
    Never,
}

/// Makes a pipe: its reading end, its writing end.
///
/// # Errors
///
/// When there are no more descriptors to be had.
pub fn pipe(blocking: Blocking) -> Result<(OwnedFd, OwnedFd), Errno> {
    let (reader, writer) = closed_on_exec()?;
    if blocking == Blocking::Never {
        do_not_wait(&reader)?;
    }
    if blocking != Blocking::Both {
        do_not_wait(&writer)?;
    }
    Ok((reader, writer))
}

/// Makes room for more in a pipe, where that is possible and allowed; how much there is matters only for speed.
#[cfg(target_os = "linux")]
pub fn enlarge(end: &OwnedFd, size: usize) {
    let _ = rustix::pipe::fcntl_setpipe_size(end, size);
}

/// Pipes grow by themselves there.
#[cfg(not(target_os = "linux"))]
pub fn enlarge(_end: &OwnedFd, _size: usize) {}

fn do_not_wait(end: &OwnedFd) -> Result<(), Errno> {
    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
    fcntl_setfl(end, fcntl_getfl(end)? | OFlags::NONBLOCK)
}

#[cfg(target_os = "linux")]
fn closed_on_exec() -> Result<(OwnedFd, OwnedFd), Errno> {
    rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)
}

#[cfg(not(target_os = "linux"))]
fn closed_on_exec() -> Result<(OwnedFd, OwnedFd), Errno> {
    use rustix::io::{FdFlags, fcntl_setfd};
    // No other thread can fork between the two calls: there is none.
    let (reader, writer) = rustix::pipe::pipe()?;
    fcntl_setfd(&reader, FdFlags::CLOEXEC)?;
    fcntl_setfd(&writer, FdFlags::CLOEXEC)?;
    Ok((reader, writer))
}
