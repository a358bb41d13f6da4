//! When a remembered run still speaks for the job, under both methods.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::time::{Duration, SystemTime};

use crate::sandbox::{Did, Sandbox};

const METHODS: [&str; 3] = ["--dependencies", "--use-hashes", "--paranoid"];

/// Options for `method` with the dependencies `paths`. (An empty list of dependencies is a way to say "by times".)
fn by<'a>(method: &'a str, paths: &[&'a str]) -> Vec<&'a str> {
    [&[method, "--dependencies"], paths].concat()
}

/// Runs a job that depends on `in`, does something, and expects what follows from it under times and under hashes.
#[track_caller]
fn after(something: impl Fn(&Sandbox), expected: [Did; 2]) {
    for young in [false, true] {
        for (method, expected) in METHODS.into_iter().zip([expected[0], expected[1], expected[1]]) {
            let sandbox = if young { Sandbox::young() } else { Sandbox::new() };
            sandbox
                .write("in", "some bytes")
                .write("other", "other byte")
                .job("cat in 2>&1");
            sandbox.jobstamp(&by(method, &["in"])).ran();
            sandbox.again().replayed();
            something(&sandbox);
            sandbox.again().did(expected);
        }
    }
}

#[test]
fn an_edited_dependency_reruns_under_both_methods() {
    after(
        |sandbox| {
            sandbox.write("in", "new bytes!");
        },
        [Did::Run, Did::Run],
    );
}

/// D07.
#[test]
fn touching_a_dependency_reruns_under_mtime_but_not_under_hash() {
    after(
        |sandbox| {
            sandbox.age("in", 10);
        },
        [Did::Run, Did::Replay],
    );
}

/// D07.
#[test]
fn a_fresh_copy_of_the_same_bytes_reruns_under_mtime_but_not_under_hash() {
    after(
        |sandbox| {
            sandbox.arrange("cp in copy; mv copy in");
        },
        [Did::Run, Did::Replay],
    );
}

/// D05.
#[test]
fn a_dependency_replaced_by_an_older_file_reruns_under_both_methods() {
    after(
        |sandbox| {
            sandbox.age("other", 900_000).arrange("mv other in");
        },
        [Did::Run, Did::Run],
    );
}

/// D03.
#[test]
fn other_bytes_of_the_same_size_with_the_old_time_put_back_rerun_under_both_methods() {
    let line = "touch -r in old; cp other in; touch -r old in";
    after(
        |sandbox| {
            sandbox.arrange(line);
        },
        [Did::Run, Did::Run],
    );
}

/// D04.
#[test]
fn an_edit_within_one_tick_of_the_clock_is_seen() {
    for method in METHODS {
        let sandbox = Sandbox::young();
        let now = SystemTime::now();
        sandbox.job("cat in");
        fs::write(sandbox.path("in"), "1").unwrap();
        sandbox
            .set_modified("in", now)
            .jobstamp(&by(method, &["in"]))
            .ran()
            .prints("1");
        for content in ["2", "3", "4"] {
            fs::write(sandbox.path("in"), content).unwrap();
            sandbox.set_modified("in", now).again().ran().prints(content);
        }
    }
}

/// D06.
#[test]
fn files_from_the_future_and_a_clock_set_back_neither_hide_an_edit_nor_rerun_for_ever() {
    for method in METHODS {
        let sandbox = Sandbox::young();
        let future = SystemTime::now() + Duration::from_secs(100_000);
        sandbox.write("in", "1").set_modified("in", future).job("cat in");
        sandbox.jobstamp(&by(method, &["in"])).ran();
        sandbox.again().replayed();
        sandbox.clock(-3600).again().replayed();
        sandbox.clock(1_000_000).again().replayed();
        sandbox
            .clock(-3600)
            .write("in", "2")
            .set_modified("in", future)
            .again()
            .ran()
            .prints("2");
        sandbox.again().replayed();
    }
}

/// D18.
#[test]
fn a_changed_executable_bit_reruns_under_both_methods() {
    for (before, now) in [(0o644, 0o755), (0o755, 0o644)] {
        for method in METHODS {
            let sandbox = Sandbox::new();
            let mode = |bits| fs::set_permissions(sandbox.path("in"), fs::Permissions::from_mode(bits)).unwrap();
            sandbox.write("in", "");
            mode(before);
            sandbox.jobstamp(&by(method, &["in"])).ran();
            mode(now);
            sandbox.again().ran();
        }
    }
}

/// D09.
#[test]
fn a_dependency_that_goes_comes_and_goes_reruns_each_time() {
    for method in METHODS {
        let sandbox = Sandbox::new();
        sandbox.write("in", "1");
        sandbox.jobstamp(&by(method, &["in"])).ran();
        sandbox.remove("in").again().ran();
        sandbox.again().ran();
        sandbox.write("in", "2").again().ran();
        sandbox.again().replayed();
        sandbox.remove("in").again().ran();
    }
}

#[test]
fn going_back_to_what_was_replays_under_hashes() {
    let sandbox = Sandbox::new();
    sandbox.job("cat in");
    let options = by("--use-hashes", &["in"]);
    for (content, did) in [("A", Did::Run), ("B", Did::Run), ("A", Did::Replay), ("B", Did::Replay)] {
        sandbox.write("in", content).jobstamp(&options).did(did).prints(content);
    }
}

#[test]
fn a_job_keeps_its_last_eight_variants() {
    let sandbox = Sandbox::new();
    sandbox.job("cat in");
    let options = by("--use-hashes", &["in"]);
    for content in 0..9 {
        sandbox.write("in", content.to_string()).jobstamp(&options).ran();
    }
    for content in (1..9).rev() {
        sandbox
            .write("in", content.to_string())
            .jobstamp(&options)
            .replayed()
            .prints(content.to_string());
    }
    sandbox.write("in", "0").jobstamp(&options).ran();
}

#[test]
fn a_stamp_with_digests_serves_both_methods_and_one_without_only_times() {
    let sandbox = Sandbox::new();
    sandbox.write("in", "1");
    sandbox.jobstamp(&by("--dependencies", &["in"])).ran();
    sandbox.jobstamp(&by("--use-hashes", &["in"])).ran();
    sandbox.jobstamp(&by("--dependencies", &["in"])).replayed();
}

/// D01, D02.
#[test]
fn a_dependency_rewritten_during_the_run_reruns_next_time_under_both_methods() {
    for method in METHODS {
        // Before the job reads it, after it, and back to the old content.
        for rewrite in [
            "printf new > in; cat in",
            "cat in; printf new > in",
            "cp in old; printf new > in; cat old > in",
        ] {
            let sandbox = Sandbox::new();
            sandbox.write("in", "old");
            sandbox.write("rewrite", rewrite).job(". ./rewrite");
            let warning = "jobstamp: warning: the dependency `in` changed while the job ran; not cached\n";
            sandbox
                .jobstamp(&by(method, &["in"]))
                .ran()
                .complains(warning)
                .returns(0);
            assert!(sandbox.stamps().is_empty());
            sandbox.write("rewrite", "cat in").again().ran().complains("");
            sandbox.again().replayed();
        }
    }
}

/// C32, O11.
#[test]
fn a_formatter_that_declares_what_it_rewrites_is_remembered_as_it_left_it() {
    for method in METHODS {
        let sandbox = Sandbox::new();
        sandbox.write("in", "b\na\n").job("sort -o in in");
        let options = [by(method, &["in"]), vec!["--output-files", "in"]].concat();
        sandbox.jobstamp(&options).ran().complains("");
        assert_eq!(sandbox.read("in"), b"a\nb\n");
        sandbox.again().replayed();
        sandbox.write("in", "c\na\n").again().ran();
    }
}

/// D13.
#[test]
fn the_text_of_a_link_and_what_it_leads_to_both_count() {
    for method in METHODS {
        let sandbox = Sandbox::new();
        let link = |to: &str| {
            let _ = fs::remove_file(sandbox.path("link"));
            symlink(to, sandbox.path("link")).unwrap();
        };
        sandbox.write("a", "same").write("b", "same");
        link("a");
        sandbox.jobstamp(&by(method, &["link"])).ran();
        sandbox.again().replayed();
        link("b");
        sandbox.again().ran();
        sandbox.write("b", "else").again().ran();
        sandbox.again().replayed();
        // A dangling link is a missing dependency.
        link("nowhere");
        sandbox.again().ran();
        sandbox.again().ran();
        // A chain of links ends at a file too.
        link("more");
        symlink("a", sandbox.path("more")).unwrap();
        sandbox.again().ran();
        sandbox.again().replayed();
        sandbox.write("a", "new").again().ran();
    }
}

/// D13, D10.
#[test]
fn what_cannot_be_looked_at_costs_the_memory_and_no_result() {
    let sandbox = Sandbox::new();
    symlink("loop", sandbox.path("loop")).unwrap();
    let long = "x".repeat(300);
    for path in ["loop", &long] {
        for _ in 0..2 {
            let done = sandbox
                .jobstamp(&["--dependencies", path])
                .ran()
                .prints("out\n")
                .returns(0);
            done.says("jobstamp: warning: ").says("; not cached");
        }
    }
}

/// D14.
#[test]
fn fifos_devices_and_endless_files_are_never_read() {
    let sandbox = Sandbox::new();
    let gate = sandbox.gate("fifo");
    for path in [
        gate.path().to_str().unwrap(),
        "/dev/zero",
        "/dev/tty",
        "/proc/self/mem",
        "/proc/kmsg",
    ] {
        for method in METHODS {
            let done = sandbox.jobstamp(&by(method, &[path])).ran().prints("out\n").returns(0);
            done.says("jobstamp: warning: ").says("; not cached");
        }
    }
}

/// D17.
#[test]
fn sparse_files_and_second_names_are_files_like_others() {
    let sandbox = Sandbox::new();
    sandbox.write("in", "1").job("cat in | wc -c");
    fs::File::options()
        .write(true)
        .open(sandbox.path("in"))
        .unwrap()
        .set_len(50_000_000)
        .unwrap();
    sandbox.jobstamp(&by("--use-hashes", &["in"])).ran();
    sandbox.again().replayed();
    fs::hard_link(sandbox.path("in"), sandbox.path("twin")).unwrap();
    sandbox.again().replayed();
    fs::write(sandbox.path("twin"), "2").unwrap();
    sandbox.again().ran();
}

/// D19.
#[test]
fn any_name_can_be_a_dependency() {
    let long = "n".repeat(255);
    let names: [&[u8]; 6] = [
        b"new\nline",
        b"\xff\xfe",
        b"-dash",
        "caf\u{e9}".as_bytes(),
        "cafe\u{301}".as_bytes(),
        long.as_bytes(),
    ];
    let sandbox = Sandbox::new();
    for name in names {
        let name = std::ffi::OsStr::from_bytes(name);
        sandbox.write(name, "1");
        let mut option = std::ffi::OsString::from("--dependencies=");
        option.push(name);
        let words: [&std::ffi::OsStr; 5] = [
            "jobstamp".as_ref(),
            &option,
            "--".as_ref(),
            "tallied".as_ref(),
            "true".as_ref(),
        ];
        sandbox.call(words).ran();
        sandbox.again().replayed();
        sandbox.write(name, "2").again().ran();
        sandbox.again().replayed();
    }
}

/// D20.
#[test]
fn a_relative_path_means_what_it_means_here() {
    let sandbox = Sandbox::new();
    sandbox.write("one/in", "1").write("two/in", "1");
    sandbox
        .shell("cd one && jobstamp --no-cwd --dependencies in -- tallied true")
        .ran();
    sandbox
        .shell("cd one && jobstamp --no-cwd --dependencies ./in -- tallied true")
        .replayed();
    sandbox
        .shell(r#"jobstamp --no-cwd --dependencies "$PWD/one/in" -- tallied true"#)
        .replayed();
    sandbox
        .shell("cd two && jobstamp --no-cwd --dependencies in -- tallied true")
        .ran();
}
