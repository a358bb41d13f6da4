//! Reads standard input ahead, for a job that is known to read it: the input chooses among the job's stamps.

use std::fs::File;
use std::io;
use std::time::Duration;

use jobstamps::{Digest, Hasher};

use crate::surroundings::hastened;

/// How much is kept in memory before a file is asked for.
const IN_MEMORY: usize = 64 * 1024;

/// How much is read ahead at most for a job that was only seen to read its input.
const MOST: u64 = 1 << 30;

/// How long such a job waits for the next byte before it is started with what there is.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// When to stop reading ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How long to wait for the next byte; None: as long as it takes.
    pub wait: Option<Duration>,
    /// How many bytes to read at most.
    pub most: u64,
}

impl Patience {
    /// For a job that was seen to read its input.
    pub const KNOWN_READER: Self = Self {
        wait: Some(LONGEST_WAIT),
        most: MOST,
    };

    /// The same for tests in haste.
    #[must_use]
    pub fn hastened(self) -> Self {
        Self {
            wait: self.wait.map(hastened),
            ..self
        }
    }

    /// For a caller who says that the input belongs to the job.
    pub const KEY: Self = Self {
        wait: None,
        most: u64::MAX,
    };
}

/// Input that was read ahead, and how far it has been handed on.
pub struct Spooled {
    /// The first bytes.
    memory: Vec<u8>,
    /// What follows, if that was much.
    file: Option<File>,
    in_file: u64,
    /// What was read and could not be put into the file any more.
    rest: Vec<u8>,
    hasher: Box<Hasher>,
    whole: bool,
    position: u64,
}

impl Spooled {
    /// Starts with no bytes.
    fn new() -> Self {
        Self {
            memory: Vec::new(),
            file: None,
            in_file: 0,
            rest: Vec::new(),
            hasher: Box::new(Hasher::new()),
            whole: false,
            position: 0,
        }
    }

    /// Whether the end of the input was reached.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// The digest of the input, if all of it was read.
    #[must_use]
    pub fn digest(&self) -> Option<Digest> {
        self.whole.then(|| self.hasher.digest())
    }

    /// How many bytes were read.
    #[must_use]
    pub fn length(&self) -> u64 {
        (self.memory.len() + self.rest.len()) as u64 + self.in_file
    }

    /// A hasher that has seen what was read, to go on with what follows.
    #[must_use]
    pub fn hasher(&self) -> Box<Hasher> {
        self.hasher.clone()
    }

