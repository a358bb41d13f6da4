//! What `jobstamp why` tells beside the reasons: how things were and how they are, and the nearest job that is remembered.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::documented;
use crate::sandbox::Sandbox;

/// A moment that its files are of: 2023-11-14T22:13:20Z.
const THEN: Duration = Duration::from_secs(1_700_000_000);

/// Returns the lines of `jobstamp why` that are set in, without what tells how long ago something was.
#[track_caller]
fn details(sandbox: &Sandbox, line: &str) -> Vec<String> {
    let done = sandbox.shell(line).ran_times(0).complains("").returns(1);
    let text = String::from_utf8(done.output.stdout.clone()).unwrap();
    let lines = text.lines().filter(|line| line.starts_with("    "));
    lines.map(|line| without_age(line.trim_start())).collect()
}

/// Takes out what depends on when the test runs.
fn without_age(line: &str) -> String {
    let line = line
        .strip_suffix(" ago")
        .or(line.strip_suffix("just now"))
        .map_or(line, |line| line.rsplit_once(", ").map_or(line, |(before, _)| before));
    match line
        .split_once(" ran ")
        .and_then(|(before, rest)| Some((before, rest.split_once(" and ")?.1)))
    {
        Some((before, after)) => format!("{before} {after}"),
        None => line.to_owned(),
    }
}

fn write(sandbox: &Sandbox, name: &str, text: &str, after: u64) {
    sandbox.write(name, text);
    sandbox.set_modified(name, SystemTime::UNIX_EPOCH + THEN + Duration::from_secs(after));
}

#[test]
fn what_changed_is_told_as_it_was_and_as_it_is() {
    let sandbox = Sandbox::new();
    for (name, text) in [("in", "1"), ("gone", "1"), ("src/deep", "1")] {
        write(&sandbox, name, text, 0);
    }
    let job = "--use-hashes --dependencies in gone src -- tallied cat in";
    sandbox.shell(&format!("jobstamp {job}")).ran();
    for (name, text) in [("in", "22"), ("src/deep", "2"), ("src/new", "")] {
        write(&sandbox, name, text, 60);
    }
    sandbox.remove("gone");
    let hash = |text: &str| jobstamps::Digest::of(text.as_bytes()).hex()[..12].to_owned();
    assert_eq!(
        details(&sandbox, &format!("jobstamp why {job}")),
        [
            format!("then  1 B, written 2023-11-14T22:13:20Z, content {}", hash("1")),
            format!("now   2 B, written 2023-11-14T22:14:20Z, content {}", hash("22")),
            "then  1 B, written 2023-11-14T22:13:20Z".to_owned(),
            format!("then  written 2023-11-14T22:13:20Z, content {}", hash("1")),
            format!("now   written 2023-11-14T22:14:20Z, content {}", hash("2")),
        ]
    );
}

#[test]
fn a_command_that_never_ran_is_told_in_what_it_differs_from_the_nearest_that_did() {
    let sandbox = Sandbox::new();
    sandbox.directory("elsewhere");
    for job in ["echo a --check", "echo other things entirely"] {
        sandbox.shell(&format!("jobstamp -- tallied {job}")).ran();
    }
    let place = sandbox.path("elsewhere");
    let elsewhere = format!(
        "`{}` instead of `{}`",
        place.display(),
        place.parent().unwrap().display()
    );
    for (line, expected) in [
        (
            "jobstamp why -- tallied echo a --fix",
            vec!["the nearest remembered job differs in argument 3: `--fix` instead of `--check`".to_owned()],
        ),
        (
            "cd elsewhere && jobstamp why -- tallied echo a --check",
            vec![format!(
                "the nearest remembered job differs in the working directory: {elsewhere}"
            )],
        ),
        (
            "TZ=UTC jobstamp why -- tallied echo a -x --check",
            vec![
                "the nearest remembered job differs in".to_owned(),
                "argument 3: `-x` instead of none".to_owned(),
                "the variable `TZ`: it is set, and was not".to_owned(),
            ],
        ),
        (
            "jobstamp why -- tallied echo a --check 2>&1 | cat; false",
            vec![
                "the nearest remembered job differs in standard output and standard error: they are one stream now"
                    .to_owned(),
            ],
        ),
        ("jobstamp why -- cat a --check", vec![]),
    ] {
        assert_eq!(details(&sandbox, line), expected, "{line}");
    }
}

