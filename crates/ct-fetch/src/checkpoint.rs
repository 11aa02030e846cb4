//! What a run has done, kept in a file, so that a later run continues instead of starting over.

mod checkpointer;
mod file;
mod journal;
pub mod resume;
mod state;
mod text;

pub use checkpointer::Checkpointer;
pub use file::JournalFile;
pub use journal::Journal;
pub use state::{Broken, Checkpoint, Gap, State};
pub use text::Mistake;
