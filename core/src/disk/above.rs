//! What lies above a directory of ours, and who has a hand in it.

use std::io;
use std::path::{Path, PathBuf};

use super::{Call, Kind, ask, system};

/// Returns the nearest directory, from `directory` upwards, in which everybody could put another in place of ours.
///
/// # Errors
/// One of them cannot be looked at.
pub fn distrust_parents(directory: &Path) -> io::Result<Option<PathBuf>> {
    const STICKY: u32 = 0o1000;
    if cfg!(not(unix)) {
        return Ok(None);
    }
    // As it really lies: a link on the way could be turned by whoever may write where the link is, not where it points.
    for parent in ask(Call::ReadLink, || std::fs::canonicalize(directory))?.ancestors() {
        let look = system::look(parent, true)?;
        if look.mode & 0o002 != 0 && look.mode & STICKY == 0 {
            return Ok(Some(parent.to_path_buf()));
        }
    }
    Ok(None)
}

/// Returns the nearest directory, from `directory` upwards, that is there, if it belongs to another user (and not to the
/// system), with that user's number.
///
/// What we made there would be ours in somebody else's place: `sudo` must leave nothing behind that its user cannot use.
///
/// # Errors
/// It cannot be looked at.
pub fn foreign_parent(directory: &Path) -> Result<Option<(PathBuf, u32)>, crate::error::Error> {
    let Some(user) = system::user().filter(|_| cfg!(unix)) else {
        return Ok(None);
    };
    for parent in directory.ancestors() {
        if let Some(look) = super::look(parent)? {
            let is_foreign = look.owner != user && look.owner != 0;
            return Ok(is_foreign.then(|| (parent.to_path_buf(), look.owner)));
        }
    }
    Ok(None)
}

/// Returns whose link `directory` is, if it is one that neither this user nor the system made.
///
/// Where everybody may make names (`/tmp`), it could lead to a directory of ours that is none of our stores.
#[must_use]
pub fn foreign_link(directory: &Path) -> Option<u32> {
    // That it cannot be looked at is said by whoever opens it.
    let link = super::look_at_link(directory)
        .ok()
        .flatten()
        .filter(|look| look.kind == Kind::Link)?;
    (link.owner != 0 && Some(link.owner) != system::user()).then_some(link.owner)
}
