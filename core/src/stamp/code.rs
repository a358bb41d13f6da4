//! Which code a stamp speaks for.

use std::collections::BTreeSet;
use std::fmt;

use crate::digest::Digest;
use crate::error::Shown;
use crate::job::{Code, CodePart};

/// Which code a stamp speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeRecord {
    /// The function's name.
    pub name: String,
    /// The digests of the code that the stamp speaks for, without the parts that are left out.
    pub digests: Vec<Digest>,
    /// The names of parts that turned out to be state, which the function changes: they do not count. In order.
    pub left_out: Vec<String>,
}

/// What of the code is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeChange {
    /// The part of this name is another.
    Changed(String),
    /// The part of this name is new.
    Added(String),
    /// The part of this name is gone.
    Removed(String),
}

impl CodeRecord {
    /// Records `code`, of which the parts named in `left_out` are state; the digests `also` count as unchanged.
    #[must_use]
    pub fn of(code: &Code, mut left_out: Vec<String>, also: Vec<Digest>) -> Self {
        left_out.sort_unstable();
        left_out.dedup();
        let mut digests = vec![code.without(&left_out)];
        for digest in also {
            if !digests.contains(&digest) {
                digests.push(digest);
            }
        }
        Self {
            name: code.name.clone(),
            digests,
            left_out,
        }
    }

    /// Returns whether what was recorded speaks for `code`.
    #[must_use]
    pub fn speaks_for(&self, code: &Code) -> bool {
        self.digests.contains(&code.without(&self.left_out))
    }

    /// Returns what of `code` is not as it was when its parts were `recorded`: what is another before what is new or gone,
    /// which may only follow from it. Nothing if no part tells.
    #[cold]
    #[inline(never)]
    #[must_use]
    pub fn difference(&self, recorded: &[CodePart], code: &Code) -> Option<CodeChange> {
        // Sets: there may be ten thousands of parts, and what was recorded may say anything.
        let names =
            |parts: &'_ [CodePart]| -> BTreeSet<String> { parts.iter().map(|part| part.name.clone()).collect() };
        let (old_names, new_names) = (names(recorded), names(&code.parts));
        let old: BTreeSet<&CodePart> = recorded.iter().collect();
        let counts = |part: &&CodePart| self.left_out.binary_search(&part.name).is_err();
        let mut new = code.parts.iter().filter(counts).filter(|part| !old.contains(part));
        let gone = recorded
            .iter()
            .filter(counts)
            .find(|part| !new_names.contains(&part.name));
        let changed = new.clone().find(|part| old_names.contains(&part.name));
        let new = new.next();
        changed
            .map(|part| CodeChange::Changed(part.name.clone()))
            .or_else(|| new.map(|part| CodeChange::Added(part.name.clone())))
            .or_else(|| gone.map(|part| CodeChange::Removed(part.name.clone())))
    }
}

impl CodeChange {
    /// Returns the name of the part.
    #[must_use]
    pub fn part(&self) -> &str {
        match self {
            Self::Changed(name) | Self::Added(name) | Self::Removed(name) => name,
        }
    }
}

impl fmt::Display for CodeChange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |text: &str| Shown::bytes(text.as_bytes()).to_string();
        match self.part().split_once(' ') {
            None => write!(formatter, "the {}", shown(self.part()))?,
            Some((noun, name)) => {
                let (name, owner) = name.split_once(" of ").unwrap_or((name, ""));
                write!(formatter, "the {} `{}`", shown(noun), shown(name))?;
                if !owner.is_empty() {
                    write!(formatter, " of `{}`", shown(owner))?;
                }
            }
        }
        formatter.write_str(match self {
            Self::Changed(_) => " changed",
            Self::Added(_) => " was added",
            Self::Removed(_) => " was removed",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(parts: &[(&str, &str)]) -> Code {
        let part = |(name, form): &(&str, &str)| CodePart {
            name: (*name).to_owned(),
            digest: Digest::of(form.as_bytes()),
        };
        Code::of("f", parts.iter().map(part).collect())
    }

    #[test]
    fn the_part_that_changed_is_named() {
        let was = code(&[("function f", "1"), ("global n", "1"), ("closure n of f", "1")]);
        for (now, left_out, told) in [
            (
                &[("function f", "1"), ("global n", "1"), ("closure n of f", "1")][..],
                None,
                None,
            ),
            (
                &[("function f", "2"), ("global n", "1"), ("closure n of f", "1")],
                None,
                Some("the function `f` changed"),
            ),
            (
                &[("function f", "1"), ("global n", "2"), ("closure n of f", "1")],
                None,
                Some("the global `n` changed"),
            ),
            (
                &[("function f", "1"), ("global n", "1"), ("closure n of f", "2")],
                None,
                Some("the closure `n` of `f` changed"),
            ),
            // What is new is the consequence, not the cause.
            (
                &[("class c", "1"), ("function f", "2"), ("closure n of f", "1")],
                None,
                Some("the function `f` changed"),
            ),
            (
                &[
                    ("function f", "1"),
                    ("global n", "1"),
                    ("closure n of f", "1"),
                    ("version", "1"),
                ],
                None,
                Some("the version was added"),
            ),
            (
                &[("function f", "1"), ("closure n of f", "1")],
                None,
                Some("the global `n` was removed"),
            ),
            (&[("function f", "1"), ("closure n of f", "1")], Some("global n"), None),
            (
                &[("function f", "1"), ("global n", "2"), ("closure n of f", "1")],
                Some("global n"),
                None,
            ),
        ] {
            let now = code(now);
            let left_out = left_out.into_iter().map(str::to_owned).collect();
            let record = CodeRecord::of(&was, left_out, Vec::new());
            let difference = record.difference(&was.parts, &now);
            assert_eq!(difference.is_none(), record.speaks_for(&now));
            assert_eq!(difference.map(|change| change.to_string()).as_deref(), told);
        }
    }

    #[test]
    fn other_digests_may_count_as_unchanged() {
        let (was, lazy) = (
            code(&[("function f", "1")]),
            code(&[("function f", "1"), ("global n", "1")]),
        );
        let record = CodeRecord::of(&was, Vec::new(), vec![lazy.digest, was.digest]);
        assert_eq!(record.digests, [was.digest, lazy.digest]);
        assert!(record.speaks_for(&was) && record.speaks_for(&lazy));
        assert!(!record.speaks_for(&code(&[("function f", "2")])));
    }
}
