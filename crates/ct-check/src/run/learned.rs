//! Decides which new values of a run are added to the history.

use ct_rules::{History, StagedHistory};

use crate::accepted::Exceptions;
use crate::args::Args;
use crate::finding::Finding;
use crate::verdict::Verdict;

/// Writes the history to a temporary file. After the reports have been written, the caller replaces
/// the history file with the temporary file. Returns `None` if the run does not change the history.
///
/// A run whose verdict is undecided does not change the history. Otherwise, a retry would find the
/// new values in the history, and would not report them.
pub(super) fn stage_history(
    history: &mut History,
    (args, exceptions): (&Args, &Exceptions),
    findings: &[Finding],
    verdict: &mut Verdict,
) -> Option<StagedHistory> {
    let path = args.history.as_ref().filter(|_| verdict.is_decided())?;
    if !args.learn {
        forget(history, (args, exceptions), findings);
    }
    match history.stage(path) {
        Ok(staged) => Some(staged),
        Err(reason) => {
            verdict.undecided.push(reason);
            None
        }
    }
}

/// Removes some new values from the history, so that the next run reports them again. These are the
/// values of findings that make the run fail, and of findings that an exception accepts only until
/// an expiry date.
fn forget(history: &mut History, (args, exceptions): (&Args, &Exceptions), findings: &[Finding]) {
    for finding in findings {
        let Some(window) = &finding.window else {
            continue;
        };
        let is_accepted = finding
            .exception
            .is_some_and(|index| !exceptions.ends(index));
        let is_mild = finding.exception.is_none() && finding.rule.severity < args.fail_on;
        if let Some(value) = window
            .value
            .as_ref()
            .filter(|_| !is_accepted && !is_mild && !finding.known)
        {
            let group: Vec<Option<&str>> = window.group.iter().map(Option::as_deref).collect();
            history.forget(&finding.rule.id, &group, value);
        }
    }
}
