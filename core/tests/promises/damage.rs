//! A bad stamp is a miss: never an error, never a hit, said once, and replaced.

use std::fs::{self, File};
use std::path::Path;

use super::world::World;

/// Spoils the stamp of a job: it runs again with one warning, and is replayed after that.
#[track_caller]
fn after(spoil: &dyn Fn(&Path)) {
    let world = World::new();
    world.write("in", "bytes").age("in", 100);
    let job = world.job(&["in"]);
    world.run(&job).ran().stored();
    spoil(&world.stamp());
    let stamp = world.stamp();
    let why = format!("its stamp `{}` is damaged", stamp.display());
    assert_eq!(world.reasons(&job), [why.as_str()]);
    let did = world.run(&job).ran().stored();
    assert_eq!(did.why(), why);
    let [warning] = &did.words()[..] else {
        panic!("{:?}", did.words())
    };
    let begin = format!("cannot read stamp `{}`: it is ", stamp.display());
    assert!(warning.starts_with(&begin), "{warning}");
    assert!(warning.ends_with("; the job runs again"), "{warning}");
    assert_eq!(world.run(&job).replayed().value, did.value);
}

fn rewrite(change: impl Fn(&mut Vec<u8>)) -> impl Fn(&Path) {
    move |path| {
        let mut bytes = fs::read(path).unwrap();
        change(&mut bytes);
        fs::write(path, bytes).unwrap();
    }
}

/// S01.
#[test]
fn an_empty_short_long_doubled_zeroed_or_flipped_stamp_runs_again_and_is_replaced() {
    after(&rewrite(Vec::clear));
    after(&rewrite(|bytes| bytes.truncate(bytes.len() / 2)));
    after(&rewrite(|bytes| bytes.truncate(20)));
    after(&rewrite(|bytes| bytes.push(0)));
    after(&rewrite(|bytes| bytes.extend(bytes.clone())));
    after(&rewrite(|bytes| bytes.fill(0)));
    for at in [0, 10, 45, 60, 100, 130, 200] {
        after(&rewrite(|bytes| bytes[at] ^= 4));
    }
}

/// S02.
#[test]
fn a_stamp_under_another_jobs_name_is_not_believed() {
    let world = World::new();
    let other = jobstamps::Job::call("tests:other", "");
    world.run(&other).ran().stored();
    let path = world.cache().stamp_path(&world.job(&[]));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::rename(world.stamp(), &path).unwrap();
    let did = world.run(&world.job(&[])).ran().stored();
    assert!(
        matches!(&did.words()[..], [warning] if warning.contains("it is damaged")),
        "{:?}",
        did.words()
    );
    world.run(&world.job(&[])).replayed();
}

/// S04: all of it would not fit into memory.
#[test]
fn a_stamp_of_a_terabyte_is_not_read() {
    after(&|path| {
        File::options()
            .write(true)
            .open(path)
            .unwrap()
            .set_len(1 << 40)
            .unwrap();
    });
}

/// S03, S21, P28: other versions and 0.0.20's own files are neither read nor touched.
#[test]
fn what_is_not_ours_in_the_directory_is_left_alone() {
    let world = World::new();
    let foreign = ["d41d8cd98f00b204e9800998ecf8427e", "jobstamps-v2/3f/stamp", "notes.txt"];
    for name in foreign {
        let path = world.stamps().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, name).unwrap();
    }
    let job = world.job(&[]);
    world.run(&job).ran().stored();
    world.run(&job).replayed();
    world.turn_clock(100 * 24 * 3600);
    let nothing = jobstamps::Limits { bytes: 0, age: 0 };
    assert_eq!(world.cache().sweep(&nothing).unwrap().stamps, 1);
    world.run(&job).ran().stored();
    assert_eq!(world.cache().forget(&job).unwrap(), 1);
    for name in foreign {
        assert_eq!(fs::read_to_string(world.stamps().join(name)).unwrap(), name);
    }
    let mut names: Vec<_> = fs::read_dir(world.stamps())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, [foreign[0], "jobstamps-v1", "jobstamps-v2", "notes.txt"]);
}

#[cfg(unix)]
mod unix {
    use super::super::world::{World, chmod, command, unprivileged};
    use super::{Path, after, fs};

    /// S23, X05.
    #[test]
    fn a_link_in_a_stamps_place_is_not_followed_and_is_replaced() {
        let world = World::new();
        let job = world.job(&[]);
        world.run(&job).ran().stored();
        let aside = world.path("aside");
        fs::rename(world.stamp(), &aside).unwrap();
        let stamp = world.cache().stamp_path(&job);
        std::os::unix::fs::symlink(&aside, &stamp).unwrap();
        let did = world.run(&job).ran().stored();
        assert_eq!(did.warnings.len(), 1, "{:?}", did.words());
        assert!(!stamp.symlink_metadata().unwrap().is_symlink());
        world.run(&job).replayed();
    }

    /// S23.
    #[test]
    fn a_fifo_in_a_stamps_place_does_not_hang_and_is_replaced() {
        after(&|path| {
            fs::remove_file(path).unwrap();
            assert!(command("mkfifo", &[path.to_str().unwrap()]));
        });
    }

    /// S23.
    #[test]
    fn a_socket_in_a_stamps_place_is_replaced() {
        let world = World::new();
        let job = world.job(&[]);
        world.run(&job).ran().stored();
        fs::remove_file(world.stamp()).unwrap();
        let stamp = world.cache().stamp_path(&job);
        // The name of a socket may be 107 bytes long.
        std::os::unix::net::UnixListener::bind(world.path("s")).unwrap();
        fs::rename(world.path("s"), &stamp).unwrap();
        assert_eq!(world.run(&job).ran().stored().warnings.len(), 1);
        world.run(&job).replayed();
    }

    /// S23: what a user put there is not deleted.
    #[test]
    fn a_directory_in_a_stamps_place_is_left_and_the_job_runs() {
        let world = World::new();
        let job = world.job(&[]);
        world.run(&job).ran().stored();
        let stamp = world.stamp();
        fs::remove_file(&stamp).unwrap();
        fs::create_dir(&stamp).unwrap();
        fs::write(stamp.join("mine"), "").unwrap();
        for _ in 0..2 {
            let did = world.run(&job).ran().not_stored();
            assert_eq!(did.warnings.len(), 2, "{:?}", did.words());
        }
        assert!(stamp.join("mine").exists());
        assert_eq!(world.files(), [stamp], "no temporary file is left");
    }

    /// X03.
    #[test]
    fn a_stamp_that_everybody_may_write_is_not_believed() {
        after(&|path: &Path| chmod(path, 0o666));
    }

    /// S23.
    #[test]
    fn a_stamp_that_cannot_be_read_runs_again_and_is_replaced() {
        let name = "damage::unix::a_stamp_that_cannot_be_read_runs_again_and_is_replaced";
        unprivileged(name, |world| {
            let job = world.job(&[]);
            world.run(&job).ran().stored();
            chmod(&world.stamp(), 0o000);
            let did = world.run(&job).ran().stored();
            assert!(did.words()[0].contains("Permission denied"), "{:?}", did.words());
            world.run(&job).replayed();
        });
    }
}
