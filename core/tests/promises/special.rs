//! What is neither file nor directory is never read: it could block, or never end.
#![cfg(unix)]

use std::path::Path;

use super::world::{METHODS, World, command};

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
