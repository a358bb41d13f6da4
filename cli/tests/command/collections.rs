//! Dependencies that are more than one file: directories, patterns, lists.

use std::fs;
use std::os::unix::fs::symlink;

use crate::sandbox::{Sandbox, amount};
use crate::store::Mounted;

const METHODS: [&str; 2] = ["--dependencies", "--use-hashes"];

/// D11.
#[test]
fn whatever_changes_in_a_directory_at_any_depth_is_seen() {
    for method in METHODS {
        let sandbox = Sandbox::new();
        sandbox
            .write("src/a", "1")
            .write("src/one/two/deep", "1")
            .directory("src/empty");
        sandbox.jobstamp(&[method, "--dependencies", "src"]).ran();
        sandbox.again().replayed();
        sandbox.write("src/one/two/deep", "2").again().ran();
        sandbox.write("src/one/new", "1").again().ran();
        fs::rename(sandbox.path("src/one/new"), sandbox.path("src/one/renamed")).unwrap();
        sandbox.again().ran();
        sandbox.remove("src/one/two/deep").again().ran();
        fs::remove_dir(sandbox.path("src/empty")).unwrap();
        sandbox.again().ran();
        sandbox.directory("src/another").again().ran();
        fs::remove_dir(sandbox.path("src/another")).unwrap();
        sandbox.write("src/another", "now a file").again().ran();
        sandbox.again().replayed();
    }
}

/// D11.
#[test]
fn a_directorys_own_times_do_not_count() {
    for method in METHODS {
        let sandbox = Sandbox::new();
        sandbox
            .write("src/a", "1")
            .job("touch src/temporary; rm src/temporary; cat src/a");
        sandbox.jobstamp(&[method, "--dependencies", "src"]).ran().complains("");
        sandbox.age("src", 500).again().replayed();
    }
}

#[test]
fn a_directory_under_hashes_is_its_content() {
    let sandbox = Sandbox::new();
    sandbox.write("src/a", "1").write("src/deep/b", "1");
    sandbox.jobstamp(&["--use-hashes", "--dependencies", "src"]).ran();
    sandbox.age("src/a", 10).age("src/deep/b", 10).again().replayed();
    sandbox.arrange("cp -r src copy && rm -r src && mv copy src");
    sandbox.jobstamp(&["--use-hashes", "--dependencies", "src"]).replayed();
}

#[test]
fn outputs_and_the_store_inside_a_directory_do_not_count() {
    for method in METHODS {
        let sandbox = Sandbox::new();
        sandbox.write("all/a", "1").job("echo $$ > all/out");
        let options = [
            method,
            "--dependencies",
            "all",
            "--output-files",
            "all/out",
            "--stamp-directory",
            "all/store",
        ];
        sandbox.jobstamp(&options).ran().complains("");
        sandbox.again().replayed();
        sandbox.write("all/a", "2").again().ran();
    }
}

/// D12.
#[test]
fn links_inside_a_directory_are_not_followed() {
    for method in METHODS {
        let sandbox = Sandbox::new();
        sandbox.write("outside/file", "1").write("src/a", "1");
        symlink("../outside", sandbox.path("src/link")).unwrap();
        symlink(".", sandbox.path("src/loop")).unwrap();
        sandbox.jobstamp(&[method, "--dependencies", "src"]).ran();
        sandbox.write("outside/file", "2").again().replayed();
        fs::remove_file(sandbox.path("src/link")).unwrap();
        symlink("../elsewhere", sandbox.path("src/link")).unwrap();
        sandbox.again().ran();
    }
}

/// D12.
#[test]
fn another_file_system_inside_a_directory_counts_unless_it_is_left_out() {
    let sandbox = Sandbox::new();
    sandbox.write("src/a", "1");
    let Some(mounted) = Mounted::small(sandbox.path("src/mounted"), "a mount point inside") else {
        return;
    };
    sandbox.write("src/mounted/b", "1");
    sandbox.jobstamp(&["--one-file-system", "--dependencies", "src"]).ran();
    sandbox.write("src/mounted/b", "2").again().replayed();
    sandbox.write("src/a", "2").again().ran();
    sandbox.jobstamp(&["--dependencies", "src"]).ran();
    sandbox.write("src/mounted/b", "3").again().ran();
    drop(mounted);
}

/// D14.
#[test]
fn a_fifo_inside_a_directory_hangs_nothing() {
    for method in METHODS {
        let sandbox = Sandbox::new();
        sandbox.write("src/a", "1");
        let _gate = sandbox.gate("src/fifo");
        sandbox.jobstamp(&[method, "--dependencies", "src"]).ran().returns(0);
        sandbox.write("src/a", "2").again().ran().returns(0);
    }
}

#[test]
fn a_pattern_is_the_set_of_its_matches() {
    for method in METHODS {
        let sandbox = Sandbox::new();
        sandbox
            .write("src/a.py", "1")
            .write("src/deep/er/b.py", "1")
            .write("src/c.txt", "1");
        sandbox.jobstamp(&[method, "--dependencies", "src/**/*.py"]).ran();
        sandbox.again().replayed();
        sandbox.write("src/c.txt", "2").again().replayed();
        sandbox.write("src/deep/er/b.py", "2").again().ran();
        sandbox.write("src/new.py", "").again().ran();
        sandbox.remove("src/new.py").again().replayed();
        sandbox.remove("src/a.py").again().ran();
    }
}

