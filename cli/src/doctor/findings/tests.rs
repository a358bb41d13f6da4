//! Facts and what is said of them, in tables.

use std::path::PathBuf;

use jobstamps::disk::{Abilities, Ground, Time, Tries};
use jobstamps::settings::Place;
use jobstamps::store::{Contents, Held, LinkOnTheWay, Oddity, Sighting, State};

use super::*;

fn healthy() -> Facts {
    let time = Time {
        seconds: 1000,
        nanoseconds: 0,
    };
    Facts {
        origin: Origin::Variable,
        checkup: Checkup {
            root: "/s/jobstamps-v1".into(),
            state: State::Ours { mode: 0o700 },
            links: Vec::new(),
            open_to_all: Ok(None),
            other_formats: Vec::new(),
            ground: Ok(Ground {
                name: Some("ext4"),
                far: false,
                in_memory: false,
                read_only: false,
                free_bytes: 10 << 30,
                free_files: Some(1_000_000),
            }),
            abilities: Some(Abilities {
                write: Ok(()),
                tried: Some(Tries {
                    nameless: Ok(()),
                    exchange: Ok(()),
                    lock: Ok(()),
                    times: [time; 3],
                }),
            }),
            contents: Some(Contents {
                jobs: 2,
                stamps: 3,
                bytes: 4096,
                most_bytes: 5 << 30,
                ..Contents::default()
            }),
        },
        depth: Depth::Stamps,
        user: Some(1000),
        key: Key::Good("/k".into()),
        variables: Vec::new(),
        problems: Vec::new(),
    }
}

/// What is said of `facts` beside what is ok, a line each.
fn said(facts: &Facts) -> Vec<String> {
    let found = findings(facts);
    let odd = found.iter().filter(|finding| finding.level != Level::Ok);
    odd.map(|Finding { level, topic, what, .. }| format!("{} {topic}: {what}", level.word()))
        .collect()
}

#[test]
fn of_a_healthy_store_nothing_but_good_is_said() {
    let found = findings(&healthy());
    assert_eq!(said(&healthy()), [""; 0]);
    let topics: Vec<_> = found.iter().map(|finding| finding.topic).collect();
    assert_eq!(
        topics,
        ["store", "owner", "file system", "room", "stamps", "locks", "key"]
    );
}

type Worsen<'a> = &'a dyn Fn(&mut Facts);

#[test]
#[allow(clippy::too_many_lines)] // A table.
fn what_is_worth_a_word_gets_one_with_its_level_and_what_needs_doing_has_advice() {
    let ground = |facts: &mut Facts, worsen: fn(&mut Ground)| worsen(facts.checkup.ground.as_mut().unwrap());
    let tries = |facts: &mut Facts, worsen: fn(&mut Tries)| {
        worsen(facts.checkup.abilities.as_mut().unwrap().tried.as_mut().unwrap());
    };
    let table: [(Worsen, &str); 33] = [
        (&|facts| facts.checkup.state = absent(Ok(())), ""),
        (
            &|facts| facts.checkup.state = absent(Err("no".to_owned())),
            "problem store: ",
        ),
        (&|facts| facts.checkup.state = refused(Some(1001)), "problem store: "),
        (&|facts| facts.checkup.state = refused(None), "problem store: "),
        (
            &|facts| facts.checkup.state = State::Ours { mode: 0o770 },
            "note owner: ",
        ),
        (
            &|facts| facts.checkup.state = State::Ours { mode: 0o755 },
            "note owner: ",
        ),
        (&|facts| facts.checkup.links = vec![link(None)], ""),
        (&|facts| facts.checkup.links = vec![link(Some(7))], "problem way: "),
        (
            &|facts| facts.checkup.open_to_all = Ok(Some("/s".into())),
            "problem way: ",
        ),
        (&|facts| facts.checkup.open_to_all = Err("no".to_owned()), "note way: "),
        (
            &|facts| facts.checkup.other_formats = vec!["jobstamps-v2".to_owned()],
            "note versions: ",
        ),
        (&|facts| facts.checkup.ground = Err("no".to_owned()), ""),
        (&|facts| ground(facts, |ground| ground.far = true), "note file system: "),
        (
            &|facts| ground(facts, |ground| ground.in_memory = true),
            "note file system: ",
        ),
        (
            &|facts| ground(facts, |ground| ground.read_only = true),
            "problem file system: ",
        ),
        (
            &|facts| ground(facts, |ground| ground.free_bytes = 0),
            "problem room: full",
        ),
        (
            &|facts| ground(facts, |ground| ground.free_bytes = 50 << 20),
            "note room: nearly",
        ),
        (
            &|facts| ground(facts, |ground| ground.free_files = Some(0)),
            "problem room: full",
        ),
        (
            &|facts| ground(facts, |ground| ground.free_files = Some(9)),
            "note room: nearly",
        ),
        (&|facts| ground(facts, |ground| ground.free_files = None), ""),
        (
            &|facts| facts.checkup.abilities = Some(unwritable()),
            "problem file system: nothing",
        ),
        (
            &|facts| tries(facts, |tries| tries.lock = Err("ENOLCK".to_owned())),
            "note file system: locks",
        ),
        (
            &|facts| tries(facts, |tries| tries.times[1].seconds += 3600),
            "problem clock: ",
        ),
        (
            &|facts| tries(facts, |tries| tries.times[1].seconds -= 3),
            "problem clock: ",
        ),
        (&|facts| tries(facts, |tries| tries.times[1].seconds += 2), ""),
        (&|facts| facts.user = None, "problem user: "),
        (&|facts| facts.key = Key::Variable(3), "note key: "),
        (&|facts| facts.key = Key::Variable(32), ""),
        (&|facts| facts.key = Key::Absent("/k".into()), ""),
        (&|facts| facts.key = Key::Nowhere, "note key: "),
        (
            &|facts| facts.key = Key::Refused("/k".into(), "mode".to_owned()),
            "problem key: ",
        ),
        (&|facts| contents(facts).held = vec![held(10)], ""),
        (
            &|facts| contents(facts).held = vec![held(10_000)],
            "note locks: process 4711",
        ),
    ];
    for (worsen, expected) in table {
        let mut facts = healthy();
        worsen(&mut facts);
        let said = said(&facts);
        match said.first() {
            Some(line) => assert!(
                !expected.is_empty() && line.starts_with(expected),
                "{expected:?}: {said:?}"
            ),
            None => assert_eq!(expected, "", "nothing was said"),
        }
        for finding in findings(&facts) {
            assert_eq!(finding.advice.is_some(), finding.level != Level::Ok, "{finding:?}");
        }
    }
}

