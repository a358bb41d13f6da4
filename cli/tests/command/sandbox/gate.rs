//! A rendezvous between a test and a job, so that nobody has to sleep: a fifo.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::FOREVER;

/// A fifo that a job writes lines to or reads lines from.
pub struct Gate {
    path: PathBuf,
    file: File,
}

impl Gate {
    pub(super) fn new(path: PathBuf) -> Self {
        mknodat(CWD, &path, FileType::Fifo, Mode::from_raw_mode(0o666), 0).unwrap();
        // For both, so that neither opening nor a job's death can leave us waiting.
        let file = OpenOptions::new().read(true).write(true).open(&path).unwrap();
        Self { path, file }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Waits until a job has written a line, and returns it.
    #[track_caller]
    pub fn line(&self) -> String {
        let mut line = Vec::new();
        while line.last() != Some(&b'\n') {
            line.extend(self.bytes(1));
        }
        line.pop();
        String::from_utf8(line).unwrap()
    }

    /// Waits until a job has written so many bytes, and returns them.
    #[track_caller]
    pub fn bytes(&self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        let mut got = 0;
        while got < count {
            let timeout = Timespec::try_from(FOREVER).unwrap();
            let mut entry = [PollFd::new(&self.file, PollFlags::IN)];
            let ready = poll(&mut entry, Some(&timeout)).unwrap();
            assert!(ready > 0, "nobody came to {}", self.path.display());
            got += (&self.file).read(&mut bytes[got..]).unwrap();
        }
        bytes
    }

    /// Lets a job go on that reads a line.
    pub fn open(&self) {
        self.say("");
    }

    /// Lets a job go on that reads a line: this one.
    pub fn say(&self, line: &str) {
        writeln!(&self.file, "{line}").unwrap();
    }
}
