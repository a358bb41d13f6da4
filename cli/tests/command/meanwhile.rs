//! The world changes while we look, while the job runs, and in between: what is remembered is never wrong.

use std::fs;
use std::time::SystemTime;

use crate::sandbox::{Did, Point, Sandbox, amount, has_strace};

/// By times, and by contents. (An empty list of dependencies is a way to say the first.)
const METHODS: [&str; 2] = ["--dependencies", "--use-hashes"];

/// Options for a method, with the dependency `in`.
fn by(method: &str) -> [&str; 3] {
    [method, "--dependencies", "in"]
}

/// Writes other bytes of the same size into `in`, and puts its modification time back: only the system's own time tells.
fn edit(sandbox: &Sandbox, bytes: &[u8]) {
    let path = sandbox.path("in");
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    fs::write(&path, bytes).unwrap();
    sandbox.set_modified(&path, modified);
}

/// D01, D02. Before it was read, after it, twice, and back to what it was: 0 of 100 are stored.
#[test]
fn a_dependency_edited_at_any_moment_of_the_run_is_never_stored() {
    for method in METHODS {
        for (point, edits) in (0..50).map(|point| (point, point % 4)) {
            let sandbox = Sandbox::new();
            sandbox.write("in", "old");
            // Fifty looks, before one of which it is edited: once; twice; there and back; replaced by an equal file.
            let edit = [
                "printf new > in",
                "printf new > in; printf two > in",
                "printf new > in; printf old > in",
                "cp -p in copy; mv copy in",
            ][edits];
            let job =
                format!("for n in $(seq 0 49); do [ $n = {point} ] && {{ {edit}; }}; read line < in; done; cat in");
            sandbox.write("job", job).job(". ./job");
            let done = sandbox.jobstamp(&by(method)).ran().returns(0);
            done.complains("jobstamp: warning: the dependency `in` changed while the job ran; not cached\n");
            assert!(sandbox.stamps().is_empty());
        }
    }
}

/// D01, D02. At any system call of ours: before the first look, between the looks and the start, between the end and the last look.
#[test]
fn a_dependency_edited_at_any_of_our_own_calls_is_never_wrong() {
    if !has_strace("edits at system calls") {
        return;
    }
    let words = |method| [&["jobstamp"][..], &by(method), &["--", "tallied", "cat", "in"]].concat();
    let sandbox = Sandbox::new();
    sandbox.write("in", "old");
    sandbox.call([&["strace", "-qq", "-o", "all"][..], &words(METHODS[1])].concat());
    let all = String::from_utf8(sandbox.read("all")).unwrap();
    // From where it first looks at the world: before are the loader's calls.
    let mut counts = std::collections::HashMap::<&str, usize>::new();
    let mut calls = Vec::new();
    for (line, name) in all.lines().filter_map(|line| Some((line, line.split_once('(')?.0))) {
        let before = counts.entry(name).or_default();
        let has_begun = !calls.is_empty() || line.contains("getcwd");
        if has_begun && name.chars().all(|c| c.is_alphanumeric() || c == '_') && name != "exit_group" {
            calls.push((name, *before));
        }
        *before += 1;
    }
    assert!(calls.len() > 30, "{all}");
    let mut stopped = 0;
    // So many of all, evenly, by either method, with files that may be young and with ones that are not.
    let most = amount(40, 4 * calls.len());
    for number in 0..most {
        let (name, before) = calls[number * calls.len() / most];
        let sandbox = if number & 1 == 0 {
            Sandbox::new()
        } else {
            Sandbox::young()
        };
        sandbox.write("in", "old");
        let words = words(METHODS[(number >> 1) & 1]);
        let point = Point {
            name,
            before,
            every: None,
            path: None,
        };
        let (done, stops) = sandbox.stopped(point, &words, || edit(&sandbox, b"new"));
        stopped += stops;
        assert!(
            ["old", "new"].map(str::as_bytes).contains(&&done.output.stdout[..]),
            "{done}"
        );
        if stops == 0 {
            continue;
        }
        done.returns(0);
        sandbox.call(words.clone()).prints("new");
        sandbox.again().replayed().prints("new");
    }
    assert!(stopped > most / 2, "{stopped} of {most}");
}

/// A job that depends on what it reads, by its content.
const CKSUM: [&str; 8] = [
    "jobstamp",
    "--use-hashes",
    "--dependencies",
    "in",
    "--",
    "tallied",
    "cksum",
    "in",
];

/// A world with a file of so many bytes, the call by which it is read, and how many it takes to hash it.
fn world_with(size: usize) -> (Sandbox, String, usize) {
    let made = || {
        let sandbox = Sandbox::new();
        sandbox.write("in", vec![b'a'; size]);
        sandbox
    };
    let mut reads = made().calls_about("in", &CKSUM);
    reads.retain(|(name, _)| name.contains("read"));
    let (name, _) = reads.first().expect("it is read").clone();
    (made(), name, reads.len())
}

/// D16.
#[test]
fn a_file_that_changes_while_it_is_hashed_is_read_once_more_and_then_believed_or_not_remembered() {
    if !has_strace("files that change while they are hashed") {
        return;
    }
    let grows = |sandbox: &Sandbox| sandbox.arrange("echo more >> in").runs();
    let shrinks = |sandbox: &Sandbox| sandbox.arrange("truncate -s -200000 in").runs();
    let changes = |sandbox: &Sandbox| sandbox.arrange("printf x | dd of=in conv=notrunc status=none").runs();
    for (change, is_stored) in [
        (grows as fn(&Sandbox) -> u64, true),
        (shrinks, true),
        (changes, true),
        // Each time that it is read.
        (grows, false),
        (changes, false),
    ] {
        let (sandbox, name, reads) = world_with(1 << 20);
        let path = sandbox.path("in");
        let point = Point {
            name: &name,
            before: 3,
            every: (!is_stored).then_some(reads),
            path: path.to_str(),
        };
        let (done, stops) = sandbox.stopped(point, &CKSUM, || _ = change(&sandbox));
        assert!(stops > 0, "{done}");
        let done = done.ran().returns(0);
        if is_stored {
            done.complains("");
        } else {
            done.says("jobstamp: warning: ").says("; not cached\n");
        }
        assert_eq!(sandbox.stamps().len(), usize::from(is_stored));
        let expected = sandbox.shell("cksum in").output.stdout.clone();
        let did = if is_stored { Did::Replay } else { Did::Run };
        sandbox.call(CKSUM).did(did).prints(&expected).complains("");
    }
}

/// D15. Nothing is mapped, so that nobody can be killed by a file that shrinks.
#[test]
fn a_file_that_is_gone_from_under_us_while_it_is_hashed_kills_nobody() {
    if !has_strace("files that shrink while they are hashed") {
        return;
    }
    let (sandbox, name, _) = world_with(1_000_000);
    let path = sandbox.path("in");
    let point = Point {
        name: &name,
        before: 2,
        every: Some(1),
        path: path.to_str(),
    };
    let nothing = || fs::File::options().write(true).open(&path).unwrap().set_len(0).unwrap();
    let (done, stops) = sandbox.stopped(point, &CKSUM, nothing);
    assert!(stops > 0);
    done.ran().prints("4294967295 0 in\n").returns(0);
    sandbox.set_modified("in", SystemTime::UNIX_EPOCH);
    sandbox.call(CKSUM).prints("4294967295 0 in\n");
}
