//! Reads records from files: NDJSON, `{"Records":[…]}`, `{"Events":[…]}`, each also gzip; folders are walked.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use ct_core::exit::Failure;
use ct_core::{input, record};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::store::records::{BadRecord, Form, Place, Records};

/// Adds the records of a file, or of every file below a folder in the order of their names.
///
/// # Errors
/// When something cannot be read or holds no records; the message names the file and the line.
/// [`Failure::Usage`] when there is no file of records below the folder.
pub(crate) fn load(records: &mut Records, path: &Path, expanded_bytes: u64) -> Result<(), Failure> {
    if !path.is_dir() {
        return Ok(load_file(records, path, expanded_bytes)?);
    }
    if load_folder(records, path, expanded_bytes)? == 0 {
        return Err(Failure::Usage(anyhow!(
            "{} holds no *.json, *.jsonl or *.ndjson, plain or .gz: name another folder, or a file",
            path.display()
        )));
    }
    Ok(())
}

/// Answers with how many files of records there are below the folder.
fn load_folder(records: &mut Records, path: &Path, expanded_bytes: u64) -> Result<usize> {
    let cannot_read = || format!("cannot read {}", path.display());
    let mut inside: Vec<PathBuf> = std::fs::read_dir(path)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
        .with_context(cannot_read)?;
    inside.sort();
    let mut files = 0;
    for path in inside {
        if path.is_dir() {
            files += load_folder(records, &path, expanded_bytes)?;
        } else if is_of_records(&path) {
            load_file(records, &path, expanded_bytes)?;
            files += 1;
        }
    }
    Ok(files)
}

/// In a folder only these are read: a trail's folder may hold digests' signatures and notes.
fn is_of_records(path: &Path) -> bool {
    let name = path.to_string_lossy();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    [".json", ".ndjson", ".jsonl"]
        .iter()
        .any(|end| name.ends_with(end))
}

/// What some editors put before UTF-8 text; it is none of JSON's (RFC 8259, section 8.1).
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

const FORMS: &str = "give NDJSON, {\"Records\":[…]} or {\"Events\":[…]}";

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
    let mut bytes = Vec::new();
    let mut file = input::open(path, expanded_bytes)?;
    file.read_to_end(&mut bytes).with_context(cannot_read)?;
    let text = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes);
    let text = text_of(text).map_err(|reason| anyhow!("{}:{reason}", path.display()))?;
    records.begin_file(path.display().to_string());
    // A record has neither member, so that the first value tells which of the forms it is.
    match serde_json::from_str::<Whole>(text) {
        Ok(whole) if whole.records.is_some() || whole.events.is_some() => {
            whole.add_to(records, text)?;
        }
        // Where the first line is no value of its own, the file is to be read as one.
        Err(error) if !text.trim().is_empty() && !begins_with_line(text) => {
            bail!("{}:{}", path.display(), place_of(&error));
        }
        _ if !begins_with_line(text) => bail!("{}: no records: {FORMS}", path.display()),
        _ => {
            for (number, line) in (1..).zip(text.lines()) {
                if !line.trim().is_empty() {
                    records.push(line, Form::Record, Place::Line(number))?;
                }
            }
        }
    }
    Ok(())
}

impl Whole<'_> {
    /// Adds the members of both lists; they are borrowed from `text`.
    fn add_to(self, records: &mut Records, text: &str) -> Result<(), BadRecord> {
        for (form, list) in [(Form::Record, self.records), (Form::Event, self.events)] {
            let (mut line, mut counted) = (1, 0);
            for (number, member) in (0..).zip(list.into_iter().flatten()) {
                let member = member.get();
                let start = member.as_ptr().addr() - text.as_ptr().addr();
                line += line_ends(&text.as_bytes()[counted..start]);
                counted = start;
                records.push(member, form, Place::Member { line, number })?;
            }
        }
        Ok(())
    }
}

/// Whether the first line that is not empty holds a JSON value and nothing else.
fn begins_with_line(text: &str) -> bool {
    let first = text.lines().find(|line| !line.trim().is_empty());
    first.is_some_and(|line| record::line(line).is_ok())
}

/// `3: not JSON: expected value at column 13`
fn place_of(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    let reason = error.to_string();
    let reason = reason.strip_suffix(&format!(" at line {line} column {column}"));
    let reason = reason.unwrap_or_default();
    let what = if error.is_data() {
        "no records"
    } else {
        "not JSON"
    };
    format!("{line}: {what}: {reason} at column {column}")
}

/// The bytes as UTF-8, or why not: `2: not UTF-8 at column 5: …`.
fn text_of(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line = 1 + line_ends(before);
        let last_line = before.rsplit(|byte| *byte == b'\n').next();
        let column = 1 + last_line.map_or(0, <[u8]>::len);
        format!("{line}: not UTF-8 at column {column}: save the file as UTF-8")
    })
}

fn line_ends(bytes: &[u8]) -> u32 {
    let count = memchr::memchr_iter(b'\n', bytes).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}
