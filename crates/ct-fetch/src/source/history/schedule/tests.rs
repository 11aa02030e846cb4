//! Simulates a region, to test that the quota is used, and that failures do not change the output.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use super::{InFlight, Schedule};
use crate::source::history::attempts::Attempts;
use crate::source::history::pacer::Pacer;
use crate::source::history::page::Page;
use crate::source::history::traversal::newest_first::NewestFirst;
use crate::source::history::traversal::oldest_first::OldestFirst;
use crate::source::history::traversal::testing;
use ct_aws::error::{RequestError, ServiceError};

const START: i64 = 1_600_000_000;

/// A simulated LookupEvents. It permits two requests per second and two at the same time, and
/// returns fifty events per page.
struct Service {
    /// The times of the events in Unix seconds, newest first. The ID of an event is its index.
    seconds: Vec<i64>,
    tokens: f64,
    at: Duration,
    asked: usize,
    throttled: usize,
    /// For each request, the error with which it fails; `None` if it succeeds. The list is repeated
    /// as needed.
    faults: Vec<Option<RequestError>>,
}

impl Service {
    fn new(seconds: impl Iterator<Item = i64>, faults: Vec<Option<RequestError>>) -> Self {
        let mut seconds: Vec<i64> = seconds.collect();
        seconds.sort_unstable_by(|a, b| b.cmp(a));
        Self {
            seconds,
            tokens: 2.0,
            at: Duration::ZERO,
            asked: 0,
            throttled: 0,
            faults,
        }
    }

    fn answer(&mut self, body: &[u8], now: Duration) -> Result<Page, RequestError> {
        self.asked += 1;
        self.tokens = (self.tokens + now.saturating_sub(self.at).as_secs_f64() * 2.0).min(2.0);
        self.at = now;
        if self.tokens < 1.0 {
            self.throttled += 1;
            return Err(service_fault(400, "ThrottlingException"));
        }
        self.tokens -= 1.0;
        if let Some(Some(fault)) = self.faults.get(self.asked % self.faults.len().max(1)) {
            return Err(fault.clone());
        }
        Ok(testing::page(&self.seconds, body))
    }
}

fn service_fault(http_status: u16, code: &str) -> RequestError {
    RequestError::Service(ServiceError {
        http_status,
        code: code.to_owned(),
        message: None,
    })
}

fn source(since: Option<i64>) -> Schedule {
    let slices = NewestFirst::new(testing::request(since, None), false);
    Schedule::new(
        vec![Box::new(slices)],
        Pacer::new(2.0),
        Attempts::all(u32::MAX),
    )
}

/// Simulates a run. Returns the indexes of the events in the order of output, and the time of the
/// last response.
fn run(
    source: &mut Schedule,
    service: &mut Service,
    latency: Duration,
    random: f64,
) -> (Vec<usize>, Duration) {
    let (mut now, mut out) = (Duration::ZERO, Vec::new());
    let mut on_their_way: BTreeMap<(Duration, usize), (InFlight, Result<Page, RequestError>)> =
        BTreeMap::new();
    let mut number = 0;
    loop {
        while let Some(events) = source.take(0) {
            out.extend(
                events
                    .iter()
                    .map(|event| event.event_id.as_deref().unwrap().parse::<usize>().unwrap()),
            );
        }
        if source.is_done(0) {
            return (out, now);
        }
        while let Some(sending) = source.next(now, 48) {
            let answer = service.answer(&sending.request.body, now);
            number += 1;
            on_their_way.insert((now + latency, number), (sending, answer));
        }
        let wakes_at = source.wakes_at(now).unwrap_or(Duration::MAX);
        let answered_at = on_their_way
            .keys()
            .next()
            .map_or(Duration::MAX, |(at, _)| *at);
        now = wakes_at.min(answered_at);
        assert_ne!(
            now,
            Duration::MAX,
            "no request is outstanding and none is scheduled"
        );
        if answered_at <= wakes_at {
            let (_, (sending, answer)) = on_their_way.pop_first().unwrap();
            source.take_in(sending, answer, now, random).unwrap();
        }
    }
}

#[test]
fn two_hundred_pages_use_the_quota_at_any_latency_and_are_never_throttled() {
    for since in [Some(START), None] {
        for latency in [50, 300, 600, 1000] {
            let mut service = Service::new((0..10_000).map(|at| START + at * 7), Vec::new());
            let latency = Duration::from_millis(latency);
            let (out, end) = run(&mut source(since), &mut service, latency, 0.5);
            assert_eq!((out.len(), service.throttled), (10_000, 0));
            // If the start of the window is unknown, a listing is split only after some pages.
            let (least, unseen) = match since {
                Some(_) => (0.97, Duration::ZERO),
                None => (0.96, latency),
            };
            let end = end.saturating_sub(unseen);
            let share = 100.0 / end.as_secs_f64();
            let waste = service.asked - 200;
            assert!(
                share >= least && waste <= 6,
                "{share} with {waste} more at {latency:?} since {since:?}"
            );
        }
    }
}

