//! Looks at standard input: the facts that its kind is decided by, and what a pipe holds.

use std::os::fd::{AsFd, BorrowedFd};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, OFlags, fcntl_getfl, fstat, major, minor};
use rustix::io::retry_on_intr;
use rustix::net::{RecvFlags, SocketType, getpeername, recv, sockopt::socket_type};
use rustix::termios::isatty;

use super::{Facts, Kind, PipeState, Shape};

impl Kind {
    /// Looks at our standard input. It is open: one that was closed has become the null device by now.
    #[must_use]
    pub fn of_standard_input() -> Self {
        Self::of(Facts::about(rustix::stdio::stdin()))
    }
}

impl Facts {
    /// Looks at an open descriptor: one system call for the null device, two for a file, a pipe or a terminal.
    #[must_use]
    pub fn about(descriptor: BorrowedFd<'_>) -> Self {
        let Ok(stat) = fstat(descriptor) else {
            return Self::Closed;
        };
        let shape = match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Shape::Regular,
            FileType::Fifo => Shape::Pipe,
            FileType::Socket if is_connected_stream(descriptor) => Shape::StreamSocket,
            FileType::CharacterDevice if is_null(stat.st_rdev) => Shape::Null,
            FileType::CharacterDevice if isatty(descriptor) => Shape::Terminal,
            _ => Shape::Other,
        };
        let readable = match shape {
            Shape::Null | Shape::Terminal => true,
            _ => fcntl_getfl(descriptor).is_ok_and(|flags| !(flags & OFlags::RWMODE).contains(OFlags::WRONLY)),
        };
        Self::Open { shape, readable }
    }
}

impl PipeState {
    /// Looks once at what our standard input holds, without taking or awaiting anything.
    #[must_use]
    pub fn of_standard_input() -> Self {
        Self::of(rustix::stdio::stdin())
    }

    /// Looks once at what a pipe or socket holds, without taking or awaiting anything.
    #[must_use]
    pub fn of(descriptor: BorrowedFd<'_>) -> Self {
        let mut entry = [PollFd::from_borrowed_fd(descriptor, PollFlags::IN)];
        if retry_on_intr(|| poll(&mut entry, Some(&Timespec::default()))).is_err() {
            return Self::Idle;
        }
        let flags = entry[0].revents();
        if flags.contains(PollFlags::IN) {
            // A socket is "readable" at its end too; only a look inside tells the two apart.
            let mut byte = [0_u8; 1];
            return match recv(descriptor.as_fd(), &mut byte[..], RecvFlags::PEEK | RecvFlags::DONTWAIT) {
                Ok((0, _)) => Self::Empty,
                _ => Self::Data,
            };
        }
        if flags.intersects(PollFlags::HUP | PollFlags::ERR) {
            Self::Empty
        } else {
            Self::Idle
        }
    }
}

fn is_null(device: rustix::fs::Dev) -> bool {
    // Linux documents its null device as character device 1:3, macOS has 3:2.
    let number = (major(device), minor(device));
    if cfg!(target_os = "linux") {
        number == (1, 3)
    } else {
        number == (3, 2)
    }
}

fn is_connected_stream(descriptor: BorrowedFd<'_>) -> bool {
    socket_type(descriptor) == Ok(SocketType::STREAM) && getpeername(descriptor).is_ok()
}

/// Returns when nobody holds the other end of a pipe or socket any more: what another test forks holds a copy of it.
#[cfg(test)]
pub fn await_end(reader: BorrowedFd<'_>) {
    let mut entry = [PollFd::from_borrowed_fd(reader, PollFlags::empty())];
    let longest = Timespec { tv_sec: 60, tv_nsec: 0 };
    assert_eq!(poll(&mut entry, Some(&longest)), Ok(1), "the other end stays open");
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use std::io::{PipeWriter, Write};
    use std::os::fd::AsFd;
    use std::os::unix::net::{UnixDatagram, UnixStream};

    use super::*;

    #[test]
    fn open_descriptors_are_recognised() {
        let (reader, writer) = std::io::pipe().unwrap();
        let (stream, _peer) = UnixStream::pair().unwrap();
        let (datagram, _other) = UnixDatagram::pair().unwrap();
        let null = rustix::fs::open("/dev/null", rustix::fs::OFlags::RDWR, rustix::fs::Mode::empty()).unwrap();
        let zero = rustix::fs::open("/dev/zero", rustix::fs::OFlags::RDONLY, rustix::fs::Mode::empty()).unwrap();
        let directory = rustix::fs::open("/", rustix::fs::OFlags::RDONLY, rustix::fs::Mode::empty()).unwrap();
        let program = rustix::fs::open("/bin/sh", rustix::fs::OFlags::RDONLY, rustix::fs::Mode::empty()).unwrap();
        for (descriptor, expected) in [
            (reader.as_fd(), Kind::Pipe),
            (writer.as_fd(), Kind::Other),
            (stream.as_fd(), Kind::Pipe),
            (datagram.as_fd(), Kind::Other),
            (null.as_fd(), Kind::None),
            (zero.as_fd(), Kind::Other),
            (directory.as_fd(), Kind::Other),
            (program.as_fd(), Kind::File),
        ] {
            let facts = Facts::about(descriptor);
            assert_eq!(Kind::of(facts), expected, "{facts:?}");
        }
    }

    #[test]
    fn a_pipe_or_socket_holds_data_or_is_at_its_end_or_is_idle() {
        fn states(reader: impl AsFd, mut writer: impl Write) -> [PipeState; 3] {
            let idle = PipeState::of(reader.as_fd());
            writer.write_all(b"x").unwrap();
            let data = PipeState::of(reader.as_fd());
            drop(writer);
            await_end(reader.as_fd());
            assert_eq!(rustix::io::read(reader.as_fd(), &mut [0_u8; 8]).unwrap(), 1);
            [idle, data, PipeState::of(reader.as_fd())]
        }
        let (reader, writer): (_, PipeWriter) = std::io::pipe().unwrap();
        let (near, far) = UnixStream::pair().unwrap();
        let expected = [PipeState::Idle, PipeState::Data, PipeState::Empty];
        assert_eq!(states(reader, writer), expected);
        assert_eq!(states(near, far), expected);
    }
}
