//! Writes `SHA256SUMS`.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::programs::capture;

/// Writes the checksums of the files in `folder` in the format of `sha256sum`, sorted by name.
pub(super) fn write(folder: &Path) -> Result<()> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            names.push(entry.file_name());
        }
    }
    names.sort();
    // macOS has only `shasum`, and Linux has `shasum` and `sha256sum`.
    let mut sums = Command::new("shasum");
    sums.current_dir(folder).args(["-a", "256"]).args(names);
    let (text, succeeded) = capture(&mut sums)?;
    ensure!(succeeded, "shasum failed: see its message above");
    let path = folder.join("SHA256SUMS");
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    println!("{}", path.display());
    Ok(())
}
