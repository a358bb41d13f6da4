//! Looks at every file of a list, and does nothing else: what a hit with these dependencies cannot do without.
//!
//! `look LIST [THREADS]`: one path a line, looked at by that spelling, with one bare `statx` each.

#![allow(
    clippy::disallowed_methods,
    reason = "is measured beside the one door to the file system"
)]

use std::error::Error;
use std::ffi::CStr;
use std::thread;

use rustix::fs::{AtFlags, CWD, StatxFlags, statx};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let list = arguments.next().ok_or("usage: look LIST [THREADS]")?;
    let threads: usize = arguments.next().map_or(Ok(1), |count| {
        count.to_string_lossy().parse().map_err(|_| "THREADS is a number")
    })?;
    let mut text = std::fs::read(list)?;
    for byte in &mut text {
        if *byte == b'\n' {
            *byte = 0;
        }
    }
    let paths: Vec<&CStr> = text
        .split_inclusive(|&byte| byte == 0)
        .map(CStr::from_bytes_with_nul)
        .collect::<Result<_, _>>()?;
    if threads == 1 {
        look_at(&paths);
        return Ok(());
    }
    thread::scope(|scope| {
        for part in paths.chunks(paths.len().div_ceil(threads).max(1)) {
            scope.spawn(|| look_at(part));
        }
    });
    Ok(())
}

fn look_at(paths: &[&CStr]) {
    let wanted = StatxFlags::BASIC_STATS;
    for path in paths {
        let look = statx(CWD, *path, AtFlags::SYMLINK_NOFOLLOW, wanted);
        std::hint::black_box(&look)
            .as_ref()
            .expect("the files of the list are there");
    }
}
