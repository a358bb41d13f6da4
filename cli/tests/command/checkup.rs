//! What `jobstamp doctor` finds in a store, and below it: each oddity is made for real.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::doctor::{doctor, said, with_a_healthy_store};
use crate::sandbox::{Sandbox, amount, is_root, skip};
use crate::store::Mounted;

/// The path of the only stamp, and its bytes.
fn the_stamp(sandbox: &Sandbox) -> (PathBuf, Vec<u8>) {
    let path = sandbox.stamps().remove(0);
    let bytes = fs::read(&path).unwrap();
    (path, bytes)
}

/// S01.
#[test]
fn damaged_stamps_are_counted_and_the_first_is_named() {
    let sandbox = with_a_healthy_store();
    let (path, whole) = the_stamp(&sandbox);
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    // The last byte belongs to what no hit reads.
    let mut cold = whole.clone();
    *cold.last_mut().unwrap() ^= 1;
    let cut = whole[..whole.len() - 1].to_vec();
    for bytes in [flipped, cold, cut, Vec::new(), vec![0; whole.len()]] {
        fs::write(&path, bytes).unwrap();
        doctor(&sandbox, &[]).has(
            "problem ",
            &["stamps: damaged: the stamp", path.to_str().unwrap(), "checksum"],
        );
    }
    let (other, bytes) = (path.with_file_name("0".repeat(62)), &whole);
    fs::write(&other, bytes).unwrap();
    doctor(&sandbox, &[]).has(
        "problem ",
        &["stamps: damaged: 2 stamps, the first", other.to_str().unwrap()],
    );
    // It was right: the job runs again, and what was damaged is whole.
    fs::remove_file(other).unwrap();
    sandbox.jobstamp(&[]).ran();
    doctor(&sandbox, &[]).is_well();
}

/// S01. Whatever a store holds, the doctor comes to an end and says one thing or another.
#[test]
fn no_damage_makes_the_doctor_ill() {
    let sandbox = with_a_healthy_store();
    let (path, whole) = the_stamp(&sandbox);
    let step = whole.len() / amount(12, 400).min(whole.len());
    for at in (0..whole.len()).step_by(step) {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x80;
        for bytes in [&flipped[..], &whole[..at], &[&whole[..at], &[0xff; 100]].concat()] {
            fs::write(&path, bytes).unwrap();
            doctor(&sandbox, &["--deep"]).has("problem ", &["stamps: damaged: the stamp"]);
        }
    }
}

/// S01.
#[test]
fn large_outputs_that_are_gone_or_cut_are_seen_and_changed_ones_with_deep() {
    let sandbox = with_a_healthy_store();
    sandbox.shell("jobstamp -- tallied seq 30000").ran();
    let size = |path: &PathBuf| fs::metadata(path).unwrap().len();
    let blob = sandbox.files_of_the_store().into_iter().max_by_key(size).unwrap();
    doctor(&sandbox, &["--deep"])
        .is_well()
        .has("ok ", &["large outputs too"]);
    let whole = fs::read(&blob).unwrap();
    let mut other = whole.clone();
    other[70_000] ^= 1;
    fs::write(&blob, other).unwrap();
    doctor(&sandbox, &[]).is_well();
    doctor(&sandbox, &["--deep"]).has(
        "problem ",
        &["large outputs are gone or damaged", "has another content"],
    );
    fs::write(&blob, &whole[1..]).unwrap();
    doctor(&sandbox, &[]).has("problem ", &["large outputs", "bytes, not "]);
    fs::remove_file(&blob).unwrap();
    doctor(&sandbox, &[]).has("problem ", &["large outputs", blob.to_str().unwrap(), "is gone"]);
    sandbox.shell("jobstamp -- tallied seq 30000").ran();
    doctor(&sandbox, &["--deep"]).is_well();
}

