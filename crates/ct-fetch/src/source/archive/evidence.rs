//! Compares the content of a run's files with the hashes that a trail's digests list for them.

pub(crate) mod content;
pub(crate) mod verdict;

use std::collections::HashMap;
use std::io::{self, Read, Seek as _, Write};

use ct_core::input;

use super::location::{Input, OpenError};
use content::{HashError, Sha256, hex, sha256};
use verdict::Verdict;

/// The SHA-256 of a file's content, or the reason why the file has no hash.
pub(crate) type Hashed = Result<Sha256, HashError>;

/// For each SHA-256 that a digest lists, in lower-case hexadecimal, the name of the log file with
/// this hash.
pub(crate) type Names = HashMap<String, String>;

/// What a trail's digests say about the content of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ExpectedContent {
    /// A digest lists the file.
    DigestEntry(DigestEntry),
    /// No digest proves what the content of the file must be. Contains the reason.
    Nothing(String),
}

/// The entry for a log file in a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DigestEntry {
    /// The name of the log file.
    pub(crate) name: String,
    /// The name of the digest.
    pub(crate) digest: String,
    /// The SHA-256 values that digests list for the log file, in lower-case hexadecimal. Its
    /// content must have one of them.
    pub(crate) hashes: Vec<String>,
    /// Whether CloudTrail's signature proves that the digest is authentic.
    pub(crate) is_authentic: bool,
}

impl ExpectedContent {
    /// Returns the verdict on the file. `hashed` is the hash of the file's content.
    pub(crate) fn verdict(&self, hashed: &Hashed, names: &Names) -> Verdict {
        let listed = match self {
            Self::DigestEntry(listed) => listed,
            Self::Nothing(reason) => return Verdict::NotCovered(reason.clone()),
        };
        let hash = match hashed {
            Ok(hash) => hex(hash),
            Err(HashError::Unread) => return Verdict::NotCovered("it cannot be read".to_owned()),
            Err(HashError::Broken(reason)) => return Verdict::Invalid(reason.clone()),
        };
        let digest = &listed.digest;
        if !listed.hashes.contains(&hash) {
            return Verdict::Invalid(match names.get(&hash) {
                Some(other) if *other != listed.name => {
                    format!("it has the content of a different log file: {other}")
                }
                _ => format!("its content does not match the hash in the digest: {digest}"),
            });
        }
        self.uncovered().map_or(Verdict::Valid, Verdict::NotCovered)
    }

    /// Returns the reason why the file cannot be valid, whatever its content. Returns `None` if the
    /// content must be hashed to decide.
    pub(crate) fn uncovered(&self) -> Option<String> {
        match self {
            Self::Nothing(reason) => Some(reason.clone()),
            Self::DigestEntry(listed) if listed.is_authentic => None,
            Self::DigestEntry(listed) => Some(format!(
                "the digest that lists it is not covered: {}",
                listed.digest
            )),
        }
    }
}

/// What a trail's digests say about each file of a run.
#[derive(Debug)]
pub(crate) struct Evidence {
    pub(crate) files: Vec<ExpectedContent>,
    pub(crate) names: Names,
    /// Whether the run ends at the first file that is not valid.
    pub(crate) is_required: bool,
}

impl Evidence {
    /// Hashes the content of the file with the index `at`. Returns the content, so that its records
    /// can be read, and the verdict on it.
    ///
    /// # Errors
    /// If the file cannot be read, or if the file is not valid and `is_required` is set.
    pub(crate) fn check(&self, at: usize, input: Input) -> Result<(Input, Verdict), OpenError> {
        let expected = &self.files[at];
        let (input, hashed) = match (expected, input) {
            (ExpectedContent::Nothing(_), input) => (input, Err(HashError::Unread)),
            (ExpectedContent::DigestEntry(_), Input::Bytes(bytes)) => hash_bytes(bytes),
            (ExpectedContent::DigestEntry(_), Input::Inflated(text)) => {
                let hash = sha256(&text);
                (Input::Inflated(text), Ok(hash))
            }
            (ExpectedContent::DigestEntry(_), Input::Stream(stream) | Input::Pipe(stream)) => {
                hash_stream(stream).map_err(OpenError::File)?
            }
        };
        let verdict = expected.verdict(&hashed, &self.names);
        if self.is_required && verdict != Verdict::Valid {
            let reason = verdict.reason().unwrap_or_default();
            return Err(OpenError::Refused(format!("{}: {reason}", verdict.name())));
        }
        Ok((input, verdict))
    }
}

