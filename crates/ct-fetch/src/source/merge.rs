//! Merges several listings into one stream, newest or oldest first, without duplicates. To feed a
//! listing means to add its next events.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashSet, VecDeque};

use ct_core::record::event::Event;
use jiff::{SignedDuration, Timestamp};

use crate::source::history::follow::OVERLAP;
use crate::source::order::Order;

/// Merges several listings, each of which is in order.
#[derive(Debug)]
pub(crate) struct Merge {
    lanes: Vec<Lane>,
    /// For each listing with events that are not returned yet, the first of these events.
    heads: BinaryHeap<Head>,
    /// The listings that must be fed: all of their events so far were returned, but more follow.
    starving: BTreeSet<usize>,
    order: Order,
    keeps_duplicates: bool,
    /// The time of the last event that was returned in order.
    now: Option<Timestamp>,
    returned: ReturnedIds,
    repeated: u64,
}

#[derive(Debug, Default)]
struct Lane {
    waiting: VecDeque<Event>,
    done: bool,
}

/// The first event of a listing that is not returned yet. The event of the greatest `Head` is
/// returned next.
///
/// Heads are ordered by the time of the event in nanoseconds since 1970, then by the index of the
/// listing. If the newest events are returned first, the index is negated; otherwise, the time is.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Head {
    nanoseconds: i128,
    tie: i64,
    lane: usize,
}

/// The IDs of returned events, by time. An ID is kept while the event may be listed again. If the
/// service's tokens are positions in the listing, each new event makes the service list an older
/// event twice.
#[derive(Debug, Default)]
struct ReturnedIds(BTreeMap<Timestamp, HashSet<Box<str>>>);

/// What a merge returns next.
#[derive(Debug, PartialEq)]
pub(crate) enum Next {
    /// The next event in order, and the index of its listing.
    InOrder(usize, Event),
    /// An event that belongs before an event that was returned earlier, and the index of the late
    /// event's listing. The event arrived too late, or the service listed it out of order.
    Late(usize, Event),
}

impl Merge {
    /// Creates a merge of `listings` listings, which have no events yet.
    #[must_use]
    pub(crate) fn new(listings: usize) -> Self {
        let lanes = std::iter::repeat_with(Lane::default)
            .take(listings)
            .collect();
        Self {
            lanes,
            heads: BinaryHeap::new(),
            starving: (0..listings).collect(),
            order: Order::Newest,
            keeps_duplicates: false,
            now: None,
            returned: ReturnedIds::default(),
            repeated: 0,
        }
    }

    /// Returns the same merge, but in the given order.
    #[must_use]
    pub(crate) fn ordered(self, order: Order) -> Self {
        Self { order, ..self }
    }

    /// Returns the same merge, but with a different treatment of duplicates: they are returned if
    /// `keeps_duplicates`, and dropped otherwise.
    #[must_use]
    pub(crate) fn keeping_duplicates(self, keeps_duplicates: bool) -> Self {
        Self {
            keeps_duplicates,
            ..self
        }
    }

    /// Returns the indexes of the listings that must be fed before the next event is known, in
    /// ascending order.
    pub(crate) fn starving(&self) -> impl Iterator<Item = usize> {
        self.starving.iter().copied()
    }

    /// Adds the next events of a listing. `done` says that no more events follow.
    ///
    /// # Panics
    /// If there is no listing with this index.
    pub(crate) fn feed(&mut self, listing: usize, events: Vec<Event>, done: bool) {
        let lane = &mut self.lanes[listing];
        let was_empty = lane.waiting.is_empty();
        lane.waiting.extend(events);
        lane.done = done;
        if was_empty {
            self.show(listing);
        }
    }

