//! Dependencies that are no plain files on a plain disk, or that answer with an error.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::Path;

use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};

use crate::sandbox::{Sandbox, amount, has_strace, is_root, skip};

/// By times, and by contents. (An empty list of dependencies is a way to say the first.)
const METHODS: [&str; 2] = ["--dependencies", "--use-hashes"];

/// The words of a call by `method` of a job that says something, does not read `in`, and fails.
fn words(method: &str) -> [&str; 9] {
    [
        "jobstamp",
        method,
        "--dependencies",
        "in",
        "--",
        "tallied",
        "sh",
        "-c",
        "echo out; exit 3",
    ]
}

/// D10. Each call about it fails, from then on, with each error: before the run, after it, and when it had been fine.
#[test]
fn a_dependency_that_answers_with_an_error_costs_the_memory_and_no_result() {
    const ERRORS: [(&str, &str); 6] = [
        ("EACCES", "Permission denied"),
        ("EIO", "error"),
        ("ESTALE", "Stale file handle"),
        ("ELOOP", "oo many"),
        ("ENAMETOOLONG", "name too long"),
        ("EPERM", "Operation not permitted"),
    ];
    if !has_strace("errors of dependencies") {
        return;
    }
    let mut number = 0;
    for method in METHODS {
        for has_stamp in [false, true] {
            let world = || {
                let sandbox = Sandbox::new();
                sandbox.write("in", "1");
                if has_stamp {
                    sandbox.call(words(method)).ran();
                    // Looked at again, read again.
                    sandbox.age("in", 5);
                }
                sandbox
            };
            let sandbox = world();
            let calls = sandbox.calls_about("in", &words(method));
            assert!(calls.len() > 2, "{calls:?}");
            for (name, before) in calls {
                number += 1;
                // One error each, in turn; in a soak all of them.
                for (error, text) in ERRORS.iter().cycle().skip(number).take(amount(1, ERRORS.len())) {
                    let sandbox = world();
                    let inject = format!("inject={name}:error={error}:when={}+", before + 1);
                    let path = sandbox.path("in");
                    let strace = [
                        "strace",
                        "-qq",
                        "-o",
                        "/dev/null",
                        "-P",
                        path.to_str().unwrap(),
                        "-e",
                        &inject,
                    ];
                    let done = sandbox.call([&strace[..], &words(method)].concat());
                    let done = done.ran().prints("out\n").returns(3);
                    let done = done.says("jobstamp: warning: ").says(text).says("; not cached\n");
                    assert_eq!(done.stamps().len(), usize::from(has_stamp), "{done}");
                    // And when all is well again, so is the memory.
                    sandbox.call(words(method)).prints("out\n").complains("").returns(3);
                    sandbox.again().replayed().prints("out\n").complains("").returns(3);
                }
            }
        }
    }
}

/// D14. Whoever waits for the bytes in a fifo still gets them.
#[test]
fn a_fifo_keeps_what_is_in_it() {
    let sandbox = Sandbox::new();
    let gate = sandbox.gate("in");
    for method in METHODS {
        gate.open();
        let done = sandbox.call(words(method)).ran().prints("out\n").returns(3);
        done.says("jobstamp: warning: ").says("is a fifo; not cached\n");
        assert_eq!(gate.line(), "");
    }
}

/// D14. What took its place since the last run is not opened either.
#[test]
fn whatever_takes_a_files_place_hangs_nothing_and_is_seen() {
    for method in METHODS {
        for place in [
            "mkfifo in",
            "ln -s /dev/zero in",
            "ln -s /dev/full in",
            "ln -s /proc/self/mem in",
            "ln -s /proc/kmsg in",
            "mkfifo fifo; ln -s fifo in",
            "mkdir in; mkfifo in/fifo",
            "mkdir in; ln -s in in/in; ln -s /proc/kmsg in/kmsg",
        ] {
            let sandbox = Sandbox::new();
            sandbox.write("in", "1").call(words(method)).ran();
            sandbox.arrange(&format!("rm in; {place}"));
            for _ in 0..2 {
                let done = sandbox.call(words(method)).prints("out\n").returns(3);
                if !place.contains("in/in") {
                    done.ran().says("jobstamp: warning: ").says("; not cached\n");
                }
            }
        }
    }
}

