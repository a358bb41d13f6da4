//! Another user, or root in a user's place: neither believes what the other could have written, nor leaves anything there.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};

use crate::sandbox::{Did, Done, Point, Sandbox, amount, has_strace, is_root};

const ALICE: u32 = 65_531;
const MALLORY: u32 = 65_532;
const SHARED: u32 = 65_530;

/// What Alice runs: it says what is in a file that she does not declare, so that a stamp can tell lies.
const WORDS: &str = "jobstamp --no-cwd -- tallied sh -c 'cat said; exit 3'";

/// A world of Alice's, who shares a group with Mallory, and a stamp that says `evil` and is whole.
struct World {
    sandbox: Sandbox,
    /// The stamp, away from any store.
    evil: PathBuf,
}

impl World {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let (store, work) = (sandbox.store(), sandbox.path(""));
        fs::create_dir(&store).unwrap();
        chown(&store, Some(ALICE), Some(SHARED)).unwrap();
        chown(work, Some(ALICE), Some(SHARED)).unwrap();
        sandbox.write("said", "evil\n");
        let world = Self {
            evil: sandbox.beside("evil"),
            sandbox,
        };
        world.alice(WORDS).ran().prints("evil\n").complains("").returns(3);
        fs::copy(world.stamp(), &world.evil).unwrap();
        fs::remove_dir_all(world.root()).unwrap();
        world.sandbox.write("said", "good\n");
        world
    }

    fn root(&self) -> PathBuf {
        self.sandbox.store().join("jobstamps-v1")
    }

    fn stamp(&self) -> PathBuf {
        self.sandbox.stamps().remove(0)
    }

    fn alice(&self, line: &str) -> Done<'_> {
        self.sandbox.call(become_user(ALICE, line))
    }

    /// Does something as Mallory, which must succeed.
    fn mallory(&self, line: &str) {
        self.sandbox.call(become_user(MALLORY, line)).returns(0);
    }

    /// Puts the lie in the place of Alice's stamp.
    fn plant(&self, at: &Path, owner: u32, mode: u32) {
        let _ = fs::remove_file(at);
        fs::copy(&self.evil, at).unwrap();
        chown(at, Some(owner), Some(SHARED)).unwrap();
        fs::set_permissions(at, fs::Permissions::from_mode(mode)).unwrap();
    }
}

fn become_user(user: u32, line: &str) -> Vec<String> {
    let rights = [
        format!("--reuid={user}"),
        format!("--regid={user}"),
        format!("--groups={SHARED}"),
    ];
    ["setpriv", &rights[0], &rights[1], &rights[2], "sh", "-c", line]
        .map(str::to_owned)
        .into()
}

/// Below `path` there is nothing of `user`.
#[track_caller]
fn nothing_of(user: u32, path: &Path) {
    assert_ne!(fs::symlink_metadata(path).unwrap().uid(), user, "{}", path.display());
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            nothing_of(user, &entry.unwrap().path());
        }
    }
}

/// X16, X01.
#[test]
fn root_neither_reads_a_users_store_nor_leaves_anything_in_it_or_makes_one() {
    if !is_root("root in a user's place") {
        return;
    }
    let world = World::new();
    let sandbox = &world.sandbox;
    for is_made in [false, true] {
        if is_made {
            world.alice(WORDS).ran().complains("");
        }
        let before = fs::read_dir(sandbox.store()).unwrap().count();
        for _ in 0..2 {
            let done = sandbox.shell(WORDS).ran().prints("good\n").returns(3);
            done.says("jobstamp: warning: ")
                .says("owned by uid 65531; not cached\n");
        }
        sandbox
            .shell(&WORDS.replace("--no-cwd", "--no-cwd --strict"))
            .ran()
            .returns(125);
        nothing_of(0, &sandbox.store());
        assert_eq!(fs::read_dir(sandbox.store()).unwrap().count(), before);
    }
    world.alice(WORDS).replayed().prints("good\n").complains("").returns(3);
    // And the other way round.
    chown(sandbox.store(), Some(0), None).unwrap();
    fs::remove_dir_all(world.root()).unwrap();
    sandbox.shell(WORDS).ran().complains("");
    for _ in 0..2 {
        let done = world.alice(WORDS).ran().prints("good\n").returns(3);
        done.says("jobstamp: warning: ").says("not cached\n");
    }
    nothing_of(ALICE, &sandbox.store());
}

