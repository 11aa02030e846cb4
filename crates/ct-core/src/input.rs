//! Files or standard input as chunks of whole lines, with line numbers.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use anyhow::{Context as _, Result};
use flate2::bufread::MultiGzDecoder;

/// The first two bytes of a gzip file (RFC 1952, section 2.3.1).
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// What a gzip file may grow to unless the user says otherwise: 4 GiB.
pub const EXPANDED_BYTES: u64 = 4 << 30;

/// Whole lines, as many as came at once.
#[derive(Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The bytes with their line ends; only the last line of the input may lack one.
    pub bytes: Vec<u8>,
    /// The number of the first line, from 1.
    pub first_line: u64,
}

/// Cuts what a reader gives into chunks of whole lines.
///
/// A chunk is handed over as soon as it holds one whole line, so that a slow pipe is never
/// waited for with an answer in hand. A line longer than a chunk makes that chunk longer.
pub struct Chunks<R> {
    reader: R,
    rest: Vec<u8>,
    next_line: u64,
    chunk_bytes: usize,
}

impl<R: Read> Chunks<R> {
    /// Reads at most `chunk_bytes` at once from `reader`.
    pub fn new(reader: R, chunk_bytes: usize) -> Self {
        Self {
            reader,
            rest: Vec::new(),
            next_line: 1,
            chunk_bytes,
        }
    }

    /// The next whole lines, or `None` at the end of the input.
    ///
    /// # Errors
    /// The reader's own.
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

/// A file's text, unzipped where it is gzip; `expanded_bytes` bounds what gzip may grow to.
///
/// # Errors
/// When the file cannot be opened or read; the message names it. Reading past the bound fails
/// with [`io::ErrorKind::FileTooLarge`].
pub fn open(path: &Path, expanded_bytes: u64) -> Result<Box<dyn Read + Send>> {
    let cannot_read = || format!("cannot read {}", path.display());
    let mut file = File::open(path).with_context(cannot_read)?;
    let mut magic = Vec::with_capacity(GZIP_MAGIC.len());
    file.by_ref()
        .take(GZIP_MAGIC.len() as u64)
        .read_to_end(&mut magic)
        .with_context(cannot_read)?;
    let is_gzip = magic == GZIP_MAGIC;
    let whole = io::Cursor::new(magic).chain(file);
    if is_gzip {
        let text = MultiGzDecoder::new(BufReader::new(whole));
        return Ok(Box::new(Bounded {
            reader: text,
            left: expanded_bytes,
        }));
    }
    Ok(Box::new(whole))
}

/// Fails instead of growing without end: a gzip bomb is a few kilobytes on disk.
struct Bounded<R> {
    reader: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::FileTooLarge,
                "it expands to more than allowed: raise the limit if you trust it",
            )
        })?;
        Ok(count)
    }
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

    fn gzip(text: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let mut encoder = flate2::write::GzEncoder::new(&mut file, flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap();
        file
    }

    #[test]
    fn a_chunk_ends_where_a_line_does_and_knows_its_line() {
        let chunks = all(&b"one\ntwo\nthree"[..], 9);
        let expected = [(&b"one\ntwo\n"[..], 1), (&b"three"[..], 3)];
        let expected = expected.map(|(bytes, first_line)| Chunk {
            bytes: bytes.to_vec(),
            first_line,
        });
        assert_eq!(chunks, expected);
    }

    #[test]
    fn a_line_longer_than_a_chunk_stays_whole() {
        let chunks = all(&b"0123456789\nx\n"[..], 4);
        assert_eq!(chunks[0].bytes, b"0123456789\n");
    }

    #[test]
    fn gzip_is_seen_by_its_first_bytes_and_unzipped() {
        let file = gzip(b"{\"Records\":[]}");
        let mut text = String::new();
        open(file.path(), 100)
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "{\"Records\":[]}");
    }

    #[test]
    fn gzip_that_grows_past_the_bound_is_an_error() {
        let file = gzip(&[b' '; 5000]);
        let error = open(file.path(), 4999)
            .unwrap()
            .read_to_end(&mut Vec::new())
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn a_file_of_one_byte_is_read_as_it_is() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"7").unwrap();
        let mut text = Vec::new();
        open(file.path(), 100)
            .unwrap()
            .read_to_end(&mut text)
            .unwrap();
        assert_eq!(text, b"7");
    }

    proptest! {
        #[test]
        fn any_text_and_any_chunk_size_give_the_same_bytes_in_whole_lines(
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