#[test]
fn where_linux_can_more_than_others_what_is_lacking_is_said_on_linux_only() {
    let mut facts = healthy();
    let tried = facts.checkup.abilities.as_mut().unwrap().tried.as_mut().unwrap();
    tried.nameless = Err("EOPNOTSUPP".to_owned());
    tried.exchange = Err("EINVAL".to_owned());
    let lines = said(&facts);
    assert_eq!(lines.len(), if cfg!(target_os = "linux") { 2 } else { 0 }, "{lines:?}");
}

#[test]
fn each_oddity_has_its_level_its_number_and_its_first_place() {
    for (oddity, level) in [
        (Oddity::Strange, Level::Problem),
        (Oddity::Loose, Level::Problem),
        (Oddity::Misplaced, Level::Problem),
        (Oddity::Unreadable, Level::Problem),
        (Oddity::Damaged, Level::Problem),
        (Oddity::Incomplete, Level::Problem),
        (Oddity::OtherKey, Level::Note),
        (Oddity::Unchecked, Level::Note),
        (Oddity::Future, Level::Note),
        (Oddity::Linked, Level::Note),
        (Oddity::Readable, Level::Note),
        (Oddity::Litter, Level::Note),
        (Oddity::Unknown, Level::Note),
    ] {
        for count in [1, 1234] {
            let mut facts = healthy();
            let sighting = Sighting {
                count,
                bytes: 10,
                first: PathBuf::from("/s/x\u{1b}"),
                detail: "why\n".to_owned(),
                age: 100,
            };
            contents(&mut facts).oddities.insert(oddity, sighting);
            let found = findings(&facts);
            let worst: Vec<_> = found.iter().filter(|finding| finding.level != Level::Ok).collect();
            assert_eq!(worst.len(), 1, "{oddity:?}");
            assert_eq!(worst[0].level, level, "{oddity:?}");
            assert!(worst[0].what.contains("`/s/x\\e` (why\\n)"), "{worst:?}");
            assert_eq!(worst[0].what.contains("1,234"), count > 1, "{worst:?}");
        }
    }
}

#[test]
fn variables_are_said_with_their_effect_and_slips_of_the_pen_are_noticed() {
    for (name, value, expected) in [
        ("JOBSTAMPS_DISABLED", "1", Some(Level::Note)),
        ("JOBSTAMPS_DISABLED", "", Some(Level::Ok)),
        ("JOBSTAMPS_DEBUG", "1", Some(Level::Ok)),
        ("JOBSTAMPS_ALWAYS_USE_HASHES", "1", Some(Level::Ok)),
        ("JOBSTAMPS_DIRECTORY", "/s", None),
        ("JOBSTAMPS_DIRECTORY", "s", Some(Level::Note)),
        ("JOBSTAMPS_KEY", "x", None),
        ("JOBSTAMPS_TTL", "1h", None),
        ("JOBSTAMPS_DISABLE", "1", Some(Level::Note)),
        ("JOBSTAMP_DIRECTORY", "1", Some(Level::Note)),
    ] {
        let mut facts = healthy();
        facts.variables = vec![(name.into(), value.into())];
        let found = findings(&facts);
        let level = found.iter().find(|finding| finding.topic == "variables");
        assert_eq!(level.map(|finding| finding.level), expected, "{name}={value}");
    }
}

#[test]
fn what_is_set_and_cannot_be_understood_is_a_problem() {
    let mut facts = healthy();
    facts.problems = vec![Problem {
        place: Place::Variable("JOBSTAMPS_TTL"),
        what: "`1` is no duration".to_owned(),
    }];
    let found = findings(&facts);
    let settings: Vec<_> = found.iter().filter(|finding| finding.topic == "settings").collect();
    assert_eq!(settings.len(), 1);
    assert_eq!(settings[0].level, Level::Problem);
    assert_eq!(settings[0].what, "JOBSTAMPS_TTL: `1` is no duration");
}

fn contents(facts: &mut Facts) -> &mut Contents {
    facts.checkup.contents.as_mut().unwrap()
}

fn absent(can_be_made: Result<(), String>) -> State {
    State::Absent {
        nearest: "/".into(),
        can_be_made,
    }
}

fn refused(owner: Option<u32>) -> State {
    State::Refused {
        why: "store `/s` is writable by all".to_owned(),
        owner,
    }
}

fn link(stranger: Option<u32>) -> LinkOnTheWay {
    LinkOnTheWay {
        path: "/l".into(),
        text: "/s".into(),
        stranger,
    }
}

fn unwritable() -> Abilities {
    Abilities {
        write: Err("EDQUOT".to_owned()),
        tried: None,
    }
}

fn held(seconds: u64) -> Held {
    Held {
        holder: Some(4711),
        seconds,
        path: "/s/3f/x.lock".into(),
    }
}
