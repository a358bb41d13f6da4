//! The files that a pattern names.
//!
//! `*`, `?`, `[...]` and `{one,other}` stand for parts of one name, `**` for any number of directories. As in a shell, a
//! leading dot is matched only by a dot, and links to directories are followed only where the pattern names them.
//! Source of the syntax: <https://docs.rs/fast-glob>.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use crate::disk::{self, Kind};
use crate::error::Error;

/// Returns all paths that `pattern` matches, sorted part by part, without those that lie in a matched directory.
///
/// # Errors
/// A directory in which a match could lie cannot be read.
pub(super) fn matches(pattern: &Path) -> Result<Vec<PathBuf>, Error> {
    let parts: Vec<Component> = pattern.components().collect();
    let mut found = Vec::new();
    expand(&mut PathBuf::new(), &parts, &mut found)?;
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

/// Returns whether what `pattern` matches may have the name of `path`.
pub(super) fn may_match(pattern: &Path, path: &Path) -> bool {
    match (pattern.file_name(), path.file_name()) {
        (Some(pattern), Some(name)) => pattern == "**" || fits(pattern, name),
        _ => true,
    }
}

fn expand(base: &mut PathBuf, parts: &[Component], found: &mut Vec<PathBuf>) -> Result<(), Error> {
    let Some((part, rest)) = parts.split_first() else {
        if disk::look_at_link(base)?.is_some() {
            found.push(base.clone());
        }
        return Ok(());
    };
    let name = part.as_os_str();
    if matches!(part, Component::Normal(_)) && name == "**" {
        expand(base, rest, found)?;
        return in_each(base, OsStr::new("*"), &mut |base| match disk::look_at_link(base)? {
            Some(look) if look.kind == Kind::Directory => expand(base, parts, found),
            _ => Ok(()),
        });
    }
    if matches!(part, Component::Normal(_)) && is_pattern(name) {
        return in_each(base, name, &mut |base| expand(base, rest, found));
    }
    let before = base.clone();
    base.push(name);
    let expanded = expand(base, rest, found);
    *base = before;
    expanded
}

/// Calls `then` with every path in the directory `base` whose name `pattern` matches.
fn in_each(
    base: &mut PathBuf,
    pattern: &OsStr,
    then: &mut dyn FnMut(&mut PathBuf) -> Result<(), Error>,
) -> Result<(), Error> {
    match disk::look(base)? {
        Some(look) if look.kind == Kind::Directory => {}
        _ => return Ok(()),
    }
    for name in disk::list(base)? {
        if fits(pattern, &name) {
            base.push(&name);
            then(base)?;
            base.pop();
        }
    }
    Ok(())
}

fn is_pattern(name: &OsStr) -> bool {
    name.as_encoded_bytes().iter().any(|byte| b"*?[{".contains(byte))
}

fn fits(pattern: &OsStr, name: &OsStr) -> bool {
    let (pattern, name) = (pattern.as_encoded_bytes(), name.as_encoded_bytes());
    if name.first() == Some(&b'.') && pattern.first() != Some(&b'.') {
        return false;
    }
    // An exclamation mark negates in brackets only.
    let mut escaped = Vec::with_capacity(pattern.len());
    for byte in pattern {
        if *byte == b'!' && escaped.last() != Some(&b'[') {
            escaped.push(b'\\');
        }
        escaped.push(*byte);
    }
    fast_glob::glob_match(&escaped, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_fits_names_as_in_a_shell() {
        for (pattern, name, fit) in [
            ("*.py", "a.py", true),
            ("*.py", ".a.py", false),
            (".*", ".a", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("[ab]", "b", true),
            ("[!ab]", "b", false),
            ("[!ab]", "c", true),
            ("*.{js,ts}", "a.ts", true),
            ("*.{js,ts}", "a.tsx", false),
            ("!*", "!x", true),
            ("!*", "x", false),
            ("*", "\u{e9}", true),
        ] {
            assert_eq!(fits(OsStr::new(pattern), OsStr::new(name)), fit, "{pattern} {name}");
        }
    }
}
