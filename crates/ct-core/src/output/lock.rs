//! Locks a file for one run.

use std::fs::{File, TryLockError};
use std::path::Path;

use anyhow::anyhow;

use crate::exit::Failure;

/// Locks `file`, which is at `path`, until it is closed; the lock ends with the process.
///
/// # Errors
/// If another run has locked it, or the file system has no locks.
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
