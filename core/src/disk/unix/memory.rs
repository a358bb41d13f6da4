//! Calls that Linux answers from memory, or not at all: openat2(2) with `RESOLVE_CACHED`, preadv2(2) with `RWF_NOWAIT`.
//!
//! Older kernels, some sandboxes and some file systems do not know them. That is remembered, and plain calls take their
//! place: they wait only where the content is not in memory, which it is for a stamp that was read a moment ago.

use std::fs::File;
use std::io::{self, IoSliceMut};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{self, Mode, OFlags, ResolveFlags};
use rustix::io::{Errno, ReadWriteFlags};

use crate::disk::{Call, ask};

static CANNOT_OPEN: AtomicBool = AtomicBool::new(false);
static CANNOT_READ: AtomicBool = AtomicBool::new(false);

/// Opens `name` below `folder`; `None` if this cannot be had without waiting.
pub(super) fn open(
    folder: &OwnedFd,
    name: &std::ffi::OsStr,
    flags: OFlags,
    resolve: ResolveFlags,
) -> Option<io::Result<File>> {
    if CANNOT_OPEN.load(Ordering::Relaxed) {
        return None;
    }
    let resolve = resolve | ResolveFlags::CACHED;
    match ask(Call::OpenFromMemory, || {
        fs::openat2(folder, name, flags, Mode::empty(), resolve)
    }) {
        Ok(file) => Some(Ok(File::from(file))),
        Err(Errno::NOSYS | Errno::PERM | Errno::INVAL) => {
            CANNOT_OPEN.store(true, Ordering::Relaxed);
            None
        }
        Err(error) => Some(Err(error.into())),
    }
}

/// Reads from `offset` of `file`; `None` if this cannot be had without waiting.
pub(super) fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> Option<io::Result<usize>> {
    if CANNOT_READ.load(Ordering::Relaxed) {
        return None;
    }
    match ask(Call::ReadFromMemory, || {
        rustix::io::preadv2(file, &mut [IoSliceMut::new(bytes)], offset, ReadWriteFlags::NOWAIT)
    }) {
        Ok(count) => Some(Ok(count)),
        Err(Errno::NOSYS | Errno::PERM | Errno::INVAL | Errno::OPNOTSUPP) => {
            CANNOT_READ.store(true, Ordering::Relaxed);
            None
        }
        Err(error) => Some(Err(error.into())),
    }
}

/// File systems that another machine, or a process, stands behind. Sources: statfs(2), `linux/magic.h`.
const FAR: [u64; 12] = [
    0x6969,      // NFS
    0x517b,      // SMB
    0xff53_4d42, // CIFS
    0xfe53_4d42, // SMB2
    0x6573_5546, // FUSE
    0x0102_1997, // 9P
    0x00c3_6400, // CEPH
    0x5346_414f, // AFS
    0x6b41_4653, // AFS in the kernel
    0x7375_7245, // CODA
    0x0bd0_0bd0, // Lustre
    0x7461_636f, // OCFS2
];

/// Returns whether a lock on the file system of an open file could be waited for without end: on NFS it could, even by who
/// only tries, when the other machine's lock service does not answer.
pub(super) fn may_hang_locks(file: impl AsFd) -> bool {
    kind_of(|| fs::fstatfs(&file)).is_ok_and(|kind| kind == FAR[0])
}

/// Returns whether another machine, or a process, stands behind the file system of an open file.
pub(super) fn is_far(file: impl AsFd) -> bool {
    kind_of(|| fs::fstatfs(&file)).is_ok_and(|kind| FAR.contains(&kind))
}

/// Returns the number of the kind of a file system.
pub(super) fn kind_of(statfs: impl FnMut() -> Result<fs::StatFs, Errno>) -> io::Result<u64> {
    let system = ask(Call::FileSystem, statfs)?;
    #[cfg(feature = "failpoints")]
    if let Some(kind) = crate::disk::failpoints::file_system() {
        return Ok(kind);
    }
    // Some systems have it as a signed number of 32 bits.
    #[allow(
        clippy::cast_sign_loss,
        clippy::cast_possible_truncation,
        clippy::cast_lossless,
        clippy::unnecessary_cast
    )]
    Ok(u64::from(system.f_type as u32))
}

/// As [`is_far`], of the file system with the number `device`, on which `path` lies. Asked of the system once.
pub(super) fn is_far_device(device: u64, path: &std::path::Path) -> bool {
    static KNOWN: Mutex<Vec<(u64, bool)>> = Mutex::new(Vec::new());
    // A true device is one of this machine.
    if fs::major(device) != 0 {
        return false;
    }
    // Nobody waits: another thread, or one that is gone since a fork, may hold it.
    let mut known = KNOWN.try_lock().ok();
    if let Some((_, far)) = known
        .iter()
        .flat_map(|known| known.iter())
        .find(|(one, _)| *one == device)
    {
        return *far;
    }
    // Not remembered if the system does not say.
    let Ok(kind) = kind_of(|| fs::statfs(path)) else {
        return true;
    };
    let far = FAR.contains(&kind);
    if let Some(known) = &mut known {
        known.push((device, far));
    }
    far
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_memory_is_read_without_waiting_or_it_is_said_that_this_cannot_be() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("a"), "text").unwrap();
        let folder = OwnedFd::from(File::open(directory.path()).unwrap());
        let open = |name: &str| open(&folder, name.as_ref(), OFlags::RDONLY, ResolveFlags::BENEATH);
        let Some(file) = open("a") else { return };
        let mut bytes = [0; 9];
        match read_at(&file.unwrap(), &mut bytes, 1) {
            Some(count) => assert_eq!(&bytes[..count.unwrap()], b"ext"),
            None => assert!(CANNOT_READ.load(Ordering::Relaxed)),
        }
        let absent = open("b").unwrap().unwrap_err().kind();
        assert!(matches!(absent, io::ErrorKind::NotFound | io::ErrorKind::WouldBlock));
    }

    #[test]
    fn this_machines_own_file_systems_are_near() {
        let look = fs::stat("/proc").unwrap();
        assert!(!is_far_device(look.st_dev, "/proc".as_ref()));
        assert!(!is_far(File::open("/proc").unwrap()));
    }
}