#[test]
fn a_pattern_without_a_match_is_an_empty_set_and_no_missing_dependency() {
    let sandbox = Sandbox::new();
    sandbox.jobstamp(&["--dependencies", "*.py"]).ran();
    sandbox.again().replayed();
    sandbox.write("a.py", "").again().ran();
    sandbox.again().replayed();
    sandbox.remove("a.py").again().replayed();
}

#[test]
fn a_path_that_is_there_under_its_literal_name_is_that_path() {
    let sandbox = Sandbox::new();
    sandbox.write("[a].txt", "1").write("a.txt", "1");
    sandbox.jobstamp(&["--dependencies", "[a].txt"]).ran();
    sandbox.write("a.txt", "2").again().replayed();
    sandbox.write("[a].txt", "2").again().ran();
}

/// C49.
#[test]
fn dependencies_may_come_from_a_list_in_a_file_or_on_standard_input() {
    for (line, list) in [
        ("jobstamp --dependencies-from list -- tallied true", "a\nsub/b c\n\n"),
        ("jobstamp --dependencies-from=- -- tallied true < list", "a\nsub/b c"),
        ("jobstamp -0 --dependencies-from list -- tallied true", "a\0sub/b c\0"),
        (
            "cat list | jobstamp --null --dependencies-from - -- tallied true",
            "sub/b c\0a",
        ),
        (
            "jobstamp --dependencies a --dependencies-from list -- tallied true",
            "sub/b c\n",
        ),
    ] {
        let sandbox = Sandbox::new();
        sandbox
            .write("list", list)
            .write("a", "1")
            .write("sub/b c", "1")
            .write("unlisted", "1");
        sandbox.shell(line).ran().returns(0).complains("");
        sandbox.write("unlisted", "2").again().replayed();
        sandbox.write("a", "2").again().ran();
        sandbox.again().replayed();
        sandbox.write("sub/b c", "2").again().ran();
    }
}

/// C49.
#[test]
fn names_in_a_list_are_names_and_not_patterns() {
    let sandbox = Sandbox::new();
    sandbox.write("list", "*.py\n").write("a.py", "1");
    sandbox.shell("jobstamp --dependencies-from list -- tallied true").ran();
    sandbox.again().ran();
}

/// C49.
#[test]
fn a_list_that_cannot_be_read_is_said_before_the_job_runs() {
    let sandbox = Sandbox::new();
    sandbox.write("binary", "a\nb\0c\n").directory("directory");
    for (list, words) in [
        ("gone", "No such file"),
        ("binary", "line 2"),
        ("directory", "directory"),
    ] {
        let done = sandbox
            .jobstamp(&["--dependencies-from", list])
            .ran_times(0)
            .prints("")
            .returns(125);
        done.says(words).says("jobstamp: list of dependencies");
    }
}

/// C49.
#[test]
fn a_list_without_an_end_is_said_before_the_job_runs() {
    let sandbox = Sandbox::new();
    for line in [
        "jobstamp --null --dependencies-from /dev/zero -- tallied true",
        "yes | jobstamp --dependencies-from - -- tallied true",
    ] {
        let done = sandbox.shell(line).ran_times(0).returns(125);
        done.says("jobstamp: list of dependencies")
            .says("it is longer than 256 MiB\n");
    }
}

/// C49.
#[test]
fn a_list_may_be_long() {
    let sandbox = Sandbox::new();
    let list = (0..amount(20_000, 1_000_000))
        .map(|number| format!("f{}", number % 100))
        .collect::<Vec<_>>()
        .join("\n");
    sandbox.write("list", list);
    for number in 0..100 {
        sandbox.write(format!("f{number}"), "");
    }
    sandbox.shell("jobstamp --dependencies-from list -- tallied true").ran();
    sandbox.again().replayed();
    sandbox.write("f99", "1").again().ran();
}

/// O10. A compiler under two sets of options, and a command under two inputs.
#[test]
fn of_jobs_that_write_the_same_file_only_the_last_is_replayed() {
    let sandbox = Sandbox::new();
    let line = |option: &str| format!("jobstamp --output-files out -- tallied sh -c 'echo {option} | tee out'");
    for (option, ran) in [("-O0", true), ("-O0", false), ("-O2", true), ("-O2", false)] {
        let done = sandbox.shell(&line(option));
        let done = if ran { done.ran() } else { done.replayed() };
        done.prints(format!("{option}\n")).complains("");
    }
    sandbox
        .shell(&format!(
            "{} 2>&1 >/dev/null",
            line("-O0").replace("jobstamp", "jobstamp --explain")
        ))
        .ran()
        .prints(concat!(
            "jobstamp: running: another job made the output `out` last\n",
            "jobstamp: warning: the output `out` is made by another job too: each runs again after the other\n",
        ));
    assert_eq!(sandbox.read("out"), b"-O0\n");
    for (input, ran) in [("a", true), ("a", false), ("b", true), ("b", false), ("a", true)] {
        let done = sandbox.shell(&format!(
            "echo {input} | jobstamp --quiet --output-files copy -- tallied tee copy"
        ));
        let done = if ran { done.ran() } else { done.replayed() };
        done.prints(format!("{input}\n"));
        assert_eq!(sandbox.read("copy"), format!("{input}\n").as_bytes());
    }
}
