//! Signals: what they do to us and to the command, and which came while it ran.
//!
//! A signal that was ignored or blocked when we started stays so (`nohup`). The handlers only count and wake: what
//! follows is decided in [`interruption`](super::interruption).

use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering};

use super::interruption::Origin;
use super::plumbing::{Blocking, pipe};

/// The signals that ask us to end.
const REQUESTS: [c_int; 4] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT];

/// What a signal does to a process: the default, nothing, or a call.
#[derive(Clone, Copy)]
pub struct Disposition(libc::sigaction);

impl Disposition {
    /// The signal is thrown away.
    #[must_use]
    pub fn ignore() -> Self {
        Self::new(libc::SIG_IGN, 0)
    }

    /// The signal does what it does to a process that never asked.
    #[must_use]
    pub fn default_action() -> Self {
        Self::new(libc::SIG_DFL, 0)
    }

    /// Whether the signal is thrown away.
    #[must_use]
    pub fn is_ignore(&self) -> bool {
        self.0.sa_sigaction == libc::SIG_IGN
    }

    fn call(handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void)) -> Self {
        // Without SA_RESTART: a write that waits for a slow reader must end, so that the signal is seen.
        Self::new(handler as *const () as libc::sighandler_t, libc::SA_SIGINFO)
    }

    fn new(action: libc::sighandler_t, flags: c_int) -> Self {
        // SAFETY: a sigaction is plain data for which all zeros is a valid value (the default action, no flags).
        let mut value: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
        value.sa_sigaction = action;
        value.sa_flags = flags;
        Self(value)
    }
}

impl std::fmt::Debug for Disposition {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(if self.is_ignore() { "ignored" } else { "not ignored" })
    }
}

/// Sets what `signal` does, and returns what it did. Can be called between `fork` and `exec`.
pub fn set_disposition(signal: c_int, disposition: Disposition) -> Disposition {
    let mut previous = Disposition::default_action();
    // SAFETY: both point to valid values; the handlers we set are safe to call at any moment. For a valid signal the
    // call cannot fail; were it to fail, `previous` is the default.
    unsafe { libc::sigaction(signal, &raw const disposition.0, &raw mut previous.0) };
    previous
}

/// Ends the process by `signal`, as a shell expects of a program that was interrupted; by exit code 128 + n if the
/// signal does not end it. Leaves no core file: the command itself may have left one.
pub fn die_of(signal: c_int) -> ! {
    let no_core = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: plain system calls on values that live through them.
    unsafe {
        libc::setrlimit(libc::RLIMIT_CORE, &raw const no_core);
        set_disposition(signal, Disposition::default_action());
        let mut set = MaybeUninit::uninit();
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), signal);
        libc::sigprocmask(libc::SIG_UNBLOCK, set.as_ptr(), ptr::null_mut());
        libc::kill(libc::getpid(), signal);
    }
    std::process::exit(128 + signal)
}

// Written by the handlers: how often each of REQUESTS came from the terminal and from a process, and the last sender.
static FROM_TERMINAL: [AtomicU32; 4] = [const { AtomicU32::new(0) }; 4];
static FROM_PROCESS: [AtomicU32; 4] = [const { AtomicU32::new(0) }; 4];
static SENDER: [AtomicI32; 4] = [const { AtomicI32::new(0) }; 4];
static WAKE: AtomicI32 = AtomicI32::new(-1);
// Whether any signal came that nobody has looked after yet: whatever became of the byte that was to wake us.
static CAME: AtomicBool = AtomicBool::new(false);

/// Our handlers, in force from [`Watch::start`] until it is dropped, and the wake-ups they cause.
pub struct Watch {
    /// What each signal did before, for every signal that now has a handler of ours or may be ignored by us no longer.
    previous: Vec<(c_int, Disposition)>,
    inherited_mask: libc::sigset_t,
    wake: Option<(OwnedFd, OwnedFd)>,
}

impl Watch {
    /// Puts a handler on every request to end that was neither ignored nor blocked, and on the end of a child.
    ///
    /// Without a free descriptor there are no wake-ups ([`Watch::wake`]), and the caller has to look by itself.
    #[must_use]
    pub fn start() -> Self {
        let wake = pipe(Blocking::Never).ok();
        WAKE.store(
            wake.as_ref().map_or(-1, |(_, writer)| writer.as_raw_fd()),
            Ordering::Relaxed,
        );

        let mut previous = Vec::with_capacity(REQUESTS.len() + 1);
        // An inherited "ignore" would let the kernel throw away the child's exit status.
        previous.push((
            libc::SIGCHLD,
            set_disposition(libc::SIGCHLD, Disposition::call(on_child)),
        ));
        let inherited_mask = unblock(libc::SIGCHLD);
        for signal in REQUESTS {
            // SAFETY: the mask is an initialised set.
            if unsafe { libc::sigismember(&raw const inherited_mask, signal) } == 1 {
                continue;
            }
            let before = set_disposition(signal, Disposition::call(on_request));
            if before.is_ignore() {
                set_disposition(signal, before);
            } else {
                previous.push((signal, before));
            }
        }
        Self {
            previous,
            inherited_mask,
            wake,
        }
    }

