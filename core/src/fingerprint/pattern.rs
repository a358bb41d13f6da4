//! The files that a pattern names.
//!
//! `*`, `?`, `[...]` and `{one,other}` stand for parts of one name (see `wildcard`), `**` for any number of directories.
//! As in a shell, a leading dot is matched only by a dot, and links to directories are followed only where the pattern
//! names them.
//!
//! Each path is visited once, with all the parts of the pattern that it can have come to: one visit for every way
//! to match would be more than anybody can wait for as soon as `**` stands there a few times.

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

/// Which parts can come next, and last whether the pattern can be at its end.
type Places = Vec<bool>;

/// Returns all paths that `pattern` matches, sorted part by part, without those that lie in a matched directory.
///
/// # Errors
/// A directory in which a match could lie cannot be read.
pub(super) fn matches(pattern: &Path) -> Result<Vec<PathBuf>, Error> {
    let parts: Vec<Part> = pattern.components().map(Part::of).collect();
    let mut found = Vec::new();
    // A list, not a recursion: directories can be deeper than the stack of a small thread.
    let mut open = vec![(PathBuf::new(), start(&parts))];
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
        let mut places = start(&self.0);
        for part in path.components() {
            if places[self.0.len()] {
                return false;
            }
            places = self.after(&places, part.as_os_str());
        }
        places[self.0.len()]
    }

    /// Returns where `places` have come to after the name of one more directory, or of the file.
    fn after(&self, places: &Places, name: &OsStr) -> Places {
        let is_hidden = name.as_encoded_bytes().first() == Some(&b'.');
        let mut next = vec![false; places.len()];
        for (place, part) in self.0.iter().enumerate().filter(|(place, _)| places[*place]) {
            match part {
                Part::Deep => next[place] |= !is_hidden,
                Part::Named(named) => next[place + 1] |= named == name,
                Part::Fitting(wildcard) => next[place + 1] |= wildcard.fits(name),
            }
        }
        settle(&mut next, &self.0);
        next
    }
}

/// Returns where a pattern starts.
fn start(parts: &[Part]) -> Places {
    let mut places = vec![false; parts.len() + 1];
    places[0] = true;
    settle(&mut places, parts);
    places
}

/// Adds what is reached because no directory is a number of directories too.
fn settle(places: &mut Places, parts: &[Part]) {
    for (place, part) in parts.iter().enumerate() {
        places[place + 1] |= places[place] && matches!(part, Part::Deep);
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
    settle(&mut places, parts);
    let none = vec![false; places.len()];
    let (mut deep, mut fitting) = (none.clone(), Vec::new());
    let mut next: Vec<(OsString, Places)> = Vec::new();
    for (place, part) in parts.iter().enumerate() {
        if !places[place] {
            continue;
        }
        match part {
            Part::Named(name) => enter(&mut next, name, place + 1, &none),
            Part::Fitting(wildcard) => fitting.push((place + 1, wildcard)),
            Part::Deep => deep[place] = true,
        }
    }
    let is_deep = deep.contains(&true);
    let is_listed = is_deep || !fitting.is_empty();
    if is_listed && disk::look(&base)?.is_some_and(|look| look.kind == Kind::Directory) {
        // Names are listed once each: only those that the pattern itself says can be there already.
        let said = next.len();
        for name in disk::list(&base)? {
            let mut reached = if is_deep && is_entered(&base, &name)? {
                deep.clone()
            } else {
                none.clone()
            };
            for (place, _) in fitting.iter().filter(|(_, wildcard)| wildcard.fits(&name)) {
                reached[*place] = true;
            }
            if !reached.contains(&true) {
                continue;
            }
            match next[..said].iter_mut().find(|(one, _)| *one == name) {
                Some((_, places)) => places.iter_mut().zip(reached).for_each(|(one, other)| *one |= other),
                None => next.push((name, reached)),
            }
        }
    }
    open.extend(next.into_iter().map(|(name, places)| (base.join(name), places)));
    if places[parts.len()] && disk::look_at_link(&base)?.is_some() {
        found.push(base);
    }
    Ok(())
}

/// Adds that `name` comes to `place`.
fn enter(next: &mut Vec<(OsString, Places)>, name: &OsStr, place: usize, none: &Places) {
    let known = next.iter().position(|(one, _)| one == name);
    let at = known.unwrap_or_else(|| {
        next.push((name.to_os_string(), none.clone()));
        next.len() - 1
    });
    next[at].1[place] = true;
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
