//! Which jobs are the same job, and which are not.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

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

#[test]
fn an_edited_tool_reruns_the_job_and_why_names_it() {
    let sandbox = Sandbox::new();
    let tool = sandbox.program("tool", "#!/usr/bin/env -S tallied sh\necho 1\n");
    sandbox.shell("jobstamp -- tool").ran().prints("1\n");
    sandbox.again().replayed().prints("1\n");
    sandbox.program("tool", "#!/usr/bin/env -S tallied sh\necho 2\n");
    let reason = format!("the program `{}` changed: ", tool.display());
    let why = sandbox.shell("jobstamp why -- tool").ran_times(0).returns(1);
    assert!(String::from_utf8_lossy(&why.output.stdout).contains(&reason), "{why}");
    sandbox.shell("jobstamp -- tool").ran().prints("2\n");
}

#[test]
fn an_edited_interpreter_reruns_its_scripts() {
    for line in [
        "#!INTERPRETER",
        "#!/usr/bin/env interpreter",
        "#!/usr/bin/env -S interpreter",
    ] {
        let sandbox = Sandbox::new();
        let interpreter = sandbox.program("interpreter", "#!/bin/sh\ntallied echo old\n");
        let line = line.replace("INTERPRETER", interpreter.to_str().unwrap());
        sandbox.program("script", &format!("{line}\n"));
        sandbox.shell("jobstamp -- script").ran().prints("old\n");
        sandbox.again().replayed();
        sandbox.program("interpreter", "#!/bin/sh\ntallied echo new\n");
        sandbox.again().ran().prints("new\n");
    }
}

#[test]
fn a_tool_behind_a_link_is_looked_at_where_it_lies() {
    let sandbox = Sandbox::new();
    let real = sandbox.program("real", "#!/bin/sh\ntallied echo old\n");
    symlink(&real, sandbox.beside("bin/tool")).unwrap();
    sandbox.shell("jobstamp -- tool").ran();
    sandbox.again().replayed();
    sandbox.program("real", "#!/bin/sh\ntallied echo new\n");
    sandbox.again().ran().prints("new\n");
    let other = sandbox.program("other", "#!/bin/sh\ntallied echo other\n");
    fs::remove_file(sandbox.beside("bin/tool")).unwrap();
    symlink(&other, sandbox.beside("bin/tool")).unwrap();
    sandbox.again().ran().prints("other\n");
}

#[test]
fn tool_check_says_how_the_program_is_compared() {
    for (check, touched, edited) in [
        ("stat", Did::Run, Did::Run),
        ("content", Did::Replay, Did::Run),
        ("none", Did::Replay, Did::Replay),
    ] {
        let sandbox = Sandbox::new();
        sandbox.program("tool", "#!/bin/sh\ntallied echo 1\n");
        let line = format!("jobstamp --tool-check {check} -- tool");
        sandbox.shell(&line).ran();
        sandbox.program("tool", "#!/bin/sh\ntallied echo 1\n");
        sandbox.shell(&line).did(touched);
        sandbox.program("tool", "#!/bin/sh\ntallied echo 2\n");
        sandbox.shell(&line).did(edited);
    }
}

/// C01.
#[test]
fn a_command_that_is_nowhere_is_127_and_not_cached() {
    let sandbox = Sandbox::new();
    for command in ["no-such-x", "./no-such-x", "/no/such/x"] {
        let words = format!("jobstamp: {command}: command not found\n");
        sandbox
            .call(["jobstamp", "--", command])
            .complains(words)
            .prints("")
            .returns(127);
    }
    assert!(sandbox.stamps().is_empty());
}

