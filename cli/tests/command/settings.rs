//! What is set for all jobs: in variables, and in a file of the user's own.

use std::fs;
use std::path::{Path, PathBuf};

use crate::sandbox::{Did, Sandbox};

const FILE: &str = "home/.config/jobstamps/config.toml";

/// A world with this in the configuration file, and a job that says each time something else.
fn with_file(text: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.job("echo $$ >> ../count; wc -l < ../count");
    let path = sandbox.beside(FILE);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    sandbox
}

#[test]
fn every_option_about_runs_has_a_variable_and_those_about_all_runs_a_line_of_the_file() {
    for (name, value, line, what) in [
        ("FORCE", "1", "", Did::Run),
        ("VERIFY", "yes", "", Did::Run),
        ("TTL", "1h", "ttl = \"1h\"", Did::Run),
        ("SCOPE", "other", "scope = \"other\"", Did::Run),
        ("ENV", "A, B", "env = [\"A\", \"B\"]", Did::Run),
        ("FORCE", "0", "", Did::Replay),
        ("FORCE", "", "", Did::Replay),
        ("TTL", "3h", "ttl = \"3h\"", Did::Replay),
        ("STALE", "3h", "stale = \"3h\"", Did::Replay),
        ("USE_HASHES", "1", "use-hashes = true", Did::Replay),
        ("TOOL_CHECK", "none", "tool-check = \"none\"", Did::Replay),
    ] {
        for by_file in [false, true] {
            if by_file && line.is_empty() {
                continue;
            }
            let sandbox = with_file("");
            sandbox.clock(100).jobstamp(&[]).ran();
            sandbox.clock(100 + 7200);
            if by_file {
                fs::write(sandbox.beside(FILE), line).unwrap();
            } else {
                sandbox.variable(format!("JOBSTAMPS_{name}"), value);
            }
            sandbox.jobstamp(&["--quiet"]).did(what).complains("");
        }
    }
}

#[test]
fn an_option_goes_before_a_variable_and_that_before_the_file() {
    let sandbox = with_file("ttl = \"0\"\nquiet = true\n");
    sandbox.jobstamp(&[]).ran();
    sandbox.jobstamp(&[]).ran();
    sandbox.jobstamp(&["--ttl", "1h"]).replayed();
    sandbox.variable("JOBSTAMPS_TTL", "1h").jobstamp(&[]).replayed();
    sandbox.jobstamp(&["--ttl", "0"]).ran();
}

#[test]
fn the_file_says_where_stamps_are_kept_unless_somebody_nearer_does() {
    let sandbox = with_file("");
    let own = sandbox.beside("own");
    fs::write(sandbox.beside(FILE), format!("directory = \"{}\"\n", own.display())).unwrap();
    sandbox.jobstamp(&[]).ran();
    assert!(!own.exists(), "the variable goes before");
    sandbox.variable("JOBSTAMPS_DIRECTORY", "");
    sandbox.jobstamp(&[]).ran();
    assert!(own.join("jobstamps-v1").is_dir());
    fs::write(sandbox.beside(FILE), "directory = \"~/stamps\"\n").unwrap();
    sandbox.jobstamp(&[]).ran();
    assert!(sandbox.beside("home/stamps/jobstamps-v1").is_dir());
}

#[test]
fn a_variable_that_cannot_be_understood_is_refused_as_an_option_is() {
    for (name, value, what) in [
        ("TTL", "10", "`10` is no duration such as 90s, 1h30m, 7d or 2w"),
        ("MAX_OUTPUT", "big", "`big` is no size such as 500K, 20M or 1G"),
        ("FORCE", "perhaps", "`perhaps` is neither true nor false"),
        ("ENV", "A=1", "`A=1` is no name of a variable"),
    ] {
        let sandbox = Sandbox::new();
        sandbox.variable(format!("JOBSTAMPS_{name}"), value);
        let done = sandbox.jobstamp(&[]).ran_times(0).prints("").returns(2);
        done.complains(format!("jobstamp: JOBSTAMPS_{name}: {what}\n"));
        // Who wants none of this gets none of it.
        sandbox
            .variable("JOBSTAMPS_DISABLED", "1")
            .jobstamp(&[])
            .ran()
            .returns(0);
    }
}

#[test]
fn what_cannot_be_understood_in_the_file_is_warned_of_with_its_line_and_costs_nobody_his_result() {
    let sandbox = with_file("# Mine.\nttl = \"1 hour\"\n");
    let warning = format!(
        "jobstamp: warning: configuration file `{}`, line 2: ttl: `1 hour` is no duration such as 90s, 1h30m, 7d or 2w\n",
        sandbox.beside(FILE).display()
    );
    for did in [Did::Run, Did::Replay] {
        sandbox
            .jobstamp(&[])
            .did(did)
            .prints("1\n")
            .complains(&warning)
            .returns(0);
    }
    sandbox.jobstamp(&["--quiet"]).replayed().complains("").returns(0);
    sandbox
        .jobstamp(&["--strict"])
        .replayed()
        .prints("1\n")
        .complains(&warning)
        .returns(125);
}

#[test]
fn a_file_that_others_may_write_is_not_used() {
    let sandbox = with_file("quiet = true\nttl = \"0\"\n");
    sandbox.arrange("chmod 666 ../home/.config/jobstamps/config.toml");
    let warning = format!(
        "jobstamp: warning: configuration file `{}`: it is not used: it is writable by all\n",
        sandbox.beside(FILE).display()
    );
    for did in [Did::Run, Did::Replay] {
        sandbox.jobstamp(&[]).did(did).complains(&warning);
    }
}

