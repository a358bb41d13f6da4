//! Nothing is read, and nothing written, where another user could have a hand in it.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown, lchown, symlink};

use super::world::{World, chmod, clock, elsewhere, is_elsewhere};
use jobstamps::{Cache, Error, Job, Lookup};

fn job() -> Job {
    Job::call("tests:trust", "")
}

/// Returns a world with a stamp of `job` in its store.
fn world() -> World {
    let world = World::new();
    world.run(&job()).ran().stored();
    world
}

/// Tells why the store of `world` is not used; the job runs with one warning.
#[track_caller]
fn refused(world: &World) -> String {
    let cache = world.cache();
    let Some(Error::Untrusted { why, .. }) = cache.problem() else {
        panic!("it is used")
    };
    let did = world.run(&job()).ran().not_stored();
    assert_eq!(
        did.words(),
        [format!("store `{}` is {why}; not cached", world.root().display())]
    );
    why.clone()
}

/// X01.
#[test]
fn a_store_that_everybody_may_write_is_not_used() {
    for mode in [0o777, 0o707, 0o702] {
        let world = world();
        chmod(&world.root(), mode);
        assert_eq!(refused(&world), "writable by all");
    }
    let world = world();
    chmod(&world.root(), 0o770);
    world.run(&job()).replayed();
}

/// X01.
#[test]
fn a_store_of_another_user_is_not_used() {
    let world = world();
    if chown(world.root(), Some(12345), None).is_err() {
        return eprintln!("SKIPPED: only root may give files away");
    }
    assert_eq!(refused(&world), "owned by uid 12345");
}

/// X16: `sudo` leaves nothing of root's in a user's directory.
#[test]
fn no_store_is_made_in_another_users_directory() {
    let world = World::new();
    world.make("home");
    if chown(world.path("home"), Some(12345), None).is_err() {
        return eprintln!("SKIPPED: only root may give files away");
    }
    for name in ["home", "home/.cache/deep"] {
        let cache = Cache::open(&world.path(name), clock, None);
        let Lookup::Stale(stale) = cache.lookup(&job(), None) else {
            panic!("there is no stamp")
        };
        let words: Vec<String> = stale
            .warnings
            .iter()
            .map(|warning| world.short(&warning.to_string()))
            .collect();
        assert_eq!(words, ["store `home` is in a directory owned by uid 12345; not cached"]);
        assert_eq!(fs::read_dir(world.path("home")).unwrap().count(), 0);
    }
}

/// X04.
#[test]
fn a_link_in_the_stores_place_is_not_followed() {
    let world = world();
    fs::rename(world.root(), world.path("aside")).unwrap();
    symlink(world.path("aside"), world.root()).unwrap();
    assert_eq!(refused(&world), "a symbolic link");
}

/// X01. In a directory where everybody may make names, the place of our stamps could be another user's link.
#[test]
fn a_directory_that_another_user_linked_to_is_not_used_and_none_is_made_there() {
    let world = world();
    let link = world.path("link");
    symlink(world.stamps(), &link).unwrap();
    let open = || Cache::open(&link, clock, None);
    assert!(
        matches!(open().lookup(&job(), None), Lookup::Fresh(_)),
        "a link of our own"
    );
    if lchown(&link, Some(12345), None).is_err() {
        return eprintln!("SKIPPED: only root may give links away");
    }
    for is_made in [true, false] {
        let cache = open();
        let Some(Error::Untrusted { why, .. }) = cache.problem() else {
            panic!("it is used")
        };
        assert_eq!(why, "a symbolic link of uid 12345");
        let (recording, _) = open().record(&job());
        assert!(!recording.save_value(vec![1]).stored);
        assert_eq!(world.root().exists(), is_made);
        if is_made {
            fs::remove_dir_all(world.root()).unwrap();
        }
    }
}

/// X04: the directory itself was opened, whatever its name means later.
#[test]
fn a_store_that_is_swapped_after_it_was_opened_is_still_the_one_that_was_checked() {
    let world = world();
    let cache = world.cache();
    fs::rename(world.root(), world.path("aside")).unwrap();
    fs::create_dir(world.root()).unwrap();
    assert!(matches!(cache.lookup(&job(), None), Lookup::Fresh(_)));
}

