//! There is too little room, for bytes or for names, wherever it ends: the result is delivered, and what was remembered
//! stays so.

use std::collections::BTreeSet;
use std::fs;

use super::mounts::Mount;
use crate::sandbox::{Did, Done, Sandbox, amount, is_root, skip};

const SMALL: &[&str] = &["--use-hashes", "--dependencies", "in"];
/// More than fits into a stamp, and into many of the file systems here.
const LARGE: &str = "jobstamp --use-hashes --dependencies in -- tallied sh -c 'cat in; seq 30000; exit 4'";

/// The job's own result, with one warning at most.
#[track_caller]
fn delivers<'a>(done: Done<'a>, expected: &[u8], code: i32) -> Done<'a> {
    let words = String::from_utf8_lossy(&done.output.stderr).into_owned();
    let are_warnings = words.lines().all(|line| line.starts_with("jobstamp: warning: "));
    assert!(are_warnings && words.lines().count() <= 1, "{done}");
    done.prints(expected).returns(code)
}

/// Runs jobs in a store on a file system that ends somewhere, then `widen`s it. Returns whether the small and the large one
/// could be remembered before.
fn live_with_little(sandbox: &Sandbox, widen: impl FnOnce()) -> (bool, bool) {
    sandbox.job("cat in; exit 3");
    let numbers = sandbox.shell("seq 30000").output.stdout;
    let small = |version: &str| {
        sandbox.write("in", version);
        delivers(sandbox.jobstamp(SMALL), version.as_bytes(), 3).runs
    };
    let large = |version: &str| {
        sandbox.write("in", version);
        delivers(sandbox.shell(LARGE), &[version.as_bytes(), &numbers].concat(), 4).runs
    };
    small("one\n");
    let is_remembered = small("one\n") == 0;
    large("one\n");
    let is_large_remembered = large("one\n") == 0;
    small("two\n");
    large("two\n");
    large("three\n");
    // What had been remembered is so still, whatever failed in between.
    assert!(!is_remembered || small("one\n") == 0);
    assert!(!is_large_remembered || large("one\n") == 0);
    widen();
    for version in ["four\n", "one\n"] {
        small(version);
        large(version);
        sandbox.write("in", version);
        sandbox.jobstamp(SMALL).replayed().complains("").prints(version);
        sandbox.shell(LARGE).replayed().complains("");
    }
    let is_left = |path: &std::path::PathBuf| path.file_name().unwrap().to_string_lossy().starts_with(".tmp-");
    assert!(!sandbox.files_of_the_store().iter().any(is_left));
    (is_remembered, is_large_remembered)
}

/// From nothing at all to all of it.
const ALL_CASES: [(bool, bool); 3] = [(false, false), (true, false), (true, true)];

/// S05.
#[test]
fn on_a_file_system_of_any_size_the_result_is_delivered_and_what_was_remembered_stays() {
    let (mut pages, mut cases) = (1, BTreeSet::new());
    while pages < 160 {
        let sandbox = Sandbox::new();
        let options = format!("size={}k", pages * 4);
        let Some(mount) = Mount::memory(&sandbox, &options, "small file systems") else {
            return;
        };
        cases.insert(live_with_little(&sandbox, || mount.change("size=4m")));
        pages += amount(1 + pages / 3, 1);
    }
    assert_eq!(Vec::from_iter(cases), ALL_CASES);
}

/// S05, S14.
#[test]
fn on_a_file_system_with_any_number_of_names_the_result_is_delivered_and_what_was_remembered_stays() {
    let mut cases = BTreeSet::new();
    for inodes in (1..amount(16, 30)).step_by(amount(2, 1)) {
        let sandbox = Sandbox::new();
        let options = format!("nr_inodes={inodes}");
        let Some(mount) = Mount::memory(&sandbox, &options, "few names") else {
            return;
        };
        cases.insert(live_with_little(&sandbox, || mount.change("nr_inodes=1000")));
    }
    assert_eq!(Vec::from_iter(cases), ALL_CASES);
}

