//! The options that say where the records go, and whether an earlier run is continued.

use std::path::PathBuf;

use anyhow::anyhow;
use clap::Args;
use clap::builder::{PathBufValueParser, TypedValueParser};
use ct_core::exit::Failure;
use ct_core::time;
use jiff::Zoned;

use crate::checkpoint::HISTORY_SECONDS;
use crate::format::Layout;

/// Where the records go.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct Destination {
    /// Write to this file instead of standard output; only you may read it
    ///
    /// Only one run at a time may write the file. A device or a named pipe is written to as standard output is.
    #[arg(short, value_name = "FILE", value_parser = output_file())]
    pub(crate) output_file: Option<PathBuf>,

    /// Record progress in this file, so that the same command resumes after an interruption
    ///
    /// [default with -o: the file's name with .journal added] A region or account that refused is asked
    /// again; if it answers now, the run goes back to where it refused, and on standard output repeats
    /// the records from there on. Any other resumed run repeats one page at most.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,

    /// Deliver what is new since the last run with this file, oldest first
    ///
    /// The first run begins at --since, and later ones where the last one ended; each event is
    /// delivered once, however late it arrives. -o appends to its file. A run that is killed leaves
    /// nothing twice in that file, and repeats a page at most on standard output.
    #[arg(long, value_name = "FILE",
        conflicts_with_all = ["journal", "resume", "follow", "end_time", "keep_duplicates", "order"])]
    pub(crate) state: Option<PathBuf>,

    /// How late events may arrive [default: 15m with --state, 1d with --from]
    ///
    /// Of an archive, files delivered up to AGE after the end of the window are read as well.
    #[arg(long, value_name = "AGE")]
    late: Option<String>,

    /// Go on where the same command stopped, and refuse to begin anew
    #[arg(long, conflicts_with = "restart")]
    pub(crate) resume: bool,

    /// Begin anew, whatever the journal or the state holds
    #[arg(long)]
    pub(crate) restart: bool,

    /// End a successful run with a line that counts and hashes the records, for ct-check and ct-report
    ///
    /// It holds the number of records, the SHA-256 of their lines, the window, the regions and what is
    /// missing. A stream without it was cut. With --state it covers the records of this run.
    #[arg(long, conflicts_with = "follow")]
    pub(crate) seal: bool,
}

impl Destination {
    /// Refuses a seal where the records before it are not records, or are those of several runs.
    ///
    /// # Errors
    /// [`Failure::Usage`].
    pub(crate) fn check_seal(&self, layout: &Layout) -> Result<(), Failure> {
        if !self.seal {
            return Ok(());
        }
        if !matches!(layout, Layout::Record) {
            return Err(Failure::Usage(anyhow!(
                "--seal seals records as received, not --format {}: leave one of them out",
                layout.name()
            )));
        }
        if self.state.is_some() && self.output_file.is_some() {
            return Err(Failure::Usage(anyhow!(
                "--seal seals one run, and --state with -o appends to earlier ones: write to standard output"
            )));
        }
        Ok(())
    }
}

impl Destination {
    /// Whether a journal was named.
    #[must_use]
    pub(crate) fn names_a_journal(&self) -> bool {
        self.journal.is_some()
    }

    /// Where the journal is, if one is kept: where none is named only beside an output that
    /// `is_file`, since a run into a device or a pipe cannot be continued.
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
    /// Refuses options of a run that keeps a state or reads an archive, where it does neither.
    ///
    /// # Errors
    /// [`Failure::Usage`], naming the option.
    pub(super) fn check_unused(&self) -> Result<(), Failure> {
        if self.late.is_some() && self.state.is_none() {
            return Err(Failure::Usage(anyhow!(
                "--late goes with --state or --from: add one of them, or leave it out"
            )));
        }
        Ok(())
    }

    /// `--late` as typed, of an archive.
    #[must_use]
    pub(crate) fn archive_late_text(&self) -> &str {
        self.late.as_deref().unwrap_or("1d")
    }

    /// How many seconds after a time files may be named that hold its events.
    ///
    /// # Errors
    /// As [`Destination::late`].
    pub(crate) fn archive_late(&self, now: &Zoned) -> Result<i64, Failure> {
        age(self.archive_late_text(), now)
    }

    /// `--late` as typed.
    #[must_use]
    pub(crate) fn late_text(&self) -> &str {
        self.late.as_deref().unwrap_or("15m")
    }

    /// How many seconds late events may arrive.
    ///
    /// # Errors
    /// [`Failure::Usage`] when it is not an age of up to 90 days.
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
                "--late is `{text}`: it is not an age of up to 90 days: write one such as 15m or 2h"
            ))
        })
}

/// Standard output has no name here: a file called `-` would come as a surprise.
fn output_file() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| {
        if path.as_os_str() == "-" {
            return Err("`-` is no file: leave -o out for standard output");
        }
        Ok(path)
    })
}
