//! What every page keeps to, whatever it tells.

use super::super::figures::{Causes, Kept};
use super::*;

const HOSTILE: &str =
    "</script><script>alert(1)</script><img src=x onerror='alert(2)' \"a\"=\"b\"> -->&lt;]]>{}\u{202e}\0";

/// Figures in which everything has this name.
fn figures(name: &str) -> Figures {
    let tally = Tally {
        hits: 3,
        misses: 1,
        unkept: 1,
        saved: 3_000_000_000,
        taken: 2_000_000_000,
        last: 0,
    };
    let causes = || {
        vec![Causes {
            words: "a dependency changed",
            times: 2,
            details: vec![(name.to_owned(), 1)],
        }]
    };
    let kept = || {
        vec![Kept {
            job: name.to_owned(),
            directory: name.to_owned(),
            key: name.to_owned(),
            ..Kept::default()
        }]
    };
    Figures {
        store: name.to_owned(),
        made: 1_795_392_000,
        is_off: false,
        days: (0..9).map(|day| (Day::of(1_794_700_800).later(day), tally)).collect(),
        total: tally,
        programs: vec![(name.to_owned(), tally)],
        other_programs: 7,
        causes: causes(),
        unkept: causes(),
        jobs: 1,
        bytes: 1,
        valuable: kept(),
        largest: kept(),
    }
}

/// Returns the tags of a page, and its text between them.
fn taken_apart(page: &str) -> (Vec<&str>, String) {
    let (mut tags, mut text) = (Vec::new(), String::new());
    let body = &page[page.find("<body>").unwrap()..page.find("<script").unwrap()];
    for part in body.split('<').skip(1) {
        let (tag, behind) = part.split_once('>').unwrap();
        tags.push(tag);
        text.push_str(behind);
    }
    (tags, text)
}

#[test]
fn the_tags_of_a_page_are_the_same_whatever_things_are_called() {
    let (plain, hostile) = (page(&figures("plain")), page(&figures(HOSTILE)));
    let ((tags, text), (same_tags, hostile_text)) = (taken_apart(&plain), taken_apart(&hostile));
    assert_eq!(tags, same_tags);
    assert!(tags.iter().all(|tag| !tag.contains("plain")), "{tags:#?}");
    assert!(text.matches("plain").count() >= 10, "{text}");
    assert!(!hostile_text.contains(['"', '\'', '\u{202e}', '\0']), "{hostile_text}");
    assert_eq!(plain.matches("<script").count(), 1);
    assert_eq!(hostile.matches("<script").count(), 1);
}

#[test]
fn a_page_loads_nothing_and_runs_only_what_knows_the_digest_of_what_stands_in_it() {
    let page = page(&figures("job"));
    let (tags, _) = taken_apart(&page);
    for foreign in ["http:", "https:", "@import", "url(", "import(", "fetch("] {
        assert!(!page.contains(foreign), "{foreign}: {page}");
    }
    for loading in [" src=", " href=", " style=", " on"] {
        assert!(tags.iter().all(|tag| !tag.contains(loading)), "{loading}: {tags:#?}");
    }
    let nonce = page
        .split("'nonce-")
        .nth(1)
        .and_then(|rest| rest.split('\'').next())
        .unwrap();
    assert_eq!(nonce.len(), 64);
    assert!(page.contains("default-src 'none'; "), "{page}");
    assert_eq!(page.matches(&format!("nonce=\"{nonce}\"")).count(), 2);
    assert!(!super::page(&figures("another job")).contains(nonce));
}

#[test]
fn what_there_is_nothing_of_is_not_told() {
    let empty = page(&Figures::default());
    assert!(
        empty.contains("<h1>Nothing counted yet</h1>") && !empty.contains("<section>"),
        "{empty}"
    );
    let off = page(&Figures {
        is_off: true,
        ..Figures::default()
    });
    assert!(off.contains("Counting is turned off"), "{off}");
    let full = page(&figures("job"));
    for heading in [
        "<h1>3.0 s saved</h1>",
        "Day by day",
        "Programs",
        "Why jobs ran",
        "Why runs were not remembered",
        "Most valuable stamps",
        "Largest stamps",
        "7 more programs",
    ] {
        assert!(full.contains(heading), "{heading}");
    }
    let uncounted = Figures {
        total: Tally::default(),
        valuable: Vec::new(),
        ..figures("job")
    };
    let uncounted = page(&uncounted);
    assert!(
        uncounted.contains("Largest stamps") && !uncounted.contains("Most valuable"),
        "{uncounted}"
    );
}

#[test]
fn headings_go_down_one_step_at_a_time_and_every_id_is_there_once() {
    let page = page(&figures("job"));
    let mut before = 0;
    for part in page.split("<h").skip(1) {
        let Some(level) = part.chars().next().and_then(|digit| digit.to_digit(10)) else {
            continue;
        };
        assert!(level <= before + 1, "h{level} after h{before}");
        before = level;
    }
    assert_eq!(page.matches("<h1").count(), 1);
    let ids: Vec<&str> = page
        .split(" id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    for id in &ids {
        assert_eq!(ids.iter().filter(|other| *other == id).count(), 1, "{id}");
    }
    for attribute in [" aria-labelledby=\"", " aria-describedby=\""] {
        for named in page.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(ids.contains(&named), "{named}");
        }
    }
}
