//! Converts between JSON strings and their characters.

use crate::fastpath::value::arena::Arena;
use bumpalo::collections::Vec as ArenaVec;

use crate::fastpath::value::{Stop, Value};
use crate::value::write::string;
use ct_core::json as scan;
use ct_core::json::Text;

/// The characters of a scanned string, whose text between the quotes is `written`.
pub(crate) fn decode<'a>(written: &[u8], arena: &'a Arena) -> &'a [u8] {
    let mut out = ArenaVec::with_capacity_in(written.len(), arena);
    decode_into(written, |piece| out.extend_from_slice_copy(piece));
    out.into_bump_slice()
}

/// Decodes a string like [`decode`], into a new buffer.
pub(crate) fn decoded(written: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(written.len());
    append(written, &mut out);
    out
}

/// Decodes a string like [`decode`], and appends the characters to `out`.
pub(crate) fn append(written: &[u8], out: &mut Vec<u8>) {
    if scan::unescape_into(written, out).is_none() {
        // `unescape_into` refuses a lone low surrogate, which jq replaces by U+FFFD.
        decode_into(written, |piece| out.extend_from_slice(piece));
    }
}

/// Passes the characters of a scanned string to `take`, piece by piece.
pub(crate) fn decode_into(written: &[u8], mut take: impl FnMut(&[u8])) {
    let (mut from, mut i) = (0, 0);
    while let Some(at) = scan::backslash(written, i) {
        take(&written[from..at]);
        if matches!(written[at + 1], b'"' | b'\\' | b'/') {
            // The escaped character stands for itself, so it begins the next piece.
            from = at + 1;
            i = at + 2;
            continue;
        }
        let end = scan::escape(written, at).expect("the string has been scanned");
        let mut utf8 = [0; 4];
        take(
            character(&written[at..end])
                .encode_utf8(&mut utf8)
                .as_bytes(),
        );
        (from, i) = (end, end);
    }
    take(&written[from..]);
}

/// The character of a valid escape sequence; U+FFFD for a lone low surrogate.
fn character(escape: &[u8]) -> char {
    match escape[1] {
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let unit = |at| scan::hex4(escape, at).expect("the escape has been scanned");
            let code = match unit(2) {
                high @ 0xD800..=0xDBFF => 0x1_0000 + ((high - 0xD800) << 10 | (unit(8) - 0xDC00)),
                code => code,
            };
            char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        same => char::from(same),
    }
}

/// Appends `text` as a JSON string with its quotes.
pub(crate) fn quote(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    string::escape(text, out);
    out.push(b'"');
}

/// Copies the JSON string whose first character is at `i` to `out` as jq writes it, and returns its
/// end.
///
/// The closing quote is copied, but not the opening quote. Returns `None` for an invalid string.
#[inline]
pub(crate) fn copy<'a>(text: impl Text<'a>, mut i: usize, out: &mut Vec<u8>) -> Option<usize> {
    let b = text.bytes();
    let mut from = i;
    loop {
        i = text.special(i)?;
        match *b.get(i)? {
            b'"' => {
                out.extend_from_slice(&b[from..=i]);
                return Some(i + 1);
            }
            b'\\' if !matches!(b.get(i + 1), Some(b'/' | b'u')) => i = scan::escape(b, i)?,
            b'\\' | 0x7f => {
                out.extend_from_slice(&b[from..i]);
                i = copy_odd(b, i, out)?;
                from = i;
            }
            _ => return None,
        }
    }
}

/// Copies the escape or DEL at the offset `i` in the form in which jq writes it, and returns the
/// offset after it.
pub(crate) fn copy_odd(b: &[u8], i: usize, out: &mut Vec<u8>) -> Option<usize> {
    if b[i] == 0x7f {
        string::escape(&[0x7f], out);
        return Some(i + 1);
    }
    let end = scan::escape(b, i)?;
    let mut utf8 = [0; 4];
    string::escape(character(&b[i..end]).encode_utf8(&mut utf8).as_bytes(), out);
    Some(end)
}

/// The number of characters of a valid UTF-8 text.
pub(crate) fn count(text: &[u8]) -> usize {
    text.iter().filter(|&&c| c & 0xC0 != 0x80).count()
}

/// Converts the bytes of a string to text.
pub(crate) fn str(text: &[u8]) -> &str {
    std::str::from_utf8(text).expect("strings are valid UTF-8")
}

/// Splits `text` at each occurrence of the separator.
///
/// # Errors
/// [`Stop::Bail`] for an empty separator.
pub(crate) fn split<'a>(
    text: &'a [u8],
    separator: &[u8],
    arena: &'a Arena,
) -> Result<Value<'a>, Stop> {
    if separator.is_empty() {
        return Err(Stop::Bail);
    }
    let mut pieces = ArenaVec::new_in(arena);
    if !text.is_empty() {
        let mut start = 0;
        for at in memchr::memmem::find_iter(text, separator) {
            pieces.push(Value::Str(&text[start..at]));
            start = at + separator.len();
        }
        pieces.push(Value::Str(&text[start..]));
    }
    Ok(Value::Arr(pieces.into_bump_slice()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied(text: &str) -> Option<String> {
        let mut out = Vec::new();
        let end = copy(text.as_bytes(), 0, &mut out)?;
        assert_eq!(end, text.len());
        String::from_utf8(out).ok()
    }

    #[test]
    fn a_string_is_copied_as_jq_writes_it() {
        assert_eq!(
            copied(r#"plain, and long enough for a block""#).as_deref(),
            Some(r#"plain, and long enough for a block""#)
        );
        assert_eq!(
            copied(r#"a\/b\u0041\u00e9\u0001\"\\\n""#).as_deref(),
            Some(r#"a/bAé\u0001\"\\\n""#)
        );
        assert_eq!(
            copied("\u{7f}\\u007f\\u0022\\u005c\"").as_deref(),
            Some(r#"\u007f\u007f\"\\""#)
        );
        assert_eq!(
            copied(r#"\ud83d\ude00\udc00""#).as_deref(),
            Some("😀\u{fffd}\"")
        );
        assert_eq!(copied("a\u{1}\""), None);
        assert_eq!(copied("open"), None);
    }

    #[test]
    fn decoding_and_quoting_are_inverse() {
        let arena = Arena::default();
        let text = "tab\t quote\" back\\ bell\u{8}\u{c}\r\n nul\u{0} del\u{7f} é 😀";
        let mut quoted = Vec::new();
        quote(text.as_bytes(), &mut quoted);
        assert_eq!(
            decode(&quoted[1..quoted.len() - 1], &arena),
            text.as_bytes()
        );
    }
}
