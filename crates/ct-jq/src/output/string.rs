//! Strings in JSON's quotes, escaped as jq escapes them.

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Whether a byte can stand in a JSON string as it is.
const PLAIN: [bool; 256] = {
    let mut plain = [true; 256];
    let mut b = 0;
    while b < 0x20 {
        plain[b] = false;
        b += 1;
    }
    plain[b'"' as usize] = false;
    plain[b'\\' as usize] = false;
    plain[0x7f] = false;
    plain
};

/// Appends `text` in quotes; DEL is escaped too, and with `ascii` all that is not ASCII.
pub fn write(text: &str, ascii: bool, out: &mut Vec<u8>) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut from = 0;
    for (at, &b) in bytes.iter().enumerate() {
        if PLAIN[usize::from(b)] && !(ascii && b >= 0x80) {
            continue;
        }
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
