//! What is published is whole: written without a name (or under a temporary one), then named.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Write};

use super::lock::hold;
use super::{Call, Folder, Wait, ask, fill, look_of, system};

/// A new file that has no name yet, or only a temporary one. Dropping it leaves no trace.
#[derive(Debug)]
pub struct Placed {
    file: File,
    /// The folder it lies in, and its name there.
    temporary: Option<(system::Handle, OsString)>,
}

impl Folder {
    /// Begins a file that gets its name later; `hint` names it if the system has no nameless files.
    ///
    /// # Errors
    /// The file system refuses: it is full, or may not be written.
    pub fn begin(&self, hint: &str) -> io::Result<Placed> {
        self.begin_nameless().or_else(|_| self.begin_named(hint))
    }

    /// Begins a file that has no name until it gets its own.
    ///
    /// # Errors
    /// The file system has no such files, or refuses.
    pub(crate) fn begin_nameless(&self) -> io::Result<Placed> {
        let file = system::nameless(&self.handle)?;
        Ok(Placed { file, temporary: None })
    }

    fn begin_named(&self, hint: &str) -> io::Result<Placed> {
        let folder = system::again(&self.handle)?;
        let (file, name) = temporary(hint, |name| system::create_below(&self.handle, name))?;
        if self.has_locks() {
            // As long as it is open, no sweep takes it for one that was left behind.
            hold(&file);
        }
        Ok(Placed {
            file,
            temporary: Some((folder, name)),
        })
    }

    /// Gives `placed` the name `name`, which nobody may have yet.
    ///
    /// # Errors
    /// Somebody has the name ([`io::ErrorKind::AlreadyExists`]), or the file system refuses: it has no name still.
    pub fn name(&self, placed: &mut Placed, name: &OsStr) -> io::Result<()> {
        if placed.temporary.is_none() {
            match system::name_file(&placed.file, &self.handle, name) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => *placed = self.begin_again(placed)?,
                named => return named,
            }
        }
        if let Some((folder, temporary)) = &placed.temporary {
            system::rename_anew((folder, temporary), (&self.handle, name))?;
        }
        placed.temporary = None;
        Ok(())
    }

    /// Returns a copy of `placed` under a temporary name: without /proc a nameless file can get none.
    fn begin_again(&self, placed: &Placed) -> io::Result<Placed> {
        let mut copy = self.begin_named("side")?;
        let (mut piece, mut left) = (vec![0; 64 * 1024], look_of(&placed.file)?.size);
        let mut offset = 0;
        while left > 0 {
            let length = usize::try_from(left).map_or(piece.len(), |left| left.min(piece.len()));
            fill(&placed.file, &mut piece[..length], offset, Wait::Allowed)?;
            copy.write_all(&piece[..length])?;
            (offset, left) = (offset + length as u64, left - length as u64);
        }
        Ok(copy)
    }

    /// Publishes `bytes` as `name`, in place of what has that name, in one step.
    ///
    /// # Errors
    /// The file system refuses: then whatever had the name has it still, and nothing is left behind.
    pub fn publish(&self, name: &OsStr, bytes: &[u8]) -> io::Result<()> {
        self.publish_in(self.begin(&name.to_string_lossy())?, name, bytes)
    }

    /// As [`Folder::publish`], in the file `placed` that is empty.
    ///
    /// # Errors
    /// As [`Folder::publish`].
    pub(crate) fn publish_in(&self, mut placed: Placed, name: &OsStr, bytes: &[u8]) -> io::Result<()> {
        let hint = name.to_string_lossy();
        placed.write_all(bytes)?;
        // A new name is cheaper than a replaced one, and most stamps are new.
        if placed.temporary.is_none() {
            match system::name_file(&placed.file, &self.handle, name) {
                Ok(()) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(_) => placed = self.begin_again(&placed)?,
            }
        }
        if let Some((_, temporary)) = &placed.temporary {
            system::rename_below(&self.handle, temporary, name)?;
            placed.temporary = None;
            return Ok(());
        }
        let ((), temporary) = temporary(&hint, |name| system::name_file(&placed.file, &self.handle, name))?;
        let renamed = system::rename_below(&self.handle, &temporary, name);
        if renamed.is_err() {
            let _ = self.remove(&temporary);
        }
        renamed
    }
}

/// Takes the first temporary name that is free: another thread may be writing here too, and a killed process may have had our
/// number.
fn temporary<T>(hint: &str, take: impl Fn(&OsStr) -> io::Result<T>) -> io::Result<(T, OsString)> {
    let mut attempt = 0_u32;
    loop {
        let name = OsString::from(format!(".tmp-{}-{hint}-{attempt}", system::process()));
        match take(&name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < 1000 => attempt += 1,
            taken => return taken.map(|taken| (taken, name)),
        }
    }
}

impl Placed {
    /// Returns the open file.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }
}

impl Write for Placed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        ask(Call::Write, || self.file.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Placed {
    fn drop(&mut self) {
        if let Some((folder, name)) = self.temporary.take() {
            let _ = system::remove_below(&folder, &name);
        }
    }
}
