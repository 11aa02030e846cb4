//! Tests how many additional requests are needed because a listing is cut into slices. Also tests
//! that the events are in order, whatever the order of the replies.

use proptest::prelude::*;

use super::super::conformance::{self, Script};
use super::super::testing::{Listing, Service, history, request};
use super::NewestFirst;
use crate::source::history::traversal::Traversal as _;
use crate::source::order::Order;

fn slices(since: Option<i64>, until: Option<i64>) -> NewestFirst {
    NewestFirst::new(request(since, until), false)
}

fn listing(seconds: Vec<i64>, since: Option<i64>, until: Option<i64>) -> Listing {
    Listing {
        service: Service::new(seconds),
        request: request(since, until),
        order: Order::Newest,
        kept: 0,
        is_packed: false,
    }
}

/// Fetches a listing with `side_by_side` concurrent requests. Returns the IDs of the events, and
/// the maximum number of pages kept at the same time.
fn fetch(listing: &mut Listing, side_by_side: usize, room: usize) -> (Vec<usize>, usize) {
    let script = Script {
        side_by_side,
        room,
        picks: vec![0, 1, 2],
        fault_step: 0,
    };
    conformance::fetch(listing, &script)
}

#[test]
fn one_chain_that_is_fast_enough_is_never_split() {
    let mut listing = listing((0..1000).collect(), Some(0), Some(999));
    let (out, most) = fetch(&mut listing, 1, 60);
    assert_eq!(
        (out, most, listing.service.asked),
        ((0..1000).collect(), 0, 20)
    );
}

#[test]
fn a_listing_without_an_end_costs_at_most_one_additional_page() {
    let mut listing = listing((0..1000).collect(), Some(0), None);
    let (out, _) = fetch(&mut listing, 1, 60);
    assert_eq!((out, listing.service.asked), ((0..1000).collect(), 21));
}

#[test]
fn the_first_request_of_a_split_listing_equals_that_of_an_unsplit_one() {
    let request = slices(None, None).next(60).unwrap();
    assert_eq!(request.body, b"{}");
}

#[test]
fn before_the_first_page_there_is_no_density_to_split_by() {
    let mut slices = slices(Some(0), Some(999));
    assert!(slices.next(60).is_some());
    assert_eq!(slices.next(60), None);
    assert_eq!(slices.split(60, 2.0), None);
}

#[test]
fn an_even_density_costs_at_most_three_percent_more_requests() {
    let seconds = (0..500_000).map(|at| at * 3).collect();
    let mut listing = listing(seconds, Some(0), Some(1_500_000));
    let (out, _) = fetch(&mut listing, 3, 60);
    assert_eq!(out.len(), 500_000);
    let (asked, pages) = (listing.service.asked, listing.service.pages());
    assert!(asked * 100 <= pages * 103, "{asked} for {pages}");
}

proptest! {
    #[test]
    fn any_history_is_returned_completely_and_in_order(
        history in history(),
        (has_start, has_end) in any::<(bool, bool)>(),
        side_by_side in 1_usize..6,
        room in 0_usize..70,
        picks in prop::collection::vec(0_usize..6, 1..20),
        (fault_step, cut) in (prop_oneof![Just(0_usize), 2_usize..20], 0_usize..2500),
    ) {
        let since = has_start.then(|| history.first().map_or(0, |first| first - 10));
        let until = has_end.then(|| history.last().map_or(9, |last| last + 10));
        let mut listing = Listing { is_packed: fault_step % 2 == 1, ..listing(history, since, until) };
        let expected: Vec<String> = (0..listing.service.seconds.len()).map(|at| at.to_string()).collect();
        let script = Script { side_by_side, room, picks, fault_step };
        if fault_step == 0 {
            let (out, most) = fetch(&mut listing, side_by_side, room);
            prop_assert_eq!(out.len(), expected.len());
            prop_assert!(most <= room, "{} pages ahead", most);
            let splits = 5 + listing.service.asked / 17;
            let pages = listing.service.pages();
            prop_assert!(listing.service.asked <= pages + 1 + splits * 2, "{} for {pages}", listing.service.asked);
        }
        conformance::assert_conforms(&mut listing, &script, cut, &expected);
    }
}
