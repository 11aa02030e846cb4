//! Files that the command line or a program names for their data.

use crate::value::Val;
use crate::value::read::{Reader, lossy};
use std::path::Path;

/// All of a file, as one string.
///
/// # Errors
/// In jq's words, without the option that named the file.
pub(crate) fn text(path: &Path) -> Result<Val, String> {
    Ok(Val::string(&lossy(&read(path)?)))
}

/// All the JSON values of a file, as an array.
///
/// # Errors
/// In jq's words, without the option that named the file.
pub(crate) fn slurp(path: &Path) -> Result<Val, String> {
    let mut reader = Reader::default();
    reader.feed(&read(path)?);
    reader.finish();
    let mut values = Vec::new();
    while let Some(value) = reader.next_value() {
        values.push(value?);
    }
    Ok(Val::array(values))
}

/// All the bytes of a file.
///
/// # Errors
/// In jq's words.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, String> {
    let name = path.display();
    if path.is_dir() {
        return Err(format!("Could not open {name}: It's a directory"));
    }
    std::fs::read(path).map_err(|error| format!("Could not open {name}: {}", crate::reason(&error)))
}
