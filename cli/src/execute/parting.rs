//! Parting in two: one goes on as if nothing were, the other does something behind that nobody waits for.
//!
//! Whoever started us must not notice: `$(...)` and `ssh` wait until nobody holds their pipe any more, a shell for its
//! terminal, a service manager for the end of what it started. So the one behind holds no descriptor that it was given,
//! belongs to no terminal and to nobody's group of processes, and is nobody's child.

use std::ffi::c_int;
use std::io;
use std::os::fd::{AsRawFd as _, BorrowedFd};

use rustix::fs::{Dir, DirEntry, Mode, OFlags, open};
use rustix::io::{FdFlags, fcntl_getfd, fcntl_setfd};
use rustix::process::{Pid, WaitOptions, setsid, waitpid};

use super::Inherited;

/// Which of the two we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The one that was started.
    Front,
    /// The other. All descriptors but the first three are closed: what held one must not be used, and not be dropped.
    Behind,
}

/// Returns whether we were given no descriptor from 3 to 9: those are what a line of shell hands to a command that is to use
/// them, and nobody behind has them. What is open above that was forgotten by somebody.
pub fn is_given_no_other() -> bool {
    (3..=9).all(|number| {
        // SAFETY: the descriptor is only named to the kernel, which tells whether it is open.
        let descriptor = unsafe { BorrowedFd::borrow_raw(number) };
        // Ours are all closed on exec; what was inherited is not.
        fcntl_getfd(descriptor).map_or(true, |flags| flags.contains(FdFlags::CLOEXEC))
    })
}

/// Parts in two. To be called while there is one thread.
///
/// # Errors
/// The system makes no new process, or cannot let go of what it was given; then there is no other.
pub fn part(inherited: &Inherited) -> io::Result<Side> {
    // SAFETY: we have one thread.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => {
            // In the middle: only here to let go of everything before anybody goes on, and to end, so that the one behind is
            // nobody's child.
            if let_go(inherited).is_err() {
                end(1);
            }
            // SAFETY: as above.
            match unsafe { libc::fork() } {
                0 => Ok(Side::Behind),
                child => end(c_int::from(child < 0)),
            }
        }
        middle => {
            let middle = Pid::from_raw(middle).expect("a process that was made has a number");
            let status = rustix::io::retry_on_intr(|| waitpid(Some(middle), WaitOptions::empty()));
            match status {
                Ok(Some((_, status))) if status.exit_status() != Some(0) => Err(io::ErrorKind::Other.into()),
                // Where our parent lets us ignore our children, they are gone when we wait for them.
                _ => Ok(Side::Front),
            }
        }
    }
}

/// Ends without another word: nothing is written or given back.
pub fn end(code: c_int) -> ! {
    // SAFETY: ends the process.
    unsafe { libc::_exit(code) }
}

/// Leaves session and terminal, and all descriptors; those that were open become the null device.
fn let_go(inherited: &Inherited) -> io::Result<()> {
    setsid()?;
    let null = open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())?;
    for number in 0..3 {
        // SAFETY: it is one of the standard descriptors, which are open.
        if unsafe { libc::dup2(null.as_raw_fd(), number) } < 0 {
            return Err(io::Error::last_os_error());
        }
    }
    if inherited.closed(0) {
        // The command is to find it closed.
        fcntl_setfd(rustix::stdio::stdin(), FdFlags::CLOEXEC)?;
    }
    // It goes with the others.
    std::mem::forget(null);
    close_others();
    Ok(())
}

/// Closes all but the standard descriptors.
fn close_others() {
    #[cfg(target_os = "linux")]
    // SAFETY: nothing that holds one of them is used from here on; an older kernel refuses it.
    if unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, 0) } == 0 {
        return;
    }
    for number in open_descriptors() {
        // SAFETY: as above.
        unsafe { libc::close(number) };
    }
}

/// Returns the descriptors above the standard ones that are open, or may be.
fn open_descriptors() -> Vec<c_int> {
    /// Where nobody tells which are open, these are tried.
    const TRIED: c_int = 1024;
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let listed = open("/dev/fd", flags, Mode::empty()).and_then(Dir::new);
    let Ok(listed) = listed else {
        return (3..TRIED).collect();
    };
    let number = |entry: rustix::io::Result<DirEntry>| entry.ok()?.file_name().to_str().ok()?.parse().ok();
    listed.filter_map(number).filter(|number| *number > 2).collect()
}
