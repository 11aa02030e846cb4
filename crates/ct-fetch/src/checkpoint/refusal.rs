//! The failures for a journal or a state from which a run cannot continue.

use std::fmt::Display;
use std::path::Path;

use anyhow::anyhow;
use ct_core::exit::Failure;

/// The failure if the file at `path` cannot be read as a journal or a state, for this `reason`.
pub(crate) fn unusable(path: &Path, reason: impl Display) -> Failure {
    Failure::Other(anyhow!(
        "cannot continue from {}: {reason}: pass --restart to start again, or use a different file",
        path.display()
    ))
}

/// The failure if the file at `path` belongs to a run with a different query. `difference` says
/// what differs.
pub(crate) fn different_run(path: &Path, difference: impl Display) -> Failure {
    Failure::Usage(anyhow!(
        "{} belongs to a different run: {difference}: undo the change, use a different file, or \
         pass --restart to start again",
        path.display()
    ))
}
