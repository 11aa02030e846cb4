//! The restrictions of the earlier runs of `ct-fetch` that wrote the files: their filters and
//! windows. The seals at the ends of the files, and the journals next to them, contain these
//! restrictions.

use std::path::Path;

use ct_core::input::name;
use ct_core::journal;
use ct_core::seal::{DELIVERY, Seal, SealedWindow};
use jiff::Timestamp;

use crate::source::archive::listing::FileToRead;
use crate::source::archive::location::Location;
use crate::source::archive::read::FileTally;

/// How many files are named in messages of one kind. The messages count the other files.
const NAMED: usize = 20;

/// The filters and windows of the earlier runs that wrote the files of this run.
#[derive(Debug, Default)]
pub(super) struct EarlierRuns {
    /// The length of the event history, in days.
    history_days: u32,
    /// The filters of the earlier runs, without duplicates.
    pub(super) filters: Vec<String>,
    /// The path of each file, and the window of the run that wrote it. A window has no start only
    /// if that run read an archive instead of the event history.
    windows: Vec<(String, SealedWindow)>,
    /// The number of files that neither a seal nor a journal proves to be complete, and the paths
    /// of the first of these files.
    unproven: (u64, Vec<String>),
    /// Whether this run continues an interrupted run that did not save the restrictions of the
    /// files that it had read.
    pub(super) is_partly_known: bool,
}

impl EarlierRuns {
    /// Creates an empty set of restrictions. `history_days` is the length of the event history, in
    /// days.
    pub(super) fn new(history_days: u32) -> Self {
        Self {
            history_days,
            ..Self::default()
        }
    }

    /// Adds the restrictions of the run that wrote a file.
    ///
    /// # Errors
    /// Returns the reason why the file's journal does not prove that the file is complete, with
    /// advice.
    pub(super) fn add(&mut self, file: &FileToRead, tally: &FileTally) -> Result<(), String> {
        let label = file.location.label();
        for seal in &tally.seals {
            let window = self.begun(seal.window.clone(), is_of_archive(seal));
            self.note(&label, window, &seal.filters);
        }
        let is_of_history = matches!(file.location, Location::History(_));
        if !tally.seals.is_empty() || file.minute.is_some() || is_of_history {
            return Ok(());
        }
        let has_journal = match &file.location {
            Location::Path(path) => self.add_journal(path, &label)?,
            _ => false,
        };
        if !has_journal {
            self.unproven.0 += 1;
            if self.unproven.1.len() < NAMED {
                self.unproven.1.push(label);
            }
        }
        Ok(())
    }

    /// Adds the restrictions in the journal of the file at `path`. Returns whether the file has a
    /// journal.
    fn add_journal(&mut self, path: &Path, label: &str) -> Result<bool, String> {
        let journal = journal::path_of(path);
        if !journal.is_file() {
            return Ok(false);
        }
        let covered = journal::verify(path, &journal, self.history_days)?;
        let window = self.begun(covered.window, covered.is_of_archive);
        self.note(label, window, &covered.filters);
        Ok(true)
    }

    /// Returns messages about the files that may be incomplete: one for each of the first [`NAMED`]
    /// files, and one for the rest.
    pub(super) fn unproven(&self) -> Vec<String> {
        let (number, labels) = &self.unproven;
        let messages = labels.iter().map(|label| {
            format!(
                "{label} has no seal, no journal and no name of a trail's file, so it may be \
                 incomplete: fetch it again with --seal"
            )
        });
        let mut messages: Vec<String> = messages.collect();
        let others = number - labels.len() as u64;
        if others > 0 {
            messages.push(format!("{others} more files may be incomplete"));
        }
        messages
    }

    /// Returns the latest start of the earlier runs' windows, in Unix seconds; `None` if no window
    /// has a start.
    pub(super) fn latest_since(&self) -> Option<i64> {
        let windows = self.windows.iter();
        let since = windows.filter_map(|(_, window)| second(window.since.as_deref()?));
        since.max()
    }

