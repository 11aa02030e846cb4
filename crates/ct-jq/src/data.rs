//! Reads data files that the command line or a program names.

use crate::value::Val;
use crate::value::read::{Reader, lossy};
use std::path::Path;

/// The content of a file as one string.
///
/// # Errors
/// jq's message, without the option that named the file.
pub(crate) fn text(path: &Path) -> Result<Val, String> {
    Ok(Val::string(&lossy(&read(path)?)))
}

/// The JSON values of a file as an array.
///
/// # Errors
/// jq's message, without the option that named the file.
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

/// The bytes of a file.
///
/// # Errors
/// jq's message.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, String> {
    let name = path.display();
    if path.is_dir() {
        return Err(format!("Could not open {name}: It's a directory"));
    }
    std::fs::read(path).map_err(|error| format!("Could not open {name}: {}", crate::reason(&error)))
}
