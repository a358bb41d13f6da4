//! `jobstamp report` makes a page of what was counted and of what is remembered, where it is told to.
//!
//! What the page is in a browser is promised in `python/tests/test_report.py`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::sandbox::Sandbox;

/// In seconds.
const DAY: i64 = 86_400;

fn seconds_since_1970() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.as_secs().try_into().unwrap()
}

/// A world in which a job ran, was replayed twice and ran again, on two days.
fn with_a_past() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("in", "1");
    // Tomorrow and the day after at noon, so that no midnight comes between.
    let noon = DAY + DAY / 2 - seconds_since_1970() % DAY;
    for (days, runs) in [(0, 1), (0, 1), (1, 1)] {
        sandbox.clock(noon + days * DAY);
        sandbox.shell("jobstamp --dependencies in -- tallied cat in").returns(0);
        assert_eq!(sandbox.runs(), runs);
    }
    sandbox.write("in", "22");
    sandbox
        .shell("jobstamp --dependencies in -- tallied cat in")
        .returns(0)
        .ran();
    sandbox
}

/// Returns the page that `jobstamp report` prints with these options.
#[track_caller]
fn page(sandbox: &Sandbox, options: &[&str]) -> String {
    let done = sandbox.call([&["jobstamp", "report"], options].concat());
    String::from_utf8(done.returns(0).complains("").output.stdout.clone()).unwrap()
}

#[test]
fn the_page_tells_what_was_replayed_what_ran_and_why() {
    let sandbox = with_a_past();
    let page = page(&sandbox, &[]);
    for told in [
        "2 of 4 jobs were replayed instead of run.",
        "<dd class=\"much\">50 %</dd>",
        "<dd class=\"much\">2 jobs</dd>",
        "<bdi>tallied</bdi>",
        "it had no stamp yet",
        "a dependency changed",
        "<bdi>tallied cat in</bdi>",
        "<dd class=\"much\">1 job</dd>",
    ] {
        assert!(page.contains(told), "{told} in {page}");
    }
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
}

#[test]
fn since_counts_whole_days_back_from_now() {
    let sandbox = with_a_past();
    for (since, told) in [
        ("1s", "1 of 2 jobs was replayed"),
        ("1d", "2 of 4 jobs were replayed"),
        ("52w", "2 of 4 jobs were replayed"),
    ] {
        let page = page(&sandbox, &["--since", since]);
        assert!(page.contains(told), "{since}: {page}");
    }
}

#[test]
fn where_nothing_was_counted_the_page_says_so_and_no_store_is_made() {
    let sandbox = Sandbox::new();
    assert!(page(&sandbox, &[]).contains("<h1>Nothing counted yet</h1>"));
    sandbox
        .call(["jobstamp", "report", "-o", "page.html"])
        .prints("page.html: nothing was counted yet\n")
        .returns(0);
    sandbox.variable("JOBSTAMPS_COUNT", "no");
    assert!(page(&sandbox, &[]).contains("Counting is turned off"));
    assert!(!sandbox.store().exists());
}

#[test]
fn a_new_page_is_its_owners_alone_and_one_that_is_there_keeps_its_mode() {
    let sandbox = with_a_past();
    let mode = |name: &str| fs::metadata(sandbox.path(name)).unwrap().permissions().mode() & 0o777;
    sandbox
        .write("there.html", "x".repeat(1 << 20))
        .arrange("chmod 644 there.html");
    for (name, expected) in [("new.html", 0o600), ("there.html", 0o644)] {
        let done = sandbox.call(["jobstamp", "report", &format!("--output={name}")]);
        let said = String::from_utf8(done.returns(0).complains("").output.stdout.clone()).unwrap();
        assert!(said.starts_with(&format!("{name}: ")), "{said}");
        assert!(said.ends_with(" saved, 2 of 4 jobs replayed\n"), "{said}");
        assert_eq!(mode(name), expected);
        assert_eq!(
            String::from_utf8(sandbox.read(name)).unwrap(),
            page(&sandbox, &["-o", "-"])
        );
    }
}

#[test]
fn a_page_that_cannot_be_written_is_said_in_one_line() {
    let sandbox = Sandbox::new();
    sandbox
        .call(["jobstamp", "report", "-o", "missing/page.html"])
        .complains("jobstamp: cannot open `missing/page.html`: No such file or directory (os error 2)\n")
        .prints("")
        .returns(125);
    sandbox
        .call(["jobstamp", "report", "-o", "."])
        .complains("jobstamp: cannot open `.`: Is a directory (os error 21)\n")
        .returns(125);
    sandbox
        .shell("jobstamp report > /dev/full")
        .complains("jobstamp: cannot write to `standard output`: No space left on device (os error 28)\n")
        .returns(125);
}

#[test]
fn a_page_is_not_printed_on_a_terminal() {
    let sandbox = Sandbox::new();
    let (status, screen) = sandbox.on_terminal("exec jobstamp report").done();
    assert_eq!(status.code(), Some(2));
    assert_eq!(
        screen,
        "jobstamp: a page is nothing for a terminal\r\nhint: `jobstamp report -o report.html` writes it to a file\r\n"
    );
}

#[test]
fn a_store_that_cannot_be_trusted_is_not_reported_on() {
    let sandbox = with_a_past();
    sandbox.arrange("chmod 777 \"$JOBSTAMPS_DIRECTORY\"/jobstamps-v1");
    sandbox
        .call(["jobstamp", "report"])
        .prints("")
        .says("is writable by")
        .returns(125);
}
