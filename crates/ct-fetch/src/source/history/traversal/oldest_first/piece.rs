//! A piece: a part of the window that is listed newest first, kept in memory, and then returned in
//! reverse order.

use std::cmp::Reverse;

use ct_core::record::event::Event;

use crate::source::history::page_chain::PageChain;
use crate::source::history::traversal::PartId;
use crate::source::history::traversal::span::Span;

#[derive(Debug)]
pub(super) struct WindowPart {
    pub(super) id: PartId,
    /// The first and the last second of the piece.
    pub(super) span: Span,
    /// The chain of pages that lists the piece; `None` until the piece is started.
    pub(super) listing: Option<PageChain>,
    /// The number of pages that were planned for the piece when it was started.
    pub(super) foreseen: f64,
    pub(super) is_asked: bool,
    pub(super) is_done: bool,
    /// The pages received, newest first.
    pub(super) pages: Vec<Vec<Event>>,
}

impl WindowPart {
    /// Creates a piece. Its first page is not requested yet.
    pub(super) fn new(id: PartId, oldest: Option<i64>, newest: Option<i64>) -> Self {
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

    /// Sorts the events of the piece, newest first. They may be out of order if an event arrived
    /// between two requests.
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

/// Returns the number of events per second among the events of a page; `None` if no event has a
/// time.
pub(super) fn density(events: &[Event]) -> Option<f64> {
    let seconds = events.iter().filter_map(Event::second);
    let (newest, oldest) = (seconds.clone().max()?, seconds.min()?);
    #[expect(clippy::cast_precision_loss, reason = "the value is an estimate")]
    let (number, width) = (events.len() as f64, (newest - oldest + 1) as f64);
    Some(number / width)
}
