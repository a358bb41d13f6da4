//! The words people read: help, reasons, warnings.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::sandbox::Sandbox;

/// The reasons that `jobstamp why` prints for the job with `options`, which does not run.
#[track_caller]
fn why(sandbox: &Sandbox, options: &str) -> String {
    let done = sandbox.shell(&format!("jobstamp why {options} -- tallied cat in"));
    let done = done.ran_times(0).complains("");
    let fresh = "nothing it depends on has changed: it would be replayed\n";
    let text = String::from_utf8(done.output.stdout.clone()).unwrap();
    done.returns(i32::from(text != fresh));
    reasons(&text)
}

/// The lines that are not set in: those that are say how things were, and how they are.
fn reasons(text: &str) -> String {
    let lines = text.split_inclusive('\n');
    lines.filter(|line| !line.starts_with(' ')).collect()
}

#[test]
fn why_prints_every_reason_and_runs_and_writes_nothing() {
    let sandbox = Sandbox::new();
    sandbox
        .write("in", "1")
        .write("other", "1")
        .write("out", "")
        .write("src/deep/file", "1");
    let options = "--dependencies in other src --output-files out";
    assert_eq!(why(&sandbox, options), "it has no stamp yet\n");
    assert!(!sandbox.store().exists(), "not even the store is made");
    sandbox.shell(&format!("jobstamp {options} -- tallied cat in")).ran();
    assert_eq!(
        why(&sandbox, options),
        "nothing it depends on has changed: it would be replayed\n"
    );

    let before = sandbox.files_of_the_store();
    sandbox
        .write("in", "22")
        .write("src/deep/file", "22")
        .remove("other")
        .remove("out");
    assert_eq!(
        why(&sandbox, options),
        "the output `out` is missing\n\
         the dependency `in` changed: its size was 1 byte and is 2\n\
         the dependency `other` is missing\n\
         the dependency `src` changed: `SRC/deep/file` in it differs\n"
            .replace("SRC", sandbox.path("src").to_str().unwrap())
    );
    assert_eq!(sandbox.files_of_the_store(), before);
}

#[test]
fn each_reason_has_its_words() {
    let sandbox = Sandbox::new();
    sandbox.write("in", "1").write("more", "1").write("src/a", "1");
    let all = "--dependencies in src 'in*'";
    sandbox.shell(&format!("jobstamp {all} -- tallied cat in")).ran();
    for (change, options, words) in [
        ("true", "--dependencies in src", "in*` was removed from the list\n"),
        (
            "true",
            "--dependencies in src 'in*' more",
            "the dependency `more` was added\n",
        ),
        (
            "true",
            "--dependencies in src 'in*' --output-files in",
            "the output `in` was added\n",
        ),
        ("chmod +x in", all, "its mode was 644 and is 755"),
        ("chmod -x in; rm in; mkdir in", all, "directory"),
        ("rmdir in; echo 1 > in; touch in-two", all, "in` in it differs"),
        ("mv src/a src/b", all, "src"),
    ] {
        sandbox.arrange(change);
        let said = why(&sandbox, options);
        assert!(said.contains(words), "{words}\n{said}");
    }
    // Names in the stamps of outputs that are declared no more are those of the stamp.
    let sandbox = Sandbox::new();
    sandbox
        .write("in", "")
        .shell("jobstamp --output-files in -- tallied cat in")
        .ran();
    let path = sandbox.path("in");
    assert_eq!(
        why(&sandbox, ""),
        format!("the output `{}` was removed from the list\n", path.display())
    );
}

#[test]
fn why_of_a_reader_looks_at_its_input_too() {
    let sandbox = Sandbox::new();
    sandbox.shell("echo a | jobstamp -- tallied cat").ran();
    sandbox
        .shell("echo a | jobstamp why -- tallied cat")
        .ran_times(0)
        .returns(0);
    let done = sandbox.shell("echo b | jobstamp why -- tallied cat");
    let done = done.ran_times(0).returns(1);
    let text = String::from_utf8(done.output.stdout.clone()).unwrap();
    assert_eq!(reasons(&text), "it has no stamp yet\n");
    assert!(
        text.ends_with(" and differs in standard input: it has another content\n"),
        "{text}"
    );
}

