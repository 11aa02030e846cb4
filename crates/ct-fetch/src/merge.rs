//! Puts several listings into one row, newest or oldest first, each event once.

use std::collections::{HashSet, VecDeque};

use ct_core::event::Event;
use jiff::Timestamp;

use crate::order::Order;

/// Listings side by side, each in order in itself.
#[derive(Debug)]
pub struct Merge {
    lanes: Vec<Lane>,
    order: Order,
    keeps_duplicates: bool,
    /// The time of the event given last, and the IDs given of that time: an event that two listings
    /// have stands at the same time in both, so no more needs remembering.
    now: Option<Timestamp>,
    given: HashSet<String>,
    repeated: u64,
}

#[derive(Debug, Default)]
struct Lane {
    waiting: VecDeque<Event>,
    done: bool,
}

impl Merge {
    /// For this many listings, nothing fed yet.
    #[must_use]
    pub fn new(listings: usize) -> Self {
        let lanes = std::iter::repeat_with(Lane::default)
            .take(listings)
            .collect();
        Self {
            lanes,
            order: Order::Newest,
            keeps_duplicates: false,
            now: None,
            given: HashSet::new(),
            repeated: 0,
        }
    }

    /// The same, in another order.
    #[must_use]
    pub fn ordered(self, order: Order) -> Self {
        Self { order, ..self }
    }

    /// The same, giving an event as often as the listings have it.
    #[must_use]
    pub fn keeping_duplicates(self, keeps_duplicates: bool) -> Self {
        Self {
            keeps_duplicates,
            ..self
        }
    }

    /// The listings without which the next event is not known.
    pub fn starving(&self) -> impl Iterator<Item = usize> {
        let lanes = self.lanes.iter().enumerate();
        lanes
            .filter(|(_, lane)| lane.waiting.is_empty() && !lane.done)
            .map(|(index, _)| index)
    }

    /// Adds what a listing brought; `done` when it was the last of it.
    ///
    /// # Panics
    /// When there is no such listing.
    pub fn feed(&mut self, listing: usize, events: Vec<Event>, done: bool) {
        let lane = &mut self.lanes[listing];
        lane.waiting.extend(events);
        lane.done = done;
    }

    /// The next event and its listing, or `None` when one is starving or all are done.
    ///
    /// Ties go to the listing named first, or where the oldest event is first to the one named last;
    /// an event without a time follows the one before it.
    pub fn pop(&mut self) -> Option<(usize, Event)> {
        while self.starving().next().is_none() {
            let heads = self.lanes.iter().enumerate();
            let heads = heads.filter_map(|(index, lane)| Some((index, lane.waiting.front()?)));
            let time = |(_, event): &(usize, &Event)| event.event_time.or(self.now);
            let (index, _) = match self.order {
                Order::Newest => heads.rev().max_by_key(time),
                Order::Oldest => heads.rev().min_by_key(time),
            }?;
            let event = self.lanes[index].waiting.pop_front()?;
            if self.is_new(&event) {
                return Some((index, event));
            }
            self.repeated += 1;
        }
        None
    }

    /// How many events were left out because they had been given.
    #[must_use]
    pub fn repeated(&self) -> u64 {
        self.repeated
    }

    fn is_new(&mut self, event: &Event) -> bool {
        if self.keeps_duplicates {
            return true;
        }
        if event.event_time.is_some() && event.event_time != self.now {
            self.now = event.event_time;
            self.given.clear();
        }
        event
            .event_id
            .as_ref()
            .is_none_or(|id| self.given.insert(id.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn event(second: i64, id: &str) -> Event {
        Event {
            event_id: Some(id.to_owned()),
            event_time: Some(Timestamp::from_second(second).unwrap()),
            ..Event::default()
        }
    }

    fn drain(merge: &mut Merge) -> Vec<String> {
        std::iter::from_fn(|| merge.pop())
            .filter_map(|(_, event)| event.event_id)
            .collect()
    }

    #[test]
    fn the_newest_goes_first_and_ties_go_to_the_first_listing() {
        let mut merge = Merge::new(2);
        merge.feed(0, vec![event(9, "a"), event(7, "b")], true);
        merge.feed(1, vec![event(9, "c"), event(8, "d")], true);
        assert_eq!(drain(&mut merge), ["a", "c", "d", "b"]);
    }

    #[test]
    fn nothing_goes_out_while_a_listing_may_hold_something_newer() {
        let mut merge = Merge::new(2);
        merge.feed(0, vec![event(9, "a")], true);
        assert_eq!(merge.pop(), None);
        assert_eq!(merge.starving().collect::<Vec<_>>(), [1]);
        merge.feed(1, Vec::new(), true);
        assert_eq!(drain(&mut merge), ["a"]);
    }

    #[test]
    fn an_event_of_two_listings_is_given_once_and_counted() {
        let mut merge = Merge::new(2);
        merge.feed(0, vec![event(9, "a"), event(9, "b")], true);
        merge.feed(1, vec![event(9, "b"), event(9, "a"), event(8, "c")], true);
        assert_eq!(
            (drain(&mut merge), merge.repeated()),
            (vec!["a".into(), "b".into(), "c".into()], 2)
        );
    }

    #[test]
    fn the_oldest_goes_first_and_ties_the_other_way_round() {
        let mut merge = Merge::new(2).ordered(Order::Oldest);
        merge.feed(0, vec![event(7, "b"), event(9, "a")], true);
        merge.feed(1, vec![event(8, "d"), event(9, "c")], true);
        assert_eq!(drain(&mut merge), ["b", "d", "c", "a"]);
    }

    #[test]
    fn an_event_that_a_listing_repeats_is_given_once_unless_duplicates_are_kept() {
        for (keeps_duplicates, given) in [(false, vec!["a", "b"]), (true, vec!["a", "b", "b"])] {
            let mut merge = Merge::new(1).keeping_duplicates(keeps_duplicates);
            merge.feed(0, vec![event(7, "a"), event(9, "b"), event(9, "b")], true);
            assert_eq!(drain(&mut merge), given);
        }
    }

    proptest! {
        #[test]
        fn any_listings_come_out_newest_first_with_every_event_once(
            mut lanes in prop::collection::vec(prop::collection::vec((0_i64..6, 0_u8..4), 0..12), 2..5),
        ) {
            let mut merge = Merge::new(lanes.len());
            let mut expected = HashSet::new();
            for (index, lane) in lanes.iter_mut().enumerate() {
                lane.sort_unstable_by(|a, b| b.cmp(a));
                lane.dedup();
                let events: Vec<Event> = lane.iter().map(|(second, id)| event(*second, &format!("{second}-{id}"))).collect();
                expected.extend(events.iter().filter_map(|event| event.event_id.clone()));
                merge.feed(index, events, true);
            }
            let ids = drain(&mut merge);
            let seconds: Vec<&str> = ids.iter().map(|id| &id[..1]).collect();
            prop_assert!(seconds.is_sorted_by(|a, b| a >= b));
            prop_assert_eq!(ids.len(), expected.len());
            prop_assert_eq!(ids.into_iter().collect::<HashSet<_>>(), expected);
        }
    }
}
