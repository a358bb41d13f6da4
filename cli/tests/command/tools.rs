//! The program that a command starts: how it is found, what counts of it, and what is said when it cannot be started.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use crate::sandbox::{Did, Sandbox, is_root};

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
    sandbox
        .write("plain", "#!/bin/sh\ntallied true\n")
        .directory("directory");
    let _fifo = sandbox.gate("fifo");
    fs::copy(sandbox.path("plain"), sandbox.beside("bin/denied")).unwrap();
    for (command, why) in [
        ("./plain", "Permission denied"),
        ("denied", "Permission denied"),
        (".", "command not found"),
        ("./directory", "Is a directory"),
        ("./fifo", "Permission denied"),
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
