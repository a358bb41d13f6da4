//! The user's key, as it lies on the disk: looked at, never made.

use std::path::{Path, PathBuf};

use jobstamps::Digest;
use jobstamps::disk::{self, Kind, Wait};
use jobstamps::stamp::TagKey;

use crate::surroundings::Secret;

/// Bytes of a key.
const LENGTH: usize = 32;

/// What is known of the user's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// `JOBSTAMPS_KEY` holds it; how many bytes that has.
    Variable(usize),
    /// The file is there and good.
    Good(PathBuf),
    /// It is not there yet.
    Absent(PathBuf),
    /// It is there and of no use; why.
    Refused(PathBuf, String),
    /// There is no home to keep it in.
    Nowhere,
}

/// Looks at the user's key.
pub fn look(secret: Secret) -> (Key, Option<TagKey>) {
    match secret {
        Secret::Variable(text) => {
            let digest = Digest::of(text.as_encoded_bytes());
            (Key::Variable(text.len()), Some(digest.0))
        }
        Secret::Nowhere => (Key::Nowhere, None),
        Secret::File(path) => match read(&path) {
            Ok(Some(key)) => (Key::Good(path), Some(key)),
            Ok(None) => (Key::Absent(path), None),
            Err(why) => (Key::Refused(path, why), None),
        },
    }
}

/// Reads the key as Python will, but makes none.
fn read(path: &Path) -> Result<Option<TagKey>, String> {
    let Some(look) = disk::look_at_link(path).map_err(|error| error.line())? else {
        return Ok(None);
    };
    match look.kind {
        Kind::File => {}
        kind => return Err(format!("it is {}", kind.noun())),
    }
    if Some(look.owner) != disk::user() {
        return Err(format!("it is owned by uid {}", look.owner));
    }
    if cfg!(unix) && look.mode & 0o077 != 0 {
        return Err(format!("others may use it too: its mode is {:o}", look.mode));
    }
    if look.size != LENGTH as u64 {
        return Err(format!("it has {} bytes, not {LENGTH}", look.size));
    }
    let (file, _) = disk::open(path).map_err(|error| error.line())?;
    let bytes = disk::read_from_start(&file, LENGTH, Wait::Allowed).map_err(|error| error.to_string())?;
    let key = bytes.try_into().map_err(|_| "it was cut short".to_owned())?;
    Ok(Some(key))
}
