//! What is neither file nor directory is never read: it could block, or never end.
#![cfg(unix)]

use std::path::Path;

use super::world::{METHODS, World, command, unprivileged};

/// D14. A test that hangs has failed.
#[test]
fn fifos_sockets_and_devices_run_unstored_and_never_hang() {
    let world = World::new();
    assert!(command("mkfifo", &[world.path("fifo").to_str().unwrap()]));
    let _socket = std::os::unix::net::UnixListener::bind(world.path("socket")).unwrap();
    world.link("zero", "/dev/zero").link("terminal", "/dev/tty");
    for method in METHODS {
        for (name, noun) in [
            ("fifo", "fifo"),
            ("socket", "socket"),
            ("zero", "device"),
            ("/dev/zero", "device"),
        ] {
            let job = world.job(&[name]).by(method);
            for _ in 0..2 {
                let did = world.run(&job).ran().not_stored();
                assert!(
                    did.words()[0].ends_with(&format!("is a {noun}; not cached")),
                    "{:?}",
                    did.words()
                );
            }
        }
    }
}

/// D14.
#[cfg(target_os = "linux")]
#[test]
fn files_that_the_kernel_makes_up_run_unstored() {
    let world = World::new();
    for method in METHODS {
        for name in ["/proc/self/status", "/proc/meminfo", "/proc/kmsg"] {
            if Path::new(name).exists() {
                let did = world.run(&world.job(&[name]).by(method)).ran().not_stored();
                assert_eq!(did.warnings.len(), 1, "{name}: {:?}", did.words());
            }
        }
    }
}

#[test]
fn a_fifo_that_takes_a_files_place_makes_the_stamp_stale_and_does_not_hang() {
    for method in METHODS {
        let world = World::young();
        world.write("in", "bytes");
        let job = world.job(&["in"]).by(method);
        world.run(&job).ran().stored();
        world.remove("in");
        assert!(command("mkfifo", &[world.path("in").to_str().unwrap()]));
        assert_eq!(
            world.run(&job).ran().not_stored().why(),
            "the dependency `in` changed: it is a fifo now"
        );
    }
}

/// D14.
#[test]
fn a_fifo_in_a_directory_leaves_no_stamp_and_a_socket_counts_by_its_name() {
    for method in METHODS {
        let world = World::new();
        world.write("d/a", "");
        let _socket = std::os::unix::net::UnixListener::bind(world.path("d/socket")).unwrap();
        let job = world.job(&["d"]).by(method);
        world.run(&job).ran().stored();
        world.run(&job).replayed();
        assert!(command("mkfifo", &[world.path("d/fifo").to_str().unwrap()]));
        let did = world.run(&job).ran().not_stored();
        assert_eq!(did.words().len(), 1, "{:?}", did.words());
    }
}

/// D14.
#[cfg(target_os = "linux")]
#[test]
fn a_directory_that_the_kernel_makes_up_leaves_no_stamp() {
    for method in METHODS {
        for name in ["/proc/self/ns", "/proc/sys/kernel/random", "/proc/sys/kernel/*id"] {
            let world = World::new();
            let did = world.run(&world.job(&[name]).by(method)).ran().not_stored();
            assert_eq!(did.warnings.len(), 1, "{name}: {:?}", did.words());
        }
    }
}

/// D10.
#[test]
fn what_cannot_be_read_runs_unstored_and_says_why() {
    let name = "special::what_cannot_be_read_runs_unstored_and_says_why";
    unprivileged(name, |world| {
        for method in METHODS {
            for (dependency, locked) in [
                ("d/a", "d/a"),
                ("d", "d/a"),
                ("d/*", "d/a"),
                ("d", "d"),
                ("d/a", "d"),
                ("d/*", "d"),
            ] {
                world.write("d/a", "bytes").mode(locked, 0o000);
                let did = world.run(&world.job(&[dependency]).by(method)).ran().not_stored();
                let [warning] = &did.words()[..] else {
                    panic!("{:?}", did.words())
                };
                assert!(
                    warning.ends_with("Permission denied (os error 13); not cached"),
                    "{warning}"
                );
                world.mode(locked, 0o700);
            }
        }
    });
}

/// D10.
#[test]
fn what_can_be_read_no_more_is_stale() {
    unprivileged("special::what_can_be_read_no_more_is_stale", |world| {
        for method in METHODS {
            for (dependency, locked) in [("d/a", "d/a"), ("d", "d/a"), ("d", "d"), ("d/a", "d"), ("d/*", "d")] {
                world
                    .write("d/a", "bytes")
                    .mode("d/a", 0o600)
                    .age("d/a", 100)
                    .mode("d", 0o700);
                let job = world.job(&[dependency]).by(method);
                world.run(&job).ran();
                world.run(&job).replayed();
                world.next_tick().mode(locked, 0o000);
                world.run(&job).ran().not_stored();
                world.mode(locked, 0o700);
                std::fs::remove_dir_all(world.root()).unwrap();
            }
        }
    });
}
