//! What people read who ask for help: as it lies in `help/`, word for word, and in pages that man(1) understands.
//!
//! `JOBSTAMPS_TEST_SNAPSHOTS=write` writes the files anew, to be read before they are committed.

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::sandbox::{Sandbox, skip};

/// The names of all manual pages, and so of all subcommands.
fn names(sandbox: &Sandbox) -> Vec<String> {
    let done = sandbox.call(["jobstamp", "manual", "--names"]).returns(0).complains("");
    let names = String::from_utf8(done.output.stdout.clone()).unwrap();
    names.lines().map(str::to_owned).collect()
}

#[test]
fn every_help_text_is_as_it_was_read_and_approved() {
    let sandbox = Sandbox::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/command/help");
    let names = names(&sandbox);
    assert!(names.len() > 3, "{names:?}");
    let mut wrong = Vec::new();
    for name in &names {
        let mut words: Vec<&str> = name.splitn(2, '-').collect();
        words.push("--help");
        let done = sandbox.call(words).returns(0).complains("");
        let help = String::from_utf8(done.output.stdout.clone()).unwrap();
        let file = folder.join(name).with_extension("txt");
        if env::var_os("JOBSTAMPS_TEST_SNAPSHOTS").is_some_and(|how| how == "write") {
            fs::write(&file, &help).unwrap();
        } else if fs::read_to_string(&file).unwrap_or_default() != help {
            wrong.push(format!("{}:\n{help}", file.display()));
        }
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "fits a terminal: {line}");
        }
    }
    assert!(wrong.is_empty(), "differs from what lies there: {}", wrong.join("\n"));
    for file in fs::read_dir(folder).unwrap() {
        let name = file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(names.contains(&name), "there is no `{name}` any more");
    }
}

#[test]
fn the_manual_tells_of_every_subcommand_and_option() {
    let manual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/manual.md");
    let Ok(manual) = fs::read_to_string(&manual) else {
        skip("the manual", &format!("there is no {}", manual.display()));
        return;
    };
    let sandbox = Sandbox::new();
    let mut untold = Vec::new();
    for name in names(&sandbox) {
        let command = name.replace('-', " ");
        if !manual.contains(&command) {
            untold.push(command.clone());
        }
        let done = sandbox.shell(&format!("{command} --help")).returns(0);
        let help = String::from_utf8(done.output.stdout.clone()).unwrap();
        let is_none = |letter: char| !letter.is_ascii_lowercase() && letter != '-';
        let options = help
            .split(is_none)
            .filter(|word| word.len() > 2 && word.starts_with("--"));
        untold.extend(
            options
                .filter(|option| !manual.contains(option))
                .map(|option| format!("{command} {option}")),
        );
    }
    untold.sort_unstable();
    untold.dedup();
    assert!(untold.is_empty(), "docs/manual.md does not tell of {untold:#?}");
}

#[test]
fn every_manual_page_is_one_to_man_and_mandoc() {
    let sandbox = Sandbox::new();
    for name in names(&sandbox) {
        let file = format!("{name}.1");
        sandbox
            .shell(&format!("jobstamp manual {name} > {file}"))
            .returns(0)
            .complains("");
        for (program, arguments) in [
            // It wants to know when a page was written; ours are of a version, and not of a day.
            ("mandoc", "-T lint -W all FILE | grep -v 'missing date' | grep ."),
            ("groff", "-man -ww -z FILE 2>&1 | grep ."),
        ] {
            if Command::new(program)
                .arg("-V")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_err()
            {
                skip("manual pages", &format!("there is no {program}"));
                continue;
            }
            let line = format!("{program} {}", arguments.replace("FILE", &file));
            // It is the last grep that returns 1: it found nothing to complain of.
            sandbox.call(["sh", "-c", &line]).prints("").returns(1);
        }
    }
    sandbox
        .call(["jobstamp", "manual", "nothing"])
        .says("there is no manual page for `nothing`")
        .returns(2);
}

#[test]
fn help_fits_the_terminal_and_has_colour_only_there() {
    let sandbox = Sandbox::new();
    for (variables, columns, is_coloured) in [
        ("TERM=xterm", 50, true),
        ("TERM=xterm NO_COLOR=1", 72, false),
        ("TERM=dumb", 100, false),
    ] {
        let line = format!("{variables} COLUMNS={columns} script -qec 'jobstamp why --help' /dev/null < /dev/null");
        if Command::new("script")
            .arg("--version")
            .stdout(Stdio::null())
            .status()
            .is_err()
        {
            skip("help on a terminal", "there is no script(1)");
            return;
        }
        let done = sandbox.shell(&line).returns(0);
        let help = String::from_utf8(done.output.stdout.clone()).unwrap();
        assert_eq!(help.contains("\x1b[1m"), is_coloured, "{line}: {help}");
        let plain = help
            .split("\x1b[1m")
            .flat_map(|part| part.split("\x1b[0m"))
            .collect::<String>();
        let longest = plain.lines().filter(|line| line.starts_with(char::is_uppercase));
        let longest = longest.map(|line| line.trim_end().chars().count()).max().unwrap();
        assert!((columns - 20..=columns).contains(&longest), "{line}: {help}");
    }
}
