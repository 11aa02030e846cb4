//! Creates the inputs of `bench jq`: records that ct-sim generates and ct-fetch fetches.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::rows::Input;
use crate::sim::Sim;

/// The average size of a record in bytes, including the line end.
const RECORD_BYTES: usize = 1_320;

/// The average size of an event in the envelope `{"Events":[…]}` that `lookup-events` prints, in
/// bytes. Events are indented, and contain the record as an escaped string.
const EVENT_BYTES: usize = 1_970;

/// The approximate size of the envelope, in bytes.
const ENVELOPE_BYTES: usize = 100_000_000;

/// The approximate size of the input that is one document `{"Records":[…]}`, in bytes.
const DOCUMENT_BYTES: usize = 20_000_000;

/// The accounts of the records. With twelve accounts, one record in a thousand contains the key of
/// a given user.
const ACCOUNTS: &str = "111122223301,111122223302,111122223303,111122223304,111122223305,111122223306,\
    111122223307,111122223308,111122223309,111122223310,111122223311,111122223312";

/// The generated files, and a key that their records contain.
pub(super) struct Inputs {
    folder: PathBuf,
    /// The access key of a user that comes first in the records.
    pub(super) key: String,
}

impl Inputs {
    /// Generates `megabytes` megabytes of records below `target`. The records are the same in every
    /// run, so the files of an earlier run are reused.
    pub(super) fn make(programs: &Path, megabytes: usize) -> Result<Self> {
        let folder = PathBuf::from("target/bench");
        fs::create_dir_all(&folder)?;
        let mut inputs = Self {
            folder,
            key: String::new(),
        };
        let records = inputs.path(Input::Records);
        let made = inputs.folder.join("megabytes");
        if fs::read_to_string(&made).is_ok_and(|mark| mark == megabytes.to_string()) {
            inputs.key = key(&inputs.path(Input::Quarter))?;
            return Ok(inputs);
        }
        fs::write(&made, "")?;
        let sim = sim(programs, megabytes * 1_000_000 / RECORD_BYTES)?;
        let fetch = programs.join("ct-fetch");
        let lines = ["--quiet", "--rate", "100000"];
        write(sim.client(&fetch).args(lines), &records)?;
        let sim = self::sim(programs, ENVELOPE_BYTES / EVENT_BYTES)?;
        let document = ["lookup-events", "--output", "json"];
        write(
            sim.client(&fetch).args(document),
            &inputs.path(Input::Envelope),
        )?;
        let bytes = fs::metadata(&records)?.len();
        copy_lines(&records, &inputs.path(Input::Quarter), bytes / 4)?;
        copy_document(&records, &inputs.path(Input::Document), DOCUMENT_BYTES)?;
        copy_document(
            &records,
            &inputs.sample(Input::Document),
            DOCUMENT_BYTES / 20,
        )?;
        copy_lines(&records, &inputs.sample(Input::Records), bytes / 50)?;
        copy_lines(&records, &inputs.path(Input::One), 1)?;
        inputs.key = key(&inputs.path(Input::Quarter))?;
        fs::write(made, megabytes.to_string())?;
        Ok(inputs)
    }

    /// The path of the file with an input.
    pub(super) fn path(&self, input: Input) -> PathBuf {
        self.folder.join(match input {
            Input::Records => "records.ndjson",
            Input::Quarter => "quarter.ndjson",
            Input::Document => "document.json",
            Input::Envelope => "envelope.json",
            Input::One | Input::Nothing => "one.ndjson",
        })
    }

    /// The path of a smaller file of the same kind, on which the outputs of the programs are
    /// compared.
    pub(super) fn sample(&self, input: Input) -> PathBuf {
        match input {
            Input::Records | Input::Quarter => self.folder.join("sample.ndjson"),
            Input::Document => self.folder.join("sample.json"),
            Input::Envelope | Input::One | Input::Nothing => self.path(input),
        }
    }
}

fn sim(programs: &Path, count: usize) -> Result<Sim> {
    let count = count.to_string();
    let until = "2020-10-02T00:00:00Z";
    let records = ["--any-region", "--generate", &count, "--seed", "1"];
    let whose = ["--accounts", ACCOUNTS, "--until", until];
    Sim::start(programs, &[&records[..], &whose].concat())
}

/// Writes the output of `command` to a file.
fn write(command: &mut Command, to: &Path) -> Result<()> {
    let status = command.stdout(File::create(to)?).status()?;
    ensure!(status.success(), "ct-fetch ended with {status}");
    Ok(())
}

/// Copies the first lines of a file, up to about `bytes` bytes.
fn copy_lines(from: &Path, to: &Path, bytes: u64) -> Result<()> {
    let mut lines = BufReader::new(File::open(from)?);
    let mut copy = Vec::new();
    while (copy.len() as u64) < bytes && lines.read_until(b'\n', &mut copy)? > 0 {}
    File::create(to)?.write_all(&copy)?;
    Ok(())
}

/// Copies the first records of a file, up to about `bytes` bytes, as one document
/// `{"Records":[…]}`.
fn copy_document(from: &Path, to: &Path, bytes: usize) -> Result<()> {
    let mut document = br#"{"Records":["#.to_vec();
    for line in BufReader::new(File::open(from)?).split(b'\n') {
        if document.len() >= bytes {
            break;
        }
        document.extend(line?);
        document.push(b',');
    }
    document.pop();
    document.extend(b"]}\n");
    fs::write(to, document)?;
    Ok(())
}

/// The access key of a user that comes first in a file of records.
fn key(records: &Path) -> Result<String> {
    let text = fs::read_to_string(records)?;
    let (_, rest) = text
        .split_once(r#""accessKeyId":"AKIA"#)
        .context("no record has a user's key: generate more records")?;
    let (key, _) = rest.split_once('"').context("records are JSON")?;
    Ok(format!("AKIA{key}"))
}
