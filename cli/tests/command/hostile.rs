//! Input that was made to be slow, enormous or misleading.
//!
//! Slowness is proven by size, not by a clock: where the work is not linear, none of these would end while anybody waits.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;

use rustix::fs::{CWD, Mode, OFlags, mkdirat, openat};

use crate::sandbox::{Sandbox, amount, skip};

/// Makes `levels` directories, each in the one before; more than any path can name is no hindrance.
fn deep(sandbox: &Sandbox, name: &str, levels: usize) {
    let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
    let mut folder = openat(CWD, sandbox.path(""), flags, Mode::empty()).unwrap();
    for level in 0..levels {
        let name = if level == 0 { name } else { "d" };
        mkdirat(&folder, name, Mode::RWXU).unwrap();
        folder = openat(&folder, name, flags, Mode::empty()).unwrap();
    }
}

/// X14.
#[test]
fn directories_as_deep_as_a_path_can_be_are_read_with_a_small_stack() {
    let sandbox = Sandbox::new();
    deep(&sandbox, "deep", amount(400, 1800));
    for dependency in ["deep", "'de*/**'"] {
        // What the loader and a debug build need, and nothing for each level.
        let line = format!("ulimit -s 128; jobstamp --dependencies {dependency} -- tallied echo out");
        sandbox.shell(&line).ran().prints("out\n").complains("").returns(0);
        sandbox.shell(&line).replayed().prints("out\n");
    }
}

/// X14.
#[test]
fn directories_deeper_than_any_path_cost_the_stamp_and_one_line() {
    let sandbox = Sandbox::new();
    deep(&sandbox, "deep", amount(2100, 20_000));
    for _ in 0..2 {
        let done = sandbox.shell("jobstamp --dependencies deep -- tallied echo out");
        let done = done.ran().prints("out\n").returns(0).says("File name too long");
        assert_eq!(String::from_utf8_lossy(&done.output.stderr).lines().count(), 1);
    }
    // Rust's own way to remove it holds a descriptor for each level.
    sandbox.arrange("rm -r deep");
}

