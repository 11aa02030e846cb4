//! What a run has done, kept in a file, so that a later run continues instead of starting over.

mod asker;
mod checkpointer;
mod file;
mod journal;
mod query;
pub mod resume;
mod state;
mod text;
mod written;

pub use asker::{Asker, KnownAccount, Renamed};
pub use checkpointer::{Checkpointer, Stage};
pub use file::CheckpointFile;
pub use journal::Journal;
pub use query::{Moment, Question};
pub use state::{Broken, Checkpoint, Gap, State};
pub use text::Mistake;
pub use written::{Digest, Written};
