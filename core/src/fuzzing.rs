//! A narrow door to decoders that are private, for `fuzz/decoders`, which hands them any bytes. It is there only under the
//! feature `fuzzing`, and is no part of what this crate promises.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::disk;
use crate::fingerprint::{Start, Table, Wildcard};
use crate::job::JobKey;
use crate::settings::{self, Problem, Settings};
use crate::store::{Makers, Named, key, named};

/// Reads two tables of a directory's entries; returns the first path in which they differ.
#[must_use]
pub fn first_difference(was: &[u8], now: &[u8]) -> Option<PathBuf> {
    Table::parse(was).first_difference(&Table::parse(now))
}

/// Returns whether one part of a pattern stands for `name`.
#[must_use]
pub fn fits(pattern: &OsStr, name: &OsStr) -> bool {
    Wildcard::of(pattern).fits(name)
}

/// Reads the first bytes of a program; returns the programs that are started in its stead, `None` if nobody can tell.
#[must_use]
pub fn starts(head: &[u8]) -> Option<Vec<OsString>> {
    Some(match Start::of(head)? {
        Start::Itself => Vec::new(),
        Start::By(interpreter) => vec![interpreter.into()],
        Start::ByEnv(env, name) => vec![env.into(), name],
    })
}

/// Reads the process id in a lock file.
#[must_use]
pub fn holder_in(text: &[u8]) -> Option<u32> {
    disk::holder_in(text)
}

/// Reads a process's parent in what `/proc/PID/stat` says.
#[cfg(unix)]
#[must_use]
pub fn parent_in(text: &[u8]) -> Option<u32> {
    disk::parent_in(text)
}

/// Reads who made an output; returns that as it is written.
#[must_use]
pub fn makers(bytes: &[u8]) -> Option<Vec<u8>> {
    Makers::decode(bytes).map(Makers::encode)
}

/// Reads the text of a configuration file.
#[must_use]
pub fn configuration(text: &str) -> (Settings, Vec<Problem>) {
    settings::understand(text, Path::new("/config.toml"), Some(OsStr::new("/home")))
}

/// Returns whether `name` in a shard is one of ours, and the key if it is a stamp file's in shard `number`.
#[must_use]
pub fn named_in_shard(number: u8, name: &str) -> (bool, Option<JobKey>) {
    (named(name) != Named::Foreign, key(number, name))
}
