//! The length and the hash of the output, by which a later run checks that the output is unchanged.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt as _;

use anyhow::anyhow;
use ct_core::exit::Failure;
use ct_core::output::Output;
use sha1::{Digest as _, Sha1};

use super::RunState;

/// How many bytes of the output are read and hashed at a time.
const CHUNK_BYTES: usize = 1 << 18;

/// The length and the hash of everything written to the output so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct OutputHasher {
    bytes: u64,
    hash: Sha1,
}

/// The length and the hash of the output, or of the beginning of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutputDigest {
    /// The length, in bytes.
    pub(crate) bytes: u64,
    /// The SHA-1, in lower-case hexadecimal.
    pub(crate) hash: String,
}

impl OutputHasher {
    /// Reads and hashes the first `bytes` of the output, which an earlier run wrote. If the output
    /// is not a file, it cannot be read, so only its length is recorded.
    ///
    /// # Errors
    /// If the output cannot be read.
    pub(crate) fn prefix(output: &Output, bytes: u64) -> Result<Self, Failure> {
        let mut written = Self::default();
        match reader(output)?.filter(|_| bytes > 0) {
            Some(mut file) => {
                let read = written.read(&mut file, bytes);
                read.map_err(|error| unreadable(output, &error))?;
            }
            None => written.bytes = bytes,
        }
        Ok(written)
    }

    /// Adds `line` and a line end to the length and the hash.
    pub(crate) fn line(&mut self, line: &[u8]) {
        self.add(line);
        self.add(b"\n");
    }

    /// Returns the length of the output, in bytes.
    #[must_use]
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns the length and the hash, in the form in which a journal records them.
    #[must_use]
    pub(crate) fn digest(&self) -> OutputDigest {
        let mut hash = String::new();
        for byte in self.hash.clone().finalize() {
            write!(hash, "{byte:02x}").expect("writing to a string cannot fail");
        }
        OutputDigest {
            bytes: self.bytes,
            hash,
        }
    }

    fn add(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.hash.update(bytes);
    }

    /// Reads and adds bytes of `file` until there are `bytes` in total, or until the file ends.
    fn read(&mut self, file: &mut impl io::Read, bytes: u64) -> io::Result<()> {
        let mut chunk = vec![0; CHUNK_BYTES];
        while self.bytes < bytes {
            let wanted = usize::try_from(bytes - self.bytes).unwrap_or(CHUNK_BYTES);
            match file.read(&mut chunk[..wanted.min(CHUNK_BYTES)])? {
                0 => break,
                length => self.add(&chunk[..length]),
            }
        }
        Ok(())
    }
}

/// Checks that the output is the one that the journal describes. After the length in the journal,
/// it may contain only records that a killed run wrote.
///
/// # Errors
/// If the output is not as described, or if only one of the runs (the earlier one or this one)
/// writes to a file. The message says what differs.
pub(crate) fn verify(output: &Output, state: &RunState) -> Result<(), Failure> {
    let Some((digest, mut file)) = state.written.as_ref().zip(reader(output)?) else {
        return match (&state.written, output.file()) {
            (None, None) => Ok(()),
            (Some(_), _) => Err(Failure::Usage(anyhow!(
                "the journal belongs to a run that wrote to a file, but the records now go to {}: \
                 name that file with -o, or pass --restart",
                output.name()
            ))),
            (None, Some(_)) => Err(Failure::Usage(anyhow!(
                "the journal belongs to a run that wrote to standard output, but the records now \
                 go to {}: remove -o, or pass --restart",
                output.name()
            ))),
        };
    };
    let had = digest.bytes;
    let length = output.length()?.unwrap_or(0);
    if length < had || (state.is_stopped && length != had) {
        return Err(differs(
            output,
            &format!("it has {length} bytes, but ct-fetch had written {had}"),
        ));
    }
    let failed = |error: io::Error| unreadable(output, &error);
    let mut written = OutputHasher::default();
    let mut last = [b'\n'];
    written
        .read(&mut file, had.saturating_sub(1))
        .map_err(failed)?;
    if had > 0 {
        file.read_exact(&mut last).map_err(failed)?;
        written.add(&last);
    }
    if last != *b"\n" {
        return Err(differs(
            output,
            &format!("its first {had} bytes do not end with a newline"),
        ));
    }
    if written.digest() != *digest {
        return Err(differs(
            output,
            &format!("its first {had} bytes have changed"),
        ));
    }
    let is_ndjson = state.question.layout.is_none();
    if is_ndjson && !is_unfinished_records(BufReader::new(file)).map_err(failed)? {
        return Err(differs(
            output,
            &format!("this run did not write the content after its first {had} bytes"),
        ));
    }
    Ok(())
}

