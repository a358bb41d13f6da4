//! How far long work has come: one line on the terminal, and nothing anywhere else.
//!
//! The line is drawn on standard error, over itself, while something has been going on for more than a second; and erased before
//! anything else is printed. Nothing is drawn where standard error is no terminal, where that would not understand,
//! and by whoever is in its background: there somebody else has the terminal. Behind what a job has printed without
//! ending the line, nothing is drawn either, since that would be erased with ours.

mod words;

#[cfg(unix)]
use std::io::IsTerminal as _;
use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jobstamps::Holder;
use jobstamps::progress;

use crate::screen::Screen;
use crate::surroundings::{hastened, now};
#[cfg(unix)]
use crate::variables::filled;

/// What takes longer is worth a word.
pub const WORTH_A_WORD: Duration = Duration::from_secs(1);
/// So much time passes between two drawings, at least: nobody reads faster.
const PAUSE: Duration = Duration::from_millis(100);
/// Goes to the start of the line and erases it: ECMA-48 8.3.41, understood by all that call themselves terminals.
const ERASE: &[u8] = b"\r\x1b[K";

/// Whether there is a line of ours on the terminal. Apart from all else: a hit asks for it.
static IS_DRAWN: AtomicBool = AtomicBool::new(false);
static CLOCKS: Mutex<Clocks> = Mutex::new(Clocks {
    began: None,
    drawn: None,
});
/// Whether the cursor stands behind something that a job has printed.
static IS_BESIDE: AtomicBool = AtomicBool::new(false);

struct Clocks {
    /// When something was told for the first time.
    began: Option<Instant>,
    /// When the line was last drawn.
    drawn: Option<Instant>,
}

/// From now on, work that takes long is told of.
pub fn begin() {
    progress::watch(|progress| {
        if is_time() {
            draw(|screen| words::of(progress, screen));
        }
    });
}

/// Erases the line, if there is one: something else is to be printed.
#[inline]
pub fn erase() {
    if IS_DRAWN.load(Ordering::Relaxed) {
        erase_line();
    }
}

#[cold]
#[inline(never)]
fn erase_line() {
    // Not while it is being drawn.
    let _clocks = CLOCKS.lock().unwrap_or_else(PoisonError::into_inner);
    if IS_DRAWN.swap(false, Ordering::Relaxed) {
        let _ = io::stderr().write_all(ERASE);
    }
}

/// Erases the line, and begins to count anew: a job is about to run, and what is told after it is told for as long as it takes.
pub fn rest() {
    erase();
    let mut clocks = CLOCKS.lock().unwrap_or_else(PoisonError::into_inner);
    (clocks.began, clocks.drawn) = (None, None);
}

/// Notes that a job has printed `bytes`.
pub fn printed(bytes: &[u8]) {
    if let Some(last) = bytes.last() {
        IS_BESIDE.store(*last != b'\n', Ordering::Relaxed);
    }
}

/// Tells that we still wait for `holder`, and for how long that one is at it; returns whether it can be seen.
pub fn waits(holder: Holder) -> bool {
    !is_time_again() || draw(|screen| words::waiting(holder, now(), screen))
}

/// Returns for whom we wait, in words.
pub fn for_whom(holder: Holder) -> String {
    words::for_whom(holder, now())
}

/// Returns whether it goes on for long, and the line was not drawn just now.
fn is_time() -> bool {
    let began = *CLOCKS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .began
        .get_or_insert_with(Instant::now);
    began.elapsed() >= hastened(WORTH_A_WORD) && is_time_again()
}

fn is_time_again() -> bool {
    let mut clocks = CLOCKS.lock().unwrap_or_else(PoisonError::into_inner);
    let is_time = clocks.drawn.is_none_or(|drawn| drawn.elapsed() >= PAUSE);
    if is_time {
        clocks.drawn = Some(Instant::now());
    }
    is_time
}

/// Draws a line, if it can be seen and erased again; returns whether that is so.
fn draw(line: impl FnOnce(&Screen) -> String) -> bool {
    if IS_BESIDE.load(Ordering::Relaxed) || !is_ours() {
        return false;
    }
    let line = line(&Screen::stderr());
    // Held until it is written: two threads would mix their lines, and one of them outlive its erasure.
    let _clocks = CLOCKS.lock().unwrap_or_else(PoisonError::into_inner);
    IS_DRAWN.store(true, Ordering::Relaxed);
    // In one write, over what was there.
    let _ = io::stderr().write_all(format!("\r{line}\x1b[K").as_bytes());
    true
}

/// Returns whether standard error is a terminal that can erase, and that we are in the foreground of.
#[cfg(unix)]
fn is_ours() -> bool {
    let is_foreground = || {
        let foreground = rustix::termios::tcgetpgrp(rustix::stdio::stderr());
        foreground.is_ok_and(|group| group == rustix::process::getpgrp())
    };
    let can_erase = || filled("TERM").is_some_and(|term| term != "dumb");
    io::stderr().is_terminal() && can_erase() && is_foreground()
}

/// Elsewhere nobody knows what a terminal understands.
#[cfg(not(unix))]
fn is_ours() -> bool {
    false
}
