//! One part of a pattern, compared with one name.
//!
//! `*` stands for any number of characters, `?` for one, `[a-z]` for one of these, `[!a-z]` for one of the others,
//! `{one,other}` for either; a backslash takes the meaning from what follows it. What is left open matches nothing.
//!
//! All ways through the pattern are followed at once, so that the work is at most the length of the pattern times that
//! of the name: following one after the other takes longer than anybody lives for `{*a,*b}{*a,*b}{*a,*b}...`.

use std::ffi::OsStr;

/// A character, or a byte that is part of none: those come after all characters.
type Unit = u32;

/// One part of a pattern.
#[derive(Debug)]
pub(crate) struct Wildcard {
    steps: Vec<Step>,
    /// Whether it may match a name that begins with a dot.
    hidden: bool,
}

#[derive(Debug)]
enum Step {
    /// This one.
    Exactly(Unit),
    /// Any one.
    Any,
    /// Any number of any.
    Many,
    /// One that lies, or lies not, between some of these.
    Among { ranges: Vec<(Unit, Unit)>, inside: bool },
    /// Goes on at each of these.
    Fork(Vec<usize>),
    /// Goes on there.
    Jump(usize),
    /// Is not passed.
    Never,
}

/// A brace that is not closed yet.
struct Open {
    fork: usize,
    /// The jumps at the ends of its alternatives.
    jumps: Vec<usize>,
}

impl Wildcard {
    /// Reads one part of a pattern.
    pub(crate) fn of(pattern: &OsStr) -> Self {
        let pattern = units(pattern.as_encoded_bytes());
        Self {
            hidden: pattern.first() == Some(&Unit::from(b'.')),
            steps: steps(&pattern).unwrap_or_else(|| vec![Step::Never]),
        }
    }

    /// Returns whether `name` is one of those that it stands for.
    pub(crate) fn fits(&self, name: &OsStr) -> bool {
        let name = name.as_encoded_bytes();
        // As in a shell.
        if name.first() == Some(&b'.') && !self.hidden {
            return false;
        }
        let mut now = Places::of(self);
        let mut next = Places::of(self);
        now.add(0, &self.steps);
        for unit in units(name) {
            for place in &now.at {
                match &self.steps[*place] {
                    Step::Exactly(one) if *one != unit => {}
                    Step::Among { ranges, inside }
                        if ranges.iter().any(|(from, to)| (from..=to).contains(&&unit)) != *inside => {}
                    Step::Exactly(_) | Step::Any | Step::Among { .. } => next.add(place + 1, &self.steps),
                    Step::Many => next.add(*place, &self.steps),
                    Step::Fork(_) | Step::Jump(_) | Step::Never => {}
                }
            }
            std::mem::swap(&mut now, &mut next);
            next.clear();
        }
        now.end
    }
}

/// The places in a pattern that can have been reached.
struct Places {
    at: Vec<usize>,
    known: Vec<bool>,
    end: bool,
    /// Those that are still to be looked at.
    open: Vec<usize>,
}

impl Places {
    fn of(wildcard: &Wildcard) -> Self {
        Self {
            at: Vec::new(),
            known: vec![false; wildcard.steps.len()],
            end: false,
            open: Vec::new(),
        }
    }

    fn clear(&mut self) {
        self.at.clear();
        self.known.fill(false);
        self.end = false;
    }

    /// Adds `place`, and all that is reached from it without a character.
    fn add(&mut self, place: usize, steps: &[Step]) {
        self.open.push(place);
        while let Some(place) = self.open.pop() {
            let Some(step) = steps.get(place) else {
                self.end = true;
                continue;
            };
            if std::mem::replace(&mut self.known[place], true) {
                continue;
            }
            match step {
                Step::Fork(ways) => self.open.extend(ways),
                Step::Jump(to) => self.open.push(*to),
                Step::Many => {
                    self.at.push(place);
                    self.open.push(place + 1);
                }
                _ => self.at.push(place),
            }
        }
    }
}

fn units(bytes: &[u8]) -> Vec<Unit> {
    const AFTER_ALL: Unit = char::MAX as Unit + 1;
    let mut units = Vec::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        units.extend(chunk.valid().chars().map(Unit::from));
        units.extend(chunk.invalid().iter().map(|byte| AFTER_ALL + Unit::from(*byte)));
    }
    units
}

/// Returns the steps of `pattern`; `None` if something in it is left open.
fn steps(pattern: &[Unit]) -> Option<Vec<Step>> {
    let (mut steps, mut braces) = (Vec::new(), Vec::<Open>::new());
    let mut rest = pattern.iter().copied();
    while let Some(unit) = rest.next() {
        let step = match (plain(unit), braces.last_mut()) {
            (b'\\', _) => Step::Exactly(rest.next()?),
            (b'?', _) => Step::Any,
            // More of them say no more.
            (b'*', _) if matches!(steps.last(), Some(Step::Many)) => continue,
            (b'*', _) => Step::Many,
            (b'[', _) => among(&mut rest)?,
            (b'{', _) => {
                braces.push(Open {
                    fork: steps.len(),
                    jumps: Vec::new(),
                });
                Step::Fork(vec![steps.len() + 1])
            }
            (b',', Some(open)) => {
                open.jumps.push(steps.len());
                let after = steps.len() + 1;
                if let Step::Fork(ways) = &mut steps[open.fork] {
                    ways.push(after);
                }
                Step::Jump(0)
            }
            (b'}', Some(_)) => {
                let end = steps.len();
                for jump in braces.pop()?.jumps {
                    steps[jump] = Step::Jump(end);
                }
                continue;
            }
            _ => Step::Exactly(unit),
        };
        steps.push(step);
    }
    braces.is_empty().then_some(steps)
}