/// Hashes a file that is in memory. Returns its content, decompressed if the file is a single gzip
/// member, and the hash.
fn hash_bytes(bytes: Vec<u8>) -> (Input, Hashed) {
    if let Some(text) = input::inflate_whole(&bytes, content::WHOLE_TEXT_BYTES) {
        let hash = sha256(&text);
        return (Input::Inflated(text), Ok(hash));
    }
    let hashed = content::hash_stream(&bytes[..]);
    let hashed = hashed.map_err(|error| HashError::Broken(content::reason(&error)));
    (Input::Bytes(bytes), hashed)
}

/// Hashes a long file, and copies it to a temporary file. The records are read from the copy later,
/// so that they come from the same bytes as the hash.
fn hash_stream(stream: impl Read + Send) -> io::Result<(Input, Hashed)> {
    let mut kept = tempfile::tempfile()?;
    let mut copy = TeeReader {
        stream,
        kept: &mut kept,
        failure: None,
    };
    let hashed = content::hash_stream(&mut copy);
    // The decompressor may stop before the end of the stream: copy the remaining bytes too.
    io::copy(&mut copy, &mut io::sink())?;
    if let Some(failure) = copy.failure {
        return Err(failure);
    }
    kept.rewind()?;
    let hashed = hashed.map_err(|error| HashError::Broken(content::reason(&error)));
    Ok((Input::Stream(Box::new(kept)), hashed))
}

/// A reader that copies every byte that it reads to a file.
struct TeeReader<'k, R> {
    stream: R,
    kept: &'k mut std::fs::File,
    /// The first error of the reader or the file; `None` if there was none.
    failure: Option<io::Error>,
}

impl<R: Read> TeeReader<'_, R> {
    fn copied(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        self.kept.write_all(&buffer[..count])?;
        Ok(count)
    }
}

impl<R: Read> Read for TeeReader<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.failure.is_some() {
            return Ok(0);
        }
        let copied = self.copied(buffer);
        match copied {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                let told = io::Error::new(error.kind(), error.to_string());
                self.failure = Some(error);
                Err(told)
            }
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence(text: &[u8], is_required: bool) -> Evidence {
        let listed = DigestEntry {
            name: "log".to_owned(),
            digest: "digest".to_owned(),
            hashes: vec![hex(&sha256(text))],
            is_authentic: true,
        };
        Evidence {
            files: vec![ExpectedContent::DigestEntry(listed)],
            names: Names::from([(hex(&sha256(b"other")), "another".to_owned())]),
            is_required,
        }
    }

    fn content(input: Input) -> Vec<u8> {
        let mut bytes = Vec::new();
        match input {
            Input::Bytes(bytes) | Input::Inflated(bytes) => return bytes,
            Input::Stream(mut stream) | Input::Pipe(mut stream) => {
                stream.read_to_end(&mut bytes).unwrap()
            }
        };
        bytes
    }

    #[test]
    fn a_file_in_memory_and_a_long_one_have_the_same_verdict_and_keep_their_content() {
        let evidence = evidence(b"text", false);
        for (text, expected) in [
            (&b"text"[..], Verdict::Valid),
            (
                b"txet",
                Verdict::Invalid(
                    "its content does not match the hash in the digest: digest".to_owned(),
                ),
            ),
            (
                b"other",
                Verdict::Invalid("it has the content of a different log file: another".to_owned()),
            ),
        ] {
            for input in [Input::Bytes(text.to_vec()), Input::Stream(Box::new(text))] {
                let (input, verdict) = evidence.check(0, input).unwrap();
                assert_eq!((content(input), verdict), (text.to_vec(), expected.clone()));
            }
        }
    }

    #[test]
    fn required_evidence_refuses_a_file_before_it_is_read() {
        let evidence = evidence(b"text", true);
        assert!(evidence.check(0, Input::Bytes(b"text".to_vec())).is_ok());
        let refused = evidence.check(0, Input::Stream(Box::new(&b"txet"[..])));
        let Err(OpenError::Refused(reason)) = refused else {
            panic!("the file is not refused")
        };
        let expected = "invalid: its content does not match the hash in the digest: digest";
        assert_eq!(reason, expected);
    }

    #[test]
    fn a_stream_that_fails_is_unreadable_and_not_invalid() {
        struct Failing;
        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("gone"))
            }
        }
        let checked = evidence(b"text", true).check(0, Input::Stream(Box::new(Failing)));
        assert!(matches!(checked, Err(OpenError::File(_))));
    }
}
