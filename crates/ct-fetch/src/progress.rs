//! How a run gets on, on a terminal's stderr, wiped when done.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use ct_core::exit;
use terminal_size::terminal_size_of;

use crate::coverage::{self, Coverage};
use crate::fetch::Report;
use crate::order::Order;

/// After records the line waits so long for the next ones, which may share its screen.
const QUIET: Duration = Duration::from_millis(200);

/// Columns left free, so that the `^C` a terminal echoes does not wrap.
const FREE_COLUMNS: usize = 4;

/// The columns of a terminal that does not say.
const COLUMNS: usize = 80;

/// Wipes the line the cursor is in. Source: ECMA-48, "EL".
const WIPE: &str = "\r\x1b[K";

/// What stderr is told.
pub struct Progress {
    is_shown: bool,
    /// Records may come up on the same screen.
    shares_screen: bool,
    start: Instant,
    wrote_at: Option<Instant>,
    /// The line that is on the screen; empty where none is.
    line: String,
}

impl Progress {
    /// Shown only where stderr is a terminal, and not where the user asked for quiet; it gives way to
    /// records where it `shares_screen` with them.
    #[must_use]
    pub fn new(is_quiet: bool, shares_screen: bool, start: Instant) -> Self {
        Self {
            is_shown: !is_quiet && std::io::stderr().is_terminal(),
            shares_screen,
            start,
            wrote_at: None,
            line: String::new(),
        }
    }

    /// Wipes it, for other lines to follow.
    pub fn clear(&mut self) {
        if !self.line.is_empty() {
            self.line.clear();
            draw(WIPE);
        }
    }
}

impl Report for Progress {
    fn writing(&mut self) {
        if self.is_shown && self.shares_screen {
            self.wrote_at = Some(Instant::now());
            self.clear();
        }
    }

    fn waiting(&mut self, coverage: &Coverage) {
        if !self.is_shown || self.wrote_at.is_some_and(|at| at.elapsed() < QUIET) {
            return;
        }
        let columns = terminal_size_of(std::io::stderr())
            .map_or(COLUMNS, |(columns, _)| usize::from(columns.0));
        let line = cut(&message(coverage, self.start.elapsed()), columns).to_owned();
        if line != self.line {
            draw(&format!("{WIPE}{line}"));
            self.line = line;
        }
    }

    fn problem(&mut self, message: &str) {
        self.clear();
        exit::say("ct-fetch", &ct_core::terminal::escape(message));
    }
}

/// A stderr that cannot be written to is let be, as by [`exit::say`].
fn draw(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr
        .write_all(text.as_bytes())
        .and_then(|()| stderr.flush());
}

/// As much of an ASCII line as a terminal of so many columns shows beside what it echoes.
fn cut(line: &str, columns: usize) -> &str {
    &line[..line.len().min(columns.saturating_sub(FREE_COLUMNS))]
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

/// The share of the window beyond the time reached; unknown where the window is open.
fn left(coverage: &Coverage) -> Option<f64> {
    let (since, until) = (coverage.window.since()?, coverage.window.until()?);
    let reached = coverage.reached?.as_second();
    #[expect(clippy::cast_precision_loss, reason = "a share for a person to read")]
    let share = |seconds: i64| seconds as f64;
    let beyond = match coverage.order {
        Order::Newest => reached - since,
        Order::Oldest => until - reached,
    };
    (until > since).then(|| (share(beyond) / share(until - since)).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::Place;
    use ct_core::time::Window;

    #[test]
    fn a_person_sees_how_far_it_is() {
        let window = Window::new(Some(1_601_510_400), Some(1_601_510_400 + 4 * 86_400)).unwrap();
        let coverage = Coverage {
            events: 1200,
            pages: 24,
            reached: Some("2020-10-02T00:00:00Z".parse().unwrap()),
            ..Coverage::new(&[Place::region("eu-west-1")], window)
        };
        assert_eq!(
            message(&coverage, Duration::from_secs(12)),
            "1,200 events, 24 pages, 2.0 pages/s, reached 2020-10-02 00:00:00Z, 25 % left"
        );
    }

    #[test]
    fn a_line_leaves_room_for_what_a_terminal_echoes() {
        assert_eq!(cut("1,200 events, 24 pages", 16), "1,200 events");
        assert_eq!(cut("1,200 events", 80), "1,200 events");
        assert_eq!(cut("1,200 events", 3), "");
    }

    #[test]
    fn an_open_window_has_no_share_left() {
        let coverage = Coverage::new(&[Place::region("eu-west-1")], Window::default());
        assert_eq!(
            message(&coverage, Duration::from_secs(1)),
            "0 events, 0 pages, 0.0 pages/s"
        );
    }
}
