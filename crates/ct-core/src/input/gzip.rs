//! Decompresses gzip data, which is detected by its content. A file may contain several gzip
//! members, and compressed data may be compressed again.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::bufread::GzDecoder;

/// The first two bytes of a gzip file (RFC 1952, section 2.3.1).
pub(super) const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The maximum number of gzip layers. A file that two tools compressed has two layers; more than
/// four layers suggest an attack.
const MAX_LAYERS: usize = 4;

/// The bytes of `reader` with its gzip layers removed. `expanded_bytes` limits the size of each decompressed layer.
///
/// Gzip is detected by the content and not by the name, because some clients save plain JSON as
/// `.gz` and gzip as `.json`.
///
/// # Errors
/// Errors of the reader. Reading the result fails with [`io::ErrorKind::UnexpectedEof`] at a
/// truncated gzip member, with [`io::ErrorKind::InvalidData`] at bytes after a gzip member that are
/// not gzip, and with [`io::ErrorKind::FileTooLarge`] above the limit. All bytes before an error
/// are returned before the error.
pub fn inflate<'a>(
    reader: impl Read + Send + 'a,
    expanded_bytes: u64,
) -> io::Result<Box<dyn Read + Send + 'a>> {
    let mut whole: Box<dyn Read + Send + 'a> = Box::new(reader);
    for layer in 0..=MAX_LAYERS {
        let magic = first_bytes(&mut whole)?;
        let is_gzip = magic == MAGIC;
        whole = Box::new(Cursor::new(magic).chain(whole));
        if !is_gzip {
            return Ok(whole);
        }
        if layer == MAX_LAYERS {
            break;
        }
        whole = Box::new(Bounded {
            reader: GzipMembers::new(BufReader::with_capacity(64 << 10, whole)),
            left: expanded_bytes,
        });
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidData,
        format!("more than {MAX_LAYERS} gzip layers: decompress it first"),
    ))
}

fn first_bytes(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut magic = Vec::with_capacity(MAGIC.len());
    reader.take(MAGIC.len() as u64).read_to_end(&mut magic)?;
    Ok(magic)
}

/// A reader for all members of a gzip file.
struct GzipMembers<R> {
    /// The decoder of the current member, or `None` after the last member.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> GzipMembers<R> {
    fn new(reader: R) -> Self {
        Self {
            member: Some(GzDecoder::new(reader)),
        }
    }
}

impl<R: BufRead> Read for GzipMembers<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(member) = &mut self.member else {
                return Ok(0);
            };
            match member.read(buffer) {
                Ok(0) if !buffer.is_empty() => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Err(io::Error::new(
                        io::ErrorKind::UnexpectedEof,
                        "the gzip data is truncated: fetch the file again",
                    ));
                }
                other => return other,
            }
            let mut rest = self
                .member
                .take()
                .expect("a gzip member was read before")
                .into_inner();
            match after_member(&mut rest)? {
                AfterMember::End => return Ok(0),
                AfterMember::Member => self.member = Some(GzDecoder::new(rest)),
            }
        }
    }
}

enum AfterMember {
    End,
    Member,
}

/// Examines the bytes after a gzip member. Zero bytes up to the end of the file are padding, as on
/// a tape or a block device.
fn after_member(rest: &mut impl BufRead) -> io::Result<AfterMember> {
    loop {
        let bytes = rest.fill_buf()?;
        let Some(&first) = bytes.first() else {
            return Ok(AfterMember::End);
        };
        if first == MAGIC[0] {
            return Ok(AfterMember::Member);
        }
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        if zeros == 0 {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "bytes that are not gzip follow the gzip data: decompress the file, and remove \
                 them",
            ));
        }
        rest.consume(zeros);
    }
}

/// A reader that limits the decompressed size, because a gzip bomb has only a few kilobytes on
/// disk.
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
                "its decompressed size exceeds the limit: if you trust it, decompress it first",
            )
        })?;
        Ok(count)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::io::Write as _;

    /// One gzip member with the content `text`.
    pub(in crate::input) fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    /// The decompressed bytes, and the kind of the error after them.
    fn inflated(bytes: &[u8]) -> (Vec<u8>, Option<io::ErrorKind>) {
        let mut text = Vec::new();
        let error = inflate(bytes, 5000).and_then(|mut reader| reader.read_to_end(&mut text));
        (text, error.err().map(|error| error.kind()))
    }

    #[test]
    fn all_members_are_read_and_padding_is_ignored() {
        let mut bytes = gzip(b"one ");
        bytes.extend(gzip(b""));
        bytes.extend(gzip(b"two"));
        assert_eq!(inflated(&bytes), (b"one two".to_vec(), None));
        bytes.extend([0; 512]);
        assert_eq!(inflated(&bytes), (b"one two".to_vec(), None));
    }

    #[test]
    fn nested_gzip_is_decompressed_and_plain_text_is_unchanged() {
        assert_eq!(inflated(&gzip(&gzip(b"text"))), (b"text".to_vec(), None));
        assert_eq!(inflated(b"text"), (b"text".to_vec(), None));
        assert_eq!(inflated(b"t"), (b"t".to_vec(), None));
        assert_eq!(inflated(b""), (Vec::new(), None));
    }

    #[test]
    fn too_many_layers_are_refused() {
        let mut bytes = b"text".to_vec();
        for _ in 0..=MAX_LAYERS {
            bytes = gzip(&bytes);
        }
        assert_eq!(inflated(&bytes).1, Some(io::ErrorKind::InvalidData));
    }

    #[test]
    fn a_truncated_member_is_an_error_after_its_content() {
        let text: Vec<u8> = (0..200_u8).collect();
        let bytes = gzip(&text);
        let (before, error) = inflated(&bytes[..bytes.len() - 4]);
        assert_eq!(error, Some(io::ErrorKind::UnexpectedEof));
        assert_eq!(before, text);
    }

    #[test]
    fn bytes_that_are_not_gzip_after_a_member_are_an_error() {
        let mut bytes = gzip(b"one");
        bytes.extend(b"garbage");
        let expected = (b"one".to_vec(), Some(io::ErrorKind::InvalidData));
        assert_eq!(inflated(&bytes), expected);
    }

    #[test]
    fn a_damaged_member_is_an_error_after_the_members_before_it() {
        let mut damaged = gzip(b"two");
        damaged[2] = 9;
        let (before, error) = inflated(&[gzip(b"one"), damaged].concat());
        assert_eq!(before, b"one");
        assert!(error.is_some());
    }

    #[test]
    fn gzip_that_exceeds_the_limit_is_an_error() {
        let (_, error) = inflated(&gzip(&[b' '; 5001]));
        assert_eq!(error, Some(io::ErrorKind::FileTooLarge));
    }
}