/// Whoever fills the directory that we are in must choose neither stores nor limits.
#[test]
fn nothing_is_read_from_where_we_are() {
    for (name, value) in [
        ("XDG_CONFIG_HOME", "."),
        ("XDG_CONFIG_HOME", ""),
        ("HOME", "."),
        ("HOME", ""),
    ] {
        let sandbox = Sandbox::new();
        for file in [
            "config.toml",
            "jobstamps/config.toml",
            ".config/jobstamps/config.toml",
            "jobstamps.toml",
            ".jobstamps.toml",
        ] {
            sandbox.write(file, "explain = true\nttl = \"0\"\ndirectory = \"/nowhere\"\n");
        }
        sandbox.variable(name, value);
        sandbox.job("echo out");
        for did in [Did::Run, Did::Replay] {
            sandbox.jobstamp(&[]).did(did).prints("out\n").complains("");
        }
    }
}

#[test]
fn the_limits_that_are_set_are_kept() {
    let sandbox = with_file("max-size = 0\n");
    sandbox.variable("JOBSTAMPS_MAX_SIZE", "1G");
    let neighbours = |sandbox: &Sandbox, last: &Path| {
        let is_neighbour = |path: &&PathBuf| path.parent() == last.parent();
        sandbox.stamps().iter().filter(is_neighbour).count()
    };
    // Each run looks after the part of the store that it writes in: two have to meet in one.
    let (mut known, mut number) = (Vec::new(), 0);
    let last = loop {
        number += 1;
        sandbox.jobstamp(&["--scope", &number.to_string()]).ran();
        let stamps = sandbox.stamps();
        let last = stamps.iter().find(|path| !known.contains(*path)).unwrap().clone();
        if neighbours(&sandbox, &last) > 1 {
            break last;
        }
        known = stamps;
    };
    sandbox.variable("JOBSTAMPS_MAX_SIZE", "");
    sandbox.jobstamp(&["--force", "--scope", &number.to_string()]).ran();
    assert_eq!(neighbours(&sandbox, &last), 1);
    assert!(last.exists(), "the one that has just run stays");
}

#[test]
fn every_setting_is_shown_with_its_value_and_who_says_so() {
    let sandbox = with_file("ttl = \"90m\"\nenv = [\"CC\"]\nscope = \"a\\u001b\"\n");
    for (name, value) in [
        ("ENV", "CFLAGS"),
        ("MAX_SIZE", "20G"),
        ("WARM", "1"),
        ("DEBUG", "1"),
        ("DIRECTORY", ""),
    ] {
        sandbox.variable(format!("JOBSTAMPS_{name}"), value);
    }
    let done = sandbox.shell("jobstamp config").returns(0).complains("");
    let text = String::from_utf8(done.output.stdout.clone()).unwrap();
    let rows: Vec<String> = text
        .lines()
        .map(|line| {
            line.split("  ")
                .filter(|cell| !cell.is_empty())
                .map(str::trim)
                .collect::<Vec<_>>()
                .join("|")
        })
        .collect();
    for row in [
        "SETTING|VALUE|FROM",
        "max-size|20G|JOBSTAMPS_MAX_SIZE",
        "max-age|60d|default",
        "ttl|1h30m|the file",
        "stale|never|default",
        "scope|a\\e|the file",
        "env|CFLAGS, CC|JOBSTAMPS_ENV, the file",
        "explain|true|JOBSTAMPS_DEBUG",
        "count|true|default",
        "warm|true|JOBSTAMPS_WARM",
        "the file is ~/.config/jobstamps/config.toml",
    ] {
        assert!(rows.iter().any(|seen| seen == row), "{row} in:\n{text}");
    }
    assert!(
        rows.iter()
            .any(|row| row.starts_with("directory|/") && row.ends_with("|default")),
        "{text}"
    );
    assert!(!text.contains("force"), "{text}");
}

#[test]
fn what_cannot_be_understood_is_shown_with_the_settings() {
    let sandbox = with_file("ttl = 1\ncolour = \"never\"\n");
    sandbox.variable("JOBSTAMPS_WAIT", "perhaps");
    let done = sandbox.shell("jobstamp config").returns(1).complains("");
    let text = String::from_utf8(done.output.stdout.clone()).unwrap();
    let problems: Vec<&str> = text.lines().filter(|line| line.starts_with("problem")).collect();
    assert_eq!(
        problems,
        [
            "problem: JOBSTAMPS_WAIT: `perhaps` is neither true nor false",
            "problem: line 1 of the file: ttl: `1` is no duration such as 90s, 1h30m, 7d or 2w",
            "problem: line 2 of the file: there is no setting `colour` (`jobstamp config` shows all)",
        ]
    );
    sandbox.arrange("chmod 666 ../home/.config/jobstamps/config.toml");
    let done = sandbox.shell("jobstamp config").returns(1);
    let text = String::from_utf8_lossy(&done.output.stdout);
    assert!(
        text.contains("the file ~/.config/jobstamps/config.toml is not used\n"),
        "{text}"
    );
    assert!(
        text.contains("problem: the file: it is not used: it is writable by all\n"),
        "{text}"
    );
}

#[test]
fn what_is_set_is_shown_to_programs_as_documented() {
    let sandbox = with_file("env = [\"CC\"]\nwait = 1\n");
    let output = |sandbox: &Sandbox| {
        sandbox
            .shell("jobstamp config --json")
            .complains("")
            .output
            .stdout
            .clone()
    };
    let mut outputs = vec![output(&sandbox)];
    sandbox.variable("JOBSTAMPS_DISABLED", "1").variable("HOME", "");
    outputs.push(output(&sandbox));
    crate::documented::check("config", &outputs);
}
