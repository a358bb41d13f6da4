//! The user's own secret: made at first use, and believed only while nobody else can know it.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown, symlink};
use std::sync::Barrier;

use super::world::{World, chmod};
use jobstamps::disk::read_key;

#[test]
fn it_is_made_at_first_use_and_is_private() {
    let world = World::new();
    let path = world.path(".config/jobstamps/key");
    let key = read_key(&path).unwrap();
    assert_ne!(key, [0; 32]);
    assert_eq!(read_key(&path).unwrap(), key);
    assert_eq!(path.metadata().unwrap().mode() & 0o7777, 0o600);
    assert_ne!(read_key(&world.path("another")).unwrap(), key);
    let names = fs::read_dir(path.parent().unwrap()).unwrap().count();
    assert_eq!(names, 1, "nothing else is left there");
}

#[test]
fn a_home_or_configuration_directory_that_is_not_there_is_not_made_for_it() {
    for path in ["home/.config/jobstamps/key", "configuration/jobstamps/key"] {
        let world = World::new();
        let line = read_key(&world.path(path)).unwrap_err().line();
        assert!(
            line.contains(path) && line.contains("it cannot be made: No such file"),
            "{line}"
        );
        assert!(!world.path(path.split('/').next().unwrap()).exists());
    }
}

#[test]
fn all_that_make_it_at_the_same_time_get_the_same() {
    for _ in 0..20 {
        let world = World::new();
        // What a process of our number left when it was killed.
        for attempt in 0..3 {
            world.write(&format!(".key-{}-{attempt}", std::process::id()), "half");
        }
        let (path, barrier) = (world.path("key"), Barrier::new(8));
        let keys: Vec<[u8; 32]> = std::thread::scope(|scope| {
            let make = || {
                barrier.wait();
                read_key(&path).unwrap()
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(make)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| *key == keys[0]));
    }
}

/// What a process left that was killed while it made the key, before or after the key had its name.
#[test]
fn what_was_left_beside_it_goes() {
    for has_its_name in [false, true] {
        let world = World::new();
        world
            .make("config")
            .write("config/.key-1-0", [7; 32])
            .write("config/.key-x", "");
        let (path, left) = (world.path("config/key"), world.path("config/.key-1-0"));
        chmod(&left, 0o600);
        if has_its_name {
            fs::hard_link(&left, &path).unwrap();
        }
        let key = read_key(&path).unwrap();
        assert_eq!(key == [7; 32], has_its_name);
        let mut names: Vec<_> = fs::read_dir(world.path("config"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        assert_eq!(names, [".key-x", "key"], "what is not ours stays");
        assert_eq!(read_key(&path).unwrap(), key);
    }
}

#[test]
fn one_that_others_may_read_or_write_is_refused() {
    let world = World::new();
    let path = world.path("key");
    read_key(&path).unwrap();
    for mode in [0o640, 0o604, 0o660, 0o602] {
        chmod(&path, mode);
        let error = read_key(&path).unwrap_err();
        assert!(
            error.line().ends_with("it is not a private file of this user"),
            "{}",
            error.line()
        );
    }
}

#[test]
fn one_of_another_length_a_link_or_a_directory_is_refused_and_left_alone() {
    let world = World::new();
    for (name, length) in [("empty", 0), ("short", 31), ("long", 33)] {
        world.write(name, vec![1; length]).mode(name, 0o600);
        assert!(read_key(&world.path(name)).is_err(), "{name}");
        assert_eq!(fs::read(world.path(name)).unwrap().len(), length);
    }
    read_key(&world.path("key")).unwrap();
    symlink(world.path("key"), world.path("link")).unwrap();
    assert!(read_key(&world.path("link")).is_err());
    world.make("directory");
    assert!(read_key(&world.path("directory")).is_err());
}

#[test]
fn one_of_another_user_is_refused() {
    let world = World::new();
    let path = world.path("key");
    read_key(&path).unwrap();
    if chown(&path, Some(12345), None).is_err() {
        return eprintln!("SKIPPED: only root may give files away");
    }
    assert!(read_key(&path).is_err());
}

/// X16. As root, with a home that is another user's: `sudo` may keep HOME.
#[test]
fn none_is_made_in_another_users_home() {
    for (home, path) in [
        ("home", "home/.config/jobstamps/key"),
        ("home/.config", "home/.config/jobstamps/key"),
        ("", "key"),
    ] {
        let world = World::new();
        world.write("home/.config/x", "");
        if chown(world.path(home), Some(12345), None).is_err() {
            return eprintln!("SKIPPED: only root may give directories away");
        }
        fs::remove_file(world.path("home/.config/x")).unwrap();
        if home == "home" {
            fs::remove_dir(world.path("home/.config")).unwrap();
        }
        let line = read_key(&world.path(path)).unwrap_err().line();
        assert!(line.contains("belongs to uid 12345"), "{line}");
        assert!(!world.path(path).exists());
        assert!(!world.path("home/.config/jobstamps").exists());
        assert_eq!(world.path("home/.config").exists(), home != "home");
    }
}
