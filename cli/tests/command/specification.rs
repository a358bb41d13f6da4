//! Every sentence of the specification, 0.0.20's README, as far as it is about the command.

use std::fs;

use crate::sandbox::{Did, Sandbox};

#[test]
fn a_job_runs_once_and_its_output_error_and_exit_code_are_replayed() {
    let sandbox = Sandbox::new();
    sandbox.job("echo out; echo err >&2; exit 7");
    for did in [Did::Run, Did::Replay, Did::Replay] {
        sandbox
            .jobstamp(&[])
            .did(did)
            .prints("out\n")
            .complains("err\n")
            .returns(7);
    }
}

#[test]
fn standard_input_is_cached_too() {
    let sandbox = Sandbox::new();
    for (line, did) in [("a", Did::Run), ("b", Did::Run), ("a", Did::Replay), ("b", Did::Replay)] {
        let done = sandbox.shell(&format!("echo {line} | jobstamp -- tallied cat"));
        done.did(did).prints(format!("{line}\n"));
    }
}

/// C08.
#[test]
fn without_the_divider_it_says_so_in_the_words_of_0_0_20() {
    let sandbox = Sandbox::new();
    for words in [
        &["jobstamp"][..],
        &["jobstamp", "tallied", "true"],
        &["jobstamp", "--use-hashes"],
    ] {
        sandbox
            .call(words)
            .complains("Must specify command after '--'.\n")
            .prints("")
            .returns(1);
    }
}

/// C07.
#[test]
fn nothing_after_the_divider_is_a_usage_error() {
    Sandbox::new()
        .shell("jobstamp --")
        .says("jobstamp: no command after '--'\n")
        .returns(2);
}

/// C48.
#[test]
fn an_unknown_option_is_a_usage_error() {
    for option in ["--bogus", "-x", "--dependenciess", "stray"] {
        Sandbox::new()
            .jobstamp(&[option])
            .says(option)
            .prints("")
            .returns(2)
            .ran_times(0);
    }
}

/// C48.
#[test]
fn a_list_may_be_empty_and_lists_add_up() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "1").write("b", "1");
    sandbox.jobstamp(&["--dependencies"]).ran();
    sandbox.jobstamp(&["--output-files", "--dependencies"]).replayed();
    sandbox.jobstamp(&["--dependencies", "a", "--dependencies", "b"]).ran();
    sandbox.jobstamp(&["--dependencies", "a", "b"]).replayed();
    sandbox.write("a", "2").again().ran();
    sandbox.write("b", "2").again().ran();
}

#[test]
fn options_of_0_0_20_may_be_shortened_and_take_their_value_after_an_equals_sign() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "1").write("o", "1");
    sandbox
        .jobstamp(&["--dependencies", "a", "--output-files", "o", "--use-hashes"])
        .ran();
    sandbox.jobstamp(&["--dep=a", "--out", "o", "--use"]).replayed();
    sandbox.jobstamp(&["--stamp=elsewhere"]).ran();
    sandbox.jobstamp(&["--stamp-directory", "elsewhere"]).replayed();
}

#[test]
fn options_that_0_0_20_did_not_have_must_be_spelled_whole() {
    for option in [
        "--parano",
        "--quie",
        "--stric",
        "--expl",
        "--no-wai",
        "--stdi=none",
        "--dependencies-fr=x",
    ] {
        Sandbox::new()
            .jobstamp(&[option])
            .says("unknown option")
            .returns(2)
            .ran_times(0);
    }
}

/// C09.
#[test]
fn a_second_divider_belongs_to_the_command() {
    let sandbox = Sandbox::new();
    let done = sandbox.call(["jobstamp", "--", "tallied", "echo", "--", "-h", "--use-hashes"]);
    done.ran().prints("-- -h --use-hashes\n");
}

#[test]
fn help_is_there_without_a_command() {
    let sandbox = Sandbox::new();
    for word in ["-h", "--help"] {
        let done = sandbox.call(["jobstamp", word]);
        let text = String::from_utf8(done.output.stdout.clone()).unwrap();
        for option in [
            "-h",
            "--dependencies",
            "--output-files",
            "--stamp-directory",
            "--use-hashes",
            "COMMAND",
        ] {
            assert!(text.contains(option), "{option} in {text}");
        }
        done.complains("").returns(0);
    }
}

