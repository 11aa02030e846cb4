//! Decodes the content of JSON strings: escapes and invalid UTF-8.

use std::borrow::Cow;

const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

/// The text of a string, given its bytes between the quotes.
///
/// # Errors
/// Returns jq's message, without a position.
pub(super) fn unescape(raw: &[u8]) -> Result<String, &'static str> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&b, after)) = rest.split_first() {
        rest = after;
        match b {
            b'\\' => rest = escape(rest, &mut out)?,
            0..0x20 => {
                return Err(
                    "Invalid string: control characters from U+0000 through U+001F must be escaped",
                );
            }
            b => out.push(b),
        }
    }
    Ok(lossy(&out).into_owned())
}

/// Appends the character of an escape, and returns the bytes after the escape.
fn escape<'a>(rest: &'a [u8], out: &mut Vec<u8>) -> Result<&'a [u8], &'static str> {
    let Some((&kind, after)) = rest.split_first() else {
        return Err("Expected escape character at end of string");
    };
    let plain = match kind {
        b'"' | b'\\' | b'/' => kind,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'u' => return unicode(after, out),
        _ => return Err("Invalid escape"),
    };
    out.push(plain);
    Ok(after)
}

fn unicode<'a>(rest: &'a [u8], out: &mut Vec<u8>) -> Result<&'a [u8], &'static str> {
    const PAIR: &str = "Invalid \\uXXXX\\uXXXX surrogate pair escape";
    let (digits, mut rest) = rest.split_at_checked(4).ok_or("Invalid \\uXXXX escape")?;
    let mut code = hex(digits).ok_or("Invalid characters in \\uXXXX escape")?;
    if (0xd800..0xdc00).contains(&code) {
        let (pair, after) = rest.split_at_checked(6).ok_or(PAIR)?;
        let low = pair.strip_prefix(b"\\u").and_then(hex).ok_or(PAIR)?;
        if !(0xdc00..0xe000).contains(&low) {
            return Err(PAIR);
        }
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        rest = after;
    }
    let c = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    Ok(rest)
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits
        .iter()
        .try_fold(0, |code, &b| Some(code << 4 | char::from(b).to_digit(16)?))
}

/// Converts bytes to text. Each invalid sequence of bytes becomes U+FFFD. A sequence ends where it
/// ends for jq.
#[must_use]
pub fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(bytes.len() + REPLACEMENT.len());
    let mut rest = bytes;
    while !rest.is_empty() {
        let len = sequence_len(rest);
        let (sequence, after) = rest.split_at(len);
        let good = std::str::from_utf8(sequence).is_ok();
        out.extend_from_slice(if good { sequence } else { REPLACEMENT });
        rest = after;
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

/// The length in bytes of the next character as jq reads it, valid or not.
fn sequence_len(bytes: &[u8]) -> usize {
    let len = match bytes[0] {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return 1,
    };
    if bytes.len() < len {
        return bytes.len();
    }
    let follows = bytes[1..len]
        .iter()
        .take_while(|b| matches!(b, 0x80..=0xbf))
        .count();
    1 + follows
}
