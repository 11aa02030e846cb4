//! How many pages may wait for their turn, by the memory that there is for them.

use crate::source::history::limits::Limits;
use crate::source::history::page::Page;

/// How many pages wait their turn at most, where there is memory: so many a region, and more where there are few
/// regions. What waits is asked for again after a run that was killed.
const KEPT_PAGES_A_REGION: usize = 14;
const KEPT_PAGES: usize = 48;

/// What a page takes, in bytes, before one has come: fifty records of 5 KB.
const PAGE_BYTES: usize = 250_000;

/// How many times smaller a page is when it is compressed, at least.
const PACKED: usize = 4;

/// The memory for pages, and what they take of it.
#[derive(Debug)]
pub(super) struct Room {
    memory_bytes: usize,
    regions: usize,
    listings: usize,
    /// As many pages as are worth asking for.
    wanted_pages: usize,
    /// Of the full pages that came.
    pages: usize,
    bytes: usize,
}

/// A number of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pages {
    /// That may be kept in all.
    pub(super) most: usize,
    /// That a region may keep whatever the others do.
    pub(super) share: usize,
}

impl Room {
    /// For the listings of so many regions.
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

    /// A page has come.
    pub(super) fn came(&mut self, page: &Page) {
        if !page.events.is_empty() {
            self.pages += 1;
            self.bytes += page.bytes();
        }
    }

    /// Whether memory does not hold all that is kept where there is enough: then pages that wait are compressed.
    pub(super) fn is_short(&self) -> bool {
        KEPT_PAGES_A_REGION * self.regions * PAGE_BYTES > self.memory_bytes
    }

    /// How many pages may be kept.
    ///
    /// A listing always has the events that go out next, a fifth of a page of them where the rest is compressed: that is left
    /// aside. Where memory does not hold all that would be kept otherwise, half of it is shared out among the
    /// regions, and half is for those that ask first; `most` and every share together are within it.
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
    use crate::source::history::retry::Attempts;
    use crate::source::order::Order;
    use ct_core::record::event::Event;

    fn pages(memory_bytes: usize, regions: usize, page_bytes: usize) -> Pages {
        let room = Room {
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
    fn a_few_regions_keep_what_uses_their_quota() {
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
    fn thousands_of_regions_keep_what_memory_holds() {
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
    fn the_pages_that_came_say_what_a_page_takes() {
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
        let mut room = Room::new(&limits, 1, 1);
        assert_eq!(room.pages(), Pages { most: 8, share: 7 });
        let events = vec![Event::default(); 2];
        room.came(&Page {
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
