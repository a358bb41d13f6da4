//! Makes a remembered run happen again: its streams in their order, or its value.
//!
//! All side files are opened and checked before anything is handed out: one that is missing or wrong makes the stamp a
//! miss, never half a replay.

mod compare;

pub use compare::{Comparison, Difference, Excerpt};

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use crate::disk::{self, Look, Wait};
use crate::stamp::{Blob, Condition, Outcome, Piece, Runs, Stream, Tape};
use crate::store::Sides;

/// Bytes read from a side file at a time.
const PIECE: usize = 64 * 1024;

/// A remembered run, ready to happen again.
#[derive(Debug)]
pub struct Replay {
    outcome: Ready,
    offset: Option<u64>,
}

#[derive(Debug)]
enum Ready {
    Exit { code: u8, bytes: Part, runs: Part },
    Value(Vec<Part>),
}

/// Bytes of an outcome, checked.
#[derive(Debug)]
pub enum Part {
    /// In memory.
    Bytes(Vec<u8>),
    /// From the start of an open side file.
    File {
        /// The file.
        file: File,
        /// How many bytes.
        length: u64,
    },
}

/// A span of what is replayed.
#[derive(Clone, Copy, Debug)]
pub enum Span<'a> {
    /// In memory.
    Bytes(&'a [u8]),
    /// In a file.
    File {
        /// The file.
        file: &'a File,
        /// Where the span begins.
        offset: u64,
        /// How many bytes.
        length: u64,
    },
}

impl Replay {
    /// Opens all that `outcome` needs, which was recorded under `condition`. `paranoid` reads every side file through first, whatever the system tells of it.
    ///
    /// Returns `None` where there is no outcome to replay.
    ///
    /// # Errors
    /// A side file is gone, damaged, or not ours; or it would have to be waited for.
    pub(crate) fn open(
        outcome: Outcome,
        condition: Condition,
        sides: Sides,
        paranoid: bool,
    ) -> io::Result<Option<Self>> {
        let part = |piece| open_part(piece, sides, paranoid);
        let offset = match condition {
            Condition::Offset(offset) => Some(offset),
            _ => None,
        };
        let outcome = match outcome {
            Outcome::ReadsInput => return Ok(None),
            Outcome::Value { pieces, .. } => Ready::Value(pieces.into_iter().map(part).collect::<io::Result<_>>()?),
            Outcome::Exit {
                code,
                tape: Tape { bytes, runs },
            } => Ready::Exit {
                code,
                bytes: part(bytes)?,
                runs: part(runs)?,
            },
        };
        Ok(Some(Self { outcome, offset }))
    }

    /// Returns whether a command did it, and no call.
    #[must_use]
    pub fn is_of_command(&self) -> bool {
        matches!(self.outcome, Ready::Exit { .. })
    }

    /// Returns the exit code of a command; 0 for a value.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self.outcome {
            Ready::Exit { code, .. } => code,
            Ready::Value(_) => 0,
        }
    }

    /// Returns where the command left the offset of the file that is its standard input.
    #[must_use]
    pub fn offset(&self) -> Option<u64> {
        self.offset
    }

    /// Writes what the command said, each stream to its own writer, in the recorded order.
    ///
    /// # Errors
    /// What the writers return, or a failing disk.
    pub fn to(&self, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<()> {
        self.each(&mut |stream, span| {
            let writer: &mut dyn Write = match stream {
                Stream::Out => &mut *out,
                Stream::Err => &mut *err,
            };
            span.write_to(writer)
        })
    }

    /// Hands out what the command said, run by run.
    ///
    /// # Errors
    /// What `say` returns, or a failing disk.
    pub fn each(&self, say: &mut dyn FnMut(Stream, Span) -> io::Result<()>) -> io::Result<()> {
        let Ready::Exit { bytes, runs, .. } = &self.outcome else {
            return Ok(());
        };
        let mut reader = Runs::default();
        let mut offset = 0;
        runs.pieces(&mut |piece| {
            for byte in piece {
                let run = reader
                    .byte(*byte)
                    .map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
                if let Some((stream, length)) = run {
                    say(stream, bytes.span(offset, length)?)?;
                    offset += length;
                }
            }
            Ok(())
        })
    }

    /// Takes the value of a function, in the pieces its caller made; a second time there are none.
    #[must_use]
    pub fn take_value(&mut self) -> Vec<Part> {
        match &mut self.outcome {
            Ready::Value(parts) => std::mem::take(parts),
            Ready::Exit { .. } => Vec::new(),
        }
    }

    /// Reads the value of a function as a whole.
    ///
    /// # Errors
    /// A failing disk, or not enough memory.
    pub fn read_value(&mut self) -> io::Result<Vec<u8>> {
        let parts = self.take_value().into_iter().map(Part::into_bytes);
        Ok(parts.collect::<io::Result<Vec<_>>>()?.concat())
    }
}

