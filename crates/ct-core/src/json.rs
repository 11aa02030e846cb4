//! A fast scanner that finds the ends of JSON values in records.
//!
//! The grammar is strict RFC 8259. The scanner returns `None` for invalid text, and also for valid text that it does
//! not support: values nested deeper than [`MAX_DEPTH`] and numbers longer than 100 bytes. The caller then uses a
//! full parser, which also locates errors.
//!
//! Positions are byte offsets in the text; lengths are in bytes.

mod marks;
mod paths;
mod text;
mod walk;
mod words;

pub use marks::{Marked, Marks};
pub use paths::{Paths, Span};
pub use text::{content, unescape, unescape_into};
pub use walk::{elements, members, walk_array, walk_object};

/// The maximum nesting depth; a full parser handles deeper values.
pub const MAX_DEPTH: u32 = 60;

/// JSON text: plain bytes, or bytes with a precomputed bitmask of the special characters.
pub trait Text<'a>: Copy {
    /// The whole text as bytes.
    fn bytes(self) -> &'a [u8];

    /// The position of the first quote, backslash, control character or DEL at or after `i`. Each
    /// of these characters ends a string, or is written as an escape by JSON or jq.
    fn special(self, i: usize) -> Option<usize>;
}

impl<'a> Text<'a> for &'a [u8] {
    #[inline]
    fn bytes(self) -> &'a [u8] {
        self
    }

    #[inline]
    fn special(self, i: usize) -> Option<usize> {
        marks::first(self, i)
    }
}

/// The only control character that the grammar allows unescaped in a string.
const DEL: u8 = 0x7f;

/// The maximum length of a number in bytes. jq has a far higher limit for numbers.
const MAX_NUMBER: usize = 100;

/// The first position at or after `i` that is not JSON whitespace.
#[must_use]
#[inline]
pub fn space(b: &[u8], i: usize) -> usize {
    match b.get(i) {
        Some(0..=b' ') => some_space(b, i),
        _ => i,
    }
}

#[inline(never)]
fn some_space(b: &[u8], mut i: usize) -> usize {
    while matches!(b.get(i), Some(b' ' | b'\n' | b'\r' | b'\t')) {
        i += 1;
        // A tenth of a printed LookupEvents response is indentation, so eight spaces are skipped at
        // once.
        while matches!(b.get(i..).and_then(<[u8]>::first_chunk), Some(b"        ")) {
            i += 8;
        }
    }
    i
}

/// The text without JSON whitespace at its end.
#[must_use]
pub fn without_end_space(b: &[u8]) -> &[u8] {
    let last = b
        .iter()
        .rposition(|c| !matches!(c, b' ' | b'\n' | b'\r' | b'\t'));
    &b[..last.map_or(0, |last| last + 1)]
}

/// The end of the value that starts at `i`. There must be no white space at `i`.
#[must_use]
#[inline]
pub fn value<'a>(text: impl Text<'a>, i: usize) -> Option<usize> {
    value_below(text, i, 0)
}

/// The end of the value that starts at `i` and is nested `above` levels deep.
#[must_use]
#[inline]
pub fn value_below<'a>(text: impl Text<'a>, i: usize, above: u32) -> Option<usize> {
    let b = text.bytes();
    match *b.get(i)? {
        b'"' => string(text, i + 1),
        b'{' | b'[' => container(text, i, MAX_DEPTH.saturating_sub(above)),
        _ => scalar(b, i),
    }
}

