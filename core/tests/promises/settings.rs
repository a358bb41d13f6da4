//! The configuration file: used while nobody but its user, or the system, can have written it.
#![cfg(unix)]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{chown, symlink};
use std::path::Path;

use super::world::{World, chmod};
use jobstamps::settings::{Read, Settings, read};

const TEXT: &str = "quiet = true\n";

fn problems(path: &Path) -> Vec<String> {
    let Read {
        settings,
        problems,
        is_there,
    } = read(path, Some(OsStr::new("/home/nobody")));
    assert_eq!(settings, Settings::default(), "nothing of it is used");
    assert!(!is_there);
    let begin = format!("configuration file `{}`: it is not used: ", path.display());
    let rest = |line: String| line.strip_prefix(&begin).unwrap_or(&line).to_owned();
    problems.iter().map(|problem| rest(problem.to_string())).collect()
}

#[test]
fn a_file_of_ours_is_used_wherever_a_link_to_it_stands() {
    let world = World::new();
    world.write("mine/config.toml", TEXT);
    symlink(world.path("mine/config.toml"), world.path("link")).unwrap();
    for (path, mode) in [
        ("mine/config.toml", 0o600),
        ("mine/config.toml", 0o664),
        ("link", 0o444),
    ] {
        chmod(&world.path("mine/config.toml"), mode);
        let read = read(&world.path(path), None);
        assert_eq!(
            (read.settings.quiet, read.is_there),
            (Some(true), true),
            "{path} {mode:o}"
        );
        assert!(read.problems.is_empty(), "{:?}", read.problems);
    }
}

#[test]
fn where_there_is_none_nothing_is_said() {
    let world = World::new();
    world.write("file", TEXT);
    symlink("nowhere", world.path("dangling")).unwrap();
    for path in ["none", "no/directory/config.toml", "file/config.toml", "dangling"] {
        assert_eq!(read(&world.path(path), None), Read::default(), "{path}");
    }
}

#[test]
fn what_others_may_write_or_could_block_us_is_not_used() {
    let world = World::new();
    world.write("open", TEXT);
    chmod(&world.path("open"), 0o666);
    rustix::fs::mkfifoat(rustix::fs::CWD, world.path("fifo"), rustix::fs::Mode::RWXU).unwrap();
    fs::create_dir(world.path("directory")).unwrap();
    symlink("/dev/zero", world.path("device")).unwrap();
    fs::write(world.path("bytes"), b"quiet = true # \xff").unwrap();
    fs::write(world.path("long"), vec![b'\n'; (1 << 20) + 1]).unwrap();
    for (path, why) in [
        ("open", "it is writable by all"),
        ("fifo", "it is a fifo"),
        ("directory", "it is a directory"),
        ("device", "it is a device"),
        ("bytes", "it is not UTF-8"),
        ("long", "it is longer than 1 MiB"),
    ] {
        assert_eq!(problems(&world.path(path)), [why], "{path}");
    }
}

#[test]
fn a_file_of_another_user_is_not_used() {
    let world = World::new();
    world.write("theirs", TEXT);
    if chown(world.path("theirs"), Some(1234), None).is_err() {
        println!("SKIPPED: only root can give a file away");
        return;
    }
    assert_eq!(problems(&world.path("theirs")), ["it is owned by uid 1234"]);
}
