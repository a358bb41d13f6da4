//! All that lies in a directory, in an order that does not depend on the file system.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::Conditions;
use crate::disk::{self, Interior, Kind, Look};
use crate::error::Error;
use crate::progress;

/// Something in a directory.
#[derive(Clone)]
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
        left_out: conditions.left_out.iter().map(|path| path.file_name()).collect(),
        namesakes: BTreeMap::new(),
        count: 0,
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
        if conditions.roots_left_out && walk.is_left_out(root.file_name(), root, &look) {
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
    /// The names of what is left out.
    left_out: Vec<Option<&'a OsStr>>,
    /// The numbers of the files that are left out, by their names: looked at when something of such a name is met.
    namesakes: BTreeMap<Option<OsString>, BTreeSet<(u64, u64)>>,
    /// How many entries have been visited.
    count: usize,
}

/// Orders paths that are left out: by their last names, so that those that can be meant by a path lie together.
pub(crate) fn by_name(one: &Path, other: &Path) -> Ordering {
    one.file_name().cmp(&other.file_name()).then_with(|| one.cmp(other))
}

impl Walk<'_> {
    /// Returns whether `path`, of this `name`, is left out, perhaps under another name of a directory above it.
    fn is_left_out(&mut self, name: Option<&OsStr>, path: &Path, look: &Look) -> bool {
        if !self.left_out.contains(&name) {
            return false;
        }
        let start = self.left_out.partition_point(|one| *one < name);
        let end = self.left_out.partition_point(|one| *one <= name);
        let alike = &self.conditions.left_out[start..end];
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
            open.push(Level::of(Interior::open(&path)?, &path, look.device)?);
        }
        while let Some(level) = open.last_mut() {
            cut(&mut path, level.length);
            if level.interior.is_none() && level.names.len() >= WORTH_OPENING {
                level.interior = Interior::open(&path).ok();
            }
            let Some(name) = level.names.next() else {
                open.pop();
                continue;
            };
            extend(&mut path, &name);
            // What vanished since it was listed is not there.
            let Some(look) = level.look_at_link(&name, &path)? else {
                continue;
            };
            if self.inside(&name, &path, look, level.device)? {
                let entered = match &level.interior {
                    Some(interior) => interior.enter(&name, &path)?,
                    None => None,
                };
                // A descriptor for each level would be too many: those farther up are come back to by their paths.
                let held = if entered.is_some() { MOST_HELD } else { 0 };
                let far = open.len().saturating_sub(held);
                open[..far].iter_mut().for_each(|level| level.interior = None);
                let interior = entered.map_or_else(|| Interior::open(&path), Ok)?;
                open.push(Level::of(interior, &path, look.device)?);
            }
        }
        Ok(())
    }

    /// Visits what lies at `path` in a directory on `device`; returns whether it is to be entered.
    fn inside(&mut self, name: &OsStr, path: &Path, look: Look, device: u64) -> Result<bool, Error> {
        let enter = !self.conditions.one_file_system || look.device == device;
        if look.device != device && enter {
            Self::refuse_made_up(path)?;
        }
        if self.is_left_out(Some(name), path, &look) {
            return Ok(false);
        }
        let text = Self::text(path, &look)?;
        self.entry(path, look, text, enter)
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
        progress::walked(path, self.count);
        self.count += 1;
        Ok(look.kind == Kind::Directory && enter)
    }
}

/// Besides the directory that is looked through, so many above it are held open.
const MOST_HELD: usize = 1;

/// No path that the system takes is as long: `PATH_MAX`.
const LONGEST_PATH: usize = 4096;

/// A directory that is come back to is opened again for so many names.
const WORTH_OPENING: usize = 5;

/// A directory that is being looked through.
struct Level {
    /// What is left in it.
    names: std::vec::IntoIter<OsString>,
    device: u64,
    /// Bytes of its path.
    length: usize,
    /// Itself, if it is held open.
    interior: Option<Interior>,
}

impl Level {
    fn of(interior: Interior, path: &Path, device: u64) -> Result<Self, Error> {
        Ok(Self {
            names: interior.names(path)?.into_iter(),
            device,
            length: path.as_os_str().len(),
            interior: Some(interior),
        })
    }

    /// Looks at `name` in it, to which `path` leads.
    fn look_at_link(&self, name: &OsStr, path: &Path) -> Result<Option<Look>, Error> {
        match &self.interior {
            // What no path leads to nobody can read either: asked for by its path, the system says so.
            Some(interior) if path.as_os_str().len() < LONGEST_PATH => interior.look_at_link(name, path),
            _ => disk::look_at_link(path),
        }
    }
}

/// Adds a name of one part to `path`, as [`PathBuf::push`] does, which looks at all of it.
#[cfg(unix)]
fn extend(path: &mut PathBuf, name: &OsStr) {
    let path = path.as_mut_os_string();
    if path.as_encoded_bytes().last() != Some(&b'/') {
        path.push("/");
    }
    path.push(name);
}

/// Cuts `path` off behind its first `length` bytes, where a name was added.
#[cfg(unix)]
fn cut(path: &mut PathBuf, length: usize) {
    use std::os::unix::ffi::OsStringExt as _;
    let mut bytes = std::mem::take(path).into_os_string().into_vec();
    bytes.truncate(length);
    *path = OsString::from_vec(bytes).into();
}

#[cfg(not(unix))]
fn extend(path: &mut PathBuf, name: &OsStr) {
    path.push(name);
}

#[cfg(not(unix))]
fn cut(path: &mut PathBuf, length: usize) {
    while path.as_os_str().len() > length {
        path.pop();
    }
}
