//! Counts the memory that a thread takes, and holds it to some times the length of what is read.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// A stamp of three bytes a dependency, each with a path, takes the most.
const TIMES: usize = 256;
/// What is taken whatever the length: buffers, names, messages.
const BESIDES: usize = 256 * 1024;

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

thread_local! {
    static NOW: Cell<usize> = const { Cell::new(0) };
    static MOST: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: all is done by the system's allocator, which keeps the contract; numbers are counted beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(0, layout.size());
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(0, layout.size());
        // SAFETY: the caller keeps the contract of `alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(layout.size(), 0);
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Both are there while it is copied.
        count(0, size);
        count(layout.size(), 0);
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(memory, layout, size) }
    }
}

fn count(gone: usize, come: usize) {
    // A thread that ends has no counters any more.
    let _ = NOW.try_with(|now| {
        // What another thread took may go here.
        now.set(now.get().saturating_sub(gone) + come);
        let _ = MOST.try_with(|most| most.set(most.get().max(now.get())));
    });
}

/// Returns what `work` returns, and how much more memory than before this thread held during it, at the most.
pub fn most<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = NOW.get();
    MOST.set(before);
    let done = work();
    (done, MOST.get().saturating_sub(before))
}

/// Runs `work`, which reads `bytes`.
///
/// # Panics
/// It took more memory than 256 times the length of `bytes` and a little.
pub fn bounded(bytes: &[u8], work: impl FnOnce()) {
    let ((), most) = most(work);
    assert!(
        most <= BESIDES + TIMES * bytes.len(),
        "{most} bytes of memory for {} bytes",
        bytes.len()
    );
}
