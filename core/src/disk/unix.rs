//! The file system as Unix has it, Linux first.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use rustix::fs::{self, AtFlags, FileType, Mode, OFlags, Stat};

use super::{Kind, Look, Time, Wait};

#[cfg(target_os = "linux")]
mod memory;
mod names;

pub(super) use names::{list, list_below};

pub(super) fn look(path: &Path, follow: bool) -> io::Result<Look> {
    let flags = if follow {
        AtFlags::empty()
    } else {
        AtFlags::SYMLINK_NOFOLLOW
    };
    Ok(seen(&fs::statat(fs::CWD, path, flags)?))
}

pub(super) fn look_of(file: impl AsFd) -> io::Result<Look> {
    Ok(seen(&fs::fstat(file)?))
}

// The widths of these fields differ from system to system.
#[allow(
    clippy::cast_sign_loss,
    clippy::cast_lossless,
    clippy::unnecessary_cast,
    clippy::cast_possible_truncation
)]
fn seen(stat: &Stat) -> Look {
    Look {
        kind: match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Kind::File,
            FileType::Directory => Kind::Directory,
            FileType::Symlink => Kind::Link,
            FileType::Fifo => Kind::Fifo,
            FileType::Socket => Kind::Socket,
            _ => Kind::Device,
        },
        size: stat.st_size as u64,
        modified: Time {
            seconds: stat.st_mtime as i64,
            nanoseconds: stat.st_mtime_nsec as u32,
        },
        changed: Time {
            seconds: stat.st_ctime as i64,
            nanoseconds: stat.st_ctime_nsec as u32,
        },
        inode: stat.st_ino as u64,
        device: stat.st_dev as u64,
        mode: stat.st_mode as u32 & 0o7777,
        links: stat.st_nlink as u64,
        owner: stat.st_uid,
    }
}

pub(super) fn may_execute(path: &Path) -> bool {
    fs::accessat(fs::CWD, path, fs::Access::EXEC_OK, AtFlags::EACCESS).is_ok()
}

pub(super) fn may_read(path: &Path) -> io::Result<()> {
    Ok(fs::accessat(fs::CWD, path, fs::Access::READ_OK, AtFlags::EACCESS)?)
}

/// Opens for reading without waiting for a writer of a fifo, and without a terminal becoming ours.
pub(super) fn open_without_blocking(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    Ok(File::from(fs::open(path, flags, Mode::empty())?))
}

// Source: statfs(2).
#[cfg(target_os = "linux")]
const PROC: u64 = 0x9fa0;
#[cfg(target_os = "linux")]
const SYSFS: u64 = 0x6265_6572;

#[cfg(target_os = "linux")]
pub(super) fn is_made_up(file: &File, look: &Look) -> bool {
    // Made-up files claim a size of 0 or one page: only those are worth another system call.
    (look.size == 0 || look.size == 4096)
        && fs::fstatfs(file).is_ok_and(|system| matches!(u64::try_from(system.f_type), Ok(PROC | SYSFS)))
}

#[cfg(target_os = "linux")]
pub(super) fn is_made_up_place(path: &Path) -> bool {
    fs::statfs(path).is_ok_and(|system| matches!(u64::try_from(system.f_type), Ok(PROC | SYSFS)))
}

#[cfg(not(target_os = "linux"))]
pub(super) fn is_made_up_place(_path: &Path) -> bool {
    false
}

#[cfg(not(target_os = "linux"))]
pub(super) fn is_made_up(_file: &File, _look: &Look) -> bool {
    false
}

pub(super) fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    file.write_all_at(bytes, offset)
}

pub(super) fn read_at(file: &File, bytes: &mut [u8], offset: u64, wait: Wait) -> io::Result<usize> {
    #[cfg(target_os = "linux")]
    if wait == Wait::Never
        && let Some(read) = memory::read_at(file, bytes, offset)
    {
        return read;
    }
    let _ = wait;
    file.read_at(bytes, offset)
}

/// Returns whether another machine, or a process, stands behind the file system that holds `folder`.
pub(super) fn is_far(folder: &Handle) -> bool {
    #[cfg(target_os = "linux")]
    return memory::is_far(folder);
    #[cfg(not(target_os = "linux"))]
    {
        let _ = folder;
        false
    }
}

/// As [`is_far`], of the file system with the number `device`, on which `path` lies.
pub(super) fn is_far_device(device: u64, path: &Path) -> bool {
    #[cfg(target_os = "linux")]
    return memory::is_far_device(device, path);
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (device, path);
        false
    }
}

/// The user the kernel checks our rights by, or `None` if that is not the one who started us.
pub(super) fn user() -> Option<u32> {
    let (real, effective) = (rustix::process::getuid(), rustix::process::geteuid());
    (real == effective).then(|| effective.as_raw())
}

