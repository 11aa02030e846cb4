//! Simulates a day in which events arrive late and in any order, and requests fail. Each event must
//! be returned once.

use std::collections::BTreeMap;
use std::time::Duration;

use ct_core::query::Category;
use ct_core::record::attribute::Attribute;
use ct_core::record::event::Event;
use ct_core::time::Window;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::Value;

use super::{Follow, OVERLAP};
use crate::source::history::attempts::Attempts;
use crate::source::history::page::Page;
use crate::source::history::page_chain::LookupRequest;
use ct_aws::error::{RequestError, ServiceError};

const START: i64 = 1_600_000_000;
const HOUR: u64 = 3600;

/// An event: its time, and when it arrives in the event history, both in seconds since the run
/// began.
#[derive(Debug, Clone, Copy)]
struct Happening {
    second: i64,
    arrived: i64,
}

/// A simulated event history to which events are added. A token is a position in the list of
/// events.
struct Service {
    /// All events, in the order in which they arrive. The ID of an event is its index in this list.
    events: Vec<Happening>,
    /// The indexes of the events that have arrived, newest first.
    listed: Vec<usize>,
    arrived: usize,
    asked: usize,
    faults: Vec<Option<RequestError>>,
    /// Whether responses have a `Date` header.
    is_dated: bool,
}

impl Service {
    fn new(mut events: Vec<Happening>, faults: Vec<Option<RequestError>>) -> Self {
        events.sort_by_key(|event| event.arrived);
        Self {
            events,
            listed: Vec::new(),
            arrived: 0,
            asked: 0,
            faults,
            is_dated: true,
        }
    }

    /// Returns the same service, but its responses have no `Date` header.
    fn undated(self) -> Self {
        Self {
            is_dated: false,
            ..self
        }
    }

    fn date(&self, now: Duration) -> Option<i64> {
        let date = START.saturating_add_unsigned(now.as_secs());
        self.is_dated.then_some(date)
    }

    fn answer(&mut self, body: &[u8], now: Duration) -> Result<Page, RequestError> {
        self.asked += 1;
        if let Some(Some(fault)) = self.faults.get(self.asked % self.faults.len().max(1)) {
            return Err(fault.clone());
        }
        self.arrive(now);
        let body: Value = serde_json::from_slice(body).unwrap();
        let since = body["StartTime"].as_i64().unwrap_or(i64::MIN);
        let until = body["EndTime"].as_i64().unwrap_or(i64::MAX);
        let begin = body["NextToken"]
            .as_str()
            .map_or(0, |token| token.parse::<usize>().unwrap());
        let second = |at: &usize| START + self.events[*at].second;
        let first = self.listed.partition_point(|at| second(at) > until);
        let last = self.listed.partition_point(|at| second(at) >= since);
        let hits = &self.listed[first..last.max(first)];
        let end = hits.len().min(begin + 50);
        let page = hits[begin.min(end)..end]
            .iter()
            .map(|at| event(*at, second(at)));
        Ok(Page {
            events: page.collect(),
            next_token: (end < hits.len()).then(|| end.to_string()),
            date: self.date(now),
        })
    }

    fn arrive(&mut self, now: Duration) {
        while let Some(event) = self.events.get(self.arrived)
            && event.arrived <= i64::try_from(now.as_secs()).unwrap()
        {
            let events = &self.events;
            let target = self
                .listed
                .partition_point(|at| events[*at].second > event.second);
            self.listed.insert(target, self.arrived);
            self.arrived += 1;
        }
    }
}

fn event(at: usize, second: i64) -> Event {
    Event {
        event_id: Some(at.to_string()),
        event_time: Some(Timestamp::from_second(second).unwrap()),
        ..Event::default()
    }
}

fn fault(http_status: u16, code: &str) -> RequestError {
    RequestError::Service(ServiceError {
        http_status,
        code: code.to_owned(),
        message: None,
    })
}

