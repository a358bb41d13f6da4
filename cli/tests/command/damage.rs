//! A bad stamp is a miss: never an error, never a hit, said once.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use crate::sandbox::{Did, Sandbox, amount};
use crate::store::{its_own_result, with_a_stamp};

/// S01.
#[test]
fn a_stamp_cut_short_or_with_more_behind_it_reruns_the_job_and_is_replaced() {
    let sandbox = with_a_stamp();
    let path = sandbox.stamps().remove(0);
    let whole = fs::read(&path).unwrap();
    let cuts = (0..whole.len()).step_by(amount(29, 1)).chain([1, whole.len() - 1]);
    let damaged = cuts.map(|cut| whole[..cut].to_vec());
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
    for bit in (0..whole.len() * 8).step_by(amount(41, 1)) {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
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
    let length = usize::try_from(fs::metadata(blob()).unwrap().len()).unwrap();
    let places = (0..length).step_by(amount(length / 3, 997)).chain([length - 1]);
    let wounds = places.flat_map(|place| [("flip", place), ("cut", place)]);
    for (damage, place) in wounds.chain([("remove", 0), ("replace", 0)]) {
        let path = blob();
        let mut bytes = fs::read(&path).unwrap();
        match damage {
            "flip" => bytes[place] ^= 1 << (place % 8),
            "cut" => bytes.truncate(place),
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
