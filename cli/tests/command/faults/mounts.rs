//! File systems for a test, unmounted after it.

use std::fs;
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::sandbox::{Sandbox, is_root, skip};

/// What reaches the disk before the power goes.
#[derive(Clone, Copy, Debug)]
pub enum Flushed {
    /// The journal: names and sizes, and what they depend on.
    Journal,
    /// Nothing.
    Nothing,
}

/// A mounted file system.
pub struct Mount {
    path: PathBuf,
}

impl Mount {
    /// Mounts a `tmpfs` in the place of the sandbox's store; `None`, visibly, where the tests may not do that.
    pub fn memory(sandbox: &Sandbox, options: &str, what: &str) -> Option<Self> {
        let options = format!("mode=700,{options}");
        Self::over(sandbox.store(), &["-t", "tmpfs", "-o", &options, "none"], what)
    }

    /// Makes a file system of the type `kind` in a file of so many MiB, and mounts it in the place of the sandbox's store.
    pub fn image(sandbox: &Sandbox, kind: &str, size: u64, what: &str) -> Option<Self> {
        let file = sandbox.beside("image");
        fs::File::create(&file).unwrap().set_len(size << 20).unwrap();
        let program = format!("mkfs.{kind}");
        let made = Command::new(&program).arg("-q").arg(&file).output();
        if !made.is_ok_and(|output| output.status.success()) {
            skip(what, &format!("no {program}"));
            return None;
        }
        let mount = Self::over(sandbox.store(), &["-o", "loop", file.to_str().unwrap()], what);
        // Another user's stamps are not to be hidden in it.
        mount.inspect(Self::allow)
    }

    fn over(path: PathBuf, words: &[&str], what: &str) -> Option<Self> {
        if !is_root(what) {
            return None;
        }
        fs::create_dir_all(&path).unwrap();
        let mounted = Command::new("mount").args(words).arg(&path).output().unwrap();
        if !mounted.status.success() {
            skip(what, String::from_utf8_lossy(&mounted.stderr).trim());
            return None;
        }
        Some(Self { path })
    }

    fn allow(&self) {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&self.path, fs::Permissions::from_mode(0o700)).unwrap();
    }

    /// Changes the mount's options.
    pub fn change(&self, options: &str) {
        let words = ["-o", &format!("remount,{options}")];
        let changed = Command::new("mount").args(words).arg(&self.path).status();
        assert!(changed.unwrap().success(), "{options}");
    }

    /// Takes its power away: what has not reached the disk never will. With `flushed`, the journal reaches it.
    pub fn cut(&self, flushed: Flushed) -> bool {
        // FS_IOC_SHUTDOWN, which ext4 and xfs share.
        const SHUTDOWN: libc::Ioctl = 0x8004_587d;
        let flags: u32 = match flushed {
            Flushed::Journal => 1,
            Flushed::Nothing => 2,
        };
        let directory = fs::File::open(&self.path).unwrap();
        // SAFETY: the call reads one number.
        unsafe { libc::ioctl(directory.as_raw_fd(), SHUTDOWN, &raw const flags) == 0 }
    }

    /// Mounts the file system of an image again, as after a cut.
    pub fn again(mut self, sandbox: &Sandbox) -> Self {
        let unmounted = Command::new("umount").arg(&self.path).status();
        assert!(unmounted.unwrap().success());
        let path = std::mem::take(&mut self.path);
        let image = sandbox.beside("image");
        Self::over(path, &["-o", "loop", image.to_str().unwrap()], "power cuts").unwrap()
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        if self.path.as_os_str().is_empty() {
            return;
        }
        let _ = Command::new("umount").arg("-l").arg(&self.path).status();
    }
}
