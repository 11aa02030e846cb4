//! How long the pieces are in which a region that is far behind is caught up with.

use ct_core::record::event::Event;

use super::OVERLAP;

/// A piece is held in memory to be given oldest first, so it is meant to have at most so many events.
const EVENTS: f64 = 5_000.0;

/// A piece with so many times more is cut.
const TOLERANCE: f64 = 2.0;

/// A piece's length in seconds, at least 1: by the density found so far, and twice the last one's
/// where that was empty, so that silence of any length costs few requests.
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

    /// Begins with the density of a page, newest event first; no longer than an event may be late.
    pub(super) fn estimate(&mut self, events: &[Event]) {
        self.seconds = by_density(events).unwrap_or(LONGEST).min(LONGEST);
    }

    /// A piece had so many events: the next one is as long as suits, and at most twice as long.
    pub(super) fn learn(&mut self, events: usize) {
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let factor = EVENTS / events.max(1) as f64;
        self.seconds = (self.seconds * factor.min(2.0)).max(1.0);
    }

    /// Whether what was found of a piece that spans `seconds` is too much, and the piece can be cut.
    pub(super) fn is_exceeded(&self, found: &[Event], seconds: i64) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let found = found.len() as f64;
        seconds > 1 && self.seconds > 1.0 && found > TOLERANCE * EVENTS
    }

    /// The piece is begun again, by the density of what was found of it and at most half as long.
    pub(super) fn shorten(&mut self, found: &[Event]) {
        let half = self.seconds / 2.0;
        self.seconds = by_density(found)
            .map_or(half, |seconds| seconds.min(half))
            .max(1.0);
    }
}

/// How long a piece should be where events are as dense as these, newest first.
fn by_density(events: &[Event]) -> Option<f64> {
    let (newest, oldest) = (events.first()?.second()?, events.last()?.second()?);
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let (number, seconds) = (events.len() as f64, (newest - oldest + 1) as f64);
    Some((EVENTS / number * seconds).max(1.0))
}
