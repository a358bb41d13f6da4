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

/// A pattern, to tell by their names alone which paths it matches.
pub(super) struct Parts(Vec<Part>);

impl Parts {
    /// Reads `pattern`.
    pub(super) fn of(pattern: &Path) -> Self {
        Self(pattern.components().map(Part::of).collect())
    }

    /// Returns whether it matches the file `path`, and no directory above that: then it would count with that directory.
    /// A link to a directory on the way is not noticed.
    pub(super) fn may_match(&self, path: &Path) -> bool {
        // What the last part does not fit, which is nearly all, is told by its name.
        let fits = match (self.0.last(), path.file_name()) {
            (Some(Part::Fitting(wildcard)), Some(name)) => wildcard.fits(name),
            (Some(Part::Named(named)), Some(name)) => named == name,
            _ => false,
        };
        if !fits {
            return false;
        }
        let mut places = Places::from([0]);
        for part in path.components() {
            if self.is_match(&places) {
                return false;
            }
            places = self.after(&places, part.as_os_str());
        }
        self.is_match(&places)
    }

    /// Returns whether what has come to `places` is a match.
    fn is_match(&self, places: &Places) -> bool {
        let rest = |place: &usize| self.0.get(*place..).unwrap_or_default();
        places
            .iter()
            .any(|place| rest(place).iter().all(|part| matches!(part, Part::Deep)))
    }

    /// Returns where `places` have come to after the name of one more directory, or of the file.
    fn after(&self, places: &Places, name: &OsStr) -> Places {
        let is_hidden = name.as_encoded_bytes().first() == Some(&b'.');
        let mut next = Places::new();
        for &from in places {
            // No directory is a number of directories too.
            for place in from..self.0.len() {
                match &self.0[place] {
                    Part::Deep => {
                        if !is_hidden {
                            next.insert(place);
                        }
                        continue;
                    }
                    Part::Named(named) if named != name => {}
                    Part::Fitting(wildcard) if !wildcard.fits(name) => {}
                    Part::Named(_) | Part::Fitting(_) => {
                        next.insert(place + 1);
                    }
                }
                break;
            }
        }
        next
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
