//! What one call did: its output, how it ended, and how often the job truly ran meanwhile.

use std::ops::Deref;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Output;

use super::Sandbox;

/// Whether the job truly ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Did {
    /// Once.
    Run,
    /// Not at all: what it had done before was replayed.
    Replay,
}

/// What one call did. It is also the sandbox that it was done in, so that a story goes on after it.
pub struct Done<'a> {
    pub(super) sandbox: &'a Sandbox,
    /// What it was, for messages.
    pub(super) call: String,
    /// What it printed, and how it ended.
    pub output: Output,
    /// How often `tallied` ran meanwhile.
    pub runs: u64,
}

impl Done<'_> {
    /// The job ran, once.
    #[track_caller]
    pub fn ran(self) -> Self {
        self.did(Did::Run)
    }

    /// The job did not run.
    #[track_caller]
    pub fn replayed(self) -> Self {
        self.did(Did::Replay)
    }

    /// The job ran or did not.
    #[track_caller]
    pub fn did(self, expected: Did) -> Self {
        self.ran_times(u64::from(expected == Did::Run))
    }

    /// The job ran so often.
    #[track_caller]
    pub fn ran_times(self, expected: u64) -> Self {
        assert_eq!(self.runs, expected, "runs of the job in {self}");
        self
    }

    /// Standard output is exactly this.
    #[track_caller]
    pub fn prints(self, expected: impl AsRef<[u8]>) -> Self {
        let (got, expected) = (&self.output.stdout, expected.as_ref());
        assert!(
            got == expected,
            "expected on stdout:\n{}\nin {self}",
            expected.escape_ascii()
        );
        self
    }

    /// Standard error is exactly this.
    #[track_caller]
    pub fn complains(self, expected: impl AsRef<[u8]>) -> Self {
        let (got, expected) = (&self.output.stderr, expected.as_ref());
        assert!(
            got == expected,
            "expected on stderr:\n{}\nin {self}",
            expected.escape_ascii()
        );
        self
    }

    /// Standard error has this in it.
    #[track_caller]
    pub fn says(self, expected: &str) -> Self {
        let got = String::from_utf8_lossy(&self.output.stderr);
        assert!(got.contains(expected), "expected within stderr:\n{expected}\nin {self}");
        self
    }

    /// Standard error does not have this in it.
    #[track_caller]
    pub fn does_not_say(self, unexpected: &str) -> Self {
        let got = String::from_utf8_lossy(&self.output.stderr);
        assert!(
            !got.contains(unexpected),
            "not expected within stderr:\n{unexpected}\nin {self}"
        );
        self
    }

    /// The exit code is this; as a shell has it, so 128 + n after signal n.
    #[track_caller]
    pub fn returns(self, expected: i32) -> Self {
        let status = self.output.status;
        let got = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
        assert_eq!(got, Some(expected), "exit code of {self}");
        self
    }

    /// The process that was called died of this signal.
    #[track_caller]
    pub fn died_of(self, signal: i32) -> Self {
        assert_eq!(self.output.status.signal(), Some(signal), "signal that ended {self}");
        self
    }
}

impl Deref for Done<'_> {
    type Target = Sandbox;

    fn deref(&self) -> &Sandbox {
        self.sandbox
    }
}

impl std::fmt::Display for Done<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = |bytes: &[u8]| match bytes.get(..2000) {
            Some(start) => format!("{}... ({} bytes)", start.escape_ascii(), bytes.len()),
            None => bytes.escape_ascii().to_string().replace("\\n", "\n  "),
        };
        write!(
            formatter,
            "{}\n  {}, {} run(s)\nstdout:\n  {}\nstderr:\n  {}",
            self.call,
            self.output.status,
            self.runs,
            shown(&self.output.stdout),
            shown(&self.output.stderr)
        )
    }
}
