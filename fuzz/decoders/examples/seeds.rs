//! Writes what the fuzzer begins with: stamps of true runs. `cargo run -p decoders --example seeds -- DIRECTORY`
#![allow(clippy::disallowed_methods, reason = "writes files")]

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let directory = PathBuf::from(env::args_os().nth(1).ok_or(io::ErrorKind::InvalidInput)?);
    for (number, (file, divided)) in decoders::seeds().into_iter().enumerate() {
        for (target, bytes) in [
            ("stamp_file", &file),
            ("sealed_stamp", &divided),
            ("planted_stamp", &divided),
        ] {
            fs::create_dir_all(directory.join(target))?;
            fs::write(directory.join(target).join(format!("seed-{number}")), bytes)?;
        }
    }
    Ok(())
}
