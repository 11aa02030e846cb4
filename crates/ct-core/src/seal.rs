//! The seal of a stream of records: a last line that shows that the stream is complete.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt as _;

use jiff::{SignedDuration, Timestamp};
use memchr::memmem;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The version of the seal format.
pub const VERSION: u32 = 1;

/// The maximum time that CloudTrail takes to deliver an event to the event history.
///
/// Source: CloudTrail user guide, "Working with CloudTrail event history": up to 15 minutes.
pub const DELIVERY: SignedDuration = SignedDuration::from_mins(15);

/// The number of bytes per read when hashing a file: 256 KiB.
const CHUNK_BYTES: usize = 1 << 18;

/// The number of bytes at the end of a file in which a seal is searched for.
const TAIL_BYTES: usize = 1 << 16;

/// The key that every seal contains.
const KEY: &[u8] = b"\"ctSeal\"";

/// The last line of a sealed stream, which describes the lines before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Seal {
    /// The version of the seal format: [`VERSION`].
    pub ct_seal: u32,
    /// The number of records before the seal, one per line.
    pub records: u64,
    /// The SHA-256 hash of the lines before the seal, including line ends, in lower-case hexadecimal.
    pub sha256: String,
    /// The requested time window.
    pub window: SealedWindow,
    /// The queried regions, such as `eu-west-1`, or `prod/eu-west-1` if there are several accounts.
    pub targets: Vec<String>,
    /// The filters that restrict the records, such as `EventName=StopLogging`. Absent if there are none.
    #[serde(rename = "where", default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<String>,
    /// The results of comparing log files with a trail's digest files, or `None` if no files were
    /// compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<SealedValidation>,
    /// Descriptions of missing records, or an empty list if no records are missing.
    pub gaps: Vec<String>,
    /// Whether all records of the window and the targets are present and no more records can arrive.
    pub complete: bool,
}

/// A time window in RFC 3339 format, and the time up to which all its events have arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedWindow {
    /// The start of the window, or `None` for the start of the event history.
    pub since: Option<String>,
    /// The end of the window, inclusive.
    pub until: String,
    /// `None` if all events of the window had arrived when they were requested. Otherwise, the time
    /// up to which all events had arrived.
    ///
    /// Also `None` for a run with `--state`, because the next such run delivers the events that
    /// arrive later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<String>,
}

/// The results of comparing log files with a trail's digest files: the number of files with each
/// result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SealedValidation {
    /// The number of files whose content has the hash in a digest file.
    pub valid: u64,
    /// The number of files whose content does not have the hash in a digest file.
    pub invalid: u64,
    /// The number of files that no digest file lists.
    pub not_covered: u64,
}

impl SealedWindow {
    /// The window from `since` to `until` (Unix seconds), whose newest events were requested at the
    /// time `asked_at`.
    ///
    /// A window without an end ends at `asked_at`. A time outside the range of [`Timestamp`] is
    /// written as a number of seconds.
    #[must_use]
    pub fn new(since: Option<i64>, until: Option<i64>, asked_at: i64) -> Self {
        let text = |second: i64| {
            let time = Timestamp::from_second(second);
            time.map_or_else(|_| second.to_string(), |time| time.to_string())
        };
        let until = until.unwrap_or(asked_at);
        let settled = asked_at.saturating_sub(DELIVERY.as_secs());
        Self {
            since: since.map(text),
            until: text(until),
            settled: (settled < until).then(|| text(settled)),
        }
    }
}

impl Seal {
    /// Parses a seal from a line.
    ///
    /// # Errors
    /// A message that says why the line is not a seal of this version.
    pub fn read(line: &str) -> Result<Self, String> {
        let seal: Self = serde_json::from_str(line).map_err(|error| error.to_string())?;
        match seal.ct_seal {
            VERSION => Ok(seal),
            other => Err(format!(
                "version {other} of the seal format is not supported"
            )),
        }
    }

