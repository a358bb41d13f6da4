//! Inside an open directory: nothing is reached through a link.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::path::Path;

use rustix::fs::{self, AtFlags, Mode, OFlags};
use rustix::io::Errno;

use super::{Handle, seen};
#[cfg(target_os = "linux")]
use crate::disk::Kind;
use crate::disk::{Call, Look, Wait, ask};

/// Opens the directory `path`, whose last component may not be a link.
pub(in crate::disk) fn open_folder(path: &Path) -> io::Result<Handle> {
    Ok(ask(Call::Open, || fs::open(path, FOLDER, Mode::empty()))?)
}

pub(in crate::disk) fn open_folder_below(folder: &Handle, name: &OsStr) -> io::Result<Handle> {
    Ok(ask(Call::Open, || fs::openat(folder, name, FOLDER, Mode::empty()))?)
}

const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);
/// Without following a link, without blocking, without a terminal becoming ours.
const CAREFULLY: OFlags = OFlags::CLOEXEC
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::NOFOLLOW);
/// Nor following a link on the way.
#[cfg(target_os = "linux")]
const INSIDE: fs::ResolveFlags = fs::ResolveFlags::BENEATH.union(fs::ResolveFlags::NO_SYMLINKS);

/// Opens the directory that `path` leads to, through links, to look at what is in it or to make something in it.
pub(in crate::disk) fn open_place(path: &Path) -> io::Result<Handle> {
    #[cfg(target_os = "linux")]
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    #[cfg(not(target_os = "linux"))]
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(ask(Call::Open, || fs::open(path, flags, Mode::empty()))?)
}

