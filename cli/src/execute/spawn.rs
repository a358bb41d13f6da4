//! Starts the child: the one place where a process begins.
//!
//! On Linux the child runs in our memory until it executes its program (as `posix_spawn` does it), because copying page
//! tables costs more than everything else here, and so that it can tell us an error by simply writing it down.
//! Elsewhere it is a plain `fork`, and the error comes through a pipe.

use std::ffi::{CStr, CString, OsString, c_char, c_int};
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;

use jobstamps::settings::Setting;
use rustix::io::Errno;
use rustix::process::{Pid, WaitOptions, WaitStatus, waitpid};

use super::signals::{Disposition, set_disposition};

/// What the child is to be.
pub struct Plan<'a> {
    /// The file to execute: no search on PATH.
    pub program: &'a Path,
    /// Its arguments, beginning with its own name.
    pub arguments: &'a [OsString],
    /// What becomes its descriptors 0, 1 and 2; None leaves ours, which is closed if it was closed when we started.
    pub descriptors: [Option<BorrowedFd<'a>>; 3],
    /// The signals whose disposition we changed, with the one the child gets.
    pub dispositions: Vec<(c_int, Disposition)>,
    /// The signal mask the child gets.
    pub mask: libc::sigset_t,
}

/// Why there is no child.
#[derive(Clone, Copy, Debug)]
pub enum Failure {
    /// The system made no new process.
    Fork(Errno),
    /// The program could not be executed.
    Exec(Errno),
}

/// Starts a child.
///
/// A file without `#!` that the system does not recognise is given to `/bin/sh`, as `execvp` does it.
///
/// # Errors
///
/// When there is no child, or it could not execute its program; nothing of it is left then.
pub fn spawn(plan: &Plan<'_>) -> Result<Pid, Failure> {
    let program = c_string(plan.program.as_os_str().as_bytes())?;
    let arguments: Vec<CString> = plan
        .arguments
        .iter()
        .map(|argument| c_string(argument.as_bytes()))
        .collect::<Result<_, _>>()?;
    let argument_list = null_terminated(arguments.iter());
    let shell = c"/bin/sh".to_owned();
    let shell_list = null_terminated([&shell, &program].into_iter().chain(arguments.iter().skip(1)));

    let environment = environment();

    // Nothing may interrupt the child while our handlers are still in force in it, nor us while it uses our memory.
    let mut every_signal = std::mem::MaybeUninit::uninit();
    let mut ours = std::mem::MaybeUninit::uninit();
    // SAFETY: sigfillset and sigprocmask initialise the sets they are given.
    unsafe {
        libc::sigfillset(every_signal.as_mut_ptr());
        libc::sigemptyset(ours.as_mut_ptr());
        libc::sigprocmask(libc::SIG_SETMASK, every_signal.as_ptr(), ours.as_mut_ptr());
    }
    let prepared = Prepared {
        program: program.as_ptr(),
        arguments: argument_list.as_ptr(),
        shell_arguments: shell_list.as_ptr(),
        environment: environment.as_ptr(),
        descriptors: plan
            .descriptors
            .map(|descriptor| descriptor.map(|open| open.as_raw_fd())),
        dispositions: &plan.dispositions,
        mask: plan.mask,
        parent: rustix::process::getpid(),
    };
    let started = start(&prepared);
    // SAFETY: `ours` was initialised above.
    unsafe { libc::sigprocmask(libc::SIG_SETMASK, ours.as_ptr(), ptr::null_mut()) };
    started
}

/// Returns how `child` ended, or None while it lives.
pub fn ended(child: Pid) -> Option<WaitStatus> {
    match waitpid(Some(child), WaitOptions::NOHANG) {
        Ok(Some((_, status))) => Some(status),
        _ => None,
    }
}

/// All that the child needs, in a form that needs no memory to be asked for.
struct Prepared<'a> {
    program: *const c_char,
    arguments: *const *const c_char,
    shell_arguments: *const *const c_char,
    environment: *const *const c_char,
    descriptors: [Option<RawFd>; 3],
    dispositions: &'a [(c_int, Disposition)],
    mask: libc::sigset_t,
    parent: Pid,
}

impl Prepared<'_> {
    /// Becomes the program; returns only with the reason why not. Runs in the child, between fork and exec.
    fn execute(&self) -> Errno {
        for &(signal, disposition) in self.dispositions {
            set_disposition(signal, disposition);
        }
        self.die_with_parent();
        for (number, descriptor) in (0..).zip(self.descriptors) {
            // Ours are all above 2 (0 to 2 were taken before any was opened), so that none overwrites another.
            // SAFETY: plain system calls on descriptors that are open.
            if let Some(descriptor) = descriptor
                && unsafe { libc::dup2(descriptor, number) } < 0
            {
                return last_errno();
            }
        }
        // SAFETY: the mask is a valid set; the pointers are to strings and null-terminated lists that outlive the call.
        unsafe {
            libc::sigprocmask(libc::SIG_SETMASK, &raw const self.mask, ptr::null_mut());
            libc::execve(self.program, self.arguments, self.environment);
            let error = last_errno();
            if error == Errno::NOEXEC {
                libc::execve(c"/bin/sh".as_ptr(), self.shell_arguments, self.environment);
            }
            error
        }
    }

    #[cfg(target_os = "linux")]
    fn die_with_parent(&self) {
        // SAFETY: plain system calls.
        unsafe {
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as libc::c_ulong);
            // The parent may have died before the line above took effect.
            if rustix::process::getppid() != Some(self.parent) {
                libc::_exit(127);
            }
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn die_with_parent(&self) {
        // No such thing there: the manual names the limit.
        let _ = self.parent;
    }
}

