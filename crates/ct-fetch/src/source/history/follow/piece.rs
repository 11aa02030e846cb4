//! The length of the pieces in which a backlog of events is listed. A backlog is a long time
//! without polls.

use ct_core::record::event::Event;

use super::OVERLAP;

/// The number of events for which the length of a piece is planned. A piece is kept in memory until
/// it is complete, so that its events can be returned oldest first.
const EVENTS: f64 = 5_000.0;

/// If a piece has more than this many times [`EVENTS`] events, a shorter piece is listed instead.
const TOLERANCE: f64 = 2.0;

/// The length of the next piece in seconds, at least 1. It depends on the number of events per
/// second so far. After a piece without events it doubles, so that a long quiet time takes few
/// requests.
#[derive(Debug)]
pub(super) struct Width {
    seconds: f64,
}

impl Default for Width {
    fn default() -> Self {
        Self { seconds: LONGEST }
    }
}

#[expect(clippy::cast_precision_loss, reason = "the constant is far below 2^52")]
const LONGEST: f64 = OVERLAP as f64;

impl Width {
    pub(super) fn seconds(&self) -> i64 {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the width is in seconds, and the cast saturates"
        )]
        let seconds = self.seconds as i64;
        seconds.max(1)
    }

    /// Sets the length according to the events per second on a page. `events` are those of the
    /// page, newest first. The length is at most the maximum delay of events.
    pub(super) fn estimate(&mut self, events: &[Event]) {
        self.seconds = by_density(events).unwrap_or(LONGEST).min(LONGEST);
    }

    /// Adapts the length to `events`, the number of events in the last piece. At most doubles it.
    pub(super) fn learn(&mut self, events: usize) {
        #[expect(clippy::cast_precision_loss, reason = "the value is an estimate")]
        let factor = EVENTS / events.max(1) as f64;
        self.seconds = (self.seconds * factor.min(2.0)).max(1.0);
    }

    /// Whether the current piece must be shortened: the events `found` so far are too many, and the
    /// piece is longer than one second.
    pub(super) fn is_exceeded(&self, found: &[Event], seconds: i64) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "the value is an estimate")]
        let found = found.len() as f64;
        seconds > 1 && self.seconds > 1.0 && found > TOLERANCE * EVENTS
    }

    /// Sets the length according to the events per second among `found`, but at most to half of the
    /// current length.
    pub(super) fn shorten(&mut self, found: &[Event]) {
        let half = self.seconds / 2.0;
        self.seconds = by_density(found)
            .map_or(half, |seconds| seconds.min(half))
            .max(1.0);
    }
}

/// Returns the length of a piece with [`EVENTS`] events, if there are as many events per second as
/// among `events` (newest first). Returns `None` if the first or the last event has no time.
fn by_density(events: &[Event]) -> Option<f64> {
    let (newest, oldest) = (events.first()?.second()?, events.last()?.second()?);
    #[expect(clippy::cast_precision_loss, reason = "the value is an estimate")]
    let (number, seconds) = (events.len() as f64, (newest - oldest + 1) as f64);
    Some((EVENTS / number * seconds).max(1.0))
}