#[test]
fn two_thousand_pages_oldest_first_use_the_quota_and_are_never_throttled() {
    for since in [Some(START), None] {
        for latency in [50, 300, 600, 1000] {
            let mut service = Service::new((0..100_000).map(|at| START + at * 7), Vec::new());
            let ascent = OldestFirst::new(testing::request(since, None), 48);
            let mut source = Schedule::new(
                vec![Box::new(ascent)],
                Pacer::new(2.0),
                Attempts::all(u32::MAX),
            );
            let latency = Duration::from_millis(latency);
            let (out, end) = run(&mut source, &mut service, latency, 0.5);
            assert!(out.into_iter().rev().eq(0..100_000));
            assert_eq!(service.throttled, 0);
            let share = 1000.0 / end.as_secs_f64();
            let waste = service.asked - 2000;
            // If the start of the history is unknown, several pages are needed to find it.
            let least = if since.is_some() { 0.97 } else { 0.85 };
            assert!(
                share >= least && waste <= 60,
                "{share} with {waste} more at {latency:?} since {since:?}"
            );
        }
    }
}

/// Generates the times between events, in seconds, with bursts and quiet periods.
fn gaps() -> impl Strategy<Value = Vec<i64>> {
    let stretch = (100_usize..1500, 0_i64..400)
        .prop_flat_map(|(events, most)| prop::collection::vec(0..=most, events));
    prop::collection::vec(stretch, 1..5).prop_map(|stretches| stretches.concat())
}

/// Returns the time of each event in Unix seconds. `gaps` contains the time between each event and
/// its predecessor or, for the first event, [`START`].
fn seconds(gaps: Vec<i64>) -> impl Iterator<Item = i64> {
    gaps.into_iter().scan(START, |second, gap| {
        *second += gap;
        Some(*second)
    })
}

proptest! {
    #[test]
    fn any_density_is_fetched_without_throttling_and_with_little_waste(
        gaps in gaps(),
        latency in 1_u64..1600,
        has_start in any::<bool>(),
    ) {
        let mut service = Service::new(seconds(gaps), Vec::new());
        let expected: Vec<usize> = (0..service.seconds.len()).collect();
        let mut source = source(has_start.then_some(START));
        let (out, _) = run(&mut source, &mut service, Duration::from_millis(latency), 0.5);
        prop_assert_eq!(out, expected);
        prop_assert_eq!(service.throttled, 0);
        let pages = service.seconds.len().div_ceil(50);
        prop_assert!(service.asked <= pages + 8 + pages / 8, "{} for {}", service.asked, pages);
    }

    #[test]
    fn any_faults_leave_the_output_unchanged(
        gaps in prop::collection::vec(0_i64..400, 0..1500),
        faults in prop::collection::vec(prop_oneof![
            6 => Just(None),
            1 => Just(Some(service_fault(400, "ThrottlingException"))),
            1 => Just(Some(service_fault(500, "500"))),
            1 => Just(Some(RequestError::Connection("reset".to_owned()))),
            1 => Just(Some(RequestError::BadAnswer("empty".to_owned()))),
        ], 1..30).prop_filter("some requests must succeed", |faults| faults.iter().any(Option::is_none)),
        latency in 1_u64..3000,
        random in 0.0..1.0,
    ) {
        let mut service = Service::new(seconds(gaps), faults);
        let expected: Vec<usize> = (0..service.seconds.len()).collect();
        let (out, _) = run(&mut source(None), &mut service, Duration::from_millis(latency), random);
        prop_assert_eq!(out, expected);
    }
}

#[test]
fn nights_that_are_ten_times_as_quiet_as_days_waste_no_quota() {
    for latency in [600, 1000] {
        let gap = |at: i64| if at / 300 % 2 == 0 { 30 } else { 300 };
        let seconds = (0..10_000).scan(START, |second, at| {
            *second += gap(at);
            Some(*second)
        });
        let mut service = Service::new(seconds, Vec::new());
        let latency = Duration::from_millis(latency);
        let (out, end) = run(&mut source(Some(START)), &mut service, latency, 0.5);
        assert_eq!((out.len(), service.throttled), (10_000, 0));
        let share = 100.0 / (end.saturating_sub(latency).as_secs_f64() + 0.5);
        assert!(share >= 0.97, "{share} at {latency:?}");
    }
}
