//! `jobstamp report` makes a page of what was counted and of what is remembered, where it is told to.
//!
//! What the page is in a browser is promised in `python/tests/test_report.py`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::sandbox::Sandbox;

/// A world in which a job ran.
fn with_a_past() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.shell("jobstamp -- tallied echo").returns(0).ran();
    sandbox
}

/// Returns the page that `jobstamp report` prints with these options.
#[track_caller]
fn page(sandbox: &Sandbox, options: &[&str]) -> String {
    let done = sandbox.call([&["jobstamp", "report"], options].concat());
    String::from_utf8(done.returns(0).complains("").output.stdout.clone()).unwrap()
}

#[test]
fn where_nothing_was_counted_the_page_says_so_and_no_store_is_made() {
    let sandbox = Sandbox::new();
    assert!(page(&sandbox, &[]).contains("<h1>Nothing counted yet</h1>"));
    sandbox
        .call(["jobstamp", "report", "-o", "page.html"])
        .prints("page.html: nothing was counted yet\n")
        .returns(0);
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
