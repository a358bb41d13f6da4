//! What statfs(2) and statvfs(3) tell of a file system.

use std::ffi::OsStr;
use std::io;
use std::path::Path;

use rustix::fs::{self, AtFlags, StatVfsMountFlags};

use super::Handle;
use crate::disk::ground::Ground;
use crate::disk::{Call, ask};

/// Names of file systems by their numbers. Sources: statfs(2), `linux/magic.h`.
#[cfg(target_os = "linux")]
const NAMES: [(u64, &str); 25] = [
    (0xef53, "ext4"),
    (0x5846_5342, "xfs"),
    (0x9123_683e, "btrfs"),
    (TMPFS, "tmpfs"),
    (RAMFS, "ramfs"),
    (0x794c_7630, "overlay"),
    (0x2fc1_2fc1, "zfs"),
    (0xf2f5_2010, "f2fs"),
    (0xca45_1a4e, "bcachefs"),
    (0xf15f, "ecryptfs"),
    (0x4d44, "vfat"),
    (0x2011_bab0, "exfat"),
    (0x7366_746e, "ntfs"),
    (0x6969, "nfs"),
    (0x517b, "smb"),
    (0xff53_4d42, "cifs"),
    (0xfe53_4d42, "smb2"),
    (0x6573_5546, "fuse"),
    (0x0102_1997, "9p"),
    (0x00c3_6400, "ceph"),
    (0x5346_414f, "afs"),
    (0x6b41_4653, "afs"),
    (0x7375_7245, "coda"),
    (0x0bd0_0bd0, "lustre"),
    (0x7461_636f, "ocfs2"),
];
#[cfg(target_os = "linux")]
const TMPFS: u64 = 0x0102_1994;
#[cfg(target_os = "linux")]
const RAMFS: u64 = 0x8584_58f6;

pub(in crate::disk) fn ground(folder: &Handle) -> io::Result<Ground> {
    let room = ask(Call::Space, || fs::fstatvfs(folder))?;
    let (name, in_memory) = kind(folder);
    Ok(Ground {
        name,
        far: super::is_far(folder),
        in_memory,
        read_only: room.f_flag.contains(StatVfsMountFlags::RDONLY),
        free_bytes: room.f_bavail.saturating_mul(room.f_frsize),
        // Some make files as long as there is room, and tell no number of them.
        free_files: (room.f_files > 0).then_some(room.f_favail),
    })
}

#[cfg(target_os = "linux")]
fn kind(folder: &Handle) -> (Option<&'static str>, bool) {
    let Ok(number) = super::memory::kind_of(|| fs::fstatfs(folder)) else {
        return (None, false);
    };
    let name = NAMES.iter().find(|(one, _)| *one == number).map(|(_, name)| *name);
    (name, matches!(number, TMPFS | RAMFS))
}

#[cfg(not(target_os = "linux"))]
fn kind(_folder: &Handle) -> (Option<&'static str>, bool) {
    (None, false)
}

pub(in crate::disk) fn may_write(path: &Path) -> io::Result<()> {
    let access = fs::Access::WRITE_OK | fs::Access::EXEC_OK;
    Ok(ask(Call::MayWe, || {
        fs::accessat(fs::CWD, path, access, AtFlags::EACCESS)
    })?)
}

/// Lets two files exchange their names.
#[cfg(target_os = "linux")]
pub(in crate::disk) fn exchange_below(folder: &Handle, one: &OsStr, other: &OsStr) -> io::Result<()> {
    Ok(ask(Call::Exchange, || {
        fs::renameat_with(folder, one, folder, other, fs::RenameFlags::EXCHANGE)
    })?)
}

#[cfg(not(target_os = "linux"))]
pub(in crate::disk) fn exchange_below(_folder: &Handle, _one: &OsStr, _other: &OsStr) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
