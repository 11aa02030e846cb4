//! Saves the progress of a run in a file, so that a later run can continue it.

mod checkpointer;
mod delivery;
mod file;
mod journal;
mod query;
mod requester;
pub(crate) mod resume;
pub(crate) mod sealed;
mod state;
mod text;
mod written;

/// The length of the event history, in seconds.
///
/// Source: AWS CloudTrail user guide, "Working with CloudTrail event history": 90 days.
pub(crate) const HISTORY_SECONDS: i64 = 90 * 24 * 60 * 60;

pub(crate) use checkpointer::{Checkpointer, Stage};
pub(crate) use delivery::Delivery;
pub(crate) use file::CheckpointFile;
pub(crate) use journal::Journal;
pub(crate) use query::{Moment, SavedQuery};
pub(crate) use requester::Requester;
pub(crate) use state::{Broken, Checkpoint, Gap, RunState};

pub(crate) use written::{Written, is_intact, verify, verify_rest};