/// A directory that stays the same whatever happens to its name.
pub(super) type Handle = OwnedFd;

pub(super) fn open_folder(path: &Path) -> io::Result<Handle> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(fs::open(path, flags, Mode::empty())?)
}

pub(super) fn open_folder_below(folder: &Handle, name: &OsStr) -> io::Result<Handle> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(fs::openat(folder, name, flags, Mode::empty())?)
}

/// Without following a link, without blocking, without a terminal becoming ours.
const CAREFULLY: OFlags = OFlags::CLOEXEC
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::NOFOLLOW);
/// Nor following a link on the way.
#[cfg(target_os = "linux")]
const INSIDE: fs::ResolveFlags = fs::ResolveFlags::BENEATH.union(fs::ResolveFlags::NO_SYMLINKS);

/// Opens the directory that `path` leads to, through links, to look at what is in it.
pub(super) fn open_place(path: &Path) -> io::Result<Handle> {
    #[cfg(target_os = "linux")]
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    #[cfg(not(target_os = "linux"))]
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(fs::open(path, flags, Mode::empty())?)
}

/// Opens `name` below `folder` without following any link on the way and without blocking.
pub(super) fn open_below(folder: &Handle, name: &OsStr, flags: OFlags, mode: u32) -> io::Result<File> {
    let flags = flags | CAREFULLY;
    #[allow(clippy::cast_possible_truncation)] // 16 bits on macOS, which nine permission bits fit into.
    let mode = Mode::from_raw_mode(mode as rustix::fs::RawMode);
    #[cfg(target_os = "linux")]
    {
        match fs::openat2(folder, name, flags, mode, INSIDE) {
            Ok(file) => return Ok(File::from(file)),
            // Kernels before 5.6 and some sandboxes do not know the call; a mere refusal is told again by openat.
            Err(rustix::io::Errno::NOSYS | rustix::io::Errno::PERM | rustix::io::Errno::INVAL) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(File::from(fs::openat(folder, name, flags, mode)?))
}

pub(super) fn read_below(folder: &Handle, name: &OsStr, wait: Wait) -> io::Result<File> {
    #[cfg(target_os = "linux")]
    if wait == Wait::Never
        && let Some(opened) = memory::open(folder, name, OFlags::RDONLY | CAREFULLY, INSIDE)
    {
        return opened;
    }
    let _ = wait;
    open_below(folder, name, OFlags::RDONLY, 0)
}

pub(super) fn create_below(folder: &Handle, name: &OsStr) -> io::Result<File> {
    open_below(folder, name, OFlags::RDWR | OFlags::CREATE | OFlags::EXCL, 0o600)
}

pub(super) fn open_or_create_below(folder: &Handle, name: &OsStr) -> io::Result<File> {
    open_below(folder, name, OFlags::RDWR | OFlags::CREATE, 0o600)
}

pub(super) fn look_below(folder: &Handle, name: &OsStr) -> io::Result<Look> {
    Ok(seen(&fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?))
}

/// Makes the folder `name`, private whatever the umask; that it is there already is fine.
pub(super) fn make_folder_below(folder: &Handle, name: &OsStr) -> io::Result<()> {
    match fs::mkdirat(folder, name, Mode::RWXU) {
        Ok(()) | Err(rustix::io::Errno::EXIST) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Makes `path` and all above it that are not there: whatever the umask, only we may write in them.
pub(super) fn make_directories(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o755).create(path)
}

pub(super) fn make_private_folder(path: &Path) -> io::Result<()> {
    match fs::mkdirat(fs::CWD, path, Mode::RWXU) {
        Ok(()) | Err(rustix::io::Errno::EXIST) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn remove_below(folder: &Handle, name: &OsStr) -> io::Result<()> {
    Ok(fs::unlinkat(folder, name, AtFlags::empty())?)
}

/// Renames in place of what has the name `to`.
pub(super) fn rename_below(folder: &Handle, from: &OsStr, to: &OsStr) -> io::Result<()> {
    // The two change places first: a file that is renamed over another, ext4 takes to the disk at once (auto_da_alloc), so
    // that a power cut leaves one of them. To us an empty stamp is as good as none.
    #[cfg(target_os = "linux")]
    if look_below(folder, to).is_ok_and(|look| look.kind != Kind::Directory)
        && fs::renameat_with(folder, from, folder, to, fs::RenameFlags::EXCHANGE).is_ok()
    {
        // The old one; if it stays behind, it is swept.
        let _ = remove_below(folder, from);
        return Ok(());
    }
    Ok(fs::renameat(folder, from, folder, to)?)
}

/// Makes a file without a name in `folder`: a crash leaves nothing behind.
#[cfg(target_os = "linux")]
pub(super) fn nameless(folder: &Handle) -> io::Result<File> {
    let flags = OFlags::RDWR | OFlags::TMPFILE | OFlags::CLOEXEC;
    Ok(File::from(fs::openat(folder, ".", flags, Mode::RUSR | Mode::WUSR)?))
}

#[cfg(not(target_os = "linux"))]
pub(super) fn nameless(_folder: &Handle) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Gives a nameless file a name that nobody has yet.
#[cfg(target_os = "linux")]
pub(super) fn name_file(file: &File, folder: &Handle, name: &OsStr) -> io::Result<()> {
    use std::os::fd::AsRawFd as _;
    // The way through /proc, because AT_EMPTY_PATH asks for a capability; see open(2), O_TMPFILE.
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    Ok(fs::linkat(fs::CWD, path, folder, name, AtFlags::SYMLINK_FOLLOW)?)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn name_file(_file: &File, _folder: &Handle, _name: &OsStr) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Sets the last modification to now.
pub(super) fn touch(file: &File) -> io::Result<()> {
    let now = fs::Timespec {
        tv_sec: 0,
        tv_nsec: fs::UTIME_NOW as _,
    };
    let keep = fs::Timespec {
        tv_sec: 0,
        tv_nsec: fs::UTIME_OMIT as _,
    };
    Ok(fs::futimens(
        file,
        &fs::Timestamps {
            last_access: keep,
            last_modification: now,
        },
    )?)
}

/// Returns the free and the total bytes of the file system.
pub(super) fn space(folder: &Handle) -> io::Result<(u64, u64)> {
    let space = fs::fstatvfs(folder)?;
    Ok((
        space.f_bavail.saturating_mul(space.f_frsize),
        space.f_blocks.saturating_mul(space.f_frsize),
    ))
}

pub(super) fn process() -> u32 {
    rustix::process::getpid().as_raw_nonzero().get().unsigned_abs()
}

/// Returns the parent of `process`, as `/proc/PID/stat` has it: see proc(5).
pub(super) fn parent_of(process: u32) -> Option<u32> {
    parent_in(&std::fs::read(format!("/proc/{process}/stat")).ok()?)
}

/// Reads the parent out of the text of `/proc/PID/stat`.
pub(crate) fn parent_in(text: &[u8]) -> Option<u32> {
    // The name in parentheses may hold anything, text or not, so what follows its last closing one counts.
    let name_ends = text.windows(2).rposition(|bytes| bytes == b") ")?;
    let parent = text[name_ends + 2..].split(|byte| *byte == b' ').nth(1)?;
    std::str::from_utf8(parent).ok()?.parse().ok()
}

pub(super) fn private_key(path: &Path) -> io::Result<[u8; 32]> {
    let flags = OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let mut key = [0; 32];
    match fs::open(path, OFlags::RDONLY | flags, Mode::empty()) {
        Ok(file) => {
            let mut file = File::from(file);
            let look = look_of(&file)?;
            let private = look.kind == Kind::File && look.mode.trailing_zeros() >= 6 && Some(look.owner) == user();
            if !private {
                return Err(io::Error::new(
                    io::ErrorKind::PermissionDenied,
                    "it is not a private file of this user",
                ));
            }
            file.read_exact(&mut key)?;
            if look.size != 32 {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "it is not 32 bytes long"));
            }
            return Ok(key);
        }
        Err(rustix::io::Errno::NOENT) => {}
        Err(error) => return Err(error.into()),
    }
    File::open("/dev/urandom")?.read_exact(&mut key)?;
    let cannot_be_made = |error: io::Error| io::Error::new(error.kind(), format!("it cannot be made: {error}"));
    let named = |folder: &&Path| !folder.as_os_str().is_empty();
    let parent = path.parent().filter(named).unwrap_or(Path::new("."));
    // These two at most: a home that is not there is not ours to make. Services are given such a one on purpose.
    let configuration = parent.parent().filter(|folder| folder.ends_with(".config"));
    for folder in configuration.into_iter().chain([parent]) {
        make_private_folder(folder).map_err(cannot_be_made)?;
    }
    // Written whole under another name first: whoever meets the file under its own name must find 32 bytes.
    let (mut made, temporary) = super::create_first(parent, |temporary| {
        let flags = flags | OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
        Ok(File::from(fs::open(temporary, flags, Mode::RUSR | Mode::WUSR)?))
    })
    .map_err(cannot_be_made)?;
    let written = made.write_all(&key).and_then(|()| std::fs::hard_link(&temporary, path));
    std::fs::remove_file(&temporary)?;
    match written {
        Ok(()) => Ok(key),
        // Another process was first: its key is the key.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => private_key(path),
        Err(error) => Err(error),
    }
}
