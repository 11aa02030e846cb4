//! Decompresses a gzip file in memory, in half the time of a stream.

use libdeflater::Decompressor;

use super::gzip::MAGIC;

/// The first bytes of a member: the magic number and the only compression method.
const MEMBER: [u8; 3] = [MAGIC[0], MAGIC[1], 8];

/// The minimum size of a member: header, shortest data and trailer.
const LEAST_BYTES: usize = 20;

/// The maximum expansion factor of DEFLATE.
const MOST_EXPANSION: usize = 1032;

/// Decompresses gzip files one at a time into reused memory.
pub struct Inflater {
    decompressor: Decompressor,
    text: Vec<u8>,
}

impl Inflater {
    /// The content of a single-member gzip file, up to `most_bytes`; `None` leaves the file to
    /// [`super::inflate`].
    ///
    /// libdeflate stops after the first member without an error, and its binding does not report
    /// the position. Therefore the stream handles a file that may contain another member, or whose
    /// trailer does not match the decompressed length: data follows the member, or it is truncated.
    #[must_use]
    pub fn inflate(&mut self, gzip: &[u8], most_bytes: usize) -> Option<&[u8]> {
        if gzip.len() < LEAST_BYTES || !gzip.starts_with(&MEMBER) {
            return None;
        }
        if memchr::memmem::find(&gzip[1..], &MEMBER).is_some() {
            return None;
        }
        let length = u32::from_le_bytes(*gzip.last_chunk()?) as usize;
        if length > most_bytes || length / MOST_EXPANSION > gzip.len() {
            return None;
        }
        if self.text.len() < length {
            self.text.resize(length, 0);
        }
        let text = &mut self.text[..length];
        let inflated = self.decompressor.gzip_decompress(gzip, text).ok()?;
        (inflated == length && !text.starts_with(&MAGIC)).then_some(text)
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

/// As [`Inflater::inflate`], into new memory.
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
    fn all_other_files_are_left_to_the_stream() {
        let one = gzip(b"one text and another");
        let twice = [one.clone(), one.clone()].concat();
        let garbage = [one.clone(), b"garbage".to_vec()].concat();
        let padded = [one.clone(), vec![0; 8]].concat();
        for bytes in [
            &twice,
            &garbage,
            &padded,
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
