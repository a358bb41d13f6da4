//! Runs of real commands.
