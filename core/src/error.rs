//! Everything that can go wrong, with the path and the intent.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// What core could not do. A job's own failure is never one: it is an outcome.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system refused something.
    #[error("cannot {intent} `{}`", Shown::path(path))]
    Io {
        /// The verb, as in "cannot `read` ...".
        intent: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Something that is not a directory stands where the store should be made.
    #[error("{} exists and is not a directory.", Shown::path(.0))]
    NotADirectory(PathBuf),
    /// Another user could have written what we would read.
    #[error("store `{}` is {why}", Shown::path(path))]
    Untrusted {
        /// The directory that is not used.
        path: PathBuf,
        /// Who else has a hand in it, as in "owned by uid 1002".
        why: String,
    },
    /// The process runs with somebody else's rights, so neither user's store may be used.
    #[error("the real and the effective user differ")]
    BorrowedRights,
    /// A file that is neither a regular file nor a directory: reading it could block or never end.
    #[error("`{}` is {what}", Shown::path(path))]
    Special {
        /// The file.
        path: PathBuf,
        /// Its kind, as in "a fifo".
        what: &'static str,
    },
    /// A script whose first line starts a program that cannot be told.
    #[error("cannot tell which program the first line of `{}` starts", Shown::path(.0))]
    Opaque(PathBuf),
    /// A file kept changing while it was read.
    #[error("`{}` changed while it was read", Shown::path(.0))]
    Unsteady(PathBuf),
    /// A job grew past the limit its caller set for what is kept.
    #[error("the output is larger than {0} bytes")]
    TooLarge(u64),
}

impl Error {
    /// Returns what the system said, where it said anything.
    #[must_use]
    pub fn io(&self) -> Option<&io::Error> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }

    /// Returns the whole story in one line: the message and its cause.
    #[must_use]
    pub fn line(&self) -> String {
        match self.io() {
            Some(cause) => format!("{self}: {cause}"),
            None => self.to_string(),
        }
    }
}

/// Gives an [`io::Error`] its path and intent, so that it never travels naked.
pub(crate) trait Context<T> {
    /// Names what was being done to `path`.
    fn context(self, intent: &'static str, path: impl AsRef<Path>) -> Result<T, Error>;
}

impl<T> Context<T> for io::Result<T> {
    fn context(self, intent: &'static str, path: impl AsRef<Path>) -> Result<T, Error> {
        self.map_err(|source| Error::Io {
            intent,
            path: path.as_ref().to_path_buf(),
            source,
        })
    }
}

/// Returns whether `character` ends a line or turns the direction of writing, though it is no control character.
#[must_use]
pub fn misleads(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Bytes as they may appear in a message: one line, without control characters and those that turn the direction of writing,
/// so that a file name can neither steer a terminal nor look like another.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a>(&'a [u8]);

impl<'a> Shown<'a> {
    /// Shows a path.
    #[must_use]
    pub fn path(path: &'a Path) -> Self {
        Self(path.as_os_str().as_encoded_bytes())
    }

    /// Shows any bytes.
    #[must_use]
    pub fn bytes(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        for chunk in self.0.utf8_chunks() {
            for character in chunk.valid().chars() {
                match character {
                    '\n' => formatter.write_str("\\n")?,
                    '\r' => formatter.write_str("\\r")?,
                    '\t' => formatter.write_str("\\t")?,
                    '\x1b' => formatter.write_str("\\e")?,
                    control if control.is_control() => write!(formatter, "\\x{:02x}", u32::from(control))?,
                    misleading if misleads(misleading) => write!(formatter, "\\u{{{:x}}}", u32::from(misleading))?,
                    plain => formatter.write_char(plain)?,
                }
            }
            for byte in chunk.invalid() {
                write!(formatter, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_we_show_is_one_line_without_control_characters() {
        for (bytes, shown) in [
            (&b"plain/caf\xc3\xa9"[..], "plain/caf\u{e9}"),
            (b"a\nb\tc\rd", "a\\nb\\tc\\rd"),
            (b"\x1b[31m\x07", "\\e[31m\\x07"),
            (b"\xff\xfe", "\\xff\\xfe"),
            (b"\xc2\x9b31m", "\\x9b31m"),
            (
                "a\u{2028}b\u{202e}gpj.exe\u{2069}".as_bytes(),
                "a\\u{2028}b\\u{202e}gpj.exe\\u{2069}",
            ),
        ] {
            assert_eq!(Shown::bytes(bytes).to_string(), shown);
        }
    }

    #[test]
    fn a_line_names_the_intent_the_path_and_the_cause() {
        let error = io::Result::<()>::Err(io::Error::from_raw_os_error(2))
            .context("read stamp", "/x\n")
            .unwrap_err();
        assert_eq!(
            error.line(),
            "cannot read stamp `/x\\n`: No such file or directory (os error 2)"
        );
    }
}