#[test]
fn an_edited_dependency_reruns_the_job() {
    let sandbox = Sandbox::new();
    sandbox.write("in", "1").job("cat in");
    sandbox.jobstamp(&["--dependencies", "in"]).ran().prints("1");
    sandbox.again().replayed().prints("1");
    sandbox.write("in", "2").again().ran().prints("2");
    sandbox.again().replayed().prints("2");
}

#[test]
fn a_missing_output_reruns_the_job() {
    let sandbox = Sandbox::new();
    sandbox.job("echo made > out");
    sandbox.jobstamp(&["--output-files", "out"]).ran();
    sandbox.again().replayed();
    sandbox.remove("out").again().ran();
    sandbox.again().replayed();
}

/// O04.
#[test]
fn a_run_that_makes_no_declared_output_is_stored_and_stale_until_somebody_makes_it() {
    let sandbox = Sandbox::new();
    let warning = "jobstamp: warning: the declared output `out` was not made\n";
    sandbox
        .job("true")
        .jobstamp(&["--output-files", "out"])
        .ran()
        .complains(warning)
        .returns(0);
    sandbox.again().ran();
    sandbox.write("out", "").again().replayed().complains("");
}

/// D08.
#[test]
fn a_missing_dependency_reruns_every_time_and_is_named() {
    let sandbox = Sandbox::new();
    sandbox.jobstamp(&["--dependencies", "gone"]).ran();
    sandbox.again().ran();
    assert_eq!(sandbox.stamps().len(), 1, "such runs are stored all the same");
    sandbox
        .jobstamp(&["--explain", "--dependencies", "gone"])
        .ran()
        .says("`gone` is missing");
}

#[test]
fn a_dependency_added_to_or_removed_from_the_list_reruns_the_job() {
    // Each list of dependencies keeps its own variant; of runs that write files, the last alone is as it says.
    for (option, did) in [("--dependencies", Did::Replay), ("--output-files", Did::Run)] {
        let sandbox = Sandbox::new();
        sandbox.write("a", "").write("b", "");
        sandbox.jobstamp(&[option, "a"]).ran();
        sandbox.jobstamp(&[option, "a", "b"]).ran();
        sandbox
            .jobstamp(&["--explain", option])
            .ran()
            .says("was removed from the list");
        sandbox.jobstamp(&[option, "a"]).did(did);
    }
}

/// D21.
#[test]
fn lists_are_sets_so_order_and_repetition_do_not_count() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "").write("b", "").write("o", "").write("p", "");
    sandbox
        .jobstamp(&["--dependencies", "a", "b", "--output-files", "o", "p"])
        .ran();
    sandbox
        .jobstamp(&["--dependencies", "b", "a", "--output-files", "p", "o"])
        .replayed();
    sandbox
        .jobstamp(&["--output-files", "o", "p", "o", "--dependencies", "a", "b", "./a"])
        .replayed();
}

#[test]
fn the_stamp_directory_is_made_nested_if_need_be() {
    let sandbox = Sandbox::new();
    sandbox.jobstamp(&["--stamp-directory", "not/there/yet"]).ran();
    sandbox.again().replayed();
    assert!(sandbox.path("not/there/yet/jobstamps-v1").is_dir());
    assert!(!sandbox.store().exists());
}

/// S11.
#[test]
fn a_stamp_directory_that_is_a_file_costs_a_warning_and_no_result() {
    let sandbox = Sandbox::new();
    sandbox.write("file", "mine").job("echo out; exit 3");
    for _ in 0..2 {
        let done = sandbox
            .jobstamp(&["--stamp-directory", "file"])
            .ran()
            .prints("out\n")
            .returns(3);
        let path = sandbox.path("file");
        done.complains(format!(
            "jobstamp: warning: {} exists and is not a directory; not cached\n",
            path.display()
        ));
    }
    sandbox
        .jobstamp(&["--strict", "--stamp-directory", "file"])
        .ran()
        .prints("out\n")
        .returns(125);
    assert_eq!(sandbox.read("file"), b"mine");
}

#[test]
fn stamps_are_kept_in_the_named_directory_else_in_the_variables_else_in_ones_own_temporary_one() {
    let sandbox = Sandbox::new();
    sandbox.jobstamp(&[]).ran();
    assert!(sandbox.store().join("jobstamps-v1").is_dir());
    sandbox.variable("JOBSTAMPS_DIRECTORY", "").jobstamp(&[]).ran();
    let own = format!("tmp/jobstamps-{}/jobstamps-v1", rustix::process::geteuid().as_raw());
    assert!(sandbox.beside(own).is_dir());
    sandbox.jobstamp(&[]).replayed();
}

