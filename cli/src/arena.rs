//! Memory for the short life of a hit.
//!
//! A hit allocates some hundred small things and ends. The C library's allocator asks the kernel for pages here and
//! there, and gives them back: a dozen system calls and page faults, 35 us or an eighth of a whole hit. So the first
//! 64 KiB come from one stretch of static memory, one after the other, and are never given back; what is larger, or
//! comes later, is the system's as ever.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes in the stretch: sixteen pages, of which a hit touches three or four; the others cost nothing.
const SIZE: usize = 64 * 1024;
/// Larger requests are the system's.
const LARGEST: usize = 16 * 1024;

#[repr(C, align(16))]
struct Stretch(UnsafeCell<[u8; SIZE]>);

// SAFETY: every byte is handed out at most once, by an atomic counter.
unsafe impl Sync for Stretch {}

static STRETCH: Stretch = Stretch(UnsafeCell::new([0; SIZE]));
static USED: AtomicUsize = AtomicUsize::new(0);

/// The program's allocator.
pub struct Arena;

// SAFETY: a block is either a part of the stretch that nobody else has or will get, aligned and large enough, or the
// system's; which of the two it is can be told from its address.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() <= LARGEST && layout.align() <= 16 {
            // Rounded to the greatest alignment, so that the next block is aligned too.
            let size = layout.size().next_multiple_of(16);
            let start = USED.fetch_add(size, Ordering::Relaxed);
            if start + size <= SIZE {
                // SAFETY: it lies within the stretch.
                return unsafe { STRETCH.0.get().cast::<u8>().add(start) };
            }
            // Full from now on. Taken back, so that the counter cannot come around.
            USED.store(SIZE, Ordering::Relaxed);
        }
        // SAFETY: the caller's promise is the system's condition.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let from_start = (block as usize).wrapping_sub(STRETCH.0.get() as usize);
        if from_start >= SIZE {
            // SAFETY: it is no part of the stretch, so it came from the system, under this layout.
            unsafe { System.dealloc(block, layout) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_aligned_and_apart_whatever_their_size_and_origin() {
        let mut blocks: Vec<(usize, usize)> = Vec::new();
        for round in 0..400_usize {
            let layout = Layout::from_size_align(1 + round * 137 % 20_000, 1 << (round % 7)).unwrap();
            // SAFETY: the layout has a size; the block is given back under it below.
            let block = unsafe { Arena.alloc(layout) };
            assert_eq!(block as usize % layout.align(), 0);
            blocks.push((block as usize, layout.size()));
            if round % 3 == 0 {
                // SAFETY: it was just handed out under this layout.
                unsafe { Arena.dealloc(block, layout) };
                blocks.pop();
            }
        }
        blocks.sort_unstable();
        assert!(blocks.windows(2).all(|pair| pair[0].0 + pair[0].1 <= pair[1].0));
    }
}
