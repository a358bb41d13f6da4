//! What the command counts: each time once, under the program's name, with why it ran and how long that took.

use jobstamps::ledger::{Cause, Counts};
use jobstamps::{Cache, Time};

use crate::sandbox::Sandbox;

/// Returns what was counted in the sandbox's store.
fn counts(sandbox: &Sandbox) -> Counts {
    let cache = Cache::open(&sandbox.store(), || Time::from(std::time::SystemTime::now()), None);
    cache.ledger(None).unwrap()
}

#[test]
fn hits_and_runs_are_counted_with_why_and_how_long() {
    let sandbox = Sandbox::new();
    sandbox.write("in", "1").job("cat in");
    let options = ["--dependencies", "in"];
    sandbox.jobstamp(&options).ran();
    sandbox.jobstamp(&options).replayed();
    sandbox.write("in", "other");
    sandbox.jobstamp(&options).ran();
    sandbox.jobstamp(&options).replayed();
    sandbox.jobstamp(&options).replayed();
    let counts = counts(&sandbox);
    let total = counts.total;
    assert_eq!((total.hits, total.misses, total.unkept), (3, 2, 0));
    assert!(total.taken > 0 && total.saved > 0);
    assert_eq!(counts.names.keys().collect::<Vec<_>>(), [b"tallied"]);
    assert_eq!(counts.jobs.len(), 1);
    assert_eq!(counts.misses[&Cause::NoStamp].times, 1);
    assert_eq!(counts.misses[&Cause::Dependency].most_frequent(9), [(&b"in"[..], 1)]);
}

#[test]
fn runs_that_are_not_remembered_are_counted_with_why() {
    let sandbox = Sandbox::new();
    sandbox.write("in", "1").job("echo more >>in");
    sandbox.jobstamp(&["--dependencies", "in"]).ran();
    sandbox.job("exit 3");
    sandbox.jobstamp(&["--discard-failures"]).ran().returns(3);
    let counts = counts(&sandbox);
    assert_eq!((counts.total.hits, counts.total.misses, counts.total.unkept), (0, 0, 2));
    assert_eq!(counts.unkept[&Cause::Disturbed].times, 1);
    assert_eq!(counts.unkept[&Cause::Unfit].details.len(), 1);
}

#[test]
fn what_only_asks_or_compares_is_not_counted_and_neither_is_anything_where_nothing_is_cached() {
    let sandbox = Sandbox::new();
    sandbox.job("echo hello");
    sandbox.variable("JOBSTAMPS_DISABLED", "1");
    sandbox.jobstamp(&[]).ran();
    assert!(!sandbox.store().exists());
    let sandbox = Sandbox::new();
    sandbox.job("echo hello");
    sandbox.jobstamp_verify(&[]).ran_times(2);
    sandbox.jobstamp_verify(&[]).ran();
    assert_eq!(counts(&sandbox), Counts::default());
}

#[test]
fn a_store_that_cannot_count_replays_all_the_same() {
    let sandbox = Sandbox::new();
    sandbox.job("echo hello");
    sandbox.jobstamp(&[]).ran();
    let root = sandbox.store().join("jobstamps-v1");
    for entry in std::fs::read_dir(&root).unwrap() {
        let path = entry.unwrap().path();
        if path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("ledger-"))
        {
            std::fs::remove_file(&path).unwrap();
            // A directory has the name.
            std::fs::create_dir(&path).unwrap();
        }
    }
    sandbox.jobstamp(&[]).replayed().prints("hello\n").complains("");
}
