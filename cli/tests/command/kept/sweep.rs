//! `jobstamp sweep` lets old stamps go.

use std::time::{Duration, SystemTime};

use super::{json, listed};
use crate::sandbox::Sandbox;

const DAY: u64 = 24 * 3600;

/// A world with jobs that were last used so many days ago as they say.
fn used(days: &[u64]) -> Sandbox {
    let sandbox = Sandbox::new();
    for days in days {
        let before = sandbox.stamps();
        sandbox
            .shell(&format!("jobstamp -- tallied sh -c 'seq 2000; : {days}'"))
            .ran();
        let stamp = sandbox
            .stamps()
            .into_iter()
            .find(|stamp| !before.contains(stamp))
            .unwrap();
        sandbox.set_modified(stamp, SystemTime::now() - Duration::from_secs(days * DAY));
    }
    sandbox
}

/// Returns which are left.
fn left(sandbox: &Sandbox) -> Vec<String> {
    let day = |job: String| job.trim_end_matches('\'').rsplit(' ').next().unwrap().to_owned();
    let mut left: Vec<String> = listed(sandbox, "--all").into_iter().map(day).collect();
    left.sort_unstable();
    left
}

#[test]
fn what_is_too_old_or_too_much_goes_and_before_that_it_is_told() {
    for (set, options, expected) in [
        ("", "", &["1", "30", "50", "7"][..]),
        ("", "--max-age 40d", &["1", "30", "7"]),
        ("", "--max-age 2w", &["1", "7"]),
        ("", "--max-size 0", &[]),
        ("JOBSTAMPS_MAX_AGE=10d", "", &["1", "7"]),
        ("JOBSTAMPS_MAX_AGE=10d", "--max-age 40d", &["1", "30", "7"]),
        ("JOBSTAMPS_MAX_SIZE=0", "", &[]),
    ] {
        let sandbox = used(&[1, 7, 30, 50, 70]);
        let line = |more: &str| format!("{set} jobstamp sweep {options} {more}");
        let told = json(&sandbox, &line("--dry-run --json"));
        assert_eq!(left(&sandbox).len(), 5, "nothing goes before it is said");
        let gone = json(&sandbox, &line("--json"));
        assert_eq!(left(&sandbox), expected, "{set} {options}");
        assert_eq!((&told["gone"], &told["left"]), (&gone["gone"], &gone["left"]));
        assert_eq!(gone["left"]["jobs"], expected.len());
        assert_eq!(gone["gone"]["jobs"], 5 - expected.len());
    }
}

#[test]
fn what_went_is_told_in_a_line() {
    let sandbox = used(&[1, 70]);
    let said = |options: &str| {
        let done = sandbox
            .shell(&format!("jobstamp sweep {options}"))
            .returns(0)
            .complains("");
        String::from_utf8(done.output.stdout.clone()).unwrap()
    };
    let dry = said("--dry-run");
    assert!(
        dry.starts_with("Would sweep 1 job, 9.") && dry.contains(" KiB; 1 job, 9."),
        "{dry}"
    );
    assert!(said("").starts_with("Swept 1 job, 9."));
    assert!(said("").starts_with("Nothing had to go; 1 job, 9."));
    assert_eq!(
        said("--stamp-directory none"),
        "Nothing had to go; 0 jobs, 0 bytes are kept.\n"
    );
    sandbox
        .shell("jobstamp sweep --max-size much")
        .says("`much` is no size such as")
        .returns(2);
}
