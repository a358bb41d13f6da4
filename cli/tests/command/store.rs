//! The store may be gone, full or read-only: the command's own result comes all the same.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use rustix::mount::{MountFlags, UnmountFlags, mount, mount_bind, mount_remount, unmount};

use crate::sandbox::{Did, Sandbox, skip};

/// A job with something on both streams and a code of its own.
pub const JOB: &str = "echo out; echo err >&2; exit 3";

/// Runs the job once in a new world.
pub fn with_a_stamp() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.job(JOB).jobstamp(&[]).ran();
    sandbox
}

/// The job's result is its own, whether it ran or was replayed, and what was wrong is said.
#[track_caller]
pub fn its_own_result(sandbox: &Sandbox, did: Did) {
    sandbox
        .job(JOB)
        .jobstamp(&[])
        .did(did)
        .prints("out\n")
        .says("err\n")
        .returns(3);
}

/// S11.
#[test]
fn a_store_that_is_missing_removed_or_in_an_impossible_place_costs_no_result() {
    let sandbox = with_a_stamp();
    fs::remove_dir_all(sandbox.store()).unwrap();
    its_own_result(&sandbox, Did::Run);
    its_own_result(&sandbox, Did::Replay);
    // Removed by the job itself, C33.
    let line = r#"jobstamp -- tallied sh -c 'rm -r "$JOBSTAMPS_DIRECTORY"; echo out; exit 3'"#;
    sandbox.shell(line).ran().prints("out\n").returns(3);
    its_own_result(&sandbox, Did::Run);
    its_own_result(&sandbox, Did::Replay);
    sandbox.write("file", "");
    symlink("nowhere", sandbox.path("dangling")).unwrap();
    for place in ["file/below", "file", "/proc/store", "/dev/null"] {
        let done = sandbox
            .jobstamp(&["--stamp-directory", place])
            .ran()
            .prints("out\n")
            .returns(3);
        done.says("jobstamp: warning: ").says("not cached\n");
        sandbox
            .jobstamp(&["--stamp-directory", place, "--quiet"])
            .ran()
            .complains("err\n")
            .returns(3);
        sandbox
            .jobstamp(&["--stamp-directory", place, "--strict"])
            .ran()
            .prints("out\n")
            .returns(125);
    }
}

/// S07.
#[test]
fn a_read_only_store_serves_hits_and_runs_misses() {
    let sandbox = with_a_stamp();
    let Some(mounted) = Mounted::read_only(sandbox.store()) else {
        return;
    };
    its_own_result(&sandbox, Did::Replay);
    for _ in 0..2 {
        let done = sandbox
            .job("echo new; exit 4")
            .jobstamp(&[])
            .ran()
            .prints("new\n")
            .returns(4);
        done.says("jobstamp: warning: ")
            .says("Read-only file system")
            .says("not cached\n");
    }
    let expected = sandbox.shell("seq 100000").output.stdout;
    sandbox
        .shell("jobstamp -- tallied seq 100000")
        .ran()
        .prints(&expected)
        .says("Read-only")
        .returns(0);
    sandbox
        .shell("seq 100000 | jobstamp --stdin key -- tallied cat")
        .ran()
        .prints(&expected)
        .returns(0);
    drop(mounted);
    its_own_result(&sandbox, Did::Replay);
}

/// S05, S20.
#[test]
fn a_full_store_costs_no_result_and_keeps_the_stamps_it_has() {
    let sandbox = Sandbox::new();
    let Some(mounted) = Mounted::small(sandbox.store(), "a full store") else {
        return;
    };
    its_own_result(&sandbox, Did::Run);
    let expected = sandbox.shell("seq 200000").output.stdout;
    for _ in 0..2 {
        let done = sandbox
            .shell("jobstamp -- tallied sh -c 'seq 200000; exit 4'")
            .ran()
            .prints(&expected)
            .returns(4);
        done.says("jobstamp: warning: ")
            .says("No space left on device")
            .says("not cached\n");
    }
    its_own_result(&sandbox, Did::Replay);
    // A reader's input that does not fit is handed on all the same.
    sandbox
        .shell("seq 200000 | jobstamp -- tallied cat")
        .ran()
        .prints(&expected)
        .returns(0);
    sandbox
        .shell("seq 200000 | jobstamp --stdin key -- tallied cat")
        .ran()
        .prints(&expected)
        .returns(0);
    // Not a byte is left.
    sandbox.arrange("cat /dev/zero > $JOBSTAMPS_DIRECTORY/filler 2>/dev/null || true");
    for _ in 0..2 {
        sandbox
            .job("echo more; exit 5")
            .jobstamp(&[])
            .prints("more\n")
            .returns(5);
    }
    its_own_result(&sandbox, Did::Replay);
    fs::remove_file(sandbox.store().join("filler")).unwrap();
    sandbox.job("echo more; exit 6").jobstamp(&[]).ran().complains("");
    sandbox.again().replayed().returns(6);
    drop(mounted);
}

