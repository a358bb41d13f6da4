//! A terminal of its own, for what only happens on one.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use super::{FOREVER, Sandbox};

/// A command in a session of its own, on a terminal of its own, whose other end we hold.
pub struct Terminal {
    ours: OwnedFd,
    child: Child,
    seen: Vec<u8>,
}

impl Sandbox {
    /// Starts a line of shell on a terminal.
    pub fn on_terminal(&self, line: &str) -> Terminal {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let name = ptsname(&ours, Vec::new()).unwrap().into_string().unwrap();
        let open = || -> File { OpenOptions::new().read(true).write(true).open(&name).unwrap() };
        let mut command: Command = self.command(&["sh", "-c", line]);
        command.stdin(open()).stdout(open()).stderr(open());
        // SAFETY: plain system calls, which may be made between fork and exec.
        unsafe {
            command.pre_exec(|| {
                libc::setsid();
                libc::ioctl(0, libc::TIOCSCTTY, 0);
                Ok(())
            });
        }
        let child = command.spawn().unwrap();
        Terminal {
            ours,
            child,
            seen: Vec::new(),
        }
    }
}

impl Terminal {
    /// Types some text.
    pub fn types(&mut self, text: &str) -> &mut Self {
        let mut keyboard = File::from(self.ours.try_clone().unwrap());
        keyboard.write_all(text.as_bytes()).unwrap();
        self
    }

    /// Makes the window so many columns wide.
    pub fn resizes(&mut self, columns: u16) -> &mut Self {
        let size = Winsize {
            ws_row: 24,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&self.ours, size).unwrap();
        self
    }

    /// Hangs up, as a closed window or a broken line does; returns how it ended.
    #[track_caller]
    pub fn hangs_up(mut self) -> ExitStatus {
        drop(self.ours);
        let child = pidfd_open(Pid::from_child(&self.child), PidfdFlags::empty()).unwrap();
        let timeout = Timespec::try_from(FOREVER).unwrap();
        let mut entry = [PollFd::new(&child, PollFlags::IN)];
        if poll(&mut entry, Some(&timeout)).unwrap() == 0 {
            let _ = self.child.kill();
            panic!("it goes on without its terminal");
        }
        self.child.wait().unwrap()
    }

    /// Waits until this has appeared on the screen.
    #[track_caller]
    pub fn shows(&mut self, text: &str) -> &mut Self {
        while !String::from_utf8_lossy(&self.seen).contains(text) {
            assert!(self.read(), "{text} never appeared in {}", self.seen.escape_ascii());
        }
        self
    }

    /// Waits for the end; returns how it ended and all that was on the screen.
    pub fn done(mut self) -> (ExitStatus, String) {
        while self.read() {}
        let status = self.child.wait().unwrap();
        (status, String::from_utf8_lossy(&self.seen).into_owned())
    }

    /// Reads once; false at the end.
    fn read(&mut self) -> bool {
        let timeout = Timespec::try_from(FOREVER).unwrap();
        let mut entry = [PollFd::from_borrowed_fd(self.ours.as_fd(), PollFlags::IN)];
        if poll(&mut entry, Some(&timeout)).unwrap() == 0 {
            let _ = self.child.kill();
            panic!(
                "nothing more came on terminal {}: {}",
                self.ours.as_raw_fd(),
                self.seen.escape_ascii()
            );
        }
        let mut buffer = [0; 4096];
        let mut screen = File::from(self.ours.try_clone().unwrap());
        // An error is how a terminal says that its last user has gone.
        let count = screen.read(&mut buffer).unwrap_or(0);
        self.seen.extend_from_slice(&buffer[..count]);
        count > 0
    }
}
