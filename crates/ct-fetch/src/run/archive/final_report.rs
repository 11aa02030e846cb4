//! Ends a run over an archive: writes the seal (the last line of a complete output) and the
//! summary, and returns the result.

mod seal;

use std::io::IsTerminal as _;

use anyhow::anyhow;
use ct_core::exit::Failure;
use ct_core::output::Output;
use ct_core::terminal;
use jiff::Timestamp;

use super::delivery::Delivery;
use super::earlier_runs::WindowSeconds;
use super::refused_or_other;
use super::summary::ReadEnd;
use crate::args::Args;
use crate::checkpoint::earlier_output;
use crate::source::archive::listing::Listing;
use crate::source::archive::listing::gaps::{self, Gap};
use crate::validate::reading::DigestFindings;
use crate::wording::{count, say};

/// The message for a run that forgot event IDs because memory was too small.
const FORGOTTEN: &str = "--memory is too small for the IDs of all events: some events may be written twice: raise --memory";

/// The facts that decide the seal and the status of a run.
pub(super) struct FinalReport<'a> {
    pub(super) listing: &'a Listing,
    pub(super) gaps: Vec<Gap>,
    /// A message for each selected account or region that has no files in the archive.
    pub(super) unseen: Vec<String>,
    pub(super) args: &'a Args,
    /// Whether events of the event history are missing, although `--from` names it.
    pub(super) is_history_incomplete: bool,
    /// The filters of the query, as the seal lists them.
    pub(super) filters: Vec<String>,
    /// What the trail's digests say about the files; `None` without `--validate`.
    pub(super) validation: Option<&'a DigestFindings>,
    /// When the run began.
    pub(super) now: Timestamp,
}

