//! Edits without a trace: a store through a memory map into a page that is already dirty changes nothing that the system
//! tells of the file. Two writes within one tick of a coarse clock look the same; newer kernels have no such clock.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::ptr::null_mut;

use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

/// What is mapped of each file: less than a page.
const LENGTH: usize = 512;

/// Keeps files mapped.
#[derive(Default)]
pub struct Smuggler(HashMap<(u64, u64), *mut u8>);

impl Smuggler {
    /// Puts `content` into the file `path`, which has its size. The first time leaves a trace.
    pub fn edit(&mut self, path: &Path, content: &str) -> io::Result<()> {
        let metadata = path.metadata()?;
        if !metadata.is_file() || metadata.len() != content.len() as u64 || content.len() > LENGTH {
            return Ok(());
        }
        let file = File::options().read(true).write(true).open(path)?;
        let id = (metadata.dev(), metadata.ino());
        let mapped = match self.0.entry(id) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => *new.insert(map(&file)?),
        };
        // SAFETY: the mapping is as long, and the file is, as was just seen; nobody else has either.
        unsafe { mapped.copy_from_nonoverlapping(content.as_ptr(), content.len()) };
        Ok(())
    }
}

fn map(file: &File) -> io::Result<*mut u8> {
    let may = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: a new mapping, wherever the kernel likes.
    let mapped = unsafe { mmap(null_mut(), LENGTH, may, MapFlags::SHARED, file, 0) }?;
    Ok(mapped.cast())
}

impl Drop for Smuggler {
    fn drop(&mut self) {
        for mapped in self.0.values() {
            // SAFETY: mapped above, and nobody has a reference into it.
            let _ = unsafe { munmap(mapped.cast(), LENGTH) };
        }
    }
}
