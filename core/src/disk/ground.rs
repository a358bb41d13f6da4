//! The ground a folder stands on: what its file system is, what room is left, and what it can do.
//!
//! Everything works on any of them, since there is another way for what one lacks. But who asks why a store is slow, or
//! why equal jobs do not wait for each other, wants to know.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use super::lock::{lock, share};
use super::{Clock, Folder, Time, Wait, look_of, system};

/// What a file system is, and what room is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ground {
    /// Its name, where it is known: `ext4`.
    pub name: Option<&'static str>,
    /// Another machine, or a process, stands behind it.
    pub far: bool,
    /// It lies in memory, so that a reboot empties it.
    pub in_memory: bool,
    /// Nothing can be written.
    pub read_only: bool,
    /// Bytes that we may still write.
    pub free_bytes: u64,
    /// Files that we may still make; nothing where there is no such limit.
    pub free_files: Option<u64>,
}

/// What a file system can do, each as it was tried: why not, if it cannot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Abilities {
    /// A file can be made and written.
    pub write: Result<(), String>,
    /// What else was tried, with a file that could be made.
    pub tried: Option<Tries>,
}

/// What was tried with a file of our own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tries {
    /// A file can be made without a name, and named later.
    pub nameless: Result<(), String>,
    /// Two files can exchange their names in one step.
    pub exchange: Result<(), String>,
    /// A lock keeps others off.
    pub lock: Result<(), String>,
    /// The clock before the file was written, the time that the file got, and the clock after it.
    pub times: [Time; 3],
}

/// Tells on what ground `path` stands, a directory.
///
/// # Errors
/// It cannot be opened, or the system does not tell.
pub fn ground(path: &Path) -> io::Result<Ground> {
    system::ground(&system::open_place(path)?)
}

/// Tells whether this process may make something in the directory `path`.
///
/// # Errors
/// It may not, and why.
pub fn may_write(path: &Path) -> io::Result<()> {
    system::may_write(path)
}

/// Tries in `folder` what its file system can do. Makes two small files, under names that a sweep knows if we are killed
/// meanwhile, and removes them.
#[must_use]
pub fn try_abilities(folder: &Folder, clock: Clock) -> Abilities {
    let mut mine = Mine {
        folder,
        names: Vec::new(),
    };
    let before = clock();
    let written = mine.make().and_then(|mut file| {
        // A page: a full disk may still have room for a name.
        file.write_all(&[0; 4096])?;
        let look = look_of(&file)?;
        Ok((file, look.modified))
    });
    match written {
        Err(error) => Abilities {
            write: Err(error.to_string()),
            tried: None,
        },
        Ok((file, time)) => Abilities {
            write: Ok(()),
            tried: Some(Tries {
                times: [before, time, clock()],
                lock: mine.lock(&file).map_err(|error| error.to_string()),
                nameless: mine.nameless().map_err(|error| error.to_string()),
                exchange: mine.exchange().map_err(|error| error.to_string()),
            }),
        },
    }
}

/// Files of our own, removed in the end.
struct Mine<'a> {
    folder: &'a Folder,
    names: Vec<OsString>,
}

impl Mine<'_> {
    fn next_name(&mut self) -> OsString {
        let name = OsString::from(format!(".tmp-{}-checkup-{}", system::process(), self.names.len()));
        self.names.push(name.clone());
        name
    }

    fn make(&mut self) -> io::Result<File> {
        let name = self.next_name();
        // What a killed process of our number left.
        let _ = self.folder.remove(&name);
        system::create_below(&self.folder.handle, &name)
    }

    fn lock(&self, file: &File) -> io::Result<()> {
        if !self.folder.has_locks() {
            return Err(io::Error::other("who tries could wait for ever"));
        }
        if !lock(file)? {
            return Err(io::Error::other("nobody holds it, and it is refused"));
        }
        let (other, _) = self.folder.open_own(&self.names[0], Wait::Allowed)?;
        if share(&other)? {
            return Err(io::Error::other("two hold one lock"));
        }
        Ok(())
    }

    fn nameless(&mut self) -> io::Result<()> {
        let file = system::nameless(&self.folder.handle)?;
        let name = self.next_name();
        let _ = self.folder.remove(&name);
        system::name_file(&file, &self.folder.handle, &name)
    }

    fn exchange(&mut self) -> io::Result<()> {
        let other = self.make().and_then(|file| look_of(&file))?;
        let (first, last) = (&self.names[0], &self.names[self.names.len() - 1]);
        system::exchange_below(&self.folder.handle, first, last)?;
        match self.folder.look_at(first)? {
            Some(look) if look.inode == other.inode => Ok(()),
            _ => Err(io::Error::other("the names did not change places")),
        }
    }
}

impl Drop for Mine<'_> {
    fn drop(&mut self) {
        for name in &self.names {
            let _ = self.folder.remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trying_leaves_nothing_behind_and_an_ordinary_file_system_can_do_it_all() {
        let directory = tempfile::tempdir().unwrap();
        let folder = Folder::open(directory.path()).unwrap();
        let clock = || std::time::SystemTime::now().into();
        let Abilities { write, tried } = try_abilities(&folder, clock);
        assert_eq!(write, Ok(()));
        let tried = tried.unwrap();
        assert_eq!(tried.lock, Ok(()));
        assert!(tried.times[0].is_within(2, tried.times[1]));
        assert_eq!(folder.list(".".as_ref()).unwrap(), [""; 0]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_ground_of_a_made_up_file_system_is_not_far_and_has_no_room() {
        let ground = ground(Path::new("/proc")).unwrap();
        assert!(!ground.far && !ground.in_memory && ground.free_bytes == 0);
    }
}
