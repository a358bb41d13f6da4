//! A directory of its own, a clock that tests turn, and a job that keeps a tally of its true runs.

use std::cell::{Cell, RefCell};
use std::fs::{self, File, FileTimes};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jobstamps::disk::{self, Time};
use jobstamps::job::Declared;
use jobstamps::{Cache, Job, Lookup, Method, Reason, Warning};

#[cfg(unix)]
pub use super::elsewhere::unprivileged;
pub use super::elsewhere::{command, elsewhere, is_elsewhere};

/// What is to happen, and at which reading of the clock.
type Happening = (u32, Box<dyn FnOnce()>);

thread_local! {
    static AHEAD: Cell<i64> = const { Cell::new(0) };
    static STOPPED: Cell<Option<SystemTime>> = const { Cell::new(None) };
    static AT_CALL: RefCell<Option<Happening>> = const { RefCell::new(None) };
}

/// Does `what` when the clock is read for the `number`th time from now: in the middle of what the code is doing.
pub fn when_the_clock_is_read(number: u32, what: impl FnOnce() + 'static) {
    AT_CALL.replace(Some((number, Box::new(what))));
}

/// Tells the time of this test's world.
pub fn clock() -> Time {
    match AT_CALL.take() {
        Some((1, what)) => what(),
        Some((number, what)) => drop(AT_CALL.replace(Some((number - 1, what)))),
        None => {}
    }
    let mut now = Time::from(STOPPED.get().unwrap_or_else(SystemTime::now));
    now.seconds = now.seconds.saturating_add(AHEAD.get());
    now
}

/// Returns how much of something endless to do: a little, or in a soak (`make soak`) plenty.
pub fn amount(short: u32, long: u32) -> u32 {
    if std::env::var_os("JOBSTAMPS_SOAK").is_some() {
        long
    } else {
        short
    }
}

/// The files that one test meets.
pub struct World {
    directory: PathBuf,
    /// Removes the directory in the end, unless another process sees to that.
    _owned: Option<tempfile::TempDir>,
    tally: Cell<u8>,
}

/// What became of a job.
#[derive(Debug)]
pub struct Did {
    /// Why it ran; nothing if it was replayed.
    pub reason: Option<Reason>,
    pub stored: bool,
    pub warnings: Vec<Warning>,
    /// Which of the job's runs left this value.
    pub value: Vec<u8>,
}

impl Did {
    #[track_caller]
    pub fn ran(self) -> Self {
        assert!(self.reason.is_some(), "it was replayed");
        self
    }

    #[track_caller]
    pub fn replayed(self) -> Self {
        assert_eq!(self.reason, None, "it ran");
        self
    }

    #[track_caller]
    pub fn stored(self) -> Self {
        assert!(self.stored, "it was not stored: {:?}", self.words());
        self
    }

    #[track_caller]
    pub fn not_stored(self) -> Self {
        assert!(!self.stored, "it was stored");
        self
    }

    /// Returns the reason in words.
    #[track_caller]
    pub fn why(&self) -> String {
        self.reason.as_ref().expect("it was replayed").to_string()
    }

    /// Returns the warnings in words.
    pub fn words(&self) -> Vec<String> {
        self.warnings.iter().map(ToString::to_string).collect()
    }
}

impl World {
    /// Makes a world whose clock is ten seconds ahead of its files: nothing in it is young unless it is made so.
    pub fn new() -> Self {
        let world = Self::young();
        world.turn_clock(10);
        world
    }

    /// As [`World::new`], in memory where there is such a place: for tests that need many.
    pub fn in_memory() -> Self {
        AHEAD.set(10);
        let memory = Path::new("/dev/shm");
        let elsewhere = std::env::temp_dir();
        Self::below(if memory.is_dir() { memory } else { &elsewhere })
    }

    /// Enters the world that another process made in `directory`.
    pub fn within(directory: &Path) -> Self {
        AHEAD.set(10);
        Self {
            directory: directory.to_path_buf(),
            _owned: None,
            tally: Cell::new(0),
        }
    }

    /// Returns where all of it lies.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Makes a world in which all is young: the clock tells the true time.
    pub fn young() -> Self {
        AHEAD.set(0);
        Self::below(&std::env::temp_dir())
    }

    fn below(directory: &Path) -> Self {
        STOPPED.set(None);
        let owned = tempfile::Builder::new().prefix("world-").tempdir_in(directory).unwrap();
        fs::create_dir(owned.path().join("w")).unwrap();
        Self {
            directory: owned.path().to_path_buf(),
            _owned: Some(owned),
            tally: Cell::new(0),
        }
    }

    /// Sets the clock ahead of the true time.
    #[allow(clippy::unused_self)] // Each test has a thread, and so a clock, of its own.
    pub fn turn_clock(&self, seconds: i64) {
        AHEAD.set(seconds);
    }

    /// Stops the clock, so that what has but some milliseconds is done however long it takes.
    #[allow(clippy::unused_self)] // As above.
    pub fn stop_clock(&self) {
        STOPPED.set(Some(SystemTime::now()));
    }

