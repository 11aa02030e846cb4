//! Tests how many additional requests are needed to list oldest first. Also tests that the events
//! are in order.

use proptest::prelude::*;

use super::super::conformance::{self, Script};
use super::super::testing::{Listing, Service, history, request};
use crate::source::order::Order;

const KEPT: usize = 48;

fn listing(seconds: Vec<i64>, since: Option<i64>, until: Option<i64>) -> Listing {
    Listing {
        service: Service::new(seconds),
        request: request(since, until),
        order: Order::Oldest,
        kept: KEPT,
        is_packed: false,
    }
}

/// Fetches a listing with `side_by_side` concurrent requests. Returns the IDs of the events, and
/// the maximum number of pages kept at the same time.
fn fetch(listing: &mut Listing, side_by_side: usize, picks: &[usize]) -> (Vec<usize>, usize) {
    let script = Script {
        side_by_side,
        room: KEPT,
        picks: picks.to_vec(),
        fault_step: 0,
    };
    conformance::fetch(listing, &script)
}

#[test]
fn a_short_listing_is_one_reversed_chain() {
    let mut listing = listing((0..500).collect(), Some(0), None);
    let (out, _) = fetch(&mut listing, 3, &[0]);
    assert_eq!((out, listing.service.asked), ((0..500).rev().collect(), 11));
}

#[test]
fn a_long_history_costs_three_percent_more_requests_and_is_not_kept_in_memory() {
    for since in [Some(0), None] {
        let seconds = (0..500_000).map(|at| at * 3).collect();
        let mut listing = listing(seconds, since, Some(1_500_000));
        let (out, most) = fetch(&mut listing, 2, &[0, 1]);
        assert!(out.iter().rev().copied().eq(0..500_000));
        assert!(most <= KEPT, "{most}");
        let (asked, pages) = (listing.service.asked, listing.service.pages());
        assert!(asked * 100 <= pages * 103, "{asked} for {pages}");
    }
}

#[test]
fn a_period_without_events_is_searched_in_growing_steps() {
    let seconds = (0..5000).map(|at| 7_776_000 + at).collect();
    let mut listing = listing(seconds, Some(0), None);
    let (out, _) = fetch(&mut listing, 1, &[0]);
    assert_eq!(out.len(), 5000);
    assert!(listing.service.asked <= 140, "{}", listing.service.asked);
}

proptest! {
    #[test]
    fn any_history_is_returned_completely_and_reversed(
        history in history(),
        (has_start, has_end) in any::<(bool, bool)>(),
        side_by_side in 1_usize..6,
        (kept, fault_step) in (0_usize..30, prop_oneof![Just(0_usize), 2_usize..20]),
        picks in prop::collection::vec(0_usize..6, 1..20),
        cut in 0_usize..2500,
    ) {
        let since = has_start.then(|| history.first().map_or(0, |first| first - 10));
        let until = has_end.then(|| history.last().map_or(9, |last| last + 10));
        let mut listing = Listing { kept, ..listing(history, since, until) };
        let expected: Vec<String> = (0..listing.service.seconds.len()).rev().map(|at| at.to_string()).collect();
        let script = Script { side_by_side, room: KEPT, picks, fault_step };
        conformance::assert_conforms(&mut listing, &script, cut, &expected);
    }
}
