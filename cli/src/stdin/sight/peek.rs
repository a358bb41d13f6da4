//! Waits for the end of a pipe or socket without reading it, and copies what it holds.

use std::os::fd::{BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use jobstamps::{Digest, Hasher};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, fstat};
use rustix::io::{Errno, ioctl_fionread, read, retry_on_intr};
use rustix::net::{RecvFlags, recv};
use rustix::pipe::{SpliceFlags, fcntl_getpipe_size, fcntl_setpipe_size, tee};

use super::{InSight, Sight};
use crate::execute::plumbing::{Blocking, pipe};
use crate::stdin::Patience;

/// How long nothing has to come before we look whether more could.
///
/// Nobody tells us of new bytes, for then we would be told of the old ones all the time.
const SLICE: Duration = Duration::from_millis(5);

/// How long a socket with bytes in it may pause. Unlike a pipe it does not tell whether it is full, that is whether its
/// writer waits for us.
const SOCKET_PAUSE: Duration = Duration::from_millis(250);

/// More than this is not copied out of a socket.
const MOST: usize = 1 << 24;

impl Sight {
    /// Looks at `source` until it has ended, is full, or nothing comes for too long.
    pub(super) fn of(source: BorrowedFd<'_>, patience: Patience) -> Self {
        look(source, patience).unwrap_or(Self::TooMuch)
    }
}

fn look(source: BorrowedFd<'_>, patience: Patience) -> Result<Sight, Errno> {
    let is_socket = FileType::from_raw_mode(fstat(source)?.st_mode) == FileType::Socket;
    let mut held = ioctl_fionread(source)?;
    let mut since = Instant::now();
    // How much there was when we last found room for more.
    let mut had_room = None;
    while !has_ended(source, SLICE)? {
        let now_held = ioctl_fionread(source)?;
        if now_held != held {
            held = now_held;
            since = Instant::now();
            continue;
        }
        if is_socket {
            if held > 0 && since.elapsed() >= SOCKET_PAUSE {
                return Ok(Sight::TooMuch);
            }
        } else if held > 0 && had_room != Some(held) {
            if Copied::of(source)?.is_full()? {
                return Ok(Sight::TooMuch);
            }
            had_room = Some(held);
        }
        if patience.wait.is_some_and(|wait| since.elapsed() >= wait) {
            return Ok(Sight::Paused);
        }
    }
    let (digest, length) = if is_socket {
        peek(source)?
    } else {
        Copied::of(source)?.into_digest()?
    };
    // Whatever the reason, what we have not seen is not seen.
    if length != ioctl_fionread(source)? {
        return Ok(Sight::TooMuch);
    }
    Ok(Sight::Whole(InSight { digest, length }))
}

/// Waits until nobody can write any more, at most for a while.
fn has_ended(source: BorrowedFd<'_>, wait: Duration) -> Result<bool, Errno> {
    let wait = Timespec::try_from(wait).expect("a few milliseconds fit");
    let mut entry = [PollFd::from_borrowed_fd(source, PollFlags::RDHUP)];
    retry_on_intr(|| poll(&mut entry, Some(&wait)))?;
    let flags = entry[0].revents();
    if flags.intersects(PollFlags::ERR | PollFlags::NVAL) {
        return Err(Errno::IO);
    }
    Ok(flags.intersects(PollFlags::HUP | PollFlags::RDHUP))
}

/// Returns the digest and the length of what a socket holds.
fn peek(socket: BorrowedFd<'_>) -> Result<(Digest, u64), Errno> {
    let held = usize::try_from(ioctl_fionread(socket)?).unwrap_or(usize::MAX);
    if held > MOST {
        return Err(Errno::FBIG);
    }
    let mut bytes = vec![0; held + 1];
    let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
    let (count, _) = retry_on_intr(|| recv(socket, &mut bytes[..], flags))?;
    Ok((Digest::of(&bytes[..count]), count as u64))
}

/// A copy of all that a pipe holds, in another pipe.
struct Copied {
    reader: OwnedFd,
    writer: OwnedFd,
    length: usize,
}

impl Copied {
    /// Copies what `source` holds.
    fn of(source: BorrowedFd<'_>) -> Result<Self, Errno> {
        let (reader, writer) = pipe(Blocking::Never)?;
        let room = fcntl_getpipe_size(source)?;
        // Exactly as many places, so that one is full when the other is.
        if fcntl_setpipe_size(&writer, room)? != room {
            return Err(Errno::PERM);
        }
        let length = match retry_on_intr(|| tee(source, &writer, room, SpliceFlags::NONBLOCK)) {
            Ok(length) => length,
            Err(Errno::AGAIN) => 0,
            Err(error) => return Err(error),
        };
        Ok(Self { reader, writer, length })
    }

    /// Whether there is no room for more. That is not a matter of bytes: what is written in small pieces takes more room.
    fn is_full(&self) -> Result<bool, Errno> {
        let mut entry = [PollFd::new(&self.writer, PollFlags::OUT)];
        retry_on_intr(|| poll(&mut entry, Some(&Timespec::default())))?;
        Ok(!entry[0].revents().contains(PollFlags::OUT))
    }

