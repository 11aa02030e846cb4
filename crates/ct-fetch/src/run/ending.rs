//! Ends a run over the event history: prints its summary, and returns its result.

use anyhow::anyhow;
use ct_core::exit::Failure;

use crate::args::Args;
use crate::summary::RunSummary;
use crate::wording::{count, say};
use crate::writer::RecordWriter;

/// Closes an output that can no longer be written. Truncates the output to `bytes`, the length in
/// the journal, so that the output ends with a complete record.
pub(super) fn abandon(writer: RecordWriter, bytes: u64) {
    let name = writer.output().name().to_owned();
    if let Err(error) = writer.abandon(bytes) {
        let line = format!(
            "cannot truncate {name}: {error}: if its last line is incomplete, remove it manually"
        );
        say(&line);
    }
}

/// Prints the summary of the run, and returns its result. Prints no summary if the reader of the
/// output left, or if the run failed before its first page. If a signal stopped the run, and
/// `is_kept` says that its progress is saved, also prints how to continue the run.
pub(super) fn end(
    result: Result<(), Failure>,
    summary: &RunSummary,
    is_kept: bool,
    args: &Args,
) -> Result<(), Failure> {
    let is_stopped = matches!(
        result,
        Err(Failure::Interrupted | Failure::HungUp | Failure::Terminated)
    );
    let is_worth_saying = match &result {
        Ok(()) => true,
        Err(Failure::ReaderLeft) => false,
        Err(_) => is_stopped || summary.pages > 0,
    };
    if is_worth_saying && !args.quiet {
        say(&summary.to_string());
        if is_stopped && is_kept {
            say("to continue, run the same command again");
        }
    }
    result?;
    let uncovered = summary.uncovered();
    if let Some(shortfall) = uncovered.filter(|_| args.quiet) {
        say(&shortfall.to_string());
    }
    if summary.broken > 0 {
        let events = count(summary.broken, "event");
        return Err(Failure::Other(anyhow!(
            "{events} could not be written: see the lines above; all other events were delivered"
        )));
    }
    if summary.misplaced > 0 {
        let events = count(summary.misplaced, "event");
        return Err(Failure::Other(anyhow!(
            "the output has {events} out of order: see the lines above, and run it again or sort \
             by eventTime"
        )));
    }
    if !summary.failed.is_empty() {
        let failed = summary.failed.join(", ");
        return Err(Failure::Refused(anyhow!(
            "{failed} did not return all events: see the lines above; all other events were \
             delivered"
        )));
    }
    // With `--strict`, a new run is refused if its window starts before the event history. So this
    // run continues an earlier one.
    match uncovered.filter(|_| args.strict) {
        Some(shortfall) => Err(Failure::Usage(anyhow!(
            "{shortfall}: all other events were delivered"
        ))),
        None => Ok(()),
    }
}
