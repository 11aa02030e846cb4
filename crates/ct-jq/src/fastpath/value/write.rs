//! Writes values as jq prints them.

use crate::fastpath::value::keys::Keys;
use crate::fastpath::value::{Stop, Value};
use crate::fastpath::value::{compact, number, strings};
use crate::value::number::write_double;
use crate::value::write::string;
use ct_core::json as scan;
use ct_core::json::Text;

/// The style in which results are printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    /// The indentation of one level; `None` prints values on one line.
    pub(crate) indent: Option<String>,
    /// Whether strings are printed without quotes.
    pub(crate) raw: bool,
    /// The text that is printed after each result.
    pub(crate) end: &'static str,
}

/// Appends `value` in the given style, and the text that follows each result.
///
/// # Errors
/// [`Stop::Bail`] for values that the engine must print.
pub(crate) fn result(value: &Value<'_>, style: &Style, out: &mut Vec<u8>) -> Result<(), Stop> {
    match value {
        Value::Str(text) if style.raw => {
            // A NUL in a string would look like the end of a result, so jq raises an error.
            if style.end == "\0" && memchr::memchr(0, text).is_some() {
                return Err(Stop::Bail);
            }
            out.extend_from_slice(text);
        }
        Value::Esc(_) if style.raw && style.end == "\0" => return Err(Stop::Bail),
        Value::Esc(written) if style.raw => strings::append(written, out),
        _ => write(value, style, 0, out)?,
    }
    out.extend_from_slice(style.end.as_bytes());
    Ok(())
}

/// Appends `value` in compact form.
///
/// # Errors
/// [`Stop::Bail`] for values that the engine must print.
pub(crate) fn compact(value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), Stop> {
    write(
        value,
        &Style {
            indent: None,
            raw: false,
            end: "",
        },
        0,
        out,
    )
}

fn write(value: &Value<'_>, style: &Style, depth: usize, out: &mut Vec<u8>) -> Result<(), Stop> {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Num(n) => write_double(*n, out),
        Value::Lit(text) => out.extend_from_slice(text),
        Value::Str(text) => strings::quote(text, out),
        Value::Esc(written) => {
            out.push(b'"');
            strings::decode_into(written, |piece| string::escape(piece, out));
            out.push(b'"');
        }
        Value::Raw(text) => {
            let copied = match style.indent {
                None => compact::copy(*text, 0, out),
                Some(_) => copy_value(*text, 0, style, depth, out),
            };
            copied.ok_or(Stop::Bail)?;
        }
        Value::Arr([]) => out.extend_from_slice(b"[]"),
        Value::Arr(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                separate(at == 0, style, depth + 1, out);
                write(item, style, depth + 1, out)?;
            }
            line(style, depth, out);
            out.push(b']');
        }
        Value::Obj([]) => out.extend_from_slice(b"{}"),
        Value::Obj(members) => {
            out.push(b'{');
            for (at, (key, item)) in members.iter().enumerate() {
                separate(at == 0, style, depth + 1, out);
                strings::quote(key, out);
                colon(style, out);
                write(item, style, depth + 1, out)?;
            }
            line(style, depth, out);
            out.push(b'}');
        }
    }
    Ok(())
}

/// Copies and checks the JSON value at the offset `i`, and returns its end.
///
/// Returns `None` if the engine must print the value: if [`scan`] refuses the text, if an object
/// repeats a key, or if jq prints a number in another way.
pub(crate) fn copy<'a>(
    text: impl Text<'a>,
    i: usize,
    style: &Style,
    out: &mut Vec<u8>,
) -> Option<usize> {
    match style.indent {
        None => compact::copy(text, i, out),
        Some(_) => copy_value(text, i, style, 0, out),
    }
}

/// Copies a value like [`copy`], inside a container at `depth`, with indentation.
fn copy_value<'a>(
    text: impl Text<'a>,
    i: usize,
    style: &Style,
    depth: usize,
    out: &mut Vec<u8>,
) -> Option<usize> {
    let b = text.bytes();
    match *b.get(i)? {
        b'"' => {
            out.push(b'"');
            strings::copy(text, i + 1, out)
        }
        b'{' => copy_object(text, i, style, depth, out),
        b'[' => copy_array(text, i, style, depth, out),
        _ => {
            let end = scan::scalar(b, i)?;
            let scalar = &b[i..end];
            if !scalar[0].is_ascii_alphabetic() && !number::is_plain(scalar) {
                return None;
            }
            out.extend_from_slice(scalar);
            Some(end)
        }
    }
}