impl Part {
    fn span(&self, offset: u64, length: u64) -> io::Result<Span<'_>> {
        match self {
            Self::Bytes(bytes) => {
                let from = usize::try_from(offset).map_err(io::Error::other)?;
                let length = usize::try_from(length).map_err(io::Error::other)?;
                let span = from.checked_add(length).and_then(|to| bytes.get(from..to));
                span.map(Span::Bytes).ok_or_else(|| io::ErrorKind::InvalidData.into())
            }
            Self::File { file, .. } => Ok(Span::File { file, offset, length }),
        }
    }

    fn pieces(&self, take: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        match self {
            Self::Bytes(bytes) => take(bytes),
            Self::File { file, length } => pieces_of(file, 0, *length, take),
        }
    }

    /// Fills `bytes` from `offset` on.
    fn fill(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        match self.span(offset, bytes.len() as u64)? {
            Span::Bytes(from) => bytes.copy_from_slice(from),
            Span::File { file, offset, .. } => disk::read_exact_at(file, bytes, offset)?,
        }
        Ok(())
    }

    /// Returns how many bytes it has.
    #[must_use]
    pub fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File { length, .. } => *length,
        }
    }

    /// Returns all bytes in memory.
    ///
    /// # Errors
    /// A failing disk, or not enough memory.
    pub fn into_bytes(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::File { file, length } => {
                let length = usize::try_from(length).map_err(io::Error::other)?;
                let mut bytes = Vec::new();
                bytes.try_reserve_exact(length).map_err(io::Error::other)?;
                bytes.resize(length, 0);
                disk::read_exact_at(&file, &mut bytes, 0)?;
                Ok(bytes)
            }
        }
    }
}

impl Span<'_> {
    /// Returns how many bytes it has.
    #[must_use]
    pub fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File { length, .. } => *length,
        }
    }

    /// Writes the span to `writer` in constant memory.
    ///
    /// # Errors
    /// What the writer returns, or a failing disk.
    pub fn write_to(self, writer: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Bytes(bytes) => writer.write_all(bytes),
            Self::File { file, offset, length } => {
                pieces_of(file, offset, length, &mut |piece| writer.write_all(piece))
            }
        }
    }
}

fn pieces_of(file: &File, offset: u64, length: u64, take: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    let mut done = 0;
    while done < length {
        let count = usize::try_from(length - done).unwrap_or(PIECE).min(PIECE);
        disk::read_exact_at(file, &mut piece[..count], offset + done)?;
        take(&piece[..count])?;
        done += count as u64;
    }
    Ok(())
}

fn open_part(piece: Piece, sides: Sides, paranoid: bool) -> io::Result<Part> {
    let blob = match piece {
        Piece::Inline(bytes) => return Ok(Part::Bytes(bytes)),
        Piece::Blob(blob) => blob,
    };
    let (file, look) = sides.open(blob.number)?;
    if look.size != blob.length {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let believed = !paranoid && is_untouched(&blob, &look) && disk::boot() == blob.boot;
    if !believed && sides.wait == Wait::Never {
        return Err(io::ErrorKind::WouldBlock.into());
    }
    let name = Path::new("what a stamp keeps");
    if !believed && disk::hash_open(&file, blob.length, name)? != Some(blob.digest) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok(Part::File {
        file,
        length: blob.length,
    })
}

fn is_untouched(blob: &Blob, now: &Look) -> bool {
    let was = &blob.look;
    (was.size, was.modified, was.changed, was.inode) == (now.size, now.modified, now.changed, now.inode)
}