#[test]
fn why_says_when_the_store_or_the_memory_is_out_of_use() {
    let sandbox = Sandbox::new();
    sandbox.write("in", "").write("file", "");
    assert_eq!(
        why(&sandbox, "--stamp-directory file"),
        format!(
            "stamps cannot be used: {} exists and is not a directory.\n",
            sandbox.path("file").display()
        )
    );
    sandbox.variable("JOBSTAMPS_DISABLED", "1");
    assert_eq!(why(&sandbox, ""), "JOBSTAMPS_DISABLED is set\n");
    sandbox.shell("jobstamp why -- no-such-command").prints("").returns(127);
    sandbox.shell("jobstamp why --").returns(2);
    sandbox
        .shell("jobstamp why")
        .complains("Must specify command after '--'.\n")
        .returns(1);
}

#[test]
fn explain_adds_one_line() {
    let sandbox = Sandbox::new();
    let explained = ["--explain", "--dependencies", "in"];
    sandbox.write("in", "1").job("true");
    sandbox
        .jobstamp(&explained)
        .ran()
        .complains("jobstamp: running: it has no stamp yet\n");
    let stamp = sandbox.stamps().remove(0);
    let replayed = format!("jobstamp: replayed from `{}`\n", stamp.display());
    sandbox.jobstamp(&explained).replayed().complains(replayed);
    sandbox
        .write("in", "22")
        .jobstamp(&explained)
        .ran()
        .complains("jobstamp: running: the dependency `in` changed: its size was 1 byte and is 2\n");
}

#[test]
fn nothing_is_said_when_all_is_well() {
    let sandbox = Sandbox::new();
    sandbox.write("in", "").write("out", "").job("echo out; exit 1");
    for _ in 0..2 {
        sandbox
            .jobstamp(&["--dependencies", "in", "--output-files", "out"])
            .complains("");
    }
}

#[test]
fn quiet_silences_warnings_and_strict_turns_them_into_125_after_delivery() {
    let sandbox = Sandbox::new();
    for (options, said, code) in [
        (
            &[][..],
            "jobstamp: warning: the declared output `gone` was not made\nerr\n",
            0,
        ),
        (&["--quiet"], "err\n", 0),
        (&["-q"], "err\n", 0),
        (
            &["--strict"],
            "jobstamp: warning: the declared output `gone` was not made\nerr\n",
            125,
        ),
        (&["--strict", "--quiet"], "err\n", 125),
    ] {
        let options = [options, &["--output-files", "gone"]].concat();
        let done = sandbox.jobstamp(&options).ran().prints("out\n").returns(code);
        let mut lines: Vec<&str> = std::str::from_utf8(&done.output.stderr).unwrap().lines().collect();
        lines.sort_unstable();
        let mut expected: Vec<&str> = said.lines().collect();
        expected.sort_unstable();
        assert_eq!(lines, expected, "{options:?}");
    }
    // Nothing to warn of, nothing to be strict about.
    sandbox.job("exit 7").jobstamp(&["--strict"]).ran().returns(7);
    sandbox.jobstamp(&["--strict"]).replayed().returns(7);
}

