//! The files that a pattern names.
//!
//! `*`, `?`, `[...]` and `{one,other}` stand for parts of one name (see `wildcard`), `**` for any number of directories.
//! As in a shell, a leading dot is matched only by a dot, and links to directories are followed only where the pattern
//! names them.
//!
//! Each path is visited once, with all the parts of the pattern that it can have come to: one visit for every way
//! to match would be more than anybody can wait for as soon as `**` stands there a few times.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};

use super::wildcard::Wildcard;
use crate::disk::{self, Kind};
use crate::error::Error;

/// One part of a pattern.
enum Part {
    /// Any number of directories.
    Deep,
    /// Any name that fits.
    Fitting(Wildcard),
    /// This name.
    Named(OsString),
}

/// The indices of the parts that come next.
type Places = BTreeSet<usize>;

/// Returns all paths that `pattern` matches, sorted part by part, without those that lie in a matched directory.
///
/// # Errors
/// A directory in which a match could lie cannot be read.
pub(super) fn matches(pattern: &Path) -> Result<Vec<PathBuf>, Error> {
    let parts: Vec<Part> = pattern.components().map(Part::of).collect();
    let mut found = Vec::new();
    // A list, not a recursion: directories can be deeper than the stack of a small thread.
    let mut open = vec![(PathBuf::new(), Places::from([0]))];
    while let Some((base, places)) = open.pop() {
        visit(base, places, &parts, &mut open, &mut found)?;
    }
    // Part by part, so that what lies in a directory follows it at once; it counts with it, and not again.
    found.sort_unstable();
    let mut roots: Vec<PathBuf> = Vec::with_capacity(found.len());
    for path in found {
        if !roots.last().is_some_and(|root| path.starts_with(root)) {
            roots.push(path);
        }
    }
    Ok(roots)
}

/// The last part of a pattern; nothing for one that any name may fit.
pub(super) struct LastPart(Option<Wildcard>);

impl LastPart {
    /// Reads the last part of `pattern`.
    pub(super) fn of(pattern: &Path) -> Self {
        let name = pattern.file_name().filter(|name| *name != "**");
        Self(name.map(Wildcard::of))
    }

    /// Returns whether what the pattern matches may have the name of `path`.
    pub(super) fn may_match(&self, path: &Path) -> bool {
        match (&self.0, path.file_name()) {
            (Some(wildcard), Some(name)) => wildcard.fits(name),
            _ => true,
        }
    }
}

impl Part {
    fn of(part: Component) -> Self {
        let name = part.as_os_str();
        match part {
            Component::Normal(_) if name == "**" => Self::Deep,
            Component::Normal(_) if is_pattern(name) => Self::Fitting(Wildcard::of(name)),
            _ => Self::Named(name.to_os_string()),
        }
    }
}

/// Looks whether `base`, which has come to `places`, is a match; adds what is to be visited in it to `open`.
fn visit(
    base: PathBuf,
    mut places: Places,
    parts: &[Part],
    open: &mut Vec<(PathBuf, Places)>,
    found: &mut Vec<PathBuf>,
) -> Result<(), Error> {
    for (index, part) in parts.iter().enumerate() {
        // No directory is a number of directories too.
        if matches!(part, Part::Deep) && places.contains(&index) {
            places.insert(index + 1);
        }
    }
    let mut next: BTreeMap<OsString, Places> = BTreeMap::new();
    let (mut deep, mut fitting) = (Places::new(), Vec::new());
    for (place, part) in places.iter().filter_map(|place| Some((*place, parts.get(*place)?))) {
        match part {
            Part::Named(name) => {
                next.entry(name.clone()).or_default().insert(place + 1);
            }
            Part::Fitting(wildcard) => fitting.push((place + 1, wildcard)),
            Part::Deep => {
                deep.insert(place);
            }
        }
    }
    let is_listed = !(deep.is_empty() && fitting.is_empty());
    if is_listed && disk::look(&base)?.is_some_and(|look| look.kind == Kind::Directory) {
        for name in disk::list(&base)? {
            let fits = fitting.iter().filter(|(_, wildcard)| wildcard.fits(&name));
            let mut reached: Places = fits.map(|(place, _)| *place).collect();
            if !deep.is_empty() && is_entered(&base, &name)? {
                reached.extend(&deep);
            }
            if !reached.is_empty() {
                next.entry(name).or_default().append(&mut reached);
            }
        }
    }
    open.extend(next.into_iter().map(|(name, places)| (base.join(name), places)));
    if places.contains(&parts.len()) && disk::look_at_link(&base)?.is_some() {
        found.push(base);
    }
    Ok(())
}

/// Returns whether `name` in `base` is a directory that `**` enters.
fn is_entered(base: &Path, name: &OsStr) -> Result<bool, Error> {
    if name.as_encoded_bytes().first() == Some(&b'.') {
        return Ok(false);
    }
    Ok(disk::look_at_link(&base.join(name))?.is_some_and(|look| look.kind == Kind::Directory))
}

fn is_pattern(name: &OsStr) -> bool {
    name.as_encoded_bytes().iter().any(|byte| b"*?[{".contains(byte))
}
