//! Decompresses a gzip file in memory. This takes half the time of decompressing it as a stream.

use libdeflater::Decompressor;

use super::gzip::MAGIC;

/// The first bytes of a gzip member: the magic number, and 8 for DEFLATE, the only compression
/// method.
const MEMBER: [u8; 3] = [MAGIC[0], MAGIC[1], 8];

/// The minimum size of a gzip member: header, shortest data and trailer.
const LEAST_BYTES: usize = 20;

/// The size of a gzip member's trailer: the CRC-32 and the length (modulo 2^32) of the decompressed data, both
/// little-endian.
const TRAILER_BYTES: usize = 8;

/// The maximum expansion factor of DEFLATE.
const MOST_EXPANSION: usize = 1032;

/// Decompresses gzip files one at a time into a reused buffer.
pub struct Inflater {
    decompressor: Decompressor,
    text: Vec<u8>,
}

impl Inflater {
    /// The content of a gzip file with one member, up to `most_bytes`. `None` means that the caller must use
    /// [`super::inflate`].
    ///
    /// libdeflate stops after the first member without an error, and its Rust binding does not
    /// report where it stopped. The member's trailer shows where the member ends, because it
    /// contains the CRC-32 and the length of the decompressed data. If the file ends with the
    /// trailer that fits the decompressed data, and contains the same bytes nowhere else, the
    /// member is the whole file. In all other files, data may follow the member or the member may
    /// be truncated.
    #[must_use]
    pub fn inflate(&mut self, gzip: &[u8], most_bytes: usize) -> Option<&[u8]> {
        if gzip.len() < LEAST_BYTES || !gzip.starts_with(&MEMBER) {
            return None;
        }
        let trailer: &[u8; TRAILER_BYTES] = gzip.last_chunk()?;
        if memchr::memmem::find(&gzip[..gzip.len() - 1], trailer).is_some() {
            return None;
        }
        let [crc, length] = [trailer.first_chunk()?, trailer.last_chunk()?]
            .map(|number| u32::from_le_bytes(*number));
        let length = length as usize;
        if length > most_bytes || length / MOST_EXPANSION > gzip.len() {
            return None;
        }
        if self.text.len() < length {
            self.text.resize(length, 0);
        }
        let text = &mut self.text[..length];
        let inflated = self.decompressor.gzip_decompress(gzip, text).ok()?;
        let is_whole = inflated == length && libdeflater::crc32(text) == crc;
        (is_whole && !text.starts_with(&MAGIC)).then_some(text)
    }
}

impl Default for Inflater {
    fn default() -> Self {
        Self {
            decompressor: Decompressor::new(),
            text: Vec::new(),
        }
    }
}

/// Does the same as [`Inflater::inflate`] with a new buffer.
#[must_use]
pub fn inflate_whole(gzip: &[u8], most_bytes: usize) -> Option<Vec<u8>> {
    let mut inflater = Inflater::default();
    let length = inflater.inflate(gzip, most_bytes)?.len();
    inflater.text.truncate(length);
    Some(inflater.text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::gzip::tests::gzip;

    #[test]
    fn a_single_member_is_decompressed() {
        let text = b"some text ".repeat(100);
        assert_eq!(inflate_whole(&gzip(&text), 1000), Some(text));
    }

    #[test]
    fn other_files_need_the_stream_decoder() {
        let one = gzip(b"one text and another");
        let twice = [one.clone(), one.clone()].concat();
        let garbage = [one.clone(), b"garbage".to_vec()].concat();
        let padded = [one.clone(), vec![0; 8]].concat();
        let mut damaged = gzip(b"other text");
        damaged[2] = 9;
        let damaged = [gzip(b"first text"), damaged].concat();
        let trailer_again = [&one[..], b"garbage", &one[one.len() - 8..]].concat();
        let length_again = [&one[..], b"garbage", &one[one.len() - 4..]].concat();
        for bytes in [
            &twice,
            &garbage,
            &padded,
            &damaged,
            &trailer_again,
            &length_again,
            &one[..one.len() - 4].to_vec(),
            &gzip(&one),
            &b"plain text that is longer than a member".to_vec(),
            &Vec::new(),
        ] {
            assert_eq!(inflate_whole(bytes, 1000), None);
        }
        assert_eq!(inflate_whole(&one, 19), None);
    }
}
