//! Reading and hashing files that belong to others and may change, or block, while we look.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::OnceLock;

use super::giant::{self, GIANT};
use super::{Call, Kind, Look, Wait, ask, look, look_of, system};
use crate::digest::{Digest, Hasher};
use crate::error::{Context as _, Error};
use crate::progress;

/// Bytes read at a time.
pub(super) const PIECE: usize = 128 * 1024;

/// Opens the regular file `path`, through links.
///
/// # Errors
/// It is not there, may not be read, or is something whose opening or reading could block or never end ([`Error::Special`]).
pub fn open(path: &Path) -> Result<(File, Look), Error> {
    let file = system::open_without_blocking(path).context("open", path)?;
    let look = look_of(&file).context("look at", path)?;
    match look.kind {
        // The files of /proc and /sys have no size but content: nothing about them tells when it changes.
        Kind::File if !system::is_made_up(&file, &look) => Ok((file, look)),
        Kind::File => Err(Error::Special {
            path: path.to_path_buf(),
            what: "a file that the kernel makes up",
        }),
        kind => Err(Error::Special {
            path: path.to_path_buf(),
            what: kind.noun(),
        }),
    }
}

/// Reads what `path` gives, up to `most` bytes. It may be a pipe such as a shell's `<(...)`, which is waited for.
///
/// # Errors
/// It is not there, or may not be read.
pub fn read(path: &Path, most: u64) -> Result<Vec<u8>, Error> {
    let read = || {
        let file = File::open(path)?;
        // A byte more than there are, in which the end shows: two reads for a file. A pipe has no size.
        let size = look_of(&file)?.size.min(most);
        let mut bytes = Vec::with_capacity(usize::try_from(size).map_or(0, |size| size + 1));
        file.take(most).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    ask(Call::Read, read).context("read", path)
}

/// What came of reading a file that only this user, or the system, may have written.
#[derive(Debug, PartialEq, Eq)]
pub enum Own {
    /// There is none, as far as this user can tell.
    Missing,
    /// It is there and is not read; why.
    Refused(String),
    /// What it holds.
    Bytes(Vec<u8>),
}

/// Reads up to `most` bytes of `path`, through links, if what they lead to is a regular file of this user or of the system
/// that is not writable by all. Never waits for a writer.
///
/// With borrowed rights there is none: whose file it should be, nobody can tell.
#[must_use]
pub fn read_own(path: &Path, most: u64) -> Own {
    let refused = |error: &io::Error| Own::Refused(format!("cannot read it: {error}"));
    let file = match system::open_without_blocking(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Own::Missing,
        // Where not even its directory may be looked into, as with a home that `sudo -u` left in place, there is none.
        Err(error) if matches!(look(path), Ok(Some(_))) => return refused(&error),
        Err(_) => return Own::Missing,
    };
    let look = match look_of(&file) {
        Ok(look) => look,
        Err(error) => return refused(&error),
    };
    // Asked only where there is a file: every hit looks whether there is one.
    let Some(user) = system::user() else {
        return Own::Missing;
    };
    match look {
        Look { kind, .. } if kind != Kind::File => Own::Refused(format!("it is {}", kind.noun())),
        Look { owner, .. } if cfg!(unix) && owner != user && owner != 0 => {
            Own::Refused(format!("it is owned by uid {owner}"))
        }
        Look { mode, .. } if mode & 0o002 != 0 => Own::Refused("it is writable by all".to_owned()),
        _ => {
            let limit = usize::try_from(look.size.saturating_add(1).min(most)).unwrap_or(usize::MAX);
            read_from_start(&file, limit, Wait::Allowed).map_or_else(|error| refused(&error), Own::Bytes)
        }
    }
}

/// Returns the digest of the regular file `path` and how it looked while it was read.
///
/// A file that changed meanwhile is read once more; memory stays constant whatever the size, and one that grows as fast as it
/// is read comes to an end.
///
/// # Errors
/// As [`open`]; [`Error::Unsteady`] if it changed the second time too.
pub fn hash(path: &Path) -> Result<(Digest, Look), Error> {
    let (file, mut before) = open(path)?;
    for _ in 0..2 {
        let digest = hash_open(&file, before.size, path).context("read", path)?;
        let after = look_of(&file).context("look at", path)?;
        if let Some(digest) = digest.filter(|_| before == after) {
            return Ok((digest, after));
        }
        before = after;
    }
    Err(Error::Unsteady(path.to_path_buf()))
}

/// Returns the digest of a file; none if that has more than `size` bytes. `path` names it to those who wait meanwhile.
pub(crate) fn hash_open(file: &File, size: u64, path: &Path) -> io::Result<Option<Digest>> {
    if size >= GIANT
        && let Some(digest) = giant::hash(file, size, path)
    {
        return Ok(Some(digest));
    }
    let (mut hasher, mut offset) = (Hasher::new(), 0);
    let mut piece = vec![0; PIECE];
    loop {
        match system::read_at(file, &mut piece, offset, Wait::Allowed)? {
            0 => {
                progress::hashed(path, offset);
                return Ok(Some(hasher.digest()));
            }
            count => {
                offset += count as u64;
                if offset > size {
                    return Ok(None);
                }
                hasher.update(&piece[..count]);
            }
        }
    }
}

/// The first bytes of a program: enough for the kernel to tell what it is.
pub type Head = Vec<u8>;

/// Returns the first 256 bytes of the regular file `path`, as Linux reads them to find `#!`.
///
/// # Errors
/// As [`open`].
pub fn head(path: &Path) -> Result<Head, Error> {
    let (file, _) = open(path)?;
    read_from_start(&file, 256, Wait::Allowed).context("read", path)
}

/// Reads up to `limit` bytes from the start of `file` in one go.
///
/// # Errors
/// A failing device; it may not `wait`, and would have to.
pub fn read_from_start(file: &File, limit: usize, wait: Wait) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; limit];
    let mut filled = 0;
    while filled < limit {
        match system::read_at(file, &mut bytes[filled..], filled as u64, wait)? {
            0 => break,
            count => filled += count,
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// Fills `bytes` from `offset` of `file`.
///
/// # Errors
/// The file ends before, or a failing device.
pub fn read_exact_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    fill(file, bytes, offset, Wait::Allowed)
}

/// As [`read_exact_at`]; an error too if it may not `wait`, and would have to.
pub(crate) fn fill(file: &File, bytes: &mut [u8], offset: u64, wait: Wait) -> io::Result<()> {
    let mut filled = 0;
    while filled < bytes.len() {
        match system::read_at(file, &mut bytes[filled..], offset + filled as u64, wait)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => filled += count,
        }
    }
    Ok(())
}

