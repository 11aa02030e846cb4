//! Native filters for jq's `@` formats, such as `@csv`.

use super::{Native, plain, unary};
use crate::formats::{self, Base64Error};
use crate::value::read::lossy;
use crate::value::write;
use crate::value::{Result, Val, error};

pub(super) fn natives() -> Box<[Native]> {
    Box::new([
        plain("@text", |value: Val| Ok(Val::from(text(&value)))),
        plain("@json", |value: Val| Ok(Val::from(write::compact(&value)))),
        plain("@csv", |value: Val| row(&value, "csv", b',', formats::csv)),
        plain("@tsv", |value: Val| row(&value, "tsv", b'\t', formats::tsv)),
        plain("@html", |value: Val| Ok(encoded(&value, formats::html))),
        plain("@uri", |value: Val| Ok(encoded(&value, formats::uri))),
        plain("@urid", |value: Val| decode_uri(&value)),
        plain("@sh", |value: Val| shell(&value)),
        plain("@base64", |value: Val| Ok(encoded(&value, formats::base64))),
        plain("@base64d", |value: Val| decode_base64(&value)),
        unary("format", |value: Val, name: Val| format(&value, &name)),
    ])
}

/// Formats `value` with the format that is called `name`, such as `csv`.
fn format(value: &Val, name: &Val) -> Result {
    match name {
        Val::Str(name) => match name.as_str() {
            "text" => Ok(Val::from(text(value))),
            "json" => Ok(Val::from(write::compact(value))),
            "csv" => row(value, "csv", b',', formats::csv),
            "tsv" => row(value, "tsv", b'\t', formats::tsv),
            "html" => Ok(encoded(value, formats::html)),
            "uri" => Ok(encoded(value, formats::uri)),
            "urid" => decode_uri(value),
            "sh" => shell(value),
            "base64" => Ok(encoded(value, formats::base64)),
            "base64d" => decode_base64(value),
            name => Err(error::error(format_args!("{name} is not a valid format"))),
        },
        name => Err(error::about(name, "is not a valid format")),
    }
}

fn text(value: &Val) -> String {
    match value {
        Val::Str(text) => text.to_string(),
        value => write::compact(value),
    }
}

/// A function of [`formats`] that encodes bytes and appends the result.
type Encode = fn(&[u8], &mut Vec<u8>);

/// The text of a value, encoded by `encode`.
fn encoded(value: &Val, encode: Encode) -> Val {
    let mut out = Vec::new();
    encode(text(value).as_bytes(), &mut out);
    string(out)
}

/// Makes a string of the bytes that a format has written, which are valid UTF-8.
fn string(bytes: Vec<u8>) -> Val {
    Val::from(String::from_utf8(bytes).expect("a format writes valid UTF-8"))
}

fn row(value: &Val, name: &str, separator: u8, encode: Encode) -> Result {
    let Val::Arr(cells) = value else {
        return Err(error::about(
            value,
            &format!("cannot be {name}-formatted, only array"),
        ));
    };
    let mut line = Vec::new();
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            line.push(separator);
        }
        match cell {
            Val::Null => {}
            Val::Bool(b) => line.extend_from_slice(if *b { b"true" } else { b"false" }),
            Val::Num(n) if n.double().is_nan() => {}
            Val::Num(n) => n.write(&mut line),
            Val::Str(text) => encode(text.as_bytes(), &mut line),
            cell => return Err(error::about(cell, "is not valid in a csv row")),
        }
    }
    Ok(string(line))
}

fn decode_uri(value: &Val) -> Result {
    let encoded = text(value);
    let decoded =
        formats::decode_uri(encoded.as_bytes()).and_then(|out| String::from_utf8(out).ok());
    decoded
        .map(Val::from)
        .ok_or_else(|| error::about(&Val::string(&encoded), "is not a valid uri encoding"))
}

fn shell(value: &Val) -> Result {
    let words = match value {
        Val::Arr(words) => words.as_slice(),
        word => std::slice::from_ref(word),
    };
    let mut out = Vec::new();
    for (at, word) in words.iter().enumerate() {
        if at > 0 {
            out.push(b' ');
        }
        match word {
            Val::Str(text) => formats::shell(text.as_bytes(), &mut out),
            Val::Arr(_) | Val::Obj(_) => {
                return Err(error::about(word, "can not be escaped for shell"));
            }
            word => out.extend_from_slice(write::compact(word).as_bytes()),
        }
    }
    Ok(string(out))
}

fn decode_base64(value: &Val) -> Result {
    let encoded = text(value);
    let decoded = formats::decode_base64(encoded.as_bytes()).map_err(|reason| {
        let reason = match reason {
            Base64Error::Character => "is not valid base64 data",
            Base64Error::Trailing => "trailing base64 byte found",
        };
        error::about(&Val::string(&encoded), reason)
    })?;
    Ok(Val::from(lossy(&decoded).into_owned()))
}
