//! How a run gets on, on a terminal's stderr, wiped when done.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use ct_core::exit;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::coverage::{self, Coverage};
use crate::fetch::Report;

/// What stderr is told.
pub struct Progress {
    bar: ProgressBar,
    start: Instant,
}

impl Progress {
    /// Shown only where stderr is a terminal, and not where the user asked for quiet.
    #[must_use]
    pub fn new(is_quiet: bool, start: Instant) -> Self {
        let is_shown = !is_quiet && std::io::stderr().is_terminal();
        let target = if is_shown {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(ProgressStyle::default_spinner());
        if is_shown {
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        Self { bar, start }
    }

    /// Wipes it, for other lines to follow.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

impl Report for Progress {
    fn page(&mut self, coverage: &Coverage) {
        self.bar
            .set_message(message(coverage, self.start.elapsed()));
    }

    fn problem(&mut self, message: &str) {
        self.bar
            .suspend(|| exit::say("ct-fetch", &ct_core::terminal::escape(message)));
    }
}

/// Events, pages, the rate, the time reached, and the share of the window that is left.
fn message(coverage: &Coverage, elapsed: Duration) -> String {
    let events = coverage::count(coverage.events, "event");
    let pages = coverage::count(coverage.pages, "page");
    #[expect(clippy::cast_precision_loss, reason = "a rate for a person to read")]
    let rate = coverage.pages as f64 / elapsed.as_secs_f64().max(0.001);
    let reached = coverage.reached.map_or_else(String::new, |time| {
        format!(", reached {}", time.strftime("%Y-%m-%d %H:%M:%SZ"))
    });
    let left = left(coverage).map_or_else(String::new, |share| {
        format!(", {:.0} % left", share * 100.0)
    });
    format!("{events}, {pages}, {rate:.1} pages/s{reached}{left}")
}

/// The share of the window older than the time reached; unknown where the window is open.
fn left(coverage: &Coverage) -> Option<f64> {
    let (since, until) = (coverage.window.since()?, coverage.window.until()?);
    let reached = coverage.reached?.as_second();
    #[expect(clippy::cast_precision_loss, reason = "a share for a person to read")]
    let share = |seconds: i64| seconds as f64;
    (until > since).then(|| (share(reached - since) / share(until - since)).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ct_core::time::Window;

    #[test]
    fn a_person_sees_how_far_it_is() {
        let window = Window::new(Some(1_601_510_400), Some(1_601_510_400 + 4 * 86_400)).unwrap();
        let coverage = Coverage {
            events: 1200,
            pages: 24,
            reached: Some("2020-10-02T00:00:00Z".parse().unwrap()),
            ..Coverage::new(&["eu-west-1".to_owned()], window)
        };
        assert_eq!(
            message(&coverage, Duration::from_secs(12)),
            "1,200 events, 24 pages, 2.0 pages/s, reached 2020-10-02 00:00:00Z, 25 % left"
        );
    }

    #[test]
    fn an_open_window_has_no_share_left() {
        let coverage = Coverage::new(&["eu-west-1".to_owned()], Window::default());
        assert_eq!(
            message(&coverage, Duration::from_secs(1)),
            "0 events, 0 pages, 0.0 pages/s"
        );
    }
}