    /// Returns the next event. Returns `None` if a listing must be fed first, or if all events of
    /// all listings were returned.
    ///
    /// If two events have the same time and the newest events are returned first, the event of the
    /// listing with the lower index comes first. If the oldest are returned first, it comes last.
    /// An event without a time stays after the event before it in its listing.
    pub(crate) fn pop(&mut self) -> Option<Next> {
        while self.starving.is_empty() {
            let Head { lane, .. } = self.heads.pop()?;
            let event = self.lanes[lane].waiting.pop_front()?;
            let time = event.event_time.or(self.now);
            let is_late = time
                .zip(self.now)
                .is_some_and(|(time, now)| self.order.is_after(now.as_second(), time.as_second()));
            let is_known = self.returned.has(time.unwrap_or_default(), &event);
            if !is_late && time != self.now {
                self.now = time;
                self.returned.forget(time.unwrap_or_default(), self.order);
            }
            self.show(lane);
            if is_known && (is_late || !self.keeps_duplicates) {
                self.repeated += 1;
            } else if is_late {
                return Some(Next::Late(lane, event));
            } else {
                return Some(Next::InOrder(lane, event));
            }
        }
        None
    }

    /// Returns the number of duplicate events that were dropped.
    #[must_use]
    pub(crate) fn repeated(&self) -> u64 {
        self.repeated
    }

    /// Adds a listing to `heads`, with the first of its events that were not returned yet. If there
    /// is none, records whether the listing must be fed.
    fn show(&mut self, lane: usize) {
        let Lane { waiting, done } = &self.lanes[lane];
        let Some(event) = waiting.front() else {
            if *done {
                self.starving.remove(&lane);
            } else {
                self.starving.insert(lane);
            }
            return;
        };
        self.starving.remove(&lane);
        let nanoseconds = event.event_time.or(self.now).map(Timestamp::as_nanosecond);
        let tie = i64::try_from(lane).unwrap_or(i64::MAX);
        self.heads.push(match self.order {
            Order::Newest => Head {
                nanoseconds: nanoseconds.unwrap_or(i128::MAX),
                tie: -tie,
                lane,
            },
            Order::Oldest => Head {
                nanoseconds: nanoseconds.map_or(i128::MAX, |time| -time),
                tie,
                lane,
            },
        });
    }
}

impl ReturnedIds {
    /// Records an event that is about to be returned. Returns whether it was returned before.
    fn has(&mut self, time: Timestamp, event: &Event) -> bool {
        let ids = self.0.entry(time).or_default();
        let id = event.event_id.as_deref();
        id.is_some_and(|id| !ids.insert(id.into()))
    }

    /// Forgets the IDs of events whose time differs from `now` by more than the maximum delay of
    /// events.
    fn forget(&mut self, now: Timestamp, order: Order) {
        let overlap = SignedDuration::from_secs(OVERLAP);
        let is_far = |time: &Timestamp| now.duration_since(*time).abs() > overlap;
        let first = match order {
            Order::Newest => BTreeMap::last_entry,
            Order::Oldest => BTreeMap::first_entry,
        };
        while let Some(entry) = first(&mut self.0).filter(|entry| is_far(entry.key())) {
            entry.remove();
        }
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
            .filter_map(|next| match next {
                Next::InOrder(_, event) => event.event_id,
                Next::Late(_, event) => Some(format!("late {}", event.event_id?)),
            })
            .collect()
    }

    #[test]
    fn the_newest_event_comes_first_and_ties_go_to_the_first_listing() {
        let mut merge = Merge::new(2);
        merge.feed(0, vec![event(9, "a"), event(7, "b")], true);
        merge.feed(1, vec![event(9, "c"), event(8, "d")], true);
        assert_eq!(drain(&mut merge), ["a", "c", "d", "b"]);
    }

    #[test]
    fn no_event_is_returned_while_a_listing_may_have_a_newer_one() {
        let mut merge = Merge::new(2);
        merge.feed(0, vec![event(9, "a")], true);
        assert_eq!(merge.pop(), None);
        assert_eq!(merge.starving().collect::<Vec<_>>(), [1]);
        merge.feed(1, Vec::new(), true);
        assert_eq!(drain(&mut merge), ["a"]);
    }

