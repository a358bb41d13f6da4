//! The file system as Unix has it, Linux first.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use rustix::fs::{self, AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use super::{Call, Kind, Look, Time, Wait, ask};

mod ground;
#[cfg(target_os = "linux")]
mod memory;
mod inside;
mod names;
mod secret;

pub(super) use ground::{exchange_below, ground, may_write};
pub(super) use inside::{
    again, append_below, append_or_create_below, create_below, look_below, make_folder_below, name_file, nameless,
    open_folder, open_folder_below, open_or_create_below, open_place, read_below, remove_below, rename_anew,
    rename_below,
};
pub(super) use names::{list_below, names_in, open_listing};
pub(super) use secret::private_key;

pub(super) fn look(path: &Path, follow: bool) -> io::Result<Look> {
    let flags = if follow {
        AtFlags::empty()
    } else {
        AtFlags::SYMLINK_NOFOLLOW
    };
    Ok(ask(Call::Look, || {
        fs::statat(fs::CWD, path, flags).map(|stat| seen(&stat))
    })?)
}

pub(super) fn look_of(file: impl AsFd) -> io::Result<Look> {
    Ok(ask(Call::Look, || fs::fstat(&file).map(|stat| seen(&stat)))?)
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
    may(path, fs::Access::EXEC_OK).is_ok()
}

pub(super) fn may_read(path: &Path) -> io::Result<()> {
    Ok(may(path, fs::Access::READ_OK)?)
}

fn may(path: &Path, access: fs::Access) -> Result<(), Errno> {
    ask(Call::MayWe, || fs::accessat(fs::CWD, path, access, AtFlags::EACCESS))
}

/// Opens for reading without waiting for a writer of a fifo, and without a terminal becoming ours.
pub(super) fn open_without_blocking(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    Ok(File::from(ask(Call::Open, || fs::open(path, flags, Mode::empty()))?))
}

// Source: statfs(2).
#[cfg(target_os = "linux")]
const PROC: u64 = 0x9fa0;
#[cfg(target_os = "linux")]
const SYSFS: u64 = 0x6265_6572;

#[cfg(target_os = "linux")]
pub(super) fn is_made_up(file: &File, look: &Look) -> bool {
    // Made-up files claim a size of 0 or one page: only those are worth another system call.
    (look.size == 0 || look.size == 4096) && memory::kind_of(|| fs::fstatfs(file)).is_ok_and(is_made_up_kind)
}

#[cfg(target_os = "linux")]
pub(super) fn is_made_up_place(path: &Path) -> bool {
    memory::kind_of(|| fs::statfs(path)).is_ok_and(is_made_up_kind)
}

#[cfg(target_os = "linux")]
fn is_made_up_kind(kind: u64) -> bool {
    matches!(kind, PROC | SYSFS)
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
    let mut written = 0;
    while written < bytes.len() {
        match ask(Call::Write, || {
            file.write_at(&bytes[written..], offset + written as u64)
        })? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            count => written += count,
        }
    }
    Ok(())
}

/// Writes `bytes` in one go to a file that was opened to write at its end.
pub(super) fn append(file: &File, bytes: &[u8]) -> io::Result<usize> {
    Ok(ask(Call::Write, || rustix::io::write(file, bytes))?)
}

pub(super) fn read_at(file: &File, bytes: &mut [u8], offset: u64, wait: Wait) -> io::Result<usize> {
    #[cfg(target_os = "linux")]
    if wait == Wait::Never
        && let Some(read) = memory::read_at(file, bytes, offset)
    {
        return read;
    }
    let _ = wait;
    ask(Call::Read, || file.read_at(bytes, offset))
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

/// Returns whether a lock in `folder` could be waited for without end, even by who only tries.
pub(super) fn may_hang_locks(folder: &Handle) -> bool {
    #[cfg(target_os = "linux")]
    return memory::may_hang_locks(folder);
    #[cfg(not(target_os = "linux"))]
    {
        let _ = folder;
        false
    }
}

/// Returns whether a file system with the number `device` is surely one of this machine's own: it has a true device.
pub(super) fn is_surely_near(device: u64) -> bool {
    #[cfg(target_os = "linux")]
    return fs::major(device) != 0;
    #[cfg(not(target_os = "linux"))]
    {
        let _ = device;
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

/// Makes `path` and all above it that are not there: whatever the umask, only we may write in them.
pub(super) fn make_directories(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    ask(Call::MakeFolder, || {
        std::fs::DirBuilder::new().recursive(true).mode(0o755).create(path)
    })
}

pub(super) fn make_private_folder(path: &Path) -> io::Result<()> {
    match ask(Call::MakeFolder, || fs::mkdirat(fs::CWD, path, Mode::RWXU)) {
        Ok(()) | Err(Errno::EXIST) => Ok(()),
        Err(error) => Err(error.into()),
    }
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
    let times = fs::Timestamps {
        last_access: keep,
        last_modification: now,
    };
    Ok(ask(Call::Touch, || fs::futimens(file, &times))?)
}

/// Returns the free and the total bytes of the file system.
pub(super) fn space(folder: &Handle) -> io::Result<(u64, u64)> {
    let space = ask(Call::Space, || fs::fstatvfs(folder))?;
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
    let text = ask(Call::Read, || std::fs::read(format!("/proc/{process}/stat"))).ok()?;
    parent_in(&text)
}

/// Reads the parent out of the text of `/proc/PID/stat`.
pub(crate) fn parent_in(text: &[u8]) -> Option<u32> {
    // The name in parentheses may hold anything, text or not, so what follows its last closing one counts.
    let name_ends = text.windows(2).rposition(|bytes| bytes == b") ")?;
    let parent = text[name_ends + 2..].split(|byte| *byte == b' ').nth(1)?;
    std::str::from_utf8(parent).ok()?.parse().ok()
}
