//! Finds the rule files in a folder.

use std::fs;
use std::path::{Path, PathBuf};

/// The file name extensions of rule files.
const ENDS: [&str; 4] = ["jq", "json", "yml", "yaml"];

/// Returns the rule files in a folder and its subfolders, sorted by path.
pub(super) fn files_below(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let failed =
            |error: std::io::Error| format!("{} cannot be read: {error}", folder.display());
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let end = path
                .extension()
                .unwrap_or_default()
                .to_string_lossy()
                .to_ascii_lowercase();
            if path.is_dir() {
                folders.push(path);
            } else if ENDS.contains(&end.as_str()) {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}
