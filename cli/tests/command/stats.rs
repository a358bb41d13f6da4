//! `jobstamp stats`: tells what was counted, to people and to programs.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::documented;
use crate::sandbox::Sandbox;

const DAY: i64 = 24 * 3600;

/// A sandbox in which one job ran on three days, and was replayed.
fn counted() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.job("cat in");
    // At noon, so that no day ends meanwhile.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let noon = DAY / 2 - i64::try_from(now).unwrap() % DAY;
    for (days, content) in [(9, "1"), (8, "22"), (0, "333")] {
        sandbox.clock(noon - days * DAY).write("in", content);
        sandbox.jobstamp(&["--dependencies", "in"]).ran();
        sandbox.jobstamp(&["--dependencies", "in"]).replayed();
        sandbox.jobstamp(&["--dependencies", "in"]).replayed();
    }
    sandbox.job("echo more >> in");
    sandbox.jobstamp(&["--dependencies", "in"]).ran();
    sandbox
}

fn stats(sandbox: &Sandbox, options: &[&str]) -> Value {
    let words = ["jobstamp", "stats", "--json"]
        .into_iter()
        .chain(options.iter().copied());
    let done = sandbox.call(words).returns(0).complains("");
    serde_json::from_slice(&done.output.stdout).unwrap()
}

fn text(sandbox: &Sandbox, options: &[&str]) -> String {
    let words = ["jobstamp", "stats"].into_iter().chain(options.iter().copied());
    let done = sandbox.call(words).returns(0).complains("");
    String::from_utf8(done.output.stdout.clone()).unwrap()
}

#[test]
fn programs_are_told_what_was_counted() {
    let sandbox = counted();
    let told = stats(&sandbox, &[]);
    for (field, expected) in [("hits", 6), ("misses", 4), ("not_kept", 1), ("jobs", 1)] {
        assert_eq!(told[field], expected, "{field}: {told}");
    }
    assert!(told["saved_seconds"].as_f64().unwrap() > 0.0);
    assert!(told["bytes"].as_u64().unwrap() > 0);
    assert_eq!(told["days"].as_array().unwrap().len(), 3);
    assert_eq!(told["days"][0]["hits"], 2);
    assert_eq!(told["programs"][0]["name"], "tallied");
    assert_eq!(told["reasons"][0]["kind"], "dependency");
    assert_eq!(told["reasons"][0]["times"], 2);
    assert_eq!(told["reasons"][0]["about"][0]["what"], "in");
    assert_eq!(told["not_kept_reasons"][0]["kind"], "disturbed");
}

#[test]
fn only_what_happened_since_then_is_told() {
    let sandbox = counted();
    for (since, hits) in [("20d", 6), ("1d", 2), ("1h", 2)] {
        assert_eq!(stats(&sandbox, &["--since", since])["hits"], hits, "{since}");
    }
}

#[test]
fn people_are_told_the_same() {
    let sandbox = counted();
    let told = text(&sandbox, &[]);
    for expected in [
        "replayed        6  60.0 %",
        "ran             4  40.0 %",
        "tallied",
        "2  a dependency changed  in (2)",
    ] {
        assert!(told.contains(expected), "{expected}:\n{told}");
    }
    // Where nobody says what the terminal can show, it shows ASCII.
    assert!(told.is_ascii(), "{told}");
    let told = text(&sandbox, &["--limit", "1"]);
    assert!(told.contains("and 1 more; `--limit 0` shows all"), "{told}");
}

#[test]
fn where_nothing_was_counted_that_is_told_and_nothing_is_made() {
    let sandbox = Sandbox::new();
    assert!(text(&sandbox, &[]).starts_with("nothing was counted yet in `"));
    assert_eq!(stats(&sandbox, &[])["hits"], 0);
    assert!(!sandbox.store().exists());
    sandbox.job("echo hello").variable("JOBSTAMPS_COUNT", "0");
    sandbox.jobstamp(&[]).ran();
    sandbox.jobstamp(&[]).replayed();
    assert_eq!(stats(&sandbox, &[])["hits"], 0);
    assert_eq!(stats(&sandbox, &[])["jobs"], 1);
}

#[test]
fn what_is_printed_for_programs_is_documented() {
    let sandbox = counted();
    sandbox.job("exit 3");
    sandbox.jobstamp(&["--discard-failures"]).ran().returns(3);
    let words = |options: &[&str]| {
        let words = ["jobstamp", "stats", "--json"]
            .into_iter()
            .chain(options.iter().copied());
        sandbox.call(words).returns(0).output.stdout.clone()
    };
    documented::check("stats", &[words(&[]), words(&["--since", "1d"])]);
}

#[test]
fn a_store_that_cannot_be_used_is_an_error() {
    let sandbox = Sandbox::new();
    sandbox.write("file", "");
    let done = sandbox.call(["jobstamp", "stats", "--stamp-directory", "file"]);
    done.returns(125).says("is not a directory");
}
