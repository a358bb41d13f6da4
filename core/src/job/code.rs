//! The code that a call runs, part by part.

use std::sync::{Arc, Mutex};

use crate::digest::Digest;
use crate::encoding::Encoder;

/// The code of a function, with all that it reaches: an implicit dependency.
///
/// Made by [`Code::of`], so that the digest is that of the parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// The function's name, for messages.
    pub name: String,
    /// The digest of all parts.
    pub digest: Digest,
    /// What it is made of, in order of their names.
    pub parts: Arc<[CodePart]>,
    last: Last,
}

/// The last answer of [`Code::without`], which each hit on a stamp without some parts asks for. Copies share it.
#[derive(Clone, Debug, Default)]
struct Last(Arc<Mutex<Option<Answer>>>);

/// What was left out, and the digest of the rest.
type Answer = (Vec<String>, Digest);

/// What was asked before makes no other code.
impl PartialEq for Last {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Last {}

/// A function, a class, a global: one thing that decides what a call computes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CodePart {
    /// What it is and how it is called: `function pkg.mod.helper`, `closure n of pkg.f`, `version`.
    pub name: String,
    /// The digest of its normalised form.
    pub digest: Digest,
}

impl Code {
    /// Makes the code of the function `name` from its parts, in any order; a part given twice counts once.
    #[must_use]
    pub fn of(name: impl Into<String>, mut parts: Vec<CodePart>) -> Self {
        parts.sort_unstable();
        parts.dedup();
        Self {
            name: name.into(),
            digest: Self::digest_of(&parts, &[]),
            parts: parts.into(),
            last: Last::default(),
        }
    }

    /// Returns the digest of the parts that are not `left_out` by their names, which are in order.
    #[must_use]
    pub fn without(&self, left_out: &[String]) -> Digest {
        if left_out.is_empty() {
            return self.digest;
        }
        // Nobody waits: another thread, or one that is gone since a fork, may hold it.
        let mut last = self.last.0.try_lock().ok();
        match last.as_deref() {
            Some(Some((names, digest))) if names == left_out => return *digest,
            _ => {}
        }
        let digest = Self::digest_of(&self.parts, left_out);
        if let Some(last) = last.as_deref_mut() {
            *last = Some((left_out.to_vec(), digest));
        }
        digest
    }

    /// Returns the digest of `parts`, which are in order of their names, but for those `left_out`, in order too.
    #[must_use]
    pub fn digest_of(parts: &[CodePart], left_out: &[String]) -> Digest {
        let mut encoder = Encoder::default();
        for part in parts.iter().filter(|part| left_out.binary_search(&part.name).is_err()) {
            encoder.bytes(part.name.as_bytes()).bytes(&part.digest.0);
        }
        Digest::of(encoder.encoded())
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
    fn parts_are_a_set_whose_names_and_forms_both_count() {
        let both = code(&[("function f", "1"), ("global n", "2")]);
        assert_eq!(both, code(&[("global n", "2"), ("function f", "1"), ("global n", "2")]));
        for other in [
            code(&[("function f", "1")]),
            code(&[("function f", "1"), ("global n", "3")]),
            code(&[("function f", "1"), ("global m", "2")]),
            code(&[]),
        ] {
            assert_ne!(both.digest, other.digest, "{other:?}");
        }
    }

    #[test]
    fn a_part_that_is_left_out_does_not_count_whatever_it_is() {
        let left_out = ["global gone".to_owned(), "global n".to_owned()];
        let digest = code(&[("function f", "1")]).digest;
        for parts in [&[("function f", "1")][..], &[("function f", "1"), ("global n", "2")]] {
            let code = code(parts);
            for _ in 0..2 {
                assert_eq!(code.without(&left_out), digest);
                assert_eq!(code.without(&left_out[..1]), code.digest);
                assert_eq!(code.without(&[]), code.digest);
            }
        }
    }
}
