//! A simulated region for the tests of traversals. Also makes a traversal a [`Subject`] of the
//! tests that every source must pass.

use ct_core::query::Category;
use ct_core::record::event::Event;
use ct_core::time::Window;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::Value;

use super::{BufferOptions, PageRequest, Traversal};
use crate::source::cursor::Cursor;
use crate::source::history::page::{PAGE_EVENTS, Page};
use crate::source::history::page_chain::LookupRequest;
use crate::source::order::Order;

/// A simulated event history of a region.
pub(super) struct Service {
    /// The times of the events in Unix seconds, newest first. The ID of an event is its index.
    pub(super) seconds: Vec<i64>,
    pub(super) asked: usize,
}

impl Service {
    pub(super) fn new(mut seconds: Vec<i64>) -> Self {
        seconds.sort_unstable_by(|a, b| b.cmp(a));
        Self { seconds, asked: 0 }
    }

    pub(super) fn answer(&mut self, request: &PageRequest) -> Page {
        self.asked += 1;
        page(&self.seconds, &request.body)
    }

    pub(super) fn pages(&self) -> usize {
        self.seconds.len().div_ceil(usize::from(PAGE_EVENTS)).max(1)
    }
}

/// Returns the page that LookupEvents returns for the request `body`. The events of the history
/// have the times `seconds`, in Unix seconds, newest first. The ID of an event is its index in this
/// list.
pub(in crate::source::history) fn page(seconds: &[i64], body: &[u8]) -> Page {
    let body: Value = serde_json::from_slice(body).unwrap();
    let since = body["StartTime"].as_i64().unwrap_or(i64::MIN);
    let until = body["EndTime"].as_i64().unwrap_or(i64::MAX);
    let begin = body["NextToken"]
        .as_str()
        .map_or(0, |token| token.parse().unwrap());
    let first = seconds.partition_point(|&second| second > until);
    let hits = seconds
        .partition_point(|&second| second >= since)
        .max(first)
        - first;
    let end = hits.min(begin + usize::from(PAGE_EVENTS));
    let events = (first + begin..first + end).map(|at| Event {
        event_id: Some(at.to_string()),
        event_time: Some(Timestamp::from_second(seconds[at]).unwrap()),
        ..Event::default()
    });
    Page {
        events: events.collect(),
        next_token: (end < hits).then(|| end.to_string()),
        date: None,
    }
}

pub(in crate::source::history) fn request(since: Option<i64>, until: Option<i64>) -> LookupRequest {
    LookupRequest {
        window: Window::new(since, until).unwrap(),
        lookup: None,
        category: Category::Management,
        page_size: None,
    }
}

/// Generates the times of events in bursts and quiet periods, in Unix seconds.
pub(super) fn history() -> impl Strategy<Value = Vec<i64>> {
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

/// A listing of a simulated service, newest or oldest first.
pub(super) struct Listing {
    pub(super) service: Service,
    pub(super) request: LookupRequest,
    pub(super) order: Order,
    pub(super) kept: usize,
    pub(super) is_packed: bool,
}

impl Listing {
    /// Fetches the listing. Returns the IDs of the events, and the maximum number of pages kept at
    /// the same time.
    pub(super) fn open(&self, rest: Option<Cursor>) -> Box<dyn Traversal> {
        let rest = rest.map(|rest| rest.second().unwrap());
        let keeping = BufferOptions {
            pages: self.kept,
            is_packed: self.is_packed,
        };
        super::new(self.request.clone(), self.order, keeping, rest)
    }

    /// Returns the reply to a request. If `is_refused`, the request fails.
    pub(super) fn send(&mut self, request: &PageRequest, is_refused: bool) -> Reply {
        let has_token = String::from_utf8_lossy(&request.body).contains("NextToken");
        if is_refused && has_token {
            return Reply::TokenExpired;
        }
        if is_refused {
            return Reply::Failed;
        }
        Reply::Page(self.service.answer(request))
    }
}

/// The result of a request.
pub(super) enum Reply {
    Page(Page),
    /// No reply. The same request is sent again.
    Failed,
    /// No reply, because the request's token is invalid. The same request would fail again.
    TokenExpired,
}