#[test]
fn what_is_told_of_the_nearest_job_never_steers_a_terminal() {
    let sandbox = Sandbox::new();
    sandbox
        .shell("jobstamp -- tallied echo \"$(printf 'a\\033[31m\\nb')\"")
        .ran();
    assert_eq!(
        details(&sandbox, "jobstamp why -- tallied echo x"),
        ["the nearest remembered job differs in argument 2: `x` instead of `a\\e[31m\\nb`"]
    );
}

#[test]
fn a_store_that_cannot_be_read_or_holds_damage_has_no_nearest_job() {
    let sandbox = Sandbox::new();
    sandbox.shell("jobstamp -- tallied echo a").ran();
    let stamp: PathBuf = sandbox.stamps().remove(0);
    let whole = fs::read(&stamp).unwrap();
    // What no hit needs lies at the end.
    let mut damaged = whole.clone();
    *damaged.last_mut().unwrap() ^= 1;
    for bytes in [&damaged[..], &whole[..whole.len() / 2], b""] {
        fs::write(&stamp, bytes).unwrap();
        assert_eq!(details(&sandbox, "jobstamp why -- tallied echo b"), [""; 0]);
    }
    fs::write(&stamp, &whole).unwrap();
    assert_eq!(details(&sandbox, "jobstamp why -- tallied echo b").len(), 1);
}

#[test]
fn what_it_prints_for_programs_is_as_documented() {
    let sandbox = Sandbox::new();
    sandbox.write("in", "1").write("out", "").write("src/a", "1");
    let job = "--use-hashes --dependencies in src --output-files out -- tallied echo a";
    let json = |line: &str| {
        let done = sandbox.shell(&line.replace("why", "jobstamp why --json"));
        done.ran_times(0).complains("").output.stdout.clone()
    };
    let mut outputs = vec![json(&format!("why {job}"))];
    sandbox.shell(&format!("jobstamp {job}")).ran();
    outputs.push(json(&format!("why {job}")));
    sandbox.write("in", "22").write("src/a", "2").remove("out");
    outputs.push(json(&format!("why {job}")));
    outputs.push(json("TZ=UTC why --dependencies in -- tallied echo b"));
    outputs.push(json("JOBSTAMPS_DISABLED=1 why -- tallied echo a"));
    documented::check("why", &outputs);
    let kinds = |output: &[u8]| -> Vec<String> {
        let value: serde_json::Value = serde_json::from_slice(output).unwrap();
        let kind = |reason: &serde_json::Value| reason["kind"].as_str().unwrap().to_owned();
        value["reasons"].as_array().unwrap().iter().map(kind).collect()
    };
    let kinds: Vec<_> = outputs.iter().map(|output| kinds(output)).collect();
    assert_eq!(
        kinds,
        [
            &["no-stamp"][..],
            &[],
            &["output-missing", "dependency", "dependency"],
            &["no-stamp"],
            &["disabled"]
        ]
    );
}

#[test]
fn what_the_options_of_a_run_make_of_a_fresh_stamp_is_told_too() {
    let sandbox = Sandbox::new();
    sandbox.write("in", "text");
    sandbox.shell("jobstamp -- tallied cat in < in").ran();
    // An hour and more later.
    sandbox.clock(4000);
    let fresh = "nothing it depends on has changed: it would be replayed\n";
    for (options, input, expected) in [
        ("", "< in", fresh),
        ("--ttl 2h", "< in", fresh),
        ("--force", "< in", "it was forced\n"),
        ("--verify", "< in", "it is to be compared with another run\n"),
        // With an input of its own it would not run behind.
        ("--stale 2h", "< in", fresh),
        ("--stale 1h", "< in", "its stamp has expired\n"),
        ("--ttl 1h", "< in", "its stamp has expired\n"),
    ] {
        let done = sandbox.shell(&format!("jobstamp why {options} -- tallied cat in {input}"));
        let done = done.ran_times(0).complains("").returns(i32::from(expected != fresh));
        let text = String::from_utf8(done.output.stdout.clone()).unwrap();
        let (reason, details) = text.split_at(text.find('\n').unwrap() + 1);
        assert_eq!(reason, expected, "{options}");
        let is_expired = expected.contains("expired");
        assert_eq!(details.starts_with("    it ran 1 h ago, at "), is_expired, "{text}");
        assert_eq!(
            details.ends_with(", and a run counts for 60 minutes\n"),
            is_expired,
            "{text}"
        );
    }
}
