//! What can happen to the files that a job depends on.

use std::fs::{self, File, FileTimes};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use proptest::sample::select;

/// What is changed, linked to and made.
const NAMES: [&str; 11] = [
    "d/a", "d/b", "d/e/c", "x.c", "y.c", "l", "m", "d", "d/e", "made", "d/made",
];
/// Few, and most of one size, so that going back is likely. Some make the job fail, complain or say much.
const CONTENTS: [&str; 6] = ["one", "two", "six", "big", "one!", "three"];

/// A change of the world.
#[derive(Clone, Debug)]
pub enum Change {
    /// Over what is there.
    Write(&'static str, &'static str),
    /// Under the modification time that was there before.
    Forge(&'static str, &'static str),
    /// By another file, of that age in seconds.
    Replace(&'static str, &'static str, i64),
    /// Gives it a modification time so many seconds ago.
    Touch(&'static str, i64),
    /// Its permissions.
    Mode(&'static str, u32),
    /// With all below it.
    Remove(&'static str),
    /// Moves the first to where the second is or was.
    Rename(&'static str, &'static str),
    /// A symbolic link that leads to the second.
    Link(&'static str, &'static str),
    /// A hard link.
    SecondName(&'static str, &'static str),
    /// In the place of what is there.
    Directory(&'static str),
    /// In the place of what is there.
    Fifo(&'static str),
}

/// Any change.
pub fn change() -> impl Strategy<Value = Change> {
    let name = || select(&NAMES[..]);
    let file = || select(&NAMES[..5]);
    let content = || select(&CONTENTS[..]);
    let age = || select(&[0, 1, 100, -100, -1_000_000_i64][..]);
    prop_oneof![
        4 => (file(), content()).prop_map(|(name, content)| Change::Write(name, content)),
        2 => (file(), content()).prop_map(|(name, content)| Change::Forge(name, content)),
        2 => (name(), content(), age()).prop_map(|(name, content, age)| Change::Replace(name, content, age)),
        2 => (name(), age()).prop_map(|(name, age)| Change::Touch(name, age)),
        2 => (name(), select(&[0o600, 0o700, 0o700, 0o000][..])).prop_map(|(name, mode)| Change::Mode(name, mode)),
        2 => name().prop_map(Change::Remove),
        2 => (name(), name()).prop_map(|(from, to)| Change::Rename(from, to)),
        2 => (name(), name()).prop_map(|(name, target)| Change::Link(name, target)),
        1 => (name(), name()).prop_map(|(name, target)| Change::SecondName(name, target)),
        1 => name().prop_map(Change::Directory),
        1 => select(&["x.c", "d/b"][..]).prop_map(Change::Fifo),
    ]
}

impl Change {
    /// Does it in `directory`, as far as it can be done: a name may be missing by now, or a loop of links.
    pub fn happen(&self, directory: &Path) -> io::Result<()> {
        let path = |name: &str| directory.join(name);
        match self {
            Self::Write(name, content) => write(&path(name), content),
            Self::Forge(name, content) => {
                let before = fs::metadata(path(name))?.modified()?;
                write(&path(name), content)?;
                set_modified(&path(name), before)
            }
            Self::Replace(name, content, age) => {
                let new = path("new");
                write(&new, content)?;
                set_modified(&new, ago(*age))?;
                fs::rename(&new, path(name)).or_else(|_| fs::remove_file(&new))
            }
            Self::Touch(name, age) => set_modified(&path(name), ago(*age)),
            Self::Mode(name, mode) => fs::set_permissions(path(name), fs::Permissions::from_mode(*mode)),
            Self::Remove(name) => remove(&path(name)),
            Self::Rename(from, to) => fs::rename(path(from), path(to)),
            Self::Link(name, target) => {
                remove(&path(name))?;
                // As seen from where it lies.
                let up = PathBuf::from("../".repeat(name.matches('/').count()));
                symlink(up.join(target), path(name))
            }
            Self::SecondName(name, of) => {
                fs::symlink_metadata(path(of))?;
                remove(&path(name))?;
                fs::hard_link(path(of), path(name))
            }
            Self::Directory(name) => {
                remove(&path(name))?;
                fs::create_dir(path(name))
            }
            Self::Fifo(name) => {
                remove(&path(name))?;
                let made = std::process::Command::new("mkfifo").arg(path(name)).output()?;
                if made.status.success() {
                    Ok(())
                } else {
                    Err(io::ErrorKind::Other.into())
                }
            }
        }
    }
}

fn write(path: &Path, content: &str) -> io::Result<()> {
    fs::create_dir_all(path.parent().unwrap())?;
    // To open a fifo is to wait for its reader.
    if fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_fifo()) {
        return Ok(());
    }
    fs::write(path, content)
}

fn set_modified(path: &Path, time: SystemTime) -> io::Result<()> {
    if fs::metadata(path)?.file_type().is_fifo() {
        return Ok(());
    }
    File::open(path)?.set_times(FileTimes::new().set_modified(time))
}

fn ago(seconds: i64) -> SystemTime {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    let now = SystemTime::now();
    if seconds < 0 { now + distance } else { now - distance }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(_) => Ok(()),
    }
}
