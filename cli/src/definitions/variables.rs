//! The variables of the environment that are no option's twin.

/// Each with what it does, where it has any value but an empty one.
pub const VARIABLES: &[(&str, &str)] = &[
    ("JOBSTAMPS_DISABLED", "always run, and leave all stamps alone"),
    ("JOBSTAMPS_KEY", "the secret that Python's stamps are tagged with"),
];
