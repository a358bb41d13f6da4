//! What the process finds itself in: environment variables, directory, user, clock. Looked at once, here only.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jobstamps::disk::Time;
use jobstamps::settings::{self, Problem, Read, Settings};

use crate::paint::Wish;
use crate::variables::{filled, own, value};

/// What the process finds itself in.
#[derive(Debug)]
pub struct Surroundings {
    /// `JOBSTAMPS_DISABLED`: the store is not touched at all.
    pub disabled: bool,
    /// `JOBSTAMPS_DEBUG`: say what was done and why.
    pub debug: bool,
    /// `JOBSTAMPS_ALWAYS_USE_HASHES`: contents decide, whatever was asked for.
    pub always_hashes: bool,
    /// The working directory; `None` if it is gone or cannot be read.
    pub directory: Option<PathBuf>,
    /// Where programs are searched.
    pub search: OsString,
    /// What is set in variables, and below that in the configuration file.
    pub settings: Settings,
    /// What is set there and cannot be.
    pub problems: Vec<Problem>,
    /// Who says where stamps are kept, if no option does.
    kept_by: Origin,
}

/// What is set, place by place.
#[derive(Debug, Default)]
pub struct Layers {
    /// In variables.
    pub variables: Settings,
    /// What cannot be understood of these.
    pub misspelled: Vec<Problem>,
    /// Where the configuration file is, or would be.
    pub path: Option<PathBuf>,
    /// What it sets.
    pub file: Read,
}

/// Who says where stamps are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `--stamp-directory`.
    Option,
    /// `JOBSTAMPS_DIRECTORY`.
    Variable,
    /// The configuration file.
    File,
    /// Nobody.
    Default,
}

/// Where the secret is that Python's values are signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secret {
    /// `JOBSTAMPS_KEY` holds it.
    Variable(OsString),
    /// In this file, or it will be.
    File(PathBuf),
    /// There is no home to keep it in.
    Nowhere,
}

impl Surroundings {
    /// Looks around.
    pub fn look() -> Self {
        let own = own();
        let is_set = |name| own.iter().any(|(own, value)| own == name && !value.is_empty());
        let Layers {
            variables,
            misspelled,
            file,
            ..
        } = Layers::of(&own);
        let kept_by = match (&variables.directory, &file.settings.directory) {
            (Some(_), _) => Origin::Variable,
            (None, Some(_)) => Origin::File,
            (None, None) => Origin::Default,
        };
        let mut problems = misspelled;
        problems.extend(file.problems);
        Self {
            disabled: is_set("JOBSTAMPS_DISABLED"),
            debug: is_set("JOBSTAMPS_DEBUG"),
            always_hashes: is_set("JOBSTAMPS_ALWAYS_USE_HASHES"),
            directory: env::current_dir().ok(),
            // Without PATH, where execvp(3) of the C libraries looks.
            search: value("PATH").unwrap_or_else(|| "/usr/local/bin:/bin:/usr/bin".into()),
            settings: variables.over(file.settings),
            problems,
            kept_by,
        }
    }

    /// Returns `path` as everybody can find it, whatever their directory.
    pub fn absolute(&self, path: &Path) -> PathBuf {
        self.directory
            .as_deref()
            .map_or_else(|| path.to_path_buf(), |directory| directory.join(path))
    }

    /// Returns the directory for stamps: the one that was `named`, else `JOBSTAMPS_DIRECTORY`, else that of the configuration
    /// file, else one of the user's own in the temporary-files directory.
    pub fn stamp_directory(&self, named: Option<&Path>) -> PathBuf {
        self.stamp_place(named).0
    }

    /// As [`Surroundings::stamp_directory`], and tells who says so.
    pub fn stamp_place(&self, named: Option<&Path>) -> (PathBuf, Origin) {
        if let Some(named) = named {
            return (self.absolute(named), Origin::Option);
        }
        if let Some(set) = &self.settings.directory {
            return (self.absolute(set), self.kept_by);
        }
        // As Python's tempfile has it, so that both faces share one store.
        let temporary = ["TMPDIR", "TEMP", "TMP"].into_iter().find_map(filled);
        let temporary = temporary.map_or_else(default_temporary, |value| self.absolute(Path::new(&value)));
        (temporary.join(format!("jobstamps-{}", user())), Origin::Default)
    }

