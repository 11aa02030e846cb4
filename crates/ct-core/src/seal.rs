//! The seal of a stream of records: its last line, which shows that the stream is complete.

use std::fmt::Write as _;
use std::io::{self, Read};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The version of the format.
pub const VERSION: u32 = 1;

/// The read size for hashing a file: 256 KiB.
const CHUNK_BYTES: usize = 1 << 18;

/// The last line of a sealed stream, which describes the lines before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Seal {
    /// [`VERSION`].
    pub ct_seal: u32,
    /// The number of records before it, one per line.
    pub records: u64,
    /// The SHA-256 of the lines before it including line ends, in lower-case hexadecimal.
    pub sha256: String,
    /// The requested window.
    pub window: SealedWindow,
    /// The queried regions, such as `eu-west-1`, or `prod/eu-west-1` with several accounts.
    pub targets: Vec<String>,
    /// The filters that restrict the records, such as `EventName=StopLogging`; absent if there are
    /// none.
    #[serde(rename = "where", default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<String>,
    /// Descriptions of missing records; empty if nothing is missing.
    pub gaps: Vec<String>,
    /// Whether all records of the window and the targets are present.
    pub complete: bool,
}

/// The first and the last second of a window, in RFC 3339.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedWindow {
    /// The first second; `None` for the start of the event history.
    pub since: Option<String>,
    /// The last second.
    pub until: String,
}

impl Seal {
    /// Parses a line that contains a seal.
    ///
    /// # Errors
    /// Why it is not a seal of this version.
    pub fn read(line: &str) -> Result<Self, String> {
        let seal: Self = serde_json::from_str(line).map_err(|error| error.to_string())?;
        match seal.ct_seal {
            VERSION => Ok(seal),
            other => Err(format!("version {other} of seals is not known")),
        }
    }

    /// The line in a stream, without a line end.
    ///
    /// # Panics
    /// Never: a seal has no map and no value that JSON cannot represent.
    #[must_use]
    pub fn line(&self) -> String {
        serde_json::to_string(self).expect("a seal is JSON")
    }

    /// Compares the seal with the lines before it.
    ///
    /// # Errors
    /// The difference, as a message.
    pub fn verify(&self, counted: &Counted) -> Result<(), String> {
        self.verify_count(counted.records)?;
        if self.sha256 != counted.sha256() {
            return Err("the records are not those that were sealed".to_owned());
        }
        Ok(())
    }

    /// Compares the seal with the number of records before it only.
    ///
    /// # Errors
    /// The difference, as a message.
    pub fn verify_count(&self, records: u64) -> Result<(), String> {
        if self.records == records {
            return Ok(());
        }
        Err(format!(
            "the seal counts {} records and {records} came",
            self.records
        ))
    }
}

/// Counts and hashes the lines of a stream.
#[derive(Debug, Clone, Default)]
pub struct Counted {
    records: u64,
    hash: Sha256,
}

impl Counted {
    /// Adds the first `bytes` bytes of a stream, which contain this many records.
    ///
    /// # Errors
    /// If the reader fails or ends early.
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

    /// Adds a record's line, without its line end.
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

    /// The SHA-256 of all lines including line ends.
    #[must_use]
    pub fn sha256(&self) -> String {
        hexadecimal(&self.hash.clone().finalize())
    }
}

/// The SHA-256 of `bytes` in lower-case hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        write!(text, "{byte:02x}").expect("a string takes all that is written");
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
            },
            targets: vec!["eu-west-1".to_owned()],
            filters: Vec::new(),
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
    fn a_seal_of_another_version_is_refused() {
        let other = seal(&counted(&[])).line().replace(":1,", ":2,");
        assert_eq!(
            Seal::read(&other),
            Err("version 2 of seals is not known".to_owned())
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
}
