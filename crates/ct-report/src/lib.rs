//! Reports from CloudTrail records what a credential (the subject of the report) did, and what the
//! records cannot show.

mod args;
mod completeness;
mod created;
mod details;
mod evidence;
mod fate;
mod format;
mod intake;
mod lineage;
mod report;
mod subject;
mod symbols;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::anyhow;
use ct_core::cli::{self, Request};
use ct_core::exit::{self, Failure, signals};
use ct_core::output::Output;
use ct_core::terminal;
use jiff::Timestamp;

use crate::args::{Args, Command};
use crate::completeness::State;
use crate::format::FormatInput;
use crate::intake::{ReadOptions, ReadResult};
use crate::lineage::Lineage;
use crate::report::{Basis, Report};
use crate::subject::Selection;

/// The exit statuses of ct-report. For a signal and for a closed output pipe, the statuses are the
/// same as in ct-fetch.
mod status {
    /// The report was written. A report on an input of unknown completeness states that the
    /// completeness is unknown.
    pub(super) const OK: u8 = 0;
    /// The command line is invalid.
    pub(super) const USAGE: u8 = 2;
    /// The report was written but the input is incomplete, or the report was not written.
    pub(super) const INCOMPLETE: u8 = 3;
}

/// The outcome of a run that wrote a report: whether records are known to be missing from the
/// input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The report was written, and no record of the input is known to be missing.
    Reported,
    /// The report was written, and says that the input is incomplete.
    Incomplete,
}

/// The length of CloudTrail's event history, in days.
const HISTORY_DAYS: u32 = 90;

/// The values that a run needs from its environment.
pub struct Environment {
    /// The time of the run.
    pub now: Timestamp,
    /// The length of the event history in days, from `CT_FETCH_HISTORY_DAYS`.
    pub history_days: Option<OsString>,
}

/// Runs a `ct-report` command line, whose first word is the name of the program.
///
/// # Errors
/// If the command line is invalid, an input cannot be opened, or the report cannot be written.
pub fn run(words: Vec<OsString>, environment: &Environment) -> Result<Outcome, Failure> {
    let args: Args = match cli::parse(words)? {
        Request::Print(text) => {
            let mut out = Output::stdout();
            out.bytes(&text)?;
            return out.flush().map(|()| Outcome::Reported);
        }
        Request::Run(args) => args,
    };
    signals::end_process()?;
    let (form, table) = args.form()?;
    let subject = args.subject();
    let (source, expanded_bytes) = args.source()?;
    let options = ReadOptions {
        expanded_bytes,
        history_days: history_days(environment)?,
    };
    let mut out = match &args.output {
        Some(path) => Output::open(path)?,
        None => Output::stdout(),
    };
    source.must_not_be(&out)?;
    let ReadResult {
        mut evidence,
        mut reader,
        mut spool,
    } = intake::read(source, options)?;
    out.cut(0)?;
    match &args.command {
        Some(Command::Event { id, .. }) => {
            format::detail::event(&evidence, &mut spool, id, &mut out)?;
        }
        Some(Command::Diff { one, other, .. }) => {
            format::detail::diff(&evidence, &mut spool, [one, other], &mut out)?;
        }
        None => {
            let lineage = Lineage::new(&evidence);
            let selection = Selection::new(&evidence, &lineage, &subject);
            details::add(&mut evidence, &selection, &mut reader, &mut spool)?;
            let basis = Basis {
                evidence: &evidence,
                lineage: &lineage,
                subject: &subject,
                selection: &selection,
                now: environment.now,
            };
            let report = Report::new(&basis);
            let mut input = FormatInput {
                basis: &basis,
                report: &report,
                spool: &mut spool,
            };
            form.write(table, &mut input, &mut out)?;
        }
    }
    out.flush()?;
    Ok(match evidence.completeness.state {
        State::Incomplete => Outcome::Incomplete,
        State::Complete | State::Unknown => Outcome::Reported,
    })
}

/// The length of the event history in days, from the environment variable of the ct-fetch option `--history-days`.
fn history_days(environment: &Environment) -> Result<u32, Failure> {
    let Some(days) = environment
        .history_days
        .as_ref()
        .filter(|days| !days.is_empty())
    else {
        return Ok(HISTORY_DAYS);
    };
    let number = days.to_str().and_then(|days| days.parse().ok());
    number.ok_or_else(|| {
        Failure::Usage(anyhow!(
            "CT_FETCH_HISTORY_DAYS is `{}`, which is not a number of days: correct or unset it",
            terminal::escape(&days.to_string_lossy())
        ))
    })
}

/// Writes the error message, if there is one, to stderr and returns the exit status.
#[must_use]
pub fn end(result: Result<Outcome, Failure>) -> ExitCode {
    let failure = match result {
        Ok(Outcome::Reported) => return ExitCode::from(status::OK),
        Ok(Outcome::Incomplete) => return ExitCode::from(status::INCOMPLETE),
        Err(failure) => failure,
    };
    if let Some(message) = failure.message() {
        exit::say("ct-report", &message);
    }
    ExitCode::from(match failure {
        Failure::Usage(_) => status::USAGE,
        Failure::Configuration(_) | Failure::Refused(_) | Failure::Other(_) => status::INCOMPLETE,
        Failure::Interrupted | Failure::HungUp | Failure::Terminated | Failure::ReaderLeft => {
            failure.status()
        }
    })
}
