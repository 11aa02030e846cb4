//! What a run has done, kept in a file, so that a later run continues instead of starting over.

mod asker;
mod checkpointer;
mod delivery;
mod file;
mod journal;
mod query;
pub mod resume;
mod state;
mod text;
mod written;

/// How many seconds the service keeps events.
///
/// Source: AWS CloudTrail user guide, "Working with CloudTrail event history": 90 days.
pub const HISTORY_SECONDS: i64 = 90 * 24 * 60 * 60;

pub use asker::{Asker, KnownAccount, Renamed};
pub use checkpointer::{Checkpointer, Stage};
pub use delivery::Delivery;
pub use file::CheckpointFile;
pub use journal::Journal;
pub use query::{Moment, Question};
pub use state::{Broken, Checkpoint, Gap, State};
pub use text::Mistake;
pub use written::{Digest, Written};