/// S23, X05.
#[test]
fn what_stands_in_the_place_of_a_stamp_or_a_shard_is_named_and_neither_followed_nor_waited_for() {
    type Make = fn(&Path);
    let kinds: [(&str, Make); 4] = [
        ("a directory", |path| fs::create_dir(path).unwrap()),
        ("a fifo", |path| {
            mknodat(CWD, path, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
        }),
        ("a symbolic link", |path| symlink("/dev/zero", path).unwrap()),
        ("a socket", |path| drop(std::os::unix::net::UnixListener::bind(path))),
    ];
    for (what, make) in kinds {
        let sandbox = with_a_healthy_store();
        let (path, _) = the_stamp(&sandbox);
        fs::remove_file(&path).unwrap();
        make(&path);
        if path.symlink_metadata().is_ok() {
            doctor(&sandbox, &[]).has("problem ", &["in the place of our own", path.to_str().unwrap(), what]);
        }
        let shard = path.parent().unwrap().to_owned();
        fs::remove_dir_all(&shard).unwrap();
        if what == "a directory" {
            fs::write(&shard, "").unwrap();
        } else {
            make(&shard);
        }
        if shard.symlink_metadata().is_ok() {
            doctor(&sandbox, &[]).has("problem ", &["in the place of our own", shard.to_str().unwrap()]);
        }
    }
}

/// X03.
#[test]
fn files_that_others_may_write_read_or_know_by_another_name_are_named() {
    let sandbox = with_a_healthy_store();
    let (path, _) = the_stamp(&sandbox);
    let set = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    let shown = path.to_str().unwrap();
    set(0o666);
    doctor(&sandbox, &[]).has("problem ", &["trust: writable by all: the file", shown, "mode 666"]);
    set(0o644);
    doctor(&sandbox, &[]).has("note ", &["trust: others may read the file", shown, "mode 644"]);
    set(0o600);
    fs::hard_link(&path, sandbox.path("backup")).unwrap();
    doctor(&sandbox, &[]).has("note ", &["trust: under another name too: the file", shown, "2 names"]);
    fs::remove_file(sandbox.path("backup")).unwrap();
    doctor(&sandbox, &[]).is_well();
    if !is_root("files of another user") {
        return;
    }
    for what in [path.as_path(), path.parent().unwrap()] {
        chown(what, Some(65534), None).unwrap();
        let said = doctor(&sandbox, &[]);
        said.has(
            "problem ",
            &[
                "trust: not yours",
                &format!("`{}` (uid 65534)", what.display()),
                "never opened",
            ],
        );
        chown(what, Some(0), None).unwrap();
    }
    // Somebody who may not read what is his own.
    sandbox.arrange(r#"chown -R 65534 "$JOBSTAMPS_DIRECTORY""#);
    for (what, mode) in [(path.as_path(), 0o600), (path.parent().unwrap(), 0o700)] {
        fs::set_permissions(what, fs::Permissions::from_mode(0o000)).unwrap();
        let done = sandbox
            .shell("setpriv --reuid 65534 --clear-groups jobstamp doctor")
            .returns(1);
        let text = String::from_utf8_lossy(&done.output.stdout).into_owned();
        assert!(
            text.contains("cannot be read: ") && text.contains("Permission denied"),
            "{text}"
        );
        fs::set_permissions(what, fs::Permissions::from_mode(mode)).unwrap();
    }
}

/// S10.
#[test]
fn what_killed_runs_left_is_told_once_it_is_old_and_what_is_not_ours_is_left_alone() {
    let sandbox = with_a_healthy_store();
    let (path, _) = the_stamp(&sandbox);
    let shard = path.parent().unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    let root = sandbox.store().join("jobstamps-v1");
    let litter = [
        shard.join(".tmp-1-x-0"),
        shard.join(format!("{name}-0123456789abcdef")),
        shard.join(format!("{name}.lock")),
        root.join(".tmp-2-y-0"),
    ];
    for path in litter {
        fs::write(&path, "12345").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    doctor(&sandbox, &[]).is_well();
    sandbox.clock(7300);
    doctor(&sandbox, &[]).has(
        "note ",
        &["litter: 20 bytes left by runs that were killed, the oldest 2 hours ago: 4 files"],
    );
    sandbox.clock(0);
    fs::write(shard.join("README"), "").unwrap();
    fs::write(sandbox.store().join("jobstamps-v1/\u{1b}x"), "").unwrap();
    doctor(&sandbox, &[]).has(
        "note ",
        &["litter: not ours, and left alone: 2 names, the first", "\\ex"],
    );
}

#[test]
fn who_runs_a_job_now_is_told() {
    let sandbox = with_a_healthy_store();
    let (started, end) = (sandbox.gate("started"), sandbox.gate("end"));
    let running = sandbox.begin("jobstamp -- sh -c 'echo >started; read line <end'; :");
    started.line();
    let said = doctor(&sandbox, &[]);
    said.is_well()
        .has("ok ", &["locks: process ", " runs a job, for ", ".lock`"]);
    end.open();
    running.done();
    doctor(&sandbox, &[]).has("ok ", &["locks: no job runs now"]);
}

/// S05, S07, S12, S14.
#[test]
fn it_knows_a_file_system_in_memory_and_one_that_is_full_or_read_only() {
    let sandbox = Sandbox::young();
    let Some(mounted) = Mounted::small(sandbox.store(), "a full store") else {
        return;
    };
    doctor(&sandbox, &[]).has(
        "note ",
        &["file system: tmpfs", "a reboot empties it", "JOBSTAMPS_DIRECTORY="],
    );
    sandbox.shell("jobstamp -- true");
    sandbox.arrange(r#"dd if=/dev/zero of="$JOBSTAMPS_DIRECTORY/fill" bs=4k 2>/dev/null || true"#);
    let said = doctor(&sandbox, &[]);
    said.has("problem ", &["room: full: 0 bytes free"])
        .has("problem ", &["nothing can be written", "No space left on device"]);
    drop(mounted);

    let sandbox = with_a_healthy_store();
    let Some(_mounted) = Mounted::read_only(sandbox.store()) else {
        return;
    };
    doctor(&sandbox, &[]).has("problem ", &["file system: ", "read-only: hits are served"]);
}

/// S12. A file system that can do none of these is one where these calls fail.
#[test]
fn what_a_file_system_cannot_do_is_noted_and_is_no_problem() {
    let sandbox = with_a_healthy_store();
    if sandbox.shell("strace -V >/dev/null 2>&1").output.status.code() != Some(0) {
        return skip("file systems that can do less", "no strace");
    }
    for (call, error, words) in [
        ("flock", "ENOLCK", "locks do not work here (No locks available"),
        ("flock", "EOPNOTSUPP", "locks do not work here"),
        ("linkat", "EOPNOTSUPP", "files without a name cannot be made here"),
        ("renameat2", "EINVAL", "two files cannot exchange their names here"),
    ] {
        let done = sandbox.shell(&format!(
            "strace -qq -o /dev/null -e inject={call}:error={error} jobstamp doctor"
        ));
        said(&done.complains("").output).has("note ", &["file system: ", words]);
        let files = fs::read_dir(sandbox.store().join("jobstamps-v1")).unwrap();
        let left: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
        assert!(
            !left.iter().any(|name| name.to_string_lossy().starts_with(".tmp")),
            "{left:?}"
        );
    }
    // Nothing that fails makes it fail: neither in the store's root nor in a shard or at a stamp.
    let stamp = sandbox.stamps().remove(0);
    let shard = stamp.parent().unwrap();
    let paths: Vec<String> = [shard.parent().unwrap(), shard, &stamp]
        .map(|path| format!("-P {}", path.display()))
        .into();
    let paths = paths.join(" ");
    for call in [
        "openat",
        "openat2",
        "statx",
        "newfstatat",
        "fstat",
        "getdents64",
        "pread64",
        "fstatfs",
        "unlinkat",
        "readlink",
    ] {
        for number in ["1", "2+"] {
            let line =
                format!("strace -qq -o /dev/null {paths} -e inject={call}:error=EIO:when={number} jobstamp doctor");
            let code = sandbox.shell(&line).output.status.code();
            assert!(matches!(code, Some(0 | 1)), "{line}: {code:?}");
        }
    }
}

/// D06.
#[test]
fn a_clock_that_is_wrong_is_told_and_stamps_from_the_future_are_used_all_the_same() {
    let sandbox = with_a_healthy_store();
    // By more than is said, since some of it passes meanwhile.
    sandbox.clock(-9000);
    for _ in 0..2 {
        sandbox.jobstamp(&[]).replayed().complains("err\n");
    }
    let said = doctor(&sandbox, &[]);
    said.has("note ", &["clock: from the future, by 2 hours", "used all the same"])
        .has(
            "problem ",
            &["clock: a file that is written now gets a time", "--paranoid"],
        );
    sandbox.clock(0);
    // The clock is right again: only the stamp is odd, by its own time.
    let stamp = sandbox.stamps().remove(0);
    sandbox.set_modified(&stamp, SystemTime::now() + Duration::from_secs(3 * 86_400));
    let said = doctor(&sandbox, &[]);
    said.has("note ", &["clock: from the future, by 3 days"]);
    assert!(said.sum.starts_with("All is well; 1 note"), "{}", said.sum);
    sandbox.jobstamp(&[]).replayed();
}
