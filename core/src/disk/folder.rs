//! A directory of our own, in which nothing is reached through a link.
//!
//! All names are relative to an open directory, so nobody can swap the directory for another between a check and its
//! use.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::{Kind, Look, Wait, system};

/// An open directory.
#[derive(Debug)]
pub struct Folder {
    pub(super) handle: system::Handle,
    pub(super) path: PathBuf,
    /// Whose process opened it: asked once, since every file in it is checked against it. None with borrowed rights.
    user: Option<u32>,
    /// Whether a group may make names in it, so that what lies in it may be another's.
    shared: bool,
    /// Whether locks in it work without waiting; asked of the system by who locks.
    locks: OnceLock<bool>,
}

impl Folder {
    /// Opens the directory `path`; its last component may not be a link.
    ///
    /// # Errors
    /// It is not there, is no directory, is a link, or may not be read.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self {
            handle: system::open_folder(path)?,
            path: path.to_path_buf(),
            user: system::user(),
            shared: false,
            locks: OnceLock::new(),
        })
    }

    /// Makes the directory `path` and its parents, `path` itself private whatever the umask; that it is there is fine.
    ///
    /// # Errors
    /// Something else has its name, or the file system refuses.
    pub fn make(path: &Path) -> io::Result<()> {
        if let Some(parent) = path.parent() {
            make_directories(parent)?;
        }
        system::make_private_folder(path)
    }

    /// Returns whether it was opened with another user's rights than those of whoever started the process.
    #[must_use]
    pub fn is_borrowed(&self) -> bool {
        self.user.is_none()
    }

    /// Returns whether another machine, or a process, stands behind its file system.
    #[must_use]
    pub fn is_far(&self) -> bool {
        system::is_far(&self.handle)
    }

    /// Returns whether a folder that looks like `look` is surely on this machine: what nobody has to ask for.
    #[must_use]
    pub fn is_surely_near(look: &Look) -> bool {
        system::is_surely_near(look.device)
    }

    /// Returns the path it was opened under.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Looks at the directory itself.
    ///
    /// # Errors
    /// A failing device.
    pub fn look(&self) -> io::Result<Look> {
        system::look_of(&self.handle)
    }

    /// Returns whether the directory, which looks like `look`, may be trusted: it is ours alone to write (a group may be
    /// let in).
    ///
    /// # Errors
    /// Says who else has a hand in it.
    pub fn trust(&self, look: &Look) -> Result<(), String> {
        match self.user {
            None => Err("opened with borrowed rights".to_owned()),
            Some(user) if look.owner != user => Err(format!("owned by uid {}", look.owner)),
            Some(_) if look.mode & 0o002 != 0 => Err("writable by all".to_owned()),
            Some(_) => Ok(()),
        }
    }

    /// Takes the folder, which looks like `look`, for one that a group may make names in, if so.
    #[must_use]
    pub fn shared_as(self, look: &Look) -> Self {
        let shared = is_shared(look);
        Self { shared, ..self }
    }

    /// Returns whether it looks as it did when it was opened to the ones who may make names in it.
    #[must_use]
    pub fn is_shared_as(&self, look: &Look) -> bool {
        self.shared == is_shared(look)
    }

    /// Looks at `name`, without following it.
    ///
    /// # Errors
    /// Anything but absence.
    pub fn look_at(&self, name: &OsStr) -> io::Result<Option<Look>> {
        match system::look_below(&self.handle, name) {
            Ok(look) => Ok(Some(look)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Opens `name` for reading if it is a regular file of ours that not everybody may write.
    ///
    /// # Errors
    /// Absence; or it is a link, a fifo, a directory, another user's: never interpreted, whatever it holds. It may not
    /// `wait`, and would have to.
    pub fn open_own(&self, name: &OsStr, wait: Wait) -> io::Result<(File, Look)> {
        if self.shared
            && let (Some(parent), Some(name)) = (below(Path::new(name)), Path::new(name).file_name())
        {
            // What is ours in a directory of another's, the other put there, whatever it once was.
            return match wait {
                Wait::Never => Err(io::ErrorKind::WouldBlock.into()),
                Wait::Allowed => self.inside(parent.as_os_str())?.open_own(name, wait),
            };
        }
        let file = system::read_below(&self.handle, name, wait)?;
        let look = system::look_of(&file)?;
        match untrusted(&look, self.user) {
            Some(problem) => Err(io::Error::new(io::ErrorKind::PermissionDenied, problem)),
            None => Ok((file, look)),
        }
    }

    /// Returns whether nobody who tries to lock a file in it has to wait.
    pub(super) fn has_locks(&self) -> bool {
        *self.locks.get_or_init(|| !system::may_hang_locks(&self.handle))
    }

    /// Opens the lock file `name`, making it if need be.
    pub(super) fn open_lock(&self, name: &OsStr) -> io::Result<File> {
        system::open_or_create_below(&self.handle, name)
    }

    /// Opens `name` for reading and for writing in place, and makes it if need be: for hints, which may be half written.
    ///
    /// # Errors
    /// As [`Folder::open_own`]; the file system refuses.
    pub fn open_hint(&self, name: &OsStr) -> io::Result<Hint> {
        let file = system::open_or_create_below(&self.handle, name)?;
        let look = system::look_of(&file)?;
        match untrusted(&look, self.user) {
            Some(problem) => Err(io::Error::new(io::ErrorKind::PermissionDenied, problem)),
            None => Ok(Hint { file }),
        }
    }

    /// Writes `bytes` at the end of the file `name` in one go, and makes it if need be. Who else writes there at the same time
    /// writes before or after; of a write that fails, a part may be there.
    ///
    /// # Errors
    /// It is no file of ours alone; it has more than `most` bytes ([`io::ErrorKind::FileTooLarge`]); the file system refuses.
    pub fn append(&self, name: &OsStr, bytes: &[u8], most: u64) -> io::Result<()> {
        let file = match system::append_below(&self.handle, name) {
            // Nearly always it is there: not every write has to be able to make it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                system::append_or_create_below(&self.handle, name)?
            }
            opened => opened?,
        };
        let look = system::look_of(&file)?;
        if let Some(problem) = untrusted(&look, self.user) {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, problem));
        }
        // Who may make names here could have given this one to any other file of ours.
        if look.links > 1 {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        if look.size > most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        match system::append(&file, bytes)? {
            all if all == bytes.len() => Ok(()),
            _ => Err(io::ErrorKind::WriteZero.into()),
        }
    }

    /// Makes the directory `name` inside, private; that it is there is fine.
    ///
    /// # Errors
    /// The file system refuses.
    pub fn make_inside(&self, name: &OsStr) -> io::Result<()> {
        system::make_folder_below(&self.handle, name)
    }

    /// Opens the directory `name` inside.
    ///
    /// # Errors
    /// As [`Folder::open`]; a group may make names in this one, and somebody of it has a hand in that one.
    pub fn inside(&self, name: &OsStr) -> io::Result<Self> {
        let inside = Self {
            handle: system::open_folder_below(&self.handle, name)?,
            path: self.path.join(name),
            user: self.user,
            shared: false,
            locks: OnceLock::new(),
        };
        if self.shared {
            let look = inside.look()?;
            let trusted = inside.trust(&look).and_then(|()| match look.mode & 0o020 {
                0 => Ok(()),
                _ => Err("writable by a group".to_owned()),
            });
            trusted
                .map_err(|why| io::Error::new(io::ErrorKind::PermissionDenied, format!("its directory is {why}")))?;
        }
        Ok(inside)
    }

    /// Returns the names in the directory `name` inside (`.`: in this one), in no order.
    ///
    /// # Errors
    /// It is not there, or may not be read.
    pub fn list(&self, name: &OsStr) -> io::Result<Vec<OsString>> {
        system::list_below(&self.handle, name)
    }

    /// Removes the file `name`.
    ///
    /// # Errors
    /// It is not there, or the file system refuses.
    pub fn remove(&self, name: &OsStr) -> io::Result<()> {
        system::remove_below(&self.handle, name)
    }
}

