//! A line on the terminal of stderr that is updated in place, and cleared before other output.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use terminal_size::terminal_size_of;

/// How long the line stays hidden after a record was written, because more records may follow on
/// the same terminal.
const QUIET: Duration = Duration::from_millis(200);

/// The number of columns that are left free, so that the line does not wrap when the terminal shows
/// `^C`.
const FREE_COLUMNS: usize = 4;

/// The width that is assumed for a terminal that does not report its width, in columns.
const COLUMNS: usize = 80;

/// The control characters that clear the line in which the cursor is. Source: ECMA-48, "EL".
const WIPE: &str = "\r\x1b[K";

/// A line on the terminal of stderr that is updated in place.
#[derive(Debug)]
pub(crate) struct StatusLine {
    is_shown: bool,
    /// Whether records may be written to the same terminal.
    shares_screen: bool,
    wrote_at: Option<Instant>,
    /// The text that is shown; empty if the line is hidden.
    line: String,
}

impl StatusLine {
    /// Creates a line. It is shown only if stderr is a terminal and `is_quiet` is false. If
    /// `shares_screen`, records are written to the same terminal, and the line is cleared before
    /// each record.
    pub(crate) fn new(is_quiet: bool, shares_screen: bool) -> Self {
        Self {
            is_shown: !is_quiet && std::io::stderr().is_terminal(),
            shares_screen,
            wrote_at: None,
            line: String::new(),
        }
    }

    /// Clears the line, so that other output can follow.
    pub(crate) fn clear(&mut self) {
        if !self.line.is_empty() {
            self.line.clear();
            draw(WIPE);
        }
    }

    /// Clears the line before a record is written, if records go to the same terminal.
    pub(crate) fn writing(&mut self) {
        if self.is_shown && self.shares_screen {
            self.wrote_at = Some(Instant::now());
            self.clear();
        }
    }

    /// Whether the line may be shown now.
    pub(crate) fn is_due(&self) -> bool {
        self.is_shown && self.wrote_at.is_none_or(|at| at.elapsed() >= QUIET)
    }

    /// Shows an ASCII message in place of the text of the line.
    pub(crate) fn show(&mut self, message: &str) {
        let columns = terminal_size_of(std::io::stderr())
            .map_or(COLUMNS, |(columns, _)| usize::from(columns.0));
        let line = cut(message, columns);
        if line != self.line {
            draw(&format!("{WIPE}{line}"));
            line.clone_into(&mut self.line);
        }
    }
}

/// Writes to stderr. A failed write is ignored, as by [`ct_core::exit::say`].
fn draw(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr
        .write_all(text.as_bytes())
        .and_then(|()| stderr.flush());
}

/// Returns the part of an ASCII line that fits on a terminal with `columns` columns, without the
/// last [`FREE_COLUMNS`] columns.
fn cut(line: &str, columns: usize) -> &str {
    &line[..line.len().min(columns.saturating_sub(FREE_COLUMNS))]
}

/// Writes the remaining time, such as `, 40 s left`, `, 12 min left` or `, 3 h 5 min left`.
pub(crate) fn time_left(left: Duration) -> String {
    let seconds = left.as_secs();
    match (seconds / 3600, seconds / 60 % 60) {
        (0, 0) => format!(", {seconds} s left"),
        (0, minutes) => format!(", {minutes} min left"),
        (hours, minutes) => format!(", {hours} h {minutes} min left"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_line_is_shortened_to_leave_room_for_the_terminals_echo() {
        assert_eq!(cut("1,200 events, 24 pages", 16), "1,200 events");
        assert_eq!(cut("1,200 events", 80), "1,200 events");
        assert_eq!(cut("1,200 events", 3), "");
    }
}
