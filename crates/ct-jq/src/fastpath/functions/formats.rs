//! The `@` formats.

use crate::fastpath::value::arena::Arena;

use crate::fastpath::value::write;
use crate::fastpath::value::{Kind, Stop, Value};

/// How a value becomes text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Json,
    Csv,
    Tsv,
    Html,
    Uri,
    Sh,
    Base64,
    Base64d,
}

impl Format {
    /// The format with this name, `@` included; `None` for those left to the engine.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "@text" => Self::Text,
            "@json" => Self::Json,
            "@csv" => Self::Csv,
            "@tsv" => Self::Tsv,
            "@html" => Self::Html,
            "@uri" => Self::Uri,
            "@sh" => Self::Sh,
            "@base64" => Self::Base64,
            "@base64d" => Self::Base64d,
            _ => return None,
        })
    }
}

/// The formatted value as a string.
pub(crate) fn apply<'a>(
    format: Format,
    value: Value<'a>,
    arena: &'a Arena,
) -> Result<Value<'a>, Stop> {
    if format == Format::Text && value.kind() == Kind::String {
        return Ok(value);
    }
    let mut text = Vec::new();
    append(format, value, arena, &mut text)?;
    Ok(Value::Str(arena.alloc_slice_copy(&text)))
}

/// Appends the formatted value.
///
/// # Errors
/// jq's, where a row holds arrays or objects or is none; bails as writing does.
pub(crate) fn append<'a>(
    format: Format,
    value: Value<'a>,
    arena: &'a Arena,
    out: &mut Vec<u8>,
) -> Result<(), Stop> {
    match format {
        Format::Json => return write::compact(&value, out),
        Format::Csv => {
            return row(value, arena, b",", out, |text, out| {
                out.push(b'"');
                replace(text, out, |c| match c {
                    b'"' => Some(b"\"\""),
                    0 => Some(b"\\0"),
                    _ => None,
                });
                out.push(b'"');
            });
        }
        Format::Tsv => {
            return row(value, arena, b"\t", out, |text, out| {
                replace(text, out, |c| match c {
                    b'\t' => Some(b"\\t"),
                    b'\r' => Some(b"\\r"),
                    b'\n' => Some(b"\\n"),
                    b'\\' => Some(b"\\\\"),
                    0 => Some(b"\\0"),
                    _ => None,
                });
            });
        }
        Format::Sh => return shell(value, arena, out),
        Format::Text | Format::Html | Format::Uri | Format::Base64 | Format::Base64d => {}
    }
    let mut written = Vec::new();
    let text = if let Some(text) = value.text(arena) {
        text
    } else {
        write::compact(&value, &mut written)?;
        &written
    };
    match format {
        Format::Html => replace(text, out, |c| match c {
            b'&' => Some(b"&amp;"),
            b'<' => Some(b"&lt;"),
            b'>' => Some(b"&gt;"),
            b'\'' => Some(b"&apos;"),
            b'"' => Some(b"&quot;"),
            0 => Some(b"\\0"),
            _ => None,
        }),
        Format::Uri => uri(text, out),
        Format::Base64 => base64(text, out),
        Format::Base64d => return base64d(text, out),
        _ => out.extend_from_slice(text),
    }
    Ok(())
}

fn row<'a>(
    value: Value<'a>,
    arena: &'a Arena,
    separator: &[u8],
    out: &mut Vec<u8>,
    cell: impl Fn(&[u8], &mut Vec<u8>),
) -> Result<(), Stop> {
    for (at, item) in value
        .elements(arena)?
        .ok_or(Stop::Error)?
        .iter()
        .enumerate()
    {
        if at > 0 {
            out.extend_from_slice(separator);
        }
        match item.kind() {
            Kind::Null => {}
            Kind::False | Kind::True | Kind::Number => write::compact(item, out)?,
            Kind::String => cell(item.text(arena).unwrap_or_default(), out),
            Kind::Array | Kind::Object => return Err(Stop::Error),
        }
    }
    Ok(())
}

fn shell<'a>(value: Value<'a>, arena: &'a Arena, out: &mut Vec<u8>) -> Result<(), Stop> {
    let one = [value];
    let items = value.elements(arena)?.unwrap_or(&one);
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(b' ');
        }
        match item.kind() {
            Kind::String => {
                out.push(b'\'');
                replace(item.text(arena).unwrap_or_default(), out, |c| match c {
                    b'\'' => Some(b"'\\''"),
                    0 => Some(b"\\0"),
                    _ => None,
                });
                out.push(b'\'');
            }
            Kind::Array | Kind::Object => return Err(Stop::Error),
            _ => write::compact(item, out)?,
        }
    }
    Ok(())
}

/// Appends `text` with some bytes replaced.
fn replace(text: &[u8], out: &mut Vec<u8>, by: impl Fn(u8) -> Option<&'static [u8]>) {
    for &c in text {
        match by(c) {
            Some(replacement) => out.extend_from_slice(replacement),
            None => out.push(c),
        }
    }
}

fn uri(text: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for &c in text {
        if c.is_ascii_alphanumeric() || b"-_.~".contains(&c) {
            out.push(c);
        } else {
            out.extend_from_slice(&[
                b'%',
                DIGITS[usize::from(c >> 4)],
                DIGITS[usize::from(c & 15)],
            ]);
        }
    }
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64(text: &[u8], out: &mut Vec<u8>) {
    for group in text.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let digit = BASE64[(bits >> (18 - 6 * at) & 63) as usize];
            out.push(if at <= group.len() { digit } else { b'=' });
        }
    }
}

/// Decodes padded base64 of valid UTF-8; bails on anything else.
fn base64d(text: &[u8], out: &mut Vec<u8>) -> Result<(), Stop> {
    let mut decoded = Vec::with_capacity(text.len() / 4 * 3);
    if !text.len().is_multiple_of(4) {
        return Err(Stop::Bail);
    }
    let padding = text.iter().rev().take_while(|&&c| c == b'=').count();
    if padding > 2 {
        return Err(Stop::Bail);
    }
    for group in text[..text.len() - padding].chunks(4) {
        let mut bits = 0_u32;
        for &c in group {
            let digit = match c {
                b'A'..=b'Z' => c - b'A',
                b'a'..=b'z' => c - b'a' + 26,
                b'0'..=b'9' => c - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ => return Err(Stop::Bail),
            };
            bits = bits << 6 | u32::from(digit);
        }
        bits <<= 6 * (4 - group.len());
        decoded.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
    }
    if std::str::from_utf8(&decoded).is_err() {
        return Err(Stop::Bail);
    }
    out.extend_from_slice(&decoded);
    Ok(())
}
