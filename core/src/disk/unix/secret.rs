//! The user's own secret: made whole, by one of all who make it at the same time.

use std::fs::File;
use std::io;
use std::path::Path;

use rustix::fs::{self, Mode, OFlags};
use rustix::io::Errno;

use super::{look_of, make_private_folder, name_file, nameless, open_place, rename_anew, user, write_at};
use crate::disk::{Call, Kind, Wait, ask, create_first, fill, foreign_parent};
use crate::error::Shown;

/// Reads the secret of 32 bytes in `path`, and makes it if there is none.
pub(in crate::disk) fn private_key(path: &Path) -> io::Result<[u8; 32]> {
    match open(path) {
        Ok(file) => read(&file, path),
        Err(Errno::NOENT) => make(path),
        Err(error) => Err(error.into()),
    }
}

fn open(path: &Path) -> Result<File, Errno> {
    let flags = OFlags::RDONLY | CAREFULLY;
    ask(Call::Open, || fs::open(path, flags, Mode::empty())).map(File::from)
}

const CAREFULLY: OFlags = OFlags::NOFOLLOW.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK);

fn read(file: &File, path: &Path) -> io::Result<[u8; 32]> {
    let look = look_of(file)?;
    if look.kind != Kind::File || look.mode.trailing_zeros() < 6 || Some(look.owner) != user() {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "it is not a private file of this user",
        ));
    }
    if look.size != 32 {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is not 32 bytes long"));
    }
    let mut key = [0; 32];
    fill(file, &mut key, 0, Wait::Allowed)?;
    if look.links > 1 {
        // Whoever gave it its name was killed before it took the temporary one away.
        remove_left_behind(folder_of(path));
    }
    Ok(key)
}

fn make(path: &Path) -> io::Result<[u8; 32]> {
    // As for the store: `sudo` with its user's home must not leave there what that user cannot read.
    let denied = |why: String| io::Error::new(io::ErrorKind::PermissionDenied, format!("it cannot be made: {why}"));
    if user().is_none() {
        return Err(denied("with borrowed rights".to_owned()));
    }
    if let Ok(Some((folder, owner))) = foreign_parent(folder_of(path)) {
        let shown = Shown::path(&folder);
        return Err(denied(format!("`{shown}` belongs to uid {owner}")));
    }
    let mut key = [0; 32];
    let random = ask(Call::Open, || {
        fs::open("/dev/urandom", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
    })?;
    fill(&File::from(random), &mut key, 0, Wait::Allowed)?;
    match publish(path, &key) {
        Ok(()) => {
            remove_left_behind(folder_of(path));
            Ok(key)
        }
        Err(error) => match open(path) {
            // Another process was first (and has perhaps taken our temporary file for one left behind): its key is the key.
            Ok(file) => read(&file, path),
            Err(_) => Err(io::Error::new(error.kind(), format!("it cannot be made: {error}"))),
        },
    }
}

/// Gives the name `path` to a file of `key`, unless somebody has it.
fn publish(path: &Path, key: &[u8; 32]) -> io::Result<()> {
    let parent = folder_of(path);
    // These two at most: a home that is not there is not ours to make. Services are given such a one on purpose.
    let configuration = parent.parent().filter(|folder| folder.ends_with(".config"));
    for folder in configuration.into_iter().chain([parent]) {
        make_private_folder(folder)?;
    }
    // Written whole before it has its name: whoever meets the file under that must find 32 bytes.
    let folder = open_place(parent)?;
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    if let Ok(file) = nameless(&folder) {
        write_at(&file, key, 0)?;
        match name_file(&file, &folder, name) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {}
            named => return named,
        }
    }
    let flags = CAREFULLY | OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
    let (made, temporary) = create_first(parent, |temporary| {
        let made = ask(Call::Create, || fs::open(temporary, flags, Mode::RUSR | Mode::WUSR))?;
        Ok(File::from(made))
    })?;
    let given = temporary.file_name().unwrap_or_default();
    let named = write_at(&made, key, 0).and_then(|()| rename_anew((&folder, given), (&folder, name)));
    if named.is_err() {
        let _ = ask(Call::Remove, || fs::unlink(&temporary));
    }
    named
}

/// Removes what those left who were killed while they made a key. Once the key is there, nobody needs another: who makes
/// one now finds that.
fn remove_left_behind(folder: &Path) {
    let names = open_place(folder).and_then(|folder| Ok((super::list_below(&folder, ".".as_ref())?, folder)));
    let Ok((names, folder)) = names else { return };
    for name in names.iter().filter(|name| name.to_str().is_some_and(is_left_behind)) {
        let _ = super::remove_below(&folder, name);
    }
}

/// Returns whether `name` is one that [`create_first`] gives.
fn is_left_behind(name: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let numbers = name.strip_prefix(".key-").and_then(|rest| rest.split_once('-'));
    numbers.is_some_and(|(process, attempt)| is_number(process) && is_number(attempt))
}

fn folder_of(path: &Path) -> &Path {
    let named = |folder: &&Path| !folder.as_os_str().is_empty();
    path.parent().filter(named).unwrap_or(Path::new("."))
}
