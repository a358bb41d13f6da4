//! What a job is: which command, or which call.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::digest::Digest;
use crate::encoding::{Decoder, Encoder};

/// What a job is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invocation {
    /// A program with its arguments.
    Command(Command),
    /// A function with its arguments.
    Call(Call),
}

/// A program with its arguments, and all of its surroundings that count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The arguments, the name it is called by first.
    pub arguments: Vec<OsString>,
    /// Where the program was found.
    pub program: PathBuf,
    /// The working directory, unless it does not matter.
    pub directory: Option<PathBuf>,
    /// Variables that count: the digest of the value, or `None` where unset. Values themselves are never kept.
    pub variables: Vec<(OsString, Option<Digest>)>,
    /// What standard input is.
    pub input: Input,
    /// Whether standard output and error are one stream, whose order is exact.
    pub joined: bool,
}

impl Command {
    /// Makes the command of `program`, called by its own name, with `arguments`. Neither directory nor variables count, and
    /// its input is nothing.
    #[must_use]
    pub fn new(program: impl Into<PathBuf>, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        let program = program.into();
        let name = program.file_name().unwrap_or(program.as_os_str()).to_os_string();
        Self {
            arguments: std::iter::once(name)
                .chain(arguments.into_iter().map(Into::into))
                .collect(),
            program,
            directory: None,
            variables: Vec::new(),
            input: Input::Nothing,
            joined: false,
        }
    }
}

/// What the standard input of a command is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// Closed: reading it is an error, which the command may tell.
    Closed,
    /// `/dev/null`.
    Nothing,
    /// A terminal.
    Terminal,
    /// A regular file, read from `offset` on.
    File {
        /// The digest of the whole content.
        digest: Digest,
        /// Where reading starts, in bytes.
        offset: u64,
    },
    /// A pipe or socket, of which it is not known whether the command reads it.
    Pipe(PipeState),
    /// All bytes up to the end of the input, which the command is known to read.
    Bytes(Digest),
    /// All bytes up to the end of the input, whether or not the command reads them: a caller said so.
    Whole(Digest),
}

impl Input {
    /// Writes it as keys and stories have it: what stands in a pipe is not told.
    pub(crate) fn encode(self, encoder: &mut Encoder) {
        match self {
            Self::Closed => encoder.tag(b'x'),
            Self::Nothing => encoder.tag(b'n'),
            Self::Terminal => encoder.tag(b't'),
            Self::File { digest, offset } => encoder.tag(b'r').bytes(&digest.0).count(offset),
            Self::Pipe(_) => encoder.tag(b'p'),
            Self::Bytes(digest) => encoder.tag(b'b').bytes(&digest.0),
            Self::Whole(digest) => encoder.tag(b'w').bytes(&digest.0),
        };
    }

    /// Reads it back; of a pipe, as if data stood in it.
    pub(crate) fn decode(decoder: &mut Decoder) -> Option<Self> {
        let tag = decoder.tag()?;
        let mut digest = || decoder.bytes()?.try_into().ok().map(Digest);
        Some(match tag {
            b'x' => Self::Closed,
            b'n' => Self::Nothing,
            b't' => Self::Terminal,
            b'r' => Self::File {
                digest: digest()?,
                offset: decoder.count()?,
            },
            b'p' => Self::Pipe(PipeState::Data),
            b'b' => Self::Bytes(digest()?),
            b'w' => Self::Whole(digest()?),
            _ => return None,
        })
    }
}

/// What stands in a pipe at the moment of look-up. It is no part of the key: it chooses among a job's stamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PipeState {
    /// At least one byte.
    Data,
    /// No byte, and its writers are gone.
    Empty,
    /// No byte yet.
    Idle,
}

/// A function with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The function's full name: what tells it from every other, and what people know it by.
    pub function: String,
    /// Bytes that tell these arguments from all others.
    pub arguments: Vec<u8>,
}

/// One parameter of a call, as people are told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name; for one of several without names, also which.
    pub name: String,
    /// Tells its argument from all others.
    pub digest: Digest,
    /// A short text of the argument, if it may be written down.
    pub text: Option<String>,
}
