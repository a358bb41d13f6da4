//! What a remembered command said, on one of its streams or on both, whatever has changed since.

use std::io::{self, Write as _};

use jobstamps::{Replay, Stream};

use super::{DONE, Desk, NOTHING, OUR_FAULT, refused};
use crate::progress;
use crate::voice::say;
use jobstamps::store::Found;

/// Writes what the newest run said on `wanted` streams to standard output, in the order in which it was said; returns the exit
/// code.
pub(super) fn print(desk: &Desk, found: &Found, wanted: &[Stream]) -> u8 {
    let Some(stamp) = desk.cache.newest(found) else {
        say("its stamp cannot be read: `jobstamp doctor` tells more");
        return NOTHING;
    };
    let replay = match desk.cache.recall(found.key(), stamp) {
        Ok(Some(replay)) if replay.is_of_command() => replay,
        Ok(_) => {
            say("no command's output is remembered of it");
            return NOTHING;
        }
        Err(error) => return refused(&error),
    };
    match copy(&replay, wanted) {
        // Whoever stopped reading knows enough.
        Ok(()) => DONE,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => DONE,
        Err(error) => {
            say(format_args!("cannot write what it said: {error}"));
            OUR_FAULT
        }
    }
}

fn copy(replay: &Replay, wanted: &[Stream]) -> io::Result<()> {
    progress::erase();
    let mut out = io::stdout().lock();
    replay.each(&mut |stream, span| {
        if wanted.contains(&stream) {
            span.write_to(&mut out)?;
        }
        Ok(())
    })?;
    out.flush()
}

/// How much a command said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// Bytes on standard output.
    pub(super) out: u64,
    /// Bytes on standard error.
    pub(super) err: u64,
}

impl Said {
    /// Measures what `replay` says.
    pub(super) fn of(replay: &Replay) -> io::Result<Self> {
        let mut said = Self::default();
        replay.each(&mut |stream, span| {
            let bytes = match stream {
                Stream::Out => &mut said.out,
                Stream::Err => &mut said.err,
            };
            *bytes = bytes.saturating_add(span.length());
            Ok(())
        })?;
        Ok(said)
    }
}
