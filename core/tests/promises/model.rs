//! Whatever happens to the files in whatever order: what is replayed is what the job would have left now.
//!
//! The job's value is all that it depends on, so the oracle is to look at the files themselves.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use jobstamps::store::{Limits, Store};
use jobstamps::{Job, Lookup, Method};
use proptest::prelude::*;

use super::world::{World, amount, clock};

/// What the job depends on: a file, a link, a directory, a pattern.
const DEPENDENCIES: [&str; 4] = ["d/a", "l", "d", "*.c"];
/// What is changed, and where links lead.
const NAMES: [&str; 6] = ["d/a", "d/b", "d/e/c", "x.c", "y.c", "l"];

#[derive(Clone, Debug)]
enum Step {
    Write(&'static str, &'static str),
    /// Under the modification time that was there before.
    Forge(&'static str, &'static str),
    Replace(&'static str, &'static str),
    Touch(&'static str, u64),
    Mode(&'static str, u32),
    Remove(&'static str),
    Rename(&'static str, &'static str),
    Link(&'static str, &'static str),
    Run(Method),
    RunWhile(Method, Box<Step>),
    SpoilStamp(prop::sample::Index),
    LoseSideFile(prop::sample::Index),
    Sweep,
}

fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&NAMES[..])
}

fn change() -> impl Strategy<Value = Step> {
    // Few contents, of one size but for one, so that going back is likely.
    let content = || prop::sample::select(&["one", "two", "six", "three"][..]);
    prop_oneof![
        (name(), content()).prop_map(|(name, content)| Step::Write(name, content)),
        (name(), content()).prop_map(|(name, content)| Step::Forge(name, content)),
        (name(), content()).prop_map(|(name, content)| Step::Replace(name, content)),
        (name(), 0..200_u64).prop_map(|(name, age)| Step::Touch(name, age)),
        (name(), prop::sample::select(&[0o600, 0o700][..])).prop_map(|(name, mode)| Step::Mode(name, mode)),
        name().prop_map(Step::Remove),
        (name(), name()).prop_map(|(from, to)| Step::Rename(from, to)),
        (name(), name()).prop_map(|(name, target)| Step::Link(name, target)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let method = || prop::sample::select(&[Method::Mtime, Method::Hash, Method::Hash, Method::Paranoid][..]);
    prop_oneof![
        4 => change(),
        6 => method().prop_map(Step::Run),
        2 => (method(), change()).prop_map(|(method, step)| Step::RunWhile(method, Box::new(step))),
        1 => any::<prop::sample::Index>().prop_map(Step::SpoilStamp),
        1 => any::<prop::sample::Index>().prop_map(Step::LoseSideFile),
        1 => Just(Step::Sweep),
    ]
}

/// Returns all that the job depends on, links and what they lead to.
fn seen(world: &World) -> Vec<u8> {
    let mut seen = Vec::new();
    for name in ["d", "l", "x.c", "y.c"] {
        see(&world.path(name), &mut seen);
    }
    seen
}

fn see(path: &Path, seen: &mut Vec<u8>) {
    seen.extend(path.file_name().unwrap().as_encoded_bytes());
    if let Ok(text) = path.read_link() {
        seen.extend(b" -> ");
        seen.extend(text.as_os_str().as_encoded_bytes());
    }
    match path.metadata() {
        Ok(metadata) if metadata.is_dir() => {
            let mut names: Vec<_> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
            names.sort();
            seen.push(b'{');
            for name in names {
                see(&name, seen);
            }
            seen.push(b'}');
        }
        Ok(metadata) => {
            seen.push(b'0' + u8::from(metadata.permissions().mode() & 0o111 != 0));
            seen.extend(fs::read(path).unwrap());
        }
        Err(error) => seen.extend(error.kind().to_string().bytes()),
    }
    seen.push(b'\n');
}

struct Model {
    world: World,
    /// Whether times tell every change, because we wait for the file system's clock before it.
    ticks: bool,
}

impl Model {
    fn new(ticks: bool) -> Self {
        let world = if ticks { World::new() } else { World::young() };
        for name in ["d/a", "d/b", "d/e/c", "x.c"] {
            world.write(name, "one");
        }
        world.link("l", "d/b");
        Self { world, ticks }
    }

    fn job(&self, method: Method) -> Job {
        self.world.job(&DEPENDENCIES).by(method)
    }

    /// Does what can be done: a name may be missing by now, or a loop of links.
    fn change(&self, step: &Step) {
        if self.ticks {
            self.world.next_tick();
        }
        let path = |name: &str| self.world.path(name);
        let write = |name: &str, content: &str| {
            fs::create_dir_all(path(name).parent().unwrap()).and_then(|()| fs::write(path(name), content))
        };
        let _ = match step {
            Step::Write(name, content) => write(name, content),
            Step::Forge(name, content) => {
                let before = path(name).metadata().and_then(|metadata| metadata.modified());
                before.and_then(|before| {
                    write(name, content)?;
                    fs::File::open(path(name))?.set_modified(before)
                })
            }
            Step::Replace(name, content) => write("new", content).and_then(|()| fs::rename(path("new"), path(name))),
            Step::Touch(name, age) if path(name).exists() => {
                self.world.age(name, *age);
                Ok(())
            }
            Step::Mode(name, mode) => fs::set_permissions(path(name), fs::Permissions::from_mode(*mode)),
            Step::Remove(name) => fs::remove_file(path(name)),
            Step::Rename(from, to) => fs::rename(path(from), path(to)),
            Step::Link(name, target) => {
                fs::remove_file(path(name)).and_then(|()| std::os::unix::fs::symlink(path(target), path(name)))
            }
            _ => Ok(()),
        };
    }

    /// Runs or replays the job; a run that is disturbed by `meanwhile` leaves a value that must never be seen again.
    fn run(&self, method: Method, meanwhile: Option<&Step>) {
        match self.world.cache().lookup(&self.job(method), None) {
            Lookup::Fresh(mut hit) => {
                let value = hit.replay.read_value().unwrap();
                let (value, now) = (String::from_utf8_lossy(&value), seen(&self.world));
                assert_eq!(value, String::from_utf8_lossy(&now), "replayed, and what is there now");
                hit.settle();
            }
            Lookup::Stale(stale) => {
                let mut value = seen(&self.world);
                if let Some(step) = meanwhile {
                    self.change(step);
                    if seen(&self.world) != value {
                        value = b"of a run that was disturbed".to_vec();
                    }
                }
                let stored = stale.recording.save_value(value).stored;
                let is_missing = |name: &&str| !name.contains('*') && !self.world.path(name).exists();
                if stored && !DEPENDENCIES.iter().any(is_missing) {
                    assert_eq!(self.world.reasons(&self.job(method)), [""; 0], "just stored");
                }
            }
            Lookup::ReadsInput => unreachable!(),
        }
    }

    fn take_all(&self, steps: &[Step]) {
        for step in steps {
            self.take(step);
        }
    }

    fn take(&self, step: &Step) {
        match step {
            Step::Run(method) => self.run(*method, None),
            Step::RunWhile(method, step) => self.run(*method, Some(step)),
            Step::SpoilStamp(index) => {
                let path = self.world.cache().stamp_path(&self.job(Method::Hash));
                if let Ok(mut bytes) = fs::read(&path) {
                    let bit = index.index(bytes.len() * 8);
                    bytes[bit / 8] ^= 1 << (bit % 8);
                    fs::write(path, bytes).unwrap();
                }
            }
            Step::LoseSideFile(index) => {
                let mut files = self.world.files();
                files.retain(|file| file.file_name().unwrap().len() > 62);
                if !files.is_empty() {
                    fs::remove_file(&files[index.index(files.len())]).unwrap();
                }
            }
            Step::Sweep => {
                if let Some(store) = Store::open(&self.world.stamps()).unwrap() {
                    store.sweep(&Limits::default(), clock, None).unwrap();
                }
            }
            change => self.change(change),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: amount(150, 2000), ..ProptestConfig::default() })]

    #[test]
    fn what_is_replayed_is_what_the_job_would_leave_now(steps in prop::collection::vec(step(), 1..40)) {
        let model = Model::new(true);
        model.take_all(&steps);
    }

    #[test]
    fn so_it_is_where_all_happens_within_one_tick(steps in prop::collection::vec(step(), 1..40)) {
        let model = Model::new(false);
        model.take_all(&steps);
    }
}
