//! All that lies in a directory, in an order that does not depend on the file system.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
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
    let mut walk = Walk {
        conditions,
        visit,
        namesakes: HashMap::new(),
    };
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
        walk.below(root, look, link)?;
    }
    Ok(())
}

struct Walk<'a> {
    conditions: &'a Conditions<'a>,
    visit: &'a mut dyn FnMut(&Entry) -> Result<(), Error>,
    /// The numbers of the files that are left out, by their names: looked at when something of such a name is met.
    namesakes: HashMap<Option<OsString>, HashSet<(u64, u64)>>,
}

/// Orders paths that are left out: by their last names, so that those that can be meant by a path lie together.
pub(crate) fn by_name(one: &Path, other: &Path) -> Ordering {
    one.file_name().cmp(&other.file_name()).then_with(|| one.cmp(other))
}

impl Walk<'_> {
    /// Returns whether `path` is left out, perhaps under another name of a directory above it.
    fn is_left_out(&mut self, path: &Path, look: &Look) -> bool {
        let left_out = self.conditions.left_out;
        let name = path.file_name();
        let start = left_out.partition_point(|one| one.file_name() < name);
        let alike = &left_out[start..start + left_out[start..].partition_point(|one| one.file_name() == name)];
        if alike.is_empty() {
            return false;
        }
        if alike.binary_search_by(|one| one.as_path().cmp(path)).is_ok() {
            return true;
        }
        let looked = |one: &PathBuf| disk::look_at_link(one).ok().flatten();
        let numbers = |look: Look| (look.inode, look.device);
        self.namesakes
            .entry(name.map(OsString::from))
            .or_insert_with(|| alike.iter().filter_map(looked).map(numbers).collect())
            .contains(&numbers(*look))
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

    /// Visits `root` and all below it: with a list, not by recursion, for directories can be deeper than a stack.
    fn below(&mut self, root: &Path, look: Look, link: Option<Vec<u8>>) -> Result<(), Error> {
        let mut path = root.to_path_buf();
        let mut open = Vec::new();
        if self.entry(&path, look, link, true)? {
            open.push((disk::list(&path)?.into_iter(), look.device));
        }
        while let Some((names, device)) = open.last_mut() {
            let Some(name) = names.next() else {
                open.pop();
                path.pop();
                continue;
            };
            let device = *device;
            path.push(name);
            match self.inside(&path, device)? {
                Some(look) => open.push((disk::list(&path)?.into_iter(), look.device)),
                None => {
                    path.pop();
                }
            }
        }
        Ok(())
    }

    /// Visits what lies at `path` in a directory on `device`; returns how it looks if it is to be entered.
    fn inside(&mut self, path: &Path, device: u64) -> Result<Option<Look>, Error> {
        // What vanished since it was listed is not there.
        let Some(look) = disk::look_at_link(path)? else {
            return Ok(None);
        };
        let enter = !self.conditions.one_file_system || look.device == device;
        if look.device != device && enter {
            Self::refuse_made_up(path)?;
        }
        if self.is_left_out(path, &look) {
            return Ok(None);
        }
        let text = Self::text(path, &look)?;
        Ok(self.entry(path, look, text, enter)?.then_some(look))
    }

    /// Visits `path`; returns whether it is to be entered.
    fn entry(&mut self, path: &Path, look: Look, link: Option<Vec<u8>>, enter: bool) -> Result<bool, Error> {
        // A socket has nothing to read; reading one of these could block, and would be different each time.
        if matches!(look.kind, Kind::Fifo | Kind::Device) {
            return Err(Error::Special {
                path: path.to_path_buf(),
                what: look.kind.noun(),
            });
        }
        (self.visit)(&Entry {
            path,
            look,
            link,
            elsewhere: !enter,
        })?;
        Ok(look.kind == Kind::Directory && enter)
    }
}