/// Checks the output after its first `had` bytes: a killed run may have added records there, but
/// nothing else.
///
/// # Errors
/// If the output is shorter than `had` bytes, if the first `had` bytes do not end with a line end,
/// or if data other than records follows.
pub(crate) fn verify_rest(output: &Output, had: u64, is_ndjson: bool) -> Result<(), Failure> {
    let Some(mut file) = reader(output)? else {
        return Ok(());
    };
    let length = output.length()?.unwrap_or(0);
    if length < had {
        let difference = format!("it has {length} bytes, but ct-fetch had written {had}");
        return Err(differs(output, &difference));
    }
    let failed = |error: io::Error| unreadable(output, &error);
    if had > 0 {
        let mut last = [0];
        file.seek(SeekFrom::Start(had - 1)).map_err(failed)?;
        file.read_exact(&mut last).map_err(failed)?;
        if last != *b"\n" {
            let difference = format!("its first {had} bytes do not end with a newline");
            return Err(differs(output, &difference));
        }
    }
    if is_ndjson && !is_unfinished_records(BufReader::new(file)).map_err(failed)? {
        let difference = format!("this run did not write the content after its first {had} bytes");
        return Err(differs(output, &difference));
    }
    Ok(())
}

/// Whether `rest` may be what a killed run wrote after its last save: complete records, then
/// perhaps a partial record. After a power failure, the partial record may consist of zeros.
fn is_unfinished_records(mut rest: impl io::BufRead) -> io::Result<bool> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if rest.read_until(b'\n', &mut line)? == 0 {
            return Ok(true);
        }
        let Some(record) = line.strip_suffix(b"\n") else {
            return Ok(matches!(line.first(), Some(b'{' | 0)));
        };
        let is_object = record.first() == Some(&b'{')
            && serde_json::from_slice::<serde::de::IgnoredAny>(record).is_ok();
        if !is_object {
            return Ok(false);
        }
    }
}

/// Checks that the output file still exists under its name, and is `bytes` bytes long. If the
/// output is not a file, there is nothing to check.
///
/// # Errors
/// If another process has deleted, replaced, truncated or extended the file since it was opened.
pub(crate) fn is_intact(output: &Output, bytes: u64) -> Result<(), Failure> {
    let Some(file) = output.file() else {
        return Ok(());
    };
    let metadata = file
        .metadata()
        .map_err(|error| unreadable(output, &error))?;
    let reason = if metadata.nlink() == 0 {
        "it was deleted while it was written".to_owned()
    } else if output.path().is_some_and(|path| !output.is_at(path)) {
        "another file took its place while it was written".to_owned()
    } else if metadata.len() != bytes {
        let length = metadata.len();
        format!("it has {length} bytes, but ct-fetch has written {bytes}")
    } else {
        return Ok(());
    };
    Err(Failure::Other(anyhow!(
        "another program changed {}: {reason}: make sure that only ct-fetch writes to it, and \
         pass --restart to start again",
        output.name()
    )))
}

/// Opens the output file for reading at its beginning; `None` if the output is not a file.
fn reader(output: &Output) -> Result<Option<File>, Failure> {
    let Some(path) = output.path().filter(|_| output.file().is_some()) else {
        return Ok(None);
    };
    if !output.is_at(path) {
        return Err(differs(output, "another file took its place"));
    }
    let file = File::open(path).map_err(|error| unreadable(output, &error))?;
    Ok(Some(file))
}

fn differs(output: &Output, what: &str) -> Failure {
    Failure::Other(anyhow!(
        "cannot continue {}: {what}: restore its content, or pass --restart to start again",
        output.name()
    ))
}

fn unreadable(output: &Output, error: &io::Error) -> Failure {
    Failure::Other(anyhow!(
        "cannot read {}: {error}: grant its owner read permission, or pass --restart to start \
         again",
        output.name()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_depends_on_the_bytes_and_not_on_their_chunks() {
        let mut lines = OutputHasher::default();
        lines.line(b"a");
        lines.line(b"bc");
        let mut read = OutputHasher::default();
        read.read(&mut &b"a\nbc\nmore"[..], 5).unwrap();
        assert_eq!(read.digest(), lines.digest());
        assert_eq!(
            lines.digest(),
            OutputDigest {
                bytes: 5,
                hash: "69f63ea382c29e64d9f350152b30f1409bfe8353".to_owned()
            }
        );
    }

    #[test]
    fn a_killed_run_leaves_records_and_a_partial_one() {
        for (text, expected) in [
            ("", true),
            ("{\"a\":1}\n{\"b\":", true),
            ("{\"a\":1}\n\0\0", true),
            ("\0\0", true),
            ("{}\nnotes", false),
            ("notes\n", false),
            ("{} {}\n", false),
            ("\0\n", false),
        ] {
            let is_unfinished = is_unfinished_records(text.as_bytes()).unwrap();
            assert_eq!(is_unfinished, expected, "{text:?}");
        }
    }
}
