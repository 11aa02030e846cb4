//! Strings in JSON's quotes, escaped as jq escapes them.

use ct_core::json::Text as _;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends `text` in quotes; DEL is escaped too, and with `ascii` all that is not ASCII.
pub fn write(text: &str, ascii: bool, out: &mut Vec<u8>) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(ahead) = special(&bytes[from..], ascii) {
        let at = from + ahead;
        let b = bytes[at];
        out.extend_from_slice(&bytes[from..at]);
        from = at + 1;
        if b < 0x80 {
            escape(b, out);
        } else if b >= 0xc0
            && let Some(c) = text[at..].chars().next()
        {
            for unit in c.encode_utf16(&mut [0; 2]) {
                unicode(*unit, out);
            }
        }
    }
    out.extend_from_slice(&bytes[from..]);
    out.push(b'"');
}

/// Where the next byte is that does not stand as it is.
fn special(bytes: &[u8], ascii: bool) -> Option<usize> {
    if ascii {
        return bytes
            .iter()
            .position(|&b| !(0x20..0x7f).contains(&b) || b == b'"' || b == b'\\');
    }
    bytes.special(0)
}

fn escape(b: u8, out: &mut Vec<u8>) {
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
