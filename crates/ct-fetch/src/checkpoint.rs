//! Saves the progress of a run in a file, so that a later run can continue it.

mod checkpointer;
pub(crate) mod earlier_output;
mod file;
mod history_state;
mod journal;
mod journal_format;
mod output_hash;
mod query;
pub(crate) mod refusal;
mod requester;
pub(crate) mod resume;
mod state;

/// The length of the event history, in seconds.
///
/// Source: AWS CloudTrail user guide, "Working with CloudTrail event history": 90 days.
pub(crate) const HISTORY_SECONDS: i64 = 90 * 24 * 60 * 60;

pub(crate) use checkpointer::{Checkpointer, Stage};
pub(crate) use file::CheckpointFile;
pub(crate) use history_state::HistoryState;
pub(crate) use journal::Journal;
pub(crate) use query::{SavedQuery, TypedTime};
pub(crate) use requester::Requester;
pub(crate) use state::{Checkpoint, FailedTarget, RunState, UnwrittenEvents};

pub(crate) use output_hash::{OutputHasher, is_intact, verify, verify_rest};