    /// The descriptor that becomes readable when a signal came; None if there was no descriptor to be had.
    #[must_use]
    pub fn wake(&self) -> Option<BorrowedFd<'_>> {
        self.wake.as_ref().map(|(reader, _)| reader.as_fd())
    }

    /// Returns whether a signal came since the last call of [`Watch::requests`].
    #[must_use]
    pub fn has_news() -> bool {
        CAME.load(Ordering::Relaxed)
    }

    /// Returns the requests that came since the last call.
    pub fn requests(&self) -> impl Iterator<Item = (c_int, Origin)> {
        CAME.store(false, Ordering::Relaxed);
        if let Some((reader, _)) = &self.wake {
            while rustix::io::read(reader, &mut [0_u8; 64]).is_ok_and(|count| count == 64) {}
        }
        REQUESTS.into_iter().enumerate().flat_map(|(index, signal)| {
            let from_terminal = FROM_TERMINAL[index].swap(0, Ordering::Relaxed);
            let from_process = FROM_PROCESS[index].swap(0, Ordering::Relaxed);
            let sender = SENDER[index].load(Ordering::Relaxed);
            (0..from_terminal)
                .map(move |_| (signal, Origin::of_terminal(signal, leads_session())))
                .chain((0..from_process).map(move |_| (signal, Origin::Process(sender))))
        })
    }

    /// Ends the watch: every signal does again what it did before. Returns one that came and was not asked for yet.
    pub fn stop(mut self) -> Option<c_int> {
        self.restore();
        self.requests().next().map(|(signal, _)| signal)
    }

    fn restore(&mut self) {
        for (signal, disposition) in self.previous.drain(..) {
            set_disposition(signal, disposition);
        }
        // SAFETY: the mask is the one we had.
        unsafe { libc::sigprocmask(libc::SIG_SETMASK, &raw const self.inherited_mask, ptr::null_mut()) };
        WAKE.store(-1, Ordering::Relaxed);
    }

    /// The signals that have a handler of ours, each with the disposition that the child must get.
    pub(super) fn dispositions(&self) -> impl Iterator<Item = (c_int, Disposition)> {
        self.previous.iter().copied()
    }

    /// The signal mask that the child must get.
    pub(super) fn inherited_mask(&self) -> libc::sigset_t {
        self.inherited_mask
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.restore();
    }
}

/// Unblocks one signal and returns the mask from before.
fn unblock(signal: c_int) -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    let mut before = MaybeUninit::uninit();
    // SAFETY: `set` is initialised by sigemptyset, `before` by sigprocmask, which cannot fail on valid arguments.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), signal);
        libc::sigemptyset(before.as_mut_ptr());
        libc::sigprocmask(libc::SIG_UNBLOCK, set.as_ptr(), before.as_mut_ptr());
        before.assume_init()
    }
}

extern "C" fn on_child(_signal: c_int, _info: *mut libc::siginfo_t, _context: *mut c_void) {
    wake_up();
}

extern "C" fn on_request(signal: c_int, info: *mut libc::siginfo_t, _context: *mut c_void) {
    let Some(index) = REQUESTS.iter().position(|&request| request == signal) else {
        return;
    };
    // SAFETY: with SA_SIGINFO the kernel passes valid information; a signal sent by a process names the sender.
    let (from_terminal, sender) = unsafe { (is_from_terminal(&*info), (*info).si_pid()) };
    if from_terminal {
        FROM_TERMINAL[index].fetch_add(1, Ordering::Relaxed);
    } else {
        SENDER[index].store(sender, Ordering::Relaxed);
        FROM_PROCESS[index].fetch_add(1, Ordering::Relaxed);
    }
    wake_up();
}

#[cfg(target_os = "linux")]
fn is_from_terminal(info: &libc::siginfo_t) -> bool {
    info.si_code == libc::SI_KERNEL
}

#[cfg(not(target_os = "linux"))]
fn is_from_terminal(info: &libc::siginfo_t) -> bool {
    // There is no SI_KERNEL there; the kernel is process 0.
    // SAFETY: the field is always present, and zero when no process sent the signal.
    unsafe { info.si_pid() == 0 }
}

/// Whether we are the first process on our terminal: run by it in the place of a shell.
fn leads_session() -> bool {
    rustix::process::getsid(None).is_ok_and(|session| session == rustix::process::getpid())
}

fn wake_up() {
    CAME.store(true, Ordering::Relaxed);
    let descriptor: RawFd = WAKE.load(Ordering::Relaxed);
    if descriptor >= 0 {
        // The interrupted code may be about to look at errno, and a full pipe is as good as one more byte.
        let saved = errno::get();
        // SAFETY: `write` may be called in a handler; the descriptor is open while WAKE names it.
        unsafe { libc::write(descriptor, ptr::from_ref(&0_u8).cast(), 1) };
        errno::set(saved);
    }
}

mod errno {
    use std::ffi::c_int;

    fn place() -> *mut c_int {
        // SAFETY: the C library returns the calling thread's own place, valid as long as the thread.
        #[cfg(target_os = "linux")]
        unsafe {
            libc::__errno_location()
        }
        // SAFETY: as above.
        #[cfg(not(target_os = "linux"))]
        unsafe {
            libc::__error()
        }
    }

    pub fn get() -> c_int {
        // SAFETY: see `place`.
        unsafe { *place() }
    }

    pub fn set(value: c_int) {
        // SAFETY: see `place`.
        unsafe { *place() = value }
    }
}