/// X14: there are more ways to match than anybody can try one by one.
#[test]
fn a_pattern_with_wildcards_everywhere_takes_no_longer_than_its_files() {
    let sandbox = Sandbox::new();
    let mut folder = String::new();
    for _ in 0..60 {
        folder.push_str("aaaaaaaa/");
        sandbox.write(format!("{folder}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), "");
    }
    let many = "**/".repeat(30);
    let names = "a*/**/".repeat(30);
    let braces = "{*a,*a,*a*}".repeat(30);
    for pattern in [
        format!("{many}*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b"),
        format!("{names}*b"),
        format!("**/{braces}b"),
    ] {
        let done = sandbox.call(["jobstamp", "--dependencies", &pattern, "--", "tallied", "echo"]);
        done.ran().says("matches nothing").returns(0);
    }
    sandbox
        .call([
            "jobstamp",
            "--dependencies",
            &format!("{many}a*"),
            "--",
            "tallied",
            "echo",
        ])
        .ran()
        .complains("");
}

/// X14.
#[test]
fn a_hundred_thousand_arguments_reach_the_command() {
    let sandbox = Sandbox::new();
    let line = "jobstamp -- tallied sh -c 'echo $#' $(seq 100000)";
    sandbox.shell(line).ran().prints("99999\n").returns(0);
    sandbox.again().replayed().prints("99999\n");
    // As a list that is given again and again, too.
    let line = "jobstamp $(seq -f '--output-files x%g' 40000) -- tallied false";
    sandbox.shell(line).ran().complains("").returns(1);
}

/// X14.
#[test]
fn many_variables_are_looked_up_one_by_one() {
    let sandbox = Sandbox::new();
    let line = "export $(seq -f 'V%g=x' 20000); jobstamp $(seq -f '--env V%g' 20000) -- tallied echo out";
    sandbox.shell(line).ran().prints("out\n").returns(0);
    sandbox.again().replayed().prints("out\n");
}

/// X14, C49.
#[test]
fn a_list_of_very_many_dependencies_is_looked_at_once_each() {
    let many = amount(3000, 1_000_000);
    let sandbox = Sandbox::new();
    sandbox.arrange(&format!(
        "mkdir many && cd many && seq {many} | xargs touch -d '1 hour ago'"
    ));
    let line = format!("seq -f 'many/%.0f' {many} | jobstamp --dependencies-from - -- tallied echo out");
    sandbox.shell(&line).ran().prints("out\n").complains("").returns(0);
    sandbox.again().replayed().prints("out\n");
    // Backwards, and each twice.
    let line = format!(
        "{{ seq -f 'many/%.0f' {many}; seq -f 'many/%.0f' {many} -1 1; }} | jobstamp --dependencies-from - -- tallied echo out"
    );
    sandbox.shell(&line).replayed().prints("out\n");
    sandbox.write(format!("many/{many}"), "other");
    sandbox.again().ran();
}

/// X14: dependencies, what lies in them and outputs are not compared each with each.
#[test]
fn very_many_outputs_cost_no_more_in_a_large_directory() {
    let sandbox = Sandbox::new();
    sandbox.arrange("mkdir src && cd src && seq 4000 | xargs touch -d '1 hour ago'");
    let outputs = "$(seq -f 'src/%g.o' 20000)";
    let line = format!("jobstamp --dependencies src --output-files {outputs} -- tallied sh -c 'echo > src/1.o'");
    sandbox.shell(&line).ran().says("and 19998 more were not made");
    sandbox
        .shell(&format!(
            "jobstamp why --dependencies src --output-files {outputs} -- tallied sh -c 'echo > src/1.o'"
        ))
        .says("")
        .returns(1);
}

/// C34: the names of processes on the way to the lock's holder may be any bytes.
#[test]
fn a_job_whose_name_is_no_text_starts_itself_and_does_not_lock_itself_out() {
    for name in [&b"it\xff\xfe"[..], b"a) R 1 (b", b"caf\xc3\xa9 caf\xc3\xa9 caf\xc3\xa9"] {
        let sandbox = Sandbox::new();
        let program = sandbox.path(OsStr::from_bytes(name));
        let script = "#!/bin/sh\ntallied true\n[ \"$DEEP\" ] && exit 2\nDEEP=1 jobstamp -- \"$0\"\necho outer $?\n";
        fs::write(&program, script).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        sandbox
            .call([OsStr::new("jobstamp"), OsStr::new("--"), program.as_os_str()])
            .prints("outer 2\n")
            .says("the job was started by itself")
            .returns(0)
            .ran_times(2);
    }
}

/// X12, X13: the configuration file is in the user's own place alone; whatever lies in a checkout chooses nothing.
#[test]
fn nothing_is_read_from_the_current_directory_or_its_parents() {
    let sandbox = Sandbox::new();
    let line = "jobstamp -- tallied echo out";
    sandbox.shell(line).ran();
    let evil = "[store]\ndirectory = '/nonexistent'\nshared = 'http://localhost:1'\ntoken = 'x'\n";
    for name in [
        "jobstamps.toml",
        ".jobstamps.toml",
        ".jobstamps",
        "jobstamps.cfg",
        ".env",
        "pyproject.toml",
        "jobstamps-v1/config",
        "../jobstamps.toml",
        "../home/.jobstamps.toml",
        "../home/config.toml",
    ] {
        sandbox.write(name, evil);
    }
    sandbox.shell(line).replayed().complains("");
    if !std::path::Path::new("/usr/bin/strace").exists() {
        return skip("which files are opened", "no strace");
    }
    sandbox
        .shell(&format!("strace -qq -o trace -e trace=%file {line}"))
        .replayed();
    let trace = String::from_utf8(sandbox.read("trace")).unwrap();
    let (work, home) = (sandbox.path(""), sandbox.beside("home"));
    let own = home.join(".config/jobstamps/config.toml");
    for call in trace.lines().filter(|call| !call.starts_with("execve(")) {
        let Some(path) = call.split('"').nth(1) else { continue };
        // What the store itself holds is reached from its own descriptor.
        let is_relative = !path.starts_with('/') && call.contains("AT_FDCWD");
        let is_here = path.starts_with(work.to_str().unwrap())
            && path.trim_end_matches('/') != work.to_str().unwrap().trim_end_matches('/');
        assert!(
            !is_relative && !is_here && (!path.starts_with(home.to_str().unwrap()) || path == own.to_str().unwrap()),
            "{call}"
        );
    }
}