/// Simulates a run that lists its window, which takes the time `window`, and then follows until
/// `end`. Returns how often each event was returned, by the event's index.
fn run(service: &mut Service, window: Duration, end: Duration) -> BTreeMap<usize, u32> {
    let request = LookupRequest {
        window: Window::default(),
        lookup: None,
        category: Category::Management,
        page_size: None,
    };
    let mut follow = Follow::new(vec![request], 2.0, Attempts::all(u32::MAX), START);
    let mut came = BTreeMap::new();
    service.arrive(Duration::ZERO);
    follow.observe_date(service.date(Duration::ZERO), (Duration::ZERO, window));
    for &at in &service.listed {
        follow.mark_returned(&event(at, START + service.events[at].second));
        *came.entry(at).or_default() += 1;
    }
    follow.begin(window);
    let mut now = window;
    while now < end {
        let Some(body) = follow.next(now) else {
            now = follow.wakes_at().unwrap();
            continue;
        };
        let sent_at = now;
        let answer = service.answer(&body, now);
        now += Duration::from_millis(300);
        let events = follow.take_in(answer, (sent_at, now), 0.5).unwrap();
        assert!(events.is_sorted_by_key(|event| event.event_time));
        for event in events {
            let at: usize = event.event_id.unwrap().parse().unwrap();
            *came.entry(at).or_default() += 1;
        }
    }
    came
}

/// Returns the result of a correct run: each event was returned once.
fn once(service: &Service) -> BTreeMap<usize, u32> {
    (0..service.events.len()).map(|at| (at, 1)).collect()
}

/// Returns the events of a day that starts an hour before the run and has busy and quiet hours.
/// Each event arrives up to 15 minutes late.
fn day() -> Vec<Happening> {
    let mut random = 1_u64;
    let mut below = |bound: u64| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        i64::try_from((random >> 33) % bound).unwrap()
    };
    let hours = (-1..24).flat_map(|hour| {
        let number = [30, 0, 500, 100, 3_000][usize::try_from(hour + 1).unwrap() % 5];
        std::iter::repeat_n(hour, number)
    });
    hours
        .map(|hour| {
            let second = hour * 3600 + below(HOUR);
            let arrived = second + below(OVERLAP.unsigned_abs() + 1);
            Happening { second, arrived }
        })
        .collect()
}

#[test]
fn in_a_day_every_event_is_returned_once_however_late_it_arrives() {
    let faults = vec![
        None,
        None,
        None,
        Some(fault(400, "ThrottlingException")),
        None,
        None,
        Some(RequestError::Connection("reset".to_owned())),
        None,
        Some(fault(400, "InvalidNextTokenException")),
    ];
    for (window, faults, is_dated) in [
        (0, Vec::new(), true),
        (0, Vec::new(), false),
        (3 * HOUR, Vec::new(), true),
        (3 * HOUR, Vec::new(), false),
        (60, faults, true),
    ] {
        let service = Service::new(day(), faults);
        let mut service = Service {
            is_dated,
            ..service
        };
        let (window, end) = (Duration::from_secs(window), Duration::from_hours(26));
        let came = run(&mut service, window, end);
        assert!(
            came == once(&service),
            "{} of {}",
            came.len(),
            service.events.len()
        );
        let most = end.saturating_sub(window).as_secs();
        assert!(service.asked as u64 <= most, "{} requests", service.asked);
    }
}

#[test]
fn a_quiet_region_is_polled_every_ten_seconds() {
    let mut service = Service::new(Vec::new(), Vec::new());
    run(&mut service, Duration::ZERO, Duration::from_mins(1));
    assert_eq!(service.asked, 6);
}

/// Returns events with the times `seconds` that arrive without delay.
fn prompt(seconds: impl IntoIterator<Item = i64>) -> Vec<Happening> {
    let happening = |second| Happening {
        second,
        arrived: second,
    };
    seconds.into_iter().map(happening).collect()
}

