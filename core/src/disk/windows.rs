//! The file system as Windows has it, with what the standard library tells of it.
//!
//! There are no owners and no permission bits here: a store is as private as the folder it is made in, which for a user's
//! own folders means private. The standard library tells neither the number of a file nor its change time, so a file's
//! *changed* is when it was made, and one that is replaced under its old times is seen by the hash method alone.

use std::borrow::Borrow;
use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata, OpenOptions};
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::{self, Read as _, Write as _};
use std::os::windows::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::ground::Ground;
use super::{Kind, Look, Time, Wait};

// Source: <https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-createfilew>.
const FILE_FLAG_BACKUP_SEMANTICS: u32 = 0x0200_0000;
const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;
const FILE_SHARE_READ_AND_WRITE: u32 = 0x0000_0003;
const GENERIC_READ: u32 = 0x8000_0000;
const FILE_WRITE_ATTRIBUTES: u32 = 0x0000_0100;

/// The one user there is, as far as we can tell.
const USER: u32 = 0;

pub(super) fn look(path: &Path, follow: bool) -> io::Result<Look> {
    let metadata = if follow {
        std::fs::metadata(path)
    } else {
        std::fs::symlink_metadata(path)
    };
    Ok(seen(&metadata?))
}

pub(super) fn look_of(file: impl Borrow<File>) -> io::Result<Look> {
    Ok(seen(&file.borrow().metadata()?))
}

fn seen(metadata: &Metadata) -> Look {
    let kind = if metadata.is_symlink() {
        Kind::Link
    } else if metadata.is_dir() {
        Kind::Directory
    } else if metadata.is_file() {
        Kind::File
    } else {
        Kind::Device
    };
    let time = |time: io::Result<SystemTime>| time.map(Time::from).unwrap_or_default();
    Look {
        kind,
        size: metadata.len(),
        modified: time(metadata.modified()),
        changed: time(metadata.created()),
        inode: 0,
        device: 0,
        mode: if metadata.permissions().readonly() {
            0o400
        } else {
            0o600
        },
        links: 1,
        owner: USER,
    }
}

pub(super) fn may_execute(path: &Path) -> bool {
    path.extension().and_then(OsStr::to_str).is_some_and(|extension| {
        ["exe", "com", "bat", "cmd"]
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    })
}

/// Opens for reading; a pipe has a name of its own kind here and is told apart by its look.
pub(super) fn open_without_blocking(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// There are no such file systems.
pub(super) fn is_made_up_place(_path: &Path) -> bool {
    false
}

pub(super) fn is_made_up(_file: &File, _look: &Look) -> bool {
    false
}

pub(super) fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    let written = file.seek_write(bytes, offset)?;
    if written == bytes.len() {
        Ok(())
    } else {
        Err(io::ErrorKind::WriteZero.into())
    }
}

/// Writes `bytes` in one go to a file that was opened to write at its end.
pub(super) fn append(mut file: &File, bytes: &[u8]) -> io::Result<usize> {
    file.write(bytes)
}

/// Whether it may be read is only known by opening it.
pub(super) fn may_read(path: &Path) -> io::Result<()> {
    File::open(path).map(drop)
}

pub(super) fn read_at(file: &File, bytes: &mut [u8], offset: u64, _wait: Wait) -> io::Result<usize> {
    file.seek_read(bytes, offset)
}

/// Nobody asks here: without a way to come back at once, nothing is gained.
pub(super) fn may_hang_locks(_folder: &Handle) -> bool {
    false
}

pub(super) fn is_far(_folder: &Handle) -> bool {
    false
}

/// Nobody asks further: none is far here.
pub(super) fn is_surely_near(_device: u64) -> bool {
    true
}

/// As [`is_far`].
pub(super) fn is_far_device(_device: u64, _path: &Path) -> bool {
    false
}

#[allow(clippy::unnecessary_wraps)] // Elsewhere there may be none.
pub(super) fn user() -> Option<u32> {
    Some(USER)
}

/// A directory, and its absolute path, by which names in it are reached.
#[derive(Debug)]
pub(super) struct Handle {
    file: File,
    path: PathBuf,
}

impl Borrow<File> for &Handle {
    fn borrow(&self) -> &File {
        &self.file
    }
}

pub(super) fn open_folder(path: &Path) -> io::Result<Handle> {
    let path = std::path::absolute(path)?;
    let flags = FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(&path)?;
    match look_of(&file)?.kind {
        Kind::Directory => Ok(Handle { file, path }),
        Kind::Link => Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is a symbolic link")),
        _ => Err(io::ErrorKind::NotADirectory.into()),
    }
}

/// Opens the directory `path`: never asked for here.
pub(super) fn open_place(path: &Path) -> io::Result<Handle> {
    open_folder(path)
}

pub(super) fn open_folder_below(folder: &Handle, name: &OsStr) -> io::Result<Handle> {
    open_folder(&folder.path.join(name))
}

pub(super) fn read_below(folder: &Handle, name: &OsStr, _wait: Wait) -> io::Result<File> {
    let path = folder.path.join(name);
    let open = |access| {
        OpenOptions::new()
            .access_mode(access)
            .custom_flags(FILE_FLAG_OPEN_REPARSE_POINT)
            .open(&path)
    };
    // With the right to set its times, which notes the last use; a store that may only be read gives the other.
    open(GENERIC_READ | FILE_WRITE_ATTRIBUTES).or_else(|_| open(GENERIC_READ))
}

pub(super) fn create_below(folder: &Handle, name: &OsStr) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .open(folder.path.join(name))
}