    /// Whether something has not been handed on yet.
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.position < self.length()
    }

    /// Copies what comes next into `buffer`, and returns how much that was: 0 only when nothing is left.
    ///
    /// # Errors
    ///
    /// When the file cannot be read back.
    pub fn peek(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let after_memory = self.memory.len() as u64;
        let after_file = after_memory + self.in_file;
        match (&self.file, self.position) {
            (_, position) if position < after_memory => Ok(copy(&self.memory, position, buffer)),
            (Some(file), position) if position < after_file => {
                let most = usize::try_from(after_file - position)
                    .unwrap_or(usize::MAX)
                    .min(buffer.len());
                match read_at(file, &mut buffer[..most], position - after_memory)? {
                    0 => Err(io::ErrorKind::UnexpectedEof.into()),
                    count => Ok(count),
                }
            }
            (_, position) => Ok(copy(&self.rest, position - after_file, buffer)),
        }
    }

    /// Takes note that `count` bytes were handed on.
    pub fn advance(&mut self, count: usize) {
        self.position += count as u64;
    }

    /// Keeps some bytes. Returns an error when the next ones could not be kept; these are kept all the same.
    fn keep(&mut self, bytes: &[u8], make_file: &mut dyn FnMut() -> io::Result<File>) -> io::Result<()> {
        self.hasher.update(bytes);
        if self.file.is_none() && self.memory.len() + bytes.len() <= IN_MEMORY {
            self.memory.extend_from_slice(bytes);
            return Ok(());
        }
        let mut kept = 0;
        let written = (|| {
            if self.file.is_none() {
                self.file = Some(make_file()?);
            }
            let file = self.file.as_mut().expect("made above");
            while kept < bytes.len() {
                match io::Write::write(file, &bytes[kept..]) {
                    Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                    Ok(count) => kept += count,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        })();
        self.in_file += kept as u64;
        self.rest.extend_from_slice(&bytes[kept..]);
        written
    }
}

/// Reads our standard input up to its end, or until patience or the means to keep it end.
///
/// `make_file` is asked for an empty file of its own once the input is more than a little. What was read is never lost:
/// whatever happens, the result goes to the command as [`Input::Ahead`](crate::execute::Input::Ahead).
#[cold]
pub fn read_ahead(patience: Patience, make_file: &mut dyn FnMut() -> io::Result<File>) -> Spooled {
    let mut spooled = Spooled::new();
    let mut buffer = vec![0; IN_MEMORY];
    while spooled.length() < patience.most {
        let room = usize::try_from(patience.most - spooled.length()).unwrap_or(usize::MAX);
        let room = room.min(buffer.len());
        match read_standard_input(&mut buffer[..room], patience.wait) {
            Ok(Some(0)) => {
                spooled.whole = true;
                break;
            }
            Ok(Some(count)) => {
                if spooled.keep(&buffer[..count], make_file).is_err() {
                    break;
                }
            }
            // Nothing came, or nothing can come: the command gets what there is and meets the rest itself.
            Ok(None) | Err(_) => break,
        }
    }
    spooled
}

/// Reads once; None if nothing came in time.
#[cfg(unix)]
fn read_standard_input(buffer: &mut [u8], wait: Option<Duration>) -> io::Result<Option<usize>> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::{Errno, read, retry_on_intr};

    let stdin = rustix::stdio::stdin();
    loop {
        let timeout = wait.map(|wait| Timespec::try_from(wait).expect("a few seconds fit"));
        let mut entry = [PollFd::from_borrowed_fd(stdin, PollFlags::IN)];
        if retry_on_intr(|| poll(&mut entry, timeout.as_ref()))? == 0 {
            return Ok(None);
        }
        match read(stdin, &mut *buffer) {
            Ok(count) => return Ok(Some(count)),
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Reads once. There is no way to give up waiting.
#[cfg(not(unix))]
fn read_standard_input(buffer: &mut [u8], _wait: Option<Duration>) -> io::Result<Option<usize>> {
    io::Read::read(&mut io::stdin().lock(), buffer).map(Some)
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    Ok(rustix::io::retry_on_intr(|| {
        rustix::io::pread(file, &mut *buffer, offset)
    })?)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

fn copy(from: &[u8], position: u64, buffer: &mut [u8]) -> usize {
    let rest = usize::try_from(position)
        .ok()
        .and_then(|start| from.get(start..))
        .unwrap_or_default();
    let count = rest.len().min(buffer.len());
    buffer[..count].copy_from_slice(&rest[..count]);
    count
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::fs::{MemfdFlags, memfd_create};

    use super::*;

    /// Keeps `pieces` with a file that takes no more than `room` bytes, and returns all that comes back.
    fn kept(pieces: &[Vec<u8>], make_file: &mut dyn FnMut() -> io::Result<File>) -> (Spooled, Vec<u8>, bool) {
        let mut spooled = Spooled::new();
        let failed = pieces.iter().any(|piece| spooled.keep(piece, make_file).is_err());
        let mut all = Vec::new();
        let mut buffer = [0; 1000];
        while spooled.has_more() {
            let count = spooled.peek(&mut buffer).unwrap();
            assert!(count > 0);
            all.extend_from_slice(&buffer[..count]);
            spooled.advance(count);
        }
        (spooled, all, failed)
    }

    #[test]
    fn what_was_kept_comes_back_from_memory_and_file() {
        let mut make = || Ok(File::from(memfd_create("spool", MemfdFlags::CLOEXEC)?));
        for count in [0, 1, 6, 7, 8, 30] {
            let pieces: Vec<Vec<u8>> = (0..count).map(|n| vec![n; 10_000]).collect();
            let (spooled, all, failed) = kept(&pieces, &mut make);
            assert!(!failed);
            assert_eq!(all, pieces.concat());
            assert_eq!(spooled.hasher().digest(), Digest::of(&all));
        }
    }

    #[test]
    fn nothing_is_lost_when_there_is_no_file_to_be_had() {
        let pieces = vec![vec![1; 60_000], vec![2; 60_000]];
        let (spooled, all, failed) = kept(&pieces, &mut || Err(io::ErrorKind::StorageFull.into()));
        assert!(failed);
        assert_eq!(all, pieces.concat());
        assert_eq!(spooled.length(), 120_000);
    }

    #[test]
    fn nothing_is_lost_when_the_file_can_grow_no_more() {
        use rustix::fs::{SealFlags, fcntl_add_seals, ftruncate};
        let mut make = || {
            let file = memfd_create("spool", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
            ftruncate(&file, 70_000)?;
            fcntl_add_seals(&file, SealFlags::GROW)?;
            Ok(File::from(file))
        };
        let pieces = vec![vec![1; 60_000], vec![2; 60_000], vec![3; 60_000]];
        let (_, all, failed) = kept(&pieces, &mut make);
        assert!(failed);
        assert_eq!(all, pieces.concat());
    }
}