impl FinalReport<'_> {
    /// Writes the seal if it is requested. Saves in the journal that the run is complete.
    ///
    /// # Errors
    /// If the output or the journal cannot be written.
    pub(super) fn close(&self, delivery: &mut Delivery<'_>) -> Result<(), Failure> {
        if let Some(counted) = &delivery.sealed {
            let (records, sha256) = (counted.records(), counted.sha256());
            let line = self.seal(delivery, records, sha256).line();
            delivery.put(line.as_bytes())?;
        }
        let narrower = self.narrower(delivery).len();
        let earlier_runs = &delivery.earlier_runs;
        if let Some((_, saved)) = &mut delivery.journal {
            let restrictions =
                earlier_runs.filters.len() + usize::from(earlier_runs.settled().is_some());
            let unproven = earlier_runs.unproven().len();
            let named = usize::from(self.named_files().is_some());
            let gaps = self.gaps.len() + self.unseen.len() + narrower + unproven + named;
            saved.gaps = (gaps + restrictions) as u64;
            saved.oldest = self.first_second();
            saved.newest = self.last_second();
            saved.unproven = self.failures().len() as u64;
        }
        delivery.finish()
    }

    /// Returns the minute in the name of the oldest log file, in Unix seconds. Without `--since`,
    /// the window starts there. Returns `None` if no file name contains a time, or if the event
    /// history is read too.
    fn first_second(&self) -> Option<i64> {
        let has_history = self.args.archive.names_the_history();
        self.listing.oldest().filter(|_| !has_history)
    }

    /// Returns the minute in the name of the newest log file, in Unix seconds. Without `--until`,
    /// the window ends there. Returns `None` if no file name contains a time, or if the event
    /// history is read too.
    fn last_second(&self) -> Option<i64> {
        let has_history = self.args.archive.names_the_history();
        self.listing.newest.filter(|_| !has_history)
    }

    /// Returns the window of the run. If the window has no start, it starts with the minute of the
    /// oldest log file or the latest start of an earlier run, whichever is later. If the window has
    /// no end, it ends with the minute of the newest log file.
    fn window(&self, delivery: &Delivery<'_>) -> WindowSeconds {
        let window = delivery.summary.window;
        let first = || {
            self.first_second()
                .max(delivery.earlier_runs.latest_since())
        };
        let since = window.since().or_else(first);
        (since, window.until().or(self.last_second()))
    }

    /// Returns messages about files of earlier runs with narrower windows than this run.
    fn narrower(&self, delivery: &Delivery<'_>) -> Vec<String> {
        delivery.earlier_runs.gaps(self.window(delivery))
    }

    /// Returns a message for each reason why events may be missing.
    fn missing(&self, delivery: &Delivery<'_>) -> Vec<String> {
        let summary = &delivery.summary;
        let mut missing = self.listing.problems.clone();
        missing.extend(self.gaps.iter().map(ToString::to_string));
        missing.extend(self.unseen.iter().cloned());
        missing.extend(self.narrower(delivery));
        missing.extend(delivery.earlier_runs.unproven());
        missing.extend(self.named_files());
        if self.is_history_incomplete {
            missing.push("the event history did not return all events".to_owned());
        }
        missing.extend(self.failures().iter().cloned());
        for (number, what, after) in [
            (summary.files.refused, "object", "could not be read"),
            (summary.unreadable(), "place", "cannot be read"),
            (summary.records.misplaced, "event", "out of order"),
            (
                summary.records.ahead,
                "event",
                "newer than the time in the name of its file",
            ),
            (summary.late_files, "file", "delivered too late to be read"),
            (
                summary.future_files,
                "file",
                "with a name dated in the future",
            ),
            (
                summary.files.invalid,
                "file",
                "not what CloudTrail delivered",
            ),
            (
                summary.files.unfinished,
                "file",
                "ended before the last page of a listing",
            ),
        ] {
            if number > 0 {
                missing.push(format!("{} {after}", count(number, what)));
            }
        }
        if summary.forgotten > 0 {
            missing.push(FORGOTTEN.to_owned());
        }
        if summary.end == ReadEnd::Enough {
            missing.push("stopped at --max-items".to_owned());
        }
        missing
    }

    /// Returns a message if `--from` names single files of a trail instead of a folder, and no
    /// digests show which other files exist.
    fn named_files(&self) -> Option<String> {
        let number = self.listing.named_files;
        let is_open = number > 0 && self.validation.is_none();
        is_open.then(|| {
            let files = count(number, "file");
            format!("{files} of a trail named without the folder: there may be others")
        })
    }

    /// Returns a message for each digest that is invalid, missing or unreadable, and for each
    /// missing log file.
    fn failures(&self) -> &[String] {
        self.validation.map_or(&[], |found| &found.failures)
    }

    /// Prints the summary of the run.
    ///
    /// # Errors
    /// Returns the reason why the run failed, or why the output is incomplete.
    pub(super) fn print(
        &self,
        result: Result<(), Failure>,
        delivery: &Delivery<'_>,
    ) -> Result<(), Failure> {
        let (summary, args, listing) = (&delivery.summary, self.args, self.listing);
        let narrower = self.narrower(delivery);
        if !matches!(result, Err(Failure::ReaderLeft)) {
            let lines = gaps::lines(&self.gaps);
            for line in lines.iter().chain(&self.unseen).chain(&narrower) {
                say(line);
            }
            if summary.forgotten > 0 {
                say(FORGOTTEN);
            }
            if !args.quiet {
                say(&summary.to_string());
                if result.is_err() && delivery.journal.is_some() {
                    say("to continue, run the same command again");
                }
                let destination = &args.destination;
                if result.is_err()
                    && destination.state.is_some()
                    && destination.output_file.is_none()
                {
                    say("the state is unchanged: the next run writes these events again");
                }
            }
        }
        result?;
        let other = |message: &str| Err(refused_or_other(false, message));
        if !listing.problems.is_empty() {
            return Err(refused_or_other(
                listing.is_refused,
                "some folders could not be listed: see the lines above; all other records were delivered",
            ));
        }
        if summary.files.refused > 0 {
            return Err(refused_or_other(
                true,
                "some objects could not be read: see the lines above; all other records were delivered",
            ));
        }
        if summary.unreadable() > 0 && !args.archive.skip_unreadable {
            return other(
                "some input could not be read: see the lines above; all other records were delivered; to accept this, pass --skip-unreadable",
            );
        }
        if summary.files.unfinished > 0 && !args.archive.skip_unreadable {
            return other(
                "some listings are incomplete: see the lines above; all records found were delivered; to accept this, pass --skip-unreadable",
            );
        }
        if !self.failures().is_empty() || summary.files.invalid > 0 {
            return other(
                "some files are missing or not what CloudTrail delivered: see the lines above; all existing records were delivered; for a report, run ct-fetch validate",
            );
        }
        if summary.late_files > 0 {
            return other(
                "files dated more than --late before files of an earlier run were not read: see the lines above; all other records were delivered",
            );
        }
        if summary.future_files > 0 {
            return other(
                "some files have names dated in the future: see the lines above; all records were delivered",
            );
        }
        if summary.records.ahead > 0 {
            return other(
                "some events are newer than the times in the names of their files: see the lines above; all records found were delivered",
            );
        }
        if summary.records.misplaced > 0 {
            return other("some events are out of order: see the lines above");
        }
        let is_empty = summary.files.with_records == 0 && !summary.has_known_files;
        if is_empty && !listing.has_trail {
            return Err(Failure::Other(anyhow!(
                "no CloudTrail records in {}: name a trail's files, or a whole folder such as the one that contains AWSLogs",
                summary.place
            )));
        }
        if !(self.gaps.is_empty() && self.unseen.is_empty()) && args.strict {
            return Err(Failure::Usage(anyhow!(
                "--strict treats the gaps reported above as errors: select accounts, regions and days that have files, or remove --strict"
            )));
        }
        if summary.forgotten > 0 && args.strict {
            return other("--strict requires that all duplicates are removed: raise --memory");
        }
        if !narrower.is_empty() && args.strict {
            return other(
                "--strict treats the incomplete sources reported above as errors: fetch them for the whole window, or remove --strict",
            );
        }
        Ok(())
    }
}