#[test]
fn only_one_name_in_the_directory_is_ours() {
    let sandbox = Sandbox::new();
    sandbox.jobstamp(&["--stamp-directory", "."]).ran();
    let names: Vec<_> = fs::read_dir(sandbox.path(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["jobstamps-v1"]);
    let tag = sandbox.read("jobstamps-v1/CACHEDIR.TAG");
    assert!(tag.starts_with(b"Signature: 8a477f597d28d172789f06886806bc55"));
    assert_eq!(sandbox.read("jobstamps-v1/.gitignore"), b"*\n");
}

/// S26.
#[test]
fn no_clock_is_too_strange() {
    let sandbox = Sandbox::new();
    for clock in [0, -3_000_000_000, 3_000_000_000, i64::MAX / 2, i64::MIN / 2] {
        sandbox.clock(clock);
        sandbox.write("in", clock.to_string()).job("cat in; exit 3");
        sandbox
            .jobstamp(&["--dependencies", "in"])
            .ran()
            .prints(clock.to_string())
            .returns(3);
        sandbox.again().replayed().returns(3);
    }
}

#[test]
fn a_hit_writes_nothing_and_takes_no_lock() {
    let sandbox = with_a_stamp();
    let look = || -> Vec<_> {
        let times = |path: &Path| {
            let looked = fs::metadata(path).unwrap();
            (
                path.to_path_buf(),
                looked.modified().unwrap(),
                looked.permissions().mode(),
            )
        };
        sandbox
            .files_of_the_store()
            .iter()
            .flat_map(|path| [times(path), times(path.parent().unwrap())])
            .collect()
    };
    let before = look();
    its_own_result(&sandbox, Did::Replay);
    assert_eq!(look(), before);
    // Two days later the stamp's last use is noted.
    sandbox.clock(200_000);
    its_own_result(&sandbox, Did::Replay);
    assert_ne!(look(), before);
}

#[test]
fn no_locks_and_nothing_unpublished_stay_behind() {
    let sandbox = with_a_stamp();
    sandbox.shell("seq 100000 | jobstamp -- tallied cat > /dev/null").ran();
    sandbox.shell("jobstamp -- tallied sh -c 'kill -9 $$'").ran();
    for path in sandbox.files_of_the_store() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(name == ".lock" || name.len() == 62 || name.len() == 62 + 17, "{name}");
    }
}

/// C22.
#[test]
fn more_output_than_is_wanted_is_delivered_and_not_kept() {
    let sandbox = Sandbox::new();
    let expected = sandbox.shell("seq 10000").output.stdout;
    for _ in 0..2 {
        let done = sandbox
            .shell("jobstamp --max-output 10K -- tallied seq 10000")
            .ran()
            .prints(&expected)
            .returns(0);
        done.says("jobstamp: warning: ").says("not cached\n");
    }
    sandbox
        .shell("jobstamp --max-output 1M -- tallied seq 10000")
        .ran()
        .complains("");
    sandbox
        .shell("jobstamp --max-output 1M -- tallied seq 10000")
        .replayed();
}

/// Something mounted for a test, unmounted after it.
pub struct Mounted(PathBuf);

impl Mounted {
    /// Makes what is in a directory read-only; `None`, visibly, where the tests may not do that.
    pub fn read_only(path: PathBuf) -> Option<Self> {
        let bound =
            mount_bind(&path, &path).and_then(|()| mount_remount(&path, MountFlags::BIND | MountFlags::RDONLY, c""));
        Self::unless(bound, "a read-only store", path)
    }

    /// Puts a file system of a few pages into a directory.
    pub fn small(path: PathBuf, what: &str) -> Option<Self> {
        fs::create_dir_all(&path).unwrap();
        let mounted = mount("none", &path, "tmpfs", MountFlags::empty(), Some(c"size=256k,mode=700"));
        Self::unless(mounted, what, path)
    }

    fn unless(tried: rustix::io::Result<()>, what: &str, path: PathBuf) -> Option<Self> {
        tried
            .map_err(|error| skip(what, &format!("cannot mount: {error}")))
            .ok()
            .map(|()| Self(path))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = unmount(&self.0, UnmountFlags::DETACH);
    }
}