fn copy_object<'a>(
    text: impl Text<'a>,
    open: usize,
    style: &Style,
    depth: usize,
    out: &mut Vec<u8>,
) -> Option<usize> {
    let b = text.bytes();
    let mut i = scan::space(b, open + 1);
    if *b.get(i)? == b'}' {
        out.extend_from_slice(b"{}");
        return Some(i + 1);
    }
    if depth >= scan::MAX_DEPTH as usize {
        return None;
    }
    let mut keys = Keys::default();
    out.push(b'{');
    let mut first = true;
    loop {
        separate(first, style, depth + 1, out);
        first = false;
        if *b.get(i)? != b'"' {
            return None;
        }
        out.push(b'"');
        let key = out.len();
        i = strings::copy(text, i + 1, out)?;
        if !keys.is_new(&out[key..out.len() - 1]) {
            return None;
        }
        colon(style, out);
        i = copy_value(text, scan::colon(b, i)?, style, depth + 1, out)?;
        i = scan::space(b, i);
        match *b.get(i)? {
            b',' => i = scan::space(b, i + 1),
            b'}' => break,
            _ => return None,
        }
    }
    line(style, depth, out);
    out.push(b'}');
    Some(i + 1)
}

fn copy_array<'a>(
    text: impl Text<'a>,
    open: usize,
    style: &Style,
    depth: usize,
    out: &mut Vec<u8>,
) -> Option<usize> {
    let b = text.bytes();
    let mut i = scan::space(b, open + 1);
    if *b.get(i)? == b']' {
        out.extend_from_slice(b"[]");
        return Some(i + 1);
    }
    if depth >= scan::MAX_DEPTH as usize {
        return None;
    }
    out.push(b'[');
    let mut first = true;
    loop {
        separate(first, style, depth + 1, out);
        first = false;
        i = copy_value(text, i, style, depth + 1, out)?;
        i = scan::space(b, i);
        match *b.get(i)? {
            b',' => i = scan::space(b, i + 1),
            b']' => break,
            _ => return None,
        }
    }
    line(style, depth, out);
    out.push(b']');
    Some(i + 1)
}

#[inline]
fn separate(first: bool, style: &Style, depth: usize, out: &mut Vec<u8>) {
    if !first {
        out.push(b',');
    }
    line(style, depth, out);
}

#[inline]
fn line(style: &Style, depth: usize, out: &mut Vec<u8>) {
    const BLANKS: &[u8; 129] = &{
        let mut blanks = [b' '; 129];
        blanks[0] = b'\n';
        blanks
    };
    if let Some(indent) = &style.indent {
        if let Some(line) = BLANKS
            .get(..=depth * indent.len())
            .filter(|_| !indent.starts_with('\t'))
        {
            return out.extend_from_slice(line);
        }
        out.push(b'\n');
        for _ in 0..depth {
            out.extend_from_slice(indent.as_bytes());
        }
    }
}

#[inline]
fn colon(style: &Style, out: &mut Vec<u8>) {
    out.extend_from_slice(if style.indent.is_some() { b": " } else { b":" });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied(text: &str, indent: Option<&str>) -> Option<String> {
        let style = Style {
            indent: indent.map(str::to_owned),
            raw: false,
            end: "",
        };
        let mut out = Vec::new();
        copy(text.as_bytes(), 0, &style, &mut out)?;
        String::from_utf8(out).ok()
    }

    #[test]
    fn a_value_is_copied_in_the_requested_style() {
        let text = r#"{ "a":[1, {}, [ ] ,{"b\/":null}],"c":"\u0041" }"#;
        assert_eq!(
            copied(text, None).as_deref(),
            Some(r#"{"a":[1,{},[],{"b/":null}],"c":"A"}"#)
        );
        assert_eq!(
            copied(text, Some("  ")).as_deref(),
            Some(
                "{\n  \"a\": [\n    1,\n    {},\n    [],\n    {\n      \"b/\": null\n    }\n  ],\n  \"c\": \"A\"\n}"
            )
        );
        assert_eq!(
            copied("[[1]]", Some("\t")).as_deref(),
            Some("[\n\t[\n\t\t1\n\t]\n]")
        );
    }

    #[test]
    fn values_that_are_not_printed_as_written_are_left_to_the_engine() {
        for text in [
            r#"{"a":1,"a":2}"#,
            r#"{"a":1,"\u0061":2}"#,
            "[1e2]",
            "[0.0000001]",
            "[1,]",
        ] {
            assert_eq!(copied(text, None), None, "{text}");
        }
    }
}
