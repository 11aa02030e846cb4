//! Shows on a terminal how many files were read.

use std::time::{Duration, Instant};

use super::summary::ArchiveSummary;
use crate::run::status_line::{StatusLine, time_left};
use crate::source::archive::listing::FileToRead;
use crate::wording::{self, count, grouped, time_of};

/// The minimum time between two updates of the progress line.
const SHOWN_EVERY: Duration = Duration::from_millis(100);

/// The progress line of a run over files. Also prints the messages of the run.
pub(super) struct ReadProgress {
    line: StatusLine,
    start: Instant,
    shown_at: Instant,
    files: Fraction,
    bytes: Fraction,
}

/// A number of files or bytes, and how many of them are read.
#[derive(Debug, Default, Clone, Copy)]
struct Fraction {
    done: u64,
    all: u64,
}

impl ReadProgress {
    /// Creates a progress line; see [`StatusLine::new`].
    pub(super) fn new(is_quiet: bool, shares_screen: bool) -> Self {
        let now = Instant::now();
        Self {
            line: StatusLine::new(is_quiet, shares_screen),
            start: now,
            shown_at: now,
            files: Fraction::default(),
            bytes: Fraction::default(),
        }
    }

    /// Sets the number and the total size of the files to read.
    pub(super) fn begin(&mut self, files: &[FileToRead]) {
        self.files.all = files.len() as u64;
        self.bytes.all = files.iter().map(|file| file.bytes).sum();
    }

    /// Counts a file that was read to its end.
    pub(super) fn read(&mut self, file: &FileToRead) {
        self.files.done += 1;
        self.bytes.done += file.bytes;
    }

    /// Clears the line before a record is written, if records go to the same terminal.
    pub(super) fn writing(&mut self) {
        self.line.writing();
    }

    /// Whether it is time to update the line.
    pub(super) fn is_due(&self) -> bool {
        self.line.is_due() && self.shown_at.elapsed() >= SHOWN_EVERY
    }

    /// Shows the line with the current progress. The caller must have flushed the output.
    pub(super) fn show(&mut self, summary: &ArchiveSummary) {
        self.shown_at = Instant::now();
        let elapsed = self.start.elapsed();
        self.line
            .show(&message(summary, self.files, self.bytes, elapsed));
    }

    /// Clears the line, so that other output can follow.
    pub(super) fn clear(&mut self) {
        self.line.clear();
    }

    /// Clears the line, and prints a message on stderr.
    pub(super) fn say(&mut self, message: &str) {
        self.clear();
        wording::say(message);
    }
}

/// Writes the text of the line: the numbers of events and files, the time of the last record, the
/// share of bytes that were read, and the remaining time.
fn message(
    summary: &ArchiveSummary,
    files: Fraction,
    bytes: Fraction,
    elapsed: Duration,
) -> String {
    let reached = summary.reached.map_or_else(String::new, |second| {
        format!(", reached {}", time_of(second))
    });
    format!(
        "{}, {} of {} read{reached}{}",
        count(summary.events, "event"),
        grouped(files.done),
        count(files.all, "file"),
        share(bytes, elapsed),
    )
}

/// Writes the share of bytes that were read, and the remaining time, such as `, 25 % done, 30 s
/// left`. Returns an empty string if no file has a known size.
fn share(bytes: Fraction, elapsed: Duration) -> String {
    if bytes.all == 0 {
        return String::new();
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "the percentage is only displayed"
    )]
    let share = bytes.done as f64 / bytes.all as f64;
    let seconds = elapsed.as_secs_f64() * (1.0 - share) / share;
    let left = Duration::try_from_secs_f64(seconds).ok();
    let left = left.filter(|_| share >= 0.01).map(time_left);
    format!(", {:.0} % done{}", share * 100.0, left.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_shows_the_progress_and_the_remaining_time() {
        let summary = ArchiveSummary {
            events: 1_200,
            reached: Some(0),
            ..ArchiveSummary::default()
        };
        let of = |done, all| Fraction { done, all };
        let elapsed = Duration::from_secs(10);
        assert_eq!(
            message(&summary, of(50, 3_385), of(1, 4), elapsed),
            "1,200 events, 50 of 3,385 files read, reached 1970-01-01T00:00:00Z, 25 % done, 30 s left"
        );
        assert_eq!(
            message(&ArchiveSummary::default(), of(0, 1), of(0, 0), elapsed),
            "0 events, 0 of 1 file read"
        );
    }
}
