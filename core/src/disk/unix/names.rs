//! The names in a directory.
//!
//! Not with std's `read_dir`: that panics when the directory cannot be closed without an error.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use rustix::fs::{self, Mode, OFlags};

use super::{Handle, open_folder_below};
use crate::disk::{Call, ask};

/// Returns the names in the directory `name` below `folder`, which may be no link, in no order.
pub(in crate::disk) fn list_below(folder: &Handle, name: &OsStr) -> io::Result<Vec<OsString>> {
    names_in(&open_folder_below(folder, name)?)
}

/// Opens the directory that `path` leads to, to list it.
pub(in crate::disk) fn open_listing(path: &Path) -> io::Result<Handle> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(ask(Call::Open, || fs::open(path, flags, Mode::empty()))?)
}

/// Returns the names in `folder`, in no order.
pub(in crate::disk) fn names_in(folder: &Handle) -> io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    let mut take = |name: &std::ffi::CStr| {
        if name != c"." && name != c".." {
            names.push(OsStr::from_bytes(name.to_bytes()).to_os_string());
        }
    };
    #[cfg(target_os = "linux")]
    {
        let mut buffer = Vec::with_capacity(32 * 1024);
        let mut entries = fs::RawDir::new(folder, buffer.spare_capacity_mut());
        // Many come from the system at a time; it is asked for each.
        let mut next = || match entries.next() {
            Some(Ok(entry)) => {
                take(entry.file_name());
                Ok(true)
            }
            Some(Err(error)) => Err(error),
            None => Ok(false),
        };
        while ask(Call::List, &mut next)? {}
    }
    #[cfg(not(target_os = "linux"))]
    for entry in fs::Dir::read_from(folder)? {
        take(entry?.file_name());
    }
    Ok(names)
}
