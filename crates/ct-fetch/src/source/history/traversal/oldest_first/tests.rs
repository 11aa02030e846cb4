//! Any events, any window, answers in any order: what comes out is the listing the other way round.

use ct_core::record::event::Event;
use proptest::prelude::*;

use super::OldestFirst;
use crate::source::history::traversal::newest_first::tests::{Service, history, request};

const KEPT: usize = 48;

/// What comes out when `chains` requests are on their way at a time and `pick` says which of them is
/// answered next; and the most pages that were kept.
fn fetch(
    ascent: &mut OldestFirst,
    service: &mut Service,
    chains: usize,
    pick: &[usize],
) -> (Vec<usize>, usize) {
    fetch_refusing(ascent, service, chains, pick, usize::MAX)
}

/// The same where every `step`th request is told that its token no longer holds, if it has one.
fn fetch_refusing(
    ascent: &mut OldestFirst,
    service: &mut Service,
    chains: usize,
    pick: &[usize],
    step: usize,
) -> (Vec<usize>, usize) {
    let mut number = 0;
    let (mut out, mut on_their_way, mut most) = (Vec::new(), Vec::new(), 0);
    let mut picks = pick.iter().cycle();
    while !ascent.is_done() {
        while on_their_way.len() < chains
            && let Some(ask) = ascent.next(KEPT).or_else(|| ascent.cut(KEPT, 2.0))
        {
            on_their_way.push(ask);
        }
        if !on_their_way.is_empty() {
            let at = picks.next().unwrap() % on_their_way.len();
            let ask = on_their_way.remove(at);
            number += 1;
            let body = String::from_utf8_lossy(&ask.body);
            let is_refused = number % step == 0 && body.contains("NextToken");
            if !is_refused || !ascent.restart(ask.slice) {
                let page = service.answer(&ask);
                ascent.accept(ask.slice, page).unwrap();
            }
        }
        most = most.max(ascent.kept());
        while let Some(events) = ascent.take() {
            let target = |event: Event| event.event_id.unwrap().parse::<usize>().unwrap();
            out.extend(events.into_iter().map(target));
        }
    }
    (out, most)
}

#[test]
fn a_short_listing_is_one_chain_turned_round() {
    let mut service = Service::new((0..500).collect());
    let mut ascent = OldestFirst::new(request(Some(0), None), KEPT);
    let (out, _) = fetch(&mut ascent, &mut service, 3, &[0]);
    assert_eq!((out, service.asked), ((0..500).rev().collect(), 11));
}

#[test]
fn a_long_history_costs_three_requests_in_a_hundred_more_and_is_not_held() {
    for since in [Some(0), None] {
        let mut service = Service::new((0..500_000).map(|at| at * 3).collect());
        let mut ascent = OldestFirst::new(request(since, Some(1_500_000)), KEPT);
        let (out, most) = fetch(&mut ascent, &mut service, 2, &[0, 1]);
        assert!(out.iter().rev().copied().eq(0..500_000));
        assert!(most <= KEPT, "{most}");
        let (asked, pages) = (service.asked, service.pages());
        assert!(asked * 100 <= pages * 103, "{asked} for {pages}");
    }
}

#[test]
fn a_quiet_start_is_crossed_in_growing_steps() {
    let mut service = Service::new((0..5000).map(|at| 7_776_000 + at).collect());
    let mut ascent = OldestFirst::new(request(Some(0), None), KEPT);
    let (out, _) = fetch(&mut ascent, &mut service, 1, &[0]);
    assert_eq!(out.len(), 5000);
    assert!(service.asked <= 140, "{}", service.asked);
}

#[test]
fn what_was_had_before_is_not_given_again() {
    let mut service = Service::new((0..1000).collect());
    let mut ascent = OldestFirst::resume(request(Some(0), Some(999)), KEPT, 600);
    let (out, _) = fetch(&mut ascent, &mut service, 2, &[0]);
    assert_eq!(out, (0..400).rev().collect::<Vec<_>>());
}

proptest! {
    #[test]
    fn any_history_comes_out_whole_and_the_other_way_round(
        history in history(),
        (has_start, has_end) in any::<(bool, bool)>(),
        chains in 1_usize..6,
        (kept, step) in (0_usize..30, 2_usize..20),
        pick in prop::collection::vec(0_usize..6, 1..20),
    ) {
        let since = has_start.then(|| history.first().map_or(0, |first| first - 10));
        let until = has_end.then(|| history.last().map_or(9, |last| last + 10));
        let mut service = Service::new(history);
        let expected: Vec<usize> = (0..service.seconds.len()).rev().collect();
        let mut ascent = OldestFirst::new(request(since, until), kept);
        let (out, _) = fetch_refusing(&mut ascent, &mut service, chains, &pick, step);
        prop_assert_eq!(out, expected);
    }
}
