//! A stretch of the window that is listed, held and turned round as one.

use std::cmp::Reverse;

use ct_core::record::event::Event;

use crate::source::history::page_chain::PageChain;
use crate::source::history::traversal::span::Span;
use crate::source::partition::RequestId;

#[derive(Debug)]
pub(super) struct Piece {
    pub(super) id: RequestId,
    /// The seconds that are its own.
    pub(super) span: Span,
    /// `None` until it is begun.
    pub(super) listing: Option<PageChain>,
    /// How many pages it was foreseen to have when it was begun.
    pub(super) foreseen: f64,
    pub(super) is_asked: bool,
    pub(super) is_done: bool,
    /// Newest first.
    pub(super) pages: Vec<Vec<Event>>,
}

impl Piece {
    /// Not begun.
    pub(super) fn new(id: RequestId, oldest: Option<i64>, newest: Option<i64>) -> Self {
        Self {
            id,
            span: Span { oldest, newest },
            listing: None,
            foreseen: 0.0,
            is_asked: false,
            is_done: false,
            pages: Vec::new(),
        }
    }

    /// Puts an event that arrived between two pages, and so was listed too late, into its place.
    pub(super) fn sort(&mut self) {
        let events = self.pages.iter().flatten();
        let seconds = events.filter_map(Event::second);
        if seconds.is_sorted_by(|newer, older| newer >= older) {
            return;
        }
        let mut before = i64::MAX;
        let events = self.pages.drain(..).flatten();
        let mut events: Vec<(i64, Event)> = events
            .map(|event| {
                before = event.second().unwrap_or(before);
                (before, event)
            })
            .collect();
        events.sort_by_key(|(second, _)| Reverse(*second));
        self.pages
            .push(events.into_iter().map(|(_, event)| event).collect());
    }
}

/// Events a second on a page of them.
pub(super) fn density(events: &[Event]) -> Option<f64> {
    let seconds = events.iter().filter_map(Event::second);
    let (newest, oldest) = (seconds.clone().max()?, seconds.min()?);
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let (number, width) = (events.len() as f64, (newest - oldest + 1) as f64);
    Some(number / width)
}
