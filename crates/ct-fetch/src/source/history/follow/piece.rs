//! The length of the pieces in which a backlog is listed.

use ct_core::record::event::Event;

use super::OVERLAP;

/// The target number of events per piece. A piece is held in memory, so that it can be returned
/// oldest first.
const EVENTS: f64 = 5_000.0;

/// A piece with more than this many times the target is cut.
const TOLERANCE: f64 = 2.0;

/// The length of a piece in seconds, at least 1. It follows from the density of the events found so
/// far. After an empty piece it doubles, so that long silences cost few requests.
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

    /// Sets the length from the density of a page (newest event first), but at most to the maximum
    /// delay of events.
    pub(super) fn estimate(&mut self, events: &[Event]) {
        self.seconds = by_density(events).unwrap_or(LONGEST).min(LONGEST);
    }

    /// Adapts the length to the number of events in the last piece. The length doubles at most.
    pub(super) fn learn(&mut self, events: usize) {
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let factor = EVENTS / events.max(1) as f64;
        self.seconds = (self.seconds * factor.min(2.0)).max(1.0);
    }

    /// Whether a piece of `seconds` has too many events and can be cut.
    pub(super) fn is_exceeded(&self, found: &[Event], seconds: i64) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let found = found.len() as f64;
        seconds > 1 && self.seconds > 1.0 && found > TOLERANCE * EVENTS
    }

    /// Sets the length from the density of the events found, but at most to half the current
    /// length.
    pub(super) fn shorten(&mut self, found: &[Event]) {
        let half = self.seconds / 2.0;
        self.seconds = by_density(found)
            .map_or(half, |seconds| seconds.min(half))
            .max(1.0);
    }
}

/// The length of a piece that would have the target number of events at the density of `events`
/// (newest first).
fn by_density(events: &[Event]) -> Option<f64> {
    let (newest, oldest) = (events.first()?.second()?, events.last()?.second()?);
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let (number, seconds) = (events.len() as f64, (newest - oldest + 1) as f64);
    Some((EVENTS / number * seconds).max(1.0))
}
