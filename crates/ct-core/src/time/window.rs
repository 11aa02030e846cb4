//! The time window of a query.

use std::fmt;

use jiff::Timestamp;

/// The time from `since` to `until` (Unix seconds, both inclusive), as in LookupEvents requests.
/// Either end may be open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Window {
    since: Option<i64>,
    until: Option<i64>,
}

impl Window {
    /// A window from `since` to `until`, in Unix seconds.
    ///
    /// # Errors
    /// If the window would end before it starts.
    ///
    /// ```
    /// use ct_core::time::Window;
    ///
    /// assert!(Window::new(Some(5), Some(5)).is_ok());
    /// assert!(Window::new(Some(6), Some(5)).is_err());
    /// ```
    pub fn new(since: Option<i64>, until: Option<i64>) -> Result<Self, EmptyWindow> {
        match (since, until) {
            (Some(since), Some(until)) if since > until => Err(EmptyWindow { since, until }),
            _ => Ok(Self { since, until }),
        }
    }

    /// The start in Unix seconds, or `None` if the window has no start.
    #[must_use]
    pub fn since(self) -> Option<i64> {
        self.since
    }

    /// The end in Unix seconds (inclusive), or `None` if the window has no end.
    #[must_use]
    pub fn until(self) -> Option<i64> {
        self.until
    }

    /// Whether `time`, rounded down to whole seconds, is inside the window.
    #[must_use]
    pub fn contains(self, time: Timestamp) -> bool {
        let second = time.as_nanosecond().div_euclid(1_000_000_000);
        self.since.is_none_or(|since| i128::from(since) <= second)
            && self.until.is_none_or(|until| second <= i128::from(until))
    }
}

/// The error for a window that would end before it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmptyWindow {
    since: i64,
    until: i64,
}

impl fmt::Display for EmptyWindow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "the window ends at {}, before it starts at {}: use the earlier time as the start",
            super::show(self.until),
            super::show(self.since)
        )
    }
}

impl std::error::Error for EmptyWindow {}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::Window;

    #[test]
    fn a_window_includes_both_ends() {
        let window = Window::new(Some(10), Some(20)).unwrap();
        let inside = |text: &str| window.contains(text.parse().unwrap());
        assert_eq!(
            [
                "1970-01-01T00:00:09.999Z",
                "1970-01-01T00:00:10Z",
                "1970-01-01T00:00:20.999Z",
                "1970-01-01T00:00:21Z"
            ]
            .map(inside),
            [false, true, true, false]
        );
    }

    #[test]
    fn an_open_window_contains_every_time() {
        assert!(Window::default().contains(Timestamp::MIN));
        assert!(Window::default().contains(Timestamp::MAX));
    }

    #[test]
    fn a_window_that_ends_before_it_starts_is_refused_with_both_ends() {
        assert_eq!(
            Window::new(Some(86_400), Some(0)).unwrap_err().to_string(),
            "the window ends at 1970-01-01T00:00:00Z, before it starts at 1970-01-02T00:00:00Z: use the earlier time as the start"
        );
    }
}
