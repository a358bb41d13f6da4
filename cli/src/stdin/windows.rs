//! Looks at standard input on Windows.
//!
//! A pipe cannot be shown there without being taken, so that it is handed over unwatched.

use std::fs::File;
use std::io::{self, IsTerminal, Seek, SeekFrom};
use std::os::windows::fs::FileExt;
use std::os::windows::io::{AsHandle, AsRawHandle, RawHandle};

use jobstamps::{Digest, Hasher};

use super::{Facts, Kind, PipeState, Shape};

impl Kind {
    /// Looks at our standard input.
    #[must_use]
    pub fn of_standard_input() -> Self {
        const DISK: u32 = 1;
        const CHARACTER: u32 = 2;
        const PIPE: u32 = 3;

        let stdin = io::stdin();
        // SAFETY: the call only looks at a handle, which may even be invalid.
        let shape = match unsafe { GetFileType(stdin.as_raw_handle()) } {
            DISK => Shape::Regular,
            PIPE => Shape::Pipe,
            CHARACTER if stdin.is_terminal() => Shape::Terminal,
            CHARACTER => Shape::Null,
            _ => return Self::of(Facts::Closed),
        };
        Self::of(Facts::Open { shape, readable: true })
    }
}

impl PipeState {
    /// Nobody can say: the input may bring anything.
    #[must_use]
    pub fn of_standard_input() -> Self {
        Self::Data
    }
}

/// What a regular file on standard input is at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileInput {
    /// The digest of all of its content, whatever the offset.
    pub digest: Digest,
    /// Where reading would go on.
    pub offset: u64,
}

impl FileInput {
    /// Looks at our standard input and leaves its offset alone.
    ///
    /// # Errors
    ///
    /// What the system says about reading it.
    pub fn of_standard_input() -> io::Result<Self> {
        let mut file = standard_input_file()?;
        let offset = file.stream_position()?;
        let mut hasher = Hasher::new();
        let mut buffer = vec![0; 64 * 1024];
        let mut position = 0;
        let read = loop {
            match file.seek_read(&mut buffer, position) {
                Ok(0) => break Ok(()),
                Ok(count) => {
                    hasher.update(&buffer[..count]);
                    position += count as u64;
                }
                Err(error) => break Err(error),
            }
        };
        // Unlike on Unix, reading at a position moves the file's own.
        file.seek(SeekFrom::Start(offset))?;
        read.map(|()| Self {
            digest: hasher.digest(),
            offset,
        })
    }
}

/// Where reading standard input would go on.
pub fn offset() -> io::Result<u64> {
    standard_input_file()?.stream_position()
}

/// Leaves a regular file on standard input where a remembered run left it.
///
/// # Errors
///
/// When it is no regular file.
pub fn set_offset(offset: u64) -> io::Result<()> {
    standard_input_file()?.seek(SeekFrom::Start(offset)).map(drop)
}

/// A second handle to the same open file.
fn standard_input_file() -> io::Result<File> {
    Ok(File::from(io::stdin().as_handle().try_clone_to_owned()?))
}

#[link(name = "kernel32")]
unsafe extern "system" {
    fn GetFileType(file: RawHandle) -> u32;
}
