//! Reads records from files: NDJSON, `{"Records":[…]}`, `{"Events":[…]}`, each also gzip; folders are walked.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use ct_core::input;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::records::{Form, Records};

/// Adds the records of a file, or of every file below a folder in the order of their names.
///
/// # Errors
/// When something cannot be read or holds no records; the message names the file and the line.
pub(crate) fn load(records: &mut Records, path: &Path, expanded_bytes: u64) -> Result<()> {
    if !path.is_dir() {
        return load_file(records, path, expanded_bytes);
    }
    let cannot_read = || format!("cannot read {}", path.display());
    let mut inside: Vec<PathBuf> = std::fs::read_dir(path)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
        .with_context(cannot_read)?;
    inside.sort();
    for path in inside {
        if path.is_dir() || is_of_records(&path) {
            load(records, &path, expanded_bytes)?;
        }
    }
    Ok(())
}

/// In a folder only these are read: a trail's folder may hold digests' signatures and notes.
fn is_of_records(path: &Path) -> bool {
    let name = path.to_string_lossy();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    [".json", ".ndjson", ".jsonl"]
        .iter()
        .any(|end| name.ends_with(end))
}

/// A file that is one JSON value.
#[derive(Deserialize)]
struct Whole<'a> {
    #[serde(borrow, rename = "Records")]
    records: Option<Vec<&'a RawValue>>,
    #[serde(borrow, rename = "Events")]
    events: Option<Vec<&'a RawValue>>,
}

fn load_file(records: &mut Records, path: &Path, expanded_bytes: u64) -> Result<()> {
    let cannot_read = || format!("cannot read {}", path.display());
    let mut text = String::new();
    let mut file = input::open(path, expanded_bytes)?;
    file.read_to_string(&mut text).with_context(cannot_read)?;
    records.begin_file(path.display().to_string());
    // A record has neither member, so that the first line tells which of the forms it is.
    if let Ok(whole) = serde_json::from_str::<Whole>(&text)
        && (whole.records.is_some() || whole.events.is_some())
    {
        for record in whole.records.into_iter().flatten() {
            records.push(record.get(), Form::Record, 0)?;
        }
        for event in whole.events.into_iter().flatten() {
            records.push(event.get(), Form::Event, 0)?;
        }
        return Ok(());
    }
    if text.trim().is_empty() {
        bail!(
            "{}: no records: give NDJSON, {{\"Records\":[…]}} or {{\"Events\":[…]}}",
            path.display()
        );
    }
    for (number, line) in (1..).zip(text.lines()) {
        if !line.trim().is_empty() {
            records.push(line, Form::Record, number)?;
        }
    }
    Ok(())
}
