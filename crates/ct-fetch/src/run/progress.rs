//! The progress line of a run over the event history, on stderr if it is a terminal.

use std::time::{Duration, Instant};

use crate::run::fetch::Report;
use crate::run::status_line::{StatusLine, time_left};
use crate::source::order::Order;
use crate::summary::{FetchEnd, RunSummary};
use crate::wording::{count, say};

/// The length of the event history, in seconds. Source: AWS CloudTrail user guide, "CloudTrail
/// event history": 90 days.
const HISTORY_SECONDS: i64 = 90 * 86_400;

/// The progress line of a run over the event history.
pub(crate) struct FetchProgress {
    line: StatusLine,
    start: Instant,
    /// When the run began, in Unix seconds.
    now: i64,
    /// The share of the window that was covered at the first update of the line; `None` before
    /// that.
    before: Option<f64>,
}

impl FetchProgress {
    /// Creates a progress line; see [`StatusLine::new`]. `start` and `now` both tell when the run
    /// began: `now` in Unix seconds.
    #[must_use]
    pub(crate) fn new(is_quiet: bool, shares_screen: bool, (start, now): (Instant, i64)) -> Self {
        Self {
            line: StatusLine::new(is_quiet, shares_screen),
            start,
            now,
            before: None,
        }
    }

    /// Clears the line, so that other output can follow.
    pub(crate) fn clear(&mut self) {
        self.line.clear();
    }
}

impl Report for FetchProgress {
    fn writing(&mut self) {
        self.line.writing();
    }

    fn waiting(&mut self, summary: &RunSummary) {
        if !self.line.is_due() {
            return;
        }
        let window = done(summary, self.now).map(|done| WindowShares {
            before: *self.before.get_or_insert(done),
            done,
        });
        let message = message(summary, self.start.elapsed(), window);
        self.line.show(&message);
    }

    fn problem(&mut self, message: &str) {
        self.clear();
        say(message);
    }
}

/// Writes the text of the line: the numbers of events and pages, the rate, the time of the last
/// event, the covered share of the window, and the remaining time.
fn message(summary: &RunSummary, elapsed: Duration, window: Option<WindowShares>) -> String {
    let events = count(summary.events, "event");
    let pages = count(summary.pages, "page");
    #[expect(clippy::cast_precision_loss, reason = "the rate is only displayed")]
    let rate = summary.pages as f64 / elapsed.as_secs_f64().max(0.001);
    let reached = summary.reached.map_or_else(String::new, |time| {
        format!(", reached {}", time.strftime("%Y-%m-%d %H:%M:%SZ"))
    });
    let done = window.map_or_else(String::new, |window| {
        let left = window.left(elapsed).map(time_left);
        format!(
            ", {:.0} % done{}",
            window.done * 100.0,
            left.unwrap_or_default()
        )
    });
    format!("{events}, {pages}, {rate:.1} pages/s{reached}{done}")
}

/// Shares of the window, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
struct WindowShares {
    /// The share at the first update of the line. A continued run begins in the middle of the
    /// window.
    before: f64,
    /// The share that is covered now.
    done: f64,
}

impl WindowShares {
    /// Returns the remaining time at the current speed; `None` if the run has covered less than one
    /// percent of the window.
    fn left(self, elapsed: Duration) -> Option<Duration> {
        let gained = self.done - self.before;
        let seconds = elapsed.as_secs_f64() * (1.0 - self.done) / gained;
        (gained >= 0.01).then(|| Duration::try_from_secs_f64(seconds).ok())?
    }
}

/// Returns the share of the window that is covered, from 0 to 1; `None` if unknown. A window
/// without an end ends at `now`, and a window without a start begins with the event history.
fn done(summary: &RunSummary, now: i64) -> Option<f64> {
    if summary.end == FetchEnd::Followed {
        return None;
    }
    let since = summary.window.since().unwrap_or(now - HISTORY_SECONDS);
    let until = summary.window.until().unwrap_or(now);
    let reached = summary.reached?.as_second();
    #[expect(
        clippy::cast_precision_loss,
        reason = "the percentage is only displayed"
    )]
    let share = |seconds: i64| seconds as f64;
    let behind = match summary.order {
        Order::Newest => until - reached,
        Order::Oldest => reached - since,
    };
    (until > since).then(|| (share(behind) / share(until - since)).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::target::Target;
    use ct_core::time::Window;

    const START: i64 = 1_601_510_400;
    const DAY: i64 = 86_400;

    fn reached(time: &str, window: Window) -> RunSummary {
        RunSummary {
            events: 1200,
            pages: 24,
            reached: Some(time.parse().unwrap()),
            ..RunSummary::new(&[Target::region("eu-west-1")], window)
        }
    }

    #[test]
    fn the_line_shows_the_progress_and_the_remaining_time() {
        let window = Window::new(Some(START), Some(START + 4 * DAY)).unwrap();
        let summary = reached("2020-10-02T00:00:00Z", window);
        let done = done(&summary, START + 9 * DAY).unwrap();
        let span = WindowShares { before: 0.0, done };
        assert_eq!(
            message(&summary, Duration::from_secs(12), Some(span)),
            "1,200 events, 24 pages, 2.0 pages/s, reached 2020-10-02 00:00:00Z, 75 % done, 4 s left"
        );
    }

    #[test]
    fn an_open_window_ends_now_and_begins_with_the_history() {
        let share = |window: Window, order: Order| {
            let summary = RunSummary {
                order,
                ..reached("2020-10-02T00:00:00Z", window)
            };
            done(&summary, START + 4 * DAY)
        };
        let since = Window::new(Some(START), None).unwrap();
        assert_eq!(share(since, Order::Newest), Some(0.75));
        assert_eq!(share(since, Order::Oldest), Some(0.25));
        assert_eq!(share(Window::default(), Order::Newest), Some(3.0 / 90.0));
    }

    #[test]
    fn a_run_that_follows_has_no_percentage() {
        let summary = RunSummary {
            end: FetchEnd::Followed,
            ..reached("2020-10-02T00:00:00Z", Window::default())
        };
        assert_eq!(done(&summary, START), None);
        let nothing = RunSummary::new(&[Target::region("eu-west-1")], Window::default());
        assert_eq!(done(&nothing, START), None);
        assert_eq!(
            message(&nothing, Duration::from_secs(1), None),
            "0 events, 0 pages, 0.0 pages/s"
        );
    }

    #[test]
    fn the_remaining_time_is_derived_from_this_runs_work() {
        let left = |before, done| WindowShares { before, done }.left(Duration::from_secs(100));
        assert_eq!(left(0.5, 0.75), Some(Duration::from_secs(100)));
        assert_eq!(left(0.0, 0.005), None);
        assert_eq!(left(0.5, 0.4), None);
        let told = [40, 750, 11_100].map(|seconds| time_left(Duration::from_secs(seconds)));
        assert_eq!(told, [", 40 s left", ", 12 min left", ", 3 h 5 min left"]);
    }
}
