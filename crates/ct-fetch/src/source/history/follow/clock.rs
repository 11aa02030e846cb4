//! Estimates the service's time from its responses.

use std::time::Duration;

/// Estimates the service's time at which a request was sent.
///
/// The estimate is the `Date` of the response minus the duration of the request. It is never later
/// than the true time. Otherwise, the next poll might begin too late and miss an event. For a
/// service without `Date`, the estimate is the time of the newest event, but at most the local
/// time: an event dated in the future must not make the next poll begin too late.
#[derive(Debug)]
pub(super) struct Clock {
    /// The local time when the run began, in Unix seconds.
    started: i64,
    /// The service's time when the run sent its first request, as estimated, in Unix seconds.
    began: Option<i64>,
    /// The time of the newest event, in Unix seconds.
    newest: Option<i64>,
}

impl Clock {
    pub(super) fn new(started: i64) -> Self {
        Self {
            started,
            began: None,
            newest: None,
        }
    }

    /// Records the `Date` of a response to a request that lists the window. The request was sent at
    /// `sent_at`, and the response arrived at `now`.
    pub(super) fn hear(&mut self, date: Option<i64>, sent_at: Duration, now: Duration) {
        let asked_at = date.map(|date| less(date, sent_at, now));
        self.began = match (self.began, asked_at) {
            (Some(began), Some(asked_at)) => Some(began.min(asked_at)),
            (began, asked_at) => began.or(asked_at),
        };
    }

    /// Records the time of an event, in Unix seconds.
    pub(super) fn observe(&mut self, second: Option<i64>) {
        self.newest = self.newest.max(second);
    }

    /// Returns the time of the newest event, in Unix seconds.
    pub(super) fn newest(&self) -> Option<i64> {
        self.newest
    }

    /// Returns the service's time when the run sent its first request, as estimated, in Unix
    /// seconds.
    pub(super) fn began(&self) -> Option<i64> {
        self.began
            .or_else(|| self.newest.map(|newest| newest.min(self.started)))
    }

    /// Estimates the service's time when a request was sent, in Unix seconds. `date` is the `Date`
    /// of the response, which arrived at `now`.
    pub(super) fn asked_at(
        &self,
        date: Option<i64>,
        sent_at: Duration,
        now: Duration,
    ) -> Option<i64> {
        let ours = self.started.saturating_add_unsigned(sent_at.as_secs());
        match date {
            Some(date) => Some(less(date, sent_at, now)),
            None => self.newest.map(|newest| newest.min(ours)),
        }
    }
}

/// Subtracts the duration of a request, rounded up to whole seconds, from the `date` of its
/// response.
fn less(date: i64, sent_at: Duration, now: Duration) -> i64 {
    let took = now.saturating_sub(sent_at);
    date.saturating_sub_unsigned(took.as_secs() + u64::from(took.subsec_nanos() > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_request_was_sent_before_the_date_of_its_response() {
        let clock = Clock::new(0);
        let asked_at = |took| clock.asked_at(Some(100), SECOND, SECOND + took);
        assert_eq!(asked_at(Duration::ZERO), Some(100));
        assert_eq!(asked_at(Duration::from_millis(1)), Some(99));
        assert_eq!(asked_at(SECOND * 3), Some(97));
    }

    #[test]
    fn without_a_date_the_newest_event_counts_but_never_more_than_our_clock() {
        let mut clock = Clock::new(1000);
        assert_eq!(clock.asked_at(None, SECOND, SECOND), None);
        clock.observe(Some(900));
        assert_eq!(clock.asked_at(None, SECOND, SECOND), Some(900));
        clock.observe(Some(5000));
        assert_eq!(clock.asked_at(None, SECOND * 60, SECOND * 61), Some(1060));
        assert_eq!(clock.began(), Some(1000));
    }

    #[test]
    fn the_first_listing_began_with_its_earliest_request() {
        let mut clock = Clock::new(1000);
        clock.observe(Some(5000));
        clock.hear(None, SECOND, SECOND);
        clock.hear(Some(70), SECOND * 2, SECOND * 3);
        clock.hear(Some(60), SECOND, SECOND * 4);
        assert_eq!(clock.began(), Some(57));
    }
}
