//! Which jobs are the same job, and which are not.

use std::fs;

use crate::sandbox::{Did, Sandbox, is_root};

/// Calls each with `jobstamp OPTIONS -- tallied ...` in a new world; all must be different jobs, and remembered.
fn all_differ(lines: &[&str]) {
    let sandbox = Sandbox::new();
    for line in lines {
        sandbox.shell(line).ran();
    }
    for line in lines {
        sandbox.shell(line).replayed();
    }
}

/// C10.
#[test]
fn arguments_count_byte_for_byte() {
    all_differ(&[
        "jobstamp -- tallied echo",
        "jobstamp -- tallied echo ''",
        "jobstamp -- tallied echo '' ''",
        "jobstamp -- tallied echo 'a b'",
        "jobstamp -- tallied echo a b",
        "jobstamp -- tallied echo ab",
        "jobstamp -- tallied echo 'a\nb'",
        r#"jobstamp -- tallied echo "$(printf '\377')""#,
        r#"jobstamp -- tallied echo "$(printf '\376')""#,
        "jobstamp -- tallied echo --",
    ]);
}

/// C10.
#[test]
fn arguments_reach_the_command_byte_for_byte() {
    use std::os::unix::ffi::OsStrExt as _;
    let sandbox = Sandbox::new();
    let odd: [&[u8]; 9] = [
        b"",
        b"a b",
        b"new\nline",
        b"\xff\xfe",
        b"--",
        b"-x",
        b"$(id)*?[a]",
        b"\x01\x1b[1m\x7f",
        b"",
    ];
    let mut words: Vec<&std::ffi::OsStr> = ["jobstamp", "--", "tallied", "printf", "%s|"]
        .map(AsRef::as_ref)
        .to_vec();
    words.extend(odd.map(std::ffi::OsStr::from_bytes));
    let expected = odd.map(|bytes| [bytes, b"|"].concat()).concat();
    for did in [Did::Run, Did::Replay] {
        sandbox.call(words.clone()).did(did).prints(&expected);
    }
}

/// C10.
#[test]
fn a_long_argument_reaches_the_command_whole() {
    let sandbox = Sandbox::new();
    let long = "x".repeat(128 * 1024 - 1);
    for did in [Did::Run, Did::Replay] {
        sandbox
            .call(["jobstamp", "--", "tallied", "printf", "%s", &long])
            .did(did)
            .prints(&long);
    }
}

