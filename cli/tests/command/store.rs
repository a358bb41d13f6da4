//! The store may be damaged, full, read-only, strange or somebody else's: the command's own result comes all the same.

use std::fs;
use std::io::{Read as _, pipe};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};

use rustix::mount::{MountFlags, UnmountFlags, mount, mount_bind, mount_remount, unmount};

use crate::sandbox::{Did, Sandbox, is_root, skip};

/// A job with something on both streams and a code of its own.
const JOB: &str = "echo out; echo err >&2; exit 3";

/// Runs the job once in a new world.
fn with_a_stamp() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.job(JOB).jobstamp(&[]).ran();
    sandbox
}

/// The job's result is its own, whether it ran or was replayed, and what was wrong is said.
#[track_caller]
fn its_own_result(sandbox: &Sandbox, did: Did) {
    sandbox
        .job(JOB)
        .jobstamp(&[])
        .did(did)
        .prints("out\n")
        .says("err\n")
        .returns(3);
}

/// S01.
#[test]
fn a_stamp_cut_short_or_with_more_behind_it_reruns_the_job_and_is_replaced() {
    let sandbox = with_a_stamp();
    let path = sandbox.stamps().remove(0);
    let whole = fs::read(&path).unwrap();
    let cuts = [0, 1, 7, 16, 40, 64, 100, whole.len() / 2, whole.len() - 1];
    let damaged = cuts.iter().map(|cut| whole[..*cut].to_vec());
    let longer = [
        [&whole[..], b"x"].concat(),
        [&whole[..], &whole[..]].concat(),
        vec![0; whole.len()],
    ];
    for bytes in damaged.chain(longer) {
        fs::write(&path, &bytes).unwrap();
        let done = sandbox.jobstamp(&[]).ran().prints("out\n").returns(3);
        done.says("jobstamp: warning: ")
            .says("; the job runs again\n")
            .says("is damaged");
        sandbox.jobstamp(&[]).replayed().complains("err\n").returns(3);
    }
}

/// S01. Every bit is tried in core; here it is the command's own exit code and output that count.
#[test]
fn a_stamp_with_a_flipped_bit_reruns_the_job_with_its_own_exit_code() {
    let sandbox = with_a_stamp();
    let path = sandbox.stamps().remove(0);
    let whole = fs::read(&path).unwrap();
    for at in (0..whole.len()).step_by(5) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        fs::write(&path, &bytes).unwrap();
        // A bit of the cold section may be of no consequence, never one that counts.
        sandbox.jobstamp(&[]).prints("out\n").says("err\n").returns(3);
    }
}

/// S02.
#[test]
fn a_stamp_under_another_jobs_name_is_not_believed() {
    let sandbox = with_a_stamp();
    let mine = sandbox.stamps().remove(0);
    sandbox.job("echo another").jobstamp(&[]).ran();
    let other = sandbox.stamps().into_iter().find(|path| *path != mine).unwrap();
    fs::copy(&mine, &other).unwrap();
    sandbox
        .jobstamp(&[])
        .ran()
        .prints("another\n")
        .says("is damaged")
        .returns(0);
    sandbox.jobstamp(&[]).replayed().prints("another\n");
}

/// S03.
#[test]
fn what_another_version_keeps_beside_ours_is_left_alone() {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.store().join("jobstamps-v2/00")).unwrap();
    fs::write(sandbox.store().join("jobstamps-v2/00/future"), "bytes").unwrap();
    its_own_result(&sandbox, Did::Run);
    its_own_result(&sandbox, Did::Replay);
    assert_eq!(
        fs::read(sandbox.store().join("jobstamps-v2/00/future")).unwrap(),
        b"bytes"
    );
    let names: Vec<_> = fs::read_dir(sandbox.store())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

/// S01.
#[test]
fn a_large_output_that_is_damaged_or_gone_reruns_the_job() {
    let sandbox = Sandbox::new();
    let expected = sandbox.shell("seq 30000").output.stdout;
    let line = "jobstamp -- tallied seq 30000";
    sandbox.shell(line).ran();
    let blob = || {
        sandbox
            .files_of_the_store()
            .into_iter()
            .max_by_key(|path| fs::metadata(path).unwrap().len())
            .unwrap()
    };
    assert!(fs::metadata(blob()).unwrap().len() > 100_000);
    for damage in ["flip", "cut", "remove", "replace"] {
        let path = blob();
        let mut bytes = fs::read(&path).unwrap();
        match damage {
            "flip" => bytes[70_000] ^= 1,
            "cut" => bytes.truncate(70_000),
            "replace" => bytes = vec![b'x'; bytes.len()],
            _ => {}
        }
        fs::write(&path, bytes).unwrap();
        if damage == "remove" {
            fs::remove_file(&path).unwrap();
        }
        sandbox
            .shell(line)
            .ran()
            .prints(&expected)
            .says("jobstamp: warning: ")
            .returns(0);
        sandbox.shell(line).replayed().prints(&expected).complains("");
    }
}

