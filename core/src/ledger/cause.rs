//! Why a job ran, or why its run was not kept, as it is counted.

use crate::freshness::Reason;

/// Why a job ran, or why its run was not kept: without the details that only one job has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// It never ran, or its stamp is gone.
    NoStamp,
    /// A dependency changed.
    Dependency,
    /// Dependencies were added or removed.
    DependencyList,
    /// The program changed.
    Program,
    /// The code of a function changed.
    Code,
    /// An output is missing.
    OutputMissing,
    /// Outputs were added or removed.
    OutputList,
    /// Another job made an output last.
    MadeByAnother,
    /// The standard input is another.
    Input,
    /// The last run failed, and only success counts.
    Failed,
    /// The stamp has expired.
    Expired,
    /// Somebody wanted it to run.
    Forced,
    /// The stamp is damaged.
    Damaged,
    /// Parts of the stamp are gone or damaged.
    OutcomeLost,
    /// The store cannot be used.
    NoStore,
    /// Something that it depends on changed while it ran.
    Disturbed,
    /// It cannot be remembered.
    Unfit,
    /// Something that a later version has a word for.
    Other,
}

/// All of them, each with the letter that stands for it in an entry, its word for programs, and its words for people.
const ALL: [(Cause, u8, &str, &str); 18] = [
    (Cause::NoStamp, b'n', "no-stamp", "it had no stamp yet"),
    (Cause::Dependency, b'd', "dependency", "a dependency changed"),
    (
        Cause::DependencyList,
        b'D',
        "dependency-list",
        "its list of dependencies changed",
    ),
    (Cause::Program, b'p', "program", "the program changed"),
    (Cause::Code, b'c', "code", "the code of the function changed"),
    (Cause::OutputMissing, b'o', "output-missing", "an output was missing"),
    (Cause::OutputList, b'O', "output-list", "its list of outputs changed"),
    (
        Cause::MadeByAnother,
        b'a',
        "made-by-another",
        "another job had made its output",
    ),
    (Cause::Input, b'i', "input", "its standard input was another"),
    (Cause::Failed, b'f', "failed", "its last run had failed"),
    (Cause::Expired, b'e', "expired", "its stamp had expired"),
    (Cause::Forced, b'F', "forced", "it was told to run"),
    (Cause::Damaged, b'b', "damaged", "its stamp was damaged"),
    (Cause::OutcomeLost, b'l', "outcome-lost", "parts of its stamp were gone"),
    (Cause::NoStore, b's', "no-store", "the store could not be used"),
    (Cause::Disturbed, b'x', "disturbed", "something changed while it ran"),
    (Cause::Unfit, b'u', "unfit", "it could not be remembered"),
    (Cause::Other, b'?', "other", "something else"),
];

impl Cause {
    /// Returns what `reason` is counted as, and what it is about: a path, a part of the code, an exit code; or nothing.
    #[must_use]
    #[cold]
    pub fn of(reason: &Reason) -> (Self, Vec<u8>) {
        let path = || {
            let path = reason.path().map(|path| path.as_os_str().as_encoded_bytes().to_vec());
            path.unwrap_or_default()
        };
        match reason {
            Reason::NoStamp(_) => (Self::NoStamp, Vec::new()),
            Reason::Damaged(_) => (Self::Damaged, Vec::new()),
            Reason::OutcomeLost(_) => (Self::OutcomeLost, Vec::new()),
            Reason::NoStore(why) => (Self::NoStore, why.clone().into_bytes()),
            Reason::Input => (Self::Input, Vec::new()),
            Reason::Failed(code) => (Self::Failed, format!("exit code {code}").into_bytes()),
            Reason::Code { function, part: None } => (Self::Code, function.clone().into_bytes()),
            Reason::Code { part: Some(part), .. } => (Self::Code, part.to_string().into_bytes()),
            Reason::Expired => (Self::Expired, Vec::new()),
            Reason::Forced => (Self::Forced, Vec::new()),
            Reason::MadeByAnother(_) => (Self::MadeByAnother, path()),
            Reason::Program(..) => (Self::Program, path()),
            Reason::OutputMissing(_) => (Self::OutputMissing, path()),
            Reason::OutputAdded(_) | Reason::OutputRemoved(_) => (Self::OutputList, path()),
            Reason::Dependency(..) => (Self::Dependency, path()),
            Reason::DependencyAdded(_) | Reason::DependencyRemoved(_) => (Self::DependencyList, path()),
        }
    }

    /// Returns the word that programs know it by, as in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.row().2
    }

    /// Returns what people are told, as the end of "it ran because ...".
    #[must_use]
    pub fn words(self) -> &'static str {
        self.row().3
    }

    pub(super) fn letter(self) -> u8 {
        self.row().1
    }

    pub(super) fn of_letter(letter: u8) -> Self {
        let found = ALL.iter().find(|(_, one, _, _)| *one == letter);
        found.map_or(Self::Other, |(cause, ..)| *cause)
    }

    fn row(self) -> &'static (Self, u8, &'static str, &'static str) {
        // In the order of the variants, which a test holds.
        &ALL[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::Change;

    #[test]
    fn each_cause_has_a_letter_and_a_word_of_its_own_and_is_found_by_them() {
        for (place, (cause, letter, word, words)) in ALL.iter().enumerate() {
            assert_eq!(*cause as usize, place, "{cause:?}");
            assert_eq!(Cause::of_letter(*letter), *cause);
            assert_eq!((cause.letter(), cause.word(), cause.words()), (*letter, *word, *words));
            assert_eq!(
                ALL.iter()
                    .filter(|row| row.1 == *letter || row.2 == *word || row.3 == *words)
                    .count(),
                1
            );
        }
        assert_eq!(Cause::of_letter(b'Z'), Cause::Other);
    }

    #[test]
    fn a_reason_is_counted_with_what_it_is_about() {
        for (reason, cause, detail) in [
            (Reason::NoStamp("/s/3f/a2".into()), Cause::NoStamp, ""),
            (
                Reason::Dependency("in.txt".into(), Change::Content),
                Cause::Dependency,
                "in.txt",
            ),
            (
                Reason::DependencyRemoved("in.txt".into()),
                Cause::DependencyList,
                "in.txt",
            ),
            (
                Reason::Program("/bin/cc".into(), Change::Replaced),
                Cause::Program,
                "/bin/cc",
            ),
            (Reason::OutputAdded("a.o".into()), Cause::OutputList, "a.o"),
            (Reason::Failed(3), Cause::Failed, "exit code 3"),
            (
                Reason::Code {
                    function: "m:f".into(),
                    part: None,
                },
                Cause::Code,
                "m:f",
            ),
        ] {
            assert_eq!(Cause::of(&reason), (cause, detail.into()), "{reason}");
        }
    }
}