/// Opens a lock file so that nobody can remove it while it is open: its name always means the same file.
pub(super) fn open_or_create_below(folder: &Handle, name: &OsStr) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .share_mode(FILE_SHARE_READ_AND_WRITE);
    options.open(folder.path.join(name))
}

/// Opens `name` to write behind what is there.
pub(super) fn append_below(folder: &Handle, name: &OsStr) -> io::Result<File> {
    OpenOptions::new().append(true).open(folder.path.join(name))
}

/// As [`append_below`]; makes it if it is not there.
pub(super) fn append_or_create_below(folder: &Handle, name: &OsStr) -> io::Result<File> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .open(folder.path.join(name))
}

pub(super) fn look_below(folder: &Handle, name: &OsStr) -> io::Result<Look> {
    look(&folder.path.join(name), false)
}

pub(super) fn make_folder_below(folder: &Handle, name: &OsStr) -> io::Result<()> {
    make_private_folder(&folder.path.join(name))
}

pub(super) fn make_directories(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)
}

/// Makes the folder `path`, as private as the one it is in; that it is there already is fine.
pub(super) fn make_private_folder(path: &Path) -> io::Result<()> {
    match std::fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

pub(super) fn remove_below(folder: &Handle, name: &OsStr) -> io::Result<()> {
    std::fs::remove_file(folder.path.join(name))
}

/// Renames in place of what has the name `to`: the standard library asks for that here too.
pub(super) fn rename_below(folder: &Handle, from: &OsStr, to: &OsStr) -> io::Result<()> {
    std::fs::rename(folder.path.join(from), folder.path.join(to))
}

/// Renames if nobody has the name `to`; each name with the folder that it is in.
pub(super) fn rename_anew(from: (&Handle, &OsStr), to: (&Handle, &OsStr)) -> io::Result<()> {
    let to = to.0.path.join(to.1);
    match std::fs::symlink_metadata(&to) {
        Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => std::fs::rename(from.0.path.join(from.1), to),
    }
}

/// Returns `folder`, open once more.
pub(super) fn again(folder: &Handle) -> io::Result<Handle> {
    Ok(Handle {
        file: folder.file.try_clone()?,
        path: folder.path.clone(),
    })
}

pub(super) fn list_below(folder: &Handle, name: &OsStr) -> io::Result<Vec<OsString>> {
    list(&folder.path.join(name))
}

pub(super) fn open_listing(path: &Path) -> io::Result<Handle> {
    let path = std::path::absolute(path)?;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(FILE_FLAG_BACKUP_SEMANTICS)
        .open(&path)?;
    match look_of(&file)?.kind {
        Kind::Directory => Ok(Handle { file, path }),
        _ => Err(io::ErrorKind::NotADirectory.into()),
    }
}

pub(super) fn names_in(folder: &Handle) -> io::Result<Vec<OsString>> {
    list(&folder.path)
}

fn list(path: &Path) -> io::Result<Vec<OsString>> {
    std::fs::read_dir(path)?.map(|entry| Ok(entry?.file_name())).collect()
}

pub(super) fn nameless(_folder: &Handle) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(super) fn name_file(_file: &File, _folder: &Handle, _name: &OsStr) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Sets the last modification to now.
#[allow(clippy::disallowed_methods)] // As the kernel does elsewhere when asked for "now": no decision hangs on it.
pub(super) fn touch(file: &File) -> io::Result<()> {
    file.set_modified(SystemTime::now())
}

pub(super) fn space(_folder: &Handle) -> io::Result<(u64, u64)> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The standard library does not tell.
pub(super) fn ground(_folder: &Handle) -> io::Result<Ground> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Only known by trying.
#[allow(clippy::unnecessary_wraps)] // Elsewhere it is known.
pub(super) fn may_write(_path: &Path) -> io::Result<()> {
    Ok(())
}

pub(super) fn exchange_below(_folder: &Handle, _one: &OsStr, _other: &OsStr) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(super) fn process() -> u32 {
    std::process::id()
}

/// The system tells of its processes by other means than files: nobody is known to be our ancestor.
pub(super) fn parent_of(_process: u32) -> Option<u32> {
    None
}

pub(super) fn private_key(path: &Path) -> io::Result<[u8; 32]> {
    match File::open(path) {
        Ok(file) => return read_key(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let key = random();
    let parent = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent)?;
    // Written whole under another name first: whoever meets the file under its own name must find 32 bytes.
    let (mut made, temporary) = super::create_first(parent, |temporary| {
        OpenOptions::new().write(true).create_new(true).open(temporary)
    })?;
    let written = made.write_all(&key).and_then(|()| std::fs::hard_link(&temporary, path));
    drop(made);
    std::fs::remove_file(&temporary)?;
    match written {
        Ok(()) => Ok(key),
        // Another process was first: its key is the key.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => read_key(File::open(path)?),
        Err(error) => Err(error),
    }
}

fn read_key(mut file: File) -> io::Result<[u8; 32]> {
    if file.metadata()?.len() != 32 {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is not 32 bytes long"));
    }
    let mut key = [0; 32];
    file.read_exact(&mut key)?;
    Ok(key)
}

/// Returns bytes nobody can guess: the standard library seeds its hash maps with 128 bits from the system's generator.
fn random() -> [u8; 32] {
    let mut key = [0; 32];
    for part in key.chunks_exact_mut(8) {
        part.copy_from_slice(&std::hash::RandomState::new().build_hasher().finish().to_le_bytes());
    }
    key
}
