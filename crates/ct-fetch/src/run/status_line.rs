//! A line on a terminal's stderr that is updated in place, and cleared before other output.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use terminal_size::terminal_size_of;

/// How long after a record the line stays hidden, because more records may appear on the same
/// screen.
const QUIET: Duration = Duration::from_millis(200);

/// Columns left free, so that the `^C` that the terminal echoes does not wrap.
const FREE_COLUMNS: usize = 4;

/// The assumed width of a terminal that does not report it.
const COLUMNS: usize = 80;

/// Clears the cursor's line. Source: ECMA-48, "EL".
const WIPE: &str = "\r\x1b[K";

/// The status line.
#[derive(Debug)]
pub(crate) struct StatusLine {
    is_shown: bool,
    /// Whether records may appear on the same screen.
    shares_screen: bool,
    wrote_at: Option<Instant>,
    /// The line on the screen; empty if there is none.
    line: String,
}

impl StatusLine {
    /// A status line that is shown only if stderr is a terminal and quiet mode is off. It is
    /// cleared before records are written if it `shares_screen` with them.
    pub(crate) fn new(is_quiet: bool, shares_screen: bool) -> Self {
        Self {
            is_shown: !is_quiet && std::io::stderr().is_terminal(),
            shares_screen,
            wrote_at: None,
            line: String::new(),
        }
    }

    /// Clears the line before other output.
    pub(crate) fn clear(&mut self) {
        if !self.line.is_empty() {
            self.line.clear();
            draw(WIPE);
        }
    }

    /// Clears the line before a record is written.
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

    /// Shows an ASCII message in place of the previous one.
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

/// Ignores a failed write to stderr, as [`ct_core::exit::say`] does.
fn draw(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr
        .write_all(text.as_bytes())
        .and_then(|()| stderr.flush());
}

/// The part of an ASCII line that fits on a terminal of this width, with `FREE_COLUMNS` left free.
fn cut(line: &str, columns: usize) -> &str {
    &line[..line.len().min(columns.saturating_sub(FREE_COLUMNS))]
}

/// `, 40 s left`, `, 12 min left` or `, 3 h 5 min left`.
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
    fn a_line_leaves_room_for_the_terminals_echo() {
        assert_eq!(cut("1,200 events, 24 pages", 16), "1,200 events");
        assert_eq!(cut("1,200 events", 80), "1,200 events");
        assert_eq!(cut("1,200 events", 3), "");
    }
}
