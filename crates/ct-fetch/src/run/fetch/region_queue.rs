//! Selects the regions that may send a request. Only regions in which something changed are
//! checked, so thousands of idle regions cost no time.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

/// The indexes of regions, in three groups: those to check now, those to check at a later time, and
/// those that wait for memory. To check a region is to send the requests that it permits.
#[derive(Debug)]
pub(super) struct RegionQueue {
    due: VecDeque<usize>,
    is_due: Vec<bool>,
    /// The times at which to check regions, measured from the beginning of the run. If a region has
    /// several times, it is checked several times, which does no harm.
    timers: BinaryHeap<Reverse<(Duration, usize)>>,
    /// The regions that must not send a request until there is memory for the requested page. Each
    /// occurs once.
    blocked: VecDeque<usize>,
    is_blocked: Vec<bool>,
    /// For each region, the number of pages that wait to be written.
    kept: Vec<usize>,
    kept_in_all: usize,
}

impl RegionQueue {
    /// Creates a queue of `regions` regions. All of them must be checked now.
    pub(super) fn new(regions: usize) -> Self {
        Self {
            due: (0..regions).collect(),
            is_due: vec![true; regions],
            timers: BinaryHeap::new(),
            blocked: VecDeque::new(),
            is_blocked: vec![false; regions],
            kept: vec![0; regions],
            kept_in_all: 0,
        }
    }

    /// Marks a region in which something changed to be checked now. `kept` is the number of the
    /// region's pages that wait to be written.
    pub(super) fn mark_ready(&mut self, region: usize, kept: usize) {
        self.count(region, kept);
        if !std::mem::replace(&mut self.is_due[region], true) {
            self.due.push_back(region);
        }
    }

    /// Sets the number of a region's pages that wait to be written.
    pub(super) fn count(&mut self, region: usize, kept: usize) {
        self.kept_in_all = self.kept_in_all + kept - self.kept[region];
        self.kept[region] = kept;
    }

    /// Marks a region to be checked at `at`, a time since the run began.
    pub(super) fn check_at(&mut self, region: usize, at: Duration) {
        self.timers.push(Reverse((at, region)));
    }

    /// Marks a region to be checked when there is memory for more pages.
    pub(super) fn wait_for_memory(&mut self, region: usize) {
        if !std::mem::replace(&mut self.is_blocked[region], true) {
            self.blocked.push_back(region);
        }
    }

    /// Returns the next region to check; `None` if there is none. A region that waits for memory is
    /// returned only if fewer than `most` pages of all regions wait to be written.
    pub(super) fn next(&mut self, now: Duration, most: usize) -> Option<usize> {
        while let Some(&Reverse((at, region))) = self.timers.peek()
            && at <= now
        {
            self.timers.pop();
            self.mark_ready(region, self.kept[region]);
        }
        if let Some(region) = self.due.pop_front() {
            self.is_due[region] = false;
            return Some(region);
        }
        if self.kept_in_all >= most {
            return None;
        }
        let region = self.blocked.pop_front()?;
        self.is_blocked[region] = false;
        Some(region)
    }

    /// Returns the earliest time at which a region must be checked; `None` if no region has such a
    /// time.
    pub(super) fn wakes_at(&self) -> Option<Duration> {
        self.timers.peek().map(|Reverse((at, _))| *at)
    }

    /// Returns the number of pages of the other regions that wait to be written.
    pub(super) fn kept_by_others(&self, region: usize) -> usize {
        self.kept_in_all - self.kept[region]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn all_due(region_queue: &mut RegionQueue, now: Duration, most: usize) -> Vec<usize> {
        std::iter::from_fn(|| region_queue.next(now, most)).collect()
    }

    #[test]
    fn every_region_is_checked_at_the_start_and_then_at_its_own_time() {
        let mut region_queue = RegionQueue::new(3);
        assert_eq!(all_due(&mut region_queue, Duration::ZERO, 9), [0, 1, 2]);
        region_queue.check_at(2, SECOND);
        region_queue.check_at(1, SECOND * 2);
        assert_eq!(region_queue.wakes_at(), Some(SECOND));
        assert_eq!(all_due(&mut region_queue, SECOND, 9), [2]);
        assert_eq!(all_due(&mut region_queue, SECOND * 2, 9), [1]);
        assert_eq!(region_queue.wakes_at(), None);
    }

    #[test]
    fn a_region_without_memory_is_checked_when_others_use_less() {
        let mut region_queue = RegionQueue::new(2);
        assert_eq!(all_due(&mut region_queue, Duration::ZERO, 4), [0, 1]);
        region_queue.count(0, 4);
        region_queue.wait_for_memory(1);
        assert_eq!(region_queue.next(SECOND, 4), None);
        region_queue.mark_ready(0, 3);
        assert_eq!(all_due(&mut region_queue, SECOND, 4), [0, 1]);
        assert_eq!(
            (
                region_queue.kept_by_others(1),
                region_queue.kept_by_others(0)
            ),
            (3, 0)
        );
    }
}
