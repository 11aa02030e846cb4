//! Writes strings in quotes, escaped as in jq.

use ct_core::json::Text as _;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends `text` in quotes. DEL is escaped too; with `ascii`, every character outside ASCII is
/// escaped.
pub(crate) fn write(text: &str, ascii: bool, out: &mut Vec<u8>) {
    out.push(b'"');
    if ascii {
        escape_to_ascii(text, out);
    } else {
        escape(text.as_bytes(), out);
    }
    out.push(b'"');
}

/// Appends valid UTF-8 without quotes. Quotes, backslashes, control characters and DEL are escaped.
pub(crate) fn escape(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(at) = rest.special(0) {
        out.extend_from_slice(&rest[..at]);
        escape_byte(rest[at], out);
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}

fn escape_to_ascii(text: &str, out: &mut Vec<u8>) {
    for c in text.chars() {
        match u8::try_from(c) {
            Ok(byte @ (0x20..0x7f)) if byte != b'"' && byte != b'\\' => out.push(byte),
            Ok(byte @ 0..0x80) => escape_byte(byte, out),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    unicode(*unit, out);
                }
            }
        }
    }
}

fn escape_byte(b: u8, out: &mut Vec<u8>) {
    let short = match b {
        b'"' => b'"',
        b'\\' => b'\\',
        b'\n' => b'n',
        b'\t' => b't',
        b'\r' => b'r',
        0x08 => b'b',
        0x0c => b'f',
        b => return unicode(u16::from(b), out),
    };
    out.extend_from_slice(&[b'\\', short]);
}

fn unicode(unit: u16, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\\u");
    for shift in [12, 8, 4, 0] {
        out.push(HEX[usize::from(unit >> shift & 0xf)]);
    }
}
