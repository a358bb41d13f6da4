//! `jobstamp path`: where the store is, or the stamps of one job.

use std::io::{self, Write as _};
use std::path::PathBuf;

use jobstamps::Shown;

use super::{DONE, Desk, chosen};
use crate::arguments::Told;
use crate::execute::Inherited;
use crate::json::Object;
use crate::options::Options;
use crate::progress;

/// Prints where the store is, or would be; returns the exit code.
#[cold]
#[inline(never)]
pub fn path(told: &Told, inherited: &Inherited) -> u8 {
    let desk = Desk::open(told);
    let path = match &told.job {
        None => desk.cache.root(),
        Some(options) => match stamps(&desk, options, inherited) {
            Ok(path) => path,
            Err(code) => return code,
        },
    };
    let line = if told.has("--json") {
        format!("{}\n", Object::new().text("path", Shown::path(&path))).into_bytes()
    } else {
        // As it is, for programs that go there.
        [path.as_os_str().as_encoded_bytes(), b"\n"].concat()
    };
    progress::erase();
    // Whoever stopped reading knows enough.
    let _ = io::stdout().write_all(&line);
    DONE
}

/// Returns where the stamps of a command are, or would be.
fn stamps(desk: &Desk, options: &Options, inherited: &Inherited) -> Result<PathBuf, u8> {
    let job = chosen::by_command(desk, options, inherited)?;
    let known = chosen::remembered(desk, &job)?;
    let key = known.first().copied().unwrap_or_else(|| job.key());
    Ok(desk.cache.stamp_path_of(&key))
}
