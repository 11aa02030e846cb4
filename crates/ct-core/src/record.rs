//! A record as one line of JSON.

pub mod attribute;
pub mod category;
pub mod derived;
pub mod event;
mod resources;
mod text;

use std::borrow::Cow;
use std::fmt;

use serde::de::IgnoredAny;

use crate::json;

/// The JSON text of a record on one line. If the record is already on one line, its bytes are
/// unchanged.
///
/// Line ends in JSON can only occur between tokens. Line ends are removed together with all other
/// white space between tokens; strings keep every byte.
///
/// # Errors
/// If `text` is not one JSON value; the message contains the position.
pub fn line(text: &str) -> Result<Cow<'_, str>, NotJson> {
    check(text)?;
    Ok(on_one_line(text))
}

/// Does the same as [`line()`] for text that is known to be one JSON value.
pub(crate) fn on_one_line(text: &str) -> Cow<'_, str> {
    if memchr::memchr2(b'\n', b'\r', text.as_bytes()).is_some() {
        return Cow::Owned(compact(text));
    }
    Cow::Borrowed(text)
}

fn check(text: &str) -> Result<(), NotJson> {
    let b = text.as_bytes();
    let end = json::value(b, json::space(b, 0)).map(|end| json::space(b, end));
    if end == Some(b.len()) {
        return Ok(());
    }
    let checked = serde_json::from_str(text).map(|IgnoredAny| ());
    checked.map_err(|error| NotJson {
        reason: error.to_string(),
    })
}

/// Does the same as [`compact`], but borrows `json` if it has no white space between tokens.
#[must_use]
pub fn compacted(json: &str) -> Cow<'_, str> {
    if has_space_between_tokens(json.as_bytes()) {
        return Cow::Owned(compact(json));
    }
    Cow::Borrowed(json)
}

fn has_space_between_tokens(json: &[u8]) -> bool {
    let mut at = 0;
    while let Some(length) = memchr::memchr(b'"', &json[at..]) {
        let between = &json[at..at + length];
        if between.iter().any(u8::is_ascii_whitespace) {
            return true;
        }
        at += length + 1;
        while let Some(length) = memchr::memchr2(b'"', b'\\', &json[at..]) {
            at += length + 1;
            if json[at - 1] == b'"' {
                break;
            }
            // An escaped quote does not end the string.
            at = (at + 1).min(json.len());
        }
    }
    json[at..].iter().any(u8::is_ascii_whitespace)
}

/// Removes the white space between tokens from valid JSON.
#[must_use]
pub fn compact(json: &str) -> String {
    let mut compacted = String::with_capacity(json.len());
    let (mut in_string, mut escaped) = (false, false);
    for character in json.chars() {
        if in_string {
            in_string = escaped || character != '"';
            escaped = !escaped && character == '\\';
        } else if matches!(character, ' ' | '\t' | '\n' | '\r') {
            continue;
        } else {
            in_string = character == '"';
        }
        compacted.push(character);
    }
    compacted
}

/// The error for a record that is not JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotJson {
    reason: String,
}

impl fmt::Display for NotJson {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "not JSON: {}", self.reason)
    }
}

impl std::error::Error for NotJson {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_record_on_one_line_is_unchanged() {
        let text = r#" {"a" : 1.0E2,"b":"\u00e9 \n"} "#;
        assert!(matches!(line(text), Ok(Cow::Borrowed(same)) if same == text));
    }

    #[test]
    fn a_multi_line_record_is_compacted_outside_its_strings() {
        let text = "{\r\n  \"a b\": \"c \\\" \\\\\",\n\t\"d\": [1, 2]\n}\n";
        assert_eq!(line(text).unwrap(), "{\"a b\":\"c \\\" \\\\\",\"d\":[1,2]}");
    }

    #[test]
    fn invalid_json_is_reported_with_its_position() {
        let message = line("{\"a\":").unwrap_err().to_string();
        assert_eq!(
            message,
            "not JSON: EOF while parsing a value at line 1 column 5"
        );
        assert!(line("{} {}").is_err());
    }

    proptest! {
        #[test]
        fn compacting_never_changes_the_value(key in "\\PC{0,6}", text in "[a\\\\\" \n]{0,8}", number in any::<i64>()) {
            let value = serde_json::json!({ key: [text, number] });
            let pretty = serde_json::to_string_pretty(&value).unwrap();
            let compacted = line(&pretty).unwrap();
            prop_assert_eq!(compacted.as_ref(), serde_json::to_string(&value).unwrap());
        }
    }
}
