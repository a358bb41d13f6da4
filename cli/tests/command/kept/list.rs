//! `jobstamp list` lists the jobs that are remembered.

use std::fs;

use super::{call, json, listed};
use crate::sandbox::Sandbox;

/// A world with three jobs, each run a day after the one before.
fn three() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.directory("sub");
    for (day, line) in [
        (0, "jobstamp -- tallied echo first"),
        (1, "jobstamp -- tallied sh -c 'seq 5000; exit 3'"),
        (2, "cd sub && jobstamp -- tallied echo third"),
    ] {
        sandbox.clock(day * 24 * 3600).shell(line).ran();
    }
    sandbox
}

const FIRST: &str = "tallied echo first";
const LARGE: &str = "tallied sh -c 'seq 5000; exit 3'";
const THIRD: &str = "tallied echo third";

#[test]
fn the_newest_come_first_or_whoever_is_asked_for() {
    let sandbox = three();
    for (options, expected) in [
        ("", &[THIRD, LARGE, FIRST][..]),
        ("--sort newest --limit 1", &[THIRD]),
        ("--limit 0", &[]),
        ("--sort largest --limit 1", &[LARGE]),
        ("--program tallied --newer 1h", &[THIRD]),
        ("--newer 25h", &[THIRD, LARGE]),
        ("--older 30h", &[FIRST]),
        ("--older 30h --newer 1h", &[]),
        ("--directory sub", &[THIRD]),
        ("--directory . --limit 2", &[THIRD, LARGE]),
        ("--directory su", &[]),
        ("--program echo", &[]),
        ("--program \"$(command -v tallied)\" --all", &[THIRD, LARGE, FIRST]),
    ] {
        assert_eq!(listed(&sandbox, options), expected, "{options}");
    }
    // What was not used for longest goes first.
    let stamp = |job: &str| {
        let found = json(&sandbox, &format!("jobstamp show --json {}", super::key(&sandbox, job)));
        found["path"].as_str().unwrap().to_owned()
    };
    let times = [(LARGE, 3), (THIRD, 2), (FIRST, 1)];
    for (job, days) in times {
        let used = std::time::SystemTime::now() - std::time::Duration::from_secs(days * 24 * 3600);
        sandbox.set_modified(stamp(job), used);
    }
    assert_eq!(listed(&sandbox, "--sort oldest"), [LARGE, THIRD, FIRST]);
}

#[test]
fn a_call_is_listed_as_it_would_be_written() {
    let sandbox = Sandbox::new();
    call(&sandbox);
    assert_eq!(listed(&sandbox, ""), ["module:f(x=1)"]);
    for program in ["module:f", "f"] {
        assert_eq!(listed(&sandbox, &format!("--program {program}")).len(), 1, "{program}");
    }
    assert_eq!(listed(&sandbox, "--program module"), [""; 0]);
}

/// A job that reads its input has a stamp that says so, and one for each input.
#[test]
fn who_reads_its_input_is_listed_once_for_each() {
    let sandbox = Sandbox::new();
    for input in ["a", "b"] {
        sandbox
            .shell(&format!("printf {input} | jobstamp -- tallied cat"))
            .ran();
    }
    assert_eq!(listed(&sandbox, ""), ["tallied cat", "tallied cat"]);
}

#[test]
fn arguments_that_are_not_written_down_are_not_made_up() {
    let sandbox = Sandbox::new();
    sandbox
        .shell("jobstamp --no-record-arguments -- tallied echo secret")
        .ran();
    assert_eq!(listed(&sandbox, ""), ["tallied (arguments not written down)"]);
    assert_eq!(listed(&sandbox, "--program tallied").len(), 1);
}

#[test]
fn people_get_a_table_and_what_there_is_in_all() {
    let sandbox = three();
    // Three hours after the last of them.
    sandbox.clock(51 * 3600);
    let lines = |line: &str| {
        let done = sandbox.shell(line).returns(0).complains("");
        let text = String::from_utf8(done.output.stdout.clone()).unwrap();
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let all = lines("jobstamp list");
    assert!(all[0].starts_with("KEY "), "{all:?}");
    assert!(all[1].contains(" 3 h ago ") && all[1].contains(THIRD), "{all:?}");
    assert!(all[3].contains(" 2 d ago ") && all[3].contains(FIRST), "{all:?}");
    assert!(all[5].starts_with("3 jobs, ") && all[5].ends_with(" KiB."), "{all:?}");
    let one = lines("jobstamp list --limit 1");
    assert!(
        one[3].starts_with("1 of 3 jobs, ") && one[3].ends_with("--all lists them."),
        "{one:?}"
    );
    assert_eq!(
        lines("jobstamp list --program other"),
        ["Nothing of that kind; 3 jobs are remembered."]
    );
    assert_eq!(
        lines("jobstamp list --stamp-directory none"),
        ["Nothing is remembered yet."]
    );
    fs::write(&sandbox.stamps()[0], "no stamp").unwrap();
    let last = lines("jobstamp list").pop().unwrap();
    assert_eq!(last, "1 file cannot be read: `jobstamp doctor` tells more.");
}

#[test]
fn on_a_terminal_no_line_is_wider_and_names_cannot_steer_it() {
    let sandbox = Sandbox::new();
    sandbox.variable("TERM", "xterm").variable("LC_ALL", "C.UTF-8");
    sandbox
        .shell("jobstamp -- tallied echo \"$(printf 'a\\033[31mb')\" some long arguments that fit nowhere, really")
        .ran();
    // So that it does not matter how quick this is.
    sandbox.clock(3 * 3600);
    for (columns, colour) in [("80", ""), ("50", ""), ("30", "NO_COLOR=1")] {
        let line = format!("{colour} COLUMNS={columns} jobstamp list");
        let (_, screen) = sandbox.on_terminal(&line).done();
        let plain: String = screen.split('\x1b').enumerate().map(plain).collect();
        assert_eq!(screen.contains('\x1b'), colour.is_empty(), "{screen:?}");
        let most = plain.lines().map(|line| line.chars().count()).max();
        assert!(most.is_some_and(|most| most <= columns.parse().unwrap()), "{screen}");
        assert!(plain.contains("  tallied echo") && plain.contains('…'), "{screen}");
    }
    let (_, screen) = sandbox.on_terminal("NO_COLOR=1 COLUMNS=500 jobstamp list").done();
    assert!(screen.contains(r"'a\e[31mb' some long"), "{screen}");
}

/// Returns a piece of a screen without the colour that it begins with.
fn plain((number, piece): (usize, &str)) -> &str {
    if number == 0 {
        return piece;
    }
    piece.split_once('m').map_or(piece, |(_, rest)| rest)
}
