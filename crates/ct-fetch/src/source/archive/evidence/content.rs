//! Decompresses files of a trail, and computes the SHA-256 of their content.

use std::io::{self, Read};

use aws_lc_rs::digest::{Context, SHA256, digest};
use ct_core::input::{self, EXPANDED_BYTES, Inflater};

/// The maximum size of a file's content that is decompressed in memory, in bytes. Longer content is
/// read as a stream.
pub(crate) const WHOLE_TEXT_BYTES: usize = 128 << 20;

/// The maximum size of a digest file, in bytes. A digest lists the log files of one hour.
const DIGEST_BYTES: u64 = 256 << 20;

/// A SHA-256 hash, as bytes.
pub(crate) type Sha256 = [u8; 32];

/// Why a file has no hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HashError {
    /// The content of the file was not read.
    Unread,
    /// The file is truncated or invalid gzip data. Contains the reason.
    Broken(String),
}

pub(crate) fn sha256(bytes: &[u8]) -> Sha256 {
    array(digest(&SHA256, bytes).as_ref())
}

fn array(digest: &[u8]) -> Sha256 {
    digest.try_into().expect("SHA-256 has 32 bytes")
}

/// Writes bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

/// Decompresses and hashes files one after another, and reuses its buffer.
#[derive(Default)]
pub(crate) struct Hasher {
    inflater: Inflater,
}

impl Hasher {
    /// Hashes the decompressed content of the file with the bytes `stored`. If the bytes are not
    /// gzip data, hashes them as they are, because an S3 client may have decompressed the file.
    ///
    /// # Errors
    /// Returns the error in the gzip data.
    pub(crate) fn hash(&mut self, stored: &[u8]) -> Result<Sha256, String> {
        if let Some(text) = self.inflater.inflate(stored, WHOLE_TEXT_BYTES) {
            return Ok(sha256(text));
        }
        hash_stream(stored).map_err(|error| reason(&error))
    }
}

/// Like [`Hasher::hash`], but reads the bytes of the file from a stream.
///
/// # Errors
/// Returns the error of the stream, or the error in the gzip data.
pub(crate) fn hash_stream(stored: impl Read + Send) -> io::Result<Sha256> {
    let mut context = Context::new(&SHA256);
    let mut buffer = vec![0; 1 << 16];
    let mut text = input::inflate(stored, EXPANDED_BYTES)?;
    loop {
        match text.read(&mut buffer) {
            Ok(0) => return Ok(array(context.finish().as_ref())),
            Ok(count) => context.update(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Decompresses the digest file with the bytes `stored`.
///
/// # Errors
/// Returns the error in the gzip data.
pub(crate) fn text(stored: &[u8]) -> Result<Vec<u8>, String> {
    let mut text = Vec::new();
    let read =
        input::inflate(stored, DIGEST_BYTES).and_then(|mut reader| reader.read_to_end(&mut text));
    read.map_err(|error| reason(&error))?;
    Ok(text)
}

/// Returns the text of an error in gzip data, without the advice after it.
pub(crate) fn reason(error: &io::Error) -> String {
    let words = error.to_string();
    let (what, _) = words.split_once(": ").unwrap_or((&words, ""));
    what.to_owned()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn the_hash_depends_on_the_content_and_not_on_its_compression() {
        let text = br#"{"Records":[]}"#;
        let mut hasher = Hasher::default();
        let padded = [gzip(text), vec![0; 600]].concat();
        let halves = [gzip(&text[..5]), gzip(&text[5..])].concat();
        for stored in [text.to_vec(), gzip(text), padded, halves, gzip(&gzip(text))] {
            assert_eq!(hasher.hash(&stored), Ok(sha256(text)));
        }
        // Source: FIPS 180-4, the SHA-256 of the empty message.
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hex(&sha256(b"")), empty);
    }

    #[test]
    fn truncated_gzip_has_no_hash() {
        let mut hasher = Hasher::default();
        let stored = gzip(&[7; 1000]);
        assert_eq!(
            hasher.hash(&stored[..stored.len() - 3]),
            Err("the gzip data is truncated".to_owned())
        );
        let followed = [&stored[..], b"more"].concat();
        assert_eq!(
            hasher.hash(&followed),
            Err("bytes that are not gzip follow the gzip data".to_owned())
        );
    }
}
