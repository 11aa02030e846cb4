//! Reads the data files that a command line or a program names.

use crate::value::Val;
use crate::value::read::{Reader, lossy};
use std::path::Path;

/// The content of a file as one string.
///
/// # Errors
/// Returns jq's message for the file, without the name of the option.
pub(crate) fn text(path: &Path) -> Result<Val, String> {
    Ok(Val::string(&lossy(&read(path)?)))
}

/// The JSON values of a file as an array.
///
/// # Errors
/// Returns jq's message for the file, without the name of the option.
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
/// Returns jq's message if the file cannot be read.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, String> {
    let name = path.display();
    if path.is_dir() {
        return Err(format!("Could not open {name}: It's a directory"));
    }
    std::fs::read(path).map_err(|error| format!("Could not open {name}: {}", crate::reason(&error)))
}