/// C11.
#[test]
fn arguments_that_only_just_reach_us_but_not_the_command_are_said_to_be_too_long() {
    let sandbox = Sandbox::new();
    // The system adds the interpreter's path to the arguments of a script.
    sandbox.program("script", &format!("#!/bin/{}/sh\n", "./".repeat(100)));
    let call = |length: usize| {
        let line = format!(r#"ulimit -s 512; exec jobstamp -- script "$(head -c {length} /dev/zero | tr '\0' x)""#);
        sandbox.shell(&line)
    };
    let done = (100_000..131_000)
        .rev()
        .step_by(50)
        .map(call)
        .find(|done| done.output.stderr.starts_with(b"jobstamp"));
    done.expect("the longest that we can be started with")
        .complains("jobstamp: script: Argument list too long\n")
        .returns(126);
    assert!(sandbox.stamps().is_empty());
}

#[test]
fn the_working_directory_counts_unless_it_is_left_out() {
    let sandbox = Sandbox::new();
    sandbox.directory("one").directory("two");
    let (one, two) = (sandbox.path("one"), sandbox.path("two"));
    for did in [Did::Run, Did::Replay] {
        sandbox
            .shell("cd one && jobstamp -- tallied pwd")
            .did(did)
            .prints(format!("{}\n", one.display()));
        sandbox
            .shell("cd two && jobstamp -- tallied pwd")
            .did(did)
            .prints(format!("{}\n", two.display()));
    }
    sandbox.shell("cd one && jobstamp --no-cwd -- tallied echo here").ran();
    sandbox
        .shell("cd two && jobstamp --no-cwd -- tallied echo here")
        .replayed();
}

/// C42.
#[test]
fn variables_that_change_what_programs_print_count() {
    let names = [
        "LANG",
        "LC_ALL",
        "LC_CTYPE",
        "LC_MESSAGES",
        "TZ",
        "SOURCE_DATE_EPOCH",
        "NO_COLOR",
        "FORCE_COLOR",
        "CLICOLOR",
        "CLICOLOR_FORCE",
    ];
    let sandbox = Sandbox::new();
    sandbox.shell("jobstamp -- tallied date +%Z").ran();
    for name in names {
        for value in ["1", "2", ""] {
            let line = format!("{name}={value} jobstamp -- tallied date +%Z");
            sandbox.shell(&line).ran();
            sandbox.shell(&line).replayed();
        }
    }
    sandbox.shell("jobstamp -- tallied date +%Z").replayed();
}

/// C41.
#[test]
fn a_named_variable_unset_empty_and_not_text_are_three_jobs() {
    all_differ(&[
        r#"unset X; jobstamp --env X -- tallied sh -c 'echo "$X"'"#,
        r#"X= jobstamp --env X -- tallied sh -c 'echo "$X"'"#,
        r#"X=1 jobstamp --env X -- tallied sh -c 'echo "$X"'"#,
        r#"X="$(printf '\377')" jobstamp --env X -- tallied sh -c 'echo "$X"'"#,
    ]);
}

#[test]
fn other_variables_do_not_count() {
    let sandbox = Sandbox::new();
    sandbox.shell("X=1 jobstamp -- tallied true").ran();
    sandbox.shell("X=2 COLUMNS=7 PS1=x jobstamp -- tallied true").replayed();
}

#[test]
fn the_kind_of_standard_input_counts() {
    let sandbox = Sandbox::new();
    sandbox.write("file", "");
    sandbox.shell("jobstamp -- tallied cat < /dev/null").ran();
    sandbox.shell("jobstamp -- tallied cat < file").ran();
    // A pipe whose writer has surely gone.
    let ended = "mkfifo p; (: > p) & exec 3< p; wait; rm p; jobstamp -- tallied cat <&3";
    sandbox.shell(ended).ran();
    sandbox.shell("jobstamp -- tallied cat < /dev/null").replayed();
    sandbox.shell("jobstamp -- tallied cat < file").replayed();
    sandbox.shell(ended).replayed();
}

#[test]
fn neither_the_time_nor_the_store_is_part_of_the_job() {
    let sandbox = Sandbox::new();
    sandbox.jobstamp(&[]).ran();
    fs::rename(sandbox.store(), sandbox.beside("moved")).unwrap();
    sandbox
        .clock(1_000_000)
        .variable("JOBSTAMPS_DIRECTORY", sandbox.beside("moved"));
    sandbox.jobstamp(&[]).replayed();
}

/// C39.
#[test]
fn a_working_directory_that_is_gone_costs_the_memory_and_no_result() {
    let sandbox = Sandbox::new();
    let line = |options: &str| format!("mkdir gone; cd gone; rmdir ../gone; jobstamp {options} -- tallied echo out");
    for _ in 0..2 {
        let done = sandbox.shell(&line("")).ran().prints("out\n").returns(0);
        done.says("jobstamp: warning: the working directory cannot be read; not cached\n");
    }
    sandbox.shell(&line("--no-cwd")).ran().does_not_say("jobstamp: ");
    sandbox.shell(&line("--no-cwd")).replayed().prints("out\n");
}

/// C40.
#[test]
fn missing_variables_have_defined_substitutes() {
    let sandbox = Sandbox::new();
    let jobstamp = env!("CARGO_BIN_EXE_jobstamp");
    // Without PATH the places of execvp are searched; with an empty one only the current directory.
    for did in ["running", "replayed"] {
        let line = format!("unset PATH HOME; exec {jobstamp} --explain -- echo out");
        sandbox.shell(&line).prints("out\n").says(did).returns(0);
    }
    sandbox
        .shell(&format!("PATH=; exec {jobstamp} -- echo out"))
        .returns(127);
    // An empty variable is none; a relative path is one from here, but for those of XDG, which then count as unset.
    let before = sandbox.shell("ls -A").output.stdout.clone();
    // (This store is in /tmp, and another user's or test's would do as well: what is said of it does not matter.)
    sandbox
        .shell("TMPDIR= JOBSTAMPS_DIRECTORY= jobstamp -- echo out")
        .prints("out\n")
        .returns(0);
    sandbox.shell("ls -A").prints(&before);
    for set in [
        "XDG_CACHE_HOME=x XDG_CONFIG_HOME=x XDG_RUNTIME_DIR=x XDG_STATE_HOME=x",
        "XDG_CACHE_HOME= XDG_CONFIG_HOME= HOME= TMPDIR=",
        "HOME=x",
    ] {
        let line = format!("{set} jobstamp -- tallied echo out");
        sandbox.shell(&line).prints("out\n").complains("").returns(0);
        sandbox.shell(&line).replayed().prints("out\n").complains("").returns(0);
        sandbox.shell("ls -A").prints(&before);
    }
    sandbox
        .shell("unset JOBSTAMPS_DIRECTORY; TMPDIR=x jobstamp -- tallied echo out")
        .ran()
        .complains("");
    assert!(sandbox.path("x").is_dir());
}

/// C51.
#[test]
fn with_borrowed_rights_it_runs_without_the_store() {
    if !is_root("borrowed rights") {
        return;
    }
    let sandbox = Sandbox::new();
    for _ in 0..2 {
        let done = sandbox
            .shell("setpriv --ruid 65534 jobstamp -- tallied echo out")
            .ran()
            .prints("out\n")
            .returns(0);
        done.says("jobstamp: warning: the real and the effective user differ");
    }
    assert!(sandbox.stamps().is_empty());
}

#[test]
fn the_directory_counts_under_the_name_that_the_shell_gave_it() {
    let sandbox = Sandbox::new();
    sandbox.arrange("mkdir real; ln -s real link");
    for _ in [Did::Run, Did::Replay] {
        for name in ["real", "link"] {
            let expected = format!("{}\n", sandbox.path(name).display());
            sandbox
                .shell(&format!("cd {name}; jobstamp -- sh -c pwd"))
                .prints(expected);
        }
    }
}

/// C26.
#[test]
fn closed_standard_input_is_another_job_than_an_empty_one() {
    all_differ(&["jobstamp -- tallied cat </dev/null", "jobstamp -- tallied cat <&-"]);
}