    fn into_digest(self) -> Result<(Digest, u64), Errno> {
        let mut hasher = Hasher::new();
        let mut buffer = vec![0; 64 * 1024];
        let mut left = self.length;
        while left > 0 {
            let count = retry_on_intr(|| read(&self.reader, &mut buffer[..]))?;
            if count == 0 {
                return Err(Errno::IO);
            }
            hasher.update(&buffer[..count]);
            left = left.saturating_sub(count);
        }
        Ok((hasher.digest(), self.length as u64))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{PipeReader, PipeWriter, Read, Write};
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    use super::*;
    use crate::stdin::look::await_end;

    const AT_ONCE: Patience = Patience {
        wait: Some(Duration::ZERO),
        ..Patience::KNOWN_READER
    };
    const LONG: Patience = Patience {
        wait: Some(Duration::from_secs(60)),
        ..Patience::KNOWN_READER
    };

    fn whole(bytes: &[u8]) -> Sight {
        Sight::Whole(InSight {
            digest: Digest::of(bytes),
            length: bytes.len() as u64,
        })
    }

    /// A pipe into which `bytes` were written in pieces of `piece`.
    fn holding(bytes: &[u8], piece: usize) -> (PipeReader, PipeWriter) {
        let (reader, mut writer) = std::io::pipe().unwrap();
        for piece in bytes.chunks(piece) {
            writer.write_all(piece).unwrap();
        }
        (reader, writer)
    }

    #[track_caller]
    fn still_holds(mut source: impl Read, bytes: &[u8]) {
        let mut left = Vec::new();
        source.read_to_end(&mut left).unwrap();
        assert!(left == bytes, "{} bytes of {} are left", left.len(), bytes.len());
    }

    #[test]
    fn all_of_an_input_is_seen_and_stays() {
        for (length, piece) in [
            (0, 1),
            (1, 1),
            (4097, 4096),
            (48_000, 3000),
            (60_000, 7),
            (65_536, 65_536),
        ] {
            let bytes: Vec<u8> = (0..length).map(|at: u32| (at % 251).to_le_bytes()[0]).collect();
            let (reader, writer) = holding(&bytes, piece);
            drop(writer);
            await_end(reader.as_fd());
            assert_eq!(Sight::of(reader.as_fd(), AT_ONCE), whole(&bytes), "{length}");
            still_holds(reader, &bytes);

            let (ours, mut theirs) = UnixStream::pair().unwrap();
            for piece in bytes.chunks(piece.max(512)) {
                theirs.write_all(piece).unwrap();
            }
            drop(theirs);
            await_end(ours.as_fd());
            assert_eq!(Sight::of(ours.as_fd(), AT_ONCE), whole(&bytes), "{length} in a socket");
            still_holds(ours, &bytes);
        }
    }

    #[test]
    fn an_input_is_seen_whole_if_a_part_was_taken_before() {
        let (mut reader, writer) = holding(b"first\nsecond\n", 100);
        drop(writer);
        await_end(reader.as_fd());
        reader.read_exact(&mut [0; 6]).unwrap();
        assert_eq!(Sight::of(reader.as_fd(), AT_ONCE), whole(b"second\n"));
        still_holds(reader, b"second\n");
    }

    #[test]
    fn an_end_to_come_is_awaited() {
        for _ in 0..20 {
            let (reader, mut writer) = holding(b"some", 4);
            let (ours, mut theirs) = UnixStream::pair().unwrap();
            let writing = std::thread::spawn(move || {
                theirs.write_all(b"thing").unwrap();
                drop(theirs);
                writer.write_all(b"thing").unwrap();
            });
            assert_eq!(Sight::of(ours.as_fd(), LONG), whole(b"thing"));
            assert_eq!(Sight::of(reader.as_fd(), LONG), whole(b"something"));
            writing.join().unwrap();
        }
    }

    #[test]
    fn a_pause_ends_the_wait_and_takes_nothing() {
        for bytes in [&b""[..], b"some"] {
            let (reader, writer) = holding(bytes, 4);
            assert_eq!(Sight::of(reader.as_fd(), AT_ONCE), Sight::Paused);
            drop(writer);
            still_holds(reader, bytes);
        }
    }

    #[test]
    fn a_full_pipe_does_not_try_anybodys_patience() {
        // A page takes one piece of 3000 bytes.
        for (length, piece) in [(65_536, 65_536), (48_000, 3000), (16 * 4000, 100)] {
            let bytes = vec![7; length];
            let (reader, writer) = holding(&bytes, piece);
            let begun = Instant::now();
            assert_eq!(Sight::of(reader.as_fd(), LONG), Sight::TooMuch, "{piece}");
            assert!(begun.elapsed() < Duration::from_secs(60));
            drop(writer);
            still_holds(reader, &bytes);
        }
    }

    #[test]
    fn a_small_pipe_that_is_full_and_a_socket_that_may_be_are_not_awaited_either() {
        let (reader, mut writer) = std::io::pipe().unwrap();
        fcntl_setpipe_size(&writer, 4096).unwrap();
        writer.write_all(&[7; 4096]).unwrap();
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        theirs.write_all(b"some").unwrap();
        let begun = Instant::now();
        assert_eq!(Sight::of(reader.as_fd(), LONG), Sight::TooMuch);
        assert_eq!(Sight::of(ours.as_fd(), LONG), Sight::TooMuch);
        assert!(begun.elapsed() < Duration::from_secs(60));
        drop((writer, theirs));
        still_holds(reader, &[7; 4096]);
        still_holds(ours, b"some");
    }

    #[test]
    fn pipes_of_other_sizes_are_seen_whole_too() {
        for size in [4096, 8192, 1 << 20] {
            let (reader, mut writer) = std::io::pipe().unwrap();
            let Ok(size) = fcntl_setpipe_size(&writer, size) else {
                eprintln!("SKIPPED: a pipe of {size} bytes is not to be had");
                continue;
            };
            let bytes = vec![9; size];
            writer.write_all(&bytes).unwrap();
            drop(writer);
            await_end(reader.as_fd());
            assert_eq!(Sight::of(reader.as_fd(), AT_ONCE), whole(&bytes), "{size}");
            still_holds(reader, &bytes);
        }
    }
}
