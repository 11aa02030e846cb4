//! The length of the pieces in which a backlog of events is listed.

use ct_core::record::event::Event;

use super::OVERLAP;

/// The number of events that a piece should have. A piece is kept in memory, so that its events can
/// be returned oldest first.
const EVENTS: f64 = 5_000.0;

/// A piece is cut if it has more than this many times [`EVENTS`] events.
const TOLERANCE: f64 = 2.0;

/// The length of a piece in seconds, at least 1. The length depends on how many events per second
/// were found so far. The length doubles after an empty piece, so that long periods without events
/// take few requests.
#[derive(Debug)]
pub(super) struct Width {
    seconds: f64,
}

impl Default for Width {
    fn default() -> Self {
        Self { seconds: LONGEST }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a constant far below 2^52")]
const LONGEST: f64 = OVERLAP as f64;

impl Width {
    pub(super) fn seconds(&self) -> i64 {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a width in seconds, capped by the cast"
        )]
        let seconds = self.seconds as i64;
        seconds.max(1)
    }

    /// Sets the length from the events per second on a page of `events` (newest first), but at most
    /// to CloudTrail's maximum delay of events.
    pub(super) fn estimate(&mut self, events: &[Event]) {
        self.seconds = by_density(events).unwrap_or(LONGEST).min(LONGEST);
    }

    /// Adapts the length to the number of `events` in the last piece. The length at most doubles.
    pub(super) fn learn(&mut self, events: usize) {
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let factor = EVENTS / events.max(1) as f64;
        self.seconds = (self.seconds * factor.min(2.0)).max(1.0);
    }

    /// Whether the events `found` so far are too many for a piece, and the piece of `seconds` can
    /// be cut.
    pub(super) fn is_exceeded(&self, found: &[Event], seconds: i64) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let found = found.len() as f64;
        seconds > 1 && self.seconds > 1.0 && found > TOLERANCE * EVENTS
    }

    /// Sets the length from the events per second among the events `found`, but at most to half the
    /// current length.
    pub(super) fn shorten(&mut self, found: &[Event]) {
        let half = self.seconds / 2.0;
        self.seconds = by_density(found)
            .map_or(half, |seconds| seconds.min(half))
            .max(1.0);
    }
}

/// Returns the length of a piece that would have [`EVENTS`] events if they were as frequent as
/// `events` (newest first). Returns `None` if the events have no times.
fn by_density(events: &[Event]) -> Option<f64> {
    let (newest, oldest) = (events.first()?.second()?, events.last()?.second()?);
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let (number, seconds) = (events.len() as f64, (newest - oldest + 1) as f64);
    Some((EVENTS / number * seconds).max(1.0))
}