/// X02.
#[test]
fn no_store_is_made_below_a_directory_that_everybody_may_write() {
    let world = World::new();
    for (mode, made) in [(0o777, false), (0o1777, true), (0o775, true)] {
        let parent = world.path(&format!("{mode:o}"));
        fs::create_dir(&parent).unwrap();
        chmod(&parent, mode);
        let directory = parent.join("below/stamps");
        let Lookup::Stale(stale) = Cache::open(&directory, clock, None).lookup(&job(), None) else {
            panic!()
        };
        assert_eq!(stale.recording.save_value("x").stored, made, "{mode:o}");
        let words: Vec<_> = stale
            .warnings
            .iter()
            .map(|warning| world.short(&warning.to_string()))
            .collect();
        if made {
            assert_eq!(words, [""; 0]);
        } else {
            assert_eq!(words.len(), 1);
            assert!(words[0].contains("`777` is writable by all"), "{words:?}");
        }
    }
}

/// X03.
#[test]
fn a_stamp_or_blob_of_another_user_is_not_believed() {
    let world = World::new();
    let (recording, _) = world.cache().record(&job());
    assert!(recording.save_value(vec![1; 100_000]).stored);
    for file in world.files() {
        if chown(&file, Some(12345), None).is_err() {
            return eprintln!("SKIPPED: only root may give files away");
        }
        let Lookup::Stale(stale) = world.cache().lookup(&job(), None) else {
            panic!("{}", file.display())
        };
        let warning = stale.warnings[0].to_string();
        assert!(warning.contains("it is owned by uid 12345"), "{warning}");
        chown(&file, Some(0), None).unwrap();
        assert!(matches!(world.cache().lookup(&job(), None), Lookup::Fresh(_)));
    }
}

/// X08. The umask belongs to the process, so this needs one of its own.
#[test]
fn the_modes_of_the_store_do_not_depend_on_the_umask() {
    let name = "trust::the_modes_of_the_store_do_not_depend_on_the_umask";
    if !is_elsewhere(name) {
        for umask in ["000", "022", "077"] {
            let script = format!("umask {umask}; exec \"$@\"");
            let status = elsewhere(name, &["sh", "-c", &script, "sh"]).status().unwrap();
            assert!(status.success(), "umask {umask}");
        }
        return;
    }
    let world = World::new();
    chmod(world.stamps().parent().unwrap(), 0o700);
    let deep = world.stamps().join("deep/er");
    let cache = Cache::open(&deep, clock, None);
    let (recording, warnings) = cache.record(&job());
    assert_eq!(warnings, []);
    assert!(recording.save_value(vec![1; 100_000]).stored);
    let root = deep.join("jobstamps-v1");
    let mode = |path: &std::path::Path| path.metadata().unwrap().mode() & 0o7777;
    assert_eq!(mode(&root), 0o700);
    for entry in fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            assert_eq!(mode(&entry), 0o700, "{}", entry.display());
            for file in fs::read_dir(&entry).unwrap().map(|entry| entry.unwrap().path()) {
                assert_eq!(mode(&file), 0o600, "{}", file.display());
            }
        } else {
            assert_eq!(mode(&entry) & 0o077, 0, "{}", entry.display());
        }
    }
}

/// X05: whoever can write a checkout can write a stamp in it, but not the user's signature.
#[test]
fn a_value_that_could_run_code_is_believed_only_with_the_users_own_signature() {
    let world = World::new();
    let job = job();
    // What anybody can make: a whole stamp whose checksum is right and that says it is harmless.
    world.run(&job).ran().stored();
    world.run(&job).replayed();
    let mut careful = job.clone();
    careful.signed = true;
    let cache = Cache::open(&world.stamps(), clock, Some([7; 32]));
    let Lookup::Stale(stale) = cache.lookup(&careful, None) else {
        panic!("it was believed")
    };
    assert!(stale.reason.to_string().contains("is damaged"), "{}", stale.reason);
    let words: Vec<String> = stale.warnings.iter().map(ToString::to_string).collect();
    assert!(words[0].contains("not signed with the user's own key"), "{words:?}");
}
