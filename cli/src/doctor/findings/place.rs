//! Where the store is, why there, whose it is, and who else could have a hand in it.

use jobstamps::Shown;
use jobstamps::store::{LinkOnTheWay, State};

use super::{Facts, Finding, note, ok, problem};
use crate::surroundings::Origin;

pub(super) fn findings(facts: &Facts) -> Vec<Finding> {
    let mut found = vec![store(facts)];
    found.extend(mode(facts));
    found.extend(facts.checkup.links.iter().map(link));
    found.extend(parents(facts));
    found.extend(other_formats(facts));
    found
}

/// Says where it is, and whether it is used.
fn store(facts: &Facts) -> Finding {
    let root = Shown::path(&facts.checkup.root);
    let origin = match facts.origin {
        Origin::Option => "as --stamp-directory says",
        Origin::Variable => "as JOBSTAMPS_DIRECTORY says",
        Origin::File => "as the configuration file says",
        Origin::Default => "the default, in the directory for temporary files",
    };
    match &facts.checkup.state {
        State::Ours { .. } => ok("store", format!("`{root}`, {origin}")),
        State::Absent {
            can_be_made: Ok(()), ..
        } => ok(
            "store",
            format!("`{root}`, {origin}; it is not there yet, and the first run makes it"),
        ),
        State::Absent {
            can_be_made: Err(why), ..
        } => problem(
            "store",
            format!("`{root}`, {origin}, cannot be made ({why}), so jobs run and are not remembered"),
            "Name another directory: JOBSTAMPS_DIRECTORY, --stamp-directory",
        ),
        State::Refused { why, owner } => {
            let advice = match owner {
                Some(owner) if facts.user == Some(0) => format!(
                    "Ask as its owner: sudo -u '#{owner}' jobstamp doctor --stamp-directory `{}`; or name a directory of \
                     your own: JOBSTAMPS_DIRECTORY",
                    facts.checkup.root.parent().map_or(root, Shown::path)
                ),
                Some(_) => {
                    "If it should be yours, find out who made it, and remove it; or name a directory of your own: \
                            JOBSTAMPS_DIRECTORY"
                        .to_owned()
                }
                None if why.contains("writable by all") => {
                    format!(
                        "Remove it, since anybody could have written there; or, if nobody else was there, chmod 700 `{root}`"
                    )
                }
                None => "Put it right, or name another directory: JOBSTAMPS_DIRECTORY, --stamp-directory".to_owned(),
            };
            let whose = match owner {
                Some(owner) if !why.contains("owned by") => format!("; it belongs to uid {owner}"),
                _ => String::new(),
            };
            problem(
                "store",
                format!(
                    "{}{whose} ({origin}); it is not used, so all jobs run and nothing is remembered",
                    // The topic says so already.
                    why.trim_start_matches("store ").trim_end_matches('.')
                ),
                advice,
            )
        }
    }
}

/// Says whose it is, and whom it lets in.
fn mode(facts: &Facts) -> Option<Finding> {
    let State::Ours { mode } = facts.checkup.state else {
        return None;
    };
    // Elsewhere a store is as private as the folder it is in.
    if !cfg!(unix) {
        return None;
    }
    let root = Shown::path(&facts.checkup.root);
    let user = facts.user.map_or_else(String::new, |user| format!("uid {user}, "));
    Some(if mode & 0o020 != 0 {
        note(
            "owner",
            format!(
                "you ({user}mode {mode:o}); its group may write there too, and each stamp is believed only if it is yours"
            ),
            format!("chmod 700 `{root}`, unless that is meant"),
        )
    } else if mode & 0o055 != 0 {
        note(
            "owner",
            format!("you ({user}mode {mode:o}); others may see which stamps there are, and read none"),
            format!("chmod 700 `{root}`, unless that is meant"),
        )
    } else {
        ok("owner", format!("you alone ({user}mode {mode:o})"))
    })
}

fn link(link: &LinkOnTheWay) -> Finding {
    let what = format!(
        "`{}` is a link to `{}`",
        Shown::path(&link.path),
        Shown::path(&link.text)
    );
    match link.stranger {
        None => ok("way", what),
        Some(owner) => problem(
            "way",
            format!("{what}; it belongs to uid {owner}, who could turn it"),
            "Name the directory without that link",
        ),
    }
}

fn parents(facts: &Facts) -> Option<Finding> {
    match &facts.checkup.open_to_all {
        Ok(None) => None,
        Ok(Some(path)) => {
            let path = Shown::path(path);
            Some(problem(
                "way",
                format!("everybody may write in `{path}`, and so could put another store in the place of yours"),
                format!("chmod o-w `{path}` (or chmod +t, as /tmp has it), or name another directory"),
            ))
        }
        Err(why) => Some(note(
            "way",
            format!("the directories above it cannot be looked at: {why}"),
            "Name another directory, if you do not know them",
        )),
    }
}

fn other_formats(facts: &Facts) -> Option<Finding> {
    let names = &facts.checkup.other_formats;
    (!names.is_empty()).then(|| {
        note(
            "versions",
            format!(
                "beside it lies what other versions of jobstamps keep: {}",
                names.join(", ")
            ),
            "Nothing to do: neither touches the other's. What no version of yours uses may be removed",
        )
    })
}
