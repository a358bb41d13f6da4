//! A world of its own for each test: a working directory, a store, an environment, and a tally of what truly ran.
//!
//! The job of most tests goes through `tallied`, which leaves a mark for each run, so that `.ran()` and `.replayed()` are
//! facts and not what the command says of itself.

use std::cell::{Cell, RefCell};
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, FileTimes};
use std::io::{PipeReader, Write as _, pipe};
use std::os::fd::AsFd;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

mod done;
mod gate;
mod running;
mod stops;
mod terminal;

pub use done::{Did, Done};
pub use gate::Gate;
pub use running::Running;
pub use stops::{Point, has_strace};
pub use terminal::Terminal;

/// How long anything may take before it is a failure; nothing is ever this slow.
pub const FOREVER: Duration = Duration::from_secs(60);

/// A world of its own.
pub struct Sandbox {
    root: PathBuf,
    clock: Cell<i64>,
    writes: Cell<u64>,
    job: RefCell<String>,
    variables: RefCell<Vec<(OsString, OsString)>>,
    last: RefCell<Vec<OsString>>,
}

impl Sandbox {
    /// Makes a world in which no file is young: for the command it is already a while later.
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("jobstamp-{}-{number}", std::process::id());
        // Without links on the way, so that `pwd` in it says what we say.
        let root = fs::canonicalize(std::env::temp_dir()).unwrap().join(name);
        let _ = fs::remove_dir_all(&root);
        for directory in ["work", "bin", "home", "tmp"] {
            fs::create_dir_all(root.join(directory)).unwrap();
        }
        // Others may have to come in and leave their mark: some tests are about other users.
        fs::write(root.join("tally"), "").unwrap();
        for (name, mode) in [("", 0o755), ("tally", 0o666)] {
            fs::set_permissions(root.join(name), fs::Permissions::from_mode(mode)).unwrap();
        }
        symlink(env!("CARGO_BIN_EXE_jobstamp"), root.join("bin/jobstamp")).unwrap();
        let tallied = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/command/sandbox/tallied");
        symlink(tallied, root.join("bin/tallied")).unwrap();
        Self {
            root,
            clock: Cell::new(100),
            writes: Cell::new(0),
            job: RefCell::new("echo out; echo err >&2".to_owned()),
            variables: RefCell::default(),
            last: RefCell::default(),
        }
    }

    /// A world in which files may be young: the clock is right.
    pub fn young() -> Self {
        let sandbox = Self::new();
        sandbox.clock.set(0);
        sandbox
    }

    /// The path of `name` in the working directory.
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.root.join("work").join(name)
    }

    /// The path of `name` beside the working directory.
    pub fn beside(&self, name: impl AsRef<Path>) -> PathBuf {
        self.root.join(name)
    }

    /// The directory that stamps are kept in.
    pub fn store(&self) -> PathBuf {
        self.root.join("store")
    }

    /// Writes a file, with a modification time that no other has, whatever the clock's grain.
    pub fn write(&self, name: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        self.writes.set(self.writes.get() + 1);
        self.set_modified(
            &path,
            SystemTime::now() - Duration::from_secs(1_000_000 - self.writes.get()),
        )
    }

    /// Moves a file's modification time `seconds` back.
    pub fn age(&self, name: impl AsRef<Path>, seconds: u64) -> &Self {
        let path = self.path(name);
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        self.set_modified(&path, modified - Duration::from_secs(seconds))
    }

    /// Sets a file's modification time.
    pub fn set_modified(&self, path: impl AsRef<Path>, time: SystemTime) -> &Self {
        let file = File::open(self.path(path)).unwrap();
        file.set_times(FileTimes::new().set_modified(time)).unwrap();
        self
    }

    /// Removes a file.
    pub fn remove(&self, name: impl AsRef<Path>) -> &Self {
        fs::remove_file(self.path(name)).unwrap();
        self
    }

    /// Makes the directory `name`.
    pub fn directory(&self, name: impl AsRef<Path>) -> &Self {
        fs::create_dir_all(self.path(name)).unwrap();
        self
    }

    /// Does something to the world with a line of shell, which must succeed.
    #[track_caller]
    pub fn arrange(&self, line: &str) -> &Self {
        let status = self.command(&["sh", "-c", line]).status().unwrap();
        assert!(status.success(), "{line}: {status}");
        self
    }

    /// Reads a file.
    pub fn read(&self, name: impl AsRef<Path>) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// Makes a program in the sandbox's `bin`, and returns its path.
    ///
    /// Another process writes it: a descriptor of ours could be inherited by what a neighbouring test starts just then,
    /// and a file that somebody has open for writing cannot be executed.
    pub fn program(&self, name: &str, text: &str) -> PathBuf {
        let path = self.root.join("bin").join(name);
        let script = r#"printf %s "$2" > "$1.new" && chmod 755 "$1.new" && mv "$1.new" "$1""#;
        let made = Command::new("sh")
            .args(["-c", script, "sh"])
            .arg(&path)
            .arg(text)
            .status();
        assert!(made.unwrap().success());
        path
    }

    /// Turns the command's clock by so many seconds; 0 lets files be young.
    pub fn clock(&self, seconds: i64) -> &Self {
        self.clock.set(seconds);
        self
    }

    /// Sets an environment variable for all that follows.
    pub fn variable(&self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> &Self {
        self.variables
            .borrow_mut()
            .push((name.as_ref().into(), value.as_ref().into()));
        self
    }

    /// Lets the command wait a twentieth of the time that users wait, in tests of what follows then.
    pub fn in_haste(&self) -> &Self {
        self.variable("JOBSTAMPS_TEST_HASTE", amount(20, 1).to_string())
    }

    /// Sets the shell text that the job of [`Sandbox::jobstamp`] runs.
    pub fn job(&self, script: &str) -> &Self {
        script.clone_into(&mut self.job.borrow_mut());
        self
    }

    /// Runs the sandbox's job through `jobstamp` with `options` before the `--`.
    #[track_caller]
    pub fn jobstamp(&self, options: &[&str]) -> Done<'_> {
        let job = self.job.borrow().clone();
        self.call([&["jobstamp"], options, &["--", "tallied", "sh", "-c", &job]].concat())
    }

    /// Runs the sandbox's job through `jobstamp verify`.
    #[track_caller]
    pub fn jobstamp_verify(&self, options: &[&str]) -> Done<'_> {
        let job = self.job.borrow().clone();
        self.call([&["jobstamp", "verify"], options, &["--", "tallied", "sh", "-c", &job]].concat())
    }

    /// Runs a line of shell, in which `jobstamp` and `tallied` are to be found.
    #[track_caller]
    pub fn shell(&self, line: &str) -> Done<'_> {
        self.call(["sh", "-c", line])
    }

    /// Runs a command with nothing on its standard input.
    #[track_caller]
    pub fn call(&self, words: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Done<'_> {
        *self.last.borrow_mut() = words.into_iter().map(|word| word.as_ref().to_owned()).collect();
        self.again()
    }

    /// Does the last call once more.
    #[track_caller]
    pub fn again(&self) -> Done<'_> {
        let words = self.last.borrow().clone();
        self.start(self.command(&words)).done()
    }

    /// The last call, to be started another way.
    pub fn last_call(&self) -> Command {
        self.command(&self.last.borrow())
    }

    /// Starts a line of shell and does not wait for it.
    pub fn begin(&self, line: &str) -> Running<'_> {
        self.start(self.command(&["sh", "-c", line]))
    }

    /// Starts `command`, whose output is gathered.
    pub fn start(&self, mut command: Command) -> Running<'_> {
        command.stdout(Stdio::piped());
        self.start_with_its_own_output(command)
    }

    /// Starts `command`, of whose output only standard error is gathered.
    pub fn start_with_its_own_output(&self, mut command: Command) -> Running<'_> {
        command.stderr(Stdio::piped());
        Running::new(self, command)
    }

    /// Starts `command`, of whose output nothing is gathered.
    pub fn start_alone(&self, command: Command) -> Running<'_> {
        Running::new(self, command)
    }

    /// A command with the sandbox's directory and environment, and nothing on its standard input.
    pub fn command(&self, words: &[impl AsRef<OsStr>]) -> Command {
        let mut command = Command::new(words[0].as_ref());
        command
            .args(&words[1..])
            .current_dir(self.path(""))
            .stdin(Stdio::null())
            .env_clear();
        for (name, value) in self.environment() {
            command.env(name, value);
        }
        // SAFETY: plain system calls, which may be made between fork and exec.
        unsafe { command.pre_exec(as_if_alone) };
        command
    }

    fn environment(&self) -> Vec<(OsString, OsString)> {
        let mut path = self.root.join("bin").into_os_string();
        path.push(":/usr/local/bin:/usr/bin:/bin");
        let mut all: Vec<(OsString, OsString)> = vec![
            ("PATH".into(), path),
            ("HOME".into(), self.root.join("home").into()),
            ("TMPDIR".into(), self.root.join("tmp").into()),
            ("TALLY".into(), self.tally().into()),
            ("JOBSTAMPS_DIRECTORY".into(), self.store().into()),
        ];
        if self.clock.get() != 0 {
            all.push(("JOBSTAMPS_TEST_CLOCK".into(), self.clock.get().to_string().into()));
        }
        all.extend(self.variables.borrow().iter().cloned());
        all
    }

    /// Makes a rendezvous with a job: a fifo in the working directory.
    pub fn gate(&self, name: &str) -> Gate {
        Gate::new(self.path(name))
    }

    /// How often `tallied` has run.
    pub fn runs(&self) -> u64 {
        fs::metadata(self.tally()).map_or(0, |tally| tally.len() / 2)
    }

    /// The stamp files in the store.
    pub fn stamps(&self) -> Vec<PathBuf> {
        let is_stamp = |path: &PathBuf| path.file_name().is_some_and(|name| name.len() == 62);
        self.files_of_the_store().into_iter().filter(is_stamp).collect()
    }

    /// All files in the shards of the store.
    pub fn files_of_the_store(&self) -> Vec<PathBuf> {
        let list = |path: &Path| match fs::read_dir(path) {
            Ok(entries) => entries.map(|entry| entry.unwrap().path()).collect(),
            Err(_) => Vec::new(),
        };
        let shards = list(&self.store().join("jobstamps-v1"));
        let mut files: Vec<PathBuf> = shards.iter().flat_map(|shard| list(shard)).collect();
        files.sort();
        files
    }

    fn tally(&self) -> PathBuf {
        self.root.join("tally")
    }
}

