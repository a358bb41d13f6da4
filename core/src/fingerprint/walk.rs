//! All that lies in a directory, in an order that does not depend on the file system.

use std::path::{Path, PathBuf};

use super::Conditions;
use crate::disk::{self, Kind, Look};
use crate::error::Error;

/// Something in a directory.
pub(super) struct Entry<'a> {
    /// Its full path.
    pub path: &'a Path,
    /// How it looks; links are not followed, unless it is where the walk starts.
    pub look: Look,
    /// The text, if it is a symbolic link; the digest of all texts if the walk starts behind links.
    pub link: Option<Vec<u8>>,
    /// Whether it is a directory on another file system that is not entered.
    pub elsewhere: bool,
}

/// Visits `roots` and all below them: parents before children, names by their bytes. Memory holds the names of one
/// directory per level.
///
/// Symbolic links are not followed, so a loop of them ends; `conditions.left_out` is passed over.
///
/// # Errors
/// A directory that cannot be read; a fifo, a device or a file that the kernel makes up; or what `visit` returns.
pub(super) fn walk(
    roots: &[PathBuf],
    conditions: &Conditions,
    visit: &mut dyn FnMut(&Entry) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut walk = Walk { conditions, visit };
    for root in roots {
        // A root that is a link is followed: whoever reads what was declared follows it too.
        let (link, look) = match super::present(root)? {
            Some((links, look)) => (links.map(|digest| digest.0.to_vec()), look),
            // One that leads nowhere is itself.
            None => match disk::look_at_link(root)? {
                Some(look) => (Walk::text(root, &look)?, look),
                None => continue,
            },
        };
        if conditions.roots_left_out && walk.is_left_out(root, &look) {
            continue;
        }
        Walk::refuse_made_up(root)?;
        walk.entry(&mut root.clone(), look, link, true)?;
    }
    Ok(())
}

struct Walk<'a> {
    conditions: &'a Conditions<'a>,
    visit: &'a mut dyn FnMut(&Entry) -> Result<(), Error>,
}

impl Walk<'_> {
    fn is_left_out(&self, path: &Path, look: &Look) -> bool {
        self.conditions
            .left_out
            .iter()
            .any(|left_out| is_same(left_out, path, look))
    }

    fn text(path: &Path, look: &Look) -> Result<Option<Vec<u8>>, Error> {
        if look.kind != Kind::Link {
            return Ok(None);
        }
        Ok(Some(disk::read_link(path)?.into_os_string().into_encoded_bytes()))
    }

    /// Refuses a file system whose files the kernel makes up when they are read.
    fn refuse_made_up(path: &Path) -> Result<(), Error> {
        let what = "on a file system that the kernel makes up";
        if disk::is_made_up(path) {
            Err(Error::Special {
                path: path.to_path_buf(),
                what,
            })
        } else {
            Ok(())
        }
    }

    fn entry(&mut self, path: &mut PathBuf, look: Look, link: Option<Vec<u8>>, enter: bool) -> Result<(), Error> {
        // A socket has nothing to read; reading one of these could block, and would be different each time.
        if matches!(look.kind, Kind::Fifo | Kind::Device) {
            return Err(Error::Special {
                path: path.clone(),
                what: look.kind.noun(),
            });
        }
        (self.visit)(&Entry {
            path,
            look,
            link,
            elsewhere: !enter,
        })?;
        if look.kind != Kind::Directory || !enter {
            return Ok(());
        }
        for name in disk::list(path)? {
            path.push(name);
            // What vanished since it was listed is not there.
            if let Some(inside) = disk::look_at_link(path)? {
                let enter = !self.conditions.one_file_system || inside.device == look.device;
                if inside.device != look.device && enter {
                    Self::refuse_made_up(path)?;
                }
                if !self.is_left_out(path, &inside) {
                    let text = Self::text(path, &inside)?;
                    self.entry(path, inside, text, enter)?;
                }
            }
            path.pop();
        }
        Ok(())
    }
}

/// Returns whether `left_out` is what lies at `path`, though perhaps under another name of a directory above it.
fn is_same(left_out: &Path, path: &Path, look: &Look) -> bool {
    if left_out == path {
        return true;
    }
    let same_file = |other: Look| (other.inode, other.device) == (look.inode, look.device);
    left_out.file_name() == path.file_name()
        && matches!(disk::look_at_link(left_out), Ok(Some(other)) if same_file(other))
}
