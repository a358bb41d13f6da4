//! The variables of the environment that are no option's twin. What is empty is as if it were not set.

/// Each with what it does.
pub const VARIABLES: &[(&str, &str)] = &[
    ("JOBSTAMPS_DISABLED", "always run, and leave all stamps alone"),
    ("JOBSTAMPS_DEBUG", "as --explain"),
    ("JOBSTAMPS_ALWAYS_USE_HASHES", "as --use-hashes"),
    ("JOBSTAMPS_WAIT", "0: as --no-wait"),
    ("JOBSTAMPS_RECORD_ARGUMENTS", "0: as --no-record-arguments"),
    ("JOBSTAMPS_COUNT", "0: hits and misses are not counted"),
    (
        "JOBSTAMPS_MAX_SIZE",
        "how much the store may hold (if nothing is said, 5G)",
    ),
    (
        "JOBSTAMPS_MAX_AGE",
        "how long what is not used may stay in it (if nothing is said, 60d)",
    ),
    ("JOBSTAMPS_COLOR", "auto, always or never"),
    ("JOBSTAMPS_KEY", "the secret that Python's stamps are tagged with"),
];