/// C02.
#[test]
fn what_may_not_be_executed_is_126_and_not_cached() {
    let sandbox = Sandbox::new();
    sandbox.write("plain", "#!/bin/sh\ntallied true\n");
    fs::copy(sandbox.path("plain"), sandbox.beside("bin/denied")).unwrap();
    for (command, why) in [
        ("./plain", "Permission denied"),
        ("denied", "Permission denied"),
        (".", "command not found"),
    ] {
        let done = sandbox.call(["jobstamp", "--", command]).ran_times(0).says(why);
        done.returns(if command == "." { 127 } else { 126 });
    }
    sandbox
        .call(["jobstamp", "--", "/"])
        .complains("jobstamp: /: Is a directory\n")
        .returns(126);
    assert!(sandbox.stamps().is_empty());
}

/// C03.
#[test]
fn the_current_directory_is_searched_for_programs_only_when_asked_to() {
    let sandbox = Sandbox::new();
    fs::rename(
        sandbox.program("tool", "#!/bin/sh\ntallied echo here\n"),
        sandbox.path("tool"),
    )
    .unwrap();
    sandbox.directory("echo");
    sandbox.shell("jobstamp -- tool").ran_times(0).returns(127);
    sandbox.shell("jobstamp -- ./tool").ran().prints("here\n");
    sandbox.shell("PATH=.:$PATH jobstamp -- tool").ran().prints("here\n");
    sandbox
        .shell("PATH=$PATH: jobstamp -- tool")
        .returns(0)
        .prints("here\n");
    sandbox.shell("jobstamp -- echo from PATH").prints("from PATH\n");
}

/// C04.
#[test]
fn a_program_that_cannot_be_read_runs_and_is_remembered() {
    if !is_root("a program that cannot be read") {
        return;
    }
    let sandbox = Sandbox::new();
    // Root reads everything, so another user has to try: with a store of its own.
    let tool = sandbox.beside("bin/unreadable");
    fs::copy("/bin/echo", &tool).unwrap();
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o711)).unwrap();
    fs::create_dir(sandbox.store()).unwrap();
    fs::set_permissions(sandbox.store(), fs::Permissions::from_mode(0o1777)).unwrap();
    fs::set_permissions(sandbox.path(""), fs::Permissions::from_mode(0o1777)).unwrap();
    let line = "setpriv --reuid 65534 --clear-groups jobstamp --explain -- unreadable hello";
    let note = format!(
        "jobstamp: the program `{}` cannot be read, and is known by its device, inode, size and times alone\n",
        tool.display()
    );
    sandbox
        .shell(line)
        .prints("hello\n")
        .says("running")
        .says(&note)
        .returns(0);
    let done = sandbox.shell(line).prints("hello\n").says("replayed").returns(0);
    done.does_not_say("cannot be read");
    // Another one in its place is seen.
    fs::copy("/bin/printf", &tool).unwrap();
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o711)).unwrap();
    sandbox
        .shell(line)
        .prints("hello")
        .says("running")
        .says(&note)
        .returns(0);
}

/// C05.
#[test]
fn a_script_without_an_interpreter_line_is_run_by_the_shell() {
    let sandbox = Sandbox::new();
    sandbox.program("script", "tallied echo \"$0 $1\"\n");
    for did in [Did::Run, Did::Replay] {
        let path = sandbox.beside("bin/script");
        sandbox
            .shell("jobstamp -- script word")
            .did(did)
            .prints(format!("{} word\n", path.display()));
    }
}

/// C06.
#[test]
fn a_bad_interpreter_is_named() {
    let sandbox = Sandbox::new();
    sandbox.program("script", "#!/no/such/interpreter -x\n");
    let words = "jobstamp: script: bad interpreter `/no/such/interpreter`: No such file or directory\n";
    sandbox.shell("jobstamp -- script").complains(words).returns(127);
    sandbox.write("plain", "");
    sandbox.program("script", &format!("#!{}\n", sandbox.path("plain").display()));
    sandbox
        .shell("jobstamp -- script")
        .says("bad interpreter")
        .says("Permission denied")
        .returns(126);
    assert!(sandbox.stamps().is_empty());
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
