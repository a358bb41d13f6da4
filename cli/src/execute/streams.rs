//! Whether our standard output and standard error are one stream.

use std::os::fd::BorrowedFd;

use rustix::fs::{FileType, fcntl_getfl, fstat, tell};

/// Decides whether our standard output and standard error are one stream, so that a command with one pipe for both behaves the same and the
/// order of what it writes is exact.
///
/// True for one pipe, one socket, or one regular file written through one offset. Never for a terminal or another
/// device: there a program may ask each descriptor for itself what it is, and what it says on either is shown in order
/// anyway.
///
/// Two system calls where the answer is no at first sight; two more where it is yes.
#[must_use]
pub fn streams_are_one() -> bool {
    are_one(rustix::stdio::stdout(), rustix::stdio::stderr())
}

fn are_one(first: BorrowedFd<'_>, second: BorrowedFd<'_>) -> bool {
    let (Ok(one), Ok(other)) = (fstat(first), fstat(second)) else {
        return false;
    };
    if (one.st_dev, one.st_ino) != (other.st_dev, other.st_ino) {
        return false;
    }
    let shape = FileType::from_raw_mode(one.st_mode);
    if !matches!(shape, FileType::Fifo | FileType::Socket | FileType::RegularFile) {
        return false;
    }
    same_description(first, second).unwrap_or_else(|| {
        // Two openings of one pipe cannot be told apart here and need not be. Two of one file have their own offsets.
        let same_flags = fcntl_getfl(first) == fcntl_getfl(second);
        same_flags && (shape != FileType::RegularFile || tell(first) == tell(second))
    })
}

/// Asks the kernel whether both are the same open file; None where it cannot tell, or may not.
#[cfg(target_os = "linux")]
fn same_description(first: BorrowedFd<'_>, second: BorrowedFd<'_>) -> Option<bool> {
    use std::os::fd::AsRawFd;

    const KCMP_FILE: libc::c_long = 0;
    // SAFETY: a plain system call that only compares; an old kernel answers with an error.
    let answer = unsafe {
        let ourselves = libc::c_long::from(libc::getpid());
        libc::syscall(
            libc::SYS_kcmp,
            ourselves,
            ourselves,
            KCMP_FILE,
            libc::c_long::from(first.as_raw_fd()),
            libc::c_long::from(second.as_raw_fd()),
        )
    };
    (answer >= 0).then_some(answer == 0)
}

#[cfg(not(target_os = "linux"))]
fn same_description(_first: BorrowedFd<'_>, _second: BorrowedFd<'_>) -> Option<bool> {
    None
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    use rustix::fs::{Mode, OFlags, open};

    use super::*;

    #[test]
    fn only_one_open_pipe_socket_or_file_is_one_stream() {
        let (_reader, pipe) = std::io::pipe().unwrap();
        let (_other_reader, other_pipe) = std::io::pipe().unwrap();
        let (socket, peer) = UnixStream::pair().unwrap();
        let file = || open("/bin/sh", OFlags::RDONLY, Mode::empty()).unwrap();
        let null = || open("/dev/null", OFlags::RDWR, Mode::empty()).unwrap();
        let (one, two) = (file(), file());
        let (null_one, null_two) = (null(), null());
        let same = |descriptor: BorrowedFd<'_>| are_one(descriptor, rustix::io::dup(descriptor).unwrap().as_fd());
        assert!(same(pipe.as_fd()));
        assert!(same(socket.as_fd()));
        assert!(same(one.as_fd()));
        assert!(!same(null_one.as_fd()));
        assert!(!are_one(null_one.as_fd(), null_two.as_fd()));
        assert!(!are_one(pipe.as_fd(), other_pipe.as_fd()));
        assert!(!are_one(socket.as_fd(), peer.as_fd()));
        assert!(!are_one(one.as_fd(), two.as_fd()), "two openings have two offsets");
        assert!(!are_one(pipe.as_fd(), one.as_fd()));
    }
}