    /// Returns the path of `name`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.join("w").join(name)
    }

    /// Returns `text` with this world's paths as short as tests spell them.
    pub fn short(&self, text: &str) -> String {
        text.replace(self.path("").to_str().unwrap(), "")
    }

    /// Returns the directory in which the store is made.
    pub fn stamps(&self) -> PathBuf {
        self.directory.join("stamps")
    }

    /// Returns the root of the store.
    pub fn root(&self) -> PathBuf {
        self.stamps().join("jobstamps-v1")
    }

    /// Writes a file, and the directories above it.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// Makes a directory.
    pub fn make(&self, name: &str) -> &Self {
        fs::create_dir(self.path(name)).unwrap();
        self
    }

    pub fn remove(&self, name: &str) -> &Self {
        let path = self.path(name);
        if path.symlink_metadata().unwrap().is_dir() {
            fs::remove_dir_all(path)
        } else {
            fs::remove_file(path)
        }
        .unwrap();
        self
    }

    pub fn rename(&self, from: &str, to: &str) -> &Self {
        fs::rename(self.path(from), self.path(to)).unwrap();
        self
    }

    #[cfg(unix)]
    pub fn link(&self, name: &str, text: &str) -> &Self {
        let path = self.path(name);
        let _ = fs::remove_file(&path);
        std::os::unix::fs::symlink(text, path).unwrap();
        self
    }

    #[cfg(unix)]
    pub fn mode(&self, name: &str, mode: u32) -> &Self {
        chmod(&self.path(name), mode);
        self
    }

    /// Sets when a file was last modified, `seconds` before now.
    pub fn age(&self, name: &str, seconds: u64) -> &Self {
        self.modified(name, SystemTime::now() - Duration::from_secs(seconds))
    }

    pub fn modified(&self, name: &str, time: SystemTime) -> &Self {
        set_modified(&self.path(name), time);
        self
    }

    /// Writes `content` over a file and gives it back its modification time.
    pub fn forge(&self, name: &str, content: &str) -> &Self {
        let before = self.path(name).metadata().unwrap().modified().unwrap();
        self.next_tick();
        self.write(name, content).modified(name, before)
    }

    /// Waits, by looking, until the file system's clock has moved: what is changed now has another change time.
    pub fn next_tick(&self) -> &Self {
        let probe = self.directory.join("probe");
        let changed = || {
            fs::write(&probe, "").unwrap();
            disk::look(&probe).unwrap().unwrap().changed
        };
        let before = changed();
        while changed() == before {}
        self
    }

    pub fn cache(&self) -> Cache {
        Cache::open(&self.stamps(), clock, None)
    }

    /// Returns a job with these dependencies, in this world's own spelling.
    pub fn job(&self, dependencies: &[&str]) -> Job {
        let mut job = Job::call("tests:job", "");
        job.dependencies = dependencies
            .iter()
            .map(|given| Declared::pattern(*given, &self.path("")))
            .collect();
        job
    }

    /// As [`World::job`], with outputs.
    pub fn making(&self, dependencies: &[&str], outputs: &[&str]) -> Job {
        let mut job = self.job(dependencies);
        job.outputs = outputs
            .iter()
            .map(|given| Declared::new(*given, &self.path("")))
            .collect();
        job
    }

    /// Runs or replays `job`.
    pub fn run(&self, job: &Job) -> Did {
        self.run_while(job, || {})
    }

    /// Runs or replays `job`; if it runs, `meanwhile` happens.
    pub fn run_while<R>(&self, job: &Job, meanwhile: impl FnOnce() -> R) -> Did {
        match self.cache().lookup(job, Some(&mut |_| panic!("nobody else runs here"))) {
            Lookup::Fresh(mut hit) => {
                let value = hit.replay.read_value().unwrap();
                hit.settle();
                Did {
                    reason: None,
                    stored: false,
                    warnings: Vec::new(),
                    value,
                }
            }
            Lookup::ReadsInput => panic!("a call reads no input"),
            Lookup::Stale(stale) => {
                self.tally.set(self.tally.get() + 1);
                meanwhile();
                let value = vec![self.tally.get()];
                let saved = stale.recording.save_value(value.clone());
                let warnings = [stale.warnings, saved.warnings].concat();
                Did {
                    reason: Some(stale.reason),
                    stored: saved.stored,
                    warnings,
                    value,
                }
            }
        }
    }

    /// Returns all reasons for which `job` would run, in words.
    pub fn reasons(&self, job: &Job) -> Vec<String> {
        self.cache()
            .reasons(job)
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    /// Returns all files of the store but the courtesies, with their paths below its root.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for shard in fs::read_dir(self.root())
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().path())
        {
            for file in fs::read_dir(&shard)
                .into_iter()
                .flatten()
                .map(|entry| entry.unwrap().path())
            {
                if file.file_name().unwrap() != ".lock" {
                    files.push(file);
                }
            }
        }
        files.sort();
        files
    }

    /// Returns the one stamp file in the store.
    pub fn stamp(&self) -> PathBuf {
        let named = |path: &&PathBuf| path.file_name().unwrap().len() == 62;
        let files = self.files();
        let stamps: Vec<_> = files.iter().filter(named).collect();
        assert_eq!(stamps.len(), 1, "{files:?}");
        stamps[0].clone()
    }
}

#[cfg(unix)]
pub fn chmod(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

pub fn set_modified(path: &Path, time: SystemTime) {
    File::open(path)
        .unwrap()
        .set_times(FileTimes::new().set_modified(time))
        .unwrap();
}

/// What a test does to its world.
pub type Change<'a> = &'a dyn Fn(&World) -> &World;

/// The methods that people choose from.
pub const METHODS: [Method; 3] = [Method::Mtime, Method::Hash, Method::Paranoid];
