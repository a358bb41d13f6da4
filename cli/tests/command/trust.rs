//! Nothing is believed that another user could have written, and nothing of ours is for others to read.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::Path;

use crate::sandbox::{Did, Sandbox, is_root};
use crate::store::{JOB, its_own_result, with_a_stamp};

/// X04, X05.
#[test]
fn a_stamp_behind_a_link_is_never_read() {
    let sandbox = with_a_stamp();
    let path = sandbox.stamps().remove(0);
    fs::rename(&path, sandbox.path("moved")).unwrap();
    symlink(sandbox.path("moved"), &path).unwrap();
    its_own_result(&sandbox, Did::Run);
    assert!(
        !fs::symlink_metadata(&path).unwrap().is_symlink(),
        "the stamp was written anew"
    );
}

/// X04.
#[test]
fn a_store_that_is_a_link_is_not_used() {
    let sandbox = with_a_stamp();
    let root = sandbox.store().join("jobstamps-v1");
    fs::rename(&root, sandbox.beside("real")).unwrap();
    symlink(sandbox.beside("real"), &root).unwrap();
    let count = fs::read_dir(sandbox.beside("real")).unwrap().count();
    for _ in 0..2 {
        sandbox
            .jobstamp(&[])
            .ran()
            .prints("out\n")
            .says("jobstamp: warning: ")
            .says("not cached")
            .returns(3);
    }
    assert_eq!(fs::read_dir(sandbox.beside("real")).unwrap().count(), count);
    // The directory that the user named may be one: only what is ours may not.
    fs::remove_file(&root).unwrap();
    symlink(sandbox.store(), sandbox.beside("link")).unwrap();
    sandbox.variable("JOBSTAMPS_DIRECTORY", sandbox.beside("link"));
    its_own_result(&sandbox, Did::Run);
    its_own_result(&sandbox, Did::Replay);
}

/// X01, X05.
#[test]
fn a_store_planted_by_another_user_is_not_used() {
    if !is_root("a store of another user") {
        return;
    }
    let sandbox = with_a_stamp();
    let root = sandbox.store().join("jobstamps-v1");
    chown(&root, Some(65534), None).unwrap();
    let before = sandbox.files_of_the_store();
    for _ in 0..2 {
        let done = sandbox.jobstamp(&[]).ran().prints("out\n").returns(3);
        done.says("jobstamp: warning: store `")
            .says("is owned by uid 65534; not cached\n");
    }
    sandbox.jobstamp(&["--strict"]).ran().prints("out\n").returns(125);
    assert_eq!(sandbox.files_of_the_store(), before, "nothing of ours lands there");
}

/// X03.
#[test]
fn a_stamp_planted_by_another_user_is_not_read() {
    if !is_root("a stamp of another user") {
        return;
    }
    let sandbox = with_a_stamp();
    let path = sandbox.stamps().remove(0);
    chown(&path, Some(65534), None).unwrap();
    sandbox
        .jobstamp(&[])
        .ran()
        .prints("out\n")
        .says("owned by uid 65534")
        .returns(3);
    its_own_result(&sandbox, Did::Replay);
}

/// X01, X02.
#[test]
fn a_store_that_all_may_write_is_not_used() {
    let sandbox = with_a_stamp();
    let root = sandbox.store().join("jobstamps-v1");
    fs::set_permissions(&root, fs::Permissions::from_mode(0o777)).unwrap();
    sandbox
        .jobstamp(&[])
        .ran()
        .says("is writable by all; not cached\n")
        .prints("out\n")
        .returns(3);
    // A group may be let in: each stamp is looked at by itself.
    fs::set_permissions(&root, fs::Permissions::from_mode(0o770)).unwrap();
    its_own_result(&sandbox, Did::Replay);

    let sandbox = Sandbox::new();
    sandbox.directory("open/within").job(JOB);
    fs::set_permissions(sandbox.path("open"), fs::Permissions::from_mode(0o777)).unwrap();
    let open = ["--stamp-directory", "open/within/store"];
    sandbox
        .jobstamp(&open)
        .ran()
        .says("is writable by all")
        .prints("out\n")
        .returns(3);
    fs::set_permissions(sandbox.path("open"), fs::Permissions::from_mode(0o1777)).unwrap();
    sandbox.jobstamp(&open).ran().complains("err\n");
    sandbox.jobstamp(&open).replayed();
}

/// X08.
#[test]
fn the_store_is_private_whatever_the_umask() {
    for umask in ["000", "077", "022", "027"] {
        let sandbox = Sandbox::new();
        sandbox
            .shell(&format!("umask {umask}; jobstamp -- sh -c 'seq 30000'"))
            .returns(0);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        let root = sandbox.store().join("jobstamps-v1");
        assert_eq!(mode(&root), 0o700, "umask {umask}");
        for path in sandbox.files_of_the_store() {
            assert_eq!(mode(path.parent().unwrap()), 0o700, "umask {umask}");
            assert_eq!(mode(&path), 0o600, "umask {umask}: {path:?}");
        }
        sandbox
            .shell("jobstamp --explain -- sh -c 'seq 30000'")
            .says("replayed");
    }
}

/// X06.
#[test]
fn values_of_variables_and_input_are_nowhere_in_the_store_and_arguments_may_be_left_out() {
    let sandbox = Sandbox::new();
    sandbox.variable("TOKEN", "very-secret").write("file", "input-secret\n");
    // One that reads, whose input is shown to it in whatever pieces; one whose input is a file.
    sandbox
        .shell("echo input-secret | jobstamp --env TOKEN -- tallied grep -c nothing - argument")
        .ran();
    sandbox
        .shell("jobstamp --env TOKEN --no-record-arguments -- tallied echo hidden < file | cat >/dev/null")
        .ran();
    let all: Vec<u8> = sandbox
        .files_of_the_store()
        .iter()
        .flat_map(|path| fs::read(path).unwrap())
        .collect();
    let holds = |word: &str| all.windows(word.len()).any(|window| window == word.as_bytes());
    assert!(!holds("very-secret") && !holds("input-secret"));
    assert!(holds("argument"));
}
