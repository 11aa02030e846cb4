//! The window that the event history covers, and whether a query's window fits into it.

use anyhow::anyhow;
use ct_core::exit::Failure;
use ct_core::time::Window;
use jiff::Zoned;

use crate::wording::time_of;

/// The length of CloudTrail's event history, in days.
///
/// Source: CloudTrail user guide, "Working with CloudTrail event history".
pub(crate) const DAYS: u32 = 90;

/// How many seconds before the event history a window may begin without a warning. The history
/// moves between the time when the user types `90d` and the last page.
const TOLERANCE_SECONDS: i64 = 3600;

/// The window that the event history covers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HistoryPeriod {
    begins: i64,
    now: i64,
    days: u32,
}

impl HistoryPeriod {
    /// Returns the history of the last `days` days before `now`.
    #[must_use]
    pub(crate) fn new(days: u32, now: &Zoned) -> Self {
        let now = now.timestamp().as_second();
        Self {
            begins: now - i64::from(days) * 86_400,
            now,
            days,
        }
    }

    /// Refuses a window that cannot contain events.
    ///
    /// # Errors
    /// [`Failure::Usage`] if the window starts in the future, or ends before the history begins.
    pub(crate) fn check(&self, window: Window) -> Result<(), Failure> {
        if let Some(since) = window.since().filter(|since| *since > self.now) {
            return Err(Failure::Usage(anyhow!(
                "the window starts at {}, which is in the future: use a start in the past",
                time_of(since)
            )));
        }
        if let Some(until) = window.until().filter(|until| *until < self.begins) {
            return Err(Failure::Usage(anyhow!(
                "the window ends at {}, before the event history begins at {}, {} days ago: use a \
                 later end",
                time_of(until),
                time_of(self.begins),
                self.days
            )));
        }
        Ok(())
    }

    /// If the window starts more than an hour before the history, returns the start of the history.
    /// Otherwise returns `None`.
    #[must_use]
    pub(crate) fn shortfall(&self, window: Window) -> Option<Shortfall> {
        let since = window.since()?;
        (since < self.begins - TOLERANCE_SECONDS).then_some(Shortfall {
            begins: self.begins,
        })
    }
}

/// A message that the history begins later than the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shortfall {
    begins: i64,
}

impl std::fmt::Display for Shortfall {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "the event history begins at {}: older events are not available",
            time_of(self.begins)
        )
    }
}

#[cfg(test)]
mod tests {

    use super::*;

    const NOW: &str = "2026-11-26T00:00:00+00:00[UTC]";

    fn history() -> HistoryPeriod {
        HistoryPeriod::new(DAYS, &NOW.parse().unwrap())
    }

    fn window(since: Option<&str>, until: Option<&str>) -> Window {
        let second = |iso: &str| iso.parse::<jiff::Timestamp>().unwrap().as_second();
        Window::new(since.map(second), until.map(second)).unwrap()
    }

    fn refusal(since: Option<&str>, until: Option<&str>) -> Option<String> {
        let failure = history().check(window(since, until)).err()?;
        failure.message()
    }

    #[test]
    fn a_window_that_starts_in_the_future_is_refused() {
        assert_eq!(refusal(Some("2026-11-26T00:00:00Z"), None), None);
        assert_eq!(
            refusal(Some("2026-11-26T00:00:01Z"), None).as_deref(),
            Some(
                "the window starts at 2026-11-26T00:00:01Z, which is in the future: use a start in the past"
            )
        );
    }

    #[test]
    fn a_window_that_ends_before_the_history_is_refused() {
        assert_eq!(refusal(None, Some("2026-08-28T00:00:00Z")), None);
        assert_eq!(
            refusal(None, Some("2026-08-27T23:59:59Z")).as_deref(),
            Some(
                "the window ends at 2026-08-27T23:59:59Z, before the event history begins at 2026-08-28T00:00:00Z, \
                 90 days ago: use a later end"
            )
        );
    }

    #[test]
    fn a_window_is_too_early_if_it_begins_more_than_an_hour_before_the_history() {
        let shortfall = |since| history().shortfall(window(Some(since), None));
        assert_eq!(shortfall("2026-08-27T23:00:00Z"), None);
        assert_eq!(
            shortfall("2026-08-27T22:59:59Z").map(|shortfall| shortfall.to_string()),
            Some(
                "the event history begins at 2026-08-28T00:00:00Z: older events are not available"
                    .to_owned()
            )
        );
        assert_eq!(history().shortfall(Window::default()), None);
    }

    #[test]
    fn the_length_of_the_history_can_be_set() {
        let history = HistoryPeriod::new(3650, &NOW.parse().unwrap());
        let old = window(Some("2020-10-01T00:00:00Z"), Some("2020-10-02T00:00:00Z"));
        assert!(history.check(old).is_ok() && history.shortfall(old).is_none());
    }
}