    /// The seal as a line, without a line end.
    ///
    /// # Panics
    /// Never: a seal has no map, and JSON can represent all its values.
    #[must_use]
    pub fn line(&self) -> String {
        serde_json::to_string(self).expect("a seal can be written as JSON")
    }

    /// Compares the seal with the lines before it.
    ///
    /// # Errors
    /// A message that describes the difference.
    pub fn verify(&self, counted: &Counted) -> Result<(), String> {
        self.verify_count(counted.records)?;
        if self.sha256 != counted.sha256() {
            return Err("the hash of the records is different".to_owned());
        }
        Ok(())
    }

    /// Compares only the number of records with the seal.
    ///
    /// # Errors
    /// A message that describes the difference.
    pub fn verify_count(&self, records: u64) -> Result<(), String> {
        if self.records == records {
            return Ok(());
        }
        Err(format!(
            "the seal counts {} records, but there are {records}",
            self.records
        ))
    }
}

/// Whether a file may end with a seal. If it may, the caller must hash the records while reading
/// them.
///
/// Returns `false` only for a JSON file whose last lines do not contain the key of a seal. This key
/// is never written with escapes. The read position of `file` does not change.
///
/// # Errors
/// If the file cannot be read.
pub fn may_end(file: &File) -> io::Result<bool> {
    let metadata = file.metadata()?;
    // The end of a pipe cannot be read before the rest, so the result for a pipe is `true`.
    if !metadata.is_file() {
        return Ok(true);
    }
    let mut start = [0];
    let is_json = file.read_at(&mut start, 0)? == 0 || b"{[ \n".contains(&start[0]);
    if !is_json {
        return Ok(true);
    }
    let from = metadata.len().saturating_sub(TAIL_BYTES as u64);
    let mut tail = Vec::new();
    loop {
        let filled = tail.len();
        tail.resize(filled + TAIL_BYTES, 0);
        let count = file.read_at(&mut tail[filled..], from + filled as u64)?;
        tail.truncate(filled + count);
        if count == 0 {
            break;
        }
    }
    // If the last line is longer than `tail`, the key of a seal may stand before `tail`.
    let has_whole_line = memchr::memchr(b'\n', tail.trim_ascii_end()).is_some();
    Ok(!has_whole_line || memmem::find(&tail, KEY).is_some())
}

/// Counts and hashes the lines of a stream.
#[derive(Debug, Clone, Default)]
pub struct Counted {
    records: u64,
    hash: Sha256,
}

impl Counted {
    /// Counts and hashes the first `bytes` bytes of a stream, which contain `records` records.
    ///
    /// # Errors
    /// If the reader fails or ends before `bytes` bytes.
    pub fn prefix(reader: impl Read, bytes: u64, records: u64) -> io::Result<Self> {
        let mut counted = Self {
            records,
            ..Self::default()
        };
        let mut reader = reader.take(bytes);
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut missing = bytes;
        loop {
            match reader.read(&mut chunk)? {
                0 if missing == 0 => return Ok(counted),
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                length => {
                    missing -= length as u64;
                    counted.hash.update(&chunk[..length]);
                }
            }
        }
    }

    /// Adds a record, given as a line without its line end.
    pub fn record(&mut self, line: &[u8]) {
        self.records += 1;
        self.hash.update(line);
        self.hash.update(b"\n");
    }

    /// The number of records.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.records
    }

    /// The SHA-256 hash of all lines, including line ends.
    #[must_use]
    pub fn sha256(&self) -> String {
        hexadecimal(&self.hash.clone().finalize())
    }
}

