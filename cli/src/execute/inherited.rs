//! What our parent gave us, as it was before we changed anything: the child must get exactly that.
//!
//! Rust's own start-up opens `/dev/null` on closed descriptors and ignores SIGPIPE before `main` begins, so that nobody
//! can tell any more what was inherited. So the program has a C `main` (`#![no_main]`), which is also faster by about ten
//! system calls, and whose first act is [`Inherited::capture`]. `std::env::args` knows nothing then on musl:
//! [`arguments`] does.

use std::ffi::c_int;
#[cfg(not(test))]
use std::ffi::{CStr, OsString, c_char};
use std::os::fd::{AsRawFd, BorrowedFd, IntoRawFd};
#[cfg(not(test))]
use std::os::unix::ffi::OsStringExt;

use rustix::fs::{Mode, OFlags, open};

use super::signals::{Disposition, set_disposition};

/// What was inherited and has been changed since for our own safety.
#[derive(Debug)]
pub struct Inherited {
    closed: [bool; 3],
    ignored_by_us: [(c_int, Disposition); 2],
}

impl Inherited {
    /// Notes what was inherited, then makes descriptors 0 to 2 and SIGPIPE and SIGXFSZ safe for us.
    ///
    /// A closed standard descriptor is filled with the null device, so that no file of ours ever lands there; it is
    /// closed again in the child. Writes into a broken pipe or over a size limit become errors instead of deaths.
    ///
    /// Three system calls: `poll`, two `rt_sigaction`; one `open` more for each closed descriptor.
    #[must_use]
    pub fn capture() -> Self {
        let closed = closed_standard_descriptors();
        for _ in closed.into_iter().filter(|&closed| closed) {
            fill_lowest_descriptor();
        }
        let ignored_by_us =
            [libc::SIGPIPE, libc::SIGXFSZ].map(|signal| (signal, set_disposition(signal, Disposition::ignore())));
        Self { closed, ignored_by_us }
    }

    /// Whether standard descriptor `number` (0 to 2) was closed when we started.
    #[must_use]
    pub fn closed(&self, number: usize) -> bool {
        self.closed[number]
    }

    /// The signals that we ignore, each with the disposition that the child must get.
    pub(super) fn dispositions(&self) -> impl Iterator<Item = (c_int, Disposition)> {
        self.ignored_by_us.iter().copied()
    }
}

/// Returns the arguments that the C library passed to `main`, byte for byte.
///
/// # Safety
///
/// `values` must point to `count` strings, as the parameters of C's `main` do.
#[cfg(not(test))]
#[must_use]
pub unsafe fn arguments(count: c_int, values: *const *const c_char) -> Vec<OsString> {
    (0..usize::try_from(count).unwrap_or(0))
        .map(|index| {
            // SAFETY: the caller promises `count` valid strings.
            let value = unsafe { CStr::from_ptr(*values.add(index)) };
            OsString::from_vec(value.to_bytes().to_vec())
        })
        .collect()
}

#[cfg(target_os = "linux")]
fn closed_standard_descriptors() -> [bool; 3] {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    // SAFETY: the descriptors are only named to the kernel, which tells which of them are not open.
    let mut entries =
        [0, 1, 2].map(|number| PollFd::from_borrowed_fd(unsafe { BorrowedFd::borrow_raw(number) }, PollFlags::empty()));
    match poll(&mut entries, Some(&Timespec::default())) {
        Ok(_) => entries.map(|entry| entry.revents().contains(PollFlags::NVAL)),
        Err(_) => [false; 3],
    }
}

#[cfg(not(target_os = "linux"))]
fn closed_standard_descriptors() -> [bool; 3] {
    // There `poll` says of some open devices that they are not.
    [0, 1, 2].map(|number| {
        // SAFETY: the descriptor is only named to the kernel, which tells whether it is open.
        let descriptor = unsafe { BorrowedFd::borrow_raw(number) };
        rustix::io::fcntl_getfd(descriptor).is_err()
    })
}

/// Opens something harmless on the lowest free descriptor, close-on-exec, so that the child finds it closed.
fn fill_lowest_descriptor() {
    let flags = OFlags::RDWR | OFlags::CLOEXEC;
    // A directory stands in where there is no /dev: what matters is that the number is taken.
    let filler =
        open("/dev/null", flags, Mode::empty()).or_else(|_| open("/", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()));
    if let Ok(filler) = filler {
        debug_assert!(filler.as_raw_fd() <= 2, "the lowest free descriptor is the closed one");
        // It stays for the life of the process.
        let _ = filler.into_raw_fd();
    }
}