/// X10.
#[test]
fn what_we_say_holds_no_control_characters() {
    let sandbox = Sandbox::new();
    let evil = "e\x1b31m\x07\nv\ti\rl\u{9b}";
    let shown = "e\\e31m\\x07\\nv\\ti\\rl\\x9b";
    let line = format!("jobstamp: warning: the declared output `{shown}` was not made\n");
    sandbox
        .job("true")
        .jobstamp(&["--output-files", evil])
        .ran()
        .complains(line);
    let line = format!("jobstamp: running: the dependency `{shown}` is missing\n");
    sandbox.jobstamp(&["--dependencies", evil]).ran();
    sandbox
        .jobstamp(&["--explain", "--dependencies", evil])
        .ran()
        .complains(line);
    sandbox
        .call(["jobstamp", "--", evil])
        .complains(format!("jobstamp: {shown}: command not found\n"))
        .returns(127);
    sandbox
        .call(["jobstamp", evil, "--", "true"])
        .says(&format!("`{shown}`"))
        .returns(2);
    sandbox
        .call(["jobstamp", &format!("--{evil}"), "--", "true"])
        .says(shown)
        .returns(2);
    sandbox
        .call(["jobstamp", "--stdin", evil, "--", "true"])
        .says(shown)
        .returns(2);
    sandbox
        .call(["jobstamp", "--dependencies-from", evil, "--", "true"])
        .says(shown)
        .returns(125);
    let directory = sandbox.path(evil);
    fs::write(&directory, "").unwrap();
    sandbox.jobstamp(&["--stamp-directory", evil]).says(shown).ran();
    sandbox.program("script", &format!("#!/{evil}\n"));
    sandbox
        .call(["jobstamp", "--", "script"])
        .says("bad interpreter `/e\\e31m\\x07`");
    for done in [
        sandbox.call(["jobstamp", "--", "script"]),
        sandbox.jobstamp(&["--explain", "--stamp-directory", evil]),
        sandbox.call(["jobstamp", "--", evil]),
    ] {
        let controls = done
            .output
            .stderr
            .iter()
            .filter(|byte| byte.is_ascii_control() && **byte != b'\n');
        assert_eq!(controls.count(), 0, "{done}");
    }
}

/// X09.
#[test]
fn what_the_job_says_is_its_own_whatever_is_in_it() {
    let sandbox = Sandbox::new();
    for _ in 0..2 {
        sandbox
            .shell(r"jobstamp -- printf '\033[31mred\033[0m\007'")
            .prints("\x1b[31mred\x1b[0m\x07");
    }
}

/// D10.
#[test]
fn a_dependency_that_may_not_be_read_is_said_with_the_systems_words() {
    if !crate::sandbox::is_root("a dependency that may not be read") {
        return;
    }
    // Root may read everything, so another user has to try.
    let sandbox = Sandbox::new();
    sandbox.write("in", "secret");
    fs::set_permissions(sandbox.path("in"), fs::Permissions::from_mode(0o600)).unwrap();
    let line = "setpriv --reuid 65534 --clear-groups jobstamp --use-hashes --dependencies in -- tallied echo out";
    sandbox.variable("JOBSTAMPS_DIRECTORY", "/nonexistent");
    sandbox
        .shell(line)
        .ran()
        .prints("out\n")
        .says("jobstamp: warning: ")
        .returns(0);
    let own = sandbox.path("own");
    fs::create_dir(&own).unwrap();
    std::os::unix::fs::chown(&own, Some(65534), None).unwrap();
    sandbox.variable("JOBSTAMPS_DIRECTORY", &own);
    let path = sandbox.path("in");
    for _ in 0..2 {
        let done = sandbox.shell(line).ran().prints("out\n").returns(0);
        done.complains(format!(
            "jobstamp: warning: cannot open `{}`: Permission denied (os error 13); not cached\n",
            path.display()
        ));
    }
}

#[test]
fn the_version_is_that_of_the_crate() {
    let sandbox = Sandbox::new();
    let version = format!("jobstamp {}\n", env!("CARGO_PKG_VERSION"));
    sandbox.call(["jobstamp", "--version"]).prints(&version).returns(0);
    sandbox.call(["jobstamp", "-V"]).prints(&version).returns(0);
}

#[test]
fn help_that_cannot_be_printed_is_an_error() {
    Sandbox::new().shell("jobstamp --help > /dev/full").returns(1);
}