    /// Sets the start of a window without a start, if the window belongs to a run over the event
    /// history: to the beginning of the event history at the time of that run.
    fn begun(&self, mut window: SealedWindow, is_of_archive: bool) -> SealedWindow {
        if window.since.is_none() && !is_of_archive {
            let settled = window.settled.as_deref().and_then(second);
            let asked = settled.map(|settled| settled + DELIVERY.as_secs());
            let length = i64::from(self.history_days) * 86_400;
            let begins = asked.or(second(&window.until)).map(|asked| asked - length);
            window.since = SealedWindow::new(begins, None, 0).since;
        }
        window
    }

    fn note(&mut self, label: &str, window: SealedWindow, filters: &[String]) {
        for filter in filters {
            if !self.filters.contains(filter) {
                self.filters.push(filter.clone());
            }
        }
        self.windows.push((label.to_owned(), window));
    }

    /// Returns the window of this run. If it has no start, returns the latest start of the earlier
    /// runs' windows as its start. If it has no end, returns the earliest end of these windows as
    /// its end.
    pub(super) fn window(&self, (since, until): WindowSeconds) -> WindowSeconds {
        let windows = self.windows.iter();
        let earliest = windows.filter_map(|(_, window)| second(&window.until));
        (since.or(self.latest_since()), until.or(earliest.min()))
    }

    /// Returns the time up to which no file lacks events, in Unix seconds. Later events may have
    /// arrived after a file was fetched. `None` if every file was fetched so long after the end of
    /// its window that all events had arrived.
    pub(super) fn settled(&self) -> Option<i64> {
        let settled = self.windows.iter();
        let settled = settled.filter_map(|(_, window)| second(window.settled.as_deref()?));
        settled.min()
    }

    /// Returns messages about the files whose window covers less than `window`: one for each of the
    /// first [`NAMED`] files, and one for the rest.
    pub(super) fn gaps(&self, window: WindowSeconds) -> Vec<String> {
        let (since, until) = self.window(window);
        let narrower = self.windows.iter().filter(|(_, window)| {
            let begins = window.since.as_deref().map(second);
            let is_late = begins.is_some_and(|begins| begins.is_none() || begins > since);
            let ends = second(&window.until);
            is_late || ends.is_none() || until.is_none_or(|until| ends < Some(until))
        });
        let mut narrower = narrower.peekable();
        let named = narrower.by_ref().take(NAMED);
        let mut gaps: Vec<String> = named
            .map(|(label, window)| {
                let since = window.since.as_deref();
                format!(
                    "{label} covers only {} to {}: fetch the rest of the window",
                    since.unwrap_or("the start of its archive"),
                    window.until
                )
            })
            .collect();
        if narrower.peek().is_some() {
            let more = narrower.count();
            gaps.push(format!(
                "{more} more sources cover only a part of the window"
            ));
        }
        if since > until && !self.windows.is_empty() && gaps.is_empty() {
            gaps.push(
                "the windows of the sources do not overlap: read each source separately".to_owned(),
            );
        }
        if self.is_partly_known {
            gaps.push(
                "this run continues an earlier one, whose seals are unknown: pass --restart"
                    .to_owned(),
            );
        }
        gaps
    }
}

/// Whether the seal is of a run over an archive. Such a seal lists all targets as `ACCOUNT/REGION`.
fn is_of_archive(seal: &Seal) -> bool {
    let is_place = |target: &String| {
        let account = target.split_once('/').map(|(account, _)| account);
        account.is_some_and(name::is_account)
    };
    !seal.targets.is_empty() && seal.targets.iter().all(is_place)
}

/// The start and the end of a window, in Unix seconds; `None` if the window has no start or no end.
pub(super) type WindowSeconds = (Option<i64>, Option<i64>);

/// Parses a time in a seal. Returns the time in Unix seconds; `None` for an invalid time.
fn second(text: &str) -> Option<i64> {
    let time = text.parse::<Timestamp>().map(Timestamp::as_second);
    time.ok().or_else(|| text.parse().ok())
}