/// S23.
#[test]
fn whatever_stands_in_a_stamps_place_hangs_nothing_and_is_not_followed() {
    type Make = fn(&Path);
    let kinds: [(&str, Make); 6] = [
        ("a directory", |path| fs::create_dir(path).unwrap()),
        ("a fifo", |path| {
            let mode = rustix::fs::Mode::from_raw_mode(0o600);
            rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        }),
        ("a link to another file", |path| symlink("/etc/passwd", path).unwrap()),
        ("a link to a device", |path| symlink("/dev/zero", path).unwrap()),
        ("a dangling link", |path| symlink("nowhere", path).unwrap()),
        ("a file for all to write", |path| {
            fs::write(path, "").unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(0o666)).unwrap();
        }),
    ];
    for (what, make) in kinds {
        let sandbox = with_a_stamp();
        let path = sandbox.stamps().remove(0);
        let good = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        make(&path);
        if what.ends_with("write") {
            fs::write(&path, good).unwrap();
        }
        sandbox
            .jobstamp(&[])
            .ran()
            .prints("out\n")
            .says("jobstamp: warning: ")
            .returns(3);
        its_own_result(&sandbox, if what == "a directory" { Did::Run } else { Did::Replay });
    }
}

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
    let Some(mounted) = Mounted::small(sandbox.store()) else {
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

/// X06.
#[test]
fn values_of_variables_and_input_are_nowhere_in_the_store_and_arguments_may_be_left_out() {
    let sandbox = Sandbox::new();
    sandbox.variable("TOKEN", "very-secret");
    sandbox
        .shell("echo input-secret | jobstamp --env TOKEN -- tallied grep -c nothing argument")
        .ran();
    sandbox
        .shell("echo input-secret | jobstamp --env TOKEN --no-record-arguments -- tallied echo hidden | cat >/dev/null")
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

/// S22.
#[test]
fn a_copied_store_serves_hits() {
    let sandbox = with_a_stamp();
    let expected = sandbox.shell("jobstamp -- tallied seq 30000").ran().output.stdout;
    sandbox.arrange(
        r#"cp -r "$JOBSTAMPS_DIRECTORY" ../copy && rm -r "$JOBSTAMPS_DIRECTORY" && mv ../copy "$JOBSTAMPS_DIRECTORY""#,
    );
    its_own_result(&sandbox, Did::Replay);
    sandbox
        .shell("jobstamp -- tallied seq 30000")
        .replayed()
        .prints(expected)
        .complains("");
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

/// C22. The memory of the process itself, looked at when all but the last bytes have gone through it.
#[test]
fn much_output_takes_little_memory_on_run_and_on_hit() {
    const MUCH: u64 = 300_000_000;
    let sandbox = Sandbox::new();
    for did in [Did::Run, Did::Replay] {
        let (mut reader, writer) = pipe().unwrap();
        let mut command = sandbox.command(&[
            "jobstamp",
            "--",
            "tallied",
            "head",
            "-c",
            &MUCH.to_string(),
            "/dev/zero",
        ]);
        command.stdout(writer);
        let running = sandbox.start_with_its_own_output(command);
        let mut sink = std::io::sink();
        let most = std::io::copy(&mut reader.by_ref().take(MUCH - 100_000), &mut sink).unwrap();
        let status = fs::read_to_string(format!("/proc/{}/status", running.pid().as_raw_nonzero())).unwrap();
        let rest = std::io::copy(&mut reader, &mut sink).unwrap();
        assert_eq!(most + rest, MUCH);
        running.done().did(did).complains("").returns(0);
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let kibibytes: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
        assert!(kibibytes < 40 * 1024, "{did:?}: {kibibytes} KiB");
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
struct Mounted(PathBuf);

impl Mounted {
    /// Makes what is in a directory read-only; `None`, visibly, where the tests may not do that.
    fn read_only(path: PathBuf) -> Option<Self> {
        let bound =
            mount_bind(&path, &path).and_then(|()| mount_remount(&path, MountFlags::BIND | MountFlags::RDONLY, c""));
        Self::unless(bound, "a read-only store", path)
    }

    /// Puts a file system of a few pages into a directory.
    fn small(path: PathBuf) -> Option<Self> {
        fs::create_dir_all(&path).unwrap();
        let mounted = mount("none", &path, "tmpfs", MountFlags::empty(), Some(c"size=256k,mode=700"));
        Self::unless(mounted, "a full store", path)
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