/// The end of the object or array that starts at `i`, or `None` if it is nested deeper than `max_depth`.
fn container<'a>(text: impl Text<'a>, mut i: usize, max_depth: u32) -> Option<usize> {
    let b = text.bytes();
    // One bit per level: 1 for an object, 0 for an array.
    let mut kinds = 0_u64;
    let mut depth = 0_u32;
    loop {
        match *b.get(i)? {
            b'"' => i = string(text, i + 1)?,
            open @ (b'{' | b'[') => {
                let object = open == b'{';
                i = space(b, i + 1);
                if *b.get(i)? == if object { b'}' } else { b']' } {
                    i += 1;
                } else {
                    depth += 1;
                    if depth > max_depth {
                        return None;
                    }
                    kinds = kinds << 1 | u64::from(object);
                    if object {
                        i = member(text, i)?;
                    }
                    continue;
                }
            }
            _ => i = scalar(b, i)?,
        }
        loop {
            if depth == 0 {
                return Some(i);
            }
            i = space(b, i);
            let object = kinds & 1 == 1;
            match *b.get(i)? {
                b',' => {
                    i = space(b, i + 1);
                    if object {
                        i = member(text, i)?;
                    }
                    break;
                }
                close if close == if object { b'}' } else { b']' } => {
                    i += 1;
                    kinds >>= 1;
                    depth -= 1;
                }
                _ => return None,
            }
        }
    }
}

/// The start of the value in the object member that starts at `i`.
#[inline]
fn member<'a>(text: impl Text<'a>, i: usize) -> Option<usize> {
    let b = text.bytes();
    if *b.get(i)? != b'"' {
        return None;
    }
    colon(b, string(text, i + 1)?)
}

/// The start of the value whose key ends at `i`.
#[must_use]
#[inline]
pub fn colon(b: &[u8], i: usize) -> Option<usize> {
    let i = space(b, i);
    (*b.get(i)? == b':').then(|| space(b, i + 1))
}

/// The end of the number or literal that starts at `i`.
#[must_use]
#[inline]
pub fn scalar(b: &[u8], i: usize) -> Option<usize> {
    let rest = b.get(i..)?;
    match rest.first()? {
        b't' => rest.starts_with(b"true").then_some(i + 4),
        b'n' => rest.starts_with(b"null").then_some(i + 4),
        b'f' => rest.starts_with(b"false").then_some(i + 5),
        _ => number(b, i),
    }
}

fn number(b: &[u8], start: usize) -> Option<usize> {
    let digits = |mut i: usize| {
        while matches!(b.get(i), Some(b'0'..=b'9')) {
            i += 1;
        }
        i
    };
    let some_digits = |i: usize| Some(digits(i)).filter(|&end| end > i);
    let mut i = start + usize::from(b.get(start) == Some(&b'-'));
    let whole = some_digits(i)?;
    if b[i] == b'0' && whole > i + 1 {
        return None;
    }
    i = whole;
    if b.get(i) == Some(&b'.') {
        i = some_digits(i + 1)?;
    }
    if matches!(b.get(i), Some(b'e' | b'E')) {
        i += 1;
        i += usize::from(matches!(b.get(i), Some(b'+' | b'-')));
        i = some_digits(i)?;
    }
    // Any other character after a number or literal makes it invalid, as in `12x`.
    let ends = matches!(
        b.get(i),
        None | Some(b' ' | b'\n' | b'\r' | b'\t' | b',' | b']' | b'}')
    );
    (ends && i - start <= MAX_NUMBER).then_some(i)
}

/// The position after the closing quote of the string whose first character is at `i`.
#[must_use]
#[inline]
pub fn string<'a>(text: impl Text<'a>, i: usize) -> Option<usize> {
    let end = text.special(i)?;
    if *text.bytes().get(end)? == b'"' {
        Some(end + 1)
    } else {
        odd_string(text, end)
    }
}

/// Continues the work of [`string`] at position `i`, where the string has a special character.
#[inline(never)]
fn odd_string<'a>(text: impl Text<'a>, mut i: usize) -> Option<usize> {
    let b = text.bytes();
    loop {
        match *b.get(i)? {
            b'"' => return Some(i + 1),
            DEL => i += 1,
            b'\\' => i = short_escapes(b, i).map_or_else(|| escape(b, i), Some)?,
            _ => return None,
        }
        i = text.special(i)?;
    }
}

