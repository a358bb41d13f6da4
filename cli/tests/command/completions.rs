//! What the shells complete, asked of the shells themselves.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use crate::sandbox::{Sandbox, skip};

/// Lines, some words that have to be offered for the last one, and one that must not.
const LINES: [(&str, &[&str], &str); 17] = [
    ("jobstamp do", &["doctor"], "why"),
    ("jobstamp ", &["why", "verify", "doctor", "completions"], "--json"),
    ("jobstamp --use-", &["--use-hashes"], "--dependencies"),
    ("jobstamp doctor --", &["--deep", "--json", "--help"], "--use-hashes"),
    ("jobstamp why --use-", &["--use-hashes"], "--json"),
    ("jobstamp completions ", &["bash", "zsh", "fish"], "why"),
    ("jobstamp --stdin ", &["auto", "key", "none"], "stat"),
    ("jobstamp --env JOBSTAMPS_DIR", &["JOBSTAMPS_DIRECTORY"], "folder"),
    ("jobstamp --dependencies fo", &["folder"], "file"),
    ("jobstamp --dependencies file fo", &["folder"], "file"),
    ("jobstamp --stamp-directory f", &["folder"], "file"),
    ("jobstamp verify --output-files fi", &["file"], "folder"),
    ("jobstamp -- tall", &["tallied"], "folder"),
    ("jobstamp -- greet he", &["hello", "help"], "folder"),
    (
        "jobstamp --dependencies file -- greet hello he",
        &["hello", "help"],
        "file",
    ),
    ("jobstamp why --use-hashes -- greet hel", &["hello", "help"], "folder"),
    ("jobstamp -- why fi", &["file"], "--json"),
];

#[test]
fn bash_completes_our_words_and_behind_the_divider_those_of_the_command() {
    complete("bash", "--norc", ("auto", "key"));
}

#[test]
fn zsh_completes_our_words_and_behind_the_divider_those_of_the_command() {
    complete("zsh", "-f", ("auto", "key"));
}

#[test]
fn fish_completes_our_words_and_behind_the_divider_those_of_the_command() {
    complete("fish", "--no-config", ("--stdin=auto", "--stdin=key"));
}

#[test]
fn a_shell_that_is_not_named_or_not_known_is_said() {
    let sandbox = Sandbox::new();
    sandbox
        .call(["jobstamp", "completions"])
        .says("completions: say for which shell: bash, zsh or fish")
        .returns(2);
    sandbox
        .call(["jobstamp", "completions", "csh"])
        .says("completions: `csh` is none of bash, zsh, fish")
        .returns(2);
}

/// Has `shell` complete all lines, and one that each has its own words for, without what its user has set up.
#[track_caller]
fn complete(shell: &str, bare: &str, (auto, other): (&str, &str)) {
    let is_there = Command::new(shell).arg("--version").stdout(Stdio::null()).status();
    if is_there.is_err() {
        skip("what the shell completes", &format!("there is no {shell}"));
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.directory("folder").write("file", "");
    sandbox.jobstamp(&[]).ran();
    let listed = sandbox.call(["jobstamp", "list"]).output.stdout.clone();
    let listed = String::from_utf8(listed).unwrap();
    // Below the names of the columns.
    let key = listed.lines().nth(1).unwrap().split(' ').next().unwrap();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/command/completions");
    let driver = format!("{folder}/driver.{shell}");
    let (auto, begins) = ([auto], format!("jobstamp show {}", &key[..2]));
    let key = [key];
    let lines = LINES.into_iter().chain([
        ("jobstamp --stdin=a", &auto[..], other),
        ("jobstamp forget ", &key, "folder"),
        (&begins, &key, "--json"),
    ]);
    let typed = lines.clone().map(|(line, ..)| line);
    let words = [shell, bare, &driver].into_iter().chain(typed);
    let done = sandbox.call(words.collect::<Vec<_>>()).complains("");
    let said = String::from_utf8(done.output.stdout.clone()).unwrap();
    let mut answers = said.split("=\n").skip(1);
    for (line, offered, not_offered) in lines {
        let answer = answers.next().unwrap_or_else(|| panic!("no answer to {line}: {said}"));
        // Behind a tab, fish tells what a word means; and some mark directories.
        let word = |line| str::split(line, '\t').next().unwrap_or_default().trim_end_matches('/');
        let words: BTreeSet<&str> = answer.lines().map(word).collect();
        for word in offered {
            assert!(words.contains(*word), "{shell}: `{line}` offers {word}: {words:?}");
        }
        assert!(!words.contains(not_offered), "{shell}: `{line}`: {words:?}");
    }
}