/// X01, X02, X05. The default place lies where everybody may make names.
#[test]
fn what_another_user_put_in_the_default_place_is_never_replayed() {
    if !is_root("another user's store in the default place") {
        return;
    }
    let world = World::new();
    let sandbox = &world.sandbox;
    sandbox.variable("JOBSTAMPS_DIRECTORY", "");
    let place = sandbox.beside("tmp");
    fs::set_permissions(&place, fs::Permissions::from_mode(0o1777)).unwrap();
    let line = WORDS.replace("jobstamp ", "jobstamp --explain ");
    world.alice(&line).ran();
    let done = world.alice(&line).replayed();
    let words = String::from_utf8_lossy(&done.output.stderr).into_owned();
    let name = words.split('`').nth(1).unwrap();
    let below = Path::new(name).strip_prefix(&place).unwrap().to_path_buf();
    let default = place.join(below.iter().next().unwrap());
    for mode in ["700", "755", "777", "1777"] {
        fs::remove_dir_all(&default).unwrap();
        let stamp = place.join(&below);
        world.mallory(&format!(
            "mkdir -m 755 -p {} && chmod -R {mode} {}",
            stamp.parent().unwrap().display(),
            default.display()
        ));
        world.plant(&stamp, MALLORY, 0o644);
        for did in [Did::Run, Did::Run] {
            let done = world.alice(WORDS).did(did).prints("good\n").returns(3);
            done.says("jobstamp: warning: ");
        }
        nothing_of(ALICE, &default);
    }
}

/// X03. Mallory may write in the store, as one of the group, but not in what is Alice's in it.
#[test]
fn no_trick_of_one_who_may_make_names_in_the_store_makes_a_stamp() {
    if !is_root("planted stamps") {
        return;
    }
    let world = World::new();
    world.alice(WORDS).ran().prints("good\n");
    let stamp = world.stamp();
    let shard = stamp.parent().unwrap().to_path_buf();
    fs::set_permissions(world.root(), fs::Permissions::from_mode(0o770)).unwrap();
    chown(world.root(), Some(ALICE), Some(SHARED)).unwrap();
    let own_shard = format!("mv {0} {0}-away && mkdir -m 777 {0}", shard.display());
    // Alice may have such files: what a group writes, what was unpacked, what lies in a checkout.
    let alices = world.sandbox.path("alices");
    let link = |mode| {
        world.plant(&alices, ALICE, mode);
        fs::hard_link(&alices, &stamp).unwrap();
    };
    let tricks: [(&str, &dyn Fn()); 8] = [
        ("a file of hers", &|| world.plant(&stamp, MALLORY, 0o600)),
        ("a file of hers that all may write", &|| {
            world.plant(&stamp, MALLORY, 0o666);
        }),
        ("a second name of a file that the group may write", &|| link(0o660)),
        ("a second name of a file that all may write", &|| link(0o666)),
        ("a second name of a private file", &|| link(0o600)),
        ("a link to a private file", &|| {
            world.plant(&alices, ALICE, 0o600);
            symlink(&alices, &stamp).unwrap();
        }),
        ("a file that the group may write", &|| world.plant(&stamp, ALICE, 0o660)),
        ("a file that all may write", &|| world.plant(&stamp, ALICE, 0o602)),
    ];
    for (what, trick) in tricks {
        fs::remove_dir_all(&shard).unwrap();
        fs::create_dir(&shard).unwrap();
        chown(&shard, Some(ALICE), Some(ALICE)).unwrap();
        world.mallory(&own_shard);
        trick();
        let done = world.alice(WORDS).ran().prints("good\n").returns(3);
        assert!(
            String::from_utf8_lossy(&done.output.stderr).starts_with("jobstamp: warning: "),
            "{what}: {done}"
        );
        drop(done);
        fs::remove_dir_all(format!("{}-away", shard.display())).unwrap();
    }
}