/// Skips eight bytes of a string if all escapes in them are `\"` or `\n`. The first of the eight
/// bytes, at `i`, is a backslash. Returns the position after the eight bytes, or the position of
/// the last byte if it is a backslash. Returns `None` if the eight bytes contain a different escape
/// or the end of the string.
///
/// Records that are quoted inside JSON, as in LookupEvents responses, have an escape every few bytes.
#[inline]
fn short_escapes(b: &[u8], i: usize) -> Option<usize> {
    let word = u64::from_le_bytes(*b.get(i..)?.first_chunk()?);
    let (backslashes, quotes) = (words::equal(word, b'\\'), words::equal(word, b'"'));
    let escaped = backslashes << 8;
    let ends = (quotes | words::control(word)) & !escaped;
    let is_short = escaped & !(quotes | words::equal(word, b'n')) == 0;
    // If the last byte is a backslash, the next eight bytes start with it.
    (is_short && ends == 0).then_some(i + if b[i + 7] == b'\\' { 7 } else { 8 })
}

/// The position after the closing quote of a string without escapes.
#[must_use]
#[inline]
pub fn plain_string<'a>(text: impl Text<'a>, mut i: usize) -> Option<usize> {
    loop {
        i = text.special(i)?;
        match *text.bytes().get(i)? {
            b'"' => return Some(i + 1),
            DEL => i += 1,
            _ => return None,
        }
    }
}

/// The end of the escape sequence that starts at `i`. A high surrogate must be followed by a low surrogate.
#[must_use]
pub fn escape(b: &[u8], i: usize) -> Option<usize> {
    match *b.get(i + 1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(i + 2),
        b'u' => match hex4(b, i + 2)? {
            0xD800..=0xDBFF => {
                let low = b.get(i + 6) == Some(&b'\\') && b.get(i + 7) == Some(&b'u');
                (low && matches!(hex4(b, i + 8)?, 0xDC00..=0xDFFF)).then_some(i + 12)
            }
            _ => Some(i + 6),
        },
        _ => None,
    }
}

/// The value of the four hexadecimal digits that start at `i`.
#[must_use]
pub fn hex4(b: &[u8], i: usize) -> Option<u32> {
    b.get(i..i + 4)?
        .iter()
        .try_fold(0, |sum, &c| Some(sum << 4 | char::from(c).to_digit(16)?))
}

/// The first backslash at or after `i`.
#[must_use]
#[inline]
pub fn backslash(b: &[u8], i: usize) -> Option<usize> {
    words::find(b, i, b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_ends_where_the_grammar_says() {
        for text in [
            "{}",
            "[]",
            "[ ]",
            r#"{"a":1,"b":[true,false,null,"x\"y\\\u00e9"],"c":{"d":-1.5e+3}}"#,
            "{ \"a\" : [ 1 , 2 ] }",
            r#""a string longer than one block of sixteen bytes""#,
            r#""\ud83d\ude00\udc00""#,
            "-0.25",
            "null",
        ] {
            assert_eq!(
                value(format!("{text} ,").as_bytes(), 0),
                Some(text.len()),
                "{text}"
            );
        }
    }

    #[test]
    fn text_that_is_invalid_or_that_only_jq_accepts_is_not_scanned() {
        for text in [
            "01",
            "+1",
            ".5",
            "5.",
            "nan",
            "tru",
            "truth",
            "1x",
            "[1,]",
            "[,1]",
            "[1 2]",
            "{\"a\"}",
            "{\"a\":}",
            "{1:2}",
            "{\"a\":1,}",
            "[1}",
            "{\"a\":1]",
            "\"a\nb\"",
            r#""\x""#,
            r#""\u12g4""#,
            r#""\ud800""#,
            r#""\ud800\u0041""#,
            "\"open",
            "[",
            "{",
            "",
            "'a'",
            "-",
            "1e",
            "1.e1",
        ] {
            let text = format!("{text} ");
            assert!(
                value(text.as_bytes(), 0).is_none_or(|end| end + 1 < text.len()),
                "{text}"
            );
        }
        let deep = |levels| "[".repeat(levels) + &"]".repeat(levels);
        assert_eq!(value(deep(61).as_bytes(), 0), Some(122));
        assert_eq!(value(deep(62).as_bytes(), 0), None);
        assert_eq!(value_below(deep(51).as_bytes(), 0, 10), Some(102));
        assert_eq!(value_below(deep(52).as_bytes(), 0, 10), None);
    }
}