/// The SHA-256 hash of `bytes` in lower-case hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(lines: &[&str]) -> Counted {
        let mut counted = Counted::default();
        for line in lines {
            counted.record(line.as_bytes());
        }
        counted
    }

    fn seal(counted: &Counted) -> Seal {
        Seal {
            ct_seal: VERSION,
            records: counted.records(),
            sha256: counted.sha256(),
            window: SealedWindow {
                since: None,
                until: "2026-11-26T00:00:00Z".to_owned(),
                settled: None,
            },
            targets: vec!["eu-west-1".to_owned()],
            filters: Vec::new(),
            validation: None,
            gaps: Vec::new(),
            complete: true,
        }
    }

    #[test]
    fn a_written_seal_reads_back() {
        let seal = seal(&counted(&[]));
        assert_eq!(
            seal.line(),
            concat!(
                r#"{"ctSeal":1,"records":0,"#,
                r#""sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","#,
                r#""window":{"since":null,"until":"2026-11-26T00:00:00Z"},"#,
                r#""targets":["eu-west-1"],"gaps":[],"complete":true}"#
            )
        );
        assert_eq!(Seal::read(&seal.line()), Ok(seal));
    }

    #[test]
    fn a_seal_contains_the_filters_of_a_restricted_run() {
        let mut narrowed = seal(&counted(&[]));
        narrowed.filters = vec!["EventName=Stop*".to_owned()];
        let line = narrowed.line();
        assert!(line.contains(r#""where":["EventName=Stop*"],"#), "{line}");
        assert_eq!(Seal::read(&line), Ok(narrowed));
    }

    #[test]
    fn a_window_is_settled_up_to_15_minutes_before_its_newest_events_were_requested() {
        let window = |until| SealedWindow::new(Some(0), until, 10_000);
        let expected = |until: &str, settled: Option<&str>| SealedWindow {
            since: Some("1970-01-01T00:00:00Z".to_owned()),
            until: until.to_owned(),
            settled: settled.map(str::to_owned),
        };
        let settled = "1970-01-01T02:31:40Z";
        assert_eq!(window(Some(9_100)), expected(settled, None));
        assert_eq!(
            window(Some(9_101)),
            expected("1970-01-01T02:31:41Z", Some(settled))
        );
        assert_eq!(
            window(None),
            expected("1970-01-01T02:46:40Z", Some(settled))
        );
    }

    #[test]
    fn a_seal_of_an_unsupported_version_is_refused() {
        let other = seal(&counted(&[])).line().replace(":1,", ":2,");
        assert_eq!(
            Seal::read(&other),
            Err("version 2 of the seal format is not supported".to_owned())
        );
    }

    #[test]
    fn a_seal_matches_its_own_lines_only() {
        let sealed = seal(&counted(&["{}", "[]"]));
        let verified = |lines: &[&str]| sealed.verify(&counted(lines)).is_ok();
        assert!(verified(&["{}", "[]"]));
        assert!(!verified(&["{}"]) && !verified(&["[]", "{}"]) && !verified(&["{}", "[]", "{}"]));
    }

    #[test]
    fn counting_continues_after_a_prefix() {
        let mut continued = Counted::prefix(&b"{}\n{}\nrest"[..], 6, 2).unwrap();
        continued.record(b"[]");
        let whole = counted(&["{}", "{}", "[]"]);
        assert_eq!(
            (continued.records(), continued.sha256()),
            (whole.records(), whole.sha256())
        );
        assert!(Counted::prefix(&b"{}\n"[..], 4, 1).is_err());
    }

    #[test]
    fn only_the_end_of_a_file_shows_whether_it_may_be_sealed() {
        let long = "x".repeat(TAIL_BYTES);
        for (text, expected) in [
            (String::new(), true),
            ("{}\n{}\n".to_owned(), false),
            ("{}\n{\"ctSeal\":1}\n\n".to_owned(), true),
            (format!("{{\"ctSeal\":1}}\n{long}\n{{}}\n"), false),
            (format!("{{}}\n{{\"ctSeal\":1,\"{long}\":1}}\n"), true),
            ("\u{1f}\u{8b}\n\n".to_owned(), true),
        ] {
            let mut file = tempfile::tempfile().unwrap();
            io::Write::write_all(&mut file, text.as_bytes()).unwrap();
            let expected = (expected, text.len() as u64);
            let position = |mut file: File| io::Seek::stream_position(&mut file).unwrap();
            assert_eq!((may_end(&file).unwrap(), position(file)), expected);
        }
    }
}