/// Opens `name` below `folder` without following any link on the way and without blocking.
fn open_below(folder: &Handle, name: &OsStr, flags: OFlags, mode: u32) -> io::Result<File> {
    let makes = flags.contains(OFlags::CREATE);
    let flags = flags | CAREFULLY;
    #[allow(clippy::cast_possible_truncation)] // 16 bits on macOS, which nine permission bits fit into.
    let mode = Mode::from_raw_mode(mode as rustix::fs::RawMode);
    #[cfg(target_os = "linux")]
    {
        let call = if makes { Call::CreateInside } else { Call::OpenInside };
        match ask(call, || fs::openat2(folder, name, flags, mode, INSIDE)) {
            Ok(file) => return Ok(File::from(file)),
            // Kernels before 5.6 and some sandboxes do not know the call; a mere refusal is told again by openat.
            Err(Errno::NOSYS | Errno::PERM | Errno::INVAL) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let call = if makes { Call::Create } else { Call::Open };
    Ok(File::from(ask(call, || fs::openat(folder, name, flags, mode))?))
}

pub(in crate::disk) fn read_below(folder: &Handle, name: &OsStr, wait: Wait) -> io::Result<File> {
    #[cfg(target_os = "linux")]
    if wait == Wait::Never
        && let Some(opened) = super::memory::open(folder, name, OFlags::RDONLY | CAREFULLY, INSIDE)
    {
        return opened;
    }
    let _ = wait;
    open_below(folder, name, OFlags::RDONLY, 0)
}

pub(in crate::disk) fn create_below(folder: &Handle, name: &OsStr) -> io::Result<File> {
    open_below(folder, name, OFlags::RDWR | OFlags::CREATE | OFlags::EXCL, 0o600)
}

pub(in crate::disk) fn open_or_create_below(folder: &Handle, name: &OsStr) -> io::Result<File> {
    open_below(folder, name, OFlags::RDWR | OFlags::CREATE, 0o600)
}

/// Opens `name` to write behind what is there.
pub(in crate::disk) fn append_below(folder: &Handle, name: &OsStr) -> io::Result<File> {
    open_below(folder, name, OFlags::WRONLY | OFlags::APPEND, 0)
}

/// As [`append_below`]; makes it if it is not there.
pub(in crate::disk) fn append_or_create_below(folder: &Handle, name: &OsStr) -> io::Result<File> {
    open_below(folder, name, OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE, 0o600)
}

pub(in crate::disk) fn look_below(folder: &Handle, name: &OsStr) -> io::Result<Look> {
    Ok(ask(Call::Look, || {
        fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).map(|stat| seen(&stat))
    })?)
}

/// Makes the folder `name`, private whatever the umask; that it is there already is fine.
pub(in crate::disk) fn make_folder_below(folder: &Handle, name: &OsStr) -> io::Result<()> {
    match ask(Call::MakeFolder, || fs::mkdirat(folder, name, Mode::RWXU)) {
        Ok(()) | Err(Errno::EXIST) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

pub(in crate::disk) fn remove_below(folder: &Handle, name: &OsStr) -> io::Result<()> {
    Ok(ask(Call::Remove, || fs::unlinkat(folder, name, AtFlags::empty()))?)
}

/// Renames in place of what has the name `to`.
pub(in crate::disk) fn rename_below(folder: &Handle, from: &OsStr, to: &OsStr) -> io::Result<()> {
    // The two change places first: a file that is renamed over another, ext4 takes to the disk at once (auto_da_alloc), so
    // that a power cut leaves one of them. To us an empty stamp is as good as none.
    #[cfg(target_os = "linux")]
    if look_below(folder, to).is_ok_and(|look| look.kind != Kind::Directory)
        && ask(Call::Exchange, || {
            fs::renameat_with(folder, from, folder, to, fs::RenameFlags::EXCHANGE)
        })
        .is_ok()
    {
        // The old one; if it stays behind, it is swept.
        let _ = remove_below(folder, from);
        return Ok(());
    }
    Ok(ask(Call::Rename, || fs::renameat(folder, from, folder, to))?)
}

/// Renames if nobody has the name `to`; each name with the folder that it is in.
pub(in crate::disk) fn rename_anew(from: (&Handle, &OsStr), to: (&Handle, &OsStr)) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    match ask(Call::Exchange, || {
        fs::renameat_with(from.0, from.1, to.0, to.1, fs::RenameFlags::NOREPLACE)
    }) {
        Err(Errno::NOSYS | Errno::INVAL | Errno::OPNOTSUPP | Errno::PERM) => {}
        renamed => return Ok(renamed?),
    }
    match ask(Call::Name, || fs::linkat(from.0, from.1, to.0, to.1, AtFlags::empty())) {
        Ok(()) => {
            // Both names are one file: if the old one stays behind, it is swept.
            let _ = remove_below(from.0, from.1);
            return Ok(());
        }
        Err(Errno::NOSYS | Errno::OPNOTSUPP | Errno::PERM | Errno::MLINK) => {}
        Err(error) => return Err(error.into()),
    }
    // Neither in one step: between these two another may take the name, and lose it.
    match look_below(to.0, to.1) {
        Ok(_) => Err(Errno::EXIST.into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Ok(ask(Call::Rename, || fs::renameat(from.0, from.1, to.0, to.1))?)
        }
        Err(error) => Err(error),
    }
}

/// Returns `folder`, open once more.
pub(in crate::disk) fn again(folder: &Handle) -> io::Result<Handle> {
    ask(Call::Open, || folder.try_clone())
}

/// Makes a file without a name in `folder`: a crash leaves nothing behind.
#[cfg(target_os = "linux")]
pub(in crate::disk) fn nameless(folder: &Handle) -> io::Result<File> {
    let flags = OFlags::RDWR | OFlags::TMPFILE | OFlags::CLOEXEC;
    let made = ask(Call::CreateNameless, || {
        fs::openat(folder, ".", flags, Mode::RUSR | Mode::WUSR)
    })?;
    Ok(File::from(made))
}

#[cfg(not(target_os = "linux"))]
pub(in crate::disk) fn nameless(_folder: &Handle) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Gives a nameless file a name that nobody has yet.
#[cfg(target_os = "linux")]
pub(in crate::disk) fn name_file(file: &File, folder: &Handle, name: &OsStr) -> io::Result<()> {
    use std::os::fd::AsRawFd as _;
    // Since Linux 6.10 whoever opened the file may name it so; before, that took a capability, and it is said that there is no
    // such file. Then the way through /proc, which makes the kernel set up a directory for this process: see open(2), O_TMPFILE.
    match ask(Call::Name, || fs::linkat(file, "", folder, name, AtFlags::EMPTY_PATH)) {
        Err(Errno::NOENT | Errno::INVAL | Errno::PERM | Errno::ACCESS) => {}
        named => return Ok(named?),
    }
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    Ok(ask(Call::Name, || {
        fs::linkat(fs::CWD, path.as_str(), folder, name, AtFlags::SYMLINK_FOLLOW)
    })?)
}

#[cfg(not(target_os = "linux"))]
pub(in crate::disk) fn name_file(_file: &File, _folder: &Handle, _name: &OsStr) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