/// Returns `unit` if it is one of those that can have a meaning.
fn plain(unit: Unit) -> u8 {
    u8::try_from(unit).ok().filter(u8::is_ascii).unwrap_or_default()
}

/// Reads what stands in brackets, up to the closing one: the first is never that.
fn among(rest: &mut (impl Iterator<Item = Unit> + Clone)) -> Option<Step> {
    let mut inside = true;
    if matches!(rest.clone().next().map(plain), Some(b'!' | b'^')) {
        inside = false;
        rest.next();
    }
    let mut ranges = Vec::new();
    loop {
        let mut from = rest.next()?;
        match plain(from) {
            b']' if !ranges.is_empty() => return Some(Step::Among { ranges, inside }),
            b'\\' => from = rest.next()?,
            _ => {}
        }
        let mut ahead = rest.clone();
        let is_range = ahead.next().map(plain) == Some(b'-') && ahead.next().is_some_and(|unit| plain(unit) != b']');
        let mut to = from;
        if is_range {
            rest.next();
            to = rest.next()?;
            if plain(to) == b'\\' {
                to = rest.next()?;
            }
        }
        ranges.push((from, to));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, name: &str) -> bool {
        Wildcard::of(OsStr::new(pattern)).fits(OsStr::new(name))
    }

    #[test]
    fn a_pattern_fits_names_as_in_a_shell() {
        for (pattern, name, fit) in [
            ("*.py", "a.py", true),
            ("*.py", ".a.py", false),
            (".*", ".a", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a?c", "a\u{e9}c", true),
            ("[ab]", "b", true),
            ("[!ab]", "b", false),
            ("[^ab]", "b", false),
            ("[!ab]", "c", true),
            ("[a-c]x", "bx", true),
            ("[a-c]x", "dx", false),
            ("[\u{e0}-\u{ef}]", "\u{e9}", true),
            ("[]a]", "]", true),
            ("[a-]", "-", true),
            ("[\\]]", "]", true),
            ("[!]]", "]", false),
            ("*.{js,ts}", "a.ts", true),
            ("*.{js,ts}", "a.tsx", false),
            ("a{,b{c,d}}e", "ae", true),
            ("a{,b{c,d}}e", "abde", true),
            ("a{,b{c,d}}e", "abe", false),
            ("{a*,*b}c", "xbc", true),
            ("a**b", "aXYb", true),
            ("a}b,c", "a}b,c", true),
            ("\\*", "*", true),
            ("\\*", "x", false),
            ("!*", "!x", true),
            ("!*", "x", false),
            ("*", "\u{e9}", true),
            ("*", "", true),
        ] {
            assert_eq!(fits(pattern, name), fit, "{pattern} {name}");
        }
    }

    #[test]
    fn what_is_left_open_matches_nothing() {
        for pattern in ["[", "[a", "[]", "[!]", "{", "{a", "{a,b", "a\\", "{[}]", "[a\\"] {
            for name in ["", "a", "[", "{", pattern] {
                assert!(!fits(pattern, name), "{pattern} {name}");
            }
        }
    }

    /// X14: one way after the other, these would take longer than anybody lives.
    #[test]
    fn no_pattern_takes_longer_than_its_length_times_that_of_the_name() {
        let name = "a".repeat(255);
        for (pattern, fit) in [
            ("*a".repeat(1000) + "b", false),
            ("{*a,*a}".repeat(1000) + "b", false),
            ("{a,a,a,a,a,a,a,a}".repeat(255), true),
            ("{a,a,a,a,a,a,a,a}".repeat(256), false),
            ("{".repeat(5000) + "a*" + &"}".repeat(5000), true),
            ("{*,".repeat(5000) + "b" + &"}".repeat(5000), true),
        ] {
            assert_eq!(fits(&pattern, &name), fit, "{}", &pattern[..20]);
        }
    }

    #[test]
    #[cfg(unix)]
    fn bytes_that_are_no_text_count_one_by_one() {
        use std::os::unix::ffi::OsStrExt as _;
        let name = OsStr::from_bytes(b"a\xff\xfeb");
        for (pattern, fit) in [
            (&b"a??b"[..], true),
            (b"a?b", false),
            (b"a\xff*", true),
            (b"a\xfe*", false),
        ] {
            assert_eq!(Wildcard::of(OsStr::from_bytes(pattern)).fits(name), fit);
        }
    }
}