#[test]
fn an_event_dated_in_the_future_hides_no_later_one() {
    let ahead = Happening {
        second: 3600,
        arrived: 60,
    };
    for is_dated in [true, false] {
        let mut events = prompt((0..1800).step_by(20));
        events.push(ahead);
        let mut service = Service {
            is_dated,
            ..Service::new(events, Vec::new())
        };
        let came = run(&mut service, Duration::ZERO, Duration::from_secs(2000));
        assert_eq!(came, once(&service), "{is_dated}");
    }
}

#[test]
fn many_events_after_weeks_of_silence_cost_few_requests() {
    let weeks = 60 * 24 * 3600;
    let events = prompt((-10..0).chain((0..200).map(|at| weeks + at / 20)));
    let end = Duration::from_secs(weeks.unsigned_abs() + 60);
    let polls = usize::try_from(weeks / 10).unwrap();
    for (service, most) in [
        (Service::new(events.clone(), Vec::new()), 30),
        (Service::new(events, Vec::new()).undated(), 50),
    ] {
        let mut service = service;
        let came = run(&mut service, Duration::ZERO, end);
        assert_eq!(came, once(&service));
        let more = service.asked - polls;
        assert!(more <= most, "{more} requests more");
    }
}

#[test]
fn a_dense_period_after_silence_is_listed_in_pieces() {
    // The first poll starts three days after the run began, as if the first listing or an outage
    // took so long.
    let day = 24 * 3600;
    let late = 3 * day;
    let mut events = prompt((0..60_000).map(|at| 2 * day + at / 10));
    events.extend(prompt((0..100).map(|at| late - 100 + at)));
    let mut service = Service::new(events, Vec::new());
    let (window, end) = (late.unsigned_abs(), late.unsigned_abs() + 6 * HOUR);
    let came = run(
        &mut service,
        Duration::from_secs(window),
        Duration::from_secs(end),
    );
    assert_eq!(came.len(), service.events.len());
    assert!(came.values().all(|times| *times == 1));
    assert!(service.asked < 5_000, "{} requests", service.asked);
}

#[test]
fn only_events_that_may_be_listed_again_are_remembered() {
    let request = LookupRequest {
        window: Window::default(),
        lookup: Some((Attribute::Username, "alice".to_owned())),
        category: Category::Management,
        page_size: Some(10),
    };
    // The local clock is an hour slow. This has no effect, because responses have a `Date` header.
    let mut follow = Follow::new(vec![request], 2.0, Attempts::default(), START - 3600);
    follow.observe_date(Some(START + 9_999), (Duration::ZERO, Duration::ZERO));
    for at in 0..10_000 {
        follow.mark_returned(&event(at, START + i64::try_from(at).unwrap()));
    }
    follow.begin(Duration::ZERO);
    assert_eq!(follow.sent.len(), 901);
    assert_eq!(
        follow.next(Duration::ZERO).unwrap(),
        br#"{"LookupAttributes":[{"AttributeKey":"Username","AttributeValue":"alice"}],"StartTime":1600009099}"#
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_arrivals_and_faults_return_every_event_once(
        events in prop::collection::vec((-2000_i64..4000, 0..=OVERLAP), 0..900),
        (window, is_dated) in (0_u64..4000, any::<bool>()),
        faults in prop::collection::vec(prop_oneof![
            6 => Just(None),
            1 => Just(Some(fault(400, "ThrottlingException"))),
            1 => Just(Some(fault(503, "503"))),
            1 => Just(Some(fault(400, "InvalidNextTokenException"))),
            1 => Just(Some(RequestError::BadAnswer("empty".to_owned()))),
        ], 1..20).prop_filter("most requests must succeed", |faults| {
            faults.iter().filter(|fault| fault.is_none()).count() * 2 > faults.len()
        }),
    ) {
        let events = events.into_iter().map(|(second, late)| Happening { second, arrived: second + late });
        let service = Service::new(events.collect(), faults);
        let mut service = Service { is_dated, ..service };
        let came = run(&mut service, Duration::from_secs(window), Duration::from_secs(8_000));
        prop_assert_eq!(came, once(&service));
    }
}