/// Returns when nobody holds the other end of a pipe or socket any more. A command that another test is just starting holds,
/// from fork to exec, what was open here.
#[track_caller]
pub fn await_end(reader: impl AsFd) {
    let mut entry = [PollFd::new(&reader, PollFlags::empty())];
    let longest = Timespec::try_from(FOREVER).unwrap();
    assert_eq!(poll(&mut entry, Some(&longest)), Ok(1), "the other end stays open");
}

/// A pipe that holds `bytes`, few enough for it, and then ends.
#[track_caller]
pub fn pipe_holding(bytes: &[u8]) -> PipeReader {
    let (reader, mut writer) = pipe().unwrap();
    writer.write_all(bytes).unwrap();
    drop(writer);
    await_end(&reader);
    reader
}

/// Keeps from a command what is none of its business: signals that are ignored because the tests were started under nohup(1) or
/// in the background of a script, and descriptors that another test has open just now.
#[allow(clippy::unnecessary_wraps, reason = "what `pre_exec` wants")]
fn as_if_alone() -> std::io::Result<()> {
    // SAFETY: a plain system call, about descriptors that are used no more; an older kernel refuses it, and nothing is lost.
    unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC) };
    for signal in 1..=libc::SIGRTMAX() {
        // SAFETY: a plain system call; for signals that always do what they do it fails, and nothing is lost.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
    Ok(())
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

/// Returns how much of something endless to do: a little, or in a soak (`make soak`) plenty.
pub fn amount(short: usize, long: usize) -> usize {
    if is_soak() { long } else { short }
}

/// Whether what is endless may take long.
pub fn is_soak() -> bool {
    std::env::var_os("JOBSTAMPS_SOAK").is_some()
}

/// Returns whether the tests may do what only root may; if not, says visibly what is left out.
pub fn is_root(what: &str) -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        skip(what, "not root");
    }
    is_root
}

/// Says visibly that something is not tested here.
pub fn skip(what: &str, why: &str) {
    use std::io::Write as _;
    // Past the harness, which would swallow it.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {what}: {why}");
}
