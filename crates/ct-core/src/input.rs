//! Reads files or standard input as chunks of complete lines, and counts the lines.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context as _, Result};

mod csv;
mod files;
mod gzip;
pub mod name;
pub mod places;
mod record_paths;
mod records;
pub mod scope;
mod shape;
mod sink;
mod values;
mod whole;

pub use files::{Files, files};
pub use gzip::inflate;
pub use record_paths::RecordPaths;
pub use records::{line, records, records_at_paths};
pub use shape::{RECORD_KEYS, is_record_with};
pub use sink::{Sink, Tally, Unreadable};
pub use whole::{Inflater, inflate_whole};

/// The default maximum size of a decompressed gzip file: 4 GiB.
pub const EXPANDED_BYTES: u64 = 4 << 30;

/// Complete lines that were read together.
#[derive(Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The bytes of the lines, with line ends. Only the last line of the input may lack a line end.
    pub bytes: Vec<u8>,
    /// The number of the first line, from 1.
    pub first_line: u64,
}

/// Splits a reader's bytes into chunks of complete lines.
///
/// A chunk is returned as soon as it contains one complete line, so that a slow pipe does not delay available lines.
/// A line longer than `chunk_bytes` makes its chunk longer.
pub struct Chunks<R> {
    reader: R,
    rest: Vec<u8>,
    next_line: u64,
    chunk_bytes: usize,
}

impl<R: Read> Chunks<R> {
    /// Reads at most `chunk_bytes` at a time from `reader`.
    pub fn new(reader: R, chunk_bytes: usize) -> Self {
        Self {
            reader,
            rest: Vec::new(),
            next_line: 1,
            chunk_bytes,
        }
    }

    /// The next complete lines, or `None` at the end of the input.
    ///
    /// # Errors
    /// Errors of the reader.
    pub fn next_chunk(&mut self) -> io::Result<Option<Chunk>> {
        let mut bytes = std::mem::take(&mut self.rest);
        loop {
            let old_len = bytes.len();
            bytes.resize(old_len + self.chunk_bytes, 0);
            let read = self.reader.read(&mut bytes[old_len..]);
            let count = *read.as_ref().unwrap_or(&0);
            bytes.truncate(old_len + count);
            match read {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
                Ok(0) if bytes.is_empty() => return Ok(None),
                Ok(0) => return Ok(Some(self.chunk(bytes))),
                Ok(_) => {}
            }
            if let Some(end) = memchr::memrchr(b'\n', &bytes[old_len..]) {
                self.rest = bytes.split_off(old_len + end + 1);
                return Ok(Some(self.chunk(bytes)));
            }
        }
    }

    fn chunk(&mut self, bytes: Vec<u8>) -> Chunk {
        let first_line = self.next_line;
        self.next_line += memchr::memchr_iter(b'\n', &bytes).count() as u64;
        Chunk { bytes, first_line }
    }
}

/// The content of a file, with its gzip layers removed. `expanded_bytes` limits the decompressed size.
///
/// # Errors
/// If the file cannot be opened or read; the message contains the path. Reading the result fails
/// with the errors of [`inflate`].
pub fn open(path: &Path, expanded_bytes: u64) -> Result<Box<dyn Read + Send>> {
    let cannot_read = || format!("cannot read {}", path.display());
    let file = File::open(path).with_context(cannot_read)?;
    inflate(file, expanded_bytes).with_context(cannot_read)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write as _;

    fn all(reader: impl Read, chunk_bytes: usize) -> Vec<Chunk> {
        let mut chunks = Chunks::new(reader, chunk_bytes);
        std::iter::from_fn(|| chunks.next_chunk().unwrap()).collect()
    }

    #[test]
    fn a_chunk_ends_at_a_line_end_and_has_its_line_number() {
        let chunks = all(&b"one\ntwo\nthree"[..], 9);
        let expected = [(&b"one\ntwo\n"[..], 1), (&b"three"[..], 3)];
        let expected = expected.map(|(bytes, first_line)| Chunk {
            bytes: bytes.to_vec(),
            first_line,
        });
        assert_eq!(chunks, expected);
    }

    #[test]
    fn a_line_longer_than_a_chunk_is_not_split() {
        let chunks = all(&b"0123456789\nx\n"[..], 4);
        assert_eq!(chunks[0].bytes, b"0123456789\n");
    }

    #[test]
    fn a_file_is_decompressed_whatever_its_name() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&gzip::tests::gzip(b"{\"Records\":[]}"))
            .unwrap();
        let mut text = String::new();
        let mut reader = open(file.path(), 100).unwrap();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "{\"Records\":[]}");
    }

    proptest! {
        #[test]
        fn any_text_and_chunk_size_give_the_same_bytes_in_complete_lines(
            text in "[ab\n]{0,60}", chunk_bytes in 1_usize..20,
        ) {
            let chunks = all(text.as_bytes(), chunk_bytes);
            let mut seen = Vec::new();
            for (index, chunk) in chunks.iter().enumerate() {
                let lines_before = memchr::memchr_iter(b'\n', &seen).count() as u64;
                prop_assert_eq!(chunk.first_line, lines_before + 1);
                prop_assert!(chunk.bytes.ends_with(b"\n") || index + 1 == chunks.len());
                seen.extend_from_slice(&chunk.bytes);
            }
            prop_assert_eq!(seen, text.into_bytes());
        }
    }
}