/// A file of ours that is written in place.
#[derive(Debug)]
pub struct Hint {
    file: File,
}

impl Hint {
    /// Returns up to `limit` bytes from the start.
    ///
    /// # Errors
    /// A failing device.
    pub fn read(&self, limit: usize) -> io::Result<Vec<u8>> {
        super::read_from_start(&self.file, limit, Wait::Allowed)
    }

    /// Writes `bytes` at `offset`.
    ///
    /// # Errors
    /// The file system refuses.
    pub fn write(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        system::write_at(&self.file, bytes, offset)
    }
}

fn is_shared(look: &Look) -> bool {
    cfg!(unix) && look.mode & 0o020 != 0
}

/// Returns the directory that `name` lies in, if it has one.
fn below(name: &Path) -> Option<&Path> {
    name.parent().filter(|parent| !parent.as_os_str().is_empty())
}

/// Returns why a file of our own folder is not to be believed.
fn untrusted(look: &Look, user: Option<u32>) -> Option<String> {
    match user {
        _ if look.kind != Kind::File => Some(format!("it is {}", look.kind.noun())),
        Some(user) if user != look.owner => Some(format!("it is owned by uid {}", look.owner)),
        _ if look.mode & 0o002 != 0 => Some("it is writable by all".to_owned()),
        _ => None,
    }
}

/// Sets the last use of an open stamp to now.
pub(crate) fn touch(file: &File) -> io::Result<()> {
    system::touch(file)
}

/// Returns the free and the total bytes of the file system that holds `folder`.
///
/// # Errors
/// The system does not tell.
pub fn free_space(folder: &Folder) -> io::Result<(u64, u64)> {
    system::space(&folder.handle)
}

/// Makes `directory` and all above it that are not there.
///
/// # Errors
/// Something else has its name, or the file system refuses.
pub fn make_directories(directory: &Path) -> io::Result<()> {
    system::make_directories(directory)
}

/// Returns whether this process has the rights of the user who started it, no others'.
#[must_use]
pub fn is_one_user() -> bool {
    cfg!(not(unix)) || system::user().is_some()
}