    #[test]
    fn an_event_in_two_listings_is_returned_once_and_counted() {
        let mut merge = Merge::new(2);
        merge.feed(0, vec![event(9, "a"), event(9, "b")], true);
        merge.feed(1, vec![event(9, "b"), event(9, "a"), event(8, "c")], true);
        assert_eq!(
            (drain(&mut merge), merge.repeated()),
            (vec!["a".into(), "b".into(), "c".into()], 2)
        );
    }

    #[test]
    fn oldest_first_reverses_the_order_including_ties() {
        let mut merge = Merge::new(2).ordered(Order::Oldest);
        merge.feed(0, vec![event(7, "b"), event(9, "a")], true);
        merge.feed(1, vec![event(8, "d"), event(9, "c")], true);
        assert_eq!(drain(&mut merge), ["b", "d", "c", "a"]);
    }

    #[test]
    fn an_event_that_a_listing_repeats_is_returned_once_unless_duplicates_are_kept() {
        for (keeps_duplicates, returned) in [(false, vec!["a", "b"]), (true, vec!["a", "b", "b"])] {
            let mut merge = Merge::new(1).keeping_duplicates(keeps_duplicates);
            merge.feed(0, vec![event(9, "a"), event(7, "b"), event(7, "b")], true);
            assert_eq!(drain(&mut merge), returned);
        }
    }

    #[test]
    fn events_repeated_because_others_arrived_are_returned_once_in_both_orders() {
        for keeps_duplicates in [false, true] {
            let mut merge = Merge::new(1).keeping_duplicates(keeps_duplicates);
            merge.feed(0, vec![event(9, "a"), event(8, "b"), event(7, "c")], false);
            merge.feed(0, vec![event(9, "a"), event(8, "b"), event(6, "d")], true);
            assert_eq!(drain(&mut merge), ["a", "b", "c", "d"]);
            assert_eq!(merge.repeated(), 2);
        }
        let mut merge = Merge::new(1).ordered(Order::Oldest);
        merge.feed(0, vec![event(6, "d"), event(8, "b"), event(9, "a")], false);
        merge.feed(0, vec![event(7, "c"), event(8, "b"), event(9, "a")], true);
        assert_eq!(drain(&mut merge), ["d", "b", "a", "late c"]);
    }

    #[test]
    fn a_late_event_is_marked_and_does_not_affect_the_others() {
        let mut merge = Merge::new(2);
        merge.feed(
            0,
            vec![event(9, "a"), event(7, "b"), event(8, "x"), event(7, "x")],
            true,
        );
        merge.feed(1, vec![event(7, "c")], true);
        assert_eq!(drain(&mut merge), ["a", "b", "late x", "x", "c"]);
    }

    #[test]
    fn only_ids_that_may_be_repeated_are_remembered() {
        for order in [Order::Newest, Order::Oldest] {
            let mut merge = Merge::new(1).ordered(order);
            let mut events: Vec<Event> = (0..10_000).map(|at| event(at, "a")).collect();
            if order == Order::Newest {
                events.reverse();
            }
            merge.feed(0, events, true);
            assert_eq!(drain(&mut merge).len(), 10_000);
            assert_eq!(merge.returned.0.len(), 901);
        }
    }

    #[test]
    fn an_event_without_a_time_follows_its_predecessor() {
        let timeless = |id: &str| Event {
            event_id: Some(id.to_owned()),
            ..Event::default()
        };
        let mut merge = Merge::new(2);
        merge.feed(
            0,
            vec![timeless("a"), event(9, "b"), timeless("c"), event(5, "d")],
            true,
        );
        merge.feed(1, vec![event(8, "e"), timeless("f"), event(7, "g")], true);
        assert_eq!(drain(&mut merge), ["a", "b", "c", "e", "f", "g", "d"]);
    }

    proptest! {
        #[test]
        fn any_listings_are_merged_newest_first_without_losses_or_duplicates(
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
