//! Any events, any window, answers in any order: the slices give what one chain gives.

use ct_core::query::Category;
use ct_core::record::event::Event;
use ct_core::time::Window;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::Value;

use super::{NewestFirst, PageRequest};
use crate::source::history::page::Page;
use crate::source::history::page_chain::LookupRequest;

const PAGE_EVENTS: usize = 50;

/// A region's history, as LookupEvents gives it out.
pub(crate) struct Service {
    /// Seconds, newest first; an event's ID is its place.
    pub(crate) seconds: Vec<i64>,
    pub(crate) asked: usize,
}

impl Service {
    pub(crate) fn new(mut seconds: Vec<i64>) -> Self {
        seconds.sort_unstable_by(|a, b| b.cmp(a));
        Self { seconds, asked: 0 }
    }

    pub(crate) fn answer(&mut self, ask: &PageRequest) -> Page {
        self.asked += 1;
        let body: Value = serde_json::from_slice(&ask.body).unwrap();
        let since = body["StartTime"].as_i64().unwrap_or(i64::MIN);
        let until = body["EndTime"].as_i64().unwrap_or(i64::MAX);
        let begin = body["NextToken"]
            .as_str()
            .map_or(0, |token| token.parse().unwrap());
        let first = self.seconds.partition_point(|&second| second > until);
        let hits = self
            .seconds
            .partition_point(|&second| second >= since)
            .max(first)
            - first;
        let end = hits.min(begin + PAGE_EVENTS);
        let events = (first + begin..first + end).map(|at| Event {
            event_id: Some(at.to_string()),
            event_time: Some(Timestamp::from_second(self.seconds[at]).unwrap()),
            ..Event::default()
        });
        Page {
            events: events.collect(),
            next_token: (end < hits).then(|| end.to_string()),
            date: None,
        }
    }

    pub(crate) fn pages(&self) -> usize {
        self.seconds.len().div_ceil(PAGE_EVENTS).max(1)
    }
}

fn slices(since: Option<i64>, until: Option<i64>) -> NewestFirst {
    NewestFirst::new(request(since, until))
}

pub(crate) fn request(since: Option<i64>, until: Option<i64>) -> LookupRequest {
    LookupRequest {
        window: Window::new(since, until).unwrap(),
        lookup: None,
        category: Category::Management,
        page_size: None,
    }
}

/// What comes out when `chains` requests are on their way at a time and `pick` says which of them is
/// answered next; and the most pages that were held or asked for ahead.
fn fetch(
    slices: &mut NewestFirst,
    service: &mut Service,
    chains: usize,
    room: usize,
    pick: &[usize],
) -> (Vec<usize>, usize) {
    let (mut out, mut on_their_way, mut most) = (Vec::new(), Vec::new(), 0);
    let mut picks = pick.iter().cycle();
    while !slices.is_done() {
        #[expect(clippy::cast_precision_loss, reason = "a handful")]
        while on_their_way.len() < chains
            && let Some(ask) = slices
                .next(room)
                .or_else(|| slices.cut(room, chains as f64))
        {
            on_their_way.push(ask);
        }
        most = most.max(slices.kept());
        if !on_their_way.is_empty() {
            let at = picks.next().unwrap() % on_their_way.len();
            let ask = on_their_way.remove(at);
            let page = service.answer(&ask);
            slices.accept(ask.slice, page).unwrap();
        }
        while let Some(events) = slices.take() {
            out.extend(
                events
                    .into_iter()
                    .map(|event| event.event_id.unwrap().parse::<usize>().unwrap()),
            );
        }
    }
    (out, most)
}

/// Bursts and quiet times: events at the seconds that gaps of these sizes lead to.
pub(crate) fn history() -> impl Strategy<Value = Vec<i64>> {
    let stretch = (0_usize..600, 0_i64..120)
        .prop_flat_map(|(events, gap)| prop::collection::vec(0..=gap, events));
    prop::collection::vec(stretch, 0..5).prop_map(|stretches| {
        let mut second = 1_600_000_000;
        let gaps = stretches.into_iter().flatten();
        gaps.map(|gap| {
            second += gap;
            second
        })
        .collect()
    })
}

#[test]
fn one_chain_that_is_fast_enough_is_never_cut() {
    let mut service = Service::new((0..1000).collect());
    let (out, most) = fetch(&mut slices(Some(0), Some(999)), &mut service, 1, 60, &[0]);
    assert_eq!((out, most, service.asked), ((0..1000).collect(), 0, 20));
}

#[test]
fn a_listing_without_an_end_costs_one_page_more_at_most() {
    let mut service = Service::new((0..1000).collect());
    let (out, _) = fetch(&mut slices(Some(0), None), &mut service, 1, 60, &[0]);
    assert_eq!((out, service.asked), ((0..1000).collect(), 21));
}

#[test]
fn the_first_request_is_the_one_chains() {
    let ask = slices(None, None).next(60).unwrap();
    assert_eq!(ask.body, b"{}");
}

#[test]
fn while_the_first_page_is_out_nothing_is_known_to_cut_by() {
    let mut slices = slices(Some(0), Some(999));
    assert!(slices.next(60).is_some());
    assert_eq!(slices.next(60), None);
    assert_eq!(slices.cut(60, 2.0), None);
}

#[test]
fn what_was_had_before_is_not_given_again() {
    let mut service = Service::new((0..1000).collect());
    let mut slices = NewestFirst::resume(request(Some(0), Some(999)), 499);
    assert_eq!(
        fetch(&mut slices, &mut service, 3, 60, &[0]).0,
        (500..1000).collect::<Vec<_>>()
    );
}

#[test]
fn even_density_costs_three_requests_in_a_hundred_at_most() {
    let mut service = Service::new((0..500_000).map(|at| at * 3).collect());
    let (out, _) = fetch(
        &mut slices(Some(0), Some(1_500_000)),
        &mut service,
        3,
        60,
        &[0, 1, 2],
    );
    assert_eq!(out.len(), 500_000);
    assert!(
        service.asked * 100 <= service.pages() * 103,
        "{} for {}",
        service.asked,
        service.pages()
    );
}

proptest! {
    #[test]
    fn any_history_comes_out_whole_and_in_order(
        history in history(),
        (has_start, has_end) in any::<(bool, bool)>(),
        chains in 1_usize..6,
        room in 0_usize..70,
        pick in prop::collection::vec(0_usize..6, 1..20),
    ) {
        let since = has_start.then(|| history.first().map_or(0, |first| first - 10));
        let until = has_end.then(|| history.last().map_or(9, |last| last + 10));
        let mut service = Service::new(history);
        let expected: Vec<usize> = (0..service.seconds.len()).collect();
        let (out, most) = fetch(&mut slices(since, until), &mut service, chains, room, &pick);
        prop_assert_eq!(out, expected);
        prop_assert!(most <= room, "{} pages ahead", most);
        let cuts = 5 + service.asked / 17;
        prop_assert!(service.asked <= service.pages() + 2 * cuts, "{} for {}", service.asked, service.pages());
    }
}
