//! Locks a file for one run.

use std::fs::{File, TryLockError};
use std::path::Path;

use anyhow::anyhow;

use crate::exit::Failure;

/// Locks `file`, which is at `path`. The lock ends when the file is closed or the process ends.
///
/// # Errors
/// If a different run has locked the file, or the file system does not support locks.
pub fn keep(file: &File, path: &Path) -> Result<(), Failure> {
    let name = path.display();
    file.try_lock().map_err(|error| {
        Failure::Other(match error {
            TryLockError::WouldBlock => anyhow!(
                "cannot write {name}: another run is writing it: wait until it ends, or use a \
                 different file"
            ),
            TryLockError::Error(error) => {
                anyhow!("cannot lock {name}: {error}: use a file system that supports locks")
            }
        })
    })
}