/// Returns what tells this boot of the machine from every other, as far as the system knows.
///
/// Source: `/proc/sys/kernel/random/boot_id`, see random(4). Zeros elsewhere. Read once: no process outlives its boot.
#[must_use]
pub fn boot() -> [u8; 16] {
    static BOOT: OnceLock<[u8; 16]> = OnceLock::new();
    // Read by each that finds it unread: who waited for another thread would wait for ever in a child that was forked meanwhile.
    BOOT.get().copied().unwrap_or_else(|| {
        let mut id = [0; 16];
        if let Ok(text) = ask(Call::Read, || std::fs::read("/proc/sys/kernel/random/boot_id")) {
            id.copy_from_slice(&Digest::of(&text).0[..16]);
        }
        let _ = BOOT.set(id);
        id
    })
}

/// Reads the user's own secret of exactly 32 bytes from `path`, and makes it at first use (mode 0600).
///
/// # Errors
/// It is not a private regular file of ours of 32 bytes, or cannot be made.
pub fn read_key(path: &Path) -> Result<[u8; 32], Error> {
    system::private_key(path).context("use the key", path)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// D14, D16. One that somebody appends to as fast as it is read has no end.
    #[test]
    fn no_more_is_hashed_than_there_was() {
        let bytes = vec![b'a'; 3 * PIECE];
        let mut file = tempfile::tempfile().unwrap();
        io::Write::write_all(&mut file, &bytes).unwrap();
        for (size, expected) in [
            (0, None),
            (1, None),
            (bytes.len() - 1, None),
            (bytes.len(), Some(Digest::of(&bytes))),
            (bytes.len() + 1, Some(Digest::of(&bytes))),
        ] {
            assert_eq!(
                hash_open(&file, size as u64, Path::new("")).unwrap(),
                expected,
                "{size}"
            );
        }
    }
}
