//! The length of the pieces in which a backlog is listed.

use ct_core::record::event::Event;

use super::OVERLAP;

/// The target number of events per piece, which is held in memory to be returned oldest first.
const EVENTS: f64 = 5_000.0;

/// A piece with this many times more events is cut.
const TOLERANCE: f64 = 2.0;

/// A piece's length in seconds, at least 1: by the density found so far, and twice the last length
/// if that piece was empty, so that long silences cost few requests.
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

    /// Starts with the density of a page, newest event first; at most the maximum delay of events.
    pub(super) fn estimate(&mut self, events: &[Event]) {
        self.seconds = by_density(events).unwrap_or(LONGEST).min(LONGEST);
    }

    /// A piece had this many events: adapts the next length, at most to twice the last.
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

    /// Restarts the piece with the density found, at most half as long.
    pub(super) fn shorten(&mut self, found: &[Event]) {
        let half = self.seconds / 2.0;
        self.seconds = by_density(found)
            .map_or(half, |seconds| seconds.min(half))
            .max(1.0);
    }
}

/// The length of a piece with the density of these events, newest first.
fn by_density(events: &[Event]) -> Option<f64> {
    let (newest, oldest) = (events.first()?.second()?, events.last()?.second()?);
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let (number, seconds) = (events.len() as f64, (newest - oldest + 1) as f64);
    Some((EVENTS / number * seconds).max(1.0))
}
