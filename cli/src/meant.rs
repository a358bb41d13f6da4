//! What somebody meant whose words nobody understands.

use std::ffi::OsString;

use crate::definitions::{self, PAGES, named, page};
use crate::options::Usage;

/// Returns what to say to who wrote a line of these `words`, if there is something that helps.
#[cold]
#[inline(never)]
pub fn hint(usage: &Usage, words: &[OsString]) -> Option<String> {
    let first = words.first();
    let subcommand = first.and_then(|word| named(word));
    if let (None, Usage::NoDivider | Usage::Other(_), Some(late)) = (subcommand, usage, late(words)) {
        return Some(format!("`{late}` is a subcommand as the very first word only"));
    }
    match usage {
        Usage::NoDivider => {
            let word = first?
                .to_str()
                .filter(|word| !word.starts_with('-') && subcommand.is_none())?;
            let name = nearest(word, PAGES.iter().map(|page| page.name))?;
            Some(format!("there is a subcommand `{name}`"))
        }
        Usage::Unknown(option) => {
            let options: Vec<&str> = match subcommand {
                Some(subcommand) => page(subcommand).options().map(|option| option.name).collect(),
                None => definitions::JOB.to_vec(),
            };
            let meant = nearest(option, options.into_iter()).map(|name| format!("did you mean `{name}`?"));
            meant.or_else(|| Some(help(subcommand.map(|subcommand| page(subcommand).name))))
        }
        Usage::NoCommand | Usage::Other(_) => Some(help(subcommand.map(|subcommand| page(subcommand).name))),
    }
}

/// Returns the name of a subcommand that stands among our own words, but not first.
fn late(words: &[OsString]) -> Option<&'static str> {
    let ours = words.iter().take_while(|word| *word != "--").skip(1);
    ours.filter_map(|word| named(word)).map(|late| page(late).name).next()
}

fn help(subcommand: Option<&str>) -> String {
    let between = if subcommand.is_some() { " " } else { "" };
    let subcommand = subcommand.unwrap_or_default();
    format!("`jobstamp{between}{subcommand} --help` shows what can be said")
}

/// Returns the name that `word` is a slip of the pen for: no more than a third of its letters are wrong.
fn nearest(word: &str, names: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let distance = |name: &&str| strsim::osa_distance(word, name);
    let (distance, name) = names.map(|name| (distance(&name), name)).min()?;
    (distance * 3 <= word.chars().count() && distance < name.chars().count()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_seen_and_what_is_nothing_like_a_word_of_ours_is_not() {
        let unknown = |option: &str| Usage::Unknown(option.to_owned());
        for (usage, line, expected) in [
            (Usage::NoDivider, "docter", Some("there is a subcommand `doctor`")),
            (Usage::NoDivider, "whi", Some("there is a subcommand `why`")),
            (Usage::NoDivider, "doctor", None),
            (Usage::NoDivider, "make", None),
            (Usage::NoDivider, "--docter", None),
            (Usage::NoDivider, "", None),
            (
                unknown("--use-hashs"),
                "--use-hashs",
                Some("did you mean `--use-hashes`?"),
            ),
            (unknown("--dependecies"), "why", Some("did you mean `--dependencies`?")),
            (unknown("--jsno"), "doctor", Some("did you mean `--json`?")),
            (
                unknown("--bogus"),
                "x",
                Some("`jobstamp --help` shows what can be said"),
            ),
            (
                unknown("--use-hashs"),
                "doctor",
                Some("`jobstamp doctor --help` shows what can be said"),
            ),
            (
                Usage::NoCommand,
                "why",
                Some("`jobstamp why --help` shows what can be said"),
            ),
            (
                Usage::NoDivider,
                "--stamp-directory d list",
                Some("`list` is a subcommand as the very first word only"),
            ),
            (
                Usage::Other("unexpected word `why`".to_owned()),
                "--use-hashes why -- c",
                Some("`why` is a subcommand as the very first word only"),
            ),
            (Usage::NoDivider, "why list", None),
        ] {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            assert_eq!(hint(&usage, &words).as_deref(), expected, "{line}: {usage}");
        }
    }
}
