//! Writes JSON as Python's `json.dump(indent=4, ensure_ascii=False)` does.

use std::fmt::Write as _;

use super::value::{Value, float};

/// Appends `value` to `out`. The first line of `value` continues the current line of `out`; the
/// other lines are indented by `depth` steps of four spaces.
pub fn write(out: &mut String, value: &Value<'_>, depth: usize) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Int(number) => out.push_str(&number.to_string()),
        Value::Float(number) => out.push_str(&json_float(*number)),
        Value::String(text) => write_string(out, text),
        Value::Written(json) => out.push_str(json),
        Value::List(items) if items.is_empty() => out.push_str("[]"),
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                new_line(out, depth + 1);
                write(out, item, depth + 1);
            }
            new_line(out, depth);
            out.push(']');
        }
        Value::Map(members) if members.is_empty() => out.push_str("{}"),
        Value::Map(members) => {
            out.push('{');
            for (index, (key, item)) in members.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                new_line(out, depth + 1);
                write_string(out, key);
                out.push_str(": ");
                write(out, item, depth + 1);
            }
            new_line(out, depth);
            out.push('}');
        }
    }
}

/// Appends a line end and the indentation for `depth` steps.
pub fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    for _ in 0..depth {
        out.push_str("    ");
    }
}

/// Appends `text` in quotes. Escapes only `"`, `\` and the characters below U+0020.
pub fn write_string(out: &mut String, text: &str) {
    out.push('"');
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(&text[plain..at]);
        plain = at + 1;
        push_escape(out, byte);
    }
    out.push_str(&text[plain..]);
    out.push('"');
}

fn push_escape(out: &mut String, byte: u8) {
    match byte {
        b'"' => out.push_str("\\\""),
        b'\\' => out.push_str("\\\\"),
        b'\n' => out.push_str("\\n"),
        b'\r' => out.push_str("\\r"),
        b'\t' => out.push_str("\\t"),
        0x08 => out.push_str("\\b"),
        0x0c => out.push_str("\\f"),
        control => {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{control:04x}");
        }
    }
}

/// Writes `text` in quotes and in ASCII, as Python's `json.dumps` does by default.
#[must_use]
pub fn ascii_string(text: &str) -> String {
    let mut quoted = String::new();
    write_string(&mut quoted, text);
    let mut out = String::with_capacity(quoted.len());
    for c in quoted.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

/// Writes `value` on one line in ASCII, as Python's `json.dumps(separators=(',', ':'))` does.
#[must_use]
pub fn compact_ascii(value: &Value<'_>) -> String {
    on_a_line(value, ",", ":")
}

/// Writes `value` on one line in ASCII, as Python's `json.dumps` does by default.
#[must_use]
pub fn spaced_ascii(value: &Value<'_>) -> String {
    on_a_line(value, ", ", ": ")
}

fn on_a_line(value: &Value<'_>, comma: &str, colon: &str) -> String {
    match value {
        Value::String(text) => ascii_string(text),
        Value::List(items) => {
            let items: Vec<_> = items
                .iter()
                .map(|item| on_a_line(item, comma, colon))
                .collect();
            format!("[{}]", items.join(comma))
        }
        Value::Map(members) => {
            let members: Vec<_> = members
                .iter()
                .map(|(key, item)| {
                    format!(
                        "{}{colon}{}",
                        ascii_string(key),
                        on_a_line(item, comma, colon)
                    )
                })
                .collect();
            format!("{{{}}}", members.join(comma))
        }
        scalar => {
            let mut out = String::new();
            write(&mut out, scalar, 0);
            out
        }
    }
}

fn json_float(number: f64) -> String {
    if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_owned()
    } else {
        float(number)
    }
}

#[cfg(test)]
mod tests {
    use super::super::value::parse;
    use super::*;

    fn written(json: &str) -> String {
        let mut out = String::new();
        write(&mut out, &parse(json).unwrap(), 0);
        out
    }

    #[test]
    fn members_are_indented_by_four_and_empty_ones_stay_on_the_line() {
        assert_eq!(
            written(r#"{"a":[1,{"b":[]}],"c":{}}"#),
            "{\n    \"a\": [\n        1,\n        {\n            \"b\": []\n        }\n    ],\n    \"c\": {}\n}"
        );
    }

    #[test]
    fn only_quotes_backslashes_and_controls_are_escaped() {
        assert_eq!(
            written(r#""a\"b\\c\n\t\b\f\u0001\u007f관/😀""#),
            "\"a\\\"b\\\\c\\n\\t\\b\\f\\u0001\u{7f}관/😀\""
        );
    }

    #[test]
    fn ascii_strings_escape_other_characters_as_utf_16_units() {
        assert_eq!(ascii_string("é😀"), "\"\\u00e9\\ud83d\\ude00\"");
    }
}
