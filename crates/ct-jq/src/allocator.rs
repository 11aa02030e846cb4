//! The global allocator: a fixed area for the first megabyte, and mimalloc for the rest.
//!
//! A short run needs less than a megabyte. The first allocation by mimalloc prepares an arena of
//! huge pages, of which the kernel clears six megabytes. This preparation took 1.1 of the 3.0 ms
//! that `ct-jq -n 1` took. In a long run, the huge pages make later allocations faster.

#![expect(
    unsafe_code,
    reason = "a global allocator has no safe interface; `cargo xtask bench jq 1 start` shows the difference"
)]

use std::alloc::{GlobalAlloc, Layout};
use std::cell::UnsafeCell;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

use mimalloc::MiMalloc;

/// The size of the area in bytes. Pages that are never written take no memory.
const AREA_BYTES: usize = 1 << 20;

/// Allocates blocks from the area in ascending order, and never reuses a freed block. Each
/// allocation in the area costs an atomic operation. This cost is small, because a long run soon
/// uses up the area.
pub(crate) struct Allocator {
    area: UnsafeCell<[u8; AREA_BYTES]>,
    /// The number of bytes of the area that have been allocated.
    used: AtomicUsize,
}

// SAFETY: the area is only written through the blocks that were allocated, and these blocks do not
// overlap.
unsafe impl Sync for Allocator {}

impl Allocator {
    /// An allocator whose area is unused.
    #[expect(
        clippy::large_stack_arrays,
        reason = "the value is only used as a static"
    )]
    pub(crate) const fn new() -> Self {
        Self {
            area: UnsafeCell::new([0; AREA_BYTES]),
            used: AtomicUsize::new(0),
        }
    }

    /// Allocates a block in the area, and returns its offset in bytes; `None` if the rest of the
    /// area is too small.
    #[inline]
    fn take(&self, layout: Layout) -> Option<usize> {
        let base = self.area.get().addr();
        let mut used = self.used.load(Ordering::Relaxed);
        loop {
            let start = (base + used).next_multiple_of(layout.align()) - base;
            let end = start.checked_add(layout.size())?;
            if end > AREA_BYTES {
                return None;
            }
            match self.replace(used, end) {
                Ok(()) => return Some(start),
                Err(current) => used = current,
            }
        }
    }

    /// Moves the end of the used part of the area from `used` to `end`. Fails with the current end
    /// if another thread has moved it.
    fn replace(&self, used: usize, end: usize) -> Result<(), usize> {
        let (success, failure) = (Ordering::Relaxed, Ordering::Relaxed);
        let exchanged = self.used.compare_exchange(used, end, success, failure);
        exchanged.map(|_| ())
    }

    /// The offset of `block` in the area, in bytes; `None` if mimalloc allocated the block.
    #[inline]
    fn offset(&self, block: *mut u8) -> Option<usize> {
        let offset = block.addr().wrapping_sub(self.area.get().addr());
        (offset < AREA_BYTES).then_some(offset)
    }

    fn block(&self, offset: usize) -> *mut u8 {
        self.area.get().cast::<u8>().wrapping_add(offset)
    }
}

// SAFETY: mimalloc gets every call for a block that it allocated. Any other block is a part of the
// area that no other block overlaps, with the size and alignment of its layout.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match self.take(layout) {
            Some(offset) => self.block(offset),
            // SAFETY: the caller guarantees what mimalloc requires.
            None => unsafe { MiMalloc.alloc(layout) },
        }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        match self.take(layout) {
            // The area is initially zero, and no part of it is allocated twice, so the block is
            // still zero.
            Some(offset) => self.block(offset),
            // SAFETY: the caller guarantees what mimalloc requires.
            None => unsafe { MiMalloc.alloc_zeroed(layout) },
        }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if self.offset(block).is_none() {
            // SAFETY: mimalloc allocated the block.
            unsafe { MiMalloc.dealloc(block, layout) }
        }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let Some(offset) = self.offset(block) else {
            // SAFETY: mimalloc allocated the block.
            return unsafe { MiMalloc.realloc(block, layout, size) };
        };
        let end = offset.saturating_add(size);
        let is_last = || end <= AREA_BYTES && self.replace(offset + layout.size(), end).is_ok();
        if size <= layout.size() || is_last() {
            return block;
        }
        // SAFETY: the caller guarantees that the new size is valid for the alignment. The new block
        // is longer than the old one and does not overlap it.
        unsafe {
            let longer = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !longer.is_null() {
                ptr::copy_nonoverlapping(block, longer, layout.size());
            }
            longer
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(size: usize, align: usize) -> Layout {
        Layout::from_size_align(size, align).unwrap()
    }

    #[test]
    fn blocks_of_the_area_are_aligned_and_do_not_overlap() {
        static ALLOCATOR: Allocator = Allocator::new();
        let allocator = &ALLOCATOR;
        let mut end = 0;
        for (size, align) in [(1, 1), (8, 8), (3, 1), (64, 64), (9, 16), (100, 4096)] {
            let offset = allocator.take(layout(size, align)).unwrap();
            assert!(offset >= end, "{size} bytes");
            assert_eq!(allocator.block(offset).addr() % align, 0, "{size} bytes");
            end = offset + size;
        }
    }

    #[test]
    fn a_block_that_does_not_fit_comes_from_mimalloc() {
        static ALLOCATOR: Allocator = Allocator::new();
        let allocator = &ALLOCATOR;
        let [small, large] = [layout(1000, 8), layout(AREA_BYTES, 8)];
        // SAFETY: each block is freed once, with the layout with which it was allocated.
        unsafe {
            let first = allocator.alloc(small);
            let second = allocator.alloc_zeroed(large);
            assert_eq!(allocator.offset(first), Some(0));
            assert_eq!(allocator.offset(second), None);
            assert_eq!(second.add(AREA_BYTES - 1).read(), 0);
            allocator.dealloc(first, small);
            allocator.dealloc(second, large);
        }
    }

    #[test]
    fn a_block_grows_in_place_if_it_is_the_last_one_and_keeps_its_bytes_otherwise() {
        static ALLOCATOR: Allocator = Allocator::new();
        let allocator = &ALLOCATOR;
        let (four, eight, all) = (layout(4, 1), layout(8, 1), AREA_BYTES);
        // SAFETY: each block is reallocated with its current layout.
        unsafe {
            let first = allocator.alloc(four);
            first.copy_from(b"abcd".as_ptr(), 4);
            assert_eq!(allocator.realloc(first, four, 8), first);
            let _second = allocator.alloc(four);
            let moved = allocator.realloc(first, eight, 16);
            assert_eq!(allocator.offset(moved), Some(12));
            let away = allocator.realloc(moved, layout(16, 1), all);
            assert_eq!(allocator.offset(away), None);
            assert_eq!(std::slice::from_raw_parts(away, 4), b"abcd");
            assert_eq!(allocator.realloc(moved, layout(16, 1), 2), moved);
            allocator.dealloc(away, layout(all, 1));
        }
    }
}
