//! The `@formats`.

use super::{Native, plain, unary};
use crate::value::write;
use crate::value::{Result, Val, error};
use std::fmt::Write as _;

pub(super) fn natives() -> Box<[Native]> {
    Box::new([
        plain("@text", |value: Val| Ok(Val::from(text(&value)))),
        plain("@json", |value: Val| Ok(Val::from(write::compact(&value)))),
        plain("@csv", |value: Val| row(&value, "csv", ",", csv_string)),
        plain("@tsv", |value: Val| row(&value, "tsv", "\t", tsv_string)),
        plain("@html", |value: Val| Ok(Val::from(html(&text(&value))))),
        plain("@uri", |value: Val| Ok(Val::from(uri(&text(&value))))),
        plain("@urid", |value: Val| unescape_uri(&value)),
        plain("@sh", |value: Val| sh(&value)),
        plain("@base64", |value: Val| {
            Ok(Val::from(base64(text(&value).as_bytes())))
        }),
        plain("@base64d", |value: Val| decode_base64(&value)),
        unary("format", |value: Val, name: Val| format(&value, &name)),
    ])
}

/// The value in the format of this name.
fn format(value: &Val, name: &Val) -> Result {
    match name {
        Val::Str(name) => match name.as_str() {
            "text" => Ok(Val::from(text(value))),
            "json" => Ok(Val::from(write::compact(value))),
            "csv" => row(value, "csv", ",", csv_string),
            "tsv" => row(value, "tsv", "\t", tsv_string),
            "html" => Ok(Val::from(html(&text(value)))),
            "uri" => Ok(Val::from(uri(&text(value)))),
            "urid" => unescape_uri(value),
            "sh" => sh(value),
            "base64" => Ok(Val::from(base64(text(value).as_bytes()))),
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

fn row(value: &Val, name: &str, separator: &str, string: fn(&str, &mut String)) -> Result {
    let Val::Arr(cells) = value else {
        return Err(error::about(
            value,
            &format!("cannot be {name}-formatted, only array"),
        ));
    };
    let mut line = String::new();
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            line.push_str(separator);
        }
        match cell {
            Val::Null => {}
            Val::Bool(b) => line.push_str(if *b { "true" } else { "false" }),
            Val::Num(n) if n.double().is_nan() => {}
            Val::Num(n) => n.write(&mut line),
            Val::Str(text) => string(text, &mut line),
            cell => return Err(error::about(cell, "is not valid in a csv row")),
        }
    }
    Ok(Val::from(line))
}

fn csv_string(text: &str, line: &mut String) {
    line.push('"');
    line.push_str(&text.replace('"', "\"\"").replace('\0', "\\0"));
    line.push('"');
}

fn tsv_string(text: &str, line: &mut String) {
    for c in text.chars() {
        match c {
            '\t' => line.push_str("\\t"),
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\\' => line.push_str("\\\\"),
            '\0' => line.push_str("\\0"),
            c => line.push(c),
        }
    }
}

fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\'' => out.push_str("&apos;"),
            '"' => out.push_str("&quot;"),
            '\0' => out.push_str("\\0"),
            c => out.push(c),
        }
    }
    out
}

fn uri(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for &b in text.as_bytes() {
        if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) {
            out.push(char::from(b));
        } else {
            let _ = write!(out, "%{b:02X}");
        }
    }
    out
}

fn unescape_uri(value: &Val) -> Result {
    let encoded = text(value);
    let invalid = || error::about(&Val::string(&encoded), "is not a valid uri encoding");
    let mut out = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((&b, after)) = rest.split_first() {
        rest = after;
        if b != b'%' {
            out.push(b);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2).ok_or_else(invalid)?;
        let digit = |b: u8| char::from(b).to_digit(16).ok_or_else(invalid);
        let code = digit(digits[0])? << 4 | digit(digits[1])?;
        out.push(u8::try_from(code).map_err(|_| invalid())?);
        rest = after;
    }
    String::from_utf8(out).map(Val::from).map_err(|_| invalid())
}

fn sh(value: &Val) -> Result {
    let words = match value {
        Val::Arr(words) => words.as_slice(),
        word => std::slice::from_ref(word),
    };
    let mut out = String::new();
    for (at, word) in words.iter().enumerate() {
        if at > 0 {
            out.push(' ');
        }
        match word {
            Val::Str(text) => {
                out.push('\'');
                out.push_str(&text.replace('\'', "'\\''").replace('\0', "\\0"));
                out.push('\'');
            }
            Val::Arr(_) | Val::Obj(_) => {
                return Err(error::about(word, "can not be escaped for shell"));
            }
            word => out.push_str(&write::compact(word)),
        }
    }
    Ok(Val::from(out))
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk
            .iter()
            .fold(0u32, |group, &b| group << 8 | u32::from(b))
            << (8 * (3 - chunk.len()));
        for place in 0..4 {
            if place <= chunk.len() {
                let index = usize::try_from(group >> (18 - 6 * place) & 0x3f).unwrap_or(0);
                out.push(char::from(ALPHABET[index]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

fn decode_base64(value: &Val) -> Result {
    let encoded = text(value);
    let complaint = |text| error::about(&Val::string(&encoded), text);
    let mut out = Vec::with_capacity(encoded.len() / 4 * 3);
    let (mut group, mut held, mut seen) = (0u32, 0, 0);
    for &b in encoded.as_bytes() {
        if b == b'=' {
            break;
        }
        let Some(digit) = ALPHABET.iter().position(|&a| a == b) else {
            return Err(complaint("is not valid base64 data"));
        };
        group = group << 6 | u32::try_from(digit).unwrap_or(0);
        held += 1;
        seen += 1;
        if held == 4 {
            out.extend_from_slice(&group.to_be_bytes()[1..]);
            (group, held) = (0, 0);
        }
    }
    match held {
        1 => return Err(complaint("trailing base64 byte found")),
        2 => out.push((group >> 4 & 0xff).to_le_bytes()[0]),
        3 => out.extend_from_slice(&(group >> 2 & 0xffff).to_be_bytes()[2..]),
        _ => {}
    }
    debug_assert!(out.len() * 4 <= seen * 3, "three bytes come of four digits");
    Ok(Val::from(crate::value::read::lossy(&out).into_owned()))
}
