//! Writes a replay to one of our streams: nothing else happens meanwhile, so it may wait for the reader.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::fd::{AsFd, BorrowedFd};

use jobstamps::Stream;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::{Errno, retry_on_intr};

use super::Unreadable;

/// Writes all of `bytes` to one of our streams, however slowly they are read and whatever others did to the shared descriptor.
///
/// # Errors
///
/// What the system says, above all [`io::ErrorKind::BrokenPipe`] when nobody reads any more.
pub fn write_all(stream: Stream, bytes: &[u8]) -> io::Result<()> {
    write_to(descriptor(stream), bytes)
}

/// Writes `length` bytes of `file` from `offset` on to one of our streams. The file's own offset stays where it is.
///
/// # Errors
///
/// As [`write_all`]; [`Unreadable`] within the error when it is the file that fails.
pub fn copy_file(file: &File, offset: u64, length: u64, stream: Stream) -> io::Result<()> {
    copy_to(descriptor(stream), file.as_fd(), offset, length)
}

fn write_to(target: BorrowedFd<'_>, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(target, bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => bytes = &bytes[count..],
            Err(error) => recover(target, error)?,
        }
    }
    Ok(())
}

fn copy_to(target: BorrowedFd<'_>, file: BorrowedFd<'_>, offset: u64, length: u64) -> io::Result<()> {
    let copied = without_buffer(file, offset, length, target)?;
    with_buffer(file, offset..offset + length, copied, target)
}

/// Lets the kernel copy, and returns how much it did before it would no longer, which is not an error.
#[cfg(target_os = "linux")]
fn without_buffer(file: BorrowedFd<'_>, mut offset: u64, length: u64, target: BorrowedFd<'_>) -> io::Result<u64> {
    /// What one call may ask for at most.
    const MOST: u64 = 0x4000_0000;
    let end = offset + length;
    let start = offset;
    while offset < end {
        let count = usize::try_from((end - offset).min(MOST)).expect("a gigabyte fits");
        match rustix::fs::sendfile(target, file, Some(&mut offset), count) {
            // Its end, too early: it will be met again.
            Ok(0) => break,
            Ok(_) => {}
            Err(error @ (Errno::INTR | Errno::AGAIN | Errno::PIPE)) => recover(target, error)?,
            // Not for this kind of descriptor, or one that appends, or the call is forbidden; if the reader or the file is
            // what fails, it will fail again.
            Err(_) => break,
        }
    }
    Ok(offset - start)
}

#[cfg(not(target_os = "linux"))]
fn without_buffer(_file: BorrowedFd<'_>, _offset: u64, _length: u64, _target: BorrowedFd<'_>) -> io::Result<u64> {
    Ok(0)
}

fn with_buffer(file: BorrowedFd<'_>, range: Range<u64>, mut done: u64, target: BorrowedFd<'_>) -> io::Result<()> {
    const CHUNK: u64 = 64 * 1024;
    let unreadable = |error: io::Error, delivered| io::Error::new(error.kind(), Unreadable { delivered, error });
    let mut buffer = Vec::new();
    while done < range.end - range.start {
        let from = range.start + done;
        let wanted = usize::try_from((range.end - from).min(CHUNK)).expect("64 KiB fit");
        buffer.resize(wanted, 0);
        let count = retry_on_intr(|| rustix::io::pread(file, &mut buffer[..], from))
            .map_err(|error| unreadable(error.into(), done))?;
        if count == 0 {
            return Err(unreadable(io::ErrorKind::UnexpectedEof.into(), done));
        }
        write_to(target, &buffer[..count])?;
        done += count as u64;
    }
    Ok(())
}

fn descriptor(stream: Stream) -> BorrowedFd<'static> {
    match stream {
        Stream::Out => rustix::stdio::stdout(),
        Stream::Err => rustix::stdio::stderr(),
    }
}

/// Waits until a write may go on, if the error says no more than that.
fn recover(target: BorrowedFd<'_>, error: Errno) -> io::Result<()> {
    match error {
        Errno::INTR => Ok(()),
        Errno::AGAIN => {
            let mut entry = [PollFd::from_borrowed_fd(target, PollFlags::OUT)];
            retry_on_intr(|| poll(&mut entry, None))?;
            Ok(())
        }
        other => Err(other.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write, pipe};
    use std::thread;

    use rustix::fs::{MemfdFlags, OFlags, fcntl_getfl, fcntl_setfl, memfd_create};

    use super::*;

    fn bytes(length: u32) -> Vec<u8> {
        (0..length).map(|number| (number % 251) as u8).collect()
    }

    fn received(deliver: impl FnOnce(BorrowedFd<'_>) -> io::Result<()>) -> Vec<u8> {
        let (mut reader, writer) = pipe().unwrap();
        // As a shell's other job may leave it (C28).
        fcntl_setfl(&writer, fcntl_getfl(&writer).unwrap() | OFlags::NONBLOCK).unwrap();
        let reading = thread::spawn(move || {
            let mut all = Vec::new();
            reader.read_to_end(&mut all).unwrap();
            all
        });
        deliver(writer.as_fd()).unwrap();
        drop(writer);
        reading.join().unwrap()
    }

    #[test]
    fn everything_arrives_in_a_pipe_that_does_not_wait() {
        let expected = bytes(1_000_000);
        assert_eq!(received(|target| write_to(target, &expected)), expected);
    }

    #[test]
    fn a_part_of_a_file_is_copied_and_its_offset_left_alone() {
        let content = bytes(300_000);
        let mut file = std::fs::File::from(memfd_create("content", MemfdFlags::CLOEXEC).unwrap());
        file.write_all(&content).unwrap();
        assert_eq!(
            received(|target| copy_to(target, file.as_fd(), 100, 250_000)),
            content[100..250_100]
        );
        assert_eq!(rustix::fs::tell(&file).unwrap(), 300_000);
    }

    #[test]
    fn a_file_that_appends_is_a_target_like_any_other() {
        let source = std::fs::File::from(memfd_create("source", MemfdFlags::CLOEXEC).unwrap());
        rustix::io::pwrite(&source, b"some words", 0).unwrap();
        let target = memfd_create("target", MemfdFlags::CLOEXEC).unwrap();
        fcntl_setfl(&target, OFlags::APPEND).unwrap();
        copy_to(target.as_fd(), source.as_fd(), 5, 5).unwrap();
        let mut written = [0; 16];
        let count = rustix::io::pread(&target, &mut written, 0).unwrap();
        assert_eq!(&written[..count], b"words");
    }

    #[test]
    fn a_file_that_is_too_short_and_a_pipe_without_a_reader_are_errors() {
        let file = memfd_create("short", MemfdFlags::CLOEXEC).unwrap();
        rustix::io::pwrite(&file, b"x", 0).unwrap();
        let (reader, writer) = pipe().unwrap();
        assert_eq!(
            copy_to(writer.as_fd(), file.as_fd(), 0, 2).unwrap_err().kind(),
            io::ErrorKind::UnexpectedEof
        );
        drop(reader);
        assert_eq!(
            write_to(writer.as_fd(), b"x").unwrap_err().kind(),
            io::ErrorKind::BrokenPipe
        );
    }
}