#[cfg(target_os = "linux")]
fn start(prepared: &Prepared<'_>) -> Result<Pid, Failure> {
    use std::ffi::c_void;
    use std::sync::atomic::{AtomicI32, Ordering};

    struct Shared<'a> {
        prepared: &'a Prepared<'a>,
        error: AtomicI32,
    }

    extern "C" fn in_child(shared: *mut c_void) -> c_int {
        // SAFETY: the parent passed a valid `Shared` and stays suspended until we exec or exit.
        let shared = unsafe { &*shared.cast::<Shared<'_>>() };
        shared
            .error
            .store(shared.prepared.execute().raw_os_error(), Ordering::SeqCst);
        // SAFETY: ends the child without running any of the parent's exit functions.
        unsafe { libc::_exit(127) }
    }

    /// Enough for a few system calls of an unoptimised build, and little enough to be had without asking the system.
    const STACK: usize = 16 * 1024;
    let mut stack = vec![std::mem::MaybeUninit::<u128>::uninit(); STACK / size_of::<u128>()];
    let shared = Shared {
        prepared,
        error: AtomicI32::new(0),
    };
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
    // SAFETY: the child runs on its own stack, which is aligned and grows down from its end; it calls only what may be
    // called between fork and exec; CLONE_VFORK keeps us from running until it is done with our memory.
    let child = unsafe {
        let top = stack.as_mut_ptr_range().end.cast::<c_void>();
        libc::clone(in_child, top, flags, ptr::from_ref(&shared).cast_mut().cast::<c_void>())
    };
    let Some(child) = Pid::from_raw(child.max(0)) else {
        return Err(Failure::Fork(last_errno()));
    };
    match shared.error.load(Ordering::SeqCst) {
        0 => Ok(child),
        error => {
            let _ = waitpid(Some(child), WaitOptions::empty());
            Err(Failure::Exec(Errno::from_raw_os_error(error)))
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn start(prepared: &Prepared<'_>) -> Result<Pid, Failure> {
    use super::plumbing::{Blocking, pipe};

    let (reader, writer) = pipe(Blocking::Both).map_err(Failure::Fork)?;
    // SAFETY: we are single-threaded, and the child calls only what may be called between fork and exec.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let error = prepared.execute().raw_os_error().to_ne_bytes();
        let _ = rustix::io::write(&writer, &error);
        // SAFETY: ends the child without running any of the parent's exit functions.
        unsafe { libc::_exit(127) }
    }
    let Some(child) = Pid::from_raw(child.max(0)) else {
        return Err(Failure::Fork(last_errno()));
    };
    drop(writer);
    let mut error = [0; size_of::<c_int>()];
    match rustix::io::retry_on_intr(|| rustix::io::read(&reader, &mut error)) {
        // The exec closed the pipe.
        Ok(0) => Ok(child),
        _ => {
            let _ = waitpid(Some(child), WaitOptions::empty());
            Err(Failure::Exec(Errno::from_raw_os_error(c_int::from_ne_bytes(error))))
        }
    }
}

unsafe extern "C" {
    /// The environment as the process was given it, duplicates and all.
    static environ: *const *const c_char;
}

/// Returns the environment for the child, null-terminated: ours, but that it is not warmed. What a job within it prints belongs to
/// what it prints itself, and would be missing from what is remembered of it.
fn environment() -> Vec<*const c_char> {
    let warm = Setting::Warm.variable().as_bytes();
    let is_warm = |line: &[u8]| line.strip_prefix(warm).is_some_and(|rest| rest.starts_with(b"="));
    let mut lines = Vec::new();
    // SAFETY: a list of strings that ends with a null pointer, or no list; nothing in this program changes it.
    unsafe {
        let mut next = environ;
        while !next.is_null() && !(*next).is_null() {
            if !is_warm(CStr::from_ptr(*next).to_bytes()) {
                lines.push(*next);
            }
            next = next.add(1);
        }
    }
    lines.push(ptr::null());
    lines
}

fn c_string(bytes: &[u8]) -> Result<CString, Failure> {
    CString::new(bytes).map_err(|_| Failure::Exec(Errno::INVAL))
}

fn null_terminated<'a>(strings: impl Iterator<Item = &'a CString>) -> Vec<*const c_char> {
    strings.map(|string| string.as_ptr()).chain([ptr::null()]).collect()
}

fn last_errno() -> Errno {
    // The C library's errno: rustix makes its own calls without it on Linux.
    Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::INVAL)
}
