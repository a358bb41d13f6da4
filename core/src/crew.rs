//! More than one thread, for what is large: looking at thousands of files, hashing a giant one.
//!
//! A thread costs some 50 us to start, as much as half a hit: callers begin with this only where it is worth that. What a
//! thread does it takes from a common pile, so that it makes no difference how many come: where the system gives none, or a
//! limit forbids it, the caller's own does all of it. When [`work`] returns, all threads are gone.

use std::thread::Builder;

/// More than these stand in each other's way: they wait for memory, or for the kernel's hold on the same directories.
const MOST: usize = 8;
/// Bytes of stack for each; it touches few of them.
const STACK: usize = 256 * 1024;

/// Returns how many threads can run side by side on this machine, with the caller's own.
#[cold]
#[inline(never)]
pub(crate) fn size() -> usize {
    // Not as the standard library counts, which reads half a dozen files of control groups.
    #[cfg(target_os = "linux")]
    let processors = rustix::thread::sched_getaffinity(None).map_or(1, |set| set.count() as usize);
    #[cfg(not(target_os = "linux"))]
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    processors.min(MOST)
}

/// Lets up to `size` threads, the caller's own among them, call `part` at the same time; returns when all have come back.
///
/// Each takes from the pile until there is nothing left: one call alone has to do all of it.
#[cold]
#[inline(never)]
#[allow(clippy::disallowed_methods)] // The one place that starts threads.
pub(crate) fn work(size: usize, part: &(dyn Fn() + Sync)) {
    std::thread::scope(|scope| {
        for _ in 1..size {
            if Builder::new().stack_size(STACK).spawn_scoped(scope, part).is_err() {
                break;
            }
        }
        part();
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn the_pile_is_done_however_many_come() {
        for size in [0, 1, 2, 5, size()] {
            let (pile, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
            work(size, &|| {
                while pile.fetch_add(1, Ordering::Relaxed) < 1000 {
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
            assert_eq!(done.into_inner(), 1000, "{size}");
        }
    }
}