    /// Returns whether what people read is to be coloured.
    pub fn wish(&self) -> Wish {
        self.settings.color.unwrap_or_default()
    }

    /// Returns where the secret is that Python's values are signed with.
    pub fn secret() -> Secret {
        if let Some(key) = filled("JOBSTAMPS_KEY") {
            return Secret::Variable(key);
        }
        let absolute = |path: &PathBuf| path.is_absolute();
        let home = || {
            filled("HOME")
                .map(PathBuf::from)
                .or_else(env::home_dir)
                .filter(absolute)
        };
        // A relative one is passed over, as the XDG Base Directory Specification has it.
        let configuration = filled("XDG_CONFIG_HOME").map(PathBuf::from).filter(absolute);
        match configuration.or_else(|| Some(home()?.join(".config"))) {
            Some(configuration) => Secret::File(configuration.join("jobstamps").join("key")),
            None => Secret::Nowhere,
        }
    }

    /// Returns the variables that are, or look as if they were, ours, with their values, in order.
    pub fn own_variables() -> Vec<(OsString, OsString)> {
        let mut all = own();
        all.sort_unstable();
        all
    }
}

impl Layers {
    /// Looks at all places.
    pub fn look() -> Self {
        Self::of(&own())
    }

    fn of(own: &[(OsString, OsString)]) -> Self {
        let pairs = own.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()));
        let (variables, misspelled) = Settings::of_variables(pairs);
        let home = filled("HOME");
        let path = settings::place(filled("XDG_CONFIG_HOME").as_deref(), home.as_deref());
        let file = path.as_deref().map(|path| settings::read(path, home.as_deref()));
        Self {
            variables,
            misspelled,
            path,
            file: file.unwrap_or_default(),
        }
    }
}

/// The system's own directory for temporary files. (The library takes an empty `TMPDIR` for the name of one.)
fn default_temporary() -> PathBuf {
    Some(env::temp_dir())
        .filter(|path| !path.as_os_str().is_empty())
        .unwrap_or_else(|| "/tmp".into())
}

#[cfg(unix)]
fn user() -> String {
    rustix::process::geteuid().as_raw().to_string()
}

#[cfg(not(unix))]
fn user() -> String {
    env::var("USERNAME").unwrap_or_default()
}

/// Returns how long to wait where users wait for `duration`. In a debug build the tests may be so many times in haste.
pub fn hastened(duration: Duration) -> Duration {
    #[cfg(debug_assertions)]
    if let Some(times) = env::var("JOBSTAMPS_TEST_HASTE")
        .ok()
        .and_then(|text| text.parse::<u32>().ok())
    {
        return duration / times.max(1);
    }
    duration
}

/// Tells the time. In a debug build the tests may turn the clock by whole seconds.
pub fn now() -> Time {
    let now = clock();
    #[cfg(debug_assertions)]
    if let Some(turned) = env::var("JOBSTAMPS_TEST_CLOCK")
        .ok()
        .and_then(|text| text.parse::<i64>().ok())
    {
        return Time {
            seconds: now.seconds.saturating_add(turned),
            ..now
        };
    }
    now
}

/// Asks the kernel itself. The library's way is quicker when it is gone twice; the first time it has two pages mapped, which
/// takes ten times as long as a system call.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
fn clock() -> Time {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the kernel writes the time there, and nothing else.
    let answer = unsafe { libc::syscall(libc::SYS_clock_gettime, libc::CLOCK_REALTIME, &raw mut time) };
    match u32::try_from(time.tv_nsec) {
        Ok(nanoseconds) if answer == 0 => Time {
            seconds: time.tv_sec,
            nanoseconds,
        },
        _ => Time::from(std::time::SystemTime::now()),
    }
}

#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
fn clock() -> Time {
    Time::from(std::time::SystemTime::now())
}
