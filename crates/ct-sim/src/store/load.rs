//! Reads records from files and folders. The files may have any format in which CloudTrail or
//! ct-fetch writes records.

use std::fs::File;
use std::path::Path;

use anyhow::{Context as _, anyhow};
use ct_core::exit::Failure;
use ct_core::input::{self, Sink, Unreadable};

use super::records::{Origin, RecordForm, Records};

/// Adds the records of a file, or of every file in a folder and its subfolders, in order of the
/// file names.
///
/// # Errors
/// If a file cannot be read or contains no records. The message names the file and the position in
/// it. [`Failure::Usage`] if the folder contains no file with records.
pub(crate) fn load(records: &mut Records, path: &Path, expanded_bytes: u64) -> Result<(), Failure> {
    if !path.is_dir() {
        return load_file(records, path, expanded_bytes);
    }
    let found = input::files(path)?;
    let files: Vec<_> = found
        .files
        .iter()
        .filter(|file| is_of_records(file))
        .collect();
    if files.is_empty() {
        return Err(Failure::Usage(anyhow!(
            "{} contains no *.json, *.jsonl or *.ndjson files, compressed or not: use a different \
             folder, or a file",
            path.display()
        )));
    }
    for file in files {
        load_file(records, file, expanded_bytes)?;
    }
    Ok(())
}

/// Whether a file in a folder is read: the name of the file must show that the file contains
/// records. Files with other names, such as notes and the hidden metadata of digests, are not read.
fn is_of_records(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let plain = name.strip_suffix(".gz").unwrap_or(&name);
    let ends = [".json", ".ndjson", ".jsonl"];
    !name.starts_with('.') && ends.iter().any(|end| plain.ends_with(end))
}

fn load_file(records: &mut Records, path: &Path, expanded_bytes: u64) -> Result<(), Failure> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    records.begin_file(path.display().to_string());
    let mut loader = Loader { records, path };
    let tally = input::records(file, expanded_bytes, &mut loader)?;
    // A file of digests or of control messages contains no records, which is not an error.
    if tally.records + tally.digests + tally.control_messages == 0 {
        return Err(Failure::Other(anyhow!(
            "{}: no records: give NDJSON, {{\"Records\":[…]}} or {{\"Events\":[…]}}",
            path.display()
        )));
    }
    Ok(())
}

/// Reads the records of one file.
struct Loader<'a> {
    records: &'a mut Records,
    path: &'a Path,
}

impl Sink for Loader<'_> {
    fn record(&mut self, record: &str, position: u64) -> Result<(), Failure> {
        let origin = Origin::Byte(position);
        let pushed = self.records.push(record, RecordForm::Record, origin);
        Ok(pushed.map_err(anyhow::Error::from)?)
    }

    fn event(&mut self, event: &str, _record: &str, position: u64) -> Result<(), Failure> {
        let origin = Origin::Byte(position);
        let pushed = self.records.push(event, RecordForm::Event, origin);
        Ok(pushed.map_err(anyhow::Error::from)?)
    }

    /// Ignores the seal at the end of a stream, because a seal is not a record.
    fn seal(&mut self, _seal: &str, _position: u64) -> Result<(), Failure> {
        Ok(())
    }

    fn unreadable(&mut self, unreadable: Unreadable) -> Result<(), Failure> {
        let Unreadable { position, found } = unreadable;
        let path = self.path.display();
        Err(Failure::Other(anyhow!(
            "{path}: at byte {position}: {found}"
        )))
    }
}
