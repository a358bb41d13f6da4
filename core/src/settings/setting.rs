//! Each setting by its name.

use std::ffi::OsStr;

/// One setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is what `Settings` says of the field of its name")]
pub enum Setting {
    Directory,
    MaxSize,
    MaxAge,
    Ttl,
    Stale,
    Scope,
    Quiet,
    Strict,
    Explain,
    UseHashes,
    Paranoid,
    ToolCheck,
    Env,
    DiscardFailures,
    MaxOutput,
    RecordArguments,
    Wait,
    Count,
    Color,
    Force,
    Warm,
    Verify,
}

impl Setting {
    /// All of them, in the order in which people are shown them.
    pub const ALL: [Self; 22] = [
        Self::Directory,
        Self::MaxSize,
        Self::MaxAge,
        Self::Ttl,
        Self::Stale,
        Self::Scope,
        Self::Env,
        Self::UseHashes,
        Self::Paranoid,
        Self::ToolCheck,
        Self::DiscardFailures,
        Self::MaxOutput,
        Self::RecordArguments,
        Self::Wait,
        Self::Count,
        Self::Quiet,
        Self::Strict,
        Self::Explain,
        Self::Color,
        Self::Force,
        Self::Warm,
        Self::Verify,
    ];

    /// Returns what it is called in the file.
    #[must_use]
    pub fn key(self) -> &'static str {
        self.names().0
    }

    /// Returns the variable that sets it.
    #[must_use]
    pub fn variable(self) -> &'static str {
        self.names().1
    }

    /// Returns the setting that is called `key` in the file.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|setting| setting.key() == key)
    }

    /// Returns the setting that the variable `name` sets.
    #[must_use]
    pub fn of_variable(name: &OsStr) -> Option<Self> {
        // Most variables are none of ours: one comparison for each of them.
        name.as_encoded_bytes().strip_prefix(b"JOBSTAMPS_")?;
        Self::ALL.into_iter().find(|setting| name == setting.variable())
    }

    /// Returns whether it is said for one run, and so cannot be in the file: whoever always forced or verified would never
    /// have a replay.
    #[must_use]
    pub fn is_of_one_run(self) -> bool {
        matches!(self, Self::Force | Self::Warm | Self::Verify)
    }

    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Directory => ("directory", "JOBSTAMPS_DIRECTORY"),
            Self::MaxSize => ("max-size", "JOBSTAMPS_MAX_SIZE"),
            Self::MaxAge => ("max-age", "JOBSTAMPS_MAX_AGE"),
            Self::Ttl => ("ttl", "JOBSTAMPS_TTL"),
            Self::Stale => ("stale", "JOBSTAMPS_STALE"),
            Self::Scope => ("scope", "JOBSTAMPS_SCOPE"),
            Self::Quiet => ("quiet", "JOBSTAMPS_QUIET"),
            Self::Strict => ("strict", "JOBSTAMPS_STRICT"),
            Self::Explain => ("explain", "JOBSTAMPS_EXPLAIN"),
            Self::UseHashes => ("use-hashes", "JOBSTAMPS_USE_HASHES"),
            Self::Paranoid => ("paranoid", "JOBSTAMPS_PARANOID"),
            Self::ToolCheck => ("tool-check", "JOBSTAMPS_TOOL_CHECK"),
            Self::Env => ("env", "JOBSTAMPS_ENV"),
            Self::DiscardFailures => ("discard-failures", "JOBSTAMPS_DISCARD_FAILURES"),
            Self::MaxOutput => ("max-output", "JOBSTAMPS_MAX_OUTPUT"),
            Self::RecordArguments => ("record-arguments", "JOBSTAMPS_RECORD_ARGUMENTS"),
            Self::Wait => ("wait", "JOBSTAMPS_WAIT"),
            Self::Count => ("count", "JOBSTAMPS_COUNT"),
            Self::Color => ("color", "JOBSTAMPS_COLOR"),
            Self::Force => ("force", "JOBSTAMPS_FORCE"),
            Self::Warm => ("warm", "JOBSTAMPS_WARM"),
            Self::Verify => ("verify", "JOBSTAMPS_VERIFY"),
        }
    }

    /// Returns a value that it can have, as text.
    #[cfg(test)]
    pub(super) fn example(self) -> &'static str {
        match self {
            Self::Directory | Self::Scope => "/stamps",
            Self::MaxSize | Self::MaxOutput => "2G",
            Self::MaxAge | Self::Ttl | Self::Stale => "7d",
            Self::ToolCheck => "content",
            Self::Env => "CC",
            Self::Color => "never",
            _ => "true",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_spelled_alike_in_the_file_and_as_a_variable() {
        for setting in Setting::ALL {
            let spelled = format!("JOBSTAMPS_{}", setting.key().to_uppercase().replace('-', "_"));
            assert_eq!(setting.variable(), spelled);
            assert_eq!(Setting::of_key(setting.key()), Some(setting));
            assert_eq!(Setting::of_variable(setting.variable().as_ref()), Some(setting));
        }
    }
}
