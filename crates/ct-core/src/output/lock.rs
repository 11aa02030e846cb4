//! Keeps a file to one run at a time.

use std::fs::{File, TryLockError};
use std::path::Path;

use anyhow::anyhow;

use crate::exit::Failure;

/// Keeps `file`, which is at `path`, until it is closed: however the process ends, nothing is left over.
///
/// # Errors
/// When another run keeps it, or its file system has no locks.
pub fn keep(file: &File, path: &Path) -> Result<(), Failure> {
    let name = path.display();
    file.try_lock().map_err(|error| {
        Failure::Other(match error {
            TryLockError::WouldBlock => anyhow!(
                "cannot write {name}: another run is writing it: wait until it ends, or name another file"
            ),
            TryLockError::Error(error) => {
                anyhow!("cannot lock {name}: {error}: name a file where locks work")
            }
        })
    })
}
