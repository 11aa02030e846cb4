//! The options that say where records are written, and how an earlier run is continued.

use std::path::PathBuf;

use anyhow::anyhow;
use clap::Args;
use clap::builder::{PathBufValueParser, TypedValueParser};
use ct_core::exit::Failure;
use ct_core::time;
use jiff::Zoned;

use crate::checkpoint::HISTORY_SECONDS;
use crate::format::Layout;

/// Where records are written, and how an earlier run is continued.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct Destination {
    /// Write to this file instead of standard output; only the owner can read it
    ///
    /// Only one run may write the file at a time. A device or a named pipe is treated like standard
    /// output.
    #[arg(short, value_name = "FILE", value_parser = output_file())]
    pub(crate) output_file: Option<PathBuf>,

    /// Record progress in this file, so that the same command resumes after an interruption
    /// [default with -o: the output file's name with .journal appended]
    ///
    /// A resumed run also queries the regions and accounts that refused before. If such a region or
    /// account responds now, the run goes back to the point where the region or account refused; on
    /// standard output, the run repeats the records from there. If no region or account refused, a
    /// resumed run repeats at most one page.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,

    /// Deliver events that are new since the last run with this file, oldest first
    ///
    /// The first run begins at --since, and later runs begin where the last one ended; each event
    /// is delivered once. With -o, a run appends to the output file. If a run was killed, the next
    /// run causes no duplicates in the output file, and repeats at most one page on standard
    /// output. New files in an archive are not read if their names are dated more than --late
    /// before the newest file of the last complete run.
    #[arg(long, value_name = "FILE",
        conflicts_with_all = ["journal", "resume", "follow", "end_time", "keep_duplicates", "order"])]
    pub(crate) state: Option<PathBuf>,

    /// Maximum delay between an event and its delivery [default: 15m with --state, 1d with --from]
    ///
    /// For an archive, files delivered up to AGE after the end of the window are read too.
    #[arg(long, value_name = "AGE")]
    late: Option<String>,

    /// Continue an earlier run of the same command; fail if there is none
    #[arg(long, conflicts_with = "restart")]
    pub(crate) resume: bool,

    /// Start again, ignoring the journal or the state
    #[arg(long)]
    pub(crate) restart: bool,

    /// End a successful run with a line that contains the number and the hash of the records, for
    /// ct-check and ct-report
    ///
    /// The line contains the number of records, the SHA-256 of their lines, the window, the regions
    /// and what is missing. A stream without such a line is incomplete. With --state, the line
    /// covers only the records of this run.
    #[arg(long, conflicts_with = "follow")]
    pub(crate) seal: bool,
}

impl Destination {
    /// Refuses `--seal` if the output is not unchanged records, or if the output contains the
    /// records of several runs.
    ///
    /// # Errors
    /// [`Failure::Usage`] if the options cannot be combined.
    pub(crate) fn check_seal(&self, layout: &Layout) -> Result<(), Failure> {
        if !self.seal {
            return Ok(());
        }
        if !matches!(layout, Layout::Record) {
            return Err(Failure::Usage(anyhow!(
                "--seal requires the records as received, not --format {}: remove one of them",
                layout.name()
            )));
        }
        if self.state.is_some() && self.output_file.is_some() {
            return Err(Failure::Usage(anyhow!(
                "--seal seals the output of one run, but --state with -o appends to earlier \
                 output: write to standard output"
            )));
        }
        Ok(())
    }
}

impl Destination {
    /// Whether the command line contains `--journal`.
    #[must_use]
    pub(crate) fn names_a_journal(&self) -> bool {
        self.journal.is_some()
    }

    /// Returns the path of the journal; `None` if the run has no journal. `is_file` says whether
    /// the output is a regular file. Without `--journal`, only a run that writes a regular file has
    /// a journal: an output to a device or a pipe cannot be continued.
    #[must_use]
    pub(crate) fn journal(&self, is_file: bool) -> Option<PathBuf> {
        self.journal.clone().or_else(|| {
            let is_kept = is_file && self.state.is_none();
            let beside = self.output_file.as_ref().filter(|_| is_kept)?;
            let mut path = beside.clone().into_os_string();
            path.push(".journal");
            Some(path.into())
        })
    }
}

impl Destination {
    /// Refuses `--late` if the run has no state file and reads no archive.
    ///
    /// # Errors
    /// [`Failure::Usage`]. The message names the option.
    pub(super) fn check_unused(&self) -> Result<(), Failure> {
        if self.late.is_some() && self.state.is_none() {
            return Err(Failure::Usage(anyhow!(
                "--late requires --state or --from: add one of them, or remove --late"
            )));
        }
        Ok(())
    }

    /// Returns the value of `--late` for an archive as the user typed it, or the default.
    #[must_use]
    pub(crate) fn archive_late_text(&self) -> &str {
        self.late.as_deref().unwrap_or("1d")
    }

    /// Returns `--late` for an archive, in seconds. A file dated up to this long after the end of
    /// the window is read.
    ///
    /// # Errors
    /// See [`Destination::late`].
    pub(crate) fn archive_late(&self, now: &Zoned) -> Result<i64, Failure> {
        age(self.archive_late_text(), now)
    }

    /// Returns the value of `--late` for the event history as the user typed it, or the default.
    #[must_use]
    pub(crate) fn late_text(&self) -> &str {
        self.late.as_deref().unwrap_or("15m")
    }

    /// Returns `--late` for the event history, in seconds: the maximum time between an event and
    /// its appearance in the event history.
    ///
    /// # Errors
    /// [`Failure::Usage`] if the value is not an age of at most 90 days.
    pub(crate) fn late(&self, now: &Zoned) -> Result<i64, Failure> {
        age(self.late_text(), now)
    }
}

fn age(text: &str, now: &Zoned) -> Result<i64, Failure> {
    let second = now.timestamp().as_second();
    let parsed = time::parse(text, now).ok();
    let late = parsed.map(|parsed| second - parsed.second);
    late.filter(|late| (0..=HISTORY_SECONDS).contains(late))
        .ok_or_else(|| {
            Failure::Usage(anyhow!(
                "--late is `{text}`: it is not an age of at most 90 days: write an age such as \
                 15m or 2h"
            ))
        })
}

/// Parses a path, but refuses `-`: a user who types it expects standard output, not a file with
/// this name.
fn output_file() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| {
        if path.as_os_str() == "-" {
            return Err("`-` is not a file: for standard output, remove -o");
        }
        Ok(path)
    })
}