/// Ends a run that has nothing to do, because an earlier run completed its output.
///
/// # Errors
/// [`Failure::Usage`] if `--seal` is used, but the output has no seal.
pub(super) fn again(args: &Args, output: &Output) -> Result<(), Failure> {
    if args.destination.seal {
        earlier_output::expect_at_end(output)?;
    }
    if !args.quiet {
        say("the output is already complete: to read the archive again, pass --restart");
    }
    Ok(())
}

/// Prints the text of the Athena query.
///
/// # Errors
/// If standard output cannot be written.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut output = Output::stdout();
    output.line(text.as_bytes())?;
    output.flush()
}

/// Prints the paths of the selected files.
///
/// # Errors
/// If the listing is incomplete, or if standard output cannot be written.
pub(super) fn list_files(listing: &Listing, is_quiet: bool) -> Result<(), Failure> {
    for problem in &listing.problems {
        say(problem);
    }
    let mut output = Output::stdout();
    let is_terminal = rustix::stdio::stdout().is_terminal();
    let mut unlisted = 0;
    for file in &listing.files {
        let (line, label) = (file.location.listed(), file.location.label());
        if line.contains(&b'\n') {
            say(&format!(
                "the name of {label} contains a newline: rename it"
            ));
            unlisted += 1;
        } else if is_terminal {
            output.line(terminal::escape(&label).as_bytes())?;
        } else {
            output.line(&line)?;
        }
    }
    output.flush()?;
    if !is_quiet {
        say(&format!(
            "{} of {} would be read, {}",
            count(listing.files.len() as u64, "file"),
            listing.listed(),
            count(listing.bytes, "byte")
        ));
    }
    if listing.problems.is_empty() && unlisted == 0 {
        return Ok(());
    }
    Err(refused_or_other(
        listing.is_refused,
        "some folders could not be listed: see the lines above",
    ))
}
