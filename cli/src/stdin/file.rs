//! A regular file as standard input: its whole content and the offset belong to the job.

use std::io;
use std::os::fd::BorrowedFd;
use std::path::Path;

use jobstamps::progress::Hashing;
use jobstamps::{Digest, Hasher};
use rustix::fs::{SeekFrom, fstat, seek, tell};
use rustix::io::{pread, retry_on_intr};

/// What a regular file on standard input is at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileInput {
    /// The digest of all of its content, whatever the offset.
    pub digest: Digest,
    /// Where reading would go on.
    pub offset: u64,
}

impl FileInput {
    /// Looks at our standard input.
    ///
    /// # Errors
    ///
    /// What the system says about reading it.
    pub fn of_standard_input() -> io::Result<Self> {
        Self::of(rustix::stdio::stdin())
    }

    /// Looks at an open file and leaves its offset alone. The file may be of any size: it is read in pieces.
    ///
    /// # Errors
    ///
    /// What the system says about reading it.
    fn of(file: BorrowedFd<'_>) -> io::Result<Self> {
        let size = u64::try_from(fstat(file)?.st_size).unwrap_or(0);
        let progress = Hashing::begin(Path::new("standard input"), size);
        let mut hasher = Hasher::new();
        let mut buffer = vec![0; 64 * 1024];
        let mut position = 0;
        loop {
            let count = retry_on_intr(|| pread(file, &mut buffer[..], position))?;
            if count == 0 {
                return Ok(Self {
                    digest: hasher.digest(),
                    offset: tell(file)?,
                });
            }
            hasher.update(&buffer[..count]);
            position += count as u64;
            progress.add(count as u64);
        }
    }
}

/// Where reading standard input would go on.
pub fn offset() -> io::Result<u64> {
    Ok(tell(rustix::stdio::stdin())?)
}

/// Leaves a regular file on standard input where a remembered run left it.
///
/// # Errors
///
/// When it is no regular file.
pub fn set_offset(offset: u64) -> io::Result<()> {
    seek(rustix::stdio::stdin(), SeekFrom::Start(offset))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, Write};
    use std::os::fd::AsFd;

    use super::*;

    #[test]
    fn all_content_counts_and_the_offset_stays() {
        let mut file = std::fs::File::from(rustix::fs::memfd_create("x", rustix::fs::MemfdFlags::CLOEXEC).unwrap());
        let content = vec![7_u8; 150_000];
        file.write_all(&content).unwrap();
        file.seek(io::SeekFrom::Start(9)).unwrap();
        let expected = FileInput {
            digest: Digest::of(&content),
            offset: 9,
        };
        assert_eq!(FileInput::of(file.as_fd()).unwrap(), expected);
        assert_eq!(file.stream_position().unwrap(), 9);
    }
}
