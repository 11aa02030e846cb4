//! Detects unsupported formats by the first bytes of an input.

use std::io::Read;

use crate::input::values::Values;

/// The byte order mark that editors and Windows tools write before UTF-8 text.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The first bytes of unsupported formats, and what the user can do instead.
const FOREIGN: [(&[u8], &str); 6] = [
    (b"PAR1", "Parquet: export the records as JSON"),
    (b"PK\x03\x04", "a zip archive: unpack it first"),
    (b"\x28\xb5\x2f\xfd", "zstd data: decompress it first"),
    (b"BZh", "bzip2 data: decompress it first"),
    (b"\xfd7zXZ\x00", "xz data: decompress it first"),
    (b"Obj\x01", "Avro: export the records as JSON"),
];

/// The position of the magic number in a tar archive, and the magic number.
const TAR_MAGIC: (usize, &[u8]) = (257, b"ustar");

/// Skips a byte order mark. Returns the name of a format that cannot contain records, and what the user can do instead.
pub(super) fn read(values: &mut Values<'_, impl Read>) -> std::io::Result<Option<String>> {
    if values
        .peek(BYTE_ORDER_MARK.len())?
        .starts_with(BYTE_ORDER_MARK)
    {
        values.pass_over(BYTE_ORDER_MARK.len());
    }
    let start = values.peek(1)?;
    // JSON starts with one of these bytes. For JSON, no more bytes are read, because waiting for
    // more would delay the records from a slow pipe.
    if matches!(
        start.first(),
        None | Some(b'{' | b'[' | b' ' | b'\t' | b'\r' | b'\n')
    ) {
        return Ok(None);
    }
    let start = values.peek(TAR_MAGIC.0 + TAR_MAGIC.1.len())?;
    let foreign = FOREIGN.iter().find(|(magic, _)| start.starts_with(magic));
    let tar = start
        .get(TAR_MAGIC.0..)
        .is_some_and(|rest| rest.starts_with(TAR_MAGIC.1));
    Ok(match foreign {
        Some((_, what)) => Some((*what).to_owned()),
        None => tar.then(|| "a tar archive: unpack it first".to_owned()),
    })
}
