//! The `jobstamp` command.
fn main() {}
