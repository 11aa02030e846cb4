//! Computes the `@` formats, such as `@csv`.

use crate::fastpath::value::arena::Arena;

use crate::fastpath::value::write;
use crate::fastpath::value::{Kind, Stop, Value};
use crate::formats;

/// The number of bytes that are reserved for a formatted text; most rows are shorter.
const TEXT_BYTES: usize = 256;

/// An `@` format.
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
    /// The format that is called `name`, including the `@`; `None` if it needs the engine.
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

/// Formats a value, and returns the text as a string.
pub(crate) fn apply<'a>(
    format: Format,
    value: Value<'a>,
    arena: &'a Arena,
) -> Result<Value<'a>, Stop> {
    if format == Format::Text && value.kind() == Kind::String {
        return Ok(value);
    }
    let mut text = Vec::with_capacity(TEXT_BYTES);
    append(format, value, arena, &mut text)?;
    Ok(Value::Str(arena.alloc_slice_copy(&text)))
}

/// Formats a value, and appends the text to `out`.
///
/// # Errors
/// [`Stop::Error`] if the value for a row is not an array, or contains arrays or objects;
/// [`Stop::Bail`] for values that the engine must print.
pub(crate) fn append<'a>(
    format: Format,
    value: Value<'a>,
    arena: &'a Arena,
    out: &mut Vec<u8>,
) -> Result<(), Stop> {
    match format {
        Format::Json => return write::compact(&value, out),
        Format::Csv => return row(value, arena, b',', out, formats::csv),
        Format::Tsv => return row(value, arena, b'\t', out, formats::tsv),
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
        Format::Html => formats::html(text, out),
        Format::Uri => formats::uri(text, out),
        Format::Base64 => formats::base64(text, out),
        Format::Base64d => return base64d(text, out),
        _ => out.extend_from_slice(text),
    }
    Ok(())
}

fn row<'a>(
    value: Value<'a>,
    arena: &'a Arena,
    separator: u8,
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
            out.push(separator);
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
                formats::shell(item.text(arena).unwrap_or_default(), out);
            }
            Kind::Array | Kind::Object => return Err(Stop::Error),
            _ => write::compact(item, out)?,
        }
    }
    Ok(())
}

/// Decodes base64 to valid UTF-8; leaves any other text to the engine.
fn base64d(text: &[u8], out: &mut Vec<u8>) -> Result<(), Stop> {
    let decoded = formats::decode_base64(text).map_err(|_| Stop::Bail)?;
    if std::str::from_utf8(&decoded).is_err() {
        return Err(Stop::Bail);
    }
    out.extend_from_slice(&decoded);
    Ok(())
}
