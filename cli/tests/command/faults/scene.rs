//! What goes on when a call fails: a world, how it came to be, and the line that is run in it.

use std::fs;
use std::time::{Duration, SystemTime};

use crate::sandbox::Sandbox;

/// What goes on when a call fails.
pub struct Scene {
    /// What it shows.
    pub name: &'static str,
    /// Makes the world what it is before.
    pub arrange: fn(&Sandbox, &str),
    /// What is run then. It ends with 3 and reads the dependency `in`.
    pub line: &'static str,
}

const SMALL: &str = "jobstamp --use-hashes --dependencies in -- tallied sh -c 'echo small; exit 3'";
const BY_TIME: &str = "jobstamp --dependencies in -- tallied sh -c 'echo small; exit 3'";
/// More than fits into a stamp file, in two bites that each fit into a pipe: so each is read at once, and calls have the same
/// numbers in each run.
const LARGE: &str =
    "jobstamp --use-hashes --dependencies in -- tallied sh -c 'dd bs=65536 if=large status=none; exit 3'";
const DIRECTORY: &str = "jobstamp --use-hashes --dependencies in tree -- tallied sh -c 'echo tree; exit 3'";
/// A reader of more than is kept in memory, which it does not say again.
const READER: &str =
    "dd bs=65536 if=large status=none | jobstamp --dependencies in -- tallied sh -c 'cat | wc -l; exit 3'";
const KEYED: &str = "cat large | jobstamp --stdin key --dependencies in -- tallied sh -c 'cat | wc -l; exit 3'";

/// All scenes but that of waiting.
pub const SCENES: [Scene; 17] = [
    scene("a miss", nothing, SMALL),
    scene("a hit", ran, BY_TIME),
    scene("a run again", changed, SMALL),
    scene("a touched file", touched, SMALL),
    scene("a file that is no longer young", no_longer_young, BY_TIME),
    scene("a use after a day", days_later, SMALL),
    scene("a large miss", nothing, LARGE),
    scene("a large hit", ran, LARGE),
    scene("a large run again", changed, LARGE),
    scene("a directory", in_directory, DIRECTORY),
    scene("a directory's hit", ran, DIRECTORY),
    scene("a reader", nothing, READER),
    scene("a reader's other input", read_something_else, READER),
    scene("a reader's hit", ran, READER),
    scene("keyed input", nothing, KEYED),
    scene("keyed input's hit", ran, KEYED),
    scene("upkeep", littered, LARGE),
];

const fn scene(name: &'static str, arrange: fn(&Sandbox, &str), line: &'static str) -> Scene {
    Scene { name, arrange, line }
}

impl Scene {
    /// Whether there was a stamp before, of what `in` was then, which is to stay.
    pub fn has_older_stamp(&self) -> bool {
        matches!(self.name, "a run again" | "a large run again" | "upkeep")
    }

    /// Makes a world in which the scene is about to begin.
    pub fn world(&self) -> Sandbox {
        let sandbox = Sandbox::new();
        let lines = |to: u32| (0..to).map(|number| number.to_string()).collect::<Vec<_>>().join("\n");
        sandbox.write("large", lines(20_000)).write("other", lines(15_000));
        sandbox
            .write("in", "1")
            .write("tree/one", "1")
            .write("tree/below/two", "2");
        (self.arrange)(&sandbox, self.line);
        sandbox
    }
}

fn nothing(_: &Sandbox, _: &str) {}

fn ran(sandbox: &Sandbox, line: &str) {
    sandbox.shell(line).ran().returns(3);
}

fn changed(sandbox: &Sandbox, line: &str) {
    ran(sandbox, line);
    sandbox.write("in", "2");
}

fn touched(sandbox: &Sandbox, line: &str) {
    ran(sandbox, line);
    sandbox.age("in", 10);
}

fn no_longer_young(sandbox: &Sandbox, line: &str) {
    sandbox.clock(0);
    ran(sandbox, line);
    sandbox.clock(100);
}

fn days_later(sandbox: &Sandbox, line: &str) {
    ran(sandbox, line);
    sandbox.clock(200_000);
}

fn in_directory(sandbox: &Sandbox, line: &str) {
    ran(sandbox, line);
    sandbox.write("tree/one", "changed");
}

fn read_something_else(sandbox: &Sandbox, line: &str) {
    ran(sandbox, &line.replace("large", "other"));
}

/// What others left behind long ago lies beside a stamp that is about to be replaced.
fn littered(sandbox: &Sandbox, line: &str) {
    changed(sandbox, line);
    let stamp = sandbox.stamps().remove(0);
    let beside = |name: &str| stamp.with_file_name(name);
    let own = stamp.file_name().unwrap().to_str().unwrap();
    let other = "0".repeat(own.len());
    for name in [
        ".tmp-1-left-0".to_owned(),
        format!("{own}-0000000000000000"),
        format!("{other}-0000000000000000"),
        format!("{}.lock", "1".repeat(own.len())),
    ] {
        fs::write(beside(&name), "left behind").unwrap();
    }
    fs::copy(&stamp, beside(&other)).unwrap();
    sandbox.set_modified(beside(&other), SystemTime::now() - Duration::from_secs(61 * 24 * 3600));
    sandbox.clock(4000);
}