/// D19. In a directory, as a match of a pattern, in a list: two that look alike are two, whatever their bytes.
#[test]
fn any_name_counts_wherever_it_is_declared() {
    let sandbox = Sandbox::new();
    let long = "n".repeat(255);
    let names: [&[u8]; 8] = [
        b"new\nline",
        b"\xff\xfe",
        b"\xff",
        b"-dash",
        b" ",
        "caf\u{e9}".as_bytes(),
        "cafe\u{301}".as_bytes(),
        long.as_bytes(),
    ];
    let path = |name: &[u8]| Path::new("d").join(OsStr::from_bytes(name));
    for name in names {
        sandbox.write(path(name), "1");
    }
    sandbox.arrange("find d -type f -print0 > list");
    for declared in [
        "--dependencies d",
        "--dependencies 'd/*'",
        "--null --dependencies-from list",
    ] {
        for method in METHODS {
            let line = format!("jobstamp {method} {declared} -- tallied true");
            sandbox.shell(&line).ran().complains("");
            for name in names {
                sandbox.write(path(name), if sandbox.runs().is_multiple_of(2) { "1" } else { "2" });
                sandbox.shell(&line).ran().complains("");
                sandbox.shell(&line).replayed().complains("");
            }
        }
    }
    // Renamed to what looks the same.
    let line = "jobstamp --use-hashes --dependencies d -- tallied true";
    sandbox.remove(path(names[6])).shell(line).ran();
    fs::rename(sandbox.path(path(names[5])), sandbox.path(path(names[6]))).unwrap();
    sandbox.shell(line).ran();
    sandbox.shell(line).replayed();
}

/// D20. As the system follows them: `..` after a link does not lead back.
#[test]
fn one_file_under_two_names_and_two_files_under_one_are_told_apart() {
    for method in METHODS {
        let sandbox = Sandbox::new();
        sandbox
            .write("far/away/x", "")
            .write("far/in", "1")
            .write("in", "1")
            .directory("plain");
        symlink("far/away", sandbox.path("link")).unwrap();
        let line = |path: &str| format!("jobstamp {method} --dependencies {path} -- tallied cat {path}");
        // This is far/in.
        sandbox.shell(&line("link/../in")).ran().prints("1");
        sandbox.write("in", "2").again().replayed().prints("1");
        sandbox.write("far/in", "3").again().ran().prints("3");
        // These are all one.
        for path in ["in", "./in", "plain/../in", ".//in"] {
            sandbox.shell(&line(path)).ran().prints("2");
            sandbox.again().replayed();
        }
        sandbox.write("in", "4");
        for path in ["in", "./in", "plain/../in", ".//in"] {
            sandbox.shell(&line(path)).ran().prints("4");
        }
        // Elsewhere the same words are another file.
        sandbox.write("plain/in", "5");
        let elsewhere = "cd plain; jobstamp --no-cwd --dependencies in -- tallied cat in";
        sandbox.shell(elsewhere).ran().prints("5");
        sandbox.shell(elsewhere).replayed().prints("5");
    }
}

/// D22. The first write gives the file of an overlay another inode, perhaps on another device.
#[test]
fn a_file_of_an_overlay_is_seen_through_its_first_write() {
    if !is_root("an overlay") {
        return;
    }
    for method in METHODS {
        let sandbox = Sandbox::new();
        for name in ["lower", "upper", "scratch", "over"] {
            sandbox.directory(name);
        }
        sandbox.write("lower/in", "1").write("lower/other", "1");
        let [lower, upper, scratch, over] =
            ["lower", "upper", "scratch", "over"].map(|name| sandbox.path(name).to_str().unwrap().to_owned());
        let options = std::ffi::CString::new(format!("lowerdir={lower},upperdir={upper},workdir={scratch}")).unwrap();
        if let Err(error) = mount(
            "overlay",
            &over,
            "overlay",
            MountFlags::empty(),
            Some(options.as_c_str()),
        ) {
            return skip("an overlay", &format!("cannot mount: {error}"));
        }
        let call = |expected| {
            let line = format!("cd over; jobstamp {method} --dependencies in -- tallied cat in");
            sandbox.shell(&line).prints(expected)
        };
        call("1").ran();
        call("1").replayed();
        // A neighbour's copy is nobody's business.
        sandbox.arrange("echo more >> over/other");
        call("1").replayed();
        // The same bytes in another inode: at worst one run.
        sandbox.arrange("chmod o-r over/in; chmod o+r over/in");
        call("1");
        call("1").replayed();
        // Other bytes of the same size under the same time.
        sandbox.arrange("touch -r over/in old; printf 2 > over/in; touch -r old over/in");
        call("2").ran();
        call("2").replayed();
        // Taken away from above, and the one from below is back.
        sandbox.arrange("rm over/in");
        sandbox.arrange("printf 3 > over/in");
        call("3").ran();
        call("3").replayed();
        unmount(over.as_str(), UnmountFlags::DETACH).unwrap();
        let _ = fs::remove_dir_all(sandbox.path("scratch"));
    }
}
