//! What lies in the store, and what is odd about it.

use jobstamps::Shown;
use jobstamps::store::{Contents, Depth, Oddity, Sighting};

use super::{Facts, Finding, note, ok, problem};
use crate::units;

/// A job that runs longer than this is worth a word.
const LONG: u64 = 3600;

pub(super) fn findings(facts: &Facts, contents: &Contents) -> Vec<Finding> {
    let mut found = vec![stamps(facts, contents)];
    found.extend(contents.oddities.iter().map(|(kind, sighting)| odd(*kind, sighting)));
    found.extend(locks(contents));
    found
}

fn stamps(facts: &Facts, contents: &Contents) -> Finding {
    let mut what = format!(
        "{} of {}, {} of at most {}",
        units::of(contents.stamps, "stamp", "stamps"),
        units::of(contents.jobs, "job", "jobs"),
        units::bytes(contents.bytes),
        units::bytes(contents.most_bytes),
    );
    if contents.bytes > contents.most_bytes {
        let advice = "Nothing to do: runs that are remembered let the longest unused go";
        return note("stamps", what, advice);
    }
    let is_whole = ![
        Oddity::Damaged,
        Oddity::Incomplete,
        Oddity::Unreadable,
        Oddity::OtherKey,
        Oddity::Unchecked,
    ]
    .iter()
    .any(|oddity| contents.oddities.contains_key(oddity));
    if is_whole && contents.stamps > 0 {
        what += match facts.depth {
            Depth::Stamps => "; all are whole (--deep reads large outputs too)",
            Depth::Everything => "; all are whole, large outputs too",
        };
    }
    ok("stamps", what)
}

#[allow(clippy::too_many_lines)] // One kind after the other.
fn odd(kind: Oddity, seen: &Sighting) -> Finding {
    let Sighting {
        count,
        bytes,
        first,
        detail,
        age,
    } = seen;
    let detail = Shown::bytes(detail.as_bytes());
    let shown = Shown::path(first);
    // "`P` (mode 666)" or "3 files, the first `P` (mode 666)".
    let place = |one: &str, more: &str| {
        let counted = if *count == 1 {
            format!("{one} `{shown}`")
        } else {
            format!("{} {more}, the first `{shown}`", units::number(*count))
        };
        if seen.detail.is_empty() {
            counted
        } else {
            format!("{counted} ({detail})")
        }
    };
    let they = if *count == 1 { "it is" } else { "they are" };
    match kind {
        Oddity::Strange => problem(
            "trust",
            format!("not yours: {}; {they} never opened", place("the file", "files")),
            "Find out who put that there, and remove it",
        ),
        Oddity::Loose => problem(
            "trust",
            format!("writable by all: {}; {they} not believed", place("the file", "files")),
            "Find out why, and remove it: the job runs again. Or chmod o-w, if nobody else can have written there",
        ),
        Oddity::Misplaced => problem(
            "stamps",
            format!(
                "in the place of our own: {}; what should be there cannot be kept",
                place("the thing", "things")
            ),
            "Remove it",
        ),
        Oddity::Unreadable => problem(
            "stamps",
            format!("cannot be read: {}; the job runs each time", place("the file", "files")),
            "chmod u+rw, or remove it. If it is not about permissions, look at the disk",
        ),
        Oddity::Damaged => problem(
            "stamps",
            format!(
                "damaged: {}; the job runs again, which replaces it",
                place("the stamp", "stamps")
            ),
            "Nothing to do, or remove it. If it comes often, look at the disk",
        ),
        Oddity::Incomplete => problem(
            "stamps",
            format!(
                "large outputs are gone or damaged: of {}; the job runs again, which replaces them",
                place("the stamp", "stamps")
            ),
            "Nothing to do. If it comes often, look at the disk, or at who removes files here",
        ),
        Oddity::OtherKey => note(
            "stamps",
            format!(
                "signed with another key than yours, or damaged: {}; the call is made again, which replaces it",
                place("the stamp", "stamps")
            ),
            "Nothing to do, if your key is a new one, or JOBSTAMPS_KEY was another",
        ),
        Oddity::Unchecked => note(
            "stamps",
            format!(
                "signed, and there is no key here to check it with: {}",
                place("the stamp", "stamps")
            ),
            "Set JOBSTAMPS_KEY, or ask where your home is",
        ),
        Oddity::Future => note(
            "clock",
            format!(
                "from the future, by {} at most: {}; contents decide, so they are used all the same",
                units::seconds(*age),
                place("the stamp", "stamps")
            ),
            "See that the clock is right now; if it is, nothing is to be done",
        ),
        Oddity::Linked => note(
            "trust",
            format!("under another name too: {}", place("the file", "files")),
            "Nothing to do, if that is a backup of yours: who can write there could change what is replayed",
        ),
        Oddity::Readable => note(
            "trust",
            format!("others may read {}", place("the file", "files")),
            "chmod go-rwx, unless that is meant",
        ),
        Oddity::Litter => note(
            "litter",
            format!(
                "{} left by runs that were killed, the oldest {} ago: {}",
                units::bytes(*bytes),
                units::seconds(*age),
                place("the file", "files")
            ),
            "Nothing to do: it is swept later; `jobstamp sweep` does it now",
        ),
        Oddity::Unknown => note(
            "litter",
            format!("not ours, and left alone: {}", place("the name", "names")),
            "Remove it, if you know it to be nothing",
        ),
    }
}

fn locks(contents: &Contents) -> Vec<Finding> {
    if contents.held.is_empty() {
        return vec![ok("locks", "no job runs now")];
    }
    let say = |held: &jobstamps::store::Held| {
        let since = units::seconds(held.seconds);
        let who = match held.holder {
            Some(process) => format!("process {process} runs a job, for {since} now"),
            None => format!("a process that left no number runs a job, for {since} now"),
        };
        let what = format!("{who} (`{}`); equal jobs wait for it", Shown::path(&held.path));
        match held.holder {
            Some(process) if held.seconds > LONG => note("locks", what, format!("If it hangs: kill {process}")),
            _ => ok("locks", what),
        }
    };
    contents.held.iter().map(say).collect()
}