/// S05, S07. A file system on a disk, whose blocks run out.
#[test]
fn on_a_full_disk_hits_are_served_and_misses_are_delivered() {
    let sandbox = Sandbox::new();
    sandbox.job("cat in; exit 3").write("in", "old\n");
    let Some(mount) = Mount::image(&sandbox, "ext4", 2, "a full disk") else {
        return;
    };
    sandbox.jobstamp(SMALL).ran().complains("");
    sandbox.shell(LARGE).ran().complains("");
    // Whole blocks first, then single bytes.
    sandbox.arrange(
        "cat /dev/zero > $JOBSTAMPS_DIRECTORY/filler 2>/dev/null; for i in 1 2 3 4 5 6 7 8; do \
         head -c 1000 /dev/zero >> $JOBSTAMPS_DIRECTORY/crumbs 2>/dev/null; done; true",
    );
    sandbox
        .jobstamp(SMALL)
        .replayed()
        .complains("")
        .prints("old\n")
        .returns(3);
    sandbox.shell(LARGE).replayed().complains("").returns(4);
    sandbox.write("in", "new\n");
    delivers(sandbox.jobstamp(SMALL), b"new\n", 3).ran();
    let large = sandbox.shell(LARGE).ran().returns(4);
    large.says("jobstamp: warning: ").says("No space left on device");
    sandbox.write("in", "old\n");
    sandbox.jobstamp(SMALL).did(Did::Replay).prints("old\n");
    sandbox.shell(LARGE).replayed().complains("").returns(4);
    fs::remove_file(mount.path().join("filler")).unwrap();
    sandbox.write("in", "new\n");
    for did in [Did::Run, Did::Replay] {
        sandbox.shell(LARGE).did(did).complains("").returns(4);
    }
}

/// Runs the sandbox's job as the user who owns nothing else.
fn as_nobody<'a>(sandbox: &'a Sandbox, options: &str) -> Done<'a> {
    let become_nobody = "setpriv --reuid 65534 --regid 65534 --clear-groups";
    sandbox.shell(&format!(
        "{become_nobody} jobstamp {options} -- tallied sh -c 'cat in; seq 30000; exit 4'"
    ))
}

/// S07. Nobody may write, by rights or by an attribute of the files.
#[test]
fn without_the_right_to_write_hits_are_served_and_misses_run_with_one_warning() {
    if !is_root("a store without rights") {
        return;
    }
    for (forbid, allow, words) in [
        (
            "chmod -R a-w $JOBSTAMPS_DIRECTORY",
            "chmod -R u+w $JOBSTAMPS_DIRECTORY",
            "Permission denied",
        ),
        (
            "chattr -R +i $JOBSTAMPS_DIRECTORY",
            "chattr -R -i $JOBSTAMPS_DIRECTORY",
            "Operation not permitted",
        ),
    ] {
        let sandbox = Sandbox::new();
        sandbox
            .write("in", "old\n")
            .arrange("mkdir ../store; chown 65534:65534 ../store");
        as_nobody(&sandbox, "--dependencies in").ran().complains("").returns(4);
        if !sandbox.shell(forbid).output.status.success() {
            skip("a store without rights", forbid);
            continue;
        }
        as_nobody(&sandbox, "--dependencies in")
            .replayed()
            .complains("")
            .returns(4);
        for options in ["--no-cwd --dependencies in", "--dependencies in --env X"] {
            let done = as_nobody(&sandbox, options).ran().returns(4);
            let warnings = String::from_utf8_lossy(&done.output.stderr).lines().count();
            assert_eq!(warnings, 1, "{done}");
            done.says("jobstamp: warning: ").says(words).says("not cached");
        }
        as_nobody(&sandbox, "--dependencies in --env X --quiet")
            .ran()
            .complains("")
            .returns(4);
        as_nobody(&sandbox, "--dependencies in --env X --strict")
            .ran()
            .returns(125);
        sandbox.arrange(allow);
        as_nobody(&sandbox, "--no-cwd --dependencies in").ran().complains("");
        as_nobody(&sandbox, "--no-cwd --dependencies in")
            .replayed()
            .complains("");
    }
}
