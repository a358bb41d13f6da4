//! A file that a user named, to be written for him.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use super::{Call, ask};
use crate::error::{Context as _, Error};

/// Writes `bytes` to `path`, in place of what it holds. A file that is there keeps its mode and may be anything that can be
/// written to; a new one is its owner's alone.
///
/// # Errors
/// It cannot be opened or made, or not be written whole.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = ask(Call::Create, || options.open(path)).context("open", path)?;
    file.write_all(bytes).context("write", path)
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_is_written_is_all_there_is_and_a_new_file_is_its_owners_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("page");
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        write(&path, b"a long page").unwrap();
        assert_eq!((fs::read(&path).unwrap(), mode()), (b"a long page".to_vec(), 0o600));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        write(&path, b"a page").unwrap();
        assert_eq!((fs::read(&path).unwrap(), mode()), (b"a page".to_vec(), 0o644));
    }

    #[test]
    fn what_cannot_be_written_is_told_with_its_path() {
        let error = write(Path::new("/nowhere/page"), b"").unwrap_err();
        assert_eq!(
            error.line(),
            "cannot open `/nowhere/page`: No such file or directory (os error 2)"
        );
        if Path::new("/dev/full").exists() {
            let error = write(Path::new("/dev/full"), b"a page").unwrap_err();
            assert_eq!(
                error.line(),
                "cannot write `/dev/full`: No space left on device (os error 28)"
            );
        }
    }
}