/// C43.
#[test]
fn disabled_it_always_runs_and_does_not_touch_the_store_at_all() {
    let sandbox = Sandbox::new();
    sandbox.jobstamp(&[]).ran();
    let before = sandbox.files_of_the_store();
    let looked = fs::metadata(&before[0]).unwrap();
    for _ in 0..2 {
        sandbox
            .shell("JOBSTAMPS_DISABLED=1 jobstamp -- tallied sh -c 'echo out; echo err >&2'")
            .ran()
            .prints("out\n");
    }
    assert_eq!(sandbox.files_of_the_store(), before);
    assert_eq!(
        fs::metadata(&before[0]).unwrap().modified().unwrap(),
        looked.modified().unwrap()
    );
    sandbox
        .shell("JOBSTAMPS_DISABLED= jobstamp -- tallied sh -c 'echo out; echo err >&2'")
        .replayed();

    // All else is as when it runs: the order of joined streams, and whose a list on standard input is.
    sandbox
        .shell("echo list | JOBSTAMPS_DISABLED=1 jobstamp --dependencies-from - -- sh -c 'echo 1; echo 2 >&2; cat; echo 3' 2>&1")
        .prints("1\n2\n3\n");

    // A store that could not be used is not even looked at.
    sandbox.write("file", "");
    sandbox
        .variable("JOBSTAMPS_DISABLED", "yes")
        .jobstamp(&["--stamp-directory", "file"])
        .ran()
        .complains("err\n");
    sandbox.jobstamp(&["--stamp-directory", "none"]).ran();
    assert!(!sandbox.path("none").exists());
}

#[test]
fn debug_says_on_standard_error_only_what_was_done_and_why() {
    let sandbox = Sandbox::new();
    sandbox
        .write("in", "1")
        .variable("JOBSTAMPS_DEBUG", "1")
        .job("echo out");
    let first = sandbox.jobstamp(&["--dependencies", "in"]).ran().prints("out\n");
    first.complains("jobstamp: running: it has no stamp yet\n");
    let stamp = sandbox.stamps()[0].clone();
    let replayed = format!("jobstamp: replayed from `{}`\n", stamp.display());
    sandbox.again().replayed().prints("out\n").complains(replayed);
    sandbox
        .write("in", "22")
        .again()
        .ran()
        .prints("out\n")
        .says("running: the dependency `in` changed: ");
    sandbox.variable("JOBSTAMPS_DEBUG", "").again().replayed().complains("");
}

/// C44.
#[test]
fn debug_with_a_closed_standard_error_fails_nothing() {
    let sandbox = Sandbox::new();
    sandbox.variable("JOBSTAMPS_DEBUG", "1");
    sandbox.shell("jobstamp -- tallied echo out 2>/dev/null").ran();
    for _ in 0..2 {
        sandbox
            .shell("jobstamp -- tallied echo out 2>&-")
            .prints("out\n")
            .returns(0);
    }
}

#[test]
fn always_use_hashes_has_the_last_word() {
    let sandbox = Sandbox::new();
    sandbox.write("in", "same").variable("JOBSTAMPS_ALWAYS_USE_HASHES", "1");
    sandbox.jobstamp(&["--dependencies", "in"]).ran();
    sandbox.age("in", 10).again().replayed();
    sandbox
        .variable("JOBSTAMPS_ALWAYS_USE_HASHES", "")
        .age("in", 10)
        .again()
        .ran();
}

/// P28, for the command.
#[test]
fn stamps_of_0_0_20_are_neither_read_nor_deleted() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.store()).unwrap();
    // A pickle of {"stdout": b"", "stderr": b"", "code": 3} under an md5 name, as 0.0.20 had them, and its companion.
    let old = [
        (
            "d41d8cd98f00b204e9800998ecf8427e",
            &b"\x80\x03}q\x00(X\x04\x00\x00\x00codeq\x01K\x03u."[..],
        ),
        ("d41d8cd98f00b204e9800998ecf8427e.dep.sha1", b"{}"),
    ];
    for (name, bytes) in old {
        fs::write(sandbox.store().join(name), bytes).unwrap();
    }
    sandbox.jobstamp(&[]).ran().returns(0);
    sandbox.jobstamp(&[]).replayed().returns(0);
    for (name, bytes) in old {
        assert_eq!(fs::read(sandbox.store().join(name)).unwrap(), bytes);
    }
    let mut names: Vec<_> = fs::read_dir(sandbox.store())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [old[0].0, old[1].0, "jobstamps-v1"],
        "and nothing else is made there"
    );
}