/// X04. At each call about the store a directory of it becomes a link to another place.
#[test]
fn a_directory_that_is_swapped_for_a_link_between_check_and_use_leads_nowhere() {
    if !is_root("swapped directories") || !has_strace("swapped directories") {
        return;
    }
    let names = [
        "openat2",
        "linkat",
        "flock",
        "mkdirat",
        "unlinkat",
        "renameat2",
        "open",
        "openat",
        "fstat",
        "newfstatat",
    ];
    let mut swaps = 0;
    for name in &names[..amount(6, names.len())] {
        for is_remembered in [false, true] {
            swaps += (0..)
                .map_while(|before| swap_at(name, before, is_remembered))
                .filter(|swapped| *swapped)
                .count();
        }
    }
    println!("{swaps} swaps, nothing read or written behind them");
    assert!(swaps > 10);
}

/// Alice's job is stopped at a call, while its directory becomes a link; returns whether there was one, `None` after the last
/// call.
fn swap_at(name: &str, before: usize, is_remembered: bool) -> Option<bool> {
    let world = World::new();
    if is_remembered {
        world.alice(WORDS).ran();
    }
    let outside = world.sandbox.beside("outside");
    fs::create_dir_all(&outside).unwrap();
    fs::set_permissions(&outside, fs::Permissions::from_mode(0o777)).unwrap();
    let mut is_swapped = false;
    let swap = || {
        let entries = fs::read_dir(world.root()).into_iter().flatten();
        let shards: Vec<_> = entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir())
            .collect();
        for shard in shards {
            fs::rename(&shard, world.sandbox.beside("moved")).unwrap();
            // What Mallory has there is Alice's by its owner, so that only the link can be refused.
            world.plant(&outside.join(shard.file_name().unwrap()), ALICE, 0o600);
            symlink(&outside, &shard).unwrap();
            is_swapped = true;
        }
    };
    let point = Point {
        name,
        before,
        every: None,
        path: None,
    };
    let words = become_user(ALICE, &format!("exec {WORDS}"));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (done, stops) = world.sandbox.stopped(point, &words, swap);
    drop(done.prints("good\n").returns(3));
    let found = fs::read_dir(&outside).unwrap().count();
    assert!(found <= 1, "written behind the link: {name} {before}");
    (stops > 0).then_some(is_swapped)
}

/// S23. Root could read it all the same.
#[test]
fn a_stamp_that_its_owner_may_not_read_is_a_miss_and_is_replaced() {
    if !is_root("a stamp without rights") {
        return;
    }
    let world = World::new();
    world.alice(WORDS).ran().complains("");
    for mode in [0o000, 0o200, 0o100] {
        fs::set_permissions(world.stamp(), fs::Permissions::from_mode(mode)).unwrap();
        let done = world.alice(WORDS).ran().prints("good\n").returns(3);
        done.says("jobstamp: warning: cannot read stamp `")
            .says("Permission denied");
        world.alice(WORDS).replayed().prints("good\n").complains("");
    }
    // What is around it: without the right to enter it nothing is stored either.
    let shard = world.stamp().parent().unwrap().to_path_buf();
    for mode in [0o000, 0o600] {
        fs::set_permissions(&shard, fs::Permissions::from_mode(mode)).unwrap();
        let done = world.alice(WORDS).ran().prints("good\n").returns(3);
        done.says("jobstamp: warning: ").says("Permission denied");
    }
    fs::set_permissions(&shard, fs::Permissions::from_mode(0o700)).unwrap();
    world.alice(WORDS).replayed().complains("");
}
