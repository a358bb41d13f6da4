//! Learns whether our terminal was read while the command ran, without reading it ourselves.

/// A watch over the terminal on standard input.
pub struct Terminal {
    #[cfg(target_os = "linux")]
    events: Option<std::os::fd::OwnedFd>,
}

#[cfg(target_os = "linux")]
impl Terminal {
    /// Begins to watch the terminal on standard input.
    #[must_use]
    pub fn watch() -> Self {
        use rustix::fs::inotify::{CreateFlags, WatchFlags, add_watch, init};

        let begin = || -> rustix::io::Result<_> {
            let events = init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
            // The file that is open there, under whatever name.
            add_watch(&events, "/proc/self/fd/0", WatchFlags::ACCESS)?;
            Ok(events)
        };
        Self { events: begin().ok() }
    }

    /// Whether anybody read the terminal since; None if that could not be watched.
    #[must_use]
    pub fn was_read(&self) -> Option<bool> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};

        let events = self.events.as_ref()?;
        let mut entry = [PollFd::new(events, PollFlags::IN)];
        poll(&mut entry, Some(&Timespec::default())).ok()?;
        Some(entry[0].revents().contains(PollFlags::IN))
    }
}

#[cfg(not(target_os = "linux"))]
impl Terminal {
    /// There is nothing to watch it with.
    #[must_use]
    pub fn watch() -> Self {
        Self {}
    }

    /// Nobody knows.
    #[must_use]
    pub fn was_read(&self) -> Option<bool> {
        None
    }
}
