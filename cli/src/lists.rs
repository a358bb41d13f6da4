//! Dependency lists that come from a file or from standard input.

use std::io::{self, Read as _};
use std::path::Path;

use jobstamps::Shown;
use jobstamps::disk;

/// A list that is longer than this is none, but `/dev/zero`, or somebody's video.
const MOST: u64 = 256 << 20;

/// Reads the list `source`, `-` being standard input, and gives each path in it to `take`: one a line, or with `null` each
/// ended by a NUL byte. Empty lines are passed over.
///
/// # Errors
/// One line that says what is wrong, and where.
pub fn read(source: &Path, null: bool, take: impl FnMut(&Path)) -> Result<(), String> {
    let bytes = if source == Path::new("-") {
        let mut bytes = Vec::new();
        let read = io::stdin().lock().take(MOST + 1).read_to_end(&mut bytes);
        read.map_err(|error| format!("cannot read the list of dependencies from standard input: {error}"))?;
        bytes
    } else {
        disk::read(source, MOST + 1).map_err(|error| format!("list of dependencies: {}", error.line()))?
    };
    let shown = || Shown::path(source);
    if bytes.len() as u64 > MOST {
        return Err(format!("list of dependencies `{}`: it is longer than 256 MiB", shown()));
    }
    divide(&bytes, null, take).map_err(|line| {
        format!(
            "list of dependencies `{}`: line {line} holds a NUL byte (give --null for such lists)",
            shown()
        )
    })
}

/// Divides a list into its paths, and gives each to `take`.
///
/// # Errors
/// The number of the line that can be no path; those before it were given.
pub fn divide(bytes: &[u8], null: bool, mut take: impl FnMut(&Path)) -> Result<(), usize> {
    let divider = if null { 0 } else { b'\n' };
    // Nearly none has one, which is told quickest of all of it.
    let has_nul = !null && bytes.contains(&0);
    for (index, path) in bytes.split(|byte| *byte == divider).enumerate() {
        if has_nul && path.contains(&0) {
            return Err(index + 1);
        }
        if !path.is_empty() {
            take(Path::new(disk::os_str(path).ok_or(index + 1)?));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_divided_by_lines_or_by_nul_bytes() {
        for (bytes, null, expected) in [
            (&b""[..], false, Ok(vec![])),
            (b"a\nb c\n\n-d", false, Ok(vec!["a", "b c", "-d"])),
            (b"a\0b\nc\0", true, Ok(vec!["a", "b\nc"])),
            (b"a\nb\0c\n", false, Err(2)),
        ] {
            let mut paths = Vec::new();
            let divided = divide(bytes, null, |path| paths.push(path.to_str().unwrap().to_owned()));
            assert_eq!(
                divided.map(|()| paths),
                expected.map(|paths| paths.into_iter().map(str::to_owned).collect())
            );
        }
    }
}
