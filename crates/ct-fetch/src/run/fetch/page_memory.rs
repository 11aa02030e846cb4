//! Limits the number of pages that are kept until they can be written, so that they fit into
//! memory.

use crate::source::history::limits::Limits;
use crate::source::history::page::Page;

/// The maximum number of pages that wait to be written, on average per region. All regions together
/// may have at least `KEPT_PAGES`. The limit is low, because these pages must be requested again if
/// the run is killed and continued.
const KEPT_PAGES_A_REGION: usize = 14;
const KEPT_PAGES: usize = 48;

/// The assumed size of a page before the first page arrives, in bytes: fifty records of 5 KB.
const PAGE_BYTES: usize = 250_000;

/// Compression makes a page at least this many times smaller.
const PACKED: usize = 4;

/// The memory for pages that wait to be written, and the sizes of the pages that have arrived.
#[derive(Debug)]
pub(super) struct PageMemory {
    memory_bytes: usize,
    regions: usize,
    listings: usize,
    /// The maximum number of pages to request ahead, whatever the memory.
    wanted_pages: usize,
    /// The number of pages with events that have arrived.
    pages: usize,
    bytes: usize,
}

/// How many pages may wait to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pages {
    /// The maximum number of pages of all regions together.
    pub(super) most: usize,
    /// The number of pages that each region may always keep, even if the regions together have
    /// reached [`Pages::most`].
    pub(super) share: usize,
}

impl PageMemory {
    /// Starts without pages. `regions` and `listings` are the numbers of regions, and of listings
    /// in all regions.
    pub(super) fn new(limits: &Limits, regions: usize, listings: usize) -> Self {
        Self {
            memory_bytes: limits.memory_bytes,
            regions,
            listings,
            wanted_pages: limits.pages(),
            pages: 0,
            bytes: 0,
        }
    }

    /// Records the size of a page that has arrived.
    pub(super) fn add(&mut self, page: &Page) {
        if !page.events.is_empty() {
            self.pages += 1;
            self.bytes += page.bytes();
        }
    }

    /// Whether memory is too small for [`KEPT_PAGES_A_REGION`] pages of every region. If it is,
    /// pages are compressed while they wait to be written.
    pub(super) fn is_short(&self) -> bool {
        KEPT_PAGES_A_REGION * self.regions * PAGE_BYTES > self.memory_bytes
    }

    /// Returns the number of pages that may wait to be written.
    ///
    /// Each listing also keeps the events that are written next, uncompressed: a page, or a fifth
    /// of a page if pages are compressed. The returned numbers do not include them. If memory is
    /// small, half of the memory is divided equally among the regions (`share`). The other half is
    /// for whichever regions need it first. `most` and all shares together fit into the memory.
    pub(super) fn pages(&self) -> Pages {
        let page_bytes = self.bytes.checked_div(self.pages).unwrap_or(PAGE_BYTES);
        let (page_bytes, head_bytes) = if self.is_short() {
            (page_bytes / PACKED, page_bytes / 5)
        } else {
            (page_bytes, page_bytes)
        };
        let heads = self.listings * head_bytes;
        let free = self.memory_bytes.saturating_sub(heads) / page_bytes.max(1);
        let regions = self.regions.max(1);
        let share = KEPT_PAGES_A_REGION.min(free / 2 / regions);
        let most = KEPT_PAGES.max(KEPT_PAGES_A_REGION * regions);
        let most = most.min(free - share * regions).min(self.wanted_pages);
        Pages {
            most,
            share: share.min(most),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::history::attempts::Attempts;
    use crate::source::order::Order;
    use ct_core::record::event::Event;

    fn pages(memory_bytes: usize, regions: usize, page_bytes: usize) -> Pages {
        let room = PageMemory {
            memory_bytes,
            regions,
            listings: regions,
            wanted_pages: usize::MAX,
            pages: 1,
            bytes: page_bytes,
        };
        room.pages()
    }

    #[test]
    fn a_few_regions_keep_enough_to_use_their_quota() {
        let one = Pages {
            most: 48,
            share: 14,
        };
        assert_eq!(pages(256 << 20, 1, 250_000), one);
        let seventeen = Pages {
            most: 238,
            share: 14,
        };
        assert_eq!(pages(256 << 20, 17, 250_000), seventeen);
    }

    #[test]
    fn thousands_of_regions_keep_what_fits_into_memory() {
        for (regions, page_bytes) in [(1700, 100_000), (1700, 40_000), (170, 100_000)] {
            let Pages { most, share } = pages(256 << 20, regions, page_bytes);
            let kept = most + share * regions;
            let bytes = kept * page_bytes / PACKED + regions * page_bytes / 5;
            assert!(
                bytes <= 256 << 20 && share >= 2,
                "{most} {share} for {regions}"
            );
        }
        assert_eq!(pages(1, 1700, 100_000), Pages { most: 0, share: 0 });
    }

    #[test]
    fn the_size_of_a_page_is_learned_from_the_pages() {
        let limits = Limits {
            rate: 2.0,
            requests: 480,
            attempts: Attempts::default(),
            max_items: None,
            order: Order::Newest,
            keep_duplicates: false,
            allow_disabled: false,
            memory_bytes: 1_000_000,
            follow: None,
        };
        let mut room = PageMemory::new(&limits, 1, 1);
        assert_eq!(room.pages(), Pages { most: 8, share: 7 });
        let events = vec![Event::default(); 2];
        room.add(&Page {
            events,
            next_token: None,
            date: None,
        });
        assert_eq!(
            room.pages(),
            Pages {
                most: 48,
                share: 14
            }
        );
    }
}
